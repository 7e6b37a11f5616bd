package scenarios

import (
	"strings"
	"testing"
	"time"

	"tritop/engine"
	"tritop/model"
	"tritop/sim"
	"tritop/sla"
)

var start = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)

// run plays a scenario in virtual time, with the objectives that are built in;
// look is called after each second.
func run(t testing.TB, scenario string, seed uint64, length time.Duration, look func(time.Duration, *model.Snapshot)) *model.Snapshot {
	t.Helper()
	return play{scenario, seed, length, sla.Profile(sla.ProfileDefault)}.run(t, look)
}

// servers plays a scenario without objectives: only servers and models are judged.
func servers(t testing.TB, scenario string, seed uint64, length time.Duration, look func(time.Duration, *model.Snapshot)) *model.Snapshot {
	t.Helper()
	return play{scenario, seed, length, nil}.run(t, look)
}

// play is a scenario with what is expected of it.
type play struct {
	scenario   string
	seed       uint64
	length     time.Duration
	objectives []model.Objective
}

func (p play) run(t testing.TB, look func(time.Duration, *model.Snapshot)) *model.Snapshot {
	t.Helper()
	s, _ := p.world(t, look)
	return s
}

// world plays the scenario and gives the world, too, which knows the truth.
func (p play) world(t testing.TB, look func(time.Duration, *model.Snapshot)) (*model.Snapshot, *sim.World) {
	t.Helper()
	w, err := sim.New(sim.Options{Scenario: p.scenario, Seed: p.seed})
	if err != nil {
		t.Fatal(err)
	}
	d := sim.NewDirect(w, start)
	st := engine.NewState(engine.Config{Fleet: "sim", Servers: d.Specs(), Probed: d.Probed(), Objectives: p.objectives})
	for at := time.Duration(0); at <= p.length; at += time.Second {
		d.Until(at, st.Apply)
		if look != nil {
			look(at, st.Snapshot())
		}
	}
	return st.Snapshot(), w
}

// allWords gathers everything that people may search: states, reasons, events.
func allWords(s *model.Snapshot) string {
	var b strings.Builder
	b.WriteString(s.Why + "\n")
	for _, srv := range s.Servers {
		b.WriteString(srv.State.String() + " " + srv.Finding.Reason + "\n")
		for _, r := range srv.Replicas {
			b.WriteString(r.Trouble.String() + " " + r.Finding.Reason + "\n")
		}
	}
	for _, e := range s.Events {
		b.WriteString(e.Object() + " " + e.Words() + " " + e.Detail + "\n")
	}
	return b.String()
}

func TestEveryScenarioLeadsToItsVerdictAndWords(t *testing.T) {
	t.Parallel()
	words := map[string][]string{
		"dead-server": {"not listening"}, "hung-server": {"hung"}, "ready-lies": {"says ready, cannot infer", "Stub process"},
		"stalled": {"stalled: fraud_scorer v7"}, "bad-version": {"% of users' requests fail", "text_classifier v3 appeared LOADING"},
		"blackout": {"stale", "no data"}, "normal": nil, "material": nil,
		"big": nil, "gpu-lost": nil, "llm": nil, "slow-model": nil, "surge": nil, "phases": nil, "flapping": {"eu1-gpu-02 ready → not listening", "→ ready"}, "region-loss": {"us1-gpu-01 ready → not listening", "us1-gpu-02 ready → not listening"},
	}
	for _, sc := range sim.Scenarios() {
		want, ok := words[sc.Name]
		if !ok {
			t.Errorf("scenario %s has no words to test", sc.Name)
		}
		for seed := range uint64(3) {
			t.Run(sc.Name, func(t *testing.T) {
				t.Parallel()
				healthyBefore := sc.Name == "material" // nothing happens in it
				s := run(t, sc.Name, seed, lengthOf(sc.Name), func(at time.Duration, s *model.Snapshot) {
					if at == 4*time.Second {
						healthyBefore = healthyBefore || s.Verdict == model.Healthy
					}
				})
				if !healthyBefore {
					t.Error("not healthy before the fault")
				}
				if s.Verdict != sc.Expected {
					t.Errorf("verdict %v (%s), want %v", s.Verdict, s.Why, sc.Expected)
				}
				all := allWords(s)
				for _, w := range want {
					if !strings.Contains(all, w) {
						t.Errorf("%q is nowhere in:\n%s", w, all)
					}
				}
			})
		}
	}
}

// lengthOf is after how long a scenario has its verdict.
func lengthOf(scenario string) time.Duration {
	if scenario == "phases" {
		return 7 * time.Minute
	}
	return 25 * time.Second
}

