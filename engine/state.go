// Package engine owns the truth: one goroutine folds facts into State and
// publishes immutable snapshots.
//
// State is the pure half: Apply and Snapshot start nothing, ask nobody and read
// no clock (time comes as a fact), so a test, a simulated day and a live
// session run the same code. Engine is the other half: the inbox, the ticker,
// publishing. Readers pull: a slow one skips snapshots and holds nobody up.
package engine

import (
	"slices"
	"strings"
	"time"

	"tritop/health"
	"tritop/latency"
	"tritop/model"
)

// Config is what the state is told at the start.
type Config struct {
	Fleet   string
	Servers []model.ServerSpec
	Sources []model.SourceSpec // of their own, beside the servers
	// Probed says which models have a deep probe configured.
	Probed  map[string]bool
	Notices []model.Notice
	// Kept is what there is to say of the state directory, beside the Notices.
	Kept []model.Notice
	// Events are what changed before this run, oldest first; LastEvent is the
	// number of the last one, where that is not among them.
	Events    []model.Event
	LastEvent uint64
	Rules     health.Rules
	// Objectives are what operators agreed on; a model may match several.
	Objectives []model.Objective
	Checks     Checks
	// Intervals is how often each kind of source reports ("poll", "metrics",
	// "index", "probe"); one that stays away for three of them does not work.
	Intervals map[string]time.Duration
	Alerting
}

// State is everything that the engine knows. It belongs to one goroutine.
type State struct {
	cfg     Config
	now     time.Time
	started time.Time
	seq     uint64
	second  time.Time // the last second that was booked into the histories
	servers []*server
	byName  map[string]*server
	events  []model.Event
	nextEv  uint64
	sources sources
	told    map[string]bool // sources whose silence was told as an event
	models  fleetModels
	fleet   fleetState
	machines
}

type fleetState struct {
	verdict model.Verdict
	history model.History
	times   *latency.Log   // of all probes
	settled bool           // every server was heard of once
	scratch []model.Server // names and findings, for the verdict
	levels  levels
	alerts  alerting
	checks  checks

	isolated isolation
}

// EventsKept is how many events a snapshot carries.
const EventsKept = 500

// NewState makes the state before any fact.
func NewState(cfg Config) *State {
	if cfg.Rules == (health.Rules{}) {
		cfg.Rules = health.DefaultRules()
	}
	if cfg.Checks.Rules == nil {
		cfg.Checks.Rules = health.DefaultChecks()
	}
	s := &State{cfg: cfg, byName: make(map[string]*server), told: make(map[string]bool), nextEv: 1, machines: newMachines()}
	s.sources.byName, s.sources.loads = make(map[string]*model.Source), make(map[string]*load)
	s.models.byName = make(map[string]*fleetModel)
	s.fleet.checks.byKey = make(map[checkKey]*check)
	s.fleet.history = model.NewHistory(len(cfg.Servers))
	for i, spec := range cfg.Servers {
		srv := newServer(spec, i)
		s.servers = append(s.servers, srv)
		s.byName[spec.Name] = srv
	}
	s.fleet.levels.agree(cfg.Objectives)
	s.restore(cfg.Events, cfg.LastEvent)
	return s
}

// restore takes over what changed before this run. It keeps its time; its numbers
// end where they ended, and go on from there without gaps.
func (s *State) restore(events []model.Event, last uint64) {
	last = max(last, uint64(len(events)))
	for _, e := range events {
		last = max(last, e.Seq)
	}
	s.nextEv = last - uint64(len(events)) + 1
	for _, e := range events {
		e.Before, e.Seq = true, s.nextEv
		s.nextEv++
		s.events = append(s.events, e.Worded())
	}
}

// Apply folds one fact into the state.
func (s *State) Apply(f model.Fact) {
	switch f := f.(type) {
	case model.Ticked:
		s.tick(f.Now)
	case model.Polled:
		s.about(f.Answer, func(srv *server) { s.polled(srv, f) })
	case model.Scraped:
		s.about(f.Answer, func(srv *server) { s.scraped(srv, f) })
	case model.Indexed:
		s.about(f.Answer, func(srv *server) { s.indexed(srv, f) })
	case model.Identified:
		s.about(f.Answer, func(srv *server) { s.identified(srv, f) })
	case model.Described:
		s.about(f.Answer, func(srv *server) { s.described(srv, f) })
	case model.Probed:
		s.about(f.Answer, func(srv *server) { s.probed(srv, f) })
	case model.Asked:
		s.about(f.Answer, func(srv *server) { s.ownInference(srv, f) })
	case model.Checked:
		s.ran(f)
	case model.GPUsSampled:
		s.gpusSampled(f)
	case model.LatenciesQueried:
		s.latenciesQueried(f)
	case model.HostSampled:
		s.hostSampled(f)
	default:
		s.applyOwn(f)
	}
}

// applyOwn folds a fact about tritop itself: what it observes, what it keeps, how
// its collectors are.
func (s *State) applyOwn(f model.Fact) {
	switch f := f.(type) {
	case model.FleetChanged:
		s.fleetChanged(f)
	case model.Recalled:
		s.advance(f.At)
		s.fleet.levels.recall(f)
	case model.Noted:
		s.noted(f)
	case model.SourceFailed:
		s.sourceFailed(f)
	case model.AlertSaid:
		s.alertSaid(f)
	case model.AlertsTold:
		s.alertsTold(f)
	case model.AlertsSilenced:
		s.alertsSilenced(f)
	case model.SourceDropped:
		s.source(f.Source, "", "").Dropped += uint64(f.Count)
	}
}

