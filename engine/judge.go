package engine

import (
	"time"

	"tritop/counters"
	"tritop/health"
	"tritop/model"
)

// rest says of a server how long it may be left alone.
type rest struct {
	summed   time.Time // the oldest window of its model versions
	restless bool      // time alone may change one of them
}

// judge derives the state of a server and its model versions anew and tells
// what changed as events.
func (s *State) judge(srv *server) {
	s.judgeOwn(srv)
	s.judgeReplicas(srv)
	s.together(srv)
}

// wait judges what time changes. A fleet has thousands of model versions, and
// four times a second there is nothing new to most of them.
func (s *State) wait(srv *server) {
	before := srv.own
	s.judgeOwn(srv)
	if srv.own == before && !srv.restless && s.now.Sub(srv.summed) < time.Second {
		if srv.waits {
			s.together(srv)
		}
		return
	}
	srv.dirty = srv.dirty || srv.own != before
	s.judgeReplicas(srv)
	s.together(srv)
}

// judgeReplicas judges all model versions of a server.
func (s *State) judgeReplicas(srv *server) {
	srv.summed, srv.restless = s.now, false
	for _, r := range srv.order {
		s.judgeReplica(srv, r)
		if r.minute.at.Before(srv.summed) {
			srv.summed = r.minute.at
		}
		srv.restless = srv.restless || !r.ev.Unlisted.IsZero() || r.ev.StallScans > 0
	}
}

// judgeOwn derives the state of a server by itself.
func (s *State) judgeOwn(srv *server) {
	state, finding := s.cfg.Rules.State(srv.ev, s.now)
	if state == model.ServerReady && finding.Verdict == model.Unknown && !srv.ev.LastAnswered.IsZero() {
		state, finding = srv.own.state, srv.own.finding // one missed answer: what was known still stands
	}
	srv.own = ownState{state, finding}
}

// judgeOne judges anew after a fact that is about one model version only, which
// changes nothing of the others: a server may have thousands.
func (s *State) judgeOne(srv *server, r *replica) {
	s.judgeReplica(srv, r)
	s.together(srv)
}

// together derives the state of a server from its own and those of its model versions.
func (s *State) together(srv *server) {
	var views []model.Replica
	for _, r := range srv.order {
		if r.finding.Verdict > model.Healthy {
			views = append(views, model.Replica{Model: r.key.Model, Version: r.key.Version, Trouble: r.trouble, Finding: r.finding})
		}
	}
	own := srv.own
	state, finding := health.Combine(own.state, own.finding, views)
	if finding == own.finding { // a model version that speaks for its server brings its own beginning
		finding.Since = s.since(finding, srv.finding, state == srv.state)
	}
	s.settle(srv, state, finding)
}

// settle takes over the new state of a server and tells of it.
func (s *State) settle(srv *server, state model.ServerState, f model.Finding) {
	before, was := srv.state, srv.finding
	changed := state != before
	srv.dirty = srv.dirty || changed || f != was
	srv.state, srv.finding = state, f
	if srv.waits && (changed || !s.reasonComes(srv)) {
		srv.waits = false
		if changed {
			f = was
		}
		s.tellState(srv, srv.untold, before, f)
	}
	switch {
	case !changed || srv.ev.LastPoll.IsZero(), before == model.ServerNoData && state == model.ServerReady && s.beginning(srv):
	case state == model.ServerNotReady && s.reasonComes(srv):
		srv.untold, srv.waits = before, true
	default:
		s.tellState(srv, before, state, srv.finding)
	}
}

// reasonWait is how long the event "not ready" waits for the repository index to
// name who is to blame.
const reasonWait = 2 * time.Second

// reasonComes says whether the index that names the culprit is still on its way.
func (s *State) reasonComes(srv *server) bool {
	return (srv.ev.IndexOld || !srv.ev.IndexKnown) && s.now.Sub(srv.finding.Since) < reasonWait
}

// tellState makes the event of a server's new state.
func (s *State) tellState(srv *server, from, to model.ServerState, f model.Finding) {
	detail := f.Reason
	if f.Evidence != "" {
		detail += " · " + f.Evidence
	}
	verdict := f.Verdict
	if to == model.ServerReady && verdict == model.Degraded { // that it is ready is good; what some model version lacks has an event of its own
		verdict = model.Healthy
	}
	s.event(model.Event{Kind: model.EventServerState, Server: srv.spec.Name, From: from.String(), To: to.String(), Detail: detail, Verdict: verdict})
}

// since gives since when a finding is so: what goes on keeps its beginning.
func (s *State) since(f, before model.Finding, goesOn bool) time.Time {
	switch {
	case goesOn && f.Verdict == before.Verdict && !before.Since.IsZero():
		return before.Since
	case f.Since.IsZero():
		return s.now
	}
	return f.Since
}

