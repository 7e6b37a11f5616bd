package ui

import (
	"tritop/model"
	"tritop/ui/grid"
)

// drawOverview is the triage view: what is broken, where, what changed.
func (sc *screen) drawOverview(a grid.Area, s *model.Snapshot) {
	sc.order(s)
	switch {
	case a.W >= 150 && a.H >= 40:
		sc.drawOverviewWide(a, s)
	case a.H >= 16:
		sc.drawOverviewStack(a, s)
	default:
		sc.drawOverviewSmall(a, s)
	}
}

// drawOverviewSmall is for 40x10: the bands, then one line per broken thing.
func (sc *screen) drawOverviewSmall(a grid.Area, s *model.Snapshot) {
	y := sc.drawBands(a, s, min(4, a.H-3))
	rest := a.Sub(0, y, a.W, a.H-y)
	if sc.pane == modelsPane {
		sc.drawModels(rest, s)
		return
	}
	sc.drawServers(rest, s)
}

// drawOverviewStack is for 80x24 and the like: bands, models, charts where
// there is room, servers, changes.
func (sc *screen) drawOverviewStack(a grid.Area, s *model.Snapshot) {
	y := sc.drawBands(a, s, max(2, a.H/6))
	if a.H >= 20 {
		y++
	}
	charts := 0
	if a.H >= 34 && a.W >= 60 {
		charts = min(12, a.H/4)
	}
	changes := max(2, min(len(sc.changes), max(2, a.H/6)))
	whole := -1
	if sc.showAll {
		whole = int(sc.pane)
	}
	needs := [...]int{max(1, len(sc.models)) + 1, max(1, len(sc.servers)) + 1, changes}
	if charts > 0 { // room that no table needs
		charts += min(8, max(0, a.H-y-charts-2-needs[0]-needs[1]-max(changes, 6)))
	}
	got := rooms(a.H-y-charts-2, needs[:], whole)
	sc.drawModels(a.Sub(0, y, a.W, got[0]), s)
	y += got[0]
	if charts > 0 {
		sc.drawSelectedCharts(a.Sub(0, y, a.W, charts), s)
		y += charts
	}
	drawRule(a, y, "servers", sc.pane == serversPane)
	sc.drawServers(a.Sub(0, y+1, a.W, got[1]), s)
	y += got[1] + 1
	drawRule(a, y, "changes, newest first", sc.pane == changesPane)
	sc.drawChanges(a.Sub(0, y+1, a.W, a.H-y-1), s)
}

// drawRule is a line with a title; the pane that has the cursor is bright.
func drawRule(a grid.Area, y int, title string, active bool) {
	a.HLine(0, y, a.W, faint)
	st := muted
	if active {
		st = strong
	}
	a.Set(2, y, ' ', faint)
	n := a.Put(3, y, a.W-6, title, st)
	a.Set(3+n, y, ' ', faint)
}

// drawOverviewWide is for large terminals: models and what is known of the
// selected row above, its charts in the middle, then servers, where the
// selected row is, and what changed.
func (sc *screen) drawOverviewWide(a grid.Area, s *model.Snapshot) {
	y := sc.drawBands(a, s, 6) + 1
	left := a.W * 13 / 20
	whole := -1
	if sc.showAll {
		whole = int(sc.pane)
	}
	sc.selectRows(s)
	needs := [...]int{max(8, len(sc.models)+3), max(1, len(sc.servers)) + 3, len(sc.rows) + 3}
	charts := min(13, (a.H-y)/4)
	charts += min(8, max(0, a.H-y-charts-needs[0]-needs[1]-needs[2])/2) // room that no table needs
	got := rooms(a.H-y-charts, needs[:], whole)
	right := a.Sub(left+1, y, a.W-left-1, a.H-y)

	in := a.Sub(0, y, left, got[0]).Box("MODELS", "broken first", frameStyle(sc.pane == modelsPane), strong, muted)
	sc.drawModels(in, s)
	in = right.Sub(0, 0, right.W, got[0]).Box("SELECTED", "evidence", faint, strong, muted)
	sc.drawSelected(in, s)
	y += got[0]
	sc.drawSelectedCharts(a.Sub(0, y, a.W, charts), s)
	y += charts
	in = right.Sub(0, got[0]+charts, right.W, right.H).Box("CHANGES", "newest first", frameStyle(sc.pane == changesPane), strong, muted)
	sc.drawChanges(in, s)
	in = a.Sub(0, y, left, got[1]).Box("SERVERS", "broken first", frameStyle(sc.pane == serversPane), strong, muted)
	sc.drawServers(in, s)
	y += got[1]
	in = a.Sub(0, y, left, a.H-y).Box("WHERE", sc.selectedName(s), faint, strong, strong)
	sc.drawReplicas(in, s, -1)
}

