//go:build !race

package scenarios

import (
	"context"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tritop/engine"
	"tritop/model"
	"tritop/sim"
	"tritop/sla"
)

// Soak: an engine that runs for long keeps no more than one that ran for a
// while. It is the real engine with its goroutines and readers that come and go,
// fed by the simulated fleet in the time of a synctest bubble. The race detector
// would make it ten times as long; make test runs it once without.

// usage is what a process must not use more and more of.
type usage struct {
	heap       uint64 // bytes that live
	goroutines int
	files      int // open ones; -1: this system does not tell
}

func used() usage {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what a finalizer let go
	runtime.ReadMemStats(&m)
	u := usage{heap: m.HeapAlloc, goroutines: runtime.NumGoroutine(), files: -1}
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		u.files = len(files)
	}
	return u
}

// reader takes snapshots for as long as ctx lasts.
func reader(ctx context.Context, e *engine.Engine, read *atomic.Int64) {
	mailbox := e.Subscribe(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-mailbox:
			if s := e.Latest(); s.Seq > 0 {
				read.Add(1)
			}
		}
	}
}

// soak runs a scenario on some servers (0: its usual number) for a length and
// gives what was used each quarter of an hour.
func soak(t *testing.T, o sim.Options, length time.Duration) (out []usage) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w, err := sim.New(o)
		if err != nil {
			t.Fatal(err)
		}
		d := sim.NewDirect(w, time.Now())
		opt := engine.DefaultOptions()
		opt.Config = engine.Config{Fleet: "soak", Servers: d.Specs(), Probed: d.Probed(), Objectives: sla.Profile(sla.ProfileMaterial)}
		e, err := engine.New(opt)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- e.Run(ctx) }()
		var reads [2]atomic.Int64
		go reader(ctx, e, &reads[0])
		feed := time.NewTicker(100 * time.Millisecond)
		defer feed.Stop()
		for at := time.Duration(0); at <= length; at += 100 * time.Millisecond {
			d.Until(at, func(f model.Fact) {
				if _, tick := f.(model.Ticked); !tick { // the engine has a clock of its own here
					e.Inbox() <- f
				}
			})
			if at%time.Minute == 0 {
				brief, leave := context.WithTimeout(ctx, 10*time.Second)
				go func() { defer leave(); reader(brief, e, &reads[1]) }()
			}
			if at%(15*time.Minute) == 14*time.Minute {
				synctest.Wait()
				out = append(out, used())
			}
			<-feed.C
		}
		if s := e.Latest(); s.History.Rate.Oldest().Before(s.Now.Add(-time.Hour)) || len(s.Events) > engine.EventsKept {
			t.Errorf("kept since %v, %d events", s.History.Rate.Oldest(), len(s.Events))
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if minutes, all, brief := int64(length/time.Minute), reads[0].Load(), reads[1].Load(); all < 60*minutes || brief < 10*minutes {
			t.Errorf("%d and %d snapshots were read in %d minutes", all, brief, minutes)
		}
	})
	return out
}

// steady wants no growth between two moments. Heap is allowed what full blocks of
// history and the events of the moment make it differ by.
func steady(t *testing.T, scenario string, quarters []usage, from int) {
	t.Helper()
	first, last := quarters[from], quarters[len(quarters)-1]
	t.Logf("%s: after %s %+v, after %s %+v", scenario, time.Duration(from+1)*15*time.Minute, first, time.Duration(len(quarters))*15*time.Minute, last)
	if last.heap > first.heap+first.heap/20+256<<10 {
		t.Errorf("the heap grew from %d to %d KB", first.heap>>10, last.heap>>10)
	}
	if last.goroutines > first.goroutines || last.files > first.files {
		t.Errorf("goroutines or files grew: %+v, then %+v", first, last)
	}
}

func TestTwoHoursKeepNothing(t *testing.T) { // not parallel: it reads what the process uses
	if testing.Short() {
		t.Skip("takes seconds")
	}
	steady(t, "flapping", soak(t, sim.Options{Scenario: "flapping", Seed: 3, Servers: 2}, 2*time.Hour), 4)
}
