package ui

import (
	"strconv"
	"time"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/grid"
)

func secondsAgo(n int) time.Duration { return time.Duration(n) * time.Second }

// replicaCells are the cells that the tables of both detail views share.
var (
	cellRate = column[model.Replica]{title: "RPS", width: 6, right: true, help: "users' requests per second over 60 s", cell: func(a grid.Area, x, y, w int, r *model.Replica, d *drawing) {
		putFigure(a, x, y, w, r.Window.Rate, 1, -1, d.style)
	}}
	cellErrors = column[model.Replica]{title: "ERR %", width: 6, right: true, help: "share of users' requests that failed over 60 s: a lower bound", cell: func(a grid.Area, x, y, w int, r *model.Replica, d *drawing) {
		putFigure(a, x, y, w, r.Window.ErrorRatio, 100, 2, errorStyle(r.Window.ErrorRatio, d.style))
	}}
	cellQueue = column[model.Replica]{title: "QUEUE ms", width: 8, right: true, drop: 4, help: "mean wait in the queue over 60 s, from counters", cell: func(a grid.Area, x, y, w int, r *model.Replica, d *drawing) {
		putFigure(a, x, y, w, r.Window.QueueMs, 1, 1, d.style)
	}}
	cellCompute = column[model.Replica]{title: "COMP ms", width: 7, right: true, drop: 6, help: "mean compute over 60 s, from counters", cell: func(a grid.Area, x, y, w int, r *model.Replica, d *drawing) {
		putFigure(a, x, y, w, r.Window.ComputeMs, 1, 1, d.style)
	}}
	cellPending = column[model.Replica]{title: "PEND", width: 5, right: true, drop: 5, help: "requests that wait, from the metrics text", cell: func(a grid.Area, x, y, w int, r *model.Replica, d *drawing) {
		putFigure(a, x, y, w, r.Pending, 1, -1, d.style)
	}}
	cellProbe = column[model.Replica]{title: "PROBE", width: 5, help: "the last deep probe", cell: func(a grid.Area, x, y, _ int, r *model.Replica, _ *drawing) {
		g, st := triGlyph(a.Glyphs(), probeState(r))
		a.Set(x+1, y, g, st)
	}}
	cellProbeMs = column[model.Replica]{title: "PROBE ms", width: 8, right: true, drop: 3, help: "mean of the good probes of the last 60 s", cell: func(a grid.Area, x, y, w int, r *model.Replica, d *drawing) {
		putFigure(a, x, y, w, r.Probe.MeanMs, 1, 1, d.style)
	}}
	cellTotal = column[model.Replica]{title: "REQUESTS", width: 9, right: true, drop: 7, help: "counted by Triton since it was loaded, probes and warm-ups too", cell: func(a grid.Area, x, y, w int, r *model.Replica, d *drawing) {
		putFigure(a, x, y, w, r.Totals.Requests, 1, -1, d.style)
	}}
	cellSpark = column[model.Replica]{title: "RPS LAST 5 MIN", width: 15, drop: 8, help: "users' requests per second", cell: func(a grid.Area, x, y, w int, r *model.Replica, d *drawing) {
		spark(a, x, y, w, &r.History.Rate, d.now, data)
	}}
	cellState = column[model.Replica]{title: "STATE", width: 24, flex: true, help: "Triton's word, or what is wrong", cell: func(a grid.Area, x, y, w int, r *model.Replica, _ *drawing) {
		a.Put(x, y, w, replicaWord(r), verdictStyle(r.Finding.Verdict))
	}}
	cellSince = column[model.Replica]{title: "SINCE", width: 6, right: true, help: "how long it has been so", cell: func(a grid.Area, x, y, w int, r *model.Replica, d *drawing) {
		putAge(a, x, y, w, r.Finding.Since, d.now, d.style)
	}}
)

