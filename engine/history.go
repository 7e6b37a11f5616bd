package engine

import (
	"math"
	"time"

	"tritop/counters"
	"tritop/model"
)

// chartWindow is what one point of a chart looks back on: long enough for a
// poll that came late, short enough to show a fault at once.
const chartWindow = 3 * time.Second

// bookHistory appends one point to every series. What was not observed is a
// gap, never a zero. No view is made anew for it: what it shows of the past is
// exchanged (freshen).
func (s *State) bookHistory(at time.Time) {
	since := s.now.Add(at.Add(-time.Second).Sub(s.now)) // by the monotonic clock
	for _, m := range s.models.sorted {
		m.chart, m.slowest, m.probed = counters.Sums{}, 0, false
	}
	var fleet counters.Sums
	var slowest slowProbe
	for _, srv := range s.servers {
		srv.old = true
		answers := reached(srv)
		var here slowProbe
		for _, r := range srv.order {
			r.chart = counters.Sums{}
			if answers {
				r.chart = srv.book.Log(r.key).Over(s.now, chartWindow)
			}
			ms, ok := r.probe.newest(since, s.now)
			extend(&r.history, at, &r.chart, ms, ok)
			r.of.chart.Add(&r.chart)
			if ok { // the slowest of a second: a mean over servers would hide it
				r.of.slowest, r.of.probed = max(r.of.slowest, ms), true
				here.add(ms)
			}
		}
		own := srv.users(func(r *replica) *counters.Sums { return &r.chart })
		extend(&srv.history, at, &own, here.ms, here.seen)
		fleet.Add(&own)
		if here.seen {
			slowest.add(here.ms)
		}
	}
	extend(&s.fleet.history, at, &fleet, slowest.ms, slowest.seen)
	s.bookMachines(at)
	s.models.prune()
	for _, m := range s.models.sorted {
		extend(&m.history, at, &m.chart, m.slowest, m.probed)
	}
}

// slowProbe is the slowest deep probe of a second.
type slowProbe struct {
	ms   float64
	seen bool
}

func (p *slowProbe) add(ms float64) { p.ms, p.seen = max(p.ms, ms), true }

// clockBack is how far the clock of this machine may be set back before the
// charts follow it; until then they wait for it.
const clockBack = 2 * time.Second

// shiftHistories makes the last booked second another one. Charts are of wall
// time; without this they would stand still until the old time is reached again.
func (s *State) shiftHistories(second time.Time) {
	by := second.Sub(s.second)
	s.second = second
	s.fleet.history = s.fleet.history.Shift(by)
	s.shift(by)
	for _, m := range s.models.sorted {
		m.history = m.history.Shift(by)
		m.heat.Shift(by)
	}
	for _, srv := range s.servers {
		srv.history, srv.dirty = srv.history.Shift(by), true
		for _, r := range srv.replicas {
			r.history = r.history.Shift(by)
		}
	}
}

func extend(h *model.History, at time.Time, sums *counters.Sums, probeMs float64, probed bool) {
	w := sums.Window()
	h.Rate = h.Rate.Append(at, value(w.Rate))
	h.Errors = h.Errors.Append(at, value(w.ErrorRatio))
	h.Queue = h.Queue.Append(at, value(w.QueueMs))
	h.Compute = h.Compute.Append(at, value(w.ComputeMs))
	if !probed {
		probeMs = math.NaN()
	}
	h.Probe = h.Probe.Append(at, probeMs)
}

func value(f model.Figure) float64 {
	if !f.Known() {
		return math.NaN()
	}
	return f.Value
}
