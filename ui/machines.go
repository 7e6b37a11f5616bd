package ui

import (
	"cmp"
	"slices"
	"strings"

	"tritop/model"
	"tritop/ui/columns"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// drawGPUs is the table of GPUs, the hosts, and the charts of the selected GPU.
func (sc *screen) drawGPUs(a grid.Area, s *model.Snapshot) {
	hosts := 0
	if len(s.Hosts) > 0 {
		hosts = min(len(s.Hosts)+1, max(2, a.H/4))
	}
	sc.hot.prepare(s)
	notes := sc.hot.notes
	if s.GPUNote != "" { // why the driver of this machine is not read
		notes = append(slices.Clip(notes), gpuNote{"this machine's own GPUs: " + s.GPUNote, draw.Unsure})
	}
	most := a.H / 4
	if len(s.GPUs) == 0 { // nothing else needs the room
		most = a.H / 2
	}
	if rows := gpuNoteRows(notes, a.W, most); rows > 0 {
		drawGPUNotes(a.Sub(0, a.H-rows, a.W, rows), notes)
		a = a.Sub(0, 0, a.W, a.H-rows)
	}
	table, charts := sc.splitCharts(a.Sub(0, 0, a.W, a.H-hosts))
	sc.paneAt(0, table, s)
	if len(s.GPUs) > 0 {
		sc.drawChartsOf(charts, s, sc.selectedCharted(s))
	}
	if hosts > 0 {
		drawRule(a, a.H-hosts, "hosts", false)
		sc.drawHosts(a.Sub(0, a.H-hosts+1, a.W, hosts-1), s)
	}
}

// drawHosts lists the machines: CPU, memory and disks.
func (sc *screen) drawHosts(a grid.Area, s *model.Snapshot) {
	n := len(s.Hosts)
	if n > a.H {
		n = max(0, a.H-1)
		l := &draw.Line{A: a, Y: n, X: 3}
		l.Rune(a.Glyphs().Ellipsis, draw.Faint).Gap(1).Int(len(s.Hosts)-n, draw.Muted).Put(" more hosts", draw.Muted)
	}
	for y := range n {
		h := &s.Hosts[y]
		l := &draw.Line{A: a, Y: y, X: 3}
		l.Put(h.Name, draw.Plain)
		l.X = max(l.X+2, 24)
		draw.Share(l.Put("CPU ", draw.Muted), h.CPU)
		l.X = max(l.X+2, 36)
		draw.Used(l.Put("memory ", draw.Muted), h.MemUsed, h.MemAll)
		for i := range h.Disks {
			if l.X+30 > a.W {
				break
			}
			l.Gap(3).Put(h.Disks[i].Mount, draw.Muted).Gap(1)
			draw.Used(l, h.Disks[i].Used, h.Disks[i].All)
		}
		if l.X+10 < a.W {
			l.X = a.W - 9
			l.Put(h.Source, draw.Muted)
		}
	}
}

// drawGPU is the detail of one GPU.
func (sc *screen) drawGPU(a grid.Area, s *model.Snapshot) {
	g := s.GPU(sc.top().name)
	if g == nil {
		gone(a, "this GPU is not known any more; esc goes back")
		return
	}
	word := columns.GPUWord(g)
	if g.Throttled != "" && g.Finding.Verdict == model.Healthy {
		word = "there" // that it is throttled is told below, in another colour
	}
	y := sc.drawFinding(a, s, finding{g.UUID, word, &g.Finding})
	f := draw.Facts{Line: draw.Line{A: a, X: 2, Y: y}, A: a}
	f.Pair("host", g.Host, draw.Plain)
	f.Pair("name", g.Name, draw.Plain)
	if g.Index >= 0 {
		f.Label("index", 3).Int(g.Index, draw.Plain)
	}
	if len(g.Servers) > 0 {
		f.Pair("used by", strings.Join(g.Servers, ", "), draw.Plain)
	}
	draw.Share(f.Label("utilisation", 8), g.Util)
	draw.Used(f.Label("memory", 24), g.MemUsed, g.MemTotal)
	draw.Figure(f.Label("power", 16), g.PowerW, " W", draw.Plain)
	draw.Figure(f.Label("limit", 8), g.PowerLimitW, " W", draw.Muted)
	draw.Figure(f.Label("temperature", 8), g.TempC, " °C", draw.Plain)
	draw.Figure(f.Label("SM clock", 10), g.ClockMHz, " MHz", draw.Plain)
	draw.Figure(f.Label("uncorrected ECC errors", 4), g.ECCErrors, "", draw.Plain)
	f.Pair("throttled", g.Throttled, draw.Warning)
	f.Pair("source", g.Source, draw.Muted)
	y = min(f.Y+2, a.H)
	rest := a.Sub(0, y, a.W, a.H-y)
	of := charted{server: g.Host, gpu: &g.History}
	if rest.H < 2*chartsMost { // all the room is for charts
		sc.drawStacked(rest, s, of)
		return
	}
	sc.drawChartsOf(rest, s, of)
}

// hottest are the GPUs in the order of the room that there is for them: those
// that are not well, then the hottest. It is worked out once per snapshot.
type hottest struct {
	snap  *model.Snapshot
	rows  []int
	bad   int
	notes []gpuNote // which sources fail
}

// wants says how many rows the GPUs want, 0: there is nothing to say of any.
func (h *hottest) wants(s *model.Snapshot) int {
	h.prepare(s)
	return len(h.rows) + 2*len(h.notes)
}

func (h *hottest) prepare(s *model.Snapshot) {
	if h.snap == s {
		return
	}
	h.snap, h.rows, h.bad = s, count(len(s.GPUs), h.rows[:0]), 0
	for i := range s.GPUs {
		if s.GPUs[i].Finding.Verdict != model.Healthy {
			h.bad++
		}
	}
	h.notes = gpuNotes(s, h.notes[:0])
	slices.SortStableFunc(h.rows, func(a, b int) int {
		x, y := &s.GPUs[a], &s.GPUs[b]
		return cmp.Or(cmp.Compare(draw.Rank(x.Finding.Verdict), draw.Rank(y.Finding.Verdict)), cmp.Compare(heat(y.TempC), heat(x.TempC)), cmp.Compare(heat(y.Util), heat(x.Util)))
	})
}

// heat is what a figure counts in the order; what is not known comes last.
func heat(f model.Figure) float64 {
	if !f.Known() {
		return -1
	}
	return f.Value
}

// drawHottest lists GPUs in one line each.
func (sc *screen) drawHottest(a grid.Area, s *model.Snapshot) {
	sc.hot.prepare(s)
	notes := sc.hot.notes
	if rows := gpuNoteRows(notes, a.W, a.H/2); rows > 0 {
		drawGPUNotes(a.Sub(0, a.H-rows, a.W, rows), notes)
		a = a.Sub(0, 0, a.W, a.H-rows)
	}
	n := len(sc.hot.rows)
	if n > a.H {
		n = max(0, a.H-1)
		l := &draw.Line{A: a, Y: a.H - 1, X: 3}
		l.Rune(a.Glyphs().Ellipsis, draw.Faint).Gap(1).Int(len(sc.hot.rows)-n, draw.Muted).Put(" more", draw.Muted)
		if sc.hot.bad > n {
			l.Put(", not all of them well", draw.Warning)
		}
	}
	for y := range n {
		drawHot(a.Sub(0, y, a.W, 1), &s.GPUs[sc.hot.rows[y]])
	}
}

// drawHot draws a GPU: whose it is, how busy, how full, how hot; or why nothing
// is known of it.
func drawHot(a grid.Area, g *model.GPU) {
	v := g.Finding.Verdict
	style := draw.Muted
	if v != model.Healthy {
		style = draw.Strong
	}
	a.Set(1, 0, draw.VerdictGlyph(a.Glyphs(), v), draw.VerdictStyle(v))
	name := min(16, a.W/5)
	l := &draw.Line{A: a, X: 3}
	l.X += a.Put(3, 0, name, g.Host, style)
	columns.PutGPU(l.Gap(1), g, draw.Muted)
	x := 3 + name + 8
	if v == model.Unhealthy || !g.Util.Known() {
		a.Put(x, 0, a.W-x, columns.GPUWord(g), draw.VerdictStyle(v))
		return
	}
	bar := max(4, (a.W-x-27)/2)
	draw.Bar(a.Sub(x, 0, bar, 1), g.Util)
	draw.PutFigure(a.Sub(x+bar, 0, 4, 1), g.Util, 100, 0, style)
	x += bar + 6
	mem := g.Mem()
	draw.Bar(a.Sub(x, 0, bar, 1), mem)
	draw.PutFigure(a.Sub(x+bar, 0, 4, 1), mem, 100, 0, style)
	x += bar + 5
	draw.PutFigure(a.Sub(x, 0, 5, 1), g.PowerW, 1, 0, style)
	a.Put(x+5, 0, 2, " W", draw.Muted)
	if g.TempC.Known() {
		draw.PutFigure(a.Sub(x+7, 0, 4, 1), g.TempC, 1, 0, style)
		a.Put(x+11, 0, 3, " °C", draw.Muted)
	}
}
