package ui

import (
	"tritop/model"
	"tritop/themes"
	"tritop/ui/columns"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// drawAlerts lists the alerts, and shows the one under the cursor in whole: what,
// since when, who has it in hand, who was told, what to do.
func (sc *screen) drawAlerts(a grid.Area, s *model.Snapshot) {
	o := sc.top()
	k, ok := o.panes[0].selected()
	below := 0
	if ok && a.H >= 14 && !o.whole {
		r := &s.Alerts[k]
		below = min(6+draw.WrappedRows(r.Summary, max(8, a.W-4))+len(r.Delivery)+2, a.H*3/5)
	}
	rows := min(a.H-below, len(o.panes[0].rows)+2)
	if below == 0 {
		rows = a.H
	}
	sc.paneAt(0, a.Sub(0, 0, a.W, rows), s)
	if below == 0 {
		return
	}
	r := &s.Alerts[k]
	drawRules(a, rows, true, r.Name(), " ", columns.AlertLabels(r))
	y := rows + 1 + sc.drawAlertFacts(a.Sub(0, rows+1, a.W, a.H-rows-1), s, r)
	rest := a.Sub(0, y, a.W, a.H-y)
	used := 0
	if len(r.Delivery) > 0 {
		t := deliveries(s, r)
		used = t.draw(rest)
	}
	if rest = rest.Sub(0, used, rest.W, rest.H-used); rest.H >= 4 {
		about := charted{server: r.Label("server"), model: r.Label("model")}
		drawRule(rest, 0, "changes there, newest first", false)
		sc.orderChanges(s, &about)
		sc.drawChanges(rest.Sub(0, 1, rest.W, rest.H-1), s)
	}
}

// drawAlertFacts says what is known of an alert, and gives the rows used.
func (sc *screen) drawAlertFacts(a grid.Area, s *model.Snapshot, r *model.Alert) int {
	g, st := columns.AlertSign(a, r, s.Now)
	l := &draw.Line{A: a}
	l.Rune(g, st).Gap(1).Put(r.State.String(), st).Gap(1).Put(columns.AlertSeverity(r), st)
	sc.drawSince(l, s, r.Since, draw.Strong)
	if !r.Fired.IsZero() {
		l.Put("  fired ", draw.Muted).Clock(r.Fired, sc.zone, draw.Plain)
	}
	if !r.Resolved.IsZero() {
		l.Put("  resolved ", draw.Muted).Clock(r.Resolved, sc.zone, draw.Plain)
	}
	if r.Flaps > 0 {
		l.Put("  fired again ", draw.Muted).Int(r.Flaps, draw.Warning).Put("× within the hour", draw.Muted)
	}
	if columns.AlertVerdict(r, s.Now) == model.Unhealthy {
		a.Ground(0, themes.Alarm)
	}
	y := 1 + min(draw.WrappedRows(r.Summary, max(8, a.W-4)), max(0, a.H-1))
	draw.Wrap(a.Sub(2, 1, a.W-3, y-1), r.Summary, draw.Plain)
	if r.NoData != "" {
		l = &draw.Line{A: a, X: 2, Y: y}
		l.Put("no data now: ", draw.Unsure).Put(r.NoData, draw.Unsure).Put("; its state is held", draw.Muted)
		y++
	}
	sc.drawSaid(&draw.Line{A: a, X: 2, Y: y}, s, r)
	y++
	f := draw.Facts{Line: draw.Line{A: a, X: 2, Y: y}, A: a}
	f.Pair("Alertmanager:", r.Silence, draw.Keyed)
	if r.Runbook == "" {
		f.Pair("runbook", "none is named", draw.Muted)
	}
	f.Pair("runbook", r.Runbook, draw.Data)
	return min(a.H, f.Y+1)
}

// drawSaid says who has an alert in hand, or how to take it.
func (sc *screen) drawSaid(l *draw.Line, s *model.Snapshot, r *model.Alert) {
	said := &r.Said
	if !columns.SaidHolds(r, s.Now) {
		l.Put("nobody has it in hand", draw.Muted)
		if needsAlert(sc) == "" {
			l.Put("; ", draw.Muted).Put("t", draw.Keyed).Put(" acknowledges or snoozes it", draw.Muted)
		}
		return
	}
	if said.Until.IsZero() {
		l.Put("acknowledged", draw.Keyed)
	} else {
		l.Put("snoozed until ", draw.Keyed).Clock(said.Until, sc.zone, draw.Keyed)
	}
	l.Put(" by ", draw.Muted).Put(said.By, draw.Strong).Put(" at ", draw.Muted).Clock(said.At, sc.zone, draw.Plain).Put(": ", draw.Muted).Put(said.Reason, draw.Plain)
}

// deliveries is how far each receiver was told.
func deliveries(s *model.Snapshot, r *model.Alert) textTable {
	t := textTable{title: "who was told", columns: []textColumn{{"RECEIVER", 18, false}, {"TOOK IT", 10, true}, {"IN VAIN", 7, true}, {"LAST ERROR", 20, false}}}
	for i := range r.Delivery {
		d := &r.Delivery[i]
		took := cellText{"never", draw.Failing}
		if !d.Last.IsZero() {
			took = plain(draw.AgeText(s.Now.Sub(d.Last)) + " ago")
		}
		err := muted("none")
		if d.Err != "" {
			err = cellText{d.Err, draw.Failing}
		}
		t.rows = append(t.rows, []cellText{plain(d.To), took, badText(uint64(max(0, d.Tries))), err}) //nolint:gosec // not negative
	}
	return t
}