// beginning says whether the server answered in time after tritop started to
// ask: that is no change worth an event.
func (s *State) beginning(srv *server) bool {
	return srv.ev.LastAnswered.Equal(srv.ev.LastPoll) && srv.finding.Since.Sub(srv.ev.Began) < s.cfg.Rules.Stale
}

// judgeReplica derives the state of one model version anew.
func (s *State) judgeReplica(srv *server, r *replica) {
	before := r.judgement
	s.sumUp(srv, r)
	r.ev.UsualMs = srv.usualMs(r.key)
	state, reason := s.cfg.Rules.ReplicaState(r.ev, s.now)
	goesOn := state == r.state
	if !goesOn && r.known {
		s.event(model.Event{Kind: model.EventReplicaState, Server: srv.spec.Name, Model: r.key.Model, Version: r.key.Version,
			From: r.state.String(), To: state.String(), Detail: health.FirstLine(reason), Verdict: stateVerdict(state, reason)})
	}
	r.state, r.reason, r.known = state, reason, r.known || state != model.ReplicaUnknown
	trouble, f := s.cfg.Rules.Replica(r.ev, srv.own.state, srv.ev.Ready, s.now)
	f.Since = s.since(f, r.finding, goesOn && trouble == r.trouble)
	if trouble != r.trouble && worthTelling(trouble, r.trouble) && srv.ev.Outcome != model.Exiting {
		s.tellTrouble(srv, r, trouble, f)
	}
	r.trouble, r.finding = trouble, f
	srv.dirty = srv.dirty || r.judgement != before
	r.ev.ProbeProven = r.ev.ProbeProven || trouble == model.CannotInfer && srv.ev.Ready == model.Yes
	if trouble != model.ServerUnreached {
		r.ev.Failing = trouble == model.UserErrors
	}
}

// usualMs is the mean request time since the counters of a model version began.
func (srv *server) usualMs(k counters.Key) model.Figure {
	c, _, _, _ := srv.book.Row(k)
	if c.Success.Count == 0 {
		return model.Missing(model.NotObserved)
	}
	return model.Of(float64(c.Success.Ns) / float64(c.Success.Count) / 1e6)
}

// tellTrouble makes the event of a trouble that began or ended.
func (s *State) tellTrouble(srv *server, r *replica, trouble model.Trouble, f model.Finding) {
	e := model.Event{Kind: model.EventTrouble, Server: srv.spec.Name, Model: r.key.Model, Version: r.key.Version, Verdict: f.Verdict, Detail: f.Evidence}
	if worth(trouble) {
		e.To = f.Reason
	} else {
		e.From = r.trouble.String()
	}
	s.event(e)
}

// worth says whether a trouble has an event of its own: the others are told by
// the server's state or by Triton's word.
func worth(t model.Trouble) bool {
	return t == model.UserErrors || t == model.ReplicaStalled || t == model.CannotInfer
}

func worthTelling(now, before model.Trouble) bool {
	return worth(now) || worth(before) && now == model.NoTrouble
}

func stateVerdict(state model.ReplicaState, reason string) model.Verdict {
	switch {
	case state == model.ReplicaReady:
		return model.Healthy
	case health.Failed(model.IndexEntry{State: state, Reason: reason}):
		return model.Degraded
	}
	return model.Unknown
}

// judgeFleet tells when the verdict over all changes, once every server was heard of.
func (s *State) judgeFleet() {
	for _, srv := range s.servers {
		if srv.waits { // the cause is told first
			return
		}
		if !s.fleet.settled && srv.ev.LastPoll.IsZero() {
			return
		}
	}
	verdict, why := s.overall(s.judged(s.views()))
	verdict, why = health.WithChecks(verdict, why, s.badChecks())
	if !s.fleet.settled {
		s.fleet.settled = true
		if verdict == model.Healthy || verdict == model.Unknown {
			s.fleet.verdict = verdict
			return
		}
	}
	if verdict != s.fleet.verdict {
		s.event(model.Event{Kind: model.EventVerdict, From: s.fleet.verdict.String(), To: verdict.String(), Detail: why, Verdict: verdict})
		s.fleet.verdict = verdict
	}
}

// views are the servers with their findings only, for the verdict.
func (s *State) views() []model.Server {
	out := s.fleet.scratch
	if len(out) != len(s.servers) {
		out = make([]model.Server, len(s.servers))
		s.fleet.scratch = out
	}
	for i, srv := range s.servers {
		out[i].Name, out[i].Finding = srv.spec.Name, srv.finding
	}
	return out
}
