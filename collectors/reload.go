package collectors

import (
	"slices"

	"tritop/triton/metrics"
	"tritop/triton/pb"
)

// A model that is loaded anew in place may be another one, and Triton does not
// say so: the index shows READY all the time. What tells are figures of the model
// object. One that was asked nothing, before and after, has none but the time that
// its load took, which the metrics text of Triton 24.11 and later has.

// again asks for what there is to know of a version once more.
func (p *poller) again(v version) {
	if !slices.Contains(p.describe, v) {
		p.describe = append(p.describe, v)
	}
	p.wantIndex = true
}

// cumulative is what a model object counts, from 0 on.
type cumulative struct {
	counts [4]uint64
	ns     uint64
	last   uint64 // when it last ran
}

func cumulativeOf(m *pb.ModelStatistics) cumulative {
	s := m.GetInferenceStats()
	return cumulative{[4]uint64{s.GetSuccess().GetCount(), s.GetFail().GetCount(), m.GetInferenceCount(), m.GetExecutionCount()},
		s.GetSuccess().GetNs() + s.GetFail().GetNs(), m.GetLastInference()}
}

// anew says whether a new model object counts: something went back, or the same
// requests took another time, as those of a warm-up do.
func (c cumulative) anew(before cumulative) bool {
	for i := range c.counts {
		if c.counts[i] < before.counts[i] {
			return true
		}
	}
	return c.ns < before.ns || c.last < before.last || c.counts == before.counts && c.ns != before.ns
}

// loadSeries is how long the last load of a version took.
const loadSeries = "nv_model_load_duration_secs"

// loads are the times that the loads of versions took, by the newest metrics text.
type loads map[version]float64

// visit takes one sample of a text.
func (l loads) visit(s *metrics.Series, v float64) {
	if s.Name == loadSeries && s.Label("gpu_uuid") == "" && len(l) < versionLimit {
		l[version{s.Label("model"), s.Label("version")}] = v
	}
}

// changed gives the versions whose loads took another time before.
func (l loads) changed(before loads) (out []version) {
	for v, took := range l {
		if old, known := before[v]; known && old != took && old > 0 {
			out = append(out, v)
		}
	}
	return out
}

// reload says that versions were loaded anew.
func (r *registry) reload(vs []version) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, v := range vs {
		if r.ready[v] && !slices.Contains(r.reloads, v) {
			r.reloads = append(r.reloads, v)
		}
	}
}

// takeReloads gives the versions that reload named since the last time.
func (r *registry) takeReloads() []version {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.reloads
	r.reloads = nil
	return out
}
