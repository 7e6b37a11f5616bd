//go:build e2e

package e2e

import (
	"context"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tritop/collectors/probe"
	"tritop/model"
)

// traffic sends requests at a rate until stop is called; errors are expected
// while the server is away.
func traffic(t *testing.T, s *server, every time.Duration, r request) (stop func()) {
	t.Helper()
	api := s.api()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				r.send(ctx, api)
			}
		}
	})
	stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	t.Cleanup(stop)
	return stop
}

// soundRates looks at every figure that was ever shown: a restart must make no
// negative and no absurd rate.
func (w *watcher) soundRates(since time.Time, limit float64) {
	w.t.Helper()
	wrong := func(what string, window model.Window) bool {
		f := window.Rate
		if f.Known() && (f.Value < 0 || f.Value > limit) || window.ErrorRatio.Known() && (window.ErrorRatio.Value < 0 || window.ErrorRatio.Value > 1) {
			w.t.Errorf("%s: %+v, at most %.0f/s were sent", what, window, limit)
			return true
		}
		return false
	}
	for _, s := range w.all() {
		if !s.Now.After(since) {
			continue
		}
		for i := range s.Servers {
			if wrong(s.Servers[i].Name, s.Servers[i].Window) {
				return
			}
			for j := range s.Servers[i].Replicas {
				if r := &s.Servers[i].Replicas[j]; wrong(r.Model, r.Window) {
					return
				}
			}
		}
	}
	last := w.all()[len(w.all())-1]
	for i := range last.Servers {
		chart := last.Servers[i].History.Rate
		for n := range chart.Len() {
			if p, ok := chart.At(chart.End().Add(-time.Duration(n) * time.Second)); ok && (p < 0 || p > limit) {
				w.t.Errorf("the chart of %s shows %.1f/s, at most %.0f/s were sent", last.Servers[i].Name, p, limit)
				return
			}
		}
	}
}

func TestFrozenKilledRestarted(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.model("embed", spec{})
	r.model("ranker", spec{versions: []int{1, 2}})
	r2 := newRepo(t)
	r2.model("embed", spec{})
	e, f := launch(t, "e", r, all), launch(t, "f", r2, all)
	up(t, e, f)
	w := watch(t, nil, e, f)
	start := time.Now()
	traffic(t, e, 50*time.Millisecond, request{model: "embed", values: ones(1), deadline: time.Second})
	traffic(t, f, 50*time.Millisecond, request{model: "embed", values: ones(1)})
	w.see(start, 5*time.Second, "the traffic is seen", func(s *model.Snapshot) bool { return find(s, "e").Window.Requests > 20 })

	pause(t, w, e)
	restart(t, w, e)
	restartAgain(t, w, e)
	w.soundRates(start, 30) // 20 requests a second, and what a late tick may bunch
	w.undisturbed(start, "f")
}

// pause freezes a server and lets it go on.
func pause(t *testing.T, w *watcher, e *server) {
	t.Helper()
	stopped := e.signal(t, syscall.SIGSTOP)
	s := w.state(stopped, seenHung, "e", model.ServerHung, "accepts connections, answers nothing")
	if live := find(s, "e").Live; live != model.Undecided || find(s, "e").Finding.Verdict != model.Unhealthy {
		t.Errorf("a hung server is live %s, %s, want unknown and UNHEALTHY", live, find(s, "e").Finding.Verdict)
	}
	continued := e.signal(t, syscall.SIGCONT)
	w.state(continued, seenHung, "e", model.ServerReady) // the poll that was sent in vain ends first
	w.wantStates(stopped, "e", "ready", "hung", "ready")
	if n := w.events(stopped, model.EventRestarted); len(n) != 0 {
		t.Errorf("a pause was taken for a restart: %+v", n)
	}
}

// restart kills a server and starts it anew.
func restart(t *testing.T, w *watcher, e *server) {
	t.Helper()
	killed := e.signal(t, syscall.SIGKILL)
	e.bury()
	s := w.state(killed, seenRefused, "e", model.ServerNotListening, "down, or still loading its models")
	if live := find(s, "e").Live; live != model.No || replicaOf(find(s, "e"), "embed:1").Trouble != model.ServerUnreached {
		t.Errorf("a server that is down is live %s, and its model is %+v", live, replicaOf(find(s, "e"), "embed:1"))
	}
	e.begin()
	up(t, e)
	answers := time.Now()
	w.state(answers, seenRefused, "e", model.ServerReady)
	w.wantStates(killed, "e", "ready", "not listening", "ready")
	if n := w.events(killed, model.EventRestarted); len(n) != 1 || n[0].Server != "e" {
		t.Errorf("restarts told: %+v, want one of e", n)
	}
	w.see(answers, seenRefused, "the epoch is the restart", func(s *model.Snapshot) bool {
		r := replicaOf(find(s, "e"), "embed:1")
		return r != nil && r.Totals.Epoch.After(killed)
	})
}

