package engine

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"tritop/counters"
	"tritop/model"
)

// chartWindow is what one point of a chart looks back on: long enough for a
// poll that came late, short enough to show a fault at once.
const chartWindow = 3 * time.Second

type modelHistory struct {
	history model.History
}

// bookHistory appends one point to every series. What was not observed is a
// gap, never a zero.
func (s *State) bookHistory(at time.Time) {
	var fleet counters.Sums
	models := make(map[string]counters.Sums)
	probes := make(map[string][]float64)
	for _, srv := range s.servers {
		srv.dirty = true
		rows := make(map[counters.Key]counters.Sums, len(srv.replicas))
		for _, r := range srv.order {
			var sums counters.Sums
			if reached(srv) {
				sums = srv.book.Log(r.key).Over(s.now, chartWindow)
			}
			rows[r.key] = sums
			ms, ok := r.probe.newest(s.now.Add(at.Add(-time.Second).Sub(s.now)), s.now) // by the monotonic clock
			r.history = extend(r.history, at, sums, ms, ok)
			models[r.key.Model] = models[r.key.Model].Plus(sums)
			if ok {
				probes[r.key.Model] = append(probes[r.key.Model], ms)
			}
		}
		own := srv.users(func(k counters.Key) counters.Sums { return rows[k] })
		srv.history = extend(srv.history, at, own, 0, false)
		fleet = fleet.Plus(own)
	}
	s.fleet.history = extend(s.fleet.history, at, fleet, 0, false)
	s.bookMachines(at)
	for name, sums := range models {
		m := s.models[name]
		if m == nil {
			m = &modelHistory{}
			s.models[name] = m
		}
		ms, ok := worst(probes[name])
		m.history = extend(m.history, at, sums, ms, ok)
	}
	for name := range s.models {
		if _, ok := models[name]; !ok {
			delete(s.models, name)
		}
	}
}

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
	for _, m := range s.models {
		m.history = m.history.Shift(by)
	}
	for _, srv := range s.servers {
		srv.history, srv.dirty = srv.history.Shift(by), true
		for _, r := range srv.replicas {
			r.history = r.history.Shift(by)
		}
	}
}

// worst is the slowest probe of a second: a mean over servers would hide it.
func worst(ms []float64) (float64, bool) {
	if len(ms) == 0 {
		return 0, false
	}
	return slices.Max(ms), true
}

func extend(h model.History, at time.Time, sums counters.Sums, probeMs float64, probed bool) model.History {
	w := sums.Window()
	h.Rate = h.Rate.Append(at, value(w.Rate))
	h.Errors = h.Errors.Append(at, value(w.ErrorRatio))
	h.Queue = h.Queue.Append(at, value(w.QueueMs))
	h.Compute = h.Compute.Append(at, value(w.ComputeMs))
	if !probed {
		probeMs = math.NaN()
	}
	h.Probe = h.Probe.Append(at, probeMs)
	return h
}

func value(f model.Figure) float64 {
	if !f.Known() {
		return math.NaN()
	}
	return f.Value
}

// viewModels gathers the replicas of each model over the fleet.
func (s *State) viewModels(servers []model.Server) []model.Model {
	groups := make(map[string][]*model.Replica)
	for i := range servers {
		for j := range servers[i].Replicas {
			r := &servers[i].Replicas[j]
			groups[r.Model] = append(groups[r.Model], r)
		}
	}
	out := make([]model.Model, 0, len(groups))
	for name, rs := range groups {
		out = append(out, s.viewModel(name, rs))
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

func (s *State) viewModel(name string, rs []*model.Replica) model.Model {
	m := model.Model{Name: name}
	var sums counters.Sums
	var bad *model.Replica
	unreached := 0
	m.Servers = serversOf(rs, func(*model.Replica) bool { return true })
	m.Serving = serversOf(rs, func(r *model.Replica) bool { return r.State == model.ReplicaReady && r.Trouble == model.NoTrouble })
	for _, r := range rs {
		m.IsStep = m.IsStep || len(r.StepOf) > 0
		if r.Trouble == model.ServerUnreached {
			unreached++
			continue
		}
		if own := s.byName[r.Server].replicas[counters.Key{Model: name, Version: r.Version}]; own != nil {
			sums = sums.Plus(own.minute.sums)
		}
		if r.State == model.ReplicaReady && !slices.Contains(m.Versions, r.Version) {
			m.Versions = append(m.Versions, r.Version)
		}
		if r.Trouble != model.NoTrouble && (bad == nil || r.Trouble > bad.Trouble) {
			bad = r
		}
	}
	sort.Slice(m.Versions, func(i, j int) bool { return number(m.Versions[i]) < number(m.Versions[j]) })
	m.Window = sums.Window()
	m.Trouble, m.Finding = s.modelFinding(rs, bad, unreached, m.Serving)
	if h := s.models[name]; h != nil {
		m.History = h.history
	}
	return m
}

// serversOf counts the servers of some replicas; those of one stand together.
func serversOf(rs []*model.Replica, which func(*model.Replica) bool) (n int) {
	last := ""
	for _, r := range rs {
		if r.Server != last && which(r) {
			last = r.Server
			n++
		}
	}
	return n
}

// modelFinding is the worst of the replicas; servers that give no answer make
// a model that others still serve degraded, and one that nobody else serves as
// bad as they are.
func (s *State) modelFinding(rs []*model.Replica, bad *model.Replica, unreached, serving int) (model.Trouble, model.Finding) {
	if bad != nil && bad.Finding.Verdict >= model.Degraded {
		f := bad.Finding
		if serving > 0 { // others still serve it: the server is what fails, the model is weakened
			f.Verdict = model.Degraded
		}
		f.Reason = fmt.Sprintf("v%s on %s: %s", bad.Version, bad.Server, f.Reason)
		return bad.Trouble, f
	}
	if unreached == 0 {
		for _, r := range rs {
			if r.State == model.ReplicaReady {
				return model.NoTrouble, model.Finding{Verdict: model.Healthy, Since: r.Finding.Since}
			}
		}
		return model.NoTrouble, model.Finding{Reason: "no version is loaded"}
	}
	f := model.Finding{}
	first := ""
	for _, r := range rs {
		srv := s.byName[r.Server]
		if r.Trouble != model.ServerUnreached {
			continue
		}
		if first == "" {
			first, f.Since = r.Server+" is "+srv.state.String(), srv.finding.Since
		}
		f.Verdict = model.Worse(f.Verdict, srv.finding.Verdict)
	}
	if unreached < len(rs) {
		f.Verdict, f.Reason = model.Degraded, first
		return model.ServerUnreached, f
	}
	f.Reason = fmt.Sprintf("no server answers for it: %s", first)
	return model.ServerUnreached, f
}
