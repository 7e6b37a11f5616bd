package latency

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tritop/model"
)

var t0 = time.Date(2026, 1, 2, 3, 4, 5, 6e8, time.UTC)

type sample struct {
	since time.Duration
	took  time.Duration
}

// within gives the times that a window of so many slots holds, at a moment.
func within(all []sample, width time.Duration, slots int32, now time.Duration) (out []time.Duration) {
	for _, s := range all {
		if s.since/width > now/width-time.Duration(slots) {
			out = append(out, s.took)
		}
	}
	return out
}

// Every window tells of exactly the times that came in it, whatever the pauses
// and however often somebody looks.
func TestWindowsAgainstSortedTimes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := NewLog(model.FromProbe, t0)
		var all []sample
		now := time.Duration(0)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now += time.Duration(rapid.SampledFrom([]int{0, 1, 300, 1000, 5000, 40_000, 70_000, 400_000, 4_000_000}).Draw(t, "pause")) * time.Millisecond
			gap := time.Duration(rapid.SampledFrom([]int{0, 1, 30, 2000}).Draw(t, "gap")) * time.Millisecond
			for _, took := range times(t, 1500) {
				now += gap
				l.Record(t0.Add(now), took)
				all = append(all, sample{now, took})
			}
			if rapid.Bool().Draw(t, "look") {
				checkView(t, l.View(t0.Add(now)), all, now)
			}
		}
	})
}

func checkView(t *rapid.T, view []model.Latency, all []sample, now time.Duration) {
	t.Helper()
	if !slices.IsSortedFunc(view, func(a, b model.Latency) int { return int(a.Window - b.Window) }) {
		t.Fatalf("not in order: %+v", view)
	}
	for i, length := range Windows() {
		want := within(all, spans[i].width, spans[i].slots, now)
		at := slices.IndexFunc(view, func(l model.Latency) bool { return l.Window == length && !l.Lengthened })
		switch {
		case at < 0 && len(want) > 0:
			t.Fatalf("%s: nothing is told of %d times", length, len(want))
		case at >= 0:
			compare(t, view[at], want)
		}
	}
	for _, got := range view {
		if !got.Lengthened {
			continue
		}
		newest := all[len(all)-int(got.N):]
		var want []time.Duration
		for _, s := range newest {
			want = append(want, s.took)
		}
		compare(t, got, want)
		if age := now - newest[0].since; got.Window < age-restView || got.Window > max(age+1100*time.Millisecond, 61*time.Second) || got.Window > 10*time.Minute {
			t.Fatalf("the oldest of %d is %s old, told as %s", got.N, age, got.Window)
		}
	}
}

// A probe every five seconds carries p95 over 100 s and p99 over 8m20s.
func TestAWindowIsAsLongAsAPercentileNeeds(t *testing.T) {
	t.Parallel()
	l, now := NewLog(model.FromProbe, t0), t0
	for i := range 200 {
		now = now.Add(5 * time.Second)
		l.Record(now, time.Duration(i+1)*time.Millisecond)
	}
	var lengths []string
	for _, x := range l.View(now.Add(5 * time.Second)) {
		if x.Lengthened {
			lengths = append(lengths, x.Window.String())
			want := map[uint64]float64{20: 199, 100: 199}[x.N]
			if p := map[uint64]model.Figure{20: x.P95, 100: x.P99}[x.N]; !near(p, want) {
				t.Errorf("of %d times: %+v, want %g", x.N, p, want)
			}
		}
	}
	if !slices.Equal(lengths, []string{"1m40s", "8m20s"}) {
		t.Errorf("lengths: %v", lengths)
	}
	if view := l.View(now.Add(3 * time.Minute)); slices.ContainsFunc(view, func(x model.Latency) bool { return x.Lengthened && x.N == 100 }) {
		t.Errorf("p99 over more than ten minutes: %+v", view)
	}
	if view := l.View(now.Add(3 * time.Hour)); len(view) != 0 || l.Minute().N != 0 || l.Minute().P50.Known() {
		t.Errorf("hours later: %+v", view)
	}
}

// A list that was given out never changes, and stays the same while nothing new
// is known.
func TestAViewThatWasGivenOutStays(t *testing.T) {
	t.Parallel()
	l := NewLog(model.FromProbe, t0)
	for i := range 30 {
		l.Record(t0.Add(time.Duration(i)*time.Second), time.Duration(i+1)*time.Millisecond)
	}
	at := t0.Add(30 * time.Second)
	given := l.View(at)
	was := slices.Clone(given)
	if again := l.View(at.Add(time.Millisecond)); &again[0] != &given[0] {
		t.Error("a new list of the same figures")
	}
	l.Record(at, time.Minute)
	l.View(at.Add(45 * time.Second))
	if !slices.EqualFunc(given, was, func(a, b model.Latency) bool {
		return a.N == b.N && a.Max == b.Max && a.P50 == b.P50 && a.Window == b.Window
	}) {
		t.Errorf("it was %+v\nand is %+v", was, given)
	}
}

// Times that come late, or while the clock is set back, count to the newest slot.
func TestTimesThatComeLate(t *testing.T) {
	t.Parallel()
	l := NewLog(model.FromProbe, t0)
	l.Record(t0.Add(100*time.Second), time.Millisecond)
	l.Record(t0.Add(20*time.Second), 2*time.Millisecond)
	l.Record(t0.Add(-time.Hour), 3*time.Millisecond)
	if m := l.View(t0.Add(100 * time.Second))[1]; m.N != 3 || !near(m.Max, 3) {
		t.Errorf("%+v", m)
	}
}
