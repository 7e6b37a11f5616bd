package engine

import (
	"math"
	"slices"
	"time"

	"tritop/counters"
	"tritop/latency"
	"tritop/model"
)

// measured keeps how long a probe took, for the whole of which the replica is a
// part. Each whole counts it itself: a percentile is not made of percentiles.
func (s *State) measured(srv *server, r *replica, f model.Probed) {
	r.probe.add(f)
	if f.Outcome != model.Answered {
		return
	}
	s.fleet.levels.probed(f)
	for _, whole := range [...]**latency.Log{&srv.times, &r.of.times, &s.fleet.times} {
		record(whole, f)
	}
	r.of.heat.Record(f.At, f.Took)
}

// textTimes are what the metrics text tells of the times of one model version.
type textTimes struct {
	series []*timeSeries
	first  *model.Latency // of first responses, as the newest view tells it; nil: nothing
	view   []model.Latency
	at     viewedAt // of what view was made
}

// timeSeries is one summary or histogram.
type timeSeries struct {
	sample model.LatencySample // the newest
	seen   time.Time           // the newest text that had it
	meter  counters.Meter      // of all that it observed
	edges  []counters.Meter    // of the shares of a histogram
}

// textTimed takes over the summaries and histograms of a metrics text.
func (srv *server) textTimed(f model.Scraped) {
	for i := range f.Latencies {
		sample := &f.Latencies[i]
		if r := srv.replicas[counters.Key{Model: sample.Model, Version: sample.Version}]; r != nil && len(r.about.Steps) == 0 {
			r.text.take(f.At, sample)
		}
		if sample.Version == ensembleVersion {
			for _, r := range srv.order {
				if r.key.Model == sample.Model && len(r.about.Steps) > 0 {
					r.text.take(f.At, sample)
				}
			}
		}
	}
	for _, r := range srv.order {
		r.text.series = slices.DeleteFunc(r.text.series, func(t *timeSeries) bool { return f.At.Sub(t.seen) >= counters.WindowLength })
	}
}

// ensembleVersion is the version under which the text tells of an ensemble,
// whatever its directory is called (facts 3.3).
const ensembleVersion = "1"

// take takes over one sample.
func (t *textTimes) take(at time.Time, sample *model.LatencySample) {
	same := func(x *timeSeries) bool { return x.sample.Phase == sample.Phase && x.sample.Part == sample.Part }
	i := slices.IndexFunc(t.series, same)
	if i < 0 {
		i = len(t.series)
		t.series = append(t.series, &timeSeries{})
	}
	x := t.series[i]
	if !sameEdges(x.sample.Edges, sample.Edges) {
		*x = timeSeries{}
	}
	x.sample, x.seen = *sample, at
	x.meter.Add(at, sample.Sum, sample.Count)
	if x.edges == nil {
		x.edges = make([]counters.Meter, len(sample.Edges))
	}
	for j, e := range sample.Edges {
		x.edges[j].Add(at, e.Count, sample.Count)
	}
}

func sameEdges(a, b []model.Edge) bool {
	return slices.EqualFunc(a, b, func(a, b model.Edge) bool { return a.Ms == b.Ms })
}

// tell gives what the text tells now: of whole requests and first responses, and
// of the other phases. It changes with a text, a second, and when the server comes
// into reach or goes.
func (t *textTimes) tell(srv *server, now time.Time, second time.Time) (whole, phases []model.Latency) {
	at := viewedAt{second, srv.gaugeAt, reached(srv)}
	if t.at != at {
		t.at, t.view, t.first = at, nil, nil
		for _, x := range t.series {
			if at.reached && x.seen.Equal(srv.gaugeAt) && !t.idle(x) {
				t.view = append(t.view, x.latency(now))
			}
		}
		t.joinParts()
		slices.SortStableFunc(t.view, func(a, b model.Latency) int { return shownAs(a.Phase) - shownAs(b.Phase) })
		if i := slices.IndexFunc(t.view, func(l model.Latency) bool { return l.Phase == model.FirstResponse }); i >= 0 {
			t.first = &t.view[i]
		}
	}
	i := slices.IndexFunc(t.view, func(l model.Latency) bool { return shownAs(l.Phase) > 1 })
	if i < 0 {
		i = len(t.view)
	}
	return t.view[:i:i], t.view[i:]
}

// joinParts takes the names of GPUs from what only one of them tells: it is all.
func (t *textTimes) joinParts() {
	parts := make(map[model.Phase]int, 5)
	for i := range t.view {
		parts[t.view[i].Phase]++
	}
	for i := range t.view {
		if parts[t.view[i].Phase] == 1 {
			t.view[i].Part = ""
		}
	}
}

// shownAs puts whole requests first, then first responses, then the phases.
func shownAs(p model.Phase) int {
	switch p {
	case model.WholeRequest:
		return 0
	case model.FirstResponse:
		return 1
	case model.InQueue, model.ComputeInput, model.ComputeInfer, model.ComputeOutput:
	}
	return 2 + int(p)
}

// idle says that a series is one of several of its phase and has never observed
// anything: a model on GPUs has one without a GPU that stays empty.
func (t *textTimes) idle(x *timeSeries) bool {
	return x.sample.Count == 0 && slices.ContainsFunc(t.series, func(o *timeSeries) bool {
		return o != x && o.sample.Phase == x.sample.Phase && (o.sample.Count > 0 || o.sample.Part < x.sample.Part)
	})
}

// latency is what a series says of the last minute.
func (x *timeSeries) latency(now time.Time) model.Latency {
	mean, n := x.meter.MeanOf(now)
	l := model.Latency{Source: model.FromSummary, Window: counters.WindowLength, N: uint64(math.Round(n)), Mean: mean, Percentiles: x.sample.Percentiles,
		Max: model.Missing(model.NoSource), Phase: x.sample.Phase, Part: x.sample.Part}
	if len(x.sample.Edges) > 0 {
		l.Source, l.Percentiles = model.FromHistogram, model.NoPercentiles(model.NoSource)
		for i, e := range x.sample.Edges {
			if share := x.edges[i].Mean(now); share.Known() {
				l.Shares = append(l.Shares, model.AtMost{Edge: e.Ms, Ratio: min(max(share.Value, 0), 1)})
			}
		}
		return l
	}
	latency.Carry(&l)
	return l
}

// latencies tells of a model version all that was measured of it.
func (s *State) latencies(srv *server, r *replica, v *model.Measured) {
	v.Probe, v.Latency = r.probe.view(s.now, s.cfg.Probed[r.key.Model])
	if len(r.text.series) == 0 {
		return
	}
	whole, phases := r.text.tell(srv, s.now, s.second)
	if len(whole) > 0 {
		v.Latency = append(v.Latency[:len(v.Latency):len(v.Latency)], whole...) // the log's own list stays as it is
	}
	v.Phases = phases
}

// latencies tells of a model over the fleet: probes in one histogram, Triton's
// histograms added up, and nothing of its summaries, which nobody can add up.
func (m *fleetModel) latencies(now time.Time) []model.Latency {
	out := windowsOf(m.times, now)
	var first model.Latency
	for i := range m.said {
		if f := m.said[i].first; f != nil && m.said[i].trouble != model.ServerUnreached {
			first = latency.AddShares(first, *f)
		}
	}
	if first.Source == model.FromNobody {
		return out
	}
	return append(out[:len(out):len(out)], first)
}
