package sla

import (
	"time"

	"tritop/model"
)

// spendersTold is how many stretches of time are named that spent a budget.
const spendersTold = 5

// Budget gives the budgets of an objective on a share of requests; nil for any
// other.
func (a *Account) Budget(o *model.Objective, now time.Time) *model.Budget {
	allowed, ok := Allowed(o)
	if !ok || a.ledger == nil {
		return nil
	}
	b := &model.Budget{Allowed: allowed, SLO: a.rolling(o, allowed, now), SLA: a.calendar(allowed, now), Burns: a.Burns(o)}
	b.Rate, b.Over = a.rate(allowed)
	if left := b.SLO.Left; left.Known() && b.Rate.Known() && b.Rate.Value > 0 {
		b.Ends, b.Left = true, exhausted(left.Value, b.Rate.Value, b.SLO.Period)
	}
	b.Spenders = a.spenders(b.SLO.Period, b.SLO.Bad)
	return b
}

// rolling is the SLO: the last days, as far as they were watched.
func (a *Account) rolling(o *model.Objective, allowed float64, now time.Time) model.BudgetSpan {
	long := period(o)
	watched := min(long, now.Sub(a.wall(begins)))
	c := a.Over(long)
	s := model.BudgetSpan{From: now.Add(-watched), Period: long, Valid: c.Valid, Bad: c.Bad}
	return s.Settle(allowed, watched, c.Watched)
}

// calendar is the SLA: what a contract speaks of.
func (a *Account) calendar(allowed float64, now time.Time) model.BudgetSpan {
	m := a.thisMonth()
	c := m.counts()
	s := model.BudgetSpan{From: m.from, Period: m.length(), Valid: c.Valid, Bad: c.Bad}
	return s.Settle(allowed, now.Sub(m.from), c.Watched)
}

// rate is how many times as fast as allowed a budget is spent now: by the shortest
// of three windows that holds enough failures to tell.
func (a *Account) rate(allowed float64) (model.Figure, time.Duration) {
	for _, window := range [...]time.Duration{5 * minute, hour, 6 * hour} {
		if c := a.Over(window); c.Bad >= failuresBurn {
			return burn(c, allowed), window
		}
	}
	c := a.Over(hour)
	return burn(c, allowed), hour
}

// exhausted is how long a share of a budget lasts.
func exhausted(left, rate float64, period time.Duration) time.Duration {
	const longest = 100 * 365 * day
	return time.Duration(min(float64(longest), max(0, left)/rate*float64(period)))
}

// spenders names what spent the budget.
func (a *Account) spenders(period time.Duration, bad uint64) (out []model.Spender) {
	for _, e := range a.spending.worst(a.clock.now-period.Milliseconds(), spendersTold) {
		out = append(out, model.Spender{Begin: a.wall(e.begin), End: a.wall(e.end), Bad: e.bad, Version: e.version(),
			Share: min(1, float64(e.bad)/float64(max(bad, 1)))})
	}
	return out
}
