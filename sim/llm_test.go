package sim

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	promodel "github.com/prometheus/common/model"

	"tritop/model"
)

func llmWorld(t *testing.T, to time.Duration) *World {
	t.Helper()
	w, err := New(Options{Scenario: "llm", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	w.Advance(to)
	return w
}

// What the text says of the back-ends is what the direct face reports, and no more.
func TestTheTextAndTheDirectFaceHaveTheSameFamilies(t *testing.T) {
	t.Parallel()
	for _, s := range llmWorld(t, 40*time.Second).servers {
		read := series(t, s.Metrics())
		want := map[string]float64{}
		for _, f := range s.families() {
			labels := fmt.Sprintf("model=%s,version=%s", f.Model, f.Version)
			switch name, _, _ := strings.Cut(f.Label, "="); {
			case name == "":
			case name < "model":
				labels = strings.ReplaceAll(f.Label, `"`, "") + "," + labels
			default:
				labels = fmt.Sprintf("model=%s,%s,version=%s", f.Model, strings.ReplaceAll(f.Label, `"`, ""), f.Version)
			}
			if f.Kind == model.SignalMean {
				want[f.Family+"_sum "+labels], want[f.Family+"_count "+labels] = f.Value, f.Count
				continue
			}
			want[f.Family+" "+labels] = f.Value
		}
		maps.DeleteFunc(read, func(name string, _ float64) bool {
			backend := strings.HasPrefix(name, "vllm:") || strings.HasPrefix(name, "nv_trt_llm_")
			return !backend || strings.Contains(name, "_bucket ")
		})
		if !maps.Equal(read, want) {
			t.Errorf("%s: the text has\n%v\nand the direct face\n%v", s.Name, read, want)
		}
	}
}

// Prometheus' own parser reads the histograms, and each of them adds up.
func TestHistogramsOfTheBackEnd(t *testing.T) {
	t.Parallel()
	p := expfmt.NewTextParser(promodel.UTF8Validation)
	families, err := p.TextToMetricFamilies(strings.NewReader(llmWorld(t, 60*time.Second).servers[0].Metrics()))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for name, f := range families {
		if !strings.HasPrefix(name, "vllm:") || f.GetType().String() != "HISTOGRAM" {
			continue
		}
		n++
		h := f.GetMetric()[0].GetHistogram()
		below := uint64(0)
		for _, b := range h.GetBucket() {
			if b.GetCumulativeCount() < below {
				t.Errorf("%s falls at %v", name, b.GetUpperBound())
			}
			below = b.GetCumulativeCount()
		}
		if below != h.GetSampleCount() || below == 0 || h.GetSampleSum() <= 0 {
			t.Errorf("%s: %d in the last bucket, count %d, sum %v", name, below, h.GetSampleCount(), h.GetSampleSum())
		}
	}
	if n != 6 {
		t.Errorf("%d histograms", n)
	}
}

func TestOtherScenariosHaveNoBackEnds(t *testing.T) {
	t.Parallel()
	for name := range scenarios {
		w, err := New(Options{Scenario: name, Seed: 1, Servers: 1})
		if err != nil {
			t.Fatal(err)
		}
		w.Advance(time.Second)
		if n := len(w.servers[0].families()); (n > 0) != (name == "llm") {
			t.Errorf("%s has %d families", name, n)
		}
	}
}
