package sla

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tritop/counters"
	"tritop/model"
)

// world is a Triton with one model, its users, and tritop which polls it. It
// knows what really happened.
type world struct {
	t       *rapid.T
	mono    time.Duration // since the beginning, as the monotonic clock has it
	wall    time.Duration // what the clock on the wall was set by
	stats   model.Counters
	loaded  bool
	book    *counters.Book
	tap     Tap
	account *Account
	events  []happened
	unseen  int // of events: the first that no poll has shown

	polled    model.Counters // what the last poll showed
	restarted bool           // since then
}

// happened is one answered request.
type happened struct {
	at   time.Duration // mono
	bad  bool
	lost bool // the process that counted it ended before a poll: nobody can know of it
	seen time.Duration
}

var zero = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)

var testKey = counters.Key{Model: "m", Version: "1"}

// now is a moment as time.Now gives it, for a clock on the wall that was set:
// without a monotonic part, which a test cannot make.
func (w *world) now() time.Time { return zero.Add(w.mono + w.wall) }

func (w *world) serve(n int, bad bool) {
	for range n {
		w.events = append(w.events, happened{at: w.mono, bad: bad})
		if bad {
			w.stats.Fail.Count++
			w.stats.Fail.Ns += 1000
			continue
		}
		w.stats.Success.Count++
		w.stats.Success.Ns += 2000
		w.stats.Inferences++
		w.stats.Executions++
	}
}

// restart begins the counters again; what no poll has seen is lost.
func (w *world) restart() {
	w.stats = model.Counters{Model: "m", Version: "1"}
	for i := w.unseen; i < len(w.events); i++ {
		w.events[i].lost = true
	}
	w.unseen = len(w.events)
	w.restarted = true
	w.book.Gone()
}

func (w *world) poll() {
	cs := []model.Counters{}
	if w.loaded {
		cs = append(cs, w.stats)
	}
	changed, _ := w.book.Poll(w.now(), cs)
	if !w.loaded {
		return
	}
	if w.restarted && len(changed) == 0 { // with more requests than before it: nobody can see such a restart
		w.lose(w.polled.Success.Count, false)
		w.lose(w.polled.Fail.Count, true)
	}
	w.restarted, w.polled = false, w.stats
	for i := w.unseen; i < len(w.events); i++ {
		w.events[i].seen = w.mono
	}
	w.unseen = len(w.events)
}

// lose takes out of the truth what hides behind what was counted before.
func (w *world) lose(n uint64, bad bool) {
	for i := w.unseen; i < len(w.events) && n > 0; i++ {
		if e := &w.events[i]; e.bad == bad && !e.lost {
			e.lost = true
			n--
		}
	}
}

func (w *world) look() {
	w.account.Look(w.now(), 1)
	if inc, news := w.tap.Take(w.book.Log(testKey)); news {
		w.account.Book(inc)
	}
}

// check compares all that was booked with what happened.
func (w *world) check(length time.Duration) {
	w.t.Helper()
	c := w.account.Over(length)
	var all, bad uint64
	for _, e := range w.events[:w.unseen] {
		if e.lost || e.seen == 0 {
			continue
		}
		all++
		if e.bad {
			bad++
		}
	}
	if c.Valid != all || c.Bad != bad {
		w.t.Fatalf("after %s: %d requests, %d bad of which; in truth %d and %d", w.mono, c.Valid, c.Bad, all, bad)
	}
}

// Every request that any poll could show is counted once, whatever restarts,
// reloads, holes and own probes there are, and however the clock is set.
func TestAnAccountAgainstATrueLog(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &world{t: t, mono: time.Second, loaded: true, stats: model.Counters{Model: "m", Version: "1"}, book: counters.NewBook(), account: NewAccount()}
		w.poll() // the baseline
		w.look()
		for range rapid.IntRange(1, 80).Draw(t, "seconds") {
			w.mono += time.Second
			switch rapid.SampledFrom([]string{"", "", "", "", "", "restart", "reload", "hole", "probe", "ahead"}).Draw(t, "what") {
			case "restart":
				w.restart()
			case "reload":
				w.restart()
				w.loaded = false
				w.poll()
				w.mono += 500 * time.Millisecond
				w.loaded = true
			case "hole": // nobody answers, but the process goes on
				w.serve(rapid.IntRange(0, 50).Draw(t, "in the hole"), false)
				w.mono += time.Duration(rapid.IntRange(1, 4000).Draw(t, "hole")) * time.Second
			case "probe": // Triton counts it like a user; that a restart hides it is counters' matter
				if w.restarted || w.book.Log(testKey) == nil {
					break
				}
				w.stats.Success.Count++
				w.stats.Success.Ns += 2000
				w.book.Probed(w.now(), time.Millisecond, testKey, model.Yes)
				w.poll()
				w.mono += 100 * time.Millisecond
			case "ahead":
				w.wall += time.Hour
			}
			w.serve(rapid.IntRange(0, 20).Draw(t, "good"), false)
			w.serve(rapid.IntRange(0, 3).Draw(t, "bad"), true)
			if rapid.IntRange(0, 9).Draw(t, "poll") > 0 {
				w.poll()
			}
			w.look()
			w.check(30 * day)
		}
	})
}

