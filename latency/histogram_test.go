package latency

import (
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tritop/model"
)

// exact gives the smallest time that so many thousandths of the sorted ones do
// not exceed, in ms.
func exact(sorted []time.Duration, thousandths int) float64 {
	return float64(sorted[(len(sorted)*thousandths+999)/1000-1]) / 1e6
}

func near(f model.Figure, want float64) bool {
	return f.Known() && math.Abs(f.Value-want) <= 0.001*want
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// compare wants the figures of exactly these times: percentiles off by 0.1 % at
// most, or absent where there are too few.
func compare(t fataler, got model.Latency, times []time.Duration) {
	t.Helper()
	if got.N != uint64(len(times)) {
		t.Fatalf("%s: %d times, want %d", got.Window, got.N, len(times))
	}
	sorted := slices.Sorted(slices.Values(times))
	for _, p := range []struct {
		thousandths, need int
		got               model.Figure
	}{{500, 2, got.P50}, {900, 10, got.P90}, {950, 20, got.P95}, {990, 100, got.P99}, {999, 1000, got.P999}, {1000, 1, got.Max}} {
		switch {
		case len(times) == 0:
			if p.got.Why != model.NotObserved {
				t.Fatalf("%s: nothing was measured, and %d is %+v", got.Window, p.thousandths, p.got)
			}
		case len(times) < p.need:
			if p.got.Why != model.TooFew {
				t.Fatalf("%s: %d times carry no %d, and it is %+v", got.Window, len(times), p.thousandths, p.got)
			}
		case !near(p.got, exact(sorted, p.thousandths)):
			t.Fatalf("%s: %d of %d times is %+v, want %g", got.Window, p.thousandths, len(times), p.got, exact(sorted, p.thousandths))
		}
	}
	if len(times) == 0 {
		return
	}
	sum := 0.0
	for _, d := range times {
		sum += float64(d) / 1e6
	}
	if !near(got.Mean, sum/float64(len(times))) {
		t.Fatalf("%s: mean %+v, want %g", got.Window, got.Mean, sum/float64(len(times)))
	}
}

// times draws what servers measure: a body, a tail, and lone ones of any length.
func times(t *rapid.T, most int) []time.Duration {
	body := float64(anyTime(t, 10*time.Microsecond, 5*time.Second))
	spread := rapid.Float64Range(0, 1).Draw(t, "spread")
	alone := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) time.Duration { return anyTime(t, time.Microsecond, time.Minute) }), 0, 20).Draw(t, "alone")
	n := rapid.OneOf(rapid.SampledFrom([]int{0, 1, 2, 9, 10, 19, 20, 99, 100, 999, 1000, 1500, 20_000}), rapid.IntRange(0, most)).Draw(t, "n")
	out := make([]time.Duration, min(n, most))
	x := rapid.Uint64().Draw(t, "seed")
	for i := range out {
		x = x*6364136223846793005 + 1442695040888963407
		out[i] = max(time.Microsecond, time.Duration(body*math.Exp(spread*4*(float64(x>>11)/(1<<53)-0.5))))
		if len(alone) > 0 && x>>11%97 == 0 {
			out[i] = alone[x>>20%uint64(len(alone))]
		}
	}
	return out
}

func counted(all ...time.Duration) *Histogram {
	h := new(Histogram)
	for _, d := range all {
		h.Record(d)
	}
	return h
}

func figures(h *Histogram) (l model.Latency) {
	h.Figures(&l, model.NotObserved)
	return l
}

func TestPercentilesAgainstSortedTimes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := times(t, 20_000)
		compare(t, figures(counted(all...)), all)
	})
}

// What several servers measured is merged as if one had measured it all.
func TestMergedServersAreOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var all []time.Duration
		merged := new(Histogram)
		for range rapid.IntRange(1, 4).Draw(t, "servers") {
			own := times(t, 3000)
			all = append(all, own...)
			merged.Merge(counted(own...))
		}
		compare(t, figures(merged), all)
		if !reflect.DeepEqual(figures(merged), figures(counted(all...))) {
			t.Fatalf("merged %+v\nwant %+v", figures(merged), figures(counted(all...)))
		}
	})
}

// The mean of two percentiles is not the percentile of both: nine of ten requests
// go to a fast server, and the slow one's p95 hides in no average.
func TestAMergedPercentileIsNoAverage(t *testing.T) {
	t.Parallel()
	fast, slow := new(Histogram), new(Histogram)
	for range 900 {
		fast.Record(10 * time.Millisecond)
	}
	for range 100 {
		slow.Record(100 * time.Millisecond)
	}
	fast.Merge(slow)
	if l := figures(fast); !near(l.P95, 100) || !near(l.P90, 10) || l.N != 1000 {
		t.Errorf("%+v", l)
	}
}

// More of one time than a list's place can count.
func TestVeryManyOfOneTime(t *testing.T) {
	t.Parallel()
	h := new(Histogram)
	for range 70_000 {
		h.Record(5 * time.Millisecond)
	}
	h.Merge(counted(slices.Repeat([]time.Duration{time.Second}, 70)...))
	all := new(Histogram)
	all.Merge(h)
	if l := figures(all); l.N != 70_070 || !near(l.P999, 5) || !near(l.Max, 1000) {
		t.Errorf("%+v", l)
	}
}

func TestNeed(t *testing.T) {
	t.Parallel()
	for q, want := range map[uint64]uint64{500: 2, 900: 10, 950: 20, 990: 100, 999: 1000} {
		if got := Need(q); got != want {
			t.Errorf("%d: %d, want %d", q, got, want)
		}
	}
}
