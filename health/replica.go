package health

import (
	"fmt"
	"time"

	"tritop/model"
)

// Replica is the evidence about one model version on one server.
type Replica struct {
	Model, Version string
	Index          model.ReplicaState // of the newest index; ReplicaUnknown where it has no entry
	Indexed        bool               // the newest index has an entry
	Reason         string             // Triton's, from the index
	IndexAt        time.Time
	StatsAt        time.Time // when the newest statistics listed it; zero: they do not
	Unlisted       time.Time // the first statistics that did not list it any more; zero: they do
	Probing
	StallScans int // scrapes in a row with pending requests and no completion
	StallSince time.Time
	Pending    model.Figure
	UsualMs    model.Figure // mean request time since the epoch
	Window     model.Window
	Failing    bool // its users' requests were judged to fail: a lower ratio keeps it so
}

// Probing is what the deep probes of one model version have shown since the
// last good one.
type Probing struct {
	ProbeFails   int // in a row, while the server answered
	ProbeDetail  string
	ProbeAt      time.Time
	ProbeDecided time.Time // when they were enough to decide
	ProbeProven  bool      // they were enough while the server said ready
}

// ReplicaState says what Triton's words amount to: statistics list READY
// versions only and are newer than the index most of the time.
func (e Replica) ReplicaState() (model.ReplicaState, string) {
	if !e.StatsAt.IsZero() && (!e.Indexed || !e.IndexAt.After(e.StatsAt)) {
		return model.ReplicaReady, ""
	}
	return e.Index, e.Reason
}

// ReplicaState is that with what time adds: a version that went from the
// statistics is not READY any more, whatever an older index says. The index that
// tells what became of it is waited for.
func (r Rules) ReplicaState(e Replica, now time.Time) (model.ReplicaState, string) {
	state, reason := e.ReplicaState()
	if state == model.ReplicaReady && e.Unlisted.After(e.IndexAt) && now.Sub(e.Unlisted) >= r.IndexWait {
		return model.ReplicaUnknown, "not in the statistics any more; the index of " + clock(e.IndexAt) + " still says READY"
	}
	return state, reason
}

// Replica judges one model version. server is the judgement of its server by
// itself, ready what the server says of itself.
func (r Rules) Replica(e Replica, server model.ServerState, ready model.Tri, now time.Time) (model.Trouble, model.Finding) {
	switch server {
	case model.ServerNotListening, model.ServerHung, model.ServerStale, model.ServerNoData, model.ServerStarting, model.ServerUnreadable:
		return model.ServerUnreached, model.Finding{Reason: "the server is " + server.String()}
	case model.ServerReady, model.ServerNotReady, model.ServerStopping, model.ServerStalled, model.ServerCannotInfer:
	}
	state, reason := r.ReplicaState(e, now)
	switch {
	case state == model.ReplicaReady:
		return r.ready(e, ready, now)
	case state == model.ReplicaLoading || state == model.ReplicaUnloading:
		return model.RepairPending, model.Finding{Verdict: model.Degraded, Reason: state.String()}
	case Failed(model.IndexEntry{State: state, Reason: reason}):
		return model.RepairPending, model.Finding{Verdict: model.Degraded, Reason: "UNAVAILABLE: " + FirstLine(reason), Evidence: reason}
	}
	return model.NoTrouble, model.Finding{Reason: reason} // never loaded or cleanly unloaded: neither good nor bad
}

// ready judges a version that Triton calls READY. Stalled comes first: probes
// time out then too, and "stalled" says why.
func (r Rules) ready(e Replica, ready model.Tri, now time.Time) (model.Trouble, model.Finding) {
	switch {
	case r.stalled(e, now):
		return model.ReplicaStalled, model.Finding{Verdict: model.Unhealthy, Since: e.StallSince, Reason: "stalled: requests wait, none is completed",
			Evidence: fmt.Sprintf("%.0f pending, no completion for %s", e.Pending.Value, whole(now.Sub(e.StallSince)))}
	case e.ProbeFails >= r.ProbeFails:
		f := model.Finding{Verdict: model.Unhealthy, Since: e.ProbeDecided, Reason: "says ready, cannot infer",
			Evidence: fmt.Sprintf("%d probes in a row failed, the last at %s: %s", e.ProbeFails, clock(e.ProbeAt), FirstLine(e.ProbeDetail))}
		if ready != model.Yes && !e.ProbeProven { // its server does not claim that all is well
			f.Verdict, f.Reason = model.Degraded, "cannot infer, while its server is not ready"
		}
		return model.CannotInfer, f
	case r.failing(e.Window, e.Failing):
		return model.UserErrors, model.Finding{Verdict: model.Degraded, Reason: fmt.Sprintf("%.1f %% of users' requests fail", 100*e.Window.ErrorRatio.Value),
			Evidence: fmt.Sprintf("%d of %d requests in %.0f s, counted by Triton", e.Window.Failures, e.Window.Requests, e.Window.Seconds)}
	}
	return model.NoTrouble, model.Finding{Verdict: model.Healthy}
}

// failing says whether too many of users' requests fail. A ratio that lies at
// the limit would cross it again and again, so less is needed to stay.
func (r Rules) failing(w model.Window, before bool) bool {
	if !w.ErrorRatio.Known() || w.Requests < r.ErrorMin {
		return false
	}
	if before {
		return w.ErrorRatio.Value >= r.ErrorLeave
	}
	return w.Failures >= r.ErrorFails && w.ErrorRatio.Value >= r.ErrorRatio
}

// stalled needs several scrapes in a row, and more than three times what a
// request usually takes: a slow model with a queue is busy, not stalled.
func (r Rules) stalled(e Replica, now time.Time) bool {
	if e.StallScans < r.StallScans {
		return false
	}
	usual := 0.0
	if e.UsualMs.Known() {
		usual = e.UsualMs.Value
	}
	return now.Sub(e.StallSince) >= time.Duration(3*usual*float64(time.Millisecond))
}
