package health

import (
	"math"
	"time"
)

// FlapRules damp an endpoint that falls again and again: each fall costs points,
// which decay; with too many it is no target and does not return by itself.
type FlapRules struct {
	Down, Again     float64       // points of a fall of a serving, of a recovering endpoint
	Suppress, Reuse float64       // from that many on it is suppressed, down to that many
	HalfLife        time.Duration // of the points
	Longest         time.Duration // it is suppressed at most so long
	Incident        time.Duration // falls of one cause within this are one
}

// DefaultFlapRules are those that tritop ships with: one failure never suppresses,
// nor do two 10 s apart; three within a minute do.
func DefaultFlapRules() FlapRules {
	return FlapRules{Down: 1000, Again: 500, Suppress: 2000, Reuse: 800, HalfLife: time.Minute, Longest: 10 * time.Minute, Incident: 30 * time.Second}
}

// Flap is how much an endpoint has flapped.
type Flap struct {
	Penalty    float64
	Suppressed bool
	at         time.Time // of the penalty
	cause      string    // of the last fall
	fell       time.Time
}

// Add books a fall. One of the cause of the last, soon after it, costs nothing; an
// empty cause is like no other.
func (r FlapRules) Add(f Flap, points float64, cause string, now time.Time) Flap {
	f = r.At(f, now)
	if cause == "" || cause != f.cause || now.Sub(f.fell) >= r.Incident {
		f.Penalty = min(f.Penalty+points, r.ceiling())
	}
	f.cause, f.fell = cause, now
	f.Suppressed = f.Suppressed || f.Penalty >= r.Suppress
	return f
}

// ceiling is the penalty that takes the longest time to decay to where it is used
// again.
func (r FlapRules) ceiling() float64 {
	return r.Reuse * math.Exp2(float64(r.Longest)/float64(r.HalfLife))
}

// At lets the penalty decay until now.
func (r FlapRules) At(f Flap, now time.Time) Flap {
	if age := now.Sub(f.at); age > 0 {
		if !f.at.IsZero() {
			f.Penalty *= math.Exp2(-float64(age) / float64(r.HalfLife))
		}
		f.at = now
	}
	f.Suppressed = f.Suppressed && f.Penalty > r.Reuse
	return f
}

// Isolated says whether we are the ones who are cut off: more than half of at least
// three endpoints gave no answer in one round. A refusal or an error is an answer.
func Isolated(endpoints, timedOut int) bool {
	const least = 3
	return endpoints >= least && 2*timedOut > endpoints
}
