package model

import (
	"math/bits"
	"time"
)

// Heat is how many single times came when, and how long they were: what a picture
// of latency over time is made of. Its counts of one bucket may be added up over
// slots, so percentiles of any stretch of time can be made of it, within a sixteenth.
type Heat struct {
	Begin time.Time  // the beginning of slot 0
	Until int32      // slots before this one are told; the one that is not over is not
	Cells []HeatCell // by slot; of the last HeatSpan
}

// HeatCell counts times of one slot in one bucket. A bucket of very many stands in
// its slot more than once.
type HeatCell struct {
	Slot   int32
	N      uint16
	Bucket uint8
}

// What a slot is, and how much of the past is kept.
const (
	HeatSlot = 10 * time.Second
	HeatSpan = time.Hour
)

// heatBits says how wide buckets are: 8 of them for every doubling, from heatUnit on.
const (
	heatBits = 3
	heatUnit = 7 // 128 ns, as a power of two
	heatMost = 1<<40 - 1
)

// HeatBuckets is how many there are.
const HeatBuckets = 248

// HeatBucket gives the bucket of a time. A longer time never has a smaller one.
func HeatBucket(d time.Duration) uint8 {
	v := uint64(min(max(d, 0), heatMost)) >> heatUnit //nolint:gosec // not negative
	doublings := bits.Len64(v|(2<<heatBits-1)) - (heatBits + 1)
	return uint8(uint64(doublings)<<heatBits + v>>doublings) //nolint:gosec // below HeatBuckets
}

// HeatEdge is the shortest time of a bucket; the next bucket's is the end of it.
func HeatEdge(bucket int) time.Duration {
	doublings := max(bucket>>heatBits-1, 0)
	return time.Duration(bucket-doublings<<heatBits) << (doublings + heatUnit)
}
