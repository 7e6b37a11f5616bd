package engine

import (
	"cmp"
	"slices"
	"time"

	"tritop/counters"
	"tritop/health"
	"tritop/latency"
	"tritop/model"
	"tritop/sla"
)

// server is what the state keeps of one server.
type server struct {
	spec     model.ServerSpec
	ev       health.Server
	book     *counters.Book
	replicas map[counters.Key]*replica
	order    []*replica                            // all of them, in the order in which they are shown and events are made
	calls    map[counters.Key]map[counters.Key]int // step → the ensembles that call it, and how often per request
	noStats  bool                                  // the statistics call cannot answer: the metrics text counts instead
	own      ownState
	lives    lives
	word
	rest
	gaugeText
	away
	shown
}

// away is what is known of the times when the server did not answer.
type away struct {
	connections uint64    // of the last answer
	refusedAt   time.Time // since the last answer: when it was first seen not to listen, or to exit
	back        time.Time // the last first answer after ones that failed
	joined      time.Time // when it came to a fleet that was being watched; zero: it was there at the start
}

func newServer(spec model.ServerSpec, place int) *server {
	return &server{spec: spec, book: counters.NewBook(), replicas: make(map[counters.Key]*replica), shown: shown{place: place, history: model.NewHistory(place), dirty: true}}
}

// shown is what a snapshot says of a server: with its model versions, unlike ownState.
type shown struct {
	state   model.ServerState
	finding model.Finding
	history model.History
	untold  model.ServerState // what it was before it became not ready, while the event of that waits for its reason
	waits   bool              // untold is set
	place   int               // in the order of the servers
	view    model.Server
	viewed  time.Time // when the view was made
	sum     whole     // as old as the view
	dirty   bool      // view is older than the rest
	old     bool      // view has not the newest second of the histories
	signals signals
	times   *latency.Log // of all its probes
}

// ownState is the judgement of the server by itself.
type ownState struct {
	state   model.ServerState
	finding model.Finding
}

// replica is what the state keeps of one model version on one server.
type replica struct {
	key   counters.Key
	ev    health.Replica
	about model.Described
	judgement
	known    bool // Triton named a state of it once
	probe    probeLog
	text     textTimes
	tap      sla.Tap // what of its counters was booked for objectives
	atStall  uint64  // completions when the stall watch began
	minute   minute
	announce bool // its appearance was told
	charted
	listing
}

// judgement is how a model version is.
type judgement struct {
	state   model.ReplicaState
	reason  string
	trouble model.Trouble
	finding model.Finding
}

// charted is what charts tell of a model version.
type charted struct {
	history model.History
	chart   counters.Sums // of the second that was booked last
}

// listing is where a model version stands among those of its model.
type listing struct {
	on    *server
	of    *fleetModel
	place int // in its rows
}

// polled books a management poll.
func (s *State) polled(srv *server, f model.Polled) {
	s.heard(srv, "poll", f.Answer)
	ev := &srv.ev
	comesBack(srv, f)
	ev.LastPoll, ev.Outcome, ev.Detail = f.At, f.Outcome, f.Detail
	if f.Outcome != model.Answered {
		s.unanswered(srv, f)
		return
	}
	first := ev.LastAnswered.IsZero()
	suspectRestart(srv, f)
	srv.asked.Add(cmp.Or(f.ReadyTook, f.Took))
	ev.LastAnswered, srv.refusedAt, srv.connections = f.At, time.Time{}, f.Connections
	ev.IndexOld = ev.IndexOld || f.Ready == model.No && ev.Ready != model.No
	ev.Ready, srv.live = f.Ready, f.Live
	srv.noStats = f.StatsDetail != ""
	if !srv.noStats && f.Counters != nil {
		srv.book.From(false)
		s.noticeRestart(srv, f.At, f.Counters)
		s.counted(srv, f.At, f.Counters, first)
	}
	s.judge(srv)
	s.checkServer(srv)
}

// unanswered books a poll that was not answered as it should be.
func (s *State) unanswered(srv *server, f model.Polled) {
	srv.live = model.Undecided
	switch f.Outcome {
	case model.Refused, model.Exiting:
		if srv.refusedAt.IsZero() {
			srv.refusedAt = f.At
		}
		srv.live = model.No
		srv.ev.HTTPBefore = false // both ports closed: that the one is closed says nothing of its own now
		if f.Outcome == model.Exiting {
			srv.forget() // it ends by its own word
			srv.ev.Ready = model.Undecided
		}
	case model.OutcomeUnknown, model.Answered, model.TimedOut, model.Unanswered, model.Lost, model.Foreign, model.TLSFailed,
		model.Restricted, model.Malformed, model.WrongAnswer, model.Failed, model.Busy:
	}
	s.judge(srv)
	s.checkServer(srv)
	if !reached(srv) {
		s.doubt(srv)
	}
}

