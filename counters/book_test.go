package counters

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tritop/model"
)

var t0 = time.Unix(1_700_000_000, 0)

func at(s float64) time.Time { return t0.Add(time.Duration(s * float64(time.Second))) }

func stats(name string, ok, fail uint64) model.Counters {
	return model.Counters{Model: name, Version: "1", Success: model.Sum{Count: ok, Ns: ok * 2e6}, Fail: model.Sum{Count: fail, Ns: fail * 1e6},
		Queue: model.Sum{Count: ok, Ns: ok * 5e5}, Infer: model.Sum{Count: ok, Ns: ok * 1e6}, Inferences: ok, Executions: ok}
}

var key = Key{"m", "1"}

func TestPollCases(t *testing.T) {
	t.Parallel()
	type poll struct {
		at       float64
		gone     bool // the server did not listen before it
		counters []model.Counters
	}
	m := func(ok, fail uint64) []model.Counters { return []model.Counters{stats("m", ok, fail)} }
	for name, c := range map[string]struct {
		polls    []poll
		requests uint64
		failures uint64
		epoch    float64 // -1: before us
	}{
		"the first look is a baseline":       {[]poll{{0, false, m(500, 9)}}, 0, 0, -1},
		"a difference":                       {[]poll{{0, false, m(500, 9)}, {1, false, m(510, 10)}}, 11, 1, -1},
		"a reload restarts statistics":       {[]poll{{0, false, m(500, 9)}, {1, false, m(7, 0)}}, 7, 0, 1},
		"a restart, and fewer requests":      {[]poll{{0, false, m(500, 9)}, {1, true, m(6, 0)}}, 6, 0, 1},
		"a restart with nothing counted":     {[]poll{{0, false, m(0, 0)}, {1, true, m(6, 0)}}, 6, 0, 1},
		"refused for a moment":               {[]poll{{0, false, m(1e7, 1e6)}, {1, true, m(1e7+10, 1e6+1)}}, 11, 1, -1},
		"refused, then the first look":       {[]poll{{1, true, m(1e7, 1e6)}, {2, false, m(1e7+10, 1e6)}}, 10, 0, -1},
		"it appears later, so began at 0":    {[]poll{{0, false, nil}, {1, false, m(4, 1)}}, 5, 1, 1},
		"unloaded and loaded again":          {[]poll{{0, false, m(50, 0)}, {1, false, nil}, {2, false, m(3, 0)}}, 3, 0, 2},
		"a gap is booked over its seconds":   {[]poll{{0, false, m(0, 0)}, {90, false, m(900, 0)}}, 600, 0, -1},
		"the same moment twice says nothing": {[]poll{{0, false, m(1, 0)}, {0, false, m(5, 0)}}, 0, 0, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := NewBook()
			var last float64
			for _, p := range c.polls {
				if p.gone {
					b.Gone()
				}
				b.Poll(at(p.at), p.counters)
				last = p.at
			}
			w := b.Log(key).Over(at(last), WindowLength).Window()
			if w.Requests != c.requests || w.Failures != c.failures {
				t.Errorf("%d requests %d failures, want %d %d", w.Requests, w.Failures, c.requests, c.failures)
			}
			_, _, epoch, ok := b.Row(key)
			if !ok || (c.epoch < 0) != epoch.IsZero() || (c.epoch >= 0 && !epoch.Equal(at(c.epoch))) {
				t.Errorf("epoch %v, want %v", epoch, c.epoch)
			}
		})
	}
}

func TestOwnProbesAreTakenOut(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(b *Book){
		"answered, then counted": func(b *Book) {
			b.Probed(at(0.5), 5*time.Millisecond, key, model.Yes)
			b.Poll(at(1), []model.Counters{stats("m", 1, 0)})
		},
		"counted a poll later": func(b *Book) {
			b.Probed(at(0.9), 5*time.Millisecond, key, model.Yes)
			b.Poll(at(1), []model.Counters{stats("m", 0, 0)})
			b.Poll(at(2), []model.Counters{stats("m", 1, 0)})
		},
		"counted before its answer was booked": func(b *Book) {
			b.Poll(at(1), []model.Counters{stats("m", 1, 0)})
			b.Probed(at(1.01), 5*time.Millisecond, key, model.Yes)
			for i := range 5 {
				b.Poll(at(float64(2+i)), []model.Counters{stats("m", 1, 0)})
			}
		},
		"a failed probe": func(b *Book) {
			b.Probed(at(0.5), 5*time.Millisecond, key, model.No)
			b.Poll(at(1), []model.Counters{stats("m", 0, 1)})
		},
		"one that Triton never counts": func(b *Book) {
			b.Probed(at(0.5), 5*time.Millisecond, key, model.Yes)
			for i := range 6 {
				b.Poll(at(float64(1+i)), []model.Counters{stats("m", 0, 0)})
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := NewBook()
			b.Poll(at(0), []model.Counters{stats("m", 0, 0)})
			play(b)
			w := b.Log(key).Over(b.Last(), WindowLength).Window()
			if w.Requests != 0 || w.ErrorRatio.Why != model.NoDemand {
				t.Fatalf("a probe is counted as a user: %+v", w)
			}
		})
	}
}

