package model

import (
	"math"
	"time"
)

// Series is a bounded run of values, one per second, NaN where there was no
// data. It is a value: Append returns a new one and leaves the old one as it
// was, so that a published snapshot never changes. Appending is amortised O(1)
// because old and new share what they have in common.
type Series struct {
	end    time.Time // the second that the last point speaks of
	points []float32
}

// SeriesLength is how many seconds a series keeps.
const SeriesLength = 300

// Append books a value at a second; seconds that were left out become gaps, a
// second that is not after the last one changes nothing.
func (s Series) Append(at time.Time, v float64) Series {
	at = at.Truncate(time.Second)
	missing := 0
	if len(s.points) > 0 {
		if !at.After(s.end) {
			return s
		}
		missing = int(min(at.Sub(s.end)/time.Second-1, SeriesLength))
	}
	pts := s.points
	for range missing {
		pts = push(pts, float32(math.NaN()))
	}
	return Series{end: at, points: push(pts, float32(v))}
}

// push appends to the tail of a shared array. Nobody else writes there: only
// the newest series of an array is ever appended to, by the one writer.
func push(pts []float32, v float32) []float32 {
	if len(pts) == cap(pts) {
		grown := make([]float32, min(len(pts), SeriesLength), 2*SeriesLength)
		copy(grown, pts[len(pts)-len(grown):])
		pts = grown
	}
	pts = append(pts, v)
	if len(pts) > SeriesLength {
		pts = pts[1:]
	}
	return pts
}

// Shift moves a series in time: the clock that its seconds came from was set.
func (s Series) Shift(by time.Duration) Series { return Series{end: s.end.Add(by), points: s.points} }

// Len is the number of seconds held.
func (s Series) Len() int { return len(s.points) }

// End is the second of the last point; zero when empty.
func (s Series) End() time.Time { return s.end }

// Last is the newest value; ok is false where there is none or it is a gap.
func (s Series) Last() (v float64, ok bool) {
	if len(s.points) == 0 {
		return 0, false
	}
	v = float64(s.points[len(s.points)-1])
	return v, !math.IsNaN(v)
}

// At gives the value of a second; ok is false outside and in gaps.
func (s Series) At(t time.Time) (v float64, ok bool) {
	if len(s.points) == 0 {
		return 0, false
	}
	i := len(s.points) - 1 - int(s.end.Sub(t.Truncate(time.Second))/time.Second)
	if i < 0 || i >= len(s.points) {
		return 0, false
	}
	v = float64(s.points[i])
	return v, !math.IsNaN(v)
}

// Point sums up a stretch of time.
type Point struct{ Min, Max, Mean, Last float64 }

// Over sums up the seconds after from, up to and with to. ok is false where all
// of it is a gap or outside of what is kept.
func (s Series) Over(from, to time.Time) (p Point, ok bool) {
	n := 0
	for t := from.Truncate(time.Second).Add(time.Second); !t.After(to); t = t.Add(time.Second) {
		v, there := s.At(t)
		if !there {
			continue
		}
		if n == 0 {
			p = Point{Min: v, Max: v}
		}
		p.Min, p.Max, p.Last = min(p.Min, v), max(p.Max, v), v
		p.Mean += v
		n++
	}
	p.Mean /= float64(max(n, 1))
	return p, n > 0
}
