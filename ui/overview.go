package ui

import (
	"strings"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/grid"
)

// modelColumns are the columns of the table of models.
var modelColumns = []column[model.Model]{
	{title: "MODEL", width: 18, flex: true, help: "the model's name", cell: func(a grid.Area, x, y, w int, m *model.Model, d *drawing) {
		a.Put(x, y, w, m.Name, nameStyle(m.Finding.Verdict))
	}},
	{title: "VER", width: 6, drop: 4, help: "READY versions, from the statistics", cell: func(a grid.Area, x, y, w int, m *model.Model, _ *drawing) {
		drawVersions(a, x, y, w, m.Versions)
	}},
	{title: "SERVING", width: 7, right: true, drop: 3, help: "servers that serve it without trouble, of those that list it", cell: drawServing},
	{title: "STATE", width: 24, drop: 2, help: "what is wrong with it, in words", cell: func(a grid.Area, x, y, w int, m *model.Model, d *drawing) {
		drawState(a, x, y, w, m.Trouble.String(), m.Finding.Verdict)
	}},
	{title: "RPS LAST 5 MIN", width: 15, drop: 6, help: "users' requests per second, from Triton's counters", cell: func(a grid.Area, x, y, w int, m *model.Model, d *drawing) {
		spark(a, x, y, w, &m.History.Rate, d.now, data)
	}},
	{title: "RPS", width: 6, right: true, help: "users' requests per second over 60 s, from Triton's counters", cell: func(a grid.Area, x, y, w int, m *model.Model, d *drawing) {
		putFigure(a, x, y, w, m.Window.Rate, 1, -1, d.style)
	}},
	{title: "ERR %", width: 6, right: true, help: "share of users' requests that failed over 60 s, counted by Triton: a lower bound", cell: func(a grid.Area, x, y, w int, m *model.Model, d *drawing) {
		putFigure(a, x, y, w, m.Window.ErrorRatio, 100, 2, errorStyle(m.Window.ErrorRatio, d.style))
	}},
	{title: "QUEUE ms", width: 8, right: true, drop: 5, help: "mean wait in the queue over 60 s, from Triton's counters", cell: func(a grid.Area, x, y, w int, m *model.Model, d *drawing) {
		putFigure(a, x, y, w, m.Window.QueueMs, 1, 1, d.style)
	}},
	{title: "COMP ms", width: 7, right: true, drop: 7, help: "mean compute per request over 60 s, from Triton's counters", cell: func(a grid.Area, x, y, w int, m *model.Model, d *drawing) {
		putFigure(a, x, y, w, m.Window.ComputeMs, 1, 1, d.style)
	}},
	{title: "PROBE ms", width: 8, right: true, drop: 8, help: "the newest deep probe, the slowest of its servers", cell: func(a grid.Area, x, y, w int, m *model.Model, d *drawing) {
		putLast(a, x, y, w, &m.History.Probe, d)
	}},
	{title: "SINCE", width: 6, right: true, help: "how long it has been so", cell: func(a grid.Area, x, y, w int, m *model.Model, d *drawing) {
		putAge(a, x, y, w, m.Finding.Since, d.now, d.style)
	}},
}

