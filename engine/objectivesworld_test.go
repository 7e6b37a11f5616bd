package engine

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tritop/model"
)

// usersWorld are servers with one model whose every request is known: whether a
// poll has shown it, so that it can be known of, or was lost with its process.
type usersWorld struct {
	*State
	t       *rapid.T
	now     time.Time
	servers map[string]*usersServer
	names   []string
	valid   uint64 // what polls have shown
	bad     uint64
}

type usersServer struct {
	away        bool // out of the fleet
	down        bool // nothing is answered
	loaded      bool
	connections uint64
	good, bad   uint64 // the process's own counters
	sawGood     uint64 // of these
	sawBad      uint64
	known       bool // the next answer is no baseline
}

func newUsersWorld(t *rapid.T) *usersWorld {
	w := &usersWorld{t: t, now: t0, servers: make(map[string]*usersServer), names: []string{"a", "b", "c"}}
	cfg := Config{Fleet: "f", Objectives: []model.Objective{{Name: "errors", Model: "bert", Metric: model.MetricErrorRate, Op: model.AtMostOp, Target: 0.5, Window: 5 * time.Minute}}}
	for _, n := range w.names {
		cfg.Servers = append(cfg.Servers, w.spec(n))
		w.servers[n] = &usersServer{loaded: true, connections: 1}
	}
	w.State = NewState(cfg)
	return w
}

func (w *usersWorld) spec(name string) model.ServerSpec {
	return model.ServerSpec{Name: name, Host: name, GRPC: 8001}
}

// poll asks a server; what it shows is in the truth from now on.
func (w *usersWorld) poll(name string) {
	s := w.servers[name]
	if s.away {
		return
	}
	a := model.Answer{Server: name, At: w.now, Took: time.Millisecond, Outcome: model.Answered}
	if s.down {
		a.Outcome = model.Refused
		w.Apply(model.Polled{Answer: a})
		return
	}
	counters := []model.Counters{}
	if s.loaded {
		counters = append(counters, model.Counters{Model: "bert", Version: "1", Success: model.Sum{Count: s.good, Ns: s.good * 1000}, Fail: model.Sum{Count: s.bad, Ns: s.bad * 10}, Inferences: s.good, Executions: s.good})
	}
	w.Apply(model.Polled{Answer: a, Live: model.Yes, Ready: model.Yes, Connections: s.connections, Counters: counters})
	if s.loaded {
		if s.known {
			w.valid, w.bad = w.valid+s.good-s.sawGood+s.bad-s.sawBad, w.bad+s.bad-s.sawBad
		}
		s.sawGood, s.sawBad = s.good, s.bad
	}
	s.known = true
}

// begin lets the counters begin again at 0. What no poll has shown is lost.
func (s *usersServer) begin() { s.good, s.bad, s.sawGood, s.sawBad = 0, 0, 0, 0 }

func (w *usersWorld) fleet() {
	f := model.FleetChanged{At: w.now, Fleet: "f", Objectives: w.cfg.Objectives}
	for _, n := range w.names {
		if !w.servers[n].away {
			f.Servers = append(f.Servers, w.spec(n))
		}
	}
	w.Apply(f)
}

// happen lets something happen to a server.
func (w *usersWorld) happen(name, what string) {
	s := w.servers[name]
	switch what {
	case "restart": // seen by what it shows: fewer requests than before
		s.down = false
		w.poll(name)
		s.begin()
		s.connections++
		s.down = true
		w.poll(name)
		s.down = false
	case "reload":
		if s.down {
			break
		}
		w.poll(name)
		s.loaded = false
		w.now = w.now.Add(100 * time.Millisecond)
		w.poll(name)
		s.begin()
		s.loaded = true
	case "hole":
		s.down = !s.down
	case "leave":
		if s.away = !s.away; s.away {
			s.known = false
		}
		w.fleet()
	}
}

// Of what any poll has shown every request is counted once, and no other, whatever
// restarts, reloads, holes and changes of the fleet there are.
func TestObjectivesCountTheTruth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newUsersWorld(t)
		for _, n := range w.names {
			w.poll(n)
		}
		w.Apply(model.Ticked{Now: w.now})
		for second := range rapid.IntRange(1, 60).Draw(t, "seconds") {
			w.now = w.now.Add(time.Second)
			for _, n := range w.names {
				s := w.servers[n]
				if s.loaded {
					s.good += rapid.Uint64Range(1, 30).Draw(t, "good")
					s.bad += rapid.Uint64Range(0, 3).Draw(t, "bad")
				}
				w.happen(n, rapid.SampledFrom([]string{"", "", "", "", "", "", "restart", "reload", "hole", "leave"}).Draw(t, "what"))
				w.poll(n)
			}
			w.Apply(model.Ticked{Now: w.now})
			if second%5 == 4 {
				w.check()
			}
		}
		w.now = w.now.Add(time.Second)
		w.Apply(model.Ticked{Now: w.now})
		w.check()
	})
}

func (w *usersWorld) check() {
	w.t.Helper()
	w.now = w.now.Add(time.Second) // rows that went are booked by the next second
	w.Apply(model.Ticked{Now: w.now})
	s := w.Snapshot()
	if len(s.Objectives) != 1 || s.Objectives[0].Budget == nil {
		w.t.Fatalf("%+v", s.Objectives)
	}
	if b := s.Objectives[0].Budget.SLO; b.Valid != w.valid || b.Bad != w.bad {
		w.t.Fatalf("%s: %d requests, %d failed; in truth %d and %d", w.now.Sub(t0), b.Valid, b.Bad, w.valid, w.bad)
	}
	var sum model.Bucket
	for _, b := range s.Buckets {
		sum.Valid, sum.Bad = sum.Valid+b.Valid, sum.Bad+b.Bad
	}
	if sum.Valid != w.valid || sum.Bad != w.bad {
		w.t.Fatalf("kept are %s; in truth %d and %d", fmt.Sprint(s.Buckets), w.valid, w.bad)
	}
}
