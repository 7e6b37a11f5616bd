package ui

import (
	"cmp"

	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// drawListView is a table as wide as the screen over the charts of its selected
// row and, where there is room, what changed of it.
func (sc *screen) drawListView(a grid.Area, s *model.Snapshot) {
	table, rest := sc.splitCharts(a)
	sc.paneAt(0, table, s)
	sc.drawChartsOf(rest, s, sc.selectedCharted(s))
}

// splitCharts shares an area between a table above and charts below: the table
// gets what it needs, the charts at least a third where there is room.
func (sc *screen) splitCharts(a grid.Area) (table, charts grid.Area) {
	if a.H < 16 {
		return a, a.Sub(0, 0, 0, 0)
	}
	need := len(sc.top().panes[0].rows) + 2
	h := min(need, a.H-8)
	if a.H-h < chartsMost { // what is left is no more than charts can use: they stand at the bottom
		h = a.H - max(8, min(a.H-need, a.H/2))
	}
	return a.Sub(0, 0, a.W, h), a.Sub(0, h, a.W, a.H-h)
}

// chartsMost is how high a row of charts becomes at most where something else
// can use the room.
const chartsMost = 16

// drawChartsOf draws the charts of something and, where there is room below
// them, what changed of it.
func (sc *screen) drawChartsOf(a grid.Area, s *model.Snapshot, of charted) {
	if a.H == 0 {
		return
	}
	h := a.H
	if a.H >= chartsMost+4 {
		h = chartsMost
		drawRule(a, h, "changes there, newest first", false)
		sc.orderChanges(s, &of)
		sc.drawChanges(a.Sub(0, h+1, a.W, a.H-h-1), s)
	}
	sc.drawCharts(a.Sub(0, 0, a.W, h), s, of)
}

// drawZoomed fills the view with the pane that has the cursor.
func (sc *screen) drawZoomed(a grid.Area, s *model.Snapshot) {
	o := sc.top()
	switch {
	case o.at < len(o.panes):
		sc.paneAt(o.at, a, s)
	case o.kind == overview && o.at == changesPane:
		sc.orderChanges(s, nil)
		sc.drawChanges(a, s)
	case o.kind == latencyView && s.Model(o.name) != nil:
		sc.drawHeat(a, s, s.Model(o.name))
	default:
		sc.drawStacked(a, s, sc.chartedOf(s, view{o.kind, o.name}))
	}
}

// drawEvents lists all events that are kept, and shows the selected one whole.
func (sc *screen) drawEvents(a grid.Area, s *model.Snapshot) {
	sc.drawWhole(a, s, func(k int) (title, words string) {
		e := &s.Events[k]
		return e.Object(), cmp.Or(e.Detail, e.Words())
	})
}

// drawWhole is a table over a text of its selected row in whole.
func (sc *screen) drawWhole(a grid.Area, s *model.Snapshot, text func(k int) (title, words string)) {
	h := min(5, a.H/3)
	sc.paneAt(0, a.Sub(0, 0, a.W, a.H-h), s)
	k, ok := sc.top().panes[0].selected()
	if !ok {
		return
	}
	title, words := text(k)
	drawRule(a, a.H-h, title, true)
	draw.Wrap(a.Sub(3, a.H-h+1, a.W-4, h-1), words, draw.Plain)
}

// drawSourcesView lists our own collectors, and the last error of the selected
// one whole.
func (sc *screen) drawSourcesView(a grid.Area, s *model.Snapshot) {
	sc.drawWhole(a, s, func(k int) (title, words string) {
		src := &s.Sources[k]
		return src.Name, cmp.Or(src.LastErr, "its last answer was whole")
	})
}
