package sla

import (
	"slices"
	"time"

	"tritop/model"
)

// Samples are the newest measured times of one model, for percentiles of few of
// them: those of deep probes. The zero value is ready for use.
type Samples struct {
	Keep   time.Duration // what is older makes room for new ones; 0: nothing is too old
	ring   []sample
	next   int // the oldest
	sorted []float64
}

type sample struct {
	at time.Time
	ms float64
}

// samplesKept is enough for the largest minimum count (1,000 for p99.9) sixteen
// times over. More probes than that in a window are told of by the newest.
const samplesKept = 16384

// Add keeps a time. Times come in their order.
func (s *Samples) Add(at time.Time, ms float64) {
	if n := len(s.ring); n == samplesKept || n > 0 && s.Keep > 0 && at.Sub(s.ring[s.next].at) > s.Keep {
		s.ring[s.next] = sample{at, ms}
		s.next = (s.next + 1) % n
		return
	}
	if s.next > 0 { // the oldest comes first again, and the ring can grow behind the newest
		s.ring = slices.Concat(s.ring[s.next:], s.ring[:s.next])
		s.next = 0
	}
	s.ring = append(s.ring, sample{at, ms})
}

// ago gives the i-th newest sample.
func (s *Samples) ago(i int) *sample {
	n := len(s.ring)
	return &s.ring[((s.next-1-i)%n+n)%n]
}

// Percentile gives a percentile of the window before now. A window that holds too
// few is as long as it takes to hold enough, up to Longest times; where even that
// holds too few, the reading says how many the window holds.
func (s *Samples) Percentile(m model.Metric, window time.Duration, now time.Time, source string) Reading {
	n, need := s.within(window, now), m.Needs()
	r := Reading{N: uint64(n), Over: window, Source: source}        //nolint:gosec // a count
	if n > 0 && n < need && s.within(Longest*window, now) >= need { // the newest that are needed
		age := now.Sub(s.ago(need - 1).at)
		r.N, r.Over = uint64(need), age.Truncate(time.Second)+time.Second //nolint:gosec // a count
		n = need
	}
	switch {
	case n == 0:
		return Nothing(model.NoDemand)
	case n < need:
		r.Value = model.Missing(model.TooFew)
		return r
	}
	s.sorted = s.sorted[:0]
	for i := range n {
		s.sorted = append(s.sorted, s.ago(i).ms)
	}
	slices.Sort(s.sorted)
	rank := (n*m.Permille() + 999) / 1000
	r.Value = model.Of(s.sorted[max(rank, 1)-1])
	return r
}

// within counts the samples of a window.
func (s *Samples) within(window time.Duration, now time.Time) int {
	low, high := 0, len(s.ring)
	for low < high { // the first that is too old
		mid := (low + high) / 2
		if now.Sub(s.ago(mid).at) >= window {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low
}
