package collectors

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"tritop/model"
	"tritop/triton/metrics"
)

// printed gives the samples of unknown families in short.
func printed(samples []model.FamilySample) string {
	var b strings.Builder
	for _, s := range samples {
		fmt.Fprintf(&b, "%s|%s|%s{%s} %s %g/%g\n", s.Model, s.Version, s.Family, s.Label, s.Kind, s.Value, s.Count)
	}
	return b.String()
}

func handmade(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFamiliesOfLanguageModels(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"trt-llm.txt": `tensorrt_llm|1|nv_inference_first_response_histogram_ms{} mean 96300/214
tensorrt_llm|1|nv_trt_llm_disaggregated_serving_metrics{disaggregated_serving_type="kv_cache_transfer_ms"} per second 0/0
tensorrt_llm|1|nv_trt_llm_disaggregated_serving_metrics{disaggregated_serving_type="request_count"} per second 0/0
tensorrt_llm|1|nv_trt_llm_general_metrics{general_type="iteration_counter"} gauge 99017/0
tensorrt_llm|1|nv_trt_llm_general_metrics{general_type="timestamp"} gauge 1.795e+09/0
tensorrt_llm|1|nv_trt_llm_inflight_batcher_metrics{inflight_batcher_specific_metric="generation_requests"} gauge 30/0
tensorrt_llm|1|nv_trt_llm_inflight_batcher_metrics{inflight_batcher_specific_metric="micro_batch_id"} gauge 0/0
tensorrt_llm|1|nv_trt_llm_inflight_batcher_metrics{inflight_batcher_specific_metric="total_context_tokens"} gauge 1900/0
tensorrt_llm|1|nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="fraction"} gauge 0.9375/0
tensorrt_llm|1|nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="free"} gauge 390/0
tensorrt_llm|1|nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="max"} gauge 6240/0
tensorrt_llm|1|nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="tokens_per"} gauge 64/0
tensorrt_llm|1|nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="used"} gauge 5850/0
tensorrt_llm|1|nv_trt_llm_request_metrics{request_type="active"} gauge 48/0
tensorrt_llm|1|nv_trt_llm_request_metrics{request_type="context"} gauge 1/0
tensorrt_llm|1|nv_trt_llm_request_metrics{request_type="max"} gauge 512/0
tensorrt_llm|1|nv_trt_llm_request_metrics{request_type="scheduled"} gauge 31/0
tensorrt_llm|1|nv_trt_llm_request_metrics{request_type="waiting"} gauge 17/0
tensorrt_llm|1|nv_trt_llm_runtime_memory_metrics{memory_type="cpu"} gauge 0/0
tensorrt_llm|1|nv_trt_llm_runtime_memory_metrics{memory_type="gpu"} gauge 1.610236e+06/0
tensorrt_llm|1|nv_trt_llm_runtime_memory_metrics{memory_type="pinned"} gauge 0/0
`,
		"vllm.txt": `||nv_pinned_memory_pool_total_bytes{} gauge 2.68435456e+08/0
vllm_model|1|vllm:e2e_request_latency_seconds{} mean 81.1/20
vllm_model|1|vllm:generation_tokens_total{} per second 3600/0
vllm_model|1|vllm:prompt_tokens_total{} per second 8200/0
vllm_model|1|vllm:request_generation_tokens{} mean 3600/20
vllm_model|1|vllm:request_params_n{} mean 20/20
vllm_model|1|vllm:request_prompt_tokens{} mean 8200/20
vllm_model|1|vllm:time_per_output_token_seconds{} mean 71.6/3580
vllm_model|1|vllm:time_to_first_token_seconds{} mean 9.5/20
`,
	} {
		book := tallied(t, handmade(t, name))
		if got := printed(book.families.kept); got != want || book.cut() != "" {
			t.Errorf("%s: %q\n%s", name, book.cut(), got)
		}
	}
	for _, s := range tallied(t, handmade(t, "vllm.txt")).families.kept {
		if s.Family == "vllm:time_to_first_token_seconds" && s.Help != "Histogram of time to first token in seconds." {
			t.Errorf("its help is %q", s.Help)
		}
	}
}

