package ui

import (
	"cmp"

	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// drawSourcesView lists our own collectors, and of the selected one its last error
// in whole and what tritop costs its server. Where there is room, it says that of
// every server.
func (sc *screen) drawSourcesView(a grid.Area, s *model.Snapshot) {
	rows := len(sc.top().panes[0].rows) + 1
	if left := a.H - rows - 6; left >= 4 {
		h := min(left, len(s.Servers)+2)
		sc.drawLoads(a.Sub(0, a.H-h, a.W, h), s)
		a = a.Sub(0, 0, a.W, a.H-h)
	}
	h := min(6, a.H/3)
	sc.paneAt(0, a.Sub(0, 0, a.W, a.H-h), s)
	k, ok := sc.top().panes[0].selected()
	if !ok {
		return
	}
	src := &s.Sources[k]
	drawRule(a, a.H-h, src.Name, true)
	rest := a.Sub(3, a.H-h+1, a.W-4, h-1)
	text := cmp.Or(src.LastErr, "its last answer was whole")
	n := min(draw.WrappedRows(text, rest.W), max(1, rest.H-1))
	draw.Wrap(rest.Sub(0, 0, rest.W, n), text, draw.Plain)
	if src.Server != "" && n < rest.H {
		l := &draw.Line{A: rest, Y: n}
		drawLoad(l.Put("our own load: ", draw.Muted), s, src.Server)
	}
}

// drawLoads says in a row for each server what tritop asks of it.
func (sc *screen) drawLoads(a grid.Area, s *model.Snapshot) {
	drawRule(a, 0, "our own load on each server: calls in the last minute, and the share of it in which one was open", false)
	n := len(s.Servers)
	if n > a.H-1 {
		n = max(0, a.H-2)
		l := &draw.Line{A: a, Y: a.H - 1, X: 3}
		l.Rune(a.Glyphs().Ellipsis, draw.Faint).Gap(1).Int(len(s.Servers)-n, draw.Muted).Put(" more servers", draw.Muted)
	}
	for y := range n {
		l := &draw.Line{A: a, Y: y + 1, X: 3}
		l.X += a.Put(3, y+1, 24, s.Servers[y].Name, draw.Plain)
		l.X = max(l.X+2, 20)
		drawLoad(l, s, s.Servers[y].Name)
	}
}

// drawLoad says how often tritop asks a server for what, and which share of the
// time one of its calls is with it.
func drawLoad(l *draw.Line, s *model.Snapshot, server string) {
	waiting, known := 0.0, false
	for i := range s.Sources {
		src := &s.Sources[i]
		if src.Server != server || !src.Load.PerMinute.Known() {
			continue
		}
		if known {
			l.Put(", ", draw.Muted)
		}
		l.Put(src.Kind, draw.Muted).Gap(1).Short(float64(int(src.Load.PerMinute.Value+0.5)), draw.Plain)
		waiting, known = waiting+src.Load.Waiting.Value, true
	}
	if !known {
		l.Put("not known yet", draw.Unsure)
		return
	}
	l.Put(" a minute, busy ", draw.Muted).Short(100*waiting, draw.Plain).Put(" %", draw.Muted)
}
