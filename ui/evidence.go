package ui

import (
	"strconv"
	"time"

	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// evidence are the tables of what made the verdict of an objective: budgets, the
// conditions of its alerts, what spent the budget, when it was not met.
func evidence(s *model.Snapshot, o *model.ObjectiveState, zone *time.Location) []textTable {
	var out []textTable
	if b := o.Budget; b != nil {
		out = append(out, budgets(s, b, zone), burns(b))
	}
	out = append(out, violations(s, o, zone))
	if b := o.Budget; b != nil {
		out = append(out, spenders(s, b, zone))
	}
	return out
}

// budgets are the SLO's and the SLA's, with the counts that they stand on.
func budgets(s *model.Snapshot, b *model.Budget, zone *time.Location) textTable {
	t := textTable{title: "error budgets: " + shareText(b.Allowed) + " of users' requests may fail", columns: []textColumn{{"BUDGET", 16, false}, {"LEFT", 7, true}, {"VALID", 6, true}, {"BAD", 6, true}, {"COVERAGE", 8, true}, {"SINCE", 11, false}}}
	for _, span := range [...]struct {
		name string
		*model.BudgetSpan
	}{{"SLO " + periodText(b.SLO.Period) + " rolling", &b.SLO}, {"SLA this month", &b.SLA}} {
		left := cellText{"no data", draw.Unsure}
		if v := span.Left; v.Known() {
			left = cellText{percentText(v.Value), draw.BudgetStyle(v)}
		}
		coverage := cellText{}
		if v := span.Coverage; v.Known() {
			coverage = plain(percentText(v.Value))
		}
		from := cellText{}
		if !span.From.IsZero() {
			from = muted(moment(span.From, s.Now, zone))
		}
		t.rows = append(t.rows, []cellText{plain(span.name), left, plain(countText(span.Valid)), badText(span.Bad), coverage, from})
	}
	return t
}

// burns are the conditions of alerts.
func burns(b *model.Budget) textTable {
	t := textTable{title: "burn: how many times as fast as allowed", none: "no request was seen yet",
		columns: []textColumn{{"CONDITION", 9, false}, {"ABOVE", 5, true}, {"LONG", 11, true}, {"SHORT", 11, true}, {"BAD", 4, true}, {"STATE", 6, false}}}
	for i := range b.Burns {
		c := &b.Burns[i]
		state := muted("quiet")
		switch {
		case c.Firing && c.Page:
			state = cellText{"FIRING", draw.Failing}
		case c.Firing:
			state = cellText{"FIRING", draw.Warning}
		case c.Few:
			state = cellText{"few", draw.Unsure}
		}
		t.rows = append(t.rows, []cellText{plain(c.Name), muted(strconv.FormatFloat(c.Factor, 'g', 4, 64)), burnText(c.OverLong, c.Long, c.Factor), burnText(c.OverShort, c.Short, c.Factor), badText(c.Bad), state})
	}
	return t
}

// burnText writes a burn with the window that it is of.
func burnText(f model.Figure, over time.Duration, factor float64) cellText {
	window := " in " + periodText(over)
	if !f.Known() {
		return cellText{"–" + window, draw.Faint}
	}
	style := draw.Plain
	if f.Value > factor {
		style = draw.Warning
	}
	return cellText{shortText(f.Value) + window, style}
}

// violations are the times when the objective was not met, newest first.
func violations(s *model.Snapshot, o *model.ObjectiveState, zone *time.Location) textTable {
	t := textTable{title: "violations, newest first", none: "it was met as long as tritop has looked",
		columns: []textColumn{{"BEGAN", 11, false}, {"ENDED", 11, false}, {"LASTED", 7, true}, {"WORST " + draw.UnitOf(o.Metric), 10, true}, {"SOURCE", 8, false}}}
	for i := len(o.Violations) - 1; i >= 0; i-- {
		v := &o.Violations[i]
		end := cellText{"goes on", draw.VerdictStyle(o.Failing())}
		if !v.End.IsZero() {
			end = plain(moment(v.End, s.Now, zone))
		}
		worst := string(draw.AppendAmount(nil, o.Metric, v.Worst, o.Target))
		t.rows = append(t.rows, []cellText{plain(moment(v.Begin, s.Now, zone)), end, plain(draw.AgeText(v.Lasted(s.Now))), strong(worst), muted(v.Source)})
	}
	return t
}

// spenders are what spent the SLO's budget.
func spenders(s *model.Snapshot, b *model.Budget, zone *time.Location) textTable {
	t := textTable{title: "what spent it, the worst first", none: "no failure was counted",
		columns: []textColumn{{"BEGAN", 11, false}, {"ENDED", 11, false}, {"FAILURES", 8, true}, {"SHARE", 6, true}, {"VERSION", 8, false}}}
	for i := range b.Spenders {
		p := &b.Spenders[i]
		version := cellText{}
		if p.Version != "" {
			version = cellText{"v" + p.Version, draw.Change}
		}
		t.rows = append(t.rows, []cellText{plain(moment(p.Begin, s.Now, zone)), plain(moment(p.End, s.Now, zone)), badText(p.Bad), strong(percentText(p.Share)), version})
	}
	return t
}

func moment(t, now time.Time, zone *time.Location) string {
	if d := now.Sub(t); d < 20*time.Hour && d > -20*time.Hour {
		return string(draw.AppendClock(nil, t, zone))
	}
	return string(draw.AppendMoment(nil, t, now, zone))
}

func shortText(v float64) string { return string(grid.AppendShort(nil, v)) }

func countText(n uint64) string { return shortText(float64(n)) }

func badText(n uint64) cellText {
	if n == 0 {
		return muted("0")
	}
	return strong(countText(n))
}

// percentText writes a share in whole percent, rounded down.
func percentText(v float64) string {
	if v < 0 {
		return strconv.Itoa(int(100*v-0.999)) + " %"
	}
	return strconv.Itoa(int(100*v+1e-9)) + " %"
}

// shareText writes a share in percent with the decimals that it has.
func shareText(v float64) string { return strconv.FormatFloat(100*v, 'g', 4, 64) + " %" }

// periodText writes a length as people agree on it: 30 d, 6h, 5m.
func periodText(d time.Duration) string {
	switch {
	case d >= 24*time.Hour && d%(24*time.Hour) == 0:
		return strconv.Itoa(int(d/(24*time.Hour))) + "d"
	case d >= time.Hour && d%time.Hour == 0:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	case d >= time.Minute && d%time.Minute == 0:
		return strconv.Itoa(int(d/time.Minute)) + "m"
	}
	return draw.AgeText(d)
}