// counted books one complete answer with counters.
func (s *State) counted(srv *server, at time.Time, cs []model.Counters, first bool) {
	changed, vanished := srv.book.Poll(at, cs)
	s.listed(srv, at, cs)
	for _, ch := range changed {
		s.changed(srv, ch, at, first)
	}
	slices.SortFunc(vanished, compareKeys)
	for _, k := range vanished {
		if r := srv.replicas[k]; r != nil && !r.ev.Indexed {
			s.vanish(srv, r, at)
		}
	}
	srv.moved()
	if len(changed)+len(vanished) > 0 { // another version may be the highest now
		srv.calls = calls(srv.order)
	}
}

// changed tells of a model version that appeared or was loaded anew. What was
// known of an object that came back after it was away is about another one.
func (s *State) changed(srv *server, ch counters.Change, at time.Time, first bool) {
	e := model.Event{At: at, Server: srv.spec.Name, Model: ch.Model, Version: ch.Version}
	r := s.replica(srv, ch.Key)
	if ch.Appeared && !first {
		r.forget()
	}
	switch {
	case ch.Appeared && !first && !r.announce:
		e.Kind, e.To = model.EventAppeared, model.ReplicaReady.String()
		s.event(e)
		r.state = model.ReplicaReady
	case ch.Reset && !srv.ev.Restarted.Equal(at):
		e.Kind = model.EventCounterReset
		s.event(e)
	}
	r.announce = true
}

// listed notes which model versions the statistics name: those that serve.
func (s *State) listed(srv *server, at time.Time, cs []model.Counters) {
	for _, r := range srv.order {
		r.ev.StatsAt = time.Time{}
	}
	for _, c := range cs {
		r := s.replica(srv, counters.Key{Model: c.Model, Version: c.Version})
		r.ev.StatsAt, r.ev.Unlisted = at, time.Time{}
	}
	for _, r := range srv.order {
		if r.ev.StatsAt.IsZero() && r.ev.Unlisted.IsZero() {
			r.ev.Unlisted = at
		}
	}
}

// scraped books the metrics text and what the HTTP port said.
func (s *State) scraped(srv *server, f model.Scraped) {
	if srv.spec.Metric != 0 {
		s.heard(srv, "metrics", f.Answer)
	}
	lookedAtHTTP(srv, f)
	if f.Outcome == model.Answered && srv.spec.Metric != 0 {
		srv.gaugeText = gaugeText{f.Gauges, f.At}
		srv.signals.read(f)
		srv.textTimed(f)
		s.machinesInText(srv, f)
		if srv.noStats && srv.ev.Outcome == model.Answered {
			s.textCounted(srv, f.At, f.Counters)
		}
		s.watchPending(srv, f)
	}
	s.judge(srv)
}

// watchPending looks for queues in which nothing is completed.
func (s *State) watchPending(srv *server, f model.Scraped) {
	pending := make(map[counters.Key]float64)
	for _, g := range f.Gauges {
		if g.Name == model.GaugePending {
			pending[counters.Key{Model: g.Model, Version: g.Version}] += g.Value
		}
	}
	for _, r := range srv.order {
		p, ok := pending[r.key]
		if !ok {
			r.ev.Pending, r.ev.StallScans = model.Missing(model.NotObserved), 0
			continue
		}
		r.ev.Pending = model.Of(p)
		done := srv.completed(r.key)
		switch {
		case p == 0:
			r.ev.StallScans = 0
		case r.ev.StallScans == 0 || done != r.atStall:
			r.ev.StallScans, r.ev.StallSince, r.atStall = 1, f.At, done
		default:
			r.ev.StallScans++
		}
	}
}

// indexed books the repository index.
func (s *State) indexed(srv *server, f model.Indexed) {
	s.heard(srv, "index", f.Answer)
	if f.Outcome != model.Answered {
		return
	}
	first := !srv.ev.IndexKnown
	srv.ev.Index, srv.ev.IndexKnown, srv.ev.IndexOld = f.Entries, true, false
	for _, r := range srv.order {
		r.ev.Indexed = false
	}
	for _, e := range f.Entries {
		if e.Version == "" {
			continue // never loaded, or a duplicate: no version of it exists
		}
		r := s.replica(srv, counters.Key{Model: e.Model, Version: e.Version})
		if !r.announce && !first {
			s.event(model.Event{Kind: model.EventAppeared, At: f.At, Server: srv.spec.Name, Model: e.Model, Version: e.Version, To: e.State.String(), Detail: health.FirstLine(e.Reason)})
			r.state = e.State
		}
		r.announce = true
		r.ev.Indexed, r.ev.Index, r.ev.Reason, r.ev.IndexAt = true, e.State, e.Reason, f.At
	}
	for _, r := range slices.Clone(srv.order) {
		if !r.ev.Indexed && r.ev.StatsAt.IsZero() {
			s.vanish(srv, r, f.At)
		}
	}
	s.judge(srv)
}