var serverRows = []column[model.Replica]{
	{title: "MODEL", width: 18, flex: true, help: "the model's name", cell: func(a grid.Area, x, y, w int, r *model.Replica, _ *drawing) {
		a.Put(x, y, w, r.Model, nameStyle(r.Finding.Verdict))
	}},
	{title: "VER", width: 4, help: "version", cell: func(a grid.Area, x, y, w int, r *model.Replica, _ *drawing) {
		a.Put(x, y, w, r.Version, plain)
	}},
	cellState, cellProbe, cellRate, cellErrors, cellQueue, cellCompute, cellProbeMs, cellPending, cellTotal, cellSpark, cellSince,
}

var modelRows = []column[model.Replica]{
	{title: "SERVER", width: 14, flex: true, help: "the configured name", cell: func(a grid.Area, x, y, w int, r *model.Replica, _ *drawing) {
		a.Put(x, y, w, r.Server, nameStyle(r.Finding.Verdict))
	}},
	{title: "VER", width: 4, help: "version", cell: func(a grid.Area, x, y, w int, r *model.Replica, _ *drawing) {
		a.Put(x, y, w, r.Version, plain)
	}},
	{title: "LIVE", width: 4, drop: 2, help: "the server answers", cell: func(a grid.Area, x, y, _ int, r *model.Replica, d *drawing) {
		if srv := serverOf(d.snap, r.Server); srv != nil {
			g, st := triGlyph(a.Glyphs(), srv.Live)
			a.Set(x+1, y, g, st)
		}
	}},
	{title: "RDY", width: 3, drop: 2, help: "the server says that it is ready", cell: func(a grid.Area, x, y, _ int, r *model.Replica, d *drawing) {
		if srv := serverOf(d.snap, r.Server); srv != nil {
			g, st := triGlyph(a.Glyphs(), srv.Ready)
			a.Set(x+1, y, g, st)
		}
	}},
	cellProbe, cellState, cellRate, cellErrors, cellQueue, cellCompute, cellProbeMs, cellPending, cellTotal, cellSpark, cellSince,
}

func serverOf(s *model.Snapshot, name string) *model.Server {
	for i := range s.Servers {
		if s.Servers[i].Name == name {
			return &s.Servers[i]
		}
	}
	return nil
}

func probeState(r *model.Replica) model.Tri {
	switch {
	case r.Trouble == model.ServerUnreached || r.Probe.LastAt.IsZero():
		return model.Undecided
	case r.Probe.Last == model.Answered:
		return model.Yes
	}
	return model.No
}

func replicaWord(r *model.Replica) string {
	switch {
	case r.Trouble == model.ServerUnreached:
		return "unknown: server gives no answer"
	case r.Finding.Reason != "" && r.Trouble != model.NoTrouble:
		return r.Finding.Reason
	case r.Reason != "":
		return r.Reason
	}
	return r.State.String()
}

// drawServer is the detail of one server.
func (sc *screen) drawServer(a grid.Area, s *model.Snapshot, name string) {
	srv := serverOf(s, name)
	if srv == nil {
		a.Put(1, 1, a.W-2, "no server is named "+name, warning)
		return
	}
	sc.rows = sc.rows[:0]
	for i := range srv.Replicas {
		if sc.matches(srv.Replicas[i].Model) {
			sc.rows = append(sc.rows, i)
		}
	}
	sortRows(sc.rows, func(i int) model.Verdict { return srv.Replicas[i].Finding.Verdict })
	sc.drawDetail(a, s, detail{
		facts:   func(in grid.Area) int { return sc.drawServerFacts(in, s, srv) },
		history: &srv.History, title: "SERVER " + srv.Name, tableTitle: "model versions, broken first", columns: serverRows,
		row:    func(i int) *model.Replica { return &srv.Replicas[i] },
		events: func(e *model.Event) bool { return e.Server == srv.Name },
	})
}

