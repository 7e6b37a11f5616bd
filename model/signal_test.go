package model

import (
	"slices"
	"testing"
)

func TestUnitsOfSignals(t *testing.T) {
	t.Parallel()
	for family, want := range map[string][3]string{
		"vllm:time_to_first_token_seconds":         {"s", "s/s", "s"},
		"vllm:generation_tokens_total":             {"tokens", "tokens/s", "tokens"},
		"nv_inference_first_response_histogram_ms": {"ms", "ms/s", "ms"},
		"nv_pinned_memory_pool_used_bytes":         {"bytes", "bytes/s", "bytes"},
		"bytes":                                    {"", "/s", ""},
		"nv_trt_llm_request_metrics":               {"", "/s", ""},
	} {
		for kind, unit := range want {
			s := Signal{Family: family, Kind: SignalKind(kind)}
			if got := s.Unit(); got != unit {
				t.Errorf("%s as %s: %q, want %q", family, s.Kind, got, unit)
			}
		}
	}
}

func TestFamilySamplesInOrder(t *testing.T) {
	t.Parallel()
	want := []FamilySample{{Family: "z"}, {Model: "a", Family: "y"}, {Model: "a", Family: "z", Label: "1"}, {Model: "a", Family: "z", Label: "1", Version: "2"}, {Model: "a", Family: "z", Label: "2"}, {Model: "b", Family: "a"}}
	got := []FamilySample{want[3], want[5], want[0], want[2], want[4], want[1]}
	slices.SortFunc(got, func(a, b FamilySample) int { return a.Compare(&b) })
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}