// serverColumns are the columns of the table of servers.
var serverColumns = []column[model.Server]{
	{title: "SERVER", width: 14, flex: true, help: "the configured name", cell: func(a grid.Area, x, y, w int, s *model.Server, _ *drawing) {
		a.Put(x, y, w, s.Name, nameStyle(s.Finding.Verdict))
	}},
	{title: "REGION", width: 6, drop: 6, help: "from the configuration", cell: func(a grid.Area, x, y, w int, s *model.Server, _ *drawing) {
		a.Put(x, y, w, s.Region, muted)
	}},
	{title: "STATE", width: 24, help: "what it is doing, as far as tritop can see", cell: func(a grid.Area, x, y, w int, s *model.Server, _ *drawing) {
		drawState(a, x, y, w, stateWord(s), s.Finding.Verdict)
	}},
	{title: "LIVE", width: 4, drop: 3, help: "it answers", cell: func(a grid.Area, x, y, _ int, s *model.Server, _ *drawing) {
		g, st := triGlyph(a.Glyphs(), s.Live)
		a.Set(x+1, y, g, st)
	}},
	{title: "RDY", width: 3, drop: 3, help: "it says that it is ready", cell: func(a grid.Area, x, y, _ int, s *model.Server, _ *drawing) {
		g, st := triGlyph(a.Glyphs(), s.Ready)
		a.Set(x+1, y, g, st)
	}},
	{title: "MODELS", width: 6, right: true, drop: 4, help: "model versions that serve without trouble, of those that it lists", cell: func(a grid.Area, x, y, w int, s *model.Server, d *drawing) {
		good := 0
		for i := range s.Replicas {
			if s.Replicas[i].State == model.ReplicaReady && s.Replicas[i].Trouble == model.NoTrouble {
				good++
			}
		}
		drawOf(a, x, y, w, good, len(s.Replicas), d.style)
	}},
	{title: "RPS", width: 6, right: true, help: "users' requests per second over 60 s, ensemble steps left out", cell: func(a grid.Area, x, y, w int, s *model.Server, d *drawing) {
		putFigure(a, x, y, w, s.Window.Rate, 1, -1, d.style)
	}},
	{title: "ERR %", width: 6, right: true, drop: 1, help: "share of users' requests that failed over 60 s, counted by Triton: a lower bound", cell: func(a grid.Area, x, y, w int, s *model.Server, d *drawing) {
		putFigure(a, x, y, w, s.Window.ErrorRatio, 100, 2, errorStyle(s.Window.ErrorRatio, d.style))
	}},
	{title: "RPS LAST 5 MIN", width: 15, drop: 9, help: "users' requests per second", cell: func(a grid.Area, x, y, w int, s *model.Server, d *drawing) {
		spark(a, x, y, w, &s.History.Rate, d.now, data)
	}},
	{title: "CPU %", width: 5, right: true, drop: 8, help: "of the whole host, from Triton's metrics", cell: func(a grid.Area, x, y, w int, s *model.Server, d *drawing) {
		putFigure(a, x, y, w, gaugeOf(s, model.GaugeCPU), 100, 0, d.style)
	}},
	{title: "AGE", width: 5, right: true, drop: 5, help: "since its last answer", cell: func(a grid.Area, x, y, w int, s *model.Server, d *drawing) {
		putAge(a, x, y, w, s.LastAnswer, d.now, d.style)
	}},
	{title: "TRITON", width: 8, drop: 10, help: "its version, from the metadata", cell: func(a grid.Area, x, y, w int, s *model.Server, _ *drawing) {
		a.Put(x, y, w, s.TritonVersion, muted)
	}},
	{title: "SINCE", width: 6, right: true, help: "how long it has been so", cell: func(a grid.Area, x, y, w int, s *model.Server, d *drawing) {
		putAge(a, x, y, w, s.Finding.Since, d.now, d.style)
	}},
}

func nameStyle(v model.Verdict) grid.Style {
	if v == model.Healthy {
		return plain
	}
	return strong
}

func errorStyle(f model.Figure, usual grid.Style) grid.Style {
	switch {
	case f.Known() && f.Value >= 0.05:
		return failing
	case f.Known() && f.Value >= 0.001:
		return warning
	}
	return usual
}

func stateWord(s *model.Server) string {
	switch {
	case s.Unproven:
		return "ready, unproven"
	case s.State == model.ServerReady && s.Finding.Verdict == model.Degraded:
		return "ready, errors"
	}
	return s.State.String()
}