// drawModel is the detail of one model over the fleet.
func (sc *screen) drawModel(a grid.Area, s *model.Snapshot, name string) {
	var m *model.Model
	for i := range s.Models {
		if s.Models[i].Name == name {
			m = &s.Models[i]
		}
	}
	if m == nil {
		a.Put(1, 1, a.W-2, "no model is named "+name, warning)
		return
	}
	// A row is server × 1000 + replica: both tables of indexes in one number.
	sc.rows = sc.rows[:0]
	for i := range s.Servers {
		for j := range s.Servers[i].Replicas {
			if s.Servers[i].Replicas[j].Model == name && sc.matches(s.Servers[i].Name) {
				sc.rows = append(sc.rows, i<<16|j)
			}
		}
	}
	at := func(k int) *model.Replica { return &s.Servers[k>>16].Replicas[k&0xffff] }
	sortRows(sc.rows, func(k int) model.Verdict { return at(k).Finding.Verdict })
	probed := m.History.Probe.Len() > 0
	sc.drawDetail(a, s, detail{
		facts:   func(in grid.Area) int { return sc.drawModelFacts(in, s, m) },
		history: &m.History, probed: probed, withProbe: true, title: "MODEL " + m.Name, tableTitle: "by server and version, broken first", columns: modelRows,
		row: at, events: func(e *model.Event) bool { return e.Model == name },
	})
}

// detail is what the two detail views differ in.
type detail struct {
	facts             func(grid.Area) int
	history           *model.History
	probed, withProbe bool
	title, tableTitle string
	columns           []column[model.Replica]
	row               func(int) *model.Replica
	events            func(*model.Event) bool
}

// drawDetail lays a detail view out: facts, charts, table, changes.
func (sc *screen) drawDetail(a grid.Area, s *model.Snapshot, d detail) {
	crumb := &line{a: a}
	crumb.put("overview", muted).put(" > ", faint).put(d.title, strong)
	y := 1 + d.facts(a.Sub(0, 1, a.W, min(6, a.H-1)))
	rest := a.H - y
	charts := 0
	if rest >= 14 {
		charts = max(7, min(14, rest/3))
		drawCharts(a.Sub(0, y, a.W, charts), d.history, d.probed, d.withProbe, s, sc.zone, func(e *model.Event) bool { return d.events(e) && isMark(e) })
	}
	y += charts
	rest -= charts
	changes := 0
	if rest >= 9 {
		changes = min(max(3, rest/3), 12)
	}
	drawRule(a, y, d.tableTitle, true)
	sc.drawRows(a.Sub(0, y+1, a.W, rest-changes-1), s, d)
	if changes > 0 {
		y += rest - changes
		drawRule(a, y, "changes, newest first", false)
		row := 1
		for i := len(s.Events) - 1; i >= 0 && row < changes; i-- {
			if d.events(&s.Events[i]) {
				drawEvent(a, y+row, &s.Events[i], sc, themes.Plain)
				row++
			}
		}
		if row == 1 {
			a.Put(3, y+1, a.W-3, "nothing has changed since tritop began to look", muted)
		}
	}
}

func (sc *screen) drawRows(a grid.Area, s *model.Snapshot, d detail) {
	if len(sc.rows) == 0 {
		drawEmpty(a, sc.filter, "nothing is known of it now")
		return
	}
	bad := 0
	for _, k := range sc.rows {
		if d.row(k).Finding.Verdict > model.Healthy {
			bad++
		}
	}
	sc.scroll = max(0, min(sc.scroll, len(sc.rows)-1))
	sp := window(len(sc.rows), bad, a.H-1, sc.scroll, true)
	dr := sc.drawing(s)
	table(a, d.columns, sp.n, &dr, func(i int) (*model.Replica, model.Verdict, bool) {
		r := d.row(sc.rows[sp.from+i])
		return r, r.Finding.Verdict, sp.from+i == sc.scroll
	})
	drawFold(a, sp.n+1, sp.folded, bad > sp.from+sp.n || sp.from > 0)
}

// fact writes "label value" pairs and wraps to the next row where there is no room.
type fact struct {
	line
	a grid.Area
}

func (f *fact) pair(label, value string, st grid.Style) {
	if value == "" {
		return
	}
	need := grid.Width(label) + grid.Width(value) + 1
	if f.x > 2 && f.x+need > f.a.W-1 {
		f.x, f.y = 2, f.y+1
	}
	f.put(label, muted).gap(1).put(value, st).gap(3)
}

