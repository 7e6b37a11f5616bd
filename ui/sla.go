package ui

import (
	"time"

	"tritop/model"
	"tritop/ui/columns"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// drawSLA is the table of objectives over the evidence of the selected one.
func (sc *screen) drawSLA(a grid.Area, s *model.Snapshot) {
	o := sc.top()
	below := 0
	if a.H >= 16 && !o.whole {
		below = 5 // what was measured, the budget, what changed
	}
	if below > 0 && a.H >= 28 {
		below = max(13, min(a.H/2, a.H-len(o.panes[0].rows)-2))
	}
	k, ok := o.panes[0].selected()
	if !ok {
		below = 0
	}
	sc.paneAt(0, a.Sub(0, 0, a.W, a.H-below), s)
	if below > 0 {
		sc.drawEvidenceOf(a.Sub(0, a.H-below, a.W, below), s, &s.Objectives[k])
	}
}

// drawEvidenceOf says below a list why the selected objective has its verdict.
func (sc *screen) drawEvidenceOf(a grid.Area, s *model.Snapshot, o *model.ObjectiveState) {
	drawRules(a, 0, true, "evidence of ", o.Name, " of ", o.Model)
	y := 1 + sc.drawObjectiveFacts(a.Sub(0, 1, a.W, min(4, a.H-1)), s, o)
	charts := a.Sub(0, y, a.W, a.H-y)
	if a.W >= 110 && charts.H >= 9 {
		all := evidence(s, o, sc.zone)
		left := a.Sub(0, y, a.W/2, a.H-y)
		used := 0
		for i := range all {
			if used+all[i].needs() <= left.H {
				used += all[i].draw(left.Sub(0, used, left.W, left.H-used))
			}
		}
		charts = a.Sub(a.W/2, y, a.W-a.W/2, a.H-y)
	}
	if charts.H >= chartRows {
		sc.drawCharts(charts.Sub(0, 0, charts.W, min(charts.H, chartsMost)), s, objectiveCharted(s, o))
	}
}

// drawObjective is all that is known of one objective.
func (sc *screen) drawObjective(a grid.Area, s *model.Snapshot) {
	o := objectiveOf(s, sc.top().name)
	if o == nil {
		gone(a, "this objective is not judged any more; esc goes back")
		return
	}
	y := sc.drawObjectiveFacts(a.Sub(0, 0, a.W, min(6, a.H)), s, o)
	p := sc.top().panes[0]
	servers := 0
	if a.H-y >= 8 && !sc.top().whole {
		servers = min(len(p.rows)+2, max(4, (a.H-y)/4))
	}
	room := a.Sub(0, y, a.W, a.H-y-servers)
	used := drawTables(room, evidence(s, o, sc.zone))
	sc.drawChartsAndChanges(room.Sub(0, used, room.W, room.H-used), s, objectiveCharted(s, o))
	if servers > 0 {
		drawRule(a, a.H-servers, "the model's servers, broken first", sc.top().at == 0)
		sc.paneAt(0, a.Sub(0, a.H-servers+1, a.W, servers-1), s)
	}
}

// drawChartsAndChanges draws charts and, below them where there is room, what
// changed: as much of that as there is.
func (sc *screen) drawChartsAndChanges(a grid.Area, s *model.Snapshot, c charted) {
	if a.H < chartRows {
		return
	}
	sc.orderChanges(s, &c)
	changes := 0
	if a.H >= chartsMost {
		changes = 1 + max(1, min(len(sc.changes), a.H/3))
		drawRule(a, a.H-changes, "changes there, newest first", false)
		sc.drawChanges(a.Sub(0, a.H-changes+1, a.W, changes-1), s)
	}
	sc.drawCharts(a.Sub(0, 0, a.W, a.H-changes), s, c)
}

// drawTables draws tables below each other, in two columns where there is room for
// them, and gives the rows used. What has no room for three rows is left out.
func drawTables(a grid.Area, all []textTable) int {
	columns := 1
	if a.W >= 120 && len(all) > 1 {
		columns = 2
	}
	w := a.W / columns
	var used [2]int
	for i := range all {
		at := 0
		if columns == 2 && used[1] < used[0] {
			at = 1
		}
		width := w
		if at == columns-1 {
			width = a.W - at*w
		}
		used[at] += all[i].draw(a.Sub(at*w, used[at], width, a.H-used[at]))
	}
	return max(used[0], used[1])
}

// drawObjectiveFacts says what was measured, against what, by whom, and gives the
// rows used.
func (sc *screen) drawObjectiveFacts(a grid.Area, s *model.Snapshot, o *model.ObjectiveState) int {
	st := draw.VerdictStyle(o.Failing())
	l := &draw.Line{A: a}
	l.Rune(draw.VerdictGlyph(a.Glyphs(), o.Failing()), st).Gap(1).Put(columns.ObjectiveWord(o), st).Gap(2)
	l.Put(o.Metric.String(), draw.Muted).Gap(1).Amount(o, draw.Strong).Gap(1).Put(draw.UnitOf(o.Metric), draw.Muted)
	l.Put("  goal ", draw.Muted).Goal(&o.Objective, draw.Strong).Gap(1).Put(draw.UnitOf(o.Metric), draw.Muted)
	sc.drawSince(l, s, o.Since, draw.Strong)
	shade(a, o.Failing())
	f := draw.Facts{Line: draw.Line{A: a, X: 2, Y: 1}, A: a}
	sc.drawBasis(&f, o)
	y := f.Y + 1
	if b := o.Budget; b != nil && y < a.H {
		sc.drawEnd(&draw.Line{A: a, X: 2, Y: y}, s, b)
		y++
	}
	if y < a.H {
		sc.drawBefore(&draw.Line{A: a, X: 2, Y: y}, s, o)
		y++
	}
	return min(y, a.H)
}

// drawBasis says what the figure stands on.
func (sc *screen) drawBasis(f *draw.Facts, o *model.ObjectiveState) {
	l := f.Label("over", 8)
	l.Age(overOf(o), draw.Plain)
	if o.Over > o.Window {
		f.Put(" (lengthened from ", draw.Muted).Age(o.Window, draw.Plain).Put(": it held too few)", draw.Muted)
	}
	f.Label("n", 12).Short(float64(o.N), draw.Plain)
	if need := o.Metric.Needs(); need > 1 {
		f.Put(" of at least ", draw.Muted).Int(need, draw.Plain)
	}
	if o.Source == "" {
		f.Pair("source", "none", draw.Unsure)
	}
	f.Pair("source", o.Source, draw.Plain)
	f.Pair("severity", o.Severity.String(), draw.Plain)
	if o.Verdict != model.ObjectivePass && o.Verdict != model.ObjectiveFail {
		f.Pair("no verdict:", o.Reason, draw.Unsure)
	}
}

func overOf(o *model.ObjectiveState) time.Duration { return max(o.Over, o.Window) }

// drawEnd says when the budget is gone.
func (sc *screen) drawEnd(l *draw.Line, s *model.Snapshot, b *model.Budget) {
	l.Put("budget ", draw.Muted)
	switch {
	case !b.SLO.Left.Known():
		l.Put("not known: ", draw.Unsure).Put(b.SLO.Left.Why.String(), draw.Unsure)
	case columns.Empty(b):
		l.Put("EMPTY", draw.Failing).Put(", overspent by ", draw.Muted).Int(int(-100*b.SLO.Left.Value+0.5), draw.Failing).Put(" %", draw.Failing)
	default:
		l.Int(int(100*b.SLO.Left.Value), draw.BudgetStyle(b.SLO.Left)).Put(" % left", draw.BudgetStyle(b.SLO.Left))
	}
	if b.Ends && !columns.Empty(b) {
		l.Put(", exhausted at ", draw.Muted).Moment(s.Now.Add(b.Left), s.Now, sc.zone, draw.Warning).Zulu(sc.zone, draw.Muted).Put(" (in ", draw.Muted).Age(b.Left, draw.Warning).Put(")", draw.Muted)
	}
	if b.Rate.Known() {
		l.Put("  burns ", draw.Muted).Short(b.Rate.Value, draw.Plain).Put("× as fast as allowed, over ", draw.Muted).Age(b.Over, draw.Muted)
	}
}

// drawBefore says what changed just before an objective was not met any more.
func (sc *screen) drawBefore(l *draw.Line, s *model.Snapshot, o *model.ObjectiveState) {
	e := changeBefore(s, o)
	if e == nil {
		if !o.Since.IsZero() {
			l.Rune(l.A.Glyphs().Arrow, draw.Muted).Put(" no change seen before it", draw.Muted)
		}
		return
	}
	l.Rune(l.A.Glyphs().Arrow, draw.Muted).Put(" changed just before: ", draw.Change).Clock(e.At, sc.zone, draw.Change).Gap(1).Put(e.Object(), draw.Plain).Gap(1).Put(e.Words(), draw.Change)
}

// changeBefore is what changed just before an objective was not met any more: what
// the problem of the model names, else the newest change of the model in the
// quarter of an hour before; nil: none was seen.
func changeBefore(s *model.Snapshot, o *model.ObjectiveState) *model.Event {
	if o.Since.IsZero() {
		return nil
	}
	for i := range s.Problems {
		if p := &s.Problems[i]; p.Model == o.Model && p.Change.Seq != 0 {
			return &p.Change
		}
	}
	const before, slack = 15 * time.Minute, 2 * time.Second
	for i := len(s.Events) - 1; i >= 0; i-- {
		e := &s.Events[i]
		if e.Model == o.Model && isMark(e) && !e.At.After(o.Since.Add(slack)) && o.Since.Sub(e.At) <= before {
			return e
		}
	}
	return nil
}