// about applies a fact about a server; one about a server that nobody
// configured says nothing.
func (s *State) about(a model.Answer, apply func(*server)) {
	srv := s.byName[a.Server]
	if srv == nil {
		return
	}
	s.advance(a.At)
	if srv.ev.Began.IsZero() {
		srv.ev.Began = a.At.Add(-a.Took)
	}
	apply(srv)
	srv.dirty = true
}

// advance moves the state's time; it never goes back.
func (s *State) advance(t time.Time) {
	if s.started.IsZero() {
		s.started = t
	}
	if t.After(s.now) {
		s.now = t
	}
}

// tick judges what only time can change and books a second of history.
func (s *State) tick(now time.Time) {
	s.advance(now)
	for _, srv := range s.servers {
		s.expire(srv)
		s.wait(srv)
	}
	s.watchIsolation()
	s.sweepChecks()
	second := s.now.Truncate(time.Second)
	if by := second.Add(-time.Second).Sub(s.second); s.second.Sub(second) > clockBack {
		s.shiftHistories(second.Add(-time.Second))
		s.shiftSignals(by)
	}
	if second.After(s.second) {
		s.second = second
		s.bookHistory(second)
		s.bookSignals(second)
	}
	s.judgeObjectives()
	s.judgeFleet()
	s.followAlerts()
}

// event numbers and keeps an event.
func (s *State) event(e model.Event) {
	e.Seq = s.nextEv
	s.nextEv++
	if e.At.IsZero() {
		e.At = s.now
	}
	// A published snapshot shares this array up to its own length; when the
	// ring is cut a new array is made, so what was published never moves.
	if len(s.events) >= 2*EventsKept {
		s.events = append(make([]model.Event, 0, 3*EventsKept), s.events[len(s.events)-EventsKept+1:]...)
	}
	s.events = append(s.events, e.Worded())
}

// source finds or makes the health record of one of our collectors.
func (s *State) source(name, kind, server string) *model.Source {
	src := s.sources.byName[name]
	if src == nil {
		src = &model.Source{Name: name, Kind: kind, Server: server, Interval: s.cfg.Intervals[kind]}
		s.sources.add(src)
	}
	return src
}

// sources are our own collectors.
type sources struct {
	byName map[string]*model.Source
	sorted []*model.Source // by name
	loads  map[string]*load
}

func (all *sources) add(src *model.Source) {
	i, _ := slices.BinarySearchFunc(all.sorted, src.Name, func(o *model.Source, name string) int { return strings.Compare(o.Name, name) })
	all.byName[src.Name], all.loads[src.Name] = src, &load{}
	all.sorted = slices.Insert(all.sorted, i, src)
}

func (all *sources) drop(name string) {
	delete(all.byName, name)
	delete(all.loads, name)
	all.sorted = slices.DeleteFunc(all.sorted, func(src *model.Source) bool { return src.Name == name })
}

func (all *sources) view(now time.Time) []model.Source {
	out := make([]model.Source, len(all.sorted))
	for i, src := range all.sorted {
		out[i] = *src
		out[i].Load = all.loads[src.Name].figures(now)
	}
	return out
}

// wasHeard says whether a collector did its work. A probe that was answered with
// an error was answered: the fault is the model's.
func wasHeard(kind string, o model.Outcome) bool {
	return o == model.Answered || o == model.WrongAnswer || kind == "probe" && (o == model.Failed || o == model.Busy)
}

// heard books an answer (or the lack of one) of a collector. Silence is
// reported as an event after three failures, unless the whole server is the
// reason, which has its own event; only what was reported is taken back.
func (s *State) heard(srv *server, kind string, a model.Answer) {
	src := s.source(kind+" "+srv.spec.Name, kind, srv.spec.Name)
	s.answered(src, kind, a, kind != "poll" && kind != "probe" && srv.ev.Outcome == model.Answered)
}

// answered books an answer (or the lack of one) in a source's record; what is
// the word for it in events, which are made of a silence that is worth telling.
func (s *State) answered(src *model.Source, what string, a model.Answer, telling bool) {
	src.LastTry = a.At
	s.sources.loads[src.Name].book(&a)
	if wasHeard(src.Kind, a.Outcome) {
		if s.told[src.Name] {
			delete(s.told, src.Name)
			s.event(model.Event{Kind: model.EventSource, Server: src.Server, To: what + " can be read again", Verdict: model.Healthy})
		}
		src.LastOK, src.LastErr, src.Failures = a.At, "", 0
		if a.Outcome == model.Answered {
			src.LastErr = a.Detail // what was left out of it
		}
		src.TookMs = model.Of(float64(a.Took) / 1e6)
		return
	}
	src.Failures++
	src.LastErr = a.Outcome.String()
	if a.Detail != "" {
		src.LastErr += ": " + a.Detail
	}
	if src.Failures == sourceFails && telling {
		s.told[src.Name] = true
		s.event(model.Event{Kind: model.EventSource, Server: src.Server, To: what + " cannot be read", Detail: a.Detail, Verdict: model.Degraded})
	}
}

const sourceFails = 3

func (s *State) sourceFailed(f model.SourceFailed) {
	s.advance(f.At)
	src := s.source(f.Source, "collector", "")
	src.LastTry, src.LastErr, src.Failures = f.At, f.Detail, f.Attempt
	s.event(model.Event{Kind: model.EventSource, To: "collector " + f.Source + " failed", Detail: f.Detail, Verdict: model.Degraded})
}
