package headless

import (
	"strings"
	"time"

	"tritop/model"
)

// wholes are about the whole fleet.
type wholes struct {
	Models []fleetModel `json:"models"`
	Totals totals       `json:"totals"`
}

// fleetModel is one model over all its servers.
type fleetModel struct {
	Name     string   `json:"name"`
	Verdict  string   `json:"verdict"`
	Reason   string   `json:"reason"`
	Versions []string `json:"versions"`
	Servers  int      `json:"servers"`
	Serving  int      `json:"serving"`
	Latency  []any    `json:"latency"`
}

// times are how long requests of a model version took, by everybody who measured it.
type times struct {
	Latency []any  `json:"latency"`                  // percentiles, shares or measured
	Phases  []any  `json:"latency_phases,omitempty"` // percentiles
	Hint    string `json:"latency_hint,omitempty"`   // why nobody gives percentiles, and what to switch on
}

// measured is a latency from one source: at least its mean.
type measured struct {
	Source     string   `json:"source"`
	Phase      string   `json:"phase,omitempty"` // what of a request; of all of it where it is missing
	GPU        string   `json:"gpu,omitempty"`   // only of the instances there: nobody can add these up
	N          uint64   `json:"n"`
	Window     float64  `json:"window_s"`
	Mean       *float64 `json:"mean_ms"`
	MeanReason string   `json:"mean_ms_reason,omitempty"`
}

// percentiles are of a source that measures single requests.
type percentiles struct {
	measured
	P50        *float64 `json:"p50_ms"`
	P50Reason  string   `json:"p50_ms_reason,omitempty"`
	P90        *float64 `json:"p90_ms"`
	P90Reason  string   `json:"p90_ms_reason,omitempty"`
	P95        *float64 `json:"p95_ms"`
	P95Reason  string   `json:"p95_ms_reason,omitempty"`
	P99        *float64 `json:"p99_ms"`
	P99Reason  string   `json:"p99_ms_reason,omitempty"`
	P999       *float64 `json:"p999_ms"`
	P999Reason string   `json:"p999_ms_reason,omitempty"`
	longest
	Bounds map[string]edges `json:"bucket_edges_ms,omitempty"` // of a source that has buckets: a percentile lies between these
}

type longest struct {
	Max       *float64 `json:"max_ms"`
	MaxReason string   `json:"max_ms_reason,omitempty"`
}

// shares are of a histogram, which knows its edges only.
type shares struct {
	measured
	Shares []share `json:"shares"`
}

// share is how many of all times were at most so long, 0..1.
type share struct {
	AtMost float64 `json:"at_most_ms"`
	Ratio  float64 `json:"ratio"`
}

func fleetModels(all []model.Model) []fleetModel {
	out := make([]fleetModel, 0, len(all))
	for i := range all {
		m := &all[i]
		out = append(out, fleetModel{Name: m.Name, Verdict: m.Finding.Verdict.String(), Reason: m.Finding.Reason, Versions: append([]string{}, m.Versions...),
			Servers: m.Servers, Serving: m.Serving, Latency: append(latencies(m.Latency), means(&m.Window)...)})
	}
	return out
}

// timesOf gives all that is known of how long a model version takes.
func timesOf(r *model.Replica) times {
	return times{Latency: append(latencies(r.Latency), means(&r.Window)...), Phases: latencies(r.Phases), Hint: hint(r)}
}

// hint says what to switch on where nobody gives percentiles.
func hint(r *model.Replica) string {
	if r.Probe.Configured || r.Trouble == model.ServerUnreached {
		return ""
	}
	for i := range r.Latency {
		if s := r.Latency[i].Source; s != model.FromHistogram {
			return ""
		}
	}
	return "percentiles are " + model.NoSource.String() + ", which counts sums: " +
		strings.Join([]string{model.FromProbe.SwitchOn(), model.FromSummary.SwitchOn()}, "; or ")
}

// latencies names the source of each figure. A percentile that the count does not
// carry is null.
func latencies(all []model.Latency) []any {
	out := make([]any, 0, len(all)+1)
	for i := range all {
		l := &all[i]
		m := measuredOf(l)
		if l.Source == model.FromHistogram {
			s := shares{measured: m, Shares: []share{}}
			for _, x := range l.Shares {
				s.Shares = append(s.Shares, share{x.Edge, x.Ratio})
			}
			out = append(out, s)
			continue
		}
		p := percentiles{measured: m}
		p.P50, p.P50Reason = l.P50.Told()
		p.P90, p.P90Reason = l.P90.Told()
		p.P95, p.P95Reason = l.P95.Told()
		p.P99, p.P99Reason = l.P99.Told()
		p.P999, p.P999Reason = l.P999.Told()
		p.Max, p.MaxReason = l.Max.Told()
		p.Bounds = boundsOf(l)
		out = append(out, p)
	}
	return out
}

// means are what counters say: no percentile.
func means(w *model.Window) []any {
	if l, known := w.Latency(); known {
		return []any{measuredOf(&l)}
	}
	return nil
}

func measuredOf(l *model.Latency) measured {
	m := measured{Source: l.Source.String(), GPU: l.Part, N: l.N, Window: float64(l.Window) / float64(time.Second)}
	if l.Phase != model.WholeRequest {
		m.Phase = l.Phase.String()
	}
	m.Mean, m.MeanReason = l.Mean.Told()
	return m
}
