package model

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Each time lies between the edges of its bucket, which are at most an eighth of it
// apart, and buckets go up with their times.
func TestHeatBuckets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Uint64Range(0, heatMost).Draw(t, "ns") >> rapid.IntRange(0, 39).Draw(t, "smaller"))
		b := int(HeatBucket(d))
		low, high := HeatEdge(b), HeatEdge(b+1)
		if b >= HeatBuckets || d < low || d >= high {
			t.Fatalf("%v has the bucket %d, from %v to %v", d, b, low, high)
		}
		if d > 2*time.Microsecond && high-low > d/8+1 {
			t.Fatalf("the bucket of %v is %v wide", d, high-low)
		}
	})
	if HeatBucket(-time.Second) != 0 || HeatBucket(1<<62) != HeatBuckets-1 {
		t.Error("times out of range are not put at the ends")
	}
}
