package collectors

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"tritop/model"
	"tritop/triton/metrics"
)

// told prints samples in short: what counts, then the percentiles or the edges.
func told(samples []model.LatencySample) string {
	var b strings.Builder
	for i := range samples {
		s := &samples[i]
		fmt.Fprintf(&b, "%s %s %s %s: %g in %g ms", s.Model, s.Version, s.Part, s.Phase, s.Count, s.Sum)
		for _, f := range s.Each() {
			switch {
			case f.Known():
				fmt.Fprintf(&b, " %g", f.Value)
			case len(s.Edges) == 0:
				fmt.Fprintf(&b, " %s", f.Why)
			}
		}
		for _, e := range s.Edges {
			fmt.Fprintf(&b, " %g≤%g", e.Count, e.Ms)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// What a live Triton 2.51 printed with summary_latencies=true: after 20 requests,
// and a minute later.
func TestSummariesOfALiveServer(t *testing.T) {
	t.Parallel()
	idle := `encode 2  request: 0 in 0 ms no data no data no data no data no data
`
	got := told(tallied(t, golden(t, "metrics/summaries.txt")).times.kept)
	for _, want := range []string{
		"tokenize 1  request: 20 in 442.224 ms 20.916 21.068 21.07 21.07 21.07\n" + idle,
		"tokenize 1  queue: 20 in 0.984 ms 0.045 0.062 0.081 0.081 0.081\n",
		"tokenize 1  compute_input: 20 in 0.862 ms 0.034 0.038 0.044 0.044 0.044\n",
		"tokenize 1  compute_infer: 20 in 433.717 ms 20.508 20.631 20.633 20.633 20.633\n",
		"tokenize 1  compute_output: 20 in 6.536 ms 0.3 0.378 0.443 0.443 0.443\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	got = told(tallied(t, golden(t, "metrics/summaries_after_60s_idle.txt")).times.kept)
	if want := "tokenize 1  request: 20 in 442.224 ms no data no data no data no data no data\n" + idle; !strings.Contains(got, want) {
		t.Errorf("a minute later no %q in\n%s", want, got)
	}
	for _, without := range []string{"counts", "histogram_flag", "no_models"} {
		if got := told(tallied(t, golden(t, "metrics/"+without+".txt")).times.kept); got != "" {
			t.Errorf("%s has no summaries, and tells %s", without, got)
		}
	}
}

func TestTheHistogramOfFirstResponses(t *testing.T) {
	t.Parallel()
	got := told(tallied(t, handmade(t, "trt-llm.txt")).times.kept)
	if want := "tensorrt_llm 1  first_response: 214 in 96300 ms 20≤100 150≤500 214≤2000 214≤5000\n"; got != want {
		t.Errorf("%swant %s", got, want)
	}
}

// A model on two GPUs prints three summaries of a phase, which nobody can add up;
// quantiles that we do not know, and figures that cannot be, are left out.
func TestSummariesOfGPUsStayApart(t *testing.T) {
	t.Parallel()
	text := "# TYPE nv_inference_request_summary_us summary\n"
	for _, gpu := range []string{"", `gpu_uuid="A",`, `gpu_uuid="B",`} {
		text += fmt.Sprintf("nv_inference_request_summary_us_count{%smodel=\"m\",version=\"1\"} %d\n", gpu, 10*len(gpu)) +
			fmt.Sprintf("nv_inference_request_summary_us_sum{%smodel=\"m\",version=\"1\"} -1\n", gpu) +
			fmt.Sprintf("nv_inference_request_summary_us{%smodel=\"m\",version=\"1\",quantile=\"0.75\"} 7\n", gpu) +
			fmt.Sprintf("nv_inference_request_summary_us{%smodel=\"m\",version=\"1\",quantile=\"0.99\"} 5000\n", gpu) +
			fmt.Sprintf("nv_inference_request_summary_us{%smodel=\"m\",version=\"1\",quantile=\"0.999\"} -5\n", gpu)
	}
	no := model.NoSource.String()
	want := fmt.Sprintf("m 1  request: 0 in 0 ms %[1]s %[1]s %[1]s 5 no data\nm 1 A request: 130 in 0 ms %[1]s %[1]s %[1]s 5 no data\nm 1 B request: 130 in 0 ms %[1]s %[1]s %[1]s 5 no data\n", no)
	if got := told(tallied(t, text).times.kept); got != want {
		t.Errorf("%swant\n%s", got, want)
	}
}

// A back-end may print any number of edges, in any order, and absurd ones.
func TestEdgesAreBounded(t *testing.T) {
	t.Parallel()
	book := newTally(func(string) string { return "" })
	series := func(suffix, le string) *metrics.Series {
		return &metrics.Series{Name: firstResponse + suffix, Family: firstResponse, Type: metrics.Histogram, Labels: []metrics.Label{{Name: "model", Value: "m"}, {Name: "version", Value: "1"}, {Name: "le", Value: le}}}
	}
	for i := range 1000 {
		book.visit(series("_bucket", fmt.Sprint(1000-i)), 1)
	}
	for _, le := range []string{"+Inf", "Nan", "-1", "x", ""} {
		book.visit(series("_bucket", le), 1)
	}
	book.visit(series("_count", ""), math.NaN())
	if kept := book.times.kept; len(kept) != 1 || len(kept[0].Edges) != edgeLimit || kept[0].Count != 0 {
		t.Errorf("%+v", kept)
	}
	for i := range timesLimit + 5 {
		s := series("_count", "")
		s.Labels[0].Value = fmt.Sprint("m", i)
		book.visit(s, 1)
	}
	if len(book.times.kept) != timesLimit || !strings.Contains(book.cut(), "only the first 100000 summaries and histograms are kept") {
		t.Errorf("%d kept, %q", len(book.times.kept), book.cut())
	}
}