func TestDeadServerComesBack(t *testing.T) {
	t.Parallel()
	var downAt, upAt time.Duration
	s := run(t, "dead-server", 1, 60*time.Second, func(at time.Duration, s *model.Snapshot) {
		switch state := s.Servers[1].State; {
		case state == model.ServerNotListening && downAt == 0:
			downAt = at
		case state == model.ServerReady && downAt != 0 && upAt == 0:
			upAt = at
		}
	})
	if s.Verdict != model.Healthy || downAt < 5*time.Second || downAt > 7*time.Second || upAt < 35*time.Second || upAt > 37*time.Second {
		t.Fatalf("down at %s, up at %s, in the end %v (%s)", downAt, upAt, s.Verdict, s.Why)
	}
	if r := s.Servers[1].Replicas[0]; r.Totals.Epoch.IsZero() {
		t.Error("its counters have no epoch after the restart")
	}
}

func TestReadyLiesIsFoundWithinThreeProbeIntervals(t *testing.T) {
	t.Parallel()
	var found time.Duration
	run(t, "ready-lies", 1, 25*time.Second, func(at time.Duration, s *model.Snapshot) {
		srv := s.Servers[3]
		if found == 0 && srv.State == model.ServerCannotInfer {
			found = at
			if srv.Ready != model.Yes {
				t.Error("the server no longer says ready: then it is no lie")
			}
		}
		for i, other := range s.Servers {
			if i != 3 && other.Finding.Verdict > model.Healthy {
				t.Errorf("%s: %s is %v", at, other.Name, other.State)
			}
		}
	})
	if found == 0 || found > sim.FaultAt+15*time.Second {
		t.Fatalf("found at %s", found)
	}
}

func TestBlackoutNeverShowsHealthyAgain(t *testing.T) {
	t.Parallel()
	states := map[model.ServerState]time.Duration{}
	run(t, "blackout", 1, 40*time.Second, func(at time.Duration, s *model.Snapshot) {
		for _, srv := range s.Servers {
			if _, ok := states[srv.State]; !ok {
				states[srv.State] = at
			}
		}
		if at > 9*time.Second && (s.Verdict == model.Healthy || s.Totals.Rate.Known()) {
			t.Errorf("%s: %v, rate %+v", at, s.Verdict, s.Totals.Rate)
		}
	})
	if states[model.ServerStale] < 7*time.Second || states[model.ServerStale] > 10*time.Second || states[model.ServerNoData] < 0 {
		t.Errorf("stale at %s, no data at %s", states[model.ServerStale], states[model.ServerNoData])
	}
}

// A simulated hour of the healthy fleet says nothing.
func TestNormalIsQuiet(t *testing.T) {
	t.Parallel()
	length := time.Hour
	if testing.Short() {
		length = 10 * time.Minute
	}
	s := run(t, "normal", 7, length, func(at time.Duration, s *model.Snapshot) {
		if at > 3*time.Second && s.Verdict != model.Healthy {
			t.Fatalf("%s: %v %s", at, s.Verdict, s.Why)
		}
	})
	for _, e := range s.Events {
		if e.Kind != model.EventIdentified {
			t.Errorf("%s %s %s", e.At, e.Object(), e.Words())
		}
	}
	for _, m := range s.Models {
		if !m.Window.Rate.Known() || !m.Window.QueueMs.Known() {
			t.Errorf("%s has no figures: %+v", m.Name, m.Window)
		}
	}
	// Six of eight models are called by users, each 125 to 375 times a second.
	if r := s.Totals.Rate.Value; r < 6*125 || r > 6*375 {
		t.Errorf("fleet rate %.0f/s: ensemble steps or probes are counted, or requests are lost", r)
	}
}

func TestTheSameSeedIsTheSameWorld(t *testing.T) {
	t.Parallel()
	totals := func(seed uint64, look bool) float64 {
		w, err := sim.New(sim.Options{Scenario: "bad-version", Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		if look {
			for at := time.Duration(0); at < 20*time.Second; at += 70 * time.Millisecond {
				w.Advance(at)
			}
		}
		w.Advance(20 * time.Second)
		sum := 0.0
		for _, s := range w.Servers() {
			for i, c := range s.Metrics() {
				sum += float64(c) * float64(i%97)
			}
		}
		return sum
	}
	if a, b := totals(5, false), totals(5, true); a != b {
		t.Error("how often the world is looked at changes it")
	}
	if a, b := totals(5, false), totals(6, false); a == b {
		t.Error("the seed changes nothing")
	}
}
