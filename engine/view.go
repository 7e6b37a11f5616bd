package engine

import (
	"cmp"
	"slices"
	"sort"
	"strconv"
	"time"

	"tritop/counters"
	"tritop/health"
	"tritop/model"
)

// Snapshot gives the truth as it stands. What it shares with the state is never
// written again: views are rebuilt, not changed, and series and events only grow
// behind what was given out.
func (s *State) Snapshot() *model.Snapshot {
	s.seq++
	snap := &model.Snapshot{Seq: s.seq, Now: s.now, Started: s.started, Fleet: s.cfg.Fleet, Notices: s.notices(),
		Sources: s.sources.view(s.now), History: s.fleet.history, Servers: make([]model.Server, len(s.servers))}
	for i, srv := range s.servers {
		s.freshen(srv)
		snap.Servers[i] = srv.view
	}
	snap.Events = s.events[max(0, len(s.events)-EventsKept):len(s.events):len(s.events)]
	snap.Verdict, snap.Why = s.verdict(snap.Servers)
	snap.Checks = s.viewChecks()
	snap.Verdict, snap.Why = health.WithChecks(snap.Verdict, snap.Why, s.fleet.checks.bad)
	snap.Models = s.models.view(s.now)
	missed := s.fleet.levels.missed
	miss(snap.Models, missed)
	snap.Objectives, snap.Kept = s.fleet.levels.states, s.fleet.levels.kept
	snap.Totals = s.totals(snap)
	snap.Machines = s.viewMachines()
	snap.Alerts = s.alertBook().List()
	snap.Problems = problems(snap, s.asked(s.judged(snap.Servers)), missed, s.fleet.checks.bad)
	return snap
}

// freshen brings the view of a server up to date. Where only a second of history
// was added, the rest of the view is taken over.
func (s *State) freshen(srv *server) {
	switch {
	case srv.dirty || s.now.Sub(srv.viewed) >= time.Second: // windows of probes go on with time
		srv.view, srv.viewed = s.viewServer(srv), s.now
	case srv.old:
		srv.view.History, srv.view.Signals, srv.view.Replicas = srv.history, s.viewSignals(srv), slices.Clone(srv.view.Replicas)
		for i, r := range srv.order {
			srv.view.Replicas[i].History = r.history
		}
	}
	srv.dirty, srv.old = false, false
}

func (s *State) viewServer(srv *server) model.Server {
	v := model.Server{ServerSpec: srv.spec, State: srv.state, Finding: srv.finding, Live: srv.live, Ready: srv.ev.Ready,
		TritonVersion: srv.version, LastAnswer: srv.ev.LastAnswered, Restarted: srv.ev.Restarted, Gauges: srv.gauges, History: srv.history,
		Told: model.Told{Signals: s.viewSignals(srv), SignalsLeft: srv.signals.left}, Latency: windowsOf(srv.times, s.now)}
	if srv.ev.Outcome == model.Answered && srv.live == model.Undecided {
		v.Live = model.Yes // it answered
	}
	if srv.ev.Outcome != model.Answered {
		v.Ready = model.Undecided // what it said before is not what it says
	}
	stepOf := srv.stepOf()
	unproven := true
	if len(srv.order) > 0 {
		v.Replicas = make([]model.Replica, len(srv.order))
	}
	for i, r := range srv.order {
		view := &v.Replicas[i]
		s.viewReplica(srv, r, view)
		view.StepOf = stepOf[r.key]
		unproven = unproven && view.Probe.LastOK.IsZero() && view.Window.Requests == 0
		r.say(len(view.StepOf) > 0)
	}
	v.Unproven = v.State == model.ServerReady && unproven
	srv.sum = srv.whole()
	v.Window = srv.sum.minute.Window()
	return v
}

// stepOf says which ensembles of the server call a model version.
func (srv *server) stepOf() map[counters.Key][]string {
	if len(srv.calls) == 0 {
		return nil
	}
	out := make(map[counters.Key][]string)
	for step, callers := range srv.calls {
		for k := range callers {
			if srv.replicas[k] != nil && !slices.Contains(out[step], k.Model) {
				out[step] = append(out[step], k.Model)
			}
		}
	}
	for _, names := range out {
		sort.Strings(names)
	}
	return out
}

