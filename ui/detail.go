package ui

import (
	"time"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/grid"
)

// drawServer is the detail of one server: what is known of it, its charts, its
// model versions, and what changed on it.
func (sc *screen) drawServer(a grid.Area, s *model.Snapshot, name string) {
	i := serverOf(s, name)
	if i < 0 {
		a.Put(1, 1, a.W-2, "this server is not known any more; esc goes back", warning)
		return
	}
	srv := &s.Servers[i]
	sc.rowsOfView(s)
	sc.crumb(a, "SERVER", srv.Name)
	y := 1 + sc.drawServerFacts(a.Sub(0, 1, a.W, min(8, a.H-1)), s, srv)
	sc.drawDetail(a.Sub(0, y, a.W, a.H-y), s, charted{name: srv.Name, history: &srv.History, server: srv.Name})
}

// drawModel is the detail of one model over the fleet.
func (sc *screen) drawModel(a grid.Area, s *model.Snapshot, name string) {
	m := modelOf(s, name)
	if m == nil {
		a.Put(1, 1, a.W-2, "this model is on no server now; esc goes back", warning)
		return
	}
	sc.rowsOfView(s)
	sc.crumb(a, "MODEL", m.Name)
	y := 1 + sc.drawModelFacts(a.Sub(0, 1, a.W, min(7, a.H-1)), s, m)
	sc.drawDetail(a.Sub(0, y, a.W, a.H-y), s, charted{name: m.Name, history: &m.History, model: m.Name, probe: true})
}

// rowsOfView fills sc.rows for the detail view that is shown.
func (sc *screen) rowsOfView(s *model.Snapshot) {
	sc.rows = sc.rows[:0]
	switch v := sc.view(); v.kind {
	case serverView:
		if i := serverOf(s, v.name); i >= 0 {
			sc.versionsOn(s, i)
			sc.filterRows(s, func(r *model.Replica) string { return r.Model })
		}
	case modelView:
		sc.replicasOf(s, v.name)
		sc.filterRows(s, func(r *model.Replica) string { return r.Server })
	case overview, eventsView, helpView:
	}
}

// crumb says where the viewer is.
func (sc *screen) crumb(a grid.Area, kind, name string) {
	l := &line{a: a, x: 1}
	l.put("overview", muted).put(" > ", faint).put(kind, muted).gap(1).put(name, strong)
}

// drawDetail lays out what is below the facts: charts, table, changes.
func (sc *screen) drawDetail(a grid.Area, s *model.Snapshot, c charted) {
	y, charts := 0, 0
	if a.H >= 14 {
		charts = max(7, min(14, a.H/3))
		sc.drawCharts(a.Sub(0, 0, a.W, charts), s, c)
	}
	y += charts
	rest := a.H - charts
	changes := 0
	if rest >= 9 {
		changes = max(3, rest-3-len(sc.rows))
		changes = min(changes, rest-min(len(sc.rows)+2, rest*2/3))
	}
	title := "model versions, broken first"
	if c.model != "" {
		title = "by server and version, broken first"
	}
	drawRule(a, y, title, true)
	sc.drawReplicas(a.Sub(0, y+1, a.W, rest-changes-1), s, sc.selectedRow(s))
	if changes > 0 {
		y += rest - changes
		drawRule(a, y, "changes, newest first", false)
		sc.orderChanges(s, c.concerns)
		sc.drawChanges(a.Sub(0, y+1, a.W, changes-1), s)
	}
}

// facts writes "label value" pairs one after another, and goes on in the next
// row where there is no room.
type facts struct {
	line
	a grid.Area
}

func (f *facts) label(label string, need int) *line {
	if f.x > 2 && f.x+grid.Width(label)+1+need > f.a.W-1 {
		f.x, f.y = 2, f.y+1
	} else if f.x > 2 {
		f.gap(3)
	}
	return f.put(label, muted).gap(1)
}

func (f *facts) pair(label, value string, st grid.Style) {
	if value != "" {
		f.label(label, grid.Width(value)).put(value, st)
	}
}

// drawServerFacts says what is known of a server, and gives the rows used.
func (sc *screen) drawServerFacts(a grid.Area, s *model.Snapshot, srv *model.Server) int {
	y := sc.drawFinding(a, s, finding{srv.Name, stateWord(srv), &srv.Finding})
	f := facts{line: line{a: a, x: 2, y: y}, a: a}
	f.pair("live", srv.Live.String(), plain)
	f.pair("says ready", srv.Ready.String(), plain)
	f.pair("Triton", srv.TritonVersion, plain)
	if srv.Region != "" {
		f.label("region", len(srv.Region)+len(srv.Zone)+1).put(srv.Region, plain).gap(1).put(srv.Zone, plain)
	}
	f.label("gRPC", len(srv.Host)+6).put(srv.Host, plain).put(":", plain).int(srv.GRPC, plain)
	if !srv.Restarted.IsZero() {
		f.label("restarted", 8).clock(srv.Restarted, sc.zone, change)
	}
	drawHost(&f, srv)
	if srv.Unproven {
		f.pair("unproven:", "ready by its own word, no probe and no traffic", unsure)
	}
	drawReaders(&f, s, srv.Name)
	return min(f.y+1, a.H)
}

