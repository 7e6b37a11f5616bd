package latency

import (
	"math"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"pgregory.net/rapid"
)

// anyTime draws times of all magnitudes evenly.
func anyTime(t *rapid.T, least, most time.Duration) time.Duration {
	lo, hi := math.Log(float64(least)), math.Log(float64(most))
	return min(most, max(least, time.Duration(math.Exp(rapid.Float64Range(lo, hi).Draw(t, "log of ns")))))
}

// The layout is the one of the HdrHistogram of three digits from 1 ns on: each
// time has the place there that it has here.
func TestTheLayoutIsThatOfHdrHistogram(t *testing.T) {
	t.Parallel()
	h := hdrhistogram.New(1, int64(Longest), 3)
	rapid.Check(t, func(t *rapid.T) {
		v := anyTime(t, 1, Longest)
		h.Reset()
		if err := h.RecordValue(int64(v)); err != nil {
			t.Fatal(err)
		}
		b := bucketOf(v)
		if n := h.Export().Counts[b]; n != 1 {
			t.Fatalf("%d ns has the place %d here, where HdrHistogram counts %d", v, b, n)
		}
		if top := h.Max(); !h.ValuesAreEquivalent(int64(b.middle()), top) { //nolint:gosec // 18 minutes at most
			t.Fatalf("%d ns stand for %d ns: HdrHistogram takes them for another bucket", b.middle(), v)
		}
	})
}

func TestABucketStandsForItsTimes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := anyTime(t, 1, Longest)
		b, m := bucketOf(v), float64(bucketOf(v).middle())
		if bucketOf(v+1) < b {
			t.Fatalf("a longer time than %d has a smaller bucket", v)
		}
		if off := math.Abs(m - float64(v)); off > 1 && off > 0.0005*float64(v) {
			t.Fatalf("%g ns stand for %d", m, v)
		}
	})
	if bucketOf(-time.Second) != 0 || bucketOf(math.MaxInt64) != bucketOf(Longest) {
		t.Error("times out of range are not put at the ends")
	}
}