func drawState(a grid.Area, x, y, w int, word string, v model.Verdict) {
	if word == "" || v == model.Healthy && word == "ready" {
		word = "ready"
		if v == model.Unknown {
			word = "not loaded"
		}
	}
	st := verdictStyle(v)
	a.Put(x, y, w, word, st)
}

func drawServing(a grid.Area, x, y, w int, m *model.Model, d *drawing) {
	drawOf(a, x, y, w, m.Serving, m.Servers, d.style)
}

// drawOf draws "5/6", bright where it is not all.
func drawOf(a grid.Area, x, y, w, n, of int, usual grid.Style) {
	if n < of {
		usual = warning
	}
	width := digits(n) + 1 + digits(of)
	l := &line{a: a, x: x + max(0, w-width), y: y}
	l.int(n, usual).put("/", muted).int(of, muted)
}

func drawVersions(a grid.Area, x, y, w int, versions []string) {
	l := &line{a: a.Sub(x, y, w, 1)}
	for i, v := range versions {
		if i > 0 {
			l.put(" ", muted)
		}
		st := muted
		if i == len(versions)-1 {
			st = plain
		}
		l.put("v", st).put(v, st)
	}
}

func putLast(a grid.Area, x, y, w int, s *model.Series, d *drawing) {
	for i := range 10 { // probes come every few seconds: the newest of the last ten
		if v, ok := s.At(d.now.Add(-secondsAgo(i))); ok {
			a.PutFloat(x, y, w, v, 1, d.style)
			return
		}
	}
	a.Set(x+w-1, y, a.Glyphs().Dash, faint)
}

func gaugeOf(s *model.Server, name string) model.Figure {
	for i := range s.Gauges {
		if s.Gauges[i].Name == name && s.Live == model.Yes {
			return model.Of(s.Gauges[i].Value)
		}
	}
	return model.Missing(model.NotObserved)
}

// matches says whether a name passes the filter; every word must be in it.
func (sc *screen) matches(name string) bool {
	if sc.filter == "" {
		return true
	}
	name = strings.ToLower(name)
	for _, word := range strings.Fields(strings.ToLower(sc.filter)) {
		if !strings.Contains(name, word) {
			return false
		}
	}
	return true
}

// order fills the row lists of the overview, broken first.
func (sc *screen) order(s *model.Snapshot) {
	sc.models, sc.servers, sc.changes = sc.models[:0], sc.servers[:0], sc.changes[:0]
	for i := range s.Models {
		if sc.matches(s.Models[i].Name) {
			sc.models = append(sc.models, i)
		}
	}
	for i := range s.Servers {
		if sc.matches(s.Servers[i].Name) {
			sc.servers = append(sc.servers, i)
		}
	}
	for i := len(s.Events) - 1; i >= 0; i-- {
		if sc.filter == "" || sc.matches(s.Events[i].Object()) {
			sc.changes = append(sc.changes, i)
		}
	}
	sortRows(sc.models, func(i int) model.Verdict { return s.Models[i].Finding.Verdict })
	sortRows(sc.servers, func(i int) model.Verdict { return s.Servers[i].Finding.Verdict })
}

// selected gives the place of the cursor in a list; a name that is gone falls
// back to the first row.
func (sc *screen) selected(p pane, s *model.Snapshot) int {
	rows, name := sc.models, func(i int) string { return s.Models[i].Name }
	if p == serversPane {
		rows, name = sc.servers, func(i int) string { return s.Servers[i].Name }
	}
	for at, i := range rows {
		if name(i) == sc.cursor[p] {
			return at
		}
	}
	return 0
}

// drawOverview is the triage view: what is broken, where, what changed.
func (sc *screen) drawOverview(a grid.Area, s *model.Snapshot) {
	sc.order(s)
	switch {
	case a.W >= 150 && a.H >= 40:
		sc.drawOverviewWall(a, s)
	case a.H >= 16:
		sc.drawOverviewStack(a, s)
	default:
		sc.drawOverviewSmall(a, s)
	}
}