func (s *State) viewReplica(srv *server, r *replica, v *model.Replica) {
	*v = model.Replica{Server: srv.spec.Name, Model: r.key.Model, Version: r.key.Version, State: r.state, Reason: r.reason,
		Trouble: r.trouble, Finding: r.finding, Setup: model.Setup{Platform: r.about.Platform, MaxBatch: r.about.MaxBatch, Instances: r.about.Instances, Steps: r.about.Steps},
		Pending: r.ev.Pending, Window: r.ev.Window, History: r.history}
	s.latencies(srv, r, &v.Measured)
	c, probes, epoch, ok := srv.book.Row(r.key)
	switch {
	case ok:
		v.Totals = model.Counts{Requests: model.Of(float64(c.Success.Count + c.Fail.Count)), Failures: model.Of(float64(c.Fail.Count)), Probes: probes, Epoch: epoch}
		v.Batches = c.Batches
	default:
		v.Totals = model.Counts{Requests: model.Missing(model.NotServing), Failures: model.Missing(model.NotServing)}
	}
	v.Totals.Life = srv.lifeOf(r, &c)
	if r.trouble == model.ServerUnreached {
		v.Pending = model.Missing(model.OutOfReach)
		gone := model.Missing(model.OutOfReach)
		v.Window = model.Window{Rate: gone, Samples: gone, ErrorRatio: gone, MeanMs: gone, QueueMs: gone, ComputeMs: gone}
	}
}

// compareKeys orders model versions: by name, then by version as a number.
func compareKeys(a, b counters.Key) int {
	return cmp.Or(cmp.Compare(a.Model, b.Model), cmp.Compare(number(a.Version), number(b.Version)), cmp.Compare(a.Version, b.Version))
}

func number(version string) int {
	n, err := strconv.Atoi(version)
	if err != nil {
		return -1
	}
	return n
}

// totals sums the rows of the fleet.
func (s *State) totals(snap *model.Snapshot) model.Totals {
	t := model.Totals{Servers: len(snap.Servers), Models: len(snap.Models), Latency: windowsOf(s.fleet.times, s.now)}
	var requests, failures float64
	var sums counters.Sums
	known := false
	for _, srv := range s.servers {
		if reached(srv) {
			sums.Add(&srv.sum.minute)
		}
		t.Undescribed += srv.sum.undescribed
		requests, failures, known = requests+srv.sum.requests, failures+srv.sum.failures, known || srv.sum.known
	}
	t.Rate = sums.Window().Rate
	t.Requests, t.Failures = model.Missing(model.NotObserved), model.Missing(model.NotObserved)
	if known {
		t.Requests, t.Failures = model.Of(requests), model.Of(failures)
	}
	return t
}

// reached says whether the server's figures speak of now.
func reached(srv *server) bool {
	return srv.own.state == model.ServerReady || srv.own.state == model.ServerNotReady || srv.own.state == model.ServerStopping
}

// totals sums the server's own counters; what an ensemble made its steps do is
// taken out of the steps.
func (srv *server) totals() (requests, failures float64, known bool) {
	for _, r := range srv.order {
		c, _, _, there := srv.book.Row(r.key)
		if !there {
			continue
		}
		known = true
		ok, fail := float64(c.Success.Count), float64(c.Fail.Count)
		for e, times := range srv.calls[r.key] {
			if srv.replicas[e] == nil {
				continue
			}
			caller, _, _, _ := srv.book.Row(e)
			failed := float64(caller.Fail.Count) / 2 // Triton counts each failure of an ensemble twice
			calls := (float64(caller.Success.Count) + failed) * float64(times)
			taken := min(ok, calls)
			ok -= taken
			fail = max(0, fail-min(calls-taken, failed*float64(times)))
		}
		requests, failures = requests+ok+fail, failures+fail
	}
	return requests, failures, known
}
