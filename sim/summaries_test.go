package sim

import (
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"
	"time"
)

// What the text says in summaries is what the direct face reports, and no more:
// of two GPUs apart.
func TestTheTextAndTheDirectFaceHaveTheSameSummaries(t *testing.T) {
	t.Parallel()
	w, err := New(Options{Scenario: "gpu-lost", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	w.Advance(20 * time.Second)
	parts := 0
	for _, srv := range w.Servers() {
		read := series(t, srv.Metrics())
		maps.DeleteFunc(read, func(name string, v float64) bool {
			return !strings.HasPrefix(name, "nv_inference_request_summary_us") || math.IsNaN(v)
		})
		want := map[string]float64{}
		for _, x := range srv.summaries() {
			labels := fmt.Sprintf("model=%s,version=%s", x.Model, x.Version)
			if x.Part != "" {
				labels = "gpu_uuid=" + x.Part + "," + labels
				parts++
			}
			want["nv_inference_request_summary_us_count "+labels] = x.Count
			want["nv_inference_request_summary_us_sum "+labels] = math.Round(x.Sum * 1000)
			for i, f := range x.Each() {
				if f.Known() {
					want[fmt.Sprintf("nv_inference_request_summary_us %s,quantile=%g", labels, quantiles[i])] = math.Round(f.Value * 1000)
				}
			}
		}
		if !maps.Equal(read, want) {
			t.Errorf("%s: the text has\n%v\nand the direct face\n%v", srv.Name, read, want)
		}
	}
	if parts == 0 {
		t.Error("no model has two GPUs")
	}
}