func frameStyle(active bool) grid.Style {
	if active {
		return muted
	}
	return faint
}

// selectRows fills sc.rows with the replicas of what is selected.
func (sc *screen) selectRows(s *model.Snapshot) {
	sc.rows = sc.rows[:0]
	if sc.pane == serversPane && len(sc.servers) > 0 {
		sc.versionsOn(s, sc.servers[sc.selected(serversPane, s)])
		return
	}
	if m := sc.selectedModel(s); m != nil {
		sc.replicasOf(s, m.Name)
	}
}

func (sc *screen) selectedName(s *model.Snapshot) string {
	if srv := sc.selectedServer(s); sc.pane == serversPane && srv != nil {
		return srv.Name
	}
	if m := sc.selectedModel(s); m != nil {
		return m.Name
	}
	return ""
}

// drawReplicas draws the table of sc.rows, of one server or of one model;
// cursor -1: none of them is selected.
func (sc *screen) drawReplicas(a grid.Area, s *model.Snapshot, cursor int) {
	if len(sc.rows) == 0 {
		drawEmpty(a, sc.filter, "nothing is known of it now")
		return
	}
	drawList(sc.drawing(s), a, listing[model.Replica]{sc.rowColumns, len(sc.rows), cursor, true, func(i int) (*model.Replica, model.Verdict) {
		r := replicaAt(s, sc.rows[i])
		return r, r.Finding.Verdict
	}})
}

// drawSelectedCharts draws the charts of the selected row.
func (sc *screen) drawSelectedCharts(a grid.Area, s *model.Snapshot) {
	if srv := sc.selectedServer(s); sc.pane == serversPane && srv != nil {
		sc.drawCharts(a, s, charted{name: srv.Name, history: &srv.History, server: srv.Name})
		return
	}
	if m := sc.selectedModel(s); m != nil {
		sc.drawCharts(a, s, charted{name: m.Name, history: &m.History, model: m.Name, probe: true})
	}
}

// drawSelected says in words what is known of the selected row.
func (sc *screen) drawSelected(a grid.Area, s *model.Snapshot) {
	if srv := sc.selectedServer(s); sc.pane == serversPane && srv != nil {
		sc.drawServerFacts(a, s, srv)
		return
	}
	if m := sc.selectedModel(s); m != nil {
		sc.drawModelFacts(a, s, m)
	}
}

func (sc *screen) drawing(s *model.Snapshot) *drawing {
	sc.cells = drawing{now: s.Now, zone: sc.zone, snap: s}
	return &sc.cells
}

// drawModels draws the table of models.
func (sc *screen) drawModels(a grid.Area, s *model.Snapshot) {
	if len(sc.models) == 0 {
		drawEmpty(a, sc.filter, "no model is known yet")
		return
	}
	drawList(sc.drawing(s), a, listing[model.Model]{modelColumns, len(sc.models), sc.selected(modelsPane, s), sc.pane == modelsPane, func(i int) (*model.Model, model.Verdict) {
		m := &s.Models[sc.models[i]]
		return m, m.Finding.Verdict
	}})
}

// drawServers draws the table of servers.
func (sc *screen) drawServers(a grid.Area, s *model.Snapshot) {
	if len(sc.servers) == 0 {
		drawEmpty(a, sc.filter, "no server is configured")
		return
	}
	drawList(sc.drawing(s), a, listing[model.Server]{serverColumns, len(sc.servers), sc.selected(serversPane, s), sc.pane == serversPane, func(i int) (*model.Server, model.Verdict) {
		srv := &s.Servers[sc.servers[i]]
		return srv, srv.Finding.Verdict
	}})
}

func drawEmpty(a grid.Area, filter, why string) {
	if filter != "" {
		a.Put(3, 0, a.W-3, "nothing passes the filter", muted)
		return
	}
	a.Put(3, 0, a.W-3, why, unsure)
}
