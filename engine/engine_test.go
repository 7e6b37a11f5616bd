package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tritop/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var t0 = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)

// script plays facts in virtual time against a state.
type script struct {
	*State
	now time.Time
	n   map[string]uint64 // requests so far by model
	bad map[string]uint64
}

func newScript(servers ...string) *script {
	cfg := Config{Fleet: "test", Probed: map[string]bool{"bert": true}}
	for _, s := range servers {
		cfg.Servers = append(cfg.Servers, model.ServerSpec{Name: s, Host: "127.0.0.1", GRPC: 8001, HTTP: 8000, Metric: 8002})
	}
	return &script{State: NewState(cfg), now: t0, n: map[string]uint64{}, bad: map[string]uint64{}}
}

func (p *script) answer(server string, o model.Outcome) model.Answer {
	return model.Answer{Server: server, At: p.now, Took: 2 * time.Millisecond, Outcome: o, Detail: "detail"}
}

// poll answers with counters that grow by rate a second.
func (p *script) poll(server string, rate, errs uint64) {
	p.n["bert"] += rate
	p.bad["bert"] += errs
	c := model.Counters{Model: "bert", Version: "1", Success: model.Sum{Count: p.n["bert"], Ns: p.n["bert"] * 5e6}, Fail: model.Sum{Count: p.bad["bert"]},
		Queue: model.Sum{Count: p.n["bert"], Ns: p.n["bert"] * 1e6}, Infer: model.Sum{Count: p.n["bert"], Ns: p.n["bert"] * 3e6}, Inferences: p.n["bert"], Executions: p.n["bert"]}
	p.Apply(model.Polled{Answer: p.answer(server, model.Answered), Live: model.Yes, Ready: model.Yes, Connections: 1, Counters: []model.Counters{c}})
}

func (p *script) seconds(n int, each func()) {
	for range n {
		p.now = p.now.Add(time.Second)
		each()
		p.Apply(model.Ticked{Now: p.now})
	}
}

func (p *script) fail(server string, o model.Outcome) {
	p.Apply(model.Polled{Answer: p.answer(server, o)})
}

func (p *script) index(server string, entries ...model.IndexEntry) {
	p.Apply(model.Indexed{Answer: p.answer(server, model.Answered), Entries: entries})
}

func (p *script) probe(server string, o model.Outcome) {
	counted := model.Yes
	if o == model.Failed {
		counted = model.No
	}
	p.Apply(model.Probed{Answer: p.answer(server, o), Model: "bert", Version: "1", Counted: counted})
}

func ready(m, v string) model.IndexEntry {
	return model.IndexEntry{Model: m, Version: v, State: model.ReplicaReady}
}

func words(events []model.Event) string {
	var out []string
	for _, e := range events {
		out = append(out, e.Object()+" "+e.Words())
	}
	return strings.Join(out, "\n")
}

func TestEventsAreNumberedWithoutGapsAndBounded(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.poll("a", 1, 0)
	for range 800 {
		p.seconds(1, func() { p.fail("a", model.Refused) })
		p.seconds(1, func() { p.poll("a", 1, 0) })
	}
	events := p.Snapshot().Events
	if len(events) != EventsKept {
		t.Fatalf("%d events", len(events))
	}
	for i := 1; i < len(events); i++ {
		if events[i].Seq != events[i-1].Seq+1 {
			t.Fatalf("event %d follows %d", events[i].Seq, events[i-1].Seq)
		}
	}
}

func hash(s *model.Snapshot) uint64 {
	h := fnv.New64a()
	_ = json.NewEncoder(h).Encode(s)
	for _, m := range s.Models {
		for i := range m.History.Rate.Len() {
			v, ok := m.History.Rate.At(m.History.Rate.End().Add(-time.Duration(i) * time.Second))
			_, _ = fmt.Fprint(h, v, ok)
		}
	}
	return h.Sum64()
}