// Of the texts of a live Triton only the pool of pinned memory and the response
// cache are no family that other panes show.
func TestFamiliesOfALiveServer(t *testing.T) {
	t.Parallel()
	const pool = "||nv_pinned_memory_pool_total_bytes{} gauge 2.68435456e+08/0\n||nv_pinned_memory_pool_used_bytes{} gauge 0/0\n"
	for _, name := range []string{"idle", "counts", "under_load", "failures", "summaries", "summaries_after_60s_idle", "no_models"} {
		got := printed(tallied(t, golden(t, "metrics/"+name+".txt")).families.kept)
		if got = strings.Replace(got, "total_bytes{} gauge 0/0", "total_bytes{} gauge 2.68435456e+08/0", 1); got != pool { // 0 until Triton looked for the first time
			t.Errorf("%s:\n%s", name, got)
		}
	}
	got := printed(tallied(t, golden(t, "metrics/features.txt")).families.kept)
	for _, want := range []string{"||nv_cache_num_hits{} per second 5/0\n", "||nv_cache_num_entries{} gauge 2/0\n", "||nv_cache_util{} gauge ",
		"cached|1|nv_cache_num_hits_per_model{} per second 5/0\ncached|1|nv_cache_num_misses_per_model{} per second 2/0\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if n := strings.Count(got, "\n"); n != 12 {
		t.Errorf("%d signals:\n%s", n, got)
	}
}

// Triton's order of series changes from text to text: what is kept must not.
func TestTheSameFamiliesAreKeptInAnyOrder(t *testing.T) {
	t.Parallel()
	const many = 200
	text := func(from int) string {
		var b strings.Builder
		b.WriteString("# TYPE h histogram\n")
		for i := range many {
			m := (from + 7*i) % many
			fmt.Fprintf(&b, "h_count{model=\"m%03d\"} 2\nh_sum{model=\"m%03d\"} %d\nh_bucket{model=\"m%03d\",le=\"+Inf\"} 2\n", m, m, m, m)
		}
		return b.String()
	}
	first, later := tallied(t, text(0)), tallied(t, text(101))
	got := printed(first.families.kept)
	if got != printed(later.families.kept) || len(first.families.kept) != model.SignalLimit || !strings.HasPrefix(got, "m000||h{} mean 0/2\nm001||h{} mean 1/2\n") {
		t.Errorf("%s\nand later\n%s", got, printed(later.families.kept))
	}
	if first.families.left() != many-model.SignalLimit || first.cut() != "200 series of families unknown to tritop, only the first 64 are kept" {
		t.Errorf("%d are left: %q", first.families.left(), first.cut())
	}
}

func TestWhatIsNoSignal(t *testing.T) {
	t.Parallel()
	got := printed(tallied(t, `nobody_says_what 1
# TYPE c counter
c{x="nan"} NaN
c{x="less"} -1
c{x="endless"} +Inf
# TYPE h histogram
h_count Nan
# TYPE g gauge
g{a="x,b=\"y",z="1"} NaN
# TYPE nv_gpu_new_figure gauge
nv_gpu_new_figure{gpu_uuid="A"} 1
# TYPE nv_energy_consumption counter
nv_energy_consumption{gpu_uuid="A"} 1
# TYPE nv_cache_num_hits_per_model counter
nv_cache_num_hits_per_model{model="m",version="1"} 4
nv_cache_num_hits_per_model{gpu_uuid="A",model="m",version="1"} 0
`).families.kept)
	if got != "||g{a=\"x,b=\\\"y\",z=\"1\"} gauge NaN/0\nm|1|nv_cache_num_hits_per_model{} per second 4/0\n" {
		t.Error(got)
	}
}

// Names from outside are cleaned, and what they may cost is bounded.
func TestHostileFamilies(t *testing.T) {
	t.Parallel()
	text := "# HELP g " + strings.Repeat("\x1b", 100_000) + "\n# TYPE g gauge\ng{model=\"\x1b[2J\",x=\"" + strings.Repeat("y", 10_000) + "\"} 1\n"
	limits := metrics.DefaultLimits()
	limits.Line = 1 << 20
	scanner := metrics.NewScanner(limits)
	book := newTally(scanner.Help)
	if err := scanner.Scan([]byte(text), book.visit); err != nil {
		t.Fatal(err)
	}
	s := book.families.kept[0]
	if s.Model != model.CleanName("\x1b[2J") || len([]rune(s.Label)) > model.NameLimit || len(s.Help) > 1000 || strings.ContainsRune(s.Help, 0x1b) {
		t.Errorf("%+v", s)
	}
}