// drawOverviewSmall is for 40x10: the bands, then one line per broken thing.
func (sc *screen) drawOverviewSmall(a grid.Area, s *model.Snapshot) {
	y := sc.drawBands(a, s, 4)
	rest := a.Sub(0, y, a.W, a.H-y)
	if rest.H < 2 {
		return
	}
	sc.drawServers(rest, s, rest.H-1)
}

// drawOverviewStack is for 80x24 and the like: bands, models, servers, changes.
func (sc *screen) drawOverviewStack(a grid.Area, s *model.Snapshot) {
	y := sc.drawBands(a, s, max(2, a.H/6))
	if a.H >= 20 {
		y++
	}
	rest := a.H - y
	changes := min(max(2, rest/6), len(sc.changes)+1)
	tables := rest - changes
	models := min(len(sc.models)+1, (tables+1)/2)
	servers := tables - models - 1
	if need := len(sc.servers) + 1; servers > need { // what one table does not need the other gets
		models = min(len(sc.models)+1, models+servers-need)
		servers = tables - models - 1
	}
	sc.drawModels(a.Sub(0, y, a.W, models), s, models-1)
	y += models
	drawRule(a, y, "servers", sc.pane == serversPane)
	sc.drawServers(a.Sub(0, y+1, a.W, servers), s, servers-1)
	y += servers + 1
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

// drawOverviewWall is for large terminals: tables left, evidence and changes
// right, charts of the selected row between them.
func (sc *screen) drawOverviewWall(a grid.Area, s *model.Snapshot) {
	y := sc.drawBands(a, s, 6) + 1
	left := a.W * 13 / 20
	rest := a.H - y
	charts := min(14, rest/4)
	models := min(len(sc.models)+3, (rest-charts)*11/20)
	servers := rest - charts - models
	in := a.Sub(0, y, left, models).Box("MODELS", "broken first · / filter", frameStyle(sc.pane == modelsPane), strong, muted)
	sc.drawModels(in, s, in.H-1)
	in = a.Sub(left+1, y, a.W-left-1, models).Box("SELECTED", "evidence", faint, strong, muted)
	sc.drawSelected(in, s)
	title, history, probed, marks := sc.selection(s)
	if history != nil {
		band := a.Sub(0, y+models, a.W, charts)
		drawCharts(band, history, probed, sc.pane != serversPane, s, sc.zone, marks)
		_ = title
	}
	y += models + charts
	in = a.Sub(0, y, left, servers).Box("SERVERS", "worst first", frameStyle(sc.pane == serversPane), strong, muted)
	sc.drawServers(in, s, in.H-1)
	in = a.Sub(left+1, y, a.W-left-1, servers).Box("CHANGES", "newest first", frameStyle(sc.pane == changesPane), strong, muted)
	sc.drawChanges(in, s)
}

func frameStyle(active bool) grid.Style {
	if active {
		return muted
	}
	return faint
}

// selection gives what the charts of the overview are about.
func (sc *screen) selection(s *model.Snapshot) (title string, h *model.History, probed bool, marks func(*model.Event) bool) {
	if sc.pane == serversPane && len(sc.servers) > 0 {
		srv := &s.Servers[sc.servers[sc.selected(serversPane, s)]]
		return srv.Name, &srv.History, false, func(e *model.Event) bool { return e.Server == srv.Name && isMark(e) }
	}
	if len(sc.models) == 0 {
		return "", nil, false, nil
	}
	m := &s.Models[sc.models[sc.selected(modelsPane, s)]]
	return m.Name, &m.History, m.History.Probe.Len() > 0, func(e *model.Event) bool { return e.Model == m.Name && isMark(e) }
}

// isMark says whether an event is drawn on the charts.
func isMark(e *model.Event) bool {
	return e.Kind != model.EventVerdict && e.Kind != model.EventSource && e.Kind != model.EventIdentified
}

// drawSelected says in words what is known of the selected row.
func (sc *screen) drawSelected(a grid.Area, s *model.Snapshot) {
	if sc.pane == serversPane && len(sc.servers) > 0 {
		sc.drawServerFacts(a, s, &s.Servers[sc.servers[sc.selected(serversPane, s)]])
		return
	}
	if len(sc.models) > 0 {
		sc.drawModelFacts(a, s, &s.Models[sc.models[sc.selected(modelsPane, s)]])
	}
}

func (sc *screen) drawing(s *model.Snapshot) drawing {
	return drawing{now: s.Now, zone: sc.zone, snap: s}
}

// drawModels draws the table of models in room rows.
func (sc *screen) drawModels(a grid.Area, s *model.Snapshot, room int) {
	if len(sc.models) == 0 {
		drawEmpty(a, sc.filter, "no model is known yet")
		return
	}
	bad := 0
	for _, i := range sc.models {
		if s.Models[i].Finding.Verdict != model.Healthy {
			bad++
		}
	}
	cur := sc.selected(modelsPane, s)
	sp := window(len(sc.models), bad, room, cur, sc.showAll)
	d := sc.drawing(s)
	table(a, modelColumns, sp.n, &d, func(i int) (*model.Model, model.Verdict, bool) {
		m := &s.Models[sc.models[sp.from+i]]
		return m, m.Finding.Verdict, sc.pane == modelsPane && sp.from+i == cur
	})
	drawFold(a, sp.n+1, sp.folded, bad > sp.from+sp.n || sp.from > 0)
}

// drawServers draws the table of servers in room rows.
func (sc *screen) drawServers(a grid.Area, s *model.Snapshot, room int) {
	if len(sc.servers) == 0 {
		drawEmpty(a, sc.filter, "no server is configured")
		return
	}
	bad := 0
	for _, i := range sc.servers {
		if s.Servers[i].Finding.Verdict != model.Healthy {
			bad++
		}
	}
	cur := sc.selected(serversPane, s)
	sp := window(len(sc.servers), bad, room, cur, sc.showAll)
	d := sc.drawing(s)
	table(a, serverColumns, sp.n, &d, func(i int) (*model.Server, model.Verdict, bool) {
		srv := &s.Servers[sc.servers[sp.from+i]]
		return srv, srv.Finding.Verdict, sc.pane == serversPane && sp.from+i == cur
	})
	drawFold(a, sp.n+1, sp.folded, bad > sp.from+sp.n || sp.from > 0)
}

func drawEmpty(a grid.Area, filter, why string) {
	if filter != "" {
		a.Put(3, 0, a.W-3, "nothing passes the filter", muted)
		return
	}
	a.Put(3, 0, a.W-3, why, unsure)
}

// drawChanges lists events, newest first.
func (sc *screen) drawChanges(a grid.Area, s *model.Snapshot) {
	if len(sc.changes) == 0 {
		a.Put(3, 0, a.W-3, "nothing has changed since tritop began to look", muted)
		return
	}
	for y := range min(a.H, len(sc.changes)) {
		drawEvent(a, y, &s.Events[sc.changes[y]], sc, themes.Plain)
	}
}

// drawEvent draws one line: when, what, what happened.
func drawEvent(a grid.Area, y int, e *model.Event, sc *screen, on themes.Ground) {
	l := &line{a: a, y: y, x: 1}
	st := eventStyle(e)
	l.clock(e.At, sc.zone, muted).gap(2).put(e.Object(), plain).gap(2).put(e.Words(), st)
	if e.Detail != "" && l.x+8 < a.W {
		l.gap(2).put(e.Detail, muted)
	}
	if on != themes.Plain {
		a.Ground(y, on)
	}
}

func eventStyle(e *model.Event) grid.Style {
	switch e.Verdict {
	case model.Unhealthy:
		return failing
	case model.Degraded:
		return warning
	case model.Healthy:
		return fine
	case model.Unknown:
	}
	return change
}
