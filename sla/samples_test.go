package sla

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tritop/model"
)

// within are the values of a window, by the true log.
func within(all []sample, now time.Time, window time.Duration) (out []float64) {
	for _, x := range all {
		if now.Sub(x.at) < window {
			out = append(out, x.ms)
		}
	}
	return out
}

// expected is what a percentile stands on: the window, or the newest values where
// the window holds too few and ten of it hold enough.
func expected(all []sample, now time.Time, need int) (values []float64, lengthened bool) {
	values = within(all, now, time.Minute)
	if n := len(values); n == 0 || n >= need || len(within(all, now, Longest*time.Minute)) < need {
		return values, false
	}
	values = nil
	for _, x := range all[len(all)-need:] {
		values = append(values, x.ms)
	}
	return values, true
}

// A percentile is the smallest value that at least that share of the window does
// not exceed; a window with too few values reaches back as far as it has to.
func TestPercentilesAgainstSorting(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var s Samples
		var all []sample
		now := zero
		for range rapid.IntRange(0, 400).Draw(t, "samples") {
			now = now.Add(time.Duration(rapid.IntRange(0, 8000).Draw(t, "ms")) * time.Millisecond)
			ms := float64(rapid.IntRange(1, 500).Draw(t, "took"))
			s.Add(now, ms)
			all = append(all, sample{now, ms})
		}
		now = now.Add(time.Duration(rapid.IntRange(0, 90_000).Draw(t, "later")) * time.Millisecond)
		for _, m := range []model.Metric{model.MetricP50, model.MetricP95, model.MetricP99} {
			r := s.Percentile(m, time.Minute, now, "probe")
			values, lengthened := expected(all, now, m.Needs())
			want := model.Missing(model.TooFew)
			switch slices.Sort(values); {
			case len(values) == 0:
				want = model.Missing(model.NoDemand)
			case len(values) >= m.Needs():
				want = model.Of(values[int(math.Ceil(float64(m.Permille())*float64(len(values))/1000))-1])
			}
			if r.Value != want || r.N != uint64(len(values)) || lengthened != (r.Over > time.Minute) || r.Over > Longest*time.Minute+time.Second {
				t.Fatalf("%v: %+v of %d, want %+v", m, r, len(values), want)
			}
		}
	})
}

// A hundred probes at one in five seconds: "over 8m20s".
func TestALengthenedWindowIsSaid(t *testing.T) {
	t.Parallel()
	var s Samples
	now := zero
	for range 500 {
		now = now.Add(5 * time.Second)
		s.Add(now, 8)
	}
	now = now.Add(4500 * time.Millisecond)
	r := s.Percentile(model.MetricP99, time.Minute, now, "probe")
	if r.N != 100 || r.Over != 500*time.Second || r.Value != model.Of(8) {
		t.Errorf("%+v", r)
	}
}

func TestSamplesAreBounded(t *testing.T) {
	t.Parallel()
	var s Samples
	for i := range 3 * samplesKept {
		s.Add(zero.Add(time.Duration(i)*time.Millisecond), float64(i))
	}
	if r := s.Percentile(model.MetricP50, time.Hour, zero.Add(3*samplesKept*time.Millisecond), "probe"); r.N != samplesKept || r.Value.Value != 2.5*samplesKept-1 || cap(s.ring) > 2*samplesKept {
		t.Errorf("%+v of %d", r, cap(s.ring))
	}
}

// What is older than any window makes room, and no percentile changes by that.
func TestOldSamplesMakeRoom(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all, some := Samples{}, Samples{Keep: 10 * time.Minute}
		at, most := zero, 0
		for range rapid.IntRange(1, 30).Draw(t, "stretches") {
			gap := time.Duration(rapid.Int64Range(100, 60_000).Draw(t, "ms between")) * time.Millisecond
			for range rapid.IntRange(1, 80).Draw(t, "probes") {
				at = at.Add(gap)
				ms := rapid.Float64Range(0, 1000).Draw(t, "ms")
				all.Add(at, ms)
				some.Add(at, ms)
				most = max(most, all.within(10*time.Minute, at))
			}
			for _, m := range []model.Metric{model.MetricP50, model.MetricP95, model.MetricP99} {
				if a, b := all.Percentile(m, time.Minute, at, "x"), some.Percentile(m, time.Minute, at, "x"); a != b {
					t.Fatalf("%v: %+v with all, %+v", m, a, b)
				}
			}
			if len(some.ring) > most+1 {
				t.Fatalf("%d are kept where a window holds %d", len(some.ring), most)
			}
		}
	})
}
