package ui

import (
	"strings"

	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// drawListView is a table as wide as the screen over the charts of its selected
// row and, where there is room, what changed of it.
func (sc *screen) drawListView(a grid.Area, s *model.Snapshot) {
	table, rest := sc.splitCharts(a)
	sc.paneAt(0, table, s)
	sc.drawChartsOf(sc.drawWhereBelow(rest, s), s, sc.selectedCharted(s))
}

// drawWhereBelow shows at the end of an area that is large enough where the
// selected model or server is well, and gives the rest.
func (sc *screen) drawWhereBelow(a grid.Area, s *model.Snapshot) grid.Area {
	if v := sc.selectedView(s); a.H < 2*chartsMost || v.kind != modelView && v.kind != serverView {
		return a
	}
	where := sc.whereOf(s)
	h := min(len(where.rows)+2, a.H-chartsMost-6)
	below := a.Sub(0, a.H-h, a.W, h)
	drawRules(below, 0, false, strings.ToLower(whereTitle(where)), ", ", where.about)
	where.draw(sc.drawing(s), below.Sub(0, 1, a.W, h-1), false, draw.Look{})
	return a.Sub(0, 0, a.W, a.H-h)
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
		sc.orderChanges(s, &of)
		h = max(chartsMost, min(chartsMost*3/2, a.H-len(sc.changes)-3)) // room that no change needs
		drawRule(a, h, "changes there, newest first", false)
		sc.drawChanges(a.Sub(0, h+1, a.W, a.H-h-1), s)
	}
	sc.drawCharts(a.Sub(0, 0, a.W, h), s, of)
}

// drawZoomedPane draws the pane with the cursor alone: all its rows, and in the
// room that they leave the charts of what the view is about, else of the row.
func (sc *screen) drawZoomedPane(a grid.Area, s *model.Snapshot) {
	o := sc.top()
	h := a.H
	if left := a.H - len(o.panes[o.at].rows) - 2; left >= 8 && views[o.kind].charts {
		h -= left
	}
	sc.paneAt(o.at, a.Sub(0, 0, a.W, h), s)
	of := sc.selectedCharted(s)
	if views[o.kind].object != "" {
		of = sc.chartedOf(s, view{o.kind, o.name})
	}
	sc.drawChartsOf(a.Sub(0, h, a.W, a.H-h), s, of)
}

// drawZoomed fills the view with the pane that has the cursor.
func (sc *screen) drawZoomed(a grid.Area, s *model.Snapshot) {
	o := sc.top()
	switch {
	case o.at < len(o.panes):
		sc.drawZoomedPane(a, s)
	case o.kind == overview && o.at == changesPane:
		sc.orderChanges(s, nil)
		sc.drawChanges(a, s)
	case o.kind == latencyView && s.Model(o.name) != nil:
		sc.drawHeat(a, s, s.Model(o.name))
	default:
		sc.drawStacked(a, s, sc.chartedOf(s, view{o.kind, o.name}))
	}
}