func (s *State) identified(srv *server, f model.Identified) {
	if f.Outcome != model.Answered || f.TritonVersion == srv.version {
		return
	}
	s.event(model.Event{Kind: model.EventIdentified, At: f.At, Server: srv.spec.Name, From: srv.version, To: f.TritonVersion})
	srv.version = f.TritonVersion
}

func (s *State) described(srv *server, f model.Described) {
	if f.Outcome != model.Answered {
		return
	}
	k := counters.Key{Model: f.Model, Version: f.Version}
	if r := srv.replicas[k]; r != nil {
		before := len(r.about.Steps)
		r.about = f
		srv.book.Ensemble(k, len(f.Steps) > 0)
		srv.calls = calls(srv.order)
		if before == 0 && len(f.Steps) > 0 { // probes that were answered before it was known what it calls
			_, probes, _, _ := srv.book.Row(k)
			for range min(probes, lateProbes) {
				srv.induced(model.Answer{At: f.At}, k, 0)
			}
		}
	}
}

// lateProbes bounds how many probes of an ensemble are booked at its steps when
// its configuration comes after them: a second or two of probes, not a day.
const lateProbes = 16

// calls gathers who calls which step: a version that a step is pinned to, or the
// highest that is READY.
func calls(order []*replica) map[counters.Key]map[counters.Key]int {
	if !slices.ContainsFunc(order, func(r *replica) bool { return len(r.about.Steps) > 0 }) {
		return nil
	}
	highest := make(map[string]string)
	for _, r := range order {
		k := r.key
		if state, _ := r.ev.ReplicaState(); state == model.ReplicaReady && (highest[k.Model] == "" || number(k.Version) > number(highest[k.Model])) {
			highest[k.Model] = k.Version
		}
	}
	out := make(map[counters.Key]map[counters.Key]int)
	for _, r := range order {
		for i, name := range r.about.Steps {
			step := counters.Key{Model: name, Version: highest[name]}
			if i < len(r.about.StepVersions) && r.about.StepVersions[i] != "" {
				step.Version = r.about.StepVersions[i]
			}
			if out[step] == nil {
				out[step] = make(map[counters.Key]int)
			}
			out[step][r.key]++
		}
	}
	return out
}

// induced books what a probe of an ensemble made its steps do, theirs included.
// Only of a success it is known that every step ran and succeeded.
func (srv *server) induced(a model.Answer, ensemble counters.Key, depth int) {
	const deepest = 8 // ensembles in ensembles; Triton refuses a circle, another server may not
	if depth == deepest {
		return
	}
	for step, callers := range srv.calls {
		for range min(callers[ensemble], deepest) {
			srv.book.Induced(a.At, a.Took, step)
			if r := srv.replicas[step]; r != nil {
				r.minute.at, srv.restless = time.Time{}, true
			}
			srv.induced(a, step, depth+1)
		}
	}
}

func (s *State) probed(srv *server, f model.Probed) {
	s.heard(srv, "probe", f.Answer)
	k := counters.Key{Model: f.Model, Version: f.Version}
	r := srv.replicas[k]
	if r == nil {
		return
	}
	srv.book.Probed(f.At, f.Took, k, f.Counted)
	if f.Counted == model.Yes {
		srv.induced(f.Answer, k, 0)
	}
	if f.Outcome == model.TimedOut && f.Counted == model.Undecided && srv.ev.Outcome == model.Answered { // it got there
		srv.book.TimedOut(k)
	}
	s.measured(srv, r, f)
	switch f.Outcome {
	case model.Answered:
		r.ev.Probing = health.Probing{}
	case model.Failed, model.WrongAnswer, model.TimedOut, model.Malformed:
		if srv.ev.Outcome == model.Answered {
			s.failedProbe(r, f)
		}
	case model.OutcomeUnknown, model.Refused, model.Unanswered, model.Lost, model.Foreign, model.TLSFailed, model.Restricted, model.Exiting:
		// the server's own state tells
	case model.Busy: // it was not tried: neither good nor bad is known of it
	}
	r.minute = minute{}
	s.judgeOne(srv, r)
	s.checkInference(srv, r)
}
