package sla

import (
	"math"
	"time"

	"tritop/model"
)

// Reading is a figure and what it stands on.
type Reading struct {
	Value  model.Figure
	N      uint64        // samples
	Bad    uint64        // of a share of requests: those that failed
	Over   time.Duration // what it looks back on
	Source string        // who measured it; "": nobody
}

// Nothing is the reading of what cannot be known.
func Nothing(why model.Absence) Reading { return Reading{Value: model.Missing(why)} }

// Read gives the reading of a metric that is about counts of requests: of how many
// failed, or of how many there were.
func Read(m model.Metric, c Counts, window time.Duration, evenWhenIdle bool) Reading {
	r := Reading{N: c.Valid, Bad: min(c.Bad, c.Valid), Over: window, Source: "triton"}
	switch {
	case c.Seen <= 0 && c.Valid == 0:
		return Nothing(model.NotObserved)
	case c.Valid == 0 && (m != model.MetricThroughput || !evenWhenIdle):
		return Nothing(model.NoDemand)
	case m == model.MetricThroughput && c.Seen < min(window, leastSeen):
		r.Value = model.Missing(model.TooFew)
	case m == model.MetricThroughput:
		r.Value = model.Of(float64(c.Valid) / c.Seen.Seconds())
	case m == model.MetricErrorRate:
		r.Value = model.Of(float64(r.Bad) / float64(c.Valid))
	default:
		r.Value = model.Of(float64(c.Valid-r.Bad) / float64(c.Valid))
	}
	return r
}

// leastSeen is how long requests have to be counted before their rate is judged.
const leastSeen = 10 * time.Second

// Judge says whether an objective is met.
func Judge(o *model.Objective, r Reading) model.ObjectiveVerdict {
	switch {
	case r.Value.Why == model.TooFew:
		return model.ObjectiveFew
	case !r.Value.Known() || math.IsNaN(r.Value.Value):
		return model.ObjectiveNoData
	case r.N < uint64(o.Metric.Needs()) && !o.EvenWhenIdle: //nolint:gosec // 1,000 at most
		return model.ObjectiveFew
	case o.Op.Holds(r.Value.Value, o.Target):
		return model.ObjectivePass
	}
	if allowed, ok := Allowed(o); ok && !beyondChance(r, allowed) {
		return model.ObjectiveFew
	}
	return model.ObjectiveFail
}

// What it takes to say that too large a share of requests fails: one failure
// among few requests is no such thing (control.md A8, "low traffic"). Either as
// many failures as every burn-rate alert wants (C9), or so many, and more than
// one, that chance would show them in one window of a thousand, at the rate that
// is just allowed.
const (
	failuresEnough = 10
	failuresLeast  = 2
	chanceAtMost   = 0.001
)

func beyondChance(r Reading, allowed float64) bool {
	return r.Bad >= failuresEnough || r.Bad >= failuresLeast && atLeast(r.Bad, float64(r.N)*allowed) <= chanceAtMost
}

// atLeast is the chance of n events or more where so many are expected (Poisson).
func atLeast(n uint64, expected float64) float64 {
	term, sum := math.Exp(-expected), 0.0
	for i := range n {
		sum += term
		term *= expected / float64(i+1)
	}
	return max(0, 1-sum)
}

// Allowed is the share of requests that may fail; ok is false where the objective
// is not about such a share, or allows none or all of them to.
func Allowed(o *model.Objective) (share float64, ok bool) {
	switch {
	case o.Metric == model.MetricAvailability && (o.Op == model.AtLeastOp || o.Op == model.Above):
		share = 1 - o.Target
	case o.Metric == model.MetricErrorRate && (o.Op == model.AtMostOp || o.Op == model.Below):
		share = o.Target
	}
	share = math.Round(share*1e12) / 1e12 // 1 - 0.9999 is not 0.0001 to a computer
	return share, share > 0 && share < 1
}

// Longest is how far a window may be lengthened that holds too few samples.
const Longest = 10
