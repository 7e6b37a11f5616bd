package ui

import (
	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// The panes of the overview.
const (
	modelsPane = iota
	serversPane
	changesPane // has no rows of its own
)

// drawOverview is the triage view: what is broken, where, what changed.
func (sc *screen) drawOverview(a grid.Area, s *model.Snapshot) {
	sc.orderChanges(s, nil)
	switch {
	case a.W >= 150 && a.H >= 40:
		sc.drawOverviewWide(a, s)
	case a.H >= 16:
		sc.drawOverviewStack(a, s)
	default:
		sc.drawOverviewSmall(a, s)
	}
}

// paneAt draws a pane of the view that is shown.
func (sc *screen) paneAt(i int, a grid.Area, s *model.Snapshot) {
	o := sc.top()
	look := draw.Look{MoreKey: "o", More: "show all"}
	if o.zoomed {
		look = draw.Look{}
	} else if needsShared(sc) != "" {
		look = draw.Look{MoreKey: "z", More: "zoom"}
	}
	o.panes[i].draw(sc.drawing(s), a, o.at == i, look)
}

// drawOverviewSmall is for 40x10: the bands, then one line per broken thing.
func (sc *screen) drawOverviewSmall(a grid.Area, s *model.Snapshot) {
	y := sc.drawBands(a, s, min(4, a.H-3))
	rest := a.Sub(0, y, a.W, a.H-y)
	if sc.top().at == modelsPane {
		sc.paneAt(modelsPane, rest, s)
		return
	}
	sc.paneAt(serversPane, rest, s)
}

// wanted is the pane that gets all the room that it can use, -1: none.
func (o *opened) wanted() int {
	if o.whole {
		return o.at
	}
	return -1
}

// rowsOf is how many rows a pane needs without its heading, at least one.
func (o *opened) rowsOf(i int) int { return max(1, len(o.panes[i].rows)) }

// drawOverviewStack is for 80x24 and the like: bands, models, charts where
// there is room, servers, changes.
func (sc *screen) drawOverviewStack(a grid.Area, s *model.Snapshot) {
	o := sc.top()
	y := sc.drawBands(a, s, max(2, a.H/6))
	if a.H >= 20 {
		sc.drawPulse(a.Sub(0, y, a.W, 1), s)
		y++
	}
	charts := 0
	if a.H >= 34 && a.W >= 60 {
		charts = min(12, a.H/4)
	}
	changes := max(2, min(len(sc.changes), max(2, a.H/6)))
	needs := [...]int{o.rowsOf(modelsPane) + 1, o.rowsOf(serversPane) + 1, changes}
	if charts > 0 { // room that no table needs
		charts += min(8, max(0, a.H-y-charts-2-needs[0]-needs[1]-max(changes, 6)))
	}
	got := draw.Rooms(a.H-y-charts-2, needs[:], o.wanted())
	sc.paneAt(modelsPane, a.Sub(0, y, a.W, got[0]), s)
	y += got[0]
	if charts > 0 {
		sc.drawCharts(a.Sub(0, y, a.W, charts), s, sc.selectedCharted(s))
		y += charts
	}
	drawRule(a, y, "servers", o.at == serversPane)
	sc.paneAt(serversPane, a.Sub(0, y+1, a.W, got[1]), s)
	y += got[1] + 1
	drawRule(a, y, "changes, newest first", o.at == changesPane)
	sc.drawChanges(a.Sub(0, y+1, a.W, a.H-y-1), s)
}

// drawRule is a line with a title; the pane that has the cursor is bright.
func drawRule(a grid.Area, y int, title string, active bool) { drawRules(a, y, active, title) }

// drawRules is a line with a title of several pieces.
func drawRules(a grid.Area, y int, active bool, title ...string) {
	a.HLine(0, y, a.W, draw.Faint)
	st := draw.Muted
	if active {
		st = draw.Strong
	}
	a.Set(2, y, ' ', draw.Faint)
	l := &draw.Line{A: a.Sub(0, 0, a.W-3, a.H), X: 3, Y: y}
	for _, words := range title {
		l.Put(words, st)
	}
	a.Set(l.X, y, ' ', draw.Faint)
}

// drawOverviewWide is for large terminals: models and what is known of the
// selected row above, its charts in the middle, then servers, where the
// selected row is, and what changed.
func (sc *screen) drawOverviewWide(a grid.Area, s *model.Snapshot) {
	o := sc.top()
	y := sc.drawBands(a, s, 6) + 1
	sc.drawPulse(a.Sub(0, y-1, a.W, 1), s)
	left := a.W * 13 / 20
	where := sc.whereOf(s)
	needs := [...]int{sc.upperNeeds(s), o.rowsOf(serversPane) + 3, len(where.rows) + 3}
	charts := min(13, (a.H-y)/4)
	charts += min(8, max(0, a.H-y-charts-needs[0]-needs[1]-needs[2])/2) // room that no table needs
	got := draw.Rooms(a.H-y-charts, needs[:], o.wanted())
	right := a.Sub(left+1, y, a.W-left-1, a.H-y)

	in := a.Sub(0, y, left, got[0]).Box("MODELS", orderWords(o.panes[modelsPane]), frameStyle(o.at == modelsPane), draw.Strong, draw.Muted)
	sc.paneAt(modelsPane, in, s)
	sc.drawUpperRight(right.Sub(0, 0, right.W, got[0]), s)
	y += got[0]
	sc.drawCharts(a.Sub(0, y, a.W, charts), s, sc.selectedCharted(s))
	y += charts
	sc.drawLowerRight(right.Sub(0, got[0]+charts, right.W, right.H), s)
	in = a.Sub(0, y, left, got[1]).Box("SERVERS", orderWords(o.panes[serversPane]), frameStyle(o.at == serversPane), draw.Strong, draw.Muted)
	sc.paneAt(serversPane, in, s)
	y += got[1]
	in = a.Sub(0, y, left, a.H-y).Box(whereTitle(where), where.about, draw.Faint, draw.Strong, draw.Strong)
	where.draw(sc.drawing(s), in, false, draw.Look{})
}

// whereTitle says what the rows of the selected object are.
func whereTitle(where *pane) string {
	if where.table == onServerTable {
		return "MODEL VERSIONS ON IT"
	}
	return "BY SERVER AND VERSION"
}

// fewGPUs is how many GPUs the overview shows at least, if there are as many.
const fewGPUs = 5

// upperNeeds is how high the upper part of the wide overview would like to be:
// the models, and beside them the matrix over the GPUs.
func (sc *screen) upperNeeds(s *model.Snapshot) int {
	models := len(sc.top().panes[modelsPane].rows)
	need := max(8, models+3)
	if sc.manyRegions(s) {
		need = max(need, min(models, 12)+4)
	}
	if n := sc.hot.wants(s); n > 0 {
		need = max(need, sc.matrixNeeds(s)+min(n, fewGPUs)+2)
	}
	return need
}

// matrixNeeds is how high the matrix must be to show all that is not well.
func (sc *screen) matrixNeeds(s *model.Snapshot) int {
	if !sc.manyRegions(s) {
		return 0
	}
	return min(max(3, sc.top().panes[modelsPane].bad), 10) + 5
}

// manyRegions says whether there is a choice of regions.
func (sc *screen) manyRegions(s *model.Snapshot) bool {
	sc.matrix.prepare(s)
	return len(sc.matrix.regions) > 1
}

// drawUpperRight says in which regions which model is well, and below it how the
// GPUs are; where there is neither, what is known of the selected row.
func (sc *screen) drawUpperRight(a grid.Area, s *model.Snapshot) {
	gpus := 0
	if n := sc.hot.wants(s); n > 0 {
		gpus = max(min(n, fewGPUs)+2, min(n+2, a.H-sc.matrixNeeds(s)))
		gpus = min(gpus, a.H)
	}
	if sc.manyRegions(s) && a.H-gpus >= 6 {
		in := a.Sub(0, 0, a.W, a.H-gpus).Box("WHERE", "regions × models", draw.Faint, draw.Strong, draw.Muted)
		sc.drawMatrix(in, s, &listed{rows: sc.top().panes[modelsPane].rows, cursor: -1})
	} else if gpus == 0 || a.H-gpus >= 6 {
		sc.drawEvidence(a.Sub(0, 0, a.W, a.H-gpus), s)
	}
	if gpus > 0 {
		in := a.Sub(0, a.H-gpus, a.W, gpus).Box("GPUS", "hottest first, busy and memory %", draw.Faint, draw.Strong, draw.Muted)
		sc.drawHottest(in, s)
	}
}

// drawLowerRight says what is known of the selected row, where that is not said
// above, and what changed.
func (sc *screen) drawLowerRight(a grid.Area, s *model.Snapshot) {
	y := 0
	if (sc.manyRegions(s) || sc.hot.wants(s) > 0) && a.H >= 18 {
		y = 10
		sc.drawEvidence(a.Sub(0, 0, a.W, y), s)
	}
	in := a.Sub(0, y, a.W, a.H-y).Box("CHANGES", "newest first", frameStyle(sc.top().at == changesPane), draw.Strong, draw.Muted)
	sc.drawChanges(in, s)
}

// drawEvidence says what is known of the selected row.
func (sc *screen) drawEvidence(a grid.Area, s *model.Snapshot) {
	sc.drawSelected(a.Box("SELECTED", "evidence", draw.Faint, draw.Strong, draw.Muted), s)
}

func frameStyle(active bool) grid.Style {
	if active {
		return draw.Muted
	}
	return draw.Faint
}

// whereOf gives the replicas of what is selected, as a pane without a cursor.
func (sc *screen) whereOf(s *model.Snapshot) *pane {
	v := sc.selectedView(s)
	t, about := ofModelTable, v.name
	if v.kind == serverView {
		t = onServerTable
	}
	if sc.where == nil || sc.where.table != t || sc.where.about != about {
		sc.where = newPane(t, about)
	}
	sc.where.prepare(sc.drawing(s), &filter{})
	return sc.where
}

// selectedView is what the row under the cursor would open; without one it is
// the overview.
func (sc *screen) selectedView(s *model.Snapshot) view {
	p := sc.top().leading()
	if k, ok := p.selected(); ok {
		return p.table.opens(s, k)
	}
	return view{overview, ""}
}

// drawSelected says in words what is known of the selected row.
func (sc *screen) drawSelected(a grid.Area, s *model.Snapshot) {
	v := sc.selectedView(s)
	if v.kind == serverView {
		if srv := s.Server(v.name); srv != nil {
			sc.drawServerFacts(a, s, srv)
		}
		return
	}
	if m := s.Model(v.name); m != nil {
		sc.drawModelFacts(a, s, m)
	}
}