func TestAPublishedSnapshotNeverChanges(t *testing.T) {
	t.Parallel()
	p := newScript("a", "b")
	p.index("a", ready("bert", "1"))
	type kept struct {
		s *model.Snapshot
		h uint64
	}
	var all []kept
	i := 0
	p.seconds(700, func() {
		i++
		switch i % 50 {
		case 7, 8, 9:
			p.fail("a", model.Refused)
		case 20:
			p.index("a", ready("bert", "1"), ready("new", fmt.Sprint(i)))
		default:
			p.poll("a", uint64(i%7), uint64(i%3))
			p.probe("a", model.Answered)
		}
		s := p.Snapshot()
		all = append(all, kept{s, hash(s)})
	})
	for _, k := range all {
		if hash(k.s) != k.h {
			t.Fatalf("snapshot %d changed after it was published", k.s.Seq)
		}
	}
}

func TestTheSameFactsGiveTheSameSnapshot(t *testing.T) {
	t.Parallel()
	play := func() string {
		p := newScript("a", "b")
		p.index("a", ready("bert", "1"), ready("x", "2"), ready("y", "3"))
		p.seconds(40, func() { p.poll("a", 3, 1); p.probe("a", model.Answered); p.fail("b", model.Refused) })
		b, err := json.Marshal(p.Snapshot())
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if a, b := play(), play(); a != b {
		t.Fatalf("they differ:\n%s\n%s", a, b)
	}
}

func TestEngineLosesNoFactAndHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		opt := DefaultOptions()
		opt.Servers = []model.ServerSpec{{Name: "a"}}
		e, err := New(opt)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- e.Run(ctx) }()
		slow := e.Subscribe(ctx) // never read
		quick := e.Subscribe(ctx)
		var versions atomic.Int64
		go func() {
			for {
				select {
				case <-ctx.Done():
					return
				case <-quick:
					versions.Add(1)
				}
			}
		}()
		for i := range 1000 {
			e.Inbox() <- model.Polled{Answer: model.Answer{Server: "a", At: time.Now(), Outcome: model.Answered}, Live: model.Yes, Ready: model.Yes,
				Counters: []model.Counters{{Model: "m", Version: "1", Success: model.Sum{Count: uint64(i)}}}}
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		snap := e.Latest()
		if got := snap.Servers[0].Replicas[0].Totals.Requests.Value; got != 999 {
			t.Errorf("the last fact is not in: %v", got)
		}
		if n := versions.Load(); n > 115 || n < 60 {
			t.Errorf("%d snapshots in 11 s, want at most 10 a second", n)
		}
		if len(slow) != 1 {
			t.Errorf("%d marks for a reader that never read", len(slow))
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		synctest.Wait()
		e.mu.Lock()
		defer e.mu.Unlock()
		if len(e.subs) != 0 {
			t.Errorf("%d mailboxes are kept after their readers went", len(e.subs))
		}
	})
}

func TestNewRefusesTwoServersOfOneName(t *testing.T) {
	t.Parallel()
	opt := DefaultOptions()
	opt.Servers = []model.ServerSpec{{Name: "a"}, {Name: "a"}}
	if _, err := New(opt); err == nil {
		t.Fatal("accepted")
	}
	if _, err := New(Options{}); err == nil {
		t.Fatal("options without times accepted")
	}
}

func BenchmarkPublish(b *testing.B) {
	for _, size := range []struct{ servers, models int }{{6, 8}, {200, 20}} {
		b.Run(fmt.Sprintf("%dx%d", size.servers, size.models), func(b *testing.B) {
			cfg := Config{}
			for i := range size.servers {
				cfg.Servers = append(cfg.Servers, model.ServerSpec{Name: fmt.Sprintf("s%03d", i)})
			}
			s := NewState(cfg)
			now := t0
			round := func() {
				now = now.Add(time.Second)
				for _, srv := range cfg.Servers {
					f := model.Polled{Answer: model.Answer{Server: srv.Name, At: now, Outcome: model.Answered}, Ready: model.Yes, Live: model.Yes}
					for m := range size.models {
						f.Counters = append(f.Counters, model.Counters{Model: fmt.Sprintf("m%02d", m), Version: "1", Success: model.Sum{Count: uint64(now.Unix())}})
					}
					s.Apply(f)
				}
				s.Apply(model.Ticked{Now: now})
			}
			for range 70 {
				round()
			}
			b.ReportAllocs()
			for b.Loop() {
				s.Snapshot()
			}
		})
	}
}
