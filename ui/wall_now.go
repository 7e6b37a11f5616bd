package ui

import (
	"time"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// now is how the wall shows problems.
type now struct {
	most  int  // rows for all of them
	bands int  // rows of a failing one at least
	large bool // its object in letters of three rows, where it can be
	room  bool // a calm fleet may fill the area
}

// drawNow shows the problems, the worst first, and gives the rows used. What is
// failing stands in a tinted band with its words in the middle row.
func (sc *screen) drawNow(a grid.Area, s *model.Snapshot, n now) int {
	if len(s.Problems) == 0 {
		return sc.drawCalm(a, s, n)
	}
	y := 0
	for i := range s.Problems {
		p := &s.Problems[i]
		left := len(s.Problems) - i
		rows := n.rows(p, left, n.most-y, i == 0)
		if rows == 0 || y+rows > a.H {
			drawMore(a.Sub(0, max(0, y-1), a.W, 1), left)
			break
		}
		band := a.Sub(0, y, a.W, rows)
		switch {
		case rows >= draw.BigRows:
			sc.drawWallBand(band, s, p, n.large)
		default:
			sc.drawBand(band, s, p)
		}
		y += rows
		if n.room && rows >= draw.BigRows && y < a.H && left > 1 {
			y++
		}
	}
	return y
}

// rows is how high the band of a problem is where so many rows and so many
// problems are left; 0: there is no room.
func (n *now) rows(p *model.Problem, problems, left int, first bool) int {
	whole := n.bands
	if p.Verdict != model.Unhealthy && !first {
		whole = min(whole, 2)
	}
	switch {
	case n.room && first && left >= 5*problems:
		return 5
	case left >= whole*problems, first && left >= whole:
		return max(whole, 1)
	case p.Verdict == model.Unhealthy && left >= whole+problems-1:
		return whole
	case left >= 1:
		return 1
	}
	return 0
}

// drawWallBand draws a problem in three rows or more, its words in the middle.
func (sc *screen) drawWallBand(a grid.Area, s *model.Snapshot, p *model.Problem, large bool) {
	st := draw.VerdictStyle(p.Verdict)
	mid := (a.H - 1) / 2
	l := &draw.Line{A: a, X: 1, Y: mid}
	l.Rune(draw.VerdictGlyph(a.Glyphs(), p.Verdict), st).Gap(1)
	from := drawObject(l, p, large)
	if sc.news.is(s, p) {
		l.Put("NEW  ", draw.Strong)
	}
	sc.drawWallWords(l, s, p)
	sc.drawWhy(&draw.Line{A: a, X: from, Y: mid + 1}, s, p)
	if a.Glyphs().ASCII && p.Verdict == model.Unhealthy { // such a terminal may have no colour
		edge(a, 0, st)
		if mid+1 < a.H-1 {
			edge(a, a.H-1, st)
		}
	}
	for y := range a.H {
		a.Ground(y, sc.groundOf(s, p))
	}
}

// drawObject names what is broken, large where there is room for that, and gives
// the column in which the words begin.
func drawObject(l *draw.Line, p *model.Problem, large bool) (from int) {
	st, a := draw.VerdictStyle(p.Verdict), l.A
	w, ok := draw.BigWidth(a, p.Object)
	if large && ok && a.W-w >= wordsRoom && !a.Glyphs().ASCII {
		draw.Big(a, l.X, l.Y-1, p.Object, st)
		l.X = max(l.X+w+4, a.W/4)
		if p.Model == "" && p.Servers > 1 { // "2 servers" has no spelling that large letters lose
			return l.X
		}
	}
	from = l.X
	l.Put(p.Object, st)
	if p.Model != "" && p.Servers == 1 {
		l.Put(" on ", draw.Muted).Put(p.Server, st)
	}
	l.Gap(2)
	return from
}

// wordsRoom is how much room the words beside a large name need.
const wordsRoom = 76

// edge marks where a band begins or ends.
func edge(a grid.Area, y int, s grid.Style) {
	for x := range a.W {
		a.Set(x, y, a.Glyphs().Bar, s)
	}
}

// drawWallWords says what is wrong, for how long, and how wide it is. How long
// comes before what may be cut.
func (sc *screen) drawWallWords(l *draw.Line, s *model.Snapshot, p *model.Problem) {
	last := len("  for 99m59s since 14:00:00Z")
	short := l.X+grid.Width(p.Reason)+last > l.A.W
	if short && !p.Since.IsZero() {
		l.Since(s, p.Since, draw.Strong).Gap(2)
	}
	l.Put(p.Reason, draw.Strong)
	if !short {
		sc.drawExtent(l, s, p)
	}
}

// drawCalm is what there is to say where nothing is broken, or nothing known.
func (sc *screen) drawCalm(a grid.Area, s *model.Snapshot, n now) int {
	words, st := "NOTHING IS BROKEN", draw.Fine
	if s.Verdict != model.Healthy {
		words, st = "NOTHING IS KNOWN YET", draw.Unsure
	}
	w, _ := draw.BigWidth(a, words)
	rows, mid := 3, 1
	if n.room && w+4 <= a.W && a.H >= 16 {
		rows, mid = 9, 5
		draw.Big(a, (a.W-w)/2, 2, words, st)
	} else {
		if n.bands < 3 {
			rows, mid = 2, 0
		}
		x := max(1, (a.W-len(words)-2)/2)
		a.Set(x, mid, draw.VerdictGlyph(a.Glyphs(), s.Verdict), st)
		a.Put(x+2, mid, a.W-x-2, words, st)
	}
	sc.drawCalmWhy(a, mid+1, s)
	return min(rows, a.H)
}

// drawCalmWhy says of how many that is so, and since when.
func (sc *screen) drawCalmWhy(a grid.Area, y int, s *model.Snapshot) {
	if s.Verdict != model.Healthy {
		x := max(1, (a.W-grid.Width(s.Why))/2)
		a.Put(x, y, a.W-x, s.Why, draw.Muted)
		return
	}
	const around = len("  servers and  models, for 99m59s since 14:00:00Z")
	l := &draw.Line{A: a, Y: y, X: max(1, (a.W-around-draw.Digits(len(s.Servers))-draw.Digits(len(s.Models)))/2)}
	l.Counted(len(s.Servers), " server", draw.Muted).Put(" and ", draw.Muted).Counted(len(s.Models), " model", draw.Muted)
	since := wellSince(s)
	l.Put(", for ", draw.Muted).Since(s, since, draw.Plain)
	if l.X+18 < a.W {
		l.Put(" since ", draw.Muted).Clock(since, sc.zone, draw.Muted).Zulu(sc.zone, draw.Muted)
	}
}

// wellSince is when the fleet became what it is now.
func wellSince(s *model.Snapshot) time.Time {
	for i := len(s.Events) - 1; i >= 0; i-- {
		if e := &s.Events[i]; e.Kind == model.EventVerdict && e.Server == "" && e.Model == "" {
			return e.At
		}
	}
	return s.Started
}

// drawTimeline lists what changed, newest first, with air between the lines
// where there is room for it.
func (sc *screen) drawTimeline(a grid.Area, s *model.Snapshot) {
	if len(sc.changes) == 0 {
		a.Put(1, 0, a.W-1, "nothing has changed since tritop began to look", draw.Muted)
		return
	}
	step := 1
	if len(sc.changes)*2 <= a.H {
		step = 2
	}
	for i := range min((a.H+step-1)/step, len(sc.changes)) {
		sc.drawChange(a, i*step, s, sc.changes[i])
		if e := &s.Events[sc.changes[i].at]; s.Now.Sub(e.At) < fresh {
			a.Ground(i*step, themes.Selected)
		}
	}
}

// fresh is how long a change stands out.
const fresh = 10 * time.Second
