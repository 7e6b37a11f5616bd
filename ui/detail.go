package ui

import (
	"time"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/columns"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// drawServer is the detail of one server: what is known of it, its charts, its
// model versions and GPUs, and what changed on it.
func (sc *screen) drawServer(a grid.Area, s *model.Snapshot) {
	srv := s.Server(sc.top().name)
	if srv == nil {
		gone(a, "this server is not known any more; esc goes back")
		return
	}
	y := sc.drawServerFacts(a.Sub(0, 0, a.W, min(9, a.H)), s, srv)
	y += drawPercentiles(a.Sub(0, y, a.W, a.H-y), s, timesOf{"", srv.Latency, &srv.Window})
	y += sc.drawSignals(a.Sub(0, y, a.W, (a.H-y)/4), s, signalsOf{server: srv.Name})
	sc.drawDetail(a.Sub(0, y, a.W, a.H-y), s, charted{server: srv.Name, history: &srv.History})
}

// drawModel is the detail of one model over the fleet.
func (sc *screen) drawModel(a grid.Area, s *model.Snapshot) {
	m := s.Model(sc.top().name)
	if m == nil {
		gone(a, "this model is on no server now; esc goes back")
		return
	}
	y := sc.drawModelFacts(a.Sub(0, 0, a.W, min(9, a.H)), s, m)
	y += drawPercentiles(a.Sub(0, y, a.W, a.H-y), s, timesOf{m.Name, m.Latency, &m.Window})
	sc.drawDetail(a.Sub(0, y, a.W, a.H-y), s, charted{model: m.Name, history: &m.History})
}

// gone says that the object of a view is not there.
func gone(a grid.Area, words string) { a.Put(1, 1, a.W-2, words, draw.Warning) }

// detailNeeds is how many rows the tables of a detail want before there are
// charts.
func (o *opened) detailNeeds() int {
	need := min(len(o.panes[0].rows), 6) + 2
	if len(o.panes) > 1 && o.panes[1].all > 0 {
		need += 4
	}
	return need
}

// tablesNeed is how many rows the tables of a detail can use.
func (o *opened) tablesNeed() (rows int) {
	for _, p := range o.panes {
		if p.all > 0 {
			rows += len(p.rows) + 2
		}
	}
	return rows
}

// drawDetail lays out what is below the facts: charts, tables, changes.
func (sc *screen) drawDetail(a grid.Area, s *model.Snapshot, c charted) {
	o := sc.top()
	y, charts := 0, 0
	if a.H >= 14 && a.H-7 >= o.detailNeeds() {
		sc.orderChanges(s, &c)
		charts = max(7, min(14, a.H/3))
		charts += max(0, min(14, a.H-charts-o.tablesNeed()-max(4, len(sc.changes)+2))) // room that no table needs
		sc.drawCharts(a.Sub(0, 0, a.W, charts), s, c)
	}
	y += charts
	rest := a.H - charts
	gpus := 0
	if len(o.panes) > 1 && o.panes[1].all > 0 {
		gpus = min(len(o.panes[1].rows)+2, max(4, rest/3))
		rest -= gpus
	}
	rows := len(o.panes[0].rows)
	changes := 0
	if rest >= 9 {
		changes = max(3, rest-3-rows)
		changes = min(changes, rest-min(rows+2, rest*2/3))
	}
	title := detailTitles[o.kind]
	if title == "" {
		title = "model versions"
	}
	by := ", "
	if o.panes[0].order.Column >= 0 {
		by = ", by "
	}
	drawRules(a, y, o.at == 0, title, by, orderWords(o.panes[0]))
	sc.paneAt(0, a.Sub(0, y+1, a.W, rest-changes-1), s)
	y += rest - changes
	if gpus > 0 {
		drawRule(a, y, o.panes[1].table.word, o.at == 1)
		sc.paneAt(1, a.Sub(0, y+1, a.W, gpus-1), s)
		y += gpus
	}
	if changes > 0 {
		drawRule(a, y, "changes, newest first", false)
		sc.orderChanges(s, &c)
		sc.drawChanges(a.Sub(0, y+1, a.W, changes-1), s)
	}
}

// orderWords says what orders the rows of a pane.
func orderWords(p *pane) string {
	switch {
	case p.order.Column >= 0:
		return p.table.heads[p.order.Column].Title
	case p.table.ordered != "":
		return p.table.ordered
	}
	return "broken first"
}

// drawServerFacts says what is known of a server, and gives the rows used.
func (sc *screen) drawServerFacts(a grid.Area, s *model.Snapshot, srv *model.Server) int {
	y := sc.drawFinding(a, s, finding{srv.Name, columns.StateWord(srv), &srv.Finding})
	f := draw.Facts{Line: draw.Line{A: a, X: 2, Y: y}, A: a}
	f.Pair("live", srv.Live.String(), draw.Plain)
	f.Pair("says ready", srv.Ready.String(), draw.Plain)
	f.Pair("Triton", srv.TritonVersion, draw.Plain)
	if srv.Region != "" {
		f.Label("region", len(srv.Region)+len(srv.Zone)+1).Put(srv.Region, draw.Plain).Gap(1).Put(srv.Zone, draw.Plain)
	}
	f.Label("gRPC", len(srv.Host)+6).Put(srv.Host, draw.Plain).Put(":", draw.Plain).Int(srv.GRPC, draw.Plain)
	if !srv.Restarted.IsZero() {
		f.Label("restarted", 8).Clock(srv.Restarted, sc.zone, draw.Change)
	}
	drawHost(&f, srv)
	if srv.Unproven {
		f.Pair("unproven:", "ready by its own word, no probe and no traffic", draw.Unsure)
	}
	drawReaders(&f, s, srv.Name)
	return min(f.Y+1, a.H)
}

// drawHost says how busy the host is, as Triton's metrics text has it.
func drawHost(f *draw.Facts, srv *model.Server) {
	if cpu := columns.GaugeOf(srv, model.GaugeCPU); cpu.Known() {
		f.Label("host CPU", 20).Short(100*cpu.Value, draw.Plain).Put(" %", draw.Plain)
	}
	used, all := columns.GaugeOf(srv, model.GaugeMemUsed), columns.GaugeOf(srv, model.GaugeMemTotal)
	if used.Known() && all.Known() && all.Value > 0 {
		f.Label("memory", 30).Short(used.Value/(1<<30), draw.Plain).Put("/", draw.Muted).Short(all.Value/(1<<30), draw.Plain).Put(" GiB (Triton's metrics)", draw.Muted)
	}
}

// drawReaders says how our own collectors of a server do: age and last error.
func drawReaders(f *draw.Facts, s *model.Snapshot, server string) {
	for i := range s.Sources {
		src := &s.Sources[i]
		if src.Server != server {
			continue
		}
		if src.Works(s.Now) {
			f.Label(src.Kind, 8).Age(s.Now.Sub(src.LastOK), draw.Muted).Put(" ago", draw.Muted)
			continue
		}
		f.X, f.Y = 2, f.Y+1
		l := f.Label(src.Kind, 40)
		if src.Failures > 0 {
			l.Put("fails, ", draw.Warning).Int(src.Failures, draw.Warning).Put(" in a row", draw.Warning)
		} else {
			l.Put("silent", draw.Warning)
		}
		if !src.LastOK.IsZero() {
			l.Put(", last good ", draw.Muted).Age(s.Now.Sub(src.LastOK), draw.Muted).Put(" ago", draw.Muted)
		}
		if src.LastErr != "" {
			l.Put(": ", draw.Muted).Put(src.LastErr, draw.Muted)
		}
		f.X = f.A.W
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
	found := m.Finding
	if st := columns.StandingOf(s, m.Name); st.Verdict(found.Verdict) != found.Verdict {
		found.Verdict = st.Verdict(found.Verdict)
		word += ", " + columns.ObjectiveWord(st.Worst) + " of " + st.Worst.Name
		if !st.Worst.Since.IsZero() {
			found.Since = st.Worst.Since
		}
	}
	y := sc.drawFinding(a, s, finding{m.Name, word, &found})
	y += drawStandings(a.Sub(0, y, a.W, a.H-y), s, m.Name)
	f := draw.Facts{Line: draw.Line{A: a, X: 2, Y: y}, A: a}
	f.Label("serving", 12).Int(m.Serving, draw.Plain).Put(" of ", draw.Muted).Int(m.Servers, draw.Plain).Put(" servers", draw.Muted)
	if m.Window.Rate.Known() {
		f.Label("users' requests", 16).Short(m.Window.Rate.Value, draw.Plain).Put("/s over ", draw.Muted).Int(int(m.Window.Seconds+0.5), draw.Muted).Put(" s", draw.Muted)
	} else {
		f.Pair("users' requests", m.Window.Rate.Why.String(), draw.Unsure)
	}
	if m.Window.Requests > 0 {
		f.Label("of these failed", 46).Int(int(m.Window.Failures), draw.Plain).Put(" of ", draw.Muted).Int(int(m.Window.Requests), draw.Plain).Put(" in ", draw.Muted).Int(int(m.Window.Seconds+0.5), draw.Muted).Put(" s (Triton's count, a lower bound)", draw.Muted)
	}
	sc.drawShape(&f, s, m.Name)
	if m.IsStep {
		f.Pair("step of an ensemble:", "fleet totals leave those calls out", draw.Muted)
	}
	return min(f.Y+1, a.H)
}

// drawShape says how the model is set up, as the first server that knows tells.
func (sc *screen) drawShape(f *draw.Facts, s *model.Snapshot, name string) {
	for i := range s.Servers {
		for j := range s.Servers[i].Replicas {
			r := &s.Servers[i].Replicas[j]
			if r.Model != name || r.Platform == "" {
				continue
			}
			f.Pair("platform", r.Platform, draw.Plain)
			if r.MaxBatch > 0 {
				f.Label("max batch", 4).Int(r.MaxBatch, draw.Plain)
			}
			if r.Instances > 0 {
				f.Label("instances", 4).Int(r.Instances, draw.Plain).Put(" per server", draw.Muted)
			}
			for k, step := range r.Steps {
				if k == 0 {
					f.Label("steps", len(step)).Put(step, draw.Plain)
					continue
				}
				f.Put(", ", draw.Muted).Put(step, draw.Plain)
			}
			return
		}
	}
}

// evidenceRoom is from how many rows on evidence may take two of them.
const evidenceRoom = 8

// finding is the judgement of a named object, with the word for its state.
type finding struct {
	name, word string
	*model.Finding
}

// shade puts the first row of what is not well on its ground.
func shade(a grid.Area, v model.Verdict) {
	switch v {
	case model.Unhealthy:
		a.Ground(0, themes.Alarm)
	case model.Degraded:
		a.Ground(0, themes.Caution)
	case model.Healthy, model.Unknown:
	}
}

// drawSince says for how long something is so, and since when; nothing where that
// is not known.
func (sc *screen) drawSince(l *draw.Line, s *model.Snapshot, since time.Time, st grid.Style) {
	if !since.IsZero() {
		l.Put("  for ", draw.Muted).Since(s, since, st).Put(" since ", draw.Muted).Clock(since, sc.zone, draw.Plain).Zulu(sc.zone, draw.Plain)
	}
}

// drawFinding draws a verdict with reason and evidence, and gives the rows used.
func (sc *screen) drawFinding(a grid.Area, s *model.Snapshot, f finding) int {
	st := draw.VerdictStyle(f.Verdict)
	l := &draw.Line{A: a}
	l.Rune(draw.VerdictGlyph(a.Glyphs(), f.Verdict), st).Gap(1).Put(f.name, draw.Strong).Gap(2).Put(f.word, st)
	sc.drawSince(l, s, f.Since, draw.Plain)
	shade(a, f.Verdict)
	y := 1
	if f.Reason != "" && f.Verdict != model.Healthy && f.Reason != f.word {
		a.Put(2, y, a.W-3, f.Reason, draw.Plain)
		y++
	}
	if f.Evidence != "" {
		rows := 1
		if a.H >= evidenceRoom && grid.Width(f.Evidence) > a.W-3 {
			rows = 2
		}
		draw.Wrap(a.Sub(2, y, a.W-3, rows), f.Evidence, draw.Muted)
		y += rows
	}
	return min(y, max(a.H-1, 0))
}

// detailTitles say what the rows of a detail are, where they are not model
// versions of one server.
var detailTitles = [viewCount]string{modelView: "by server and version", versionView: "by server"}
