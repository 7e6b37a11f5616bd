package sla

import (
	"time"

	"tritop/model"
)

// rule is a condition of an alert: control.md A8, and the fast page of C9.
type rule struct {
	name        string
	page        bool
	long, short time.Duration
	spent       float64 // the share of the budget of BudgetPeriod that the long window spends at the factor
	valid       uint64  // requests that it wants in the long window
}

const (
	minute = time.Minute
	hour   = time.Hour
	day    = 24 * hour
)

// rules are all conditions, the most urgent first. Those of A8 look back in their
// short window on a twelfth of the long one.
var rules = [...]rule{
	{"page 5m", true, 5 * minute, 30 * time.Second, 60 * 5.0 / (30 * 24 * 60), 30}, // 60 times as fast
	{"page 1h", true, hour, 5 * minute, 0.02, 0},                                   // 14.4
	{"page 6h", true, 6 * hour, 30 * minute, 0.05, 0},                              // 6
	{"ticket 1d", false, day, 2 * hour, 0.10, 0},                                   // 3
	{"ticket 3d", false, 3 * day, 6 * hour, 0.10, 0},                               // 1
}

// failuresBurn is how many failures every condition wants in its long window.
const failuresBurn = 10

// Burns gives the conditions of an objective on a share of requests. They wait for
// their counts, never for coverage: what was seen is bad enough.
func (a *Account) Burns(o *model.Objective) []model.Burn {
	allowed, ok := Allowed(o)
	if !ok {
		return nil
	}
	out := make([]model.Burn, len(rules))
	for i, r := range rules {
		long, short := a.Over(r.long), a.Over(r.short)
		b := model.Burn{Name: r.name, Page: r.page, Long: r.long, Short: r.short, Factor: r.spent * float64(period(o)) / float64(r.long),
			OverLong: burn(long, allowed), OverShort: burn(short, allowed), Bad: long.Bad}
		over := b.OverLong.Known() && b.OverShort.Known() && b.OverLong.Value > b.Factor && b.OverShort.Value > b.Factor
		enough := long.Bad >= failuresBurn && long.Valid >= r.valid
		b.Firing, b.Few = over && enough, over && !enough
		out[i] = b
	}
	return out
}

// burn is how many times as fast as allowed requests fail.
func burn(c Counts, allowed float64) model.Figure {
	if c.Valid == 0 {
		return model.Missing(model.NoDemand)
	}
	return model.Of(float64(min(c.Bad, c.Valid)) / float64(c.Valid) / allowed)
}

func period(o *model.Objective) time.Duration {
	if o.Period > 0 {
		return o.Period
	}
	return model.BudgetPeriod
}