// drawServerFacts says what is known of a server, and gives the rows used.
func (sc *screen) drawServerFacts(a grid.Area, s *model.Snapshot, srv *model.Server) int {
	y := sc.drawFinding(a, s, stateWord(srv), srv.Name, &srv.Finding)
	f := fact{line: line{a: a, x: 2, y: y}, a: a}
	f.pair("live", srv.Live.String(), plain)
	f.pair("says ready", srv.Ready.String(), plain)
	f.pair("triton", srv.TritonVersion, plain)
	f.pair("region", srv.Region+" "+srv.Zone, plain)
	f.pair("grpc", srv.Host+":"+strconv.Itoa(srv.GRPC), plain)
	if !srv.Restarted.IsZero() {
		f.pair("restarted", string(appendClock(nil, srv.Restarted, sc.zone)), change)
	}
	if srv.Unproven {
		f.pair("unproven:", "ready by its own word, no probe and no traffic", unsure)
	}
	return min(f.y+1, a.H)
}

// drawModelFacts says what is known of a model, and gives the rows used.
func (sc *screen) drawModelFacts(a grid.Area, s *model.Snapshot, m *model.Model) int {
	word := m.Trouble.String()
	if word == "" {
		word = "ready"
	}
	y := sc.drawFinding(a, s, word, m.Name, &m.Finding)
	f := fact{line: line{a: a, x: 2, y: y}, a: a}
	f.pair("serving", strconv.Itoa(m.Serving)+" of "+strconv.Itoa(m.Servers)+" servers", plain)
	f.pair("users' requests", string(grid.AppendShort(nil, m.Window.Rate.Value))+"/s over 60 s", plain)
	if m.Window.Requests > 0 {
		f.pair("failed", strconv.FormatUint(m.Window.Failures, 10)+" of "+strconv.FormatUint(m.Window.Requests, 10)+" (Triton's count, a lower bound)", plain)
	}
	if m.IsStep {
		f.pair("is a step of", "an ensemble: the fleet's total leaves those calls out", muted)
	}
	return min(f.y+1, a.H)
}

// drawFinding draws the verdict of an object with reason and evidence.
func (sc *screen) drawFinding(a grid.Area, s *model.Snapshot, word, name string, f *model.Finding) int {
	st := verdictStyle(f.Verdict)
	l := &line{a: a}
	l.rune(verdictGlyph(a.Glyphs(), f.Verdict), st).gap(1).put(name, strong).gap(2).put(word, st)
	if !f.Since.IsZero() {
		l.put("  for ", muted).age(s.Now.Sub(f.Since), plain).put(" since ", muted).clock(f.Since, sc.zone, plain)
	}
	if f.Verdict == model.Unhealthy {
		a.Ground(0, themes.Alarm)
	}
	y := 1
	if f.Reason != "" && f.Verdict != model.Healthy {
		a.Put(2, y, a.W-3, f.Reason, plain)
		y++
	}
	if f.Evidence != "" {
		a.Put(2, y, a.W-3, f.Evidence, muted)
		y++
	}
	return min(y, max(a.H-1, 0))
}

// drawEvents lists all events that are kept.
func (sc *screen) drawEvents(a grid.Area, s *model.Snapshot) {
	sc.order(s)
	l := &line{a: a}
	l.put("overview", muted).put(" > ", faint).put("EVENTS", strong).gap(2).put("newest first, ", muted).int(len(sc.changes), muted).put(" kept", muted)
	if len(sc.changes) == 0 {
		sc.drawChanges(a.Sub(0, 2, a.W, a.H-2), s)
		return
	}
	sc.scroll = max(0, min(sc.scroll, len(sc.changes)-1))
	from := max(0, sc.scroll-(a.H-2)+1)
	for y := 1; y < a.H && from+y-1 < len(sc.changes); y++ {
		on := themes.Plain
		if from+y-1 == sc.scroll {
			on = themes.Selected
		}
		drawEvent(a, y, &s.Events[sc.changes[from+y-1]], sc, on)
	}
}