func TestAnEnsemblesFailuresAreHalved(t *testing.T) {
	t.Parallel()
	b := NewBook()
	b.Poll(at(0), []model.Counters{stats("m", 0, 0)})
	b.Ensemble(key, true)
	b.Poll(at(1), []model.Counters{stats("m", 8, 4)})
	if w := b.Log(key).Over(at(1), WindowLength).Window(); w.Requests != 10 || w.Failures != 2 {
		t.Fatalf("%+v, want 10 requests of which 2 failed", w)
	}
	if c, _, _, _ := b.Row(key); c.Fail.Count != 4 {
		t.Fatal("the row no longer says what Triton counted")
	}
}

func TestStepsAreNotCountedTwice(t *testing.T) {
	t.Parallel()
	ensemble := Sums{Seconds: 60, All: 100, Successes: 90, Failures: 10}
	step := Sums{Seconds: 60, All: 130, Successes: 120, Failures: 10}
	got := step.WithoutSteps(ensemble, 1)
	if got.Successes+got.Failures != 30 {
		t.Fatalf("%+v: want the 30 direct requests", got)
	}
	if none := step.WithoutSteps(ensemble, 2); none.Successes != 0 || none.All != 0 || none.Failures < 0 {
		t.Fatalf("%+v", none)
	}
}

func TestNothingObservedIsNotZero(t *testing.T) {
	t.Parallel()
	var l *Log
	w := l.Over(t0, WindowLength).Window()
	if w.Rate.Known() || w.ErrorRatio.Known() || w.MeanMs.Known() {
		t.Fatalf("%+v", w)
	}
	b := NewBook()
	b.Poll(at(0), []model.Counters{stats("m", 3, 0)})
	b.Poll(at(1), []model.Counters{stats("m", 3, 0)})
	w = b.Log(key).Over(at(1), WindowLength).Window()
	if !w.Rate.Known() || w.Rate.Value != 0 || w.ErrorRatio.Why != model.NoDemand || w.QueueMs.Why != model.NoDemand {
		t.Fatalf("idle: %+v", w)
	}
	if w = b.Log(key).Over(at(300), WindowLength).Window(); w.Rate.Known() {
		t.Fatalf("five minutes later: %+v", w)
	}
}

// world is a true log of requests, and a Triton that forgets at reloads and restarts.
type world struct {
	ok, fail uint64 // of the running object
	loaded   bool
	sent     uint64 // users' requests since the baseline
	unread   uint64 // those of them after the last answer
	forgot   bool   // Triton dropped counters that were not read
}

func (w *world) serve(ok, fail uint64) {
	if w.loaded {
		w.ok, w.fail, w.sent, w.unread = w.ok+ok, w.fail+fail, w.sent+ok+fail, w.unread+ok+fail
	}
}

// The oracle: the sum of all differences over a watched stretch is never more
// than what users really sent, and exactly that while nothing was forgotten
// between two answers; whatever the port and the connection seemed to do.
func TestDifferencesAgainstATrueLog(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := NewBook()
		w := world{loaded: true, ok: rapid.SampledFrom([]uint64{0, 1, 1000, 1e9}).Draw(t, "before")}
		now := 0.0
		poll := func() {
			var cs []model.Counters
			if w.loaded {
				cs = []model.Counters{stats("m", w.ok, w.fail)}
			}
			b.Poll(at(now), cs)
			w.unread = 0
		}
		poll()
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now += rapid.SampledFrom([]float64{1, 1, 1, 1.3}).Draw(t, "pause")
			w.serve(rapid.Uint64Range(0, 50).Draw(t, "ok"), rapid.Uint64Range(0, 5).Draw(t, "fail"))
			switch rapid.IntRange(0, 12).Draw(t, "what") {
			case 0: // statistics restart
				w.ok, w.fail, w.forgot = 0, 0, true
				w.serve(rapid.Uint64Range(0, 50).Draw(t, "anew"), 0)
			case 1:
				w.loaded, w.ok, w.fail, w.forgot = !w.loaded, 0, 0, true
			case 2:
				continue // a poll that was not answered
			}
			switch rapid.IntRange(0, 5).Draw(t, "seen") { // true or not: a real restart may go unseen
			case 0:
				b.Gone()
			case 1:
				b.Reconnected()
			}
			poll()
		}
		var booked float64
		if l := b.Log(key); l != nil {
			s := l.Over(at(now), time.Duration(math.MaxInt64/4))
			booked = s.Successes + s.Failures
		}
		if booked > float64(w.sent)+1e-6 {
			t.Fatalf("%v requests booked, only %d were sent", booked, w.sent)
		}
		if !w.forgot && math.Abs(booked-float64(w.sent-w.unread)) > 1e-6 {
			t.Fatalf("%v requests booked, %d were sent and read", booked, w.sent-w.unread)
		}
	})
}

// Where the metrics text counts, the first figures come after the first probes.
func TestProbesBeforeTheFirstAnswerAreAmongIt(t *testing.T) {
	t.Parallel()
	b := NewBook()
	b.Probed(at(0.5), 5*time.Millisecond, key, model.Yes)
	b.Probed(at(0.6), 5*time.Millisecond, key, model.Undecided)
	b.Poll(at(1), []model.Counters{stats("m", 5, 0)})
	if _, probes, _, _ := b.Row(key); probes != 1 {
		t.Errorf("%d probes, want 1", probes)
	}
	b.Poll(at(2), nil)
	b.Probed(at(2.5), 5*time.Millisecond, key, model.Yes) // an answer that was under way when the model went
	b.Poll(at(3), []model.Counters{stats("m", 0, 0)})
	if _, probes, _, _ := b.Row(key); probes != 0 {
		t.Errorf("%d probes of a model that was just loaded, want 0", probes)
	}
}
