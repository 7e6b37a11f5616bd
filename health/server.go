// Package health turns evidence into states and verdicts.
//
// It promises that the same evidence at the same moment gives the same
// judgement: it holds nothing, reads no clock and asks nobody. Missing evidence
// is never taken for good news. The engine is its user; docs/states.md is the
// table of these rules for people.
package health

import (
	"fmt"
	"strings"
	"time"

	"tritop/model"
)

// Rules are the figures that the judgements use.
type Rules struct {
	Interval   time.Duration // of the management poll
	Stale      time.Duration // without an answer: stale
	NoData     time.Duration // without an answer: no data
	Starting   time.Duration // after a restart that was seen, refusals mean "starting"
	StallScans int           // scrapes in a row with pending requests and no completion: 4 span 3 intervals
	ErrorRatio float64       // of users' requests over 60 s
	ErrorMin   uint64        // requests that the ratio needs
	ErrorFails uint64        // failures that it needs: one of twenty is chance, not a rate
	ErrorLeave float64       // below it the users' requests do not fail any more
	ProbeFails int           // probes in a row that decide
	IndexWait  time.Duration // how long the index may take to tell what became of a version
	Shutdown   time.Duration // how long a closed HTTP port means a shutdown: twice Triton's own time for it
	Loop       int           // so many restarts …
	LoopWithin time.Duration // … within this time make a refusal a crash loop, and no start
}

// DefaultRules are those that tritop ships with.
func DefaultRules() Rules {
	return Rules{Interval: time.Second, Stale: 3 * time.Second, NoData: 10 * time.Second, Starting: time.Minute,
		StallScans: 4, ErrorRatio: 0.05, ErrorMin: 20, ErrorFails: 3, ErrorLeave: 0.025, ProbeFails: 2,
		IndexWait: 2 * time.Second, Shutdown: time.Minute, Loop: 2, LoopWithin: 10 * time.Minute}
}

// Server is the evidence about one server.
type Server struct {
	Began        time.Time // when tritop began to ask
	LastAnswered time.Time // the last answered poll; zero: never
	LastPoll     time.Time // the last poll, answered or not; zero: none yet
	Outcome      model.Outcome
	Detail       string // of the last poll that failed
	Ready        model.Tri
	Restarted    time.Time   // when a new process first answered; zero: not seen
	Restarts     []time.Time // when new processes first answered, oldest first; the last LoopWithin is enough
	HTTPBefore   bool        // the HTTP port was seen to accept
	HTTPNow      model.Outcome
	HTTPClosed   time.Time // since when the HTTP port was seen not to accept; zero: it does
	Index        []model.IndexEntry
	IndexKnown   bool
	IndexOld     bool // it was read before the server became not ready: it cannot name who is to blame
}

// State judges a server by itself, before its model versions are looked at. The
// finding's Since is set where the evidence knows better than "when it was
// first judged so".
func (r Rules) State(s Server, now time.Time) (model.ServerState, model.Finding) {
	if s.LastPoll.IsZero() {
		return model.ServerNoData, model.Finding{Reason: "no data: not asked yet"}
	}
	if silent := now.Sub(s.LastPoll); silent >= r.Stale+r.Interval {
		f := model.Finding{Reason: fmt.Sprintf("tritop's own poll has not reported for %s", whole(silent)), Since: s.LastPoll}
		return r.unanswered(now.Sub(s.LastPoll), f)
	}
	if s.Outcome == model.Answered {
		return r.answering(s, now)
	}
	return r.faulty(s, now)
}

// answering judges a server whose last poll was answered.
func (r Rules) answering(s Server, now time.Time) (model.ServerState, model.Finding) {
	// A poll that was answered before the HTTP port closed proves nothing: a process
	// that was killed in between closed both.
	closed := s.HTTPBefore && !s.HTTPClosed.IsZero() && s.LastAnswered.After(s.HTTPClosed)
	if closed && now.Sub(s.HTTPClosed) < r.Shutdown {
		return model.ServerStopping, model.Finding{Verdict: model.Degraded, Reason: "stopping: takes no new HTTP connections",
			Evidence: "the HTTP port accepted before and is " + s.HTTPNow.String() + " now, gRPC still answers: the first phase of Triton's shutdown"}
	}
	if s.Ready == model.No {
		culprit, evidence := culprits(s)
		return model.ServerNotReady, model.Finding{Verdict: model.Degraded, Reason: "not ready, because of " + culprit, Evidence: evidence}
	}
	if closed { // no shutdown takes that long: the port alone is broken, or a proxy stands before one that is
		return model.ServerReady, model.Finding{Verdict: model.Degraded, Since: s.HTTPClosed, Reason: "its HTTP port does not accept connections",
			Evidence: "the HTTP port accepted before and is " + s.HTTPNow.String() + " since " + clock(s.HTTPClosed) + ", gRPC answers"}
	}
	return model.ServerReady, model.Finding{Verdict: model.Healthy}
}

