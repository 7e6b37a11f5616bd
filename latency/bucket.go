// Package latency keeps measured times in sliding windows and gives percentiles
// of them, with the count that they stand on.
//
// Times go into the buckets of an HdrHistogram of three digits, so that windows
// of several servers can be added up: a percentile of a whole is never made of
// percentiles of its parts. It is pure: what time it is comes as an argument.
package latency

import (
	"math/bits"
	"time"
)

// halfBits says how fine the buckets are: 1024 of them for every doubling, as
// HdrHistogram has for three significant digits, from 1 ns on.
const halfBits = 10

// Longest is the longest time that is told apart; longer ones count as this one.
const Longest = 1<<40*time.Nanosecond - 1 // 18 minutes

// bucket is a place in the layout. A longer time never has a smaller one.
type bucket uint16

func bucketOf(d time.Duration) bucket {
	v := uint64(min(max(d, 0), Longest)) //nolint:gosec // not negative
	doublings := bits.Len64(v|(2<<halfBits-1)) - (halfBits + 1)
	return bucket(uint64(doublings)<<halfBits + v>>doublings) //nolint:gosec // 31,743 at most
}

// middle gives the time that stands for a bucket, in ns: off by 0.05 % at most
// from any time in it of more than 1 µs, and by 1 ns from a shorter one.
func (b bucket) middle() uint64 {
	doublings := max(int(b>>halfBits)-1, 0)
	low := uint64(b) - uint64(doublings)<<halfBits //nolint:gosec // not negative
	return low<<doublings + 1<<doublings>>1
}
