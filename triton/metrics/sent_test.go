package metrics

import (
	"os"
	"testing"
)

// moment reads one recorded text as "name|model:version" → sum over all other labels, the number of its series beside it.
func moment(t *testing.T, name string) (sums map[string]float64, series map[string]int) {
	t.Helper()
	text, err := os.ReadFile("../testdata/goldens/metrics/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	sums, series = map[string]float64{}, map[string]int{}
	if err := NewScanner(DefaultLimits()).Scan(text, func(s *Series, v float64) {
		k := s.Name
		if s.Label("model") != "" {
			k += "|" + s.Label("model") + ":" + s.Label("version")
		}
		sums[k] += v
		series[k]++
	}); err != nil {
		t.Fatal(err)
	}
	return sums, series
}

// What had been sent (testdata/goldens/sent) is what the recorded texts say.
func TestMetricsGoldensHoldWhatWasSent(t *testing.T) {
	t.Parallel()
	const ok, failed, count, exec, pending = "nv_inference_request_success|", "nv_inference_request_failure|", "nv_inference_count|", "nv_inference_exec_count|", "nv_inference_pending_request_count|"
	for name, want := range map[string]map[string]float64{
		"idle": {ok + "warm:1": 3, ok + "image_embed:1": 0, failed + "warm:1": 0},
		"counts": {ok + "text_classifier:2": 10, count + "text_classifier:2": 20, exec + "text_classifier:2": 10, ok + "text_classifier:1": 5, ok + "image_embed:1": 7,
			ok + "warm:1": 3, failed + "image_embed:1": 0},
		"under_load":        {ok + "image_embed:1": 7, pending + "image_embed:1": 5},
		"after_unload":      {failed + "image_embed:1": 0, ok + "text_classifier:1": 5},
		"after_unload_load": {ok + "image_embed:1": 2},
		"failures": {ok + "f_tritonerror:1": 2, failed + "f_tritonerror:1": 0, failed + "f_exception:1": 2, failed + "f_noresponse:1": 2, ok + "f_input:1": 0, failed + "f_input:1": 0,
			failed + "f_queuefull:1": 0, ok + "f_queuefull:1": 3, failed + "f_timeout:1": 2, failed + "f_cancel:1": 2, ok + "f_cancel:1": 1, ok + "f_cancel_no_timeout:1": 3,
			failed + "f_ensemble:1": 4, failed + "f_ensemble:3": 4}, // an ensemble fails twice, once under version 1
		"features":                 {ok + "cached:1": 7, "nv_cache_num_hits_per_model|cached:1": 5, "nv_cache_num_misses_per_model|cached:1": 2, count + "cached:1": 2, ok + "pipeline:1": 4, ok + "pipeline:3": 0, ok + "stream:1": 1},
		"counters_off":             {ok + "tokenize:1": 0, "nv_inference_request_summary_us_count|tokenize:1": 7},
		"summaries":                {ok + "tokenize:1": 20, "nv_inference_request_summary_us_count|tokenize:1": 20},
		"summaries_after_60s_idle": {"nv_inference_request_summary_us_count|tokenize:1": 20},
	} {
		sums, series := moment(t, name)
		for k, v := range want {
			if series[k] == 0 || sums[k] != v {
				t.Errorf("%s: %s is %v in %d series, want %v", name, k, sums[k], series[k], v)
			}
		}
	}
	gone, series := moment(t, "after_unload")
	if series[ok+"image_embed:1"] != 0 || series[failed+"image_embed:1"] != 4 {
		t.Errorf("after the unload %v and %d failure series are left", gone[ok+"image_embed:1"], series[failed+"image_embed:1"])
	}
	for k := range mustSeries(t, "no_models") {
		if len(k) > 13 && k[:13] == "nv_inference_" && k[:len(failed)] != failed {
			t.Errorf("no models, yet %s", k)
		}
	}
	if idle, _ := moment(t, "summaries_after_60s_idle"); idle["nv_inference_request_summary_us|tokenize:1"] == idle["nv_inference_request_summary_us|tokenize:1"] {
		t.Error("the quantiles of an idle model are not NaN")
	}
}

func mustSeries(t *testing.T, name string) map[string]int {
	t.Helper()
	_, series := moment(t, name)
	return series
}
