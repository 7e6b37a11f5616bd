package engine

import (
	"time"

	"tritop/model"
)

// suspectRestart sees that a new process may answer: the old one did not listen
// any more, or the connection is a new one.
func suspectRestart(srv *server, f model.Polled) {
	switch {
	case !srv.refusedAt.IsZero():
		srv.book.Gone()
	case f.Connections != srv.connections:
		srv.book.Reconnected()
	}
}

// comesBack sees that a server answers again. That its HTTP port did not accept
// while nothing was answered, or before the connection was made anew, is no
// shutdown of what answers now: the port is to be looked at again.
func comesBack(srv *server, f model.Polled) {
	ev := &srv.ev
	if f.Outcome != model.Answered || ev.Outcome == model.Answered || ev.LastAnswered.IsZero() {
		return
	}
	srv.back = f.At
	if ev.HTTPClosed.After(ev.LastAnswered) || f.Connections != srv.connections {
		ev.HTTPClosed = time.Time{}
	}
}

// lookedAtHTTP books what the HTTP port said. A look that began before the server
// was back says nothing of now.
func lookedAtHTTP(srv *server, f model.Scraped) {
	if f.HTTPPort == model.OutcomeUnknown {
		return
	}
	srv.ev.HTTPNow = f.HTTPPort
	switch closed := f.HTTPPort == model.Refused || f.HTTPPort == model.Lost; {
	case !closed:
		srv.ev.HTTPClosed = time.Time{}
	case srv.ev.HTTPClosed.IsZero() && f.At.Add(-f.Took).After(srv.back):
		srv.ev.HTTPClosed = f.At
	}
	srv.ev.HTTPBefore = srv.ev.HTTPBefore || f.HTTPPort == model.Answered
}

// noticeRestart believes in a new process where its figures show one.
func (s *State) noticeRestart(srv *server, at time.Time, cs []model.Counters) {
	if srv.book.Restarted(cs) {
		srv.ev.Restarted = at
		srv.ev.Restarts = append(s.cfg.Rules.Recent(srv.ev.Restarts, at), at)
		srv.forget()
		s.event(model.Event{Kind: model.EventRestarted, At: at, Server: srv.spec.Name, Verdict: model.Degraded, Detail: "counters start again at 0"})
	}
}

// textCounted books the counters of the metrics text, for a server that has no
// statistics. The text names versions that load, or are gone, and an ensemble
// under a version that it may not have (facts 3.3): which ones there are and
// how they are is for the index to say, as long as there is one.
func (s *State) textCounted(srv *server, at time.Time, cs []model.Counters) {
	srv.book.From(true)
	s.noticeRestart(srv, at, cs)
	restarted := srv.ev.Restarted.Equal(at)
	changed, vanished := srv.book.Poll(at, cs)
	for _, ch := range changed {
		switch {
		case !srv.ev.IndexKnown:
			s.replica(srv, ch.Key)
		case ch.Reset && !restarted && srv.replicas[ch.Key] != nil:
			s.event(model.Event{Kind: model.EventCounterReset, At: at, Server: srv.spec.Name, Model: ch.Model, Version: ch.Version})
		}
	}
	for _, k := range vanished {
		if r := srv.replicas[k]; r != nil && !srv.ev.IndexKnown {
			s.drop(srv, r)
		}
	}
	for _, r := range srv.order {
		r.ev.StatsAt, r.ev.Unlisted = time.Time{}, time.Time{}
	}
	srv.calls = calls(srv.order)
}
