package sim

import (
	"strings"
	"testing"
	"time"

	"tritop/triton/metrics"
)

// series reads a metrics text: name and labels, in Triton's order, to value.
func series(t *testing.T, text string) map[string]float64 {
	t.Helper()
	out := make(map[string]float64)
	scanner := metrics.NewScanner(metrics.DefaultLimits())
	err := scanner.Scan([]byte(text), func(s *metrics.Series, v float64) {
		labels := make([]string, 0, len(s.Labels))
		for _, l := range s.Labels {
			labels = append(labels, l.Name+"="+l.Value)
		}
		out[s.Name+" "+strings.Join(labels, ",")] = v
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func gpuWorld(t *testing.T) *World {
	t.Helper()
	w, err := New(Options{Scenario: "gpu-lost", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestOneGPUVanishesOnOneServer(t *testing.T) {
	t.Parallel()
	w := gpuWorld(t)
	w.Advance(4 * time.Second)
	s := w.victim(1)
	first, second := s.gpus[0].uuid, s.gpus[1].uuid
	before := series(t, s.Metrics())
	w.Advance(20 * time.Second)
	after := series(t, s.Metrics())
	for _, f := range gpuFamilies {
		_, had := before[f.name+" gpu_uuid="+second]
		_, has := after[f.name+" gpu_uuid="+second]
		if _, other := after[f.name+" gpu_uuid="+first]; !had || has || !other {
			t.Errorf("%s: before %v, after %v, the other GPU %v", f.name, had, has, other)
		}
	}
	for i, other := range w.servers {
		if n := len(other.gpuGauges()); n != map[bool]int{true: 4, false: 8}[i == 1] {
			t.Errorf("%s has %d GPU series", other.Name, n)
		}
	}
}

func TestCountersAreSplitByGPU(t *testing.T) {
	t.Parallel()
	w := gpuWorld(t)
	s := w.victim(1)
	const counter, labels = "nv_inference_request_success ", "model=fraud_scorer,version=7"
	second := counter + "gpu_uuid=" + s.gpus[1].uuid + "," + labels
	w.Advance(FaultAt)
	lost := series(t, s.Metrics())[second]
	w.Advance(20 * time.Second)
	after := series(t, s.Metrics())
	one, all := after[counter+"gpu_uuid="+s.gpus[0].uuid+","+labels], float64(s.find("fraud_scorer", "").stats.success)
	if plain, ok := after[counter+labels]; !ok || plain != 0 || one+after[second] != all {
		t.Errorf("without gpu_uuid %v (%v), on the GPUs %v and %v of %v", plain, ok, one, after[second], all)
	}
	if lost == 0 || after[second] != lost {
		t.Errorf("the lost GPU counted %v, then %v", lost, after[second])
	}
	if v := after[counter+"model=search_pipeline,version=1"]; v == 0 {
		t.Error("an ensemble does not count without gpu_uuid")
	}
}

// What the metrics text says of the GPUs is what the direct face reports.
func TestTheTextAndTheDirectFaceHaveTheSameGPUs(t *testing.T) {
	t.Parallel()
	w := gpuWorld(t)
	w.Advance(10 * time.Second)
	for _, s := range w.servers {
		read := series(t, s.Metrics())
		for _, g := range s.gpuGauges() {
			if v, ok := read[g.Name+" "+g.Label]; !ok || v != g.Value {
				t.Errorf("%s %s %s: %v directly, %v in the text", s.Name, g.Name, g.Label, g.Value, v)
			}
		}
	}
}

func TestFailuresAreSplitByGPU(t *testing.T) {
	t.Parallel()
	w := gpuWorld(t)
	s := w.servers[0]
	r := s.find("fraud_scorer", "")
	s.failed(r, "BACKEND", 3)
	s.failed(r, "REJECTED", 2)
	got := series(t, s.Metrics())
	for labels, want := range map[string]float64{
		"model=fraud_scorer,reason=BACKEND,version=7":                                  0,
		"model=fraud_scorer,reason=REJECTED,version=7":                                 2,
		"gpu_uuid=" + s.gpus[0].uuid + ",model=fraud_scorer,reason=BACKEND,version=7":  3,
		"gpu_uuid=" + s.gpus[0].uuid + ",model=fraud_scorer,reason=REJECTED,version=7": 0,
		"gpu_uuid=" + s.gpus[1].uuid + ",model=fraud_scorer,reason=BACKEND,version=7":  0,
	} {
		if v, ok := got["nv_inference_request_failure "+labels]; !ok || v != want {
			t.Errorf("%s: %v (%v), want %v", labels, v, ok, want)
		}
	}
}

func TestOtherScenariosHaveNoGPUSeries(t *testing.T) {
	t.Parallel()
	w, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.Advance(time.Second)
	if text := w.servers[0].Metrics(); strings.Contains(text, "gpu_") {
		t.Error("the usual fleet has GPUs")
	}
}
