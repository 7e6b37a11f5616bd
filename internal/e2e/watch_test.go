//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tritop/collectors"
	"tritop/collectors/probe"
	"tritop/engine"
	"tritop/model"
	"tritop/triton"
)

// watcher observes servers as the screen does, with the shipped cadence and
// rules, and keeps every snapshot: the time-line of what a person would see.
type watcher struct {
	t    *testing.T
	stop func()

	mu    sync.Mutex // guards snaps
	snaps []*model.Snapshot
}

// The bounds of docs/states.md, "how soon", and what a busy machine of two cores
// may add: a tick of the engine, a snapshot, and late schedulers.
const (
	busy        = 900 * time.Millisecond
	seenRefused = time.Second
	seenHung    = 1800 * time.Millisecond
	seenFlip    = time.Second         // a poll sees the flip, the index follows at once
	seenHTTP    = 3 * time.Second     // the port is asked every 2 s, then a poll shows that gRPC still answers
	seenStalled = 4 * 2 * time.Second // until the metrics text is read, and three intervals more
	seenProbe   = 5*time.Second + 2*2*time.Second
)

// watch begins to observe; it ends with the test, or with stop.
func watch(t *testing.T, probes []probe.Spec, servers ...*server) *watcher {
	t.Helper()
	opt := engine.DefaultOptions()
	opt.Fleet, opt.Probed = "e2e", make(map[string]bool)
	fleet := collectors.Fleet{Probes: probes, Cadence: collectors.DefaultCadence(), Backoff: collectors.DefaultBackoff()}
	for _, p := range probes {
		opt.Probed[p.Model] = true
	}
	for _, s := range servers {
		spec := model.ServerSpec{Name: s.name, Host: "127.0.0.1", GRPC: s.grpc, HTTP: s.http, Metric: s.metrics}
		opt.Servers = append(opt.Servers, spec)
		fleet.Targets = append(fleet.Targets, collectors.Target{Spec: spec, GRPC: triton.Options{Address: at(s.grpc)}})
	}
	e, err := engine.New(opt)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	w := &watcher{t: t}
	var running sync.WaitGroup
	running.Go(func() {
		if err := e.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	running.Go(func() {
		if err := fleet.Run(ctx, e.Inbox()); err != nil {
			t.Error(err)
		}
	})
	running.Go(func() { w.keep(ctx, e) })
	w.stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	t.Cleanup(w.stop)
	t.Cleanup(func() {
		if t.Failed() {
			w.tell()
		}
	})
	for _, s := range servers {
		w.see(time.Now(), 10*time.Second, s.name+" is ready at the start", func(snap *model.Snapshot) bool { return is(snap, s.name, model.ServerReady) })
	}
	return w
}

func (w *watcher) keep(ctx context.Context, e *engine.Engine) {
	marks := e.Subscribe(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-marks:
		}
		w.mu.Lock()
		w.snaps = append(w.snaps, e.Latest())
		w.mu.Unlock()
	}
}

func (w *watcher) all() []*model.Snapshot {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.snaps)
}