// drawHost says how busy the host is, as Triton's metrics text has it.
func drawHost(f *facts, srv *model.Server) {
	if cpu := gaugeOf(srv, model.GaugeCPU); cpu.Known() {
		f.label("host CPU", 20).short(100*cpu.Value, plain).put(" %", plain)
	}
	used, all := gaugeOf(srv, model.GaugeMemUsed), gaugeOf(srv, model.GaugeMemTotal)
	if used.Known() && all.Known() && all.Value > 0 {
		f.label("memory", 30).short(used.Value/(1<<30), plain).put("/", muted).short(all.Value/(1<<30), plain).put(" GiB (Triton's metrics)", muted)
	}
}

// drawReaders says how our own collectors of a server do: age and last error.
func drawReaders(f *facts, s *model.Snapshot, server string) {
	for i := range s.Sources {
		src := &s.Sources[i]
		if src.Server != server {
			continue
		}
		if src.Works(s.Now) {
			f.label(src.Kind, 8).age(s.Now.Sub(src.LastOK), muted).put(" ago", muted)
			continue
		}
		f.x, f.y = 2, f.y+1
		l := f.label(src.Kind, 40)
		if src.Failures > 0 {
			l.put("fails, ", warning).int(src.Failures, warning).put(" in a row", warning)
		} else {
			l.put("silent", warning)
		}
		if !src.LastOK.IsZero() {
			l.put(", last good ", muted).age(s.Now.Sub(src.LastOK), muted).put(" ago", muted)
		}
		if src.LastErr != "" {
			l.put(": ", muted).put(src.LastErr, muted)
		}
		f.x = f.a.W
	}
}

// drawModelFacts says what is known of a model, and gives the rows used.
func (sc *screen) drawModelFacts(a grid.Area, s *model.Snapshot, m *model.Model) int {
	word := m.Trouble.String()
	if word == "" {
		word = "ready"
		if m.Finding.Verdict == model.Unknown {
			word = "not loaded anywhere"
		}
	}
	y := sc.drawFinding(a, s, finding{m.Name, word, &m.Finding})
	f := facts{line: line{a: a, x: 2, y: y}, a: a}
	f.label("serving", 12).int(m.Serving, plain).put(" of ", muted).int(m.Servers, plain).put(" servers", muted)
	if m.Window.Rate.Known() {
		f.label("users' requests", 16).short(m.Window.Rate.Value, plain).put("/s over ", muted).int(int(m.Window.Seconds+0.5), muted).put(" s", muted)
	} else {
		f.pair("users' requests", m.Window.Rate.Why.String(), unsure)
	}
	if m.Window.Requests > 0 {
		f.label("failed", 40).int(int(m.Window.Failures), plain).put(" of ", muted).int(int(m.Window.Requests), plain).put(" (Triton's count, a lower bound)", muted)
	}
	sc.drawShape(&f, s, m.Name)
	if m.IsStep {
		f.pair("step of an ensemble:", "fleet totals leave those calls out", muted)
	}
	return min(f.y+1, a.H)
}

// drawShape says how the model is set up, as the first server that knows tells.
func (sc *screen) drawShape(f *facts, s *model.Snapshot, name string) {
	for i := range s.Servers {
		for j := range s.Servers[i].Replicas {
			r := &s.Servers[i].Replicas[j]
			if r.Model != name || r.Platform == "" {
				continue
			}
			f.pair("platform", r.Platform, plain)
			if r.MaxBatch > 0 {
				f.label("max batch", 4).int(r.MaxBatch, plain)
			}
			if r.Instances > 0 {
				f.label("instances", 4).int(r.Instances, plain).put(" per server", muted)
			}
			for k, step := range r.Steps {
				if k == 0 {
					f.label("steps", len(step)).put(step, plain)
					continue
				}
				f.put(", ", muted).put(step, plain)
			}
			return
		}
	}
}

// finding is the judgement of a named object, with the word for its state.
type finding struct {
	name, word string
	*model.Finding
}

// drawFinding draws a verdict with reason and evidence, and gives the rows used.
func (sc *screen) drawFinding(a grid.Area, s *model.Snapshot, f finding) int {
	st := verdictStyle(f.Verdict)
	l := &line{a: a}
	l.rune(verdictGlyph(a.Glyphs(), f.Verdict), st).gap(1).put(f.name, strong).gap(2).put(f.word, st)
	if !f.Since.IsZero() {
		l.put("  for ", muted).since(s, f.Since, plain).put(" since ", muted).clock(f.Since, sc.zone, plain)
		l.zulu(sc.zone, plain)
	}
	switch f.Verdict {
	case model.Unhealthy:
		a.Ground(0, themes.Alarm)
	case model.Degraded:
		a.Ground(0, themes.Caution)
	case model.Healthy, model.Unknown:
	}
	y := 1
	if f.Reason != "" && f.Verdict != model.Healthy && f.Reason != f.word {
		a.Put(2, y, a.W-3, f.Reason, plain)
		y++
	}
	if f.Evidence != "" {
		a.Put(2, y, a.W-3, f.Evidence, muted)
		y++
	}
	return min(y, max(a.H-1, 0))
}

// zulu marks a clock as UTC.
func (l *line) zulu(zone *time.Location, s grid.Style) *line {
	if zone == time.UTC {
		l.put("Z", s)
	}
	return l
}