// restartAgain does so within a minute of a restart that tritop saw: then
// refused means starting.
func restartAgain(t *testing.T, w *watcher, e *server) {
	t.Helper()
	killed := e.signal(t, syscall.SIGKILL)
	e.bury()
	w.state(killed, seenRefused, "e", model.ServerStarting, "its process is new since")
	e.begin()
	up(t, e)
	answers := time.Now()
	w.state(answers, seenRefused, "e", model.ServerReady)
	w.see(answers, 10*time.Second, "the traffic is seen again", func(s *model.Snapshot) bool {
		r := replicaOf(find(s, "e"), "embed:1")
		return r != nil && r.Totals.Requests.Known() && r.Totals.Requests.Value > 20
	})
	w.wantStates(killed, "e", "ready", "starting", "ready")
}

func TestDeadBackend(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.model("mortal", spec{})
	r.model("embed", spec{})
	r.model("unprobed", spec{})
	g := launch(t, "g", r, all)
	up(t, g)
	one := []probe.Tensor{{Name: "INPUT0", Datatype: "FP32", Shape: []int64{1}, Data: []any{2}}}
	expect := []probe.Tensor{{Name: "OUTPUT0", Data: []any{2}, Tolerance: 0.001}}
	w := watch(t, []probe.Spec{{Model: "mortal", Inputs: one, Expect: expect}, {Model: "embed", Inputs: one, Expect: expect}}, g)
	w.see(time.Now(), 6*time.Second, "the probes pass", func(s *model.Snapshot) bool {
		r := replicaOf(find(s, "g"), "mortal:1")
		return r != nil && !r.Probe.LastOK.IsZero()
	})
	api := g.api()
	died := time.Now()
	for _, m := range []string{"mortal", "unprobed"} {
		if a := (request{model: m, values: []float64{-3}}).send(t.Context(), api); !strings.Contains(a.text, "is not healthy") {
			t.Fatalf("%s did not die: %+v", m, a)
		}
	}
	// Where no probe looks, users' failures tell: every request fails after a second.
	var wait sync.WaitGroup
	for range 24 {
		wait.Go(func() { request{model: "unprobed", values: ones(1)}.send(t.Context(), api) })
	}
	s := w.state(died, seenProbe, "g", model.ServerCannotInfer, "says ready, cannot infer: mortal v1", "2 probes in a row failed", "Stub process 'mortal_0_0' is not healthy")
	if srv := find(s, "g"); srv.Ready != model.Yes || replicaOf(srv, "mortal:1").State != model.ReplicaReady || srv.Finding.Verdict != model.Unhealthy {
		t.Errorf("Triton says ready %s and %s, the verdict is %s", srv.Ready, replicaOf(srv, "mortal:1").State, srv.Finding.Verdict)
	}
	if r := replicaOf(find(s, "g"), "embed:1"); r.Trouble != model.NoTrouble {
		t.Errorf("the model beside it is blamed: %+v", r.Finding)
	}
	w.see(died, 60*time.Second, "users' requests to the other dead one fail", func(s *model.Snapshot) bool {
		return replicaOf(find(s, "g"), "unprobed:1").Trouble == model.UserErrors
	})
	wait.Wait()
	w.wantStates(died, "g", "ready", "says ready, cannot infer")
	if tells := w.events(died, model.EventTrouble); !slices.ContainsFunc(tells, func(e model.Event) bool { return e.Model == "mortal" && strings.Contains(e.To, "cannot infer") }) {
		t.Errorf("no event tells of it: %+v", tells)
	}
}

// A model that hangs while requests wait is seen without any probe: the server
// and the model say READY all the while.
func TestStalledModel(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.model("embed", spec{})
	r.model("ranker", spec{})
	l := launch(t, "l", r, all)
	up(t, l)
	w := watch(t, nil, l)
	api := l.api()
	hangs := burst(t, api, 1, request{model: "embed", values: []float64{-11000}})
	waits := burst(t, api, 1, request{model: "embed", values: ones(1)})
	eventually(t, 5*time.Second, "a request hangs and another one waits", func() bool { return l.pending("embed") == 1 })
	began := time.Now()
	s := w.state(began, seenStalled, "l", model.ServerStalled, "stalled: embed v1", "1 pending, no completion for")
	if srv := find(s, "l"); srv.Ready != model.Yes || replicaOf(srv, "embed:1").State != model.ReplicaReady || srv.Finding.Verdict != model.Unhealthy ||
		replicaOf(srv, "ranker:1").Trouble != model.NoTrouble {
		t.Errorf("ready %s, %+v, %+v", srv.Ready, replicaOf(srv, "embed:1"), replicaOf(srv, "ranker:1"))
	}
	eventually(t, 15*time.Second, "the first one is completed", func() bool { return l.pending("embed") == 0 })
	w.state(time.Now(), 2*time.Second, "l", model.ServerReady)
	w.wantStates(began, "l", "ready", "stalled", "ready")
	if got := append(hangs(), waits()...); got[0].code != good || got[1].code != good {
		t.Errorf("in the end: %+v", got)
	}
}