// A window of a minute holds the requests of the last minute, and no others,
// where polls come every second.
func TestAWindowAgainstATrueLog(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &world{t: t, mono: time.Second, loaded: true, stats: model.Counters{Model: "m", Version: "1"}, book: counters.NewBook(), account: NewAccount()}
		w.poll()
		w.look()
		for range rapid.IntRange(1, 200).Draw(t, "seconds") {
			w.mono += time.Second
			if rapid.IntRange(0, 30).Draw(t, "restart") == 0 {
				w.restart()
			}
			w.serve(rapid.IntRange(0, 5).Draw(t, "good"), false)
			w.serve(rapid.IntRange(0, 2).Draw(t, "bad"), true)
			w.poll()
			w.look()
		}
		for _, length := range []time.Duration{30 * time.Second, time.Minute, 5 * time.Minute} {
			var all, bad uint64
			begin := w.mono - length // the end of a bucket lies just before it
			for _, e := range w.events {
				if e.lost || e.at < begin {
					continue
				}
				all++
				if e.bad {
					bad++
				}
			}
			if c := w.account.Over(length); c.Valid != all || c.Bad != bad {
				t.Fatalf("in %s: %+v, in truth %d and %d", length, c, all, bad)
			}
		}
	})
}

// What became known after a hole is spread over it: half of it belongs to its
// second half, and the time is not taken for watched.
func TestAHoleIsSpread(t *testing.T) {
	t.Parallel()
	a := NewAccount()
	a.Look(zero, 1)
	for s := range 600 {
		a.Look(zero.Add(time.Duration(s+1)*time.Second), 0)
	}
	end := zero.Add(600 * time.Second)
	a.Book(Increment{From: zero, To: end, Valid: 6000, Bad: 60})
	if c := a.Over(300 * time.Second); c.Valid < 3000 || c.Valid > 3001 || c.Watched != 0 || c.Seen != 0 {
		t.Errorf("%+v", c)
	}
	if c := a.Over(day); c.Valid != 6000 || c.Bad != 60 {
		t.Errorf("in all %+v", c)
	}
}

// A clock that is set counts nothing twice and loses nothing.
func TestASetClock(t *testing.T) {
	t.Parallel()
	for _, by := range []time.Duration{time.Hour, -time.Hour} {
		a := NewAccount()
		at := zero
		for s := range 1200 {
			if s == 600 {
				at = at.Add(by)
			}
			at = at.Add(time.Second)
			a.Look(at, 1)
			a.Book(Increment{From: at.Add(-time.Second), To: at, Valid: 10})
		}
		if c := a.Over(30 * day); c.Valid != 12000 {
			t.Errorf("set by %s: %d in all", by, c.Valid)
		}
		if c := a.Over(5 * time.Minute); c.Valid != 3010 {
			t.Errorf("set by %s: %d in five minutes", by, c.Valid)
		}
	}
}

func TestWhatWasBookedTooMuchIsPaidBack(t *testing.T) {
	t.Parallel()
	a := NewAccount()
	a.Look(zero, 1)
	for i, valid := range []int64{5, -2, 1, 4} {
		at := zero.Add(time.Duration(i+1) * time.Second)
		a.Look(at, 1)
		a.Book(Increment{From: at.Add(-time.Second), To: at, Valid: valid})
	}
	if c := a.Over(time.Minute); c.Valid != 8 {
		t.Errorf("%d requests, want 8", c.Valid)
	}
}
