package sim

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tritop/model"
)

// Direct gives the facts that the collectors would report of a world, in
// virtual time and without a network, at the production cadence.
type Direct struct {
	world  *World
	start  time.Time // the wall time of virtual 0
	next   time.Duration
	probed map[string]bool // models with a probe
	state  map[string]*seen
}

// seen is what the direct face keeps of one server between two looks.
type seen struct {
	connections uint64
	epoch       int
	met         bool
	ready       bool
	versions    string // of the last statistics
	indexAt     time.Duration
	described   map[string]bool
	probes      map[string]*probeState
}

type probeState struct {
	due    time.Duration
	failed int
}

// step is the grain of the direct face.
const step = 100 * time.Millisecond

// NewDirect makes a direct face; start is the wall time of the beginning.
func NewDirect(w *World, start time.Time) *Direct {
	d := &Direct{world: w, start: start, state: make(map[string]*seen), probed: make(map[string]bool)}
	for _, p := range Probes() {
		d.probed[p.Model] = true
	}
	return d
}

// Specs are the servers as a configuration would name them.
func (d *Direct) Specs() []model.ServerSpec {
	var out []model.ServerSpec
	for i, s := range d.world.servers {
		out = append(out, model.ServerSpec{Name: s.Name, Host: "127.0.0.1", GRPC: 8001 + 10*i, HTTP: 8000 + 10*i, Metric: 8002 + 10*i, Region: s.Region, Zone: s.Zone})
	}
	return out
}

// Probed says which models have a probe.
func (d *Direct) Probed() map[string]bool { return d.probed }

// Until moves the world to a virtual time and emits all facts on the way, in
// their order, a tick with each second.
func (d *Direct) Until(to time.Duration, emit func(model.Fact)) {
	for ; d.next <= to; d.next += step {
		d.world.Advance(d.next)
		for i, s := range d.world.servers {
			d.observe(s, time.Duration(i)*step, emit)
		}
		if d.next%(500*time.Millisecond) == 0 {
			emit(model.Ticked{Now: d.at()})
		}
	}
}

func (d *Direct) at() time.Time { return d.start.Add(d.next) }

func (d *Direct) answer(s *Server, o model.Outcome, took time.Duration, detail string) model.Answer {
	return model.Answer{Server: s.Name, At: d.at(), Took: took, Outcome: o, Detail: detail}
}

// observe asks one server what is due.
func (d *Direct) observe(s *Server, phase time.Duration, emit func(model.Fact)) {
	k := d.state[s.Name]
	if k == nil {
		k = &seen{described: make(map[string]bool), probes: make(map[string]*probeState)}
		d.state[s.Name] = k
	}
	clock := d.next - phase%time.Second
	if clock%time.Second == 0 {
		d.poll(s, k, emit)
	}
	if clock%(2*time.Second) == 0 {
		d.scrape(s, emit)
	}
	if s.Reach == Open && k.met {
		d.probe(s, k, emit)
	}
}

// faults are what a call meets where the server is not open.
var faults = map[Reach]struct {
	outcome model.Outcome
	detail  string
}{
	Refused: {model.Refused, "connection refused: nothing listens there"},
	Hung:    {model.TimedOut, "no answer within 800ms, though a new connection is accepted"},
	Silent:  {model.Unanswered, "no answer to the connection attempt"},
}

func (d *Direct) poll(s *Server, k *seen, emit func(model.Fact)) {
	if f, bad := faults[s.Reach]; bad {
		emit(model.Polled{Answer: d.answer(s, f.outcome, 800*time.Millisecond, f.detail)})
		k.met, k.indexAt = false, 0
		return
	}
	if !k.met || k.epoch != s.Epoch {
		k.connections++
	}
	emit(model.Polled{Answer: d.answer(s, model.Answered, 2*time.Millisecond, ""), Live: model.Yes, Ready: model.TriOf(s.Ready()),
		Connections: k.connections, Counters: s.counters(d.start)})
	if !k.met || k.epoch != s.Epoch {
		emit(model.Identified{Answer: d.answer(s, model.Answered, time.Millisecond, ""), TritonVersion: Version})
	}
	versions := s.usable()
	every := 15 * time.Second
	if !s.Ready() {
		every = 2 * time.Second
	}
	if k.indexAt == 0 || k.ready != s.Ready() || k.versions != versions || d.next-k.indexAt >= every {
		emit(model.Indexed{Answer: d.answer(s, model.Answered, 2*time.Millisecond, ""), Entries: s.index()})
		k.indexAt = max(d.next, 1)
	}
	k.met, k.epoch, k.ready, k.versions = true, s.Epoch, s.Ready(), versions
	d.describe(s, k, emit)
}

// usable names the READY versions.
func (s *Server) usable() string {
	var b strings.Builder
	for _, r := range s.sorted() {
		if r.state == model.ReplicaReady {
			b.WriteString(r.key() + ";")
		}
	}
	return b.String()
}

