package model

import "time"

// Budget is how many requests may fail, and what became of them.
type Budget struct {
	Allowed  float64       // the share of requests that may fail
	SLO      BudgetSpan    // the last days, rolling
	SLA      BudgetSpan    // the calendar month, UTC
	Burns    []Burn        // the conditions of alerts, the most urgent first
	Rate     Figure        // how many times as fast as allowed it is spent now
	Over     time.Duration // what Rate looks back on; 0 where there is none
	Left     time.Duration // until the SLO's budget is spent if Rate stays; known where Ends is
	Ends     bool          // Left is known
	Spenders []Spender     // what spent the SLO's budget, the worst first
}

// BudgetSpan is a budget for one stretch of time. Its counts are exact.
type BudgetSpan struct {
	From     time.Time     // since when requests are counted in it
	Period   time.Duration // how long the budget has to last
	Valid    uint64        // users' requests
	Bad      uint64        // those of them that failed
	Coverage Figure        // share of the time since From that was observed
	Left     Figure        // share of the budget that is left; negative: overspent. Missing while Coverage is under one half
}

// Burn is one condition of an alert: the budget is spent so many times as fast as
// allowed in a long and in a short window.
type Burn struct {
	Name        string // "page 5m", "page 1h", "page 6h", "ticket 1d", "ticket 3d"
	Page        bool   // somebody has to be woken
	Long, Short time.Duration
	Factor      float64
	OverLong    Figure // how many times as fast; missing without requests
	OverShort   Figure
	Bad         uint64 // failures in the long window
	Few         bool   // it would fire, but on fewer requests than it needs
	Firing      bool   // the condition holds
}

// Spender is a stretch of time that spent a part of a budget.
type Spender struct {
	Begin, End time.Time // of its first and last failure
	Bad        uint64
	Share      float64 // of all that was spent
	Version    string  // which version failed most; "": not known
}

// coverageNeeded is how much of the time a budget has to have seen.
const coverageNeeded = 0.5

// Settle works out what is left of a budget of which so much time is over, and so
// much of that was watched. What was before counts as unspent: failures of an
// hour spend an hour's worth of the budget, at the rate of the requests of that hour.
func (s BudgetSpan) Settle(allowed float64, over, watched time.Duration) BudgetSpan {
	s.Coverage, s.Left = Missing(NotObserved), Missing(NotObserved)
	if over <= 0 {
		return s
	}
	s.Coverage = Of(min(1, float64(watched)/float64(over)))
	switch {
	case s.Coverage.Value < coverageNeeded:
	case s.Valid == 0:
		s.Left = Missing(NoDemand)
	default:
		spent := float64(min(s.Bad, s.Valid)) / float64(s.Valid) / allowed * min(1, float64(over)/float64(s.Period))
		s.Left = Of(1 - spent)
	}
	return s
}

// Bucket is what became of users' requests in one step of the clock on the wall,
// UTC. It is what is kept of a budget: counts add up.
type Bucket struct {
	Model      string
	Start      time.Time     // a whole multiple of Step
	Step       time.Duration // BucketStep, or an hour of what is old
	Valid, Bad uint64        // requests, and those of them that failed
	Seconds    uint64        // of the step that were observed
}

// BucketStep is how long the buckets are that become finished.
const BucketStep = 5 * time.Minute

// With is the bucket with other counts.
func (b Bucket) With(valid, bad, seconds uint64) Bucket {
	b.Valid, b.Bad, b.Seconds = valid, bad, seconds
	return b
}
