package counters

import (
	"testing"
	"time"
	"unsafe"

	"tritop/model"
)

// Names that read alike were differenced with each other.
func TestANameTwiceInOneAnswerIsBookedOnce(t *testing.T) {
	t.Parallel()
	b := NewBook()
	for i := range uint64(10) {
		changed, _ := b.Poll(at(float64(i)), []model.Counters{stats("m", 1e6+i, 0), stats("m", 10*i, 0)})
		if i > 0 && len(changed) > 0 {
			t.Errorf("poll %d: %+v", i, changed)
		}
	}
	if n := users(b); n != 9 {
		t.Errorf("%d requests, want 9", n)
	}
}

// Statistics and metrics text have different zero points.
func TestAChangeOfSourceIsABaseline(t *testing.T) {
	t.Parallel()
	b := NewBook()
	for i := range uint64(30) {
		b.Poll(at(float64(i)), one(10*i, 0))
	}
	for i, text := range []bool{true, false, true} {
		now := float64(30 + 2*i)
		base := uint64(5_000_000)
		if !text {
			base = 300
		}
		b.From(text)
		b.Gone()
		if changed, _ := b.Poll(at(now), append(one(base, 20_000), stats("new", base, 9))); len(changed) > 1 {
			t.Errorf("%+v", changed)
		}
		b.From(text)
		b.Poll(at(now+1), append(one(base+10, 20_000), stats("new", base, 9)))
		if w := b.Log(key).Over(at(now+1), WindowLength).Window(); w.Failures != 0 || w.Rate.Value > 10.01 || w.Rate.Value < 9.99 {
			t.Errorf("text %v: %+v, want 10 requests a second", text, w)
		}
	}
}

// The text drops the successes of a version that goes, and keeps its failures.
func TestFailuresInTheTextOutliveTheirVersion(t *testing.T) {
	t.Parallel()
	start := func() *Book {
		b := NewBook()
		b.From(true)
		b.Poll(at(0), one(1000, 500))
		return b
	}
	for name, c := range map[string]struct {
		play     func(b *Book)
		failures uint64
	}{
		"unloaded and loaded": {func(b *Book) { b.Poll(at(1), nil); b.Poll(at(2), one(3, 501)) }, 1},
		"between two texts":   {func(b *Book) { b.Poll(at(2), one(3, 501)) }, 1},
		"gone before we came": {func(b *Book) { b.Poll(at(1), nil); b.fails = map[Key]model.Sum{}; b.Poll(at(2), one(3, 501)) }, 0},
		"a new process":       {func(b *Book) { b.Poll(at(1), nil); b.Gone(); b.Poll(at(2), one(3, 1)) }, 0},
		"a new process, seen": {func(b *Book) { b.Gone(); b.Poll(at(2), one(3, 1)) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start()
			c.play(b)
			w := b.Log(key).Over(at(2), WindowLength).Window()
			if w.Failures != c.failures || w.Requests != 3+c.failures {
				t.Errorf("%d requests, %d failures, want %d and %d", w.Requests, w.Failures, 3+c.failures, c.failures)
			}
		})
	}
}

// A row that came into view a moment ago was divided by the time of the others.
func TestRatesOfRowsAreAdded(t *testing.T) {
	t.Parallel()
	long := Sums{Seconds: 60, Successes: 6000, Rate: 100}
	short := Sums{Seconds: 9, Successes: 900, Rate: 100}
	both, none := long, Sums{}
	both.Add(&short)
	none.Add(&Sums{})
	if w := both.Window(); w.Rate.Value != 200 || w.Requests != 6900 {
		t.Errorf("%v requests/s, %d requests, want 200 and 6900", w.Rate.Value, w.Requests)
	}
	if none := none.Window(); none.Rate.Known() {
		t.Errorf("%+v", none.Rate)
	}
	if got := (Sums{Seconds: 10, All: 100, Successes: 100, Rate: 10}).WithoutSteps(Sums{Seconds: 10, All: 40, Successes: 40}, 1).Rate; got != 6 {
		t.Errorf("a step without what its ensemble made it do: %v requests/s, want 6", got)
	}
}

// The machine sleeps for an hour: its monotonic clock, which all differences of
// times use, stands still, and Triton goes on.
func TestSleepIsNotASecond(t *testing.T) {
	t.Parallel()
	l := NewLog(time.Now())
	now := l.last
	for range 60 {
		now = now.Add(time.Second)
		l.Add(Interval{To: now, Successes: 10})
	}
	now = setClock(now.Add(time.Second), time.Hour)
	l.Add(Interval{To: now, Successes: 36_000})
	if w := l.Over(now, WindowLength).Window(); w.Rate.Known() {
		t.Errorf("at once: %v requests/s, want nothing observed", w.Rate)
	}
	for _, step := range []time.Duration{0, 0, -time.Hour, 0} { // back is no riddle: the monotonic clock went on
		now = setClock(now.Add(time.Second), step)
		l.Add(Interval{To: now, Successes: 10})
	}
	if w := l.Over(now, WindowLength).Window(); w.Requests != 40 || w.Seconds != 4 {
		t.Errorf("%d requests in %v s, want 40 in 4", w.Requests, w.Seconds)
	}
}

// setClock is t as the clock of this machine tells it when it was set by d:
// another wall time with the same monotonic reading, which no public call makes.
func setClock(t time.Time, d time.Duration) time.Time {
	type raw struct {
		wall uint64 // bit 63: has a monotonic reading; 33 bits of seconds, 30 of nanoseconds
		_    int64
		_    *time.Location
	}
	(*raw)(unsafe.Pointer(&t)).wall += uint64(d/time.Second) << 30 //nolint:gosec // a test of clocks; a step back wraps around as it should
	return t
}