func (d *Direct) describe(s *Server, k *seen, emit func(model.Fact)) {
	for _, r := range s.sorted() {
		if r.state != model.ReplicaReady || k.described[r.key()] {
			continue
		}
		k.described[r.key()] = true
		emit(model.Described{Answer: d.answer(s, model.Answered, time.Millisecond, ""), Model: r.model.name, Version: strconv.Itoa(r.version),
			Platform: r.model.platform(), MaxBatch: 16, Instances: r.model.instances(), Steps: r.model.steps})
	}
}

func (d *Direct) scrape(s *Server, emit func(model.Fact)) {
	if f, bad := faults[s.Reach]; bad {
		emit(model.Scraped{Answer: d.answer(s, f.outcome, time.Second, f.detail), HTTPPort: map[Reach]model.Outcome{Refused: model.Refused, Hung: model.Answered, Silent: model.Unanswered}[s.Reach]})
		return
	}
	emit(model.Scraped{Answer: d.answer(s, model.Answered, 2*time.Millisecond, ""), HTTPPort: model.Answered, Gauges: append(s.gauges(), s.backendGauges()...), Families: s.families(), Latencies: s.summaries()})
}

// probe runs the deep probes that are due, as the production prober would.
func (d *Direct) probe(s *Server, k *seen, emit func(model.Fact)) {
	for _, r := range s.sorted() {
		if r.state != model.ReplicaReady || !d.probed[r.model.name] {
			continue
		}
		p := k.probes[r.key()]
		if p == nil {
			p = &probeState{due: d.next}
			k.probes[r.key()] = p
		}
		if d.next < p.due {
			continue
		}
		a := d.world.Infer(s, r.model.name, strconv.Itoa(r.version), 0)
		f := model.Probed{Answer: d.answer(s, model.Answered, a.Took, a.Text), Model: r.model.name, Version: strconv.Itoa(r.version), Counted: model.Yes, Timeout: 2 * time.Second}
		p.due = d.next + 5*time.Second
		switch {
		case a.Never:
			f.Outcome, f.Took, f.Counted, f.Detail = model.TimedOut, f.Timeout, model.Undecided, "no answer within 2s"
		case a.Text != "":
			f.Outcome, f.Counted = model.Failed, model.No
		}
		if f.Outcome == model.Answered {
			p.failed = 0
		} else if p.failed++; p.failed < 2 {
			p.due = d.next + step + f.Took
		}
		emit(f)
	}
}

// Answer is what one inference gets.
type Answer struct {
	Version string        // that served it
	Took    time.Duration // how long it takes
	Never   bool          // it is never answered
	Code    Code
	Text    string // the error; empty: none
}

// Code is the kind of an error, as both protocols spell it.
type Code int

// The codes that inference gives.
const (
	OK Code = iota
	Internal
	NotFound
	Unavailable
	InvalidArgument
)

// lookup gives a READY version ("": the highest), or what Triton says instead.
func (s *Server) lookup(name, version string) (*replica, Answer) {
	r := s.find(name, version)
	switch {
	case !s.known(name):
		return nil, Answer{Code: NotFound, Text: fmt.Sprintf("Request for unknown model: '%s' is not found", name)}
	case r == nil && version != "":
		return nil, Answer{Code: NotFound, Text: fmt.Sprintf("Request for unknown model: '%s' version %s is not found", name, version)}
	case r == nil:
		return nil, Answer{Code: NotFound, Text: fmt.Sprintf("Request for unknown model: '%s' has no available versions", name)}
	case r.state != model.ReplicaReady:
		return nil, Answer{Code: Unavailable, Text: fmt.Sprintf("Request for unknown model: '%s' version %d is not at ready state", name, r.version)}
	}
	return r, Answer{}
}

// Infer lets one request from outside in (a probe, a client of the served
// face) and counts it. batch is an index into the batch sizes.
func (w *World) Infer(s *Server, name, version string, batch int) Answer {
	r, refusal := s.lookup(name, version)
	if r == nil {
		return refusal
	}
	served := strconv.Itoa(r.version)
	rng := w.random(s.Name, "outside "+name, int(r.stats.success+r.stats.fail))
	us, _ := w.load.draw(rng, batch)
	us = w.serve(s, r, call{batch: batch, us: us, ok: true})
	switch {
	case s.stalledModel == name:
		return Answer{Version: served, Never: true}
	case s.broken:
		return Answer{Version: served, Took: time.Second, Code: Internal, Text: r.model.stubDied()}
	}
	return Answer{Version: served, Took: time.Duration(us * 1000)}
}

// stubDied is Triton's error of a Python model whose process is gone. An
// ensemble has none: it hands on the error of its first step.
func (m *modelDef) stubDied() string {
	if len(m.steps) > 0 {
		return fmt.Sprintf("in ensemble '%s', Stub process '%s_0_0' is not healthy.", m.name, m.steps[0])
	}
	return fmt.Sprintf("Stub process '%s_0_0' is not healthy.", m.name)
}