// see waits for the first snapshot after a moment that fits. It fails when there
// is none within the limit (and what a busy machine adds), and says how long it took.
func (w *watcher) see(since time.Time, limit time.Duration, what string, fits func(*model.Snapshot) bool) *model.Snapshot {
	w.t.Helper()
	next := 0
	for {
		for all := w.all(); next < len(all); next++ {
			if s := all[next]; s.Now.After(since) && fits(s) {
				w.t.Logf("%s: seen after %s", what, s.Now.Sub(since).Truncate(time.Millisecond))
				if took := s.Now.Sub(since); took > limit+busy {
					w.t.Errorf("%s: seen after %s, the limit is %s", what, took, limit)
				}
				return s
			}
		}
		if time.Since(since) > limit+busy+5*time.Second {
			w.t.Fatalf("%s: not seen within %s", what, limit)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// state waits until a server is in a state, with words in its reason or evidence.
func (w *watcher) state(since time.Time, limit time.Duration, server string, state model.ServerState, words ...string) *model.Snapshot {
	w.t.Helper()
	return w.see(since, limit, fmt.Sprintf("%s is %s %q", server, state, words), func(s *model.Snapshot) bool {
		f := find(s, server).Finding
		for _, word := range words {
			if !strings.Contains(f.Reason+" · "+f.Evidence, word) {
				return false
			}
		}
		return is(s, server, state)
	})
}

// replica waits until a model version ("c ranker:2") is in a state, with words in its reason.
func (w *watcher) replica(since time.Time, limit time.Duration, name string, state model.ReplicaState, words string) {
	w.t.Helper()
	server, key, _ := strings.Cut(name, " ")
	w.see(since, limit, fmt.Sprintf("%s is %s %q", name, state, words), func(s *model.Snapshot) bool {
		r := replicaOf(find(s, server), key)
		return r != nil && r.State == state && strings.Contains(r.Reason, words)
	})
}

func find(s *model.Snapshot, server string) *model.Server {
	for i := range s.Servers {
		if s.Servers[i].Name == server {
			return &s.Servers[i]
		}
	}
	return &model.Server{}
}

func is(s *model.Snapshot, server string, state model.ServerState) bool {
	return find(s, server).State == state
}

func replicaOf(s *model.Server, key string) *model.Replica {
	for i := range s.Replicas {
		if r := &s.Replicas[i]; r.Model+":"+r.Version == key {
			return r
		}
	}
	return nil
}

// states are the states that a server went through, from what it was at a moment on.
func (w *watcher) states(since time.Time, server string) []string {
	return w.words(since, func(s *model.Snapshot) string { return find(s, server).State.String() })
}

// replicaStates are the states that a model version went through; "-" where it is not listed.
func (w *watcher) replicaStates(since time.Time, server, key string) []string {
	return w.words(since, func(s *model.Snapshot) string {
		if r := replicaOf(find(s, server), key); r != nil {
			return r.State.String()
		}
		return "-"
	})
}

// words gives the run of different words from a moment on; the first one is
// that of the moment itself.
func (w *watcher) words(since time.Time, of func(*model.Snapshot) string) []string {
	var out []string
	for _, s := range w.all() {
		word := of(s)
		switch {
		case !s.Now.After(since):
			out = []string{word}
		case len(out) == 0 || out[len(out)-1] != word:
			out = append(out, word)
		}
	}
	return out
}

// wantStates compares a time-line with what has to be seen, nothing else in between.
func (w *watcher) wantStates(since time.Time, server string, want ...string) {
	w.t.Helper()
	if got := w.states(since, server); !slices.Equal(got, want) {
		w.t.Errorf("%s was %q, want %q", server, got, want)
	}
}

func (w *watcher) wantReplica(since time.Time, server, key string, want ...string) {
	w.t.Helper()
	if got := w.replicaStates(since, server, key); !slices.Equal(got, want) {
		w.t.Errorf("%s of %s was %q, want %q", key, server, got, want)
	}
}

// undisturbed says that a server was ready all the time, without a gap: what
// befalls another must not touch it. Each second has an answer of it.
func (w *watcher) undisturbed(since time.Time, server string) {
	w.t.Helper()
	w.wantStates(since, server, "ready")
	for _, s := range w.all() {
		if age := s.Now.Sub(find(s, server).LastAnswer); s.Now.After(since) && age > time.Second+busy {
			w.t.Errorf("%s was not heard of for %s", server, age)
			return
		}
	}
}

// events gives those of a kind since a moment.
func (w *watcher) events(since time.Time, kind model.EventKind) []model.Event {
	all := w.all()
	var out []model.Event
	for _, e := range all[len(all)-1].Events {
		if e.Kind == kind && e.At.After(since) {
			out = append(out, e)
		}
	}
	return out
}

// tell prints the events, for a test that failed.
func (w *watcher) tell() {
	all := w.all()
	if len(all) == 0 {
		return
	}
	for _, e := range all[len(all)-1].Events {
		w.t.Logf("%s %s: %s %s", e.At.Format("15:04:05.000"), e.Object(), e.Words(), e.Detail)
	}
}