// faulty judges a server whose last poll was not answered as it should be.
func (r Rules) faulty(s Server, now time.Time) (model.ServerState, model.Finding) {
	switch s.Outcome {
	case model.Exiting:
		return model.ServerStopping, model.Finding{Verdict: model.Degraded, Reason: "stopping", Evidence: "Triton says: " + s.Detail}
	case model.Refused:
		return r.notListening(s, now, "refused", "down, or still loading its models")
	case model.Lost: // each call breaks, and new connections are accepted
		return r.notListening(s, now, "connections are closed at once", "connections are accepted and closed at once (a proxy before a server that is down?)")
	case model.TimedOut:
		return model.ServerHung, model.Finding{Verdict: model.Unhealthy, Reason: "hung: accepts connections, answers nothing",
			Evidence: s.Detail + lastHeard(s)}
	case model.Foreign, model.TLSFailed, model.Restricted, model.Malformed, model.Failed:
		return model.ServerUnreadable, model.Finding{Reason: "unreadable: " + s.Detail, Evidence: s.Outcome.String()}
	case model.OutcomeUnknown, model.Answered, model.Unanswered, model.WrongAnswer, model.Busy:
	}
	f := model.Finding{Since: s.LastAnswered, Reason: s.Detail, Evidence: s.Outcome.String() + lastHeard(s)}
	if s.LastAnswered.IsZero() {
		f.Since, f.Reason = s.Began, "no data: "+f.Reason
		return model.ServerNoData, f
	}
	return r.unanswered(now.Sub(s.LastAnswered), f)
}

// notListening judges a server that does not take our calls: nobody is there.
func (r Rules) notListening(s Server, now time.Time, short, long string) (model.ServerState, model.Finding) {
	if loop := r.Recent(s.Restarts, now); len(loop) >= r.Loop { // a start that ended again and again is none
		return model.ServerNotListening, model.Finding{Verdict: model.Unhealthy,
			Reason:   fmt.Sprintf("not listening: %s, restarted %d times in %s", short, len(loop), minutes(now.Sub(loop[0]))),
			Evidence: s.Detail + ", and before that new processes answered at " + clocks(loop)}
	}
	if !s.Restarted.IsZero() && now.Sub(s.Restarted) < r.Starting {
		return model.ServerStarting, model.Finding{Verdict: model.Degraded, Reason: "starting: " + short + ", its process is new since " + clock(s.Restarted),
			Evidence: s.Detail}
	}
	return model.ServerNotListening, model.Finding{Verdict: model.Unhealthy, Reason: "not listening: " + long, Evidence: s.Detail}
}

// unanswered tells a moment's silence from stale and no data.
func (r Rules) unanswered(silent time.Duration, f model.Finding) (model.ServerState, model.Finding) {
	switch {
	case silent >= r.NoData:
		f.Reason = "no data: " + f.Reason
		return model.ServerNoData, f
	case silent >= r.Stale:
		f.Verdict, f.Reason = model.Degraded, "stale: "+f.Reason
		return model.ServerStale, f
	}
	f.Reason = "" // one missed answer proves nothing; what was known before still stands
	return model.ServerReady, f
}

func lastHeard(s Server) string {
	if s.LastAnswered.IsZero() {
		return "; it never answered"
	}
	return "; the last answer came at " + clock(s.LastAnswered)
}

// culprits names the model versions that keep a server from being ready.
func culprits(s Server) (names, evidence string) {
	var why []string
	for _, e := range s.Index {
		var state string
		switch {
		case e.State == model.ReplicaLoading || e.State == model.ReplicaUnloading:
			state = e.State.String()
		case Failed(e):
			state = "UNAVAILABLE: " + FirstLine(e.Reason)
		default:
			continue
		}
		why = append(why, fmt.Sprintf("%s v%s (%s)", e.Model, e.Version, state))
	}
	switch {
	case !s.IndexKnown:
		return "an unknown model: the repository index could not be read yet", ""
	case s.IndexOld:
		return "a model that is not known yet: the repository index is being read", ""
	case len(why) > 0:
		return strings.Join(why, ", "), "the repository index: " + strings.Join(why, ", ")
	}
	return "a model without any usable version (it vanished from the index), or a load that is just ending",
		"every entry of the repository index is READY or cleanly unloaded"
}

// Failed says whether an index entry is a failed load, which keeps a server not ready.
func Failed(e model.IndexEntry) bool {
	return e.State == model.ReplicaUnavailable && e.Reason != "unloaded" && !strings.Contains(e.Reason, "appears in two or more repositories")
}

// FirstLine gives the first line of a reason, without its closing semicolon.
func FirstLine(s string) string {
	return strings.TrimRight(strings.TrimSpace(model.FirstLine(s)), ";")
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05Z") }

func whole(d time.Duration) string { return d.Truncate(time.Second).String() }

// Recent gives those of the restarts that are young enough to make a loop.
func (r Rules) Recent(restarts []time.Time, now time.Time) []time.Time {
	for len(restarts) > 0 && now.Sub(restarts[0]) >= r.LoopWithin {
		restarts = restarts[1:]
	}
	return restarts
}

// minutes says how long ago something began, rounded up.
func minutes(d time.Duration) string { return fmt.Sprintf("%d min", 1+int(d/time.Minute)) }

// clocks names the last three of some moments.
func clocks(at []time.Time) string {
	var out []string
	for _, t := range at[max(0, len(at)-3):] {
		out = append(out, clock(t))
	}
	return strings.Join(out, ", ")
}
