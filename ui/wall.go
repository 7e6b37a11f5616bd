package ui

import (
	"time"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/columns"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// The wall is for the incident room: it is read from five metres and takes no
// keys. What is broken stands first and largest, healthy things are only
// counted, and when the engine's news stop the picture says so and loses its
// colours.

// drawWall draws the wall in whatever room there is.
func (sc *screen) drawWall(a grid.Area, s *model.Snapshot) {
	sc.orderChanges(s, nil)
	head := 1
	if wallIsLarge(a) {
		head = draw.BigRows
	}
	body := a.Sub(0, head, a.W, a.H-head-1)
	y := 0
	if sc.stale > 0 {
		y = min(body.H, staleRows(body))
	}
	sc.drawWallHead(a.Sub(0, 0, a.W, head), s)
	chosen := sc.clock.span
	if chosen == 0 {
		sc.clock.span = wallSpan(s)
	}
	sc.drawWallBody(body.Sub(0, y, body.W, body.H-y), s)
	sc.clock.span = chosen
	sc.drawWallFoot(a.Sub(0, a.H-1, a.W, 1), s)
	if sc.stale > 0 {
		a.Wash(themes.Muted, themes.Plain)
		sc.drawStale(body.Sub(0, 0, body.W, y))
	}
}

// wallSpan is what the wall looks back on, where nobody can turn the scale: as
// long as tritop watches, half an hour at most.
func wallSpan(s *model.Snapshot) time.Duration {
	watched := s.Now.Sub(s.Started)
	for _, d := range [...]time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute} {
		if watched <= d {
			return d
		}
	}
	return 30 * time.Minute
}

// wallIsLarge says whether there is room for letters of three rows.
func wallIsLarge(a grid.Area) bool { return a.W >= 120 && a.H >= 36 }

func (sc *screen) drawWallBody(a grid.Area, s *model.Snapshot) {
	switch {
	case a.W >= 120 && a.H >= 25:
		sc.drawWallLarge(a, s)
	case a.W >= 60 && a.H >= 14:
		sc.drawWallSmall(a, s)
	default:
		sc.drawWallTiny(a, s)
	}
}

// drawWallTiny is for what is too small for figures: what is broken, and what
// changed.
func (sc *screen) drawWallTiny(a grid.Area, s *model.Snapshot) {
	y := sc.drawNow(a, s, now{most: a.H - 2, bands: 2})
	y += sc.drawWallFailing(a.Sub(0, y, a.W, a.H-y-3), s)
	if y+2 > a.H {
		return
	}
	drawRule(a, y, "newest first", false)
	sc.drawTimeline(a.Sub(0, y+1, a.W, a.H-y-1), s)
}

// drawWallFailing lists the models that are not well in a row each: where they
// still serve, and what share of users' requests fails. It gives the rows used.
func (sc *screen) drawWallFailing(a grid.Area, s *model.Snapshot) int {
	rows := sc.wallModels(s)
	n := max(0, min(len(rows), a.H))
	for y := range n {
		if left := len(rows) - y; y == n-1 && left > 1 {
			l := &draw.Line{A: a, Y: y, X: 2}
			l.Rune(a.Glyphs().Ellipsis, draw.Faint).Gap(1).Int(left, draw.Warning).Put(" more models are not well", draw.Warning)
			break
		}
		drawWallModel(a.Sub(0, y, a.W, 1), &s.Models[rows[y]])
	}
	return n
}

func drawWallModel(a grid.Area, m *model.Model) {
	v := m.Finding.Verdict
	a.Set(0, 0, draw.VerdictGlyph(a.Glyphs(), v), draw.VerdictStyle(v))
	a.Put(2, 0, a.W-22, m.Name, draw.Strong)
	l := &draw.Line{A: a, X: max(2, a.W-19)}
	if f := m.Window.ErrorRatio; f.Known() {
		l.Put("err ", draw.Muted).Short(100*f.Value, draw.VerdictStyle(v)).Put(" %", draw.Muted)
	}
	columns.DrawServing(a.Sub(a.W-8, 0, 8, 1), m, draw.VerdictStyle(v))
}

// drawWallLarge is for 120x36 and more.
func (sc *screen) drawWallLarge(a grid.Area, s *model.Snapshot) {
	y := 1 + sc.drawNow(a.Sub(0, 1, a.W, a.H-1), s, now{most: a.H * 2 / 5, bands: 3, large: true, room: true})
	y++
	rest := a.H - y
	h := max(1, min(10, (rest-4-max(8, min(len(sc.changes)+2, rest/2)))/len(sc.signals(s))))
	upper, left := min(rest, 4*h+4), a.W
	if len(sc.wallModels(s)) > 0 {
		left = a.W * 3 / 5
		in := a.Sub(left+1, y, a.W-left-1, upper).Box("WHERE", "models that are not well", draw.Faint, draw.Strong, draw.Muted)
		sc.drawWallWhere(in, s)
	}
	in := a.Sub(0, y, left, upper).Box("GOLDEN SIGNALS", "of users, the whole fleet", draw.Faint, draw.Strong, draw.Muted)
	sc.drawSignals4(in, s)
	sc.drawWallBelow(a.Sub(0, y+upper, a.W, rest-upper), s)
}

// drawWallBelow is what changed, and the GPUs where there are any.
func (sc *screen) drawWallBelow(a grid.Area, s *model.Snapshot) {
	if a.H < 3 {
		return
	}
	width := a.W
	if sc.hot.wants(s) > 0 {
		width = a.W * 3 / 5
		in := a.Sub(width+1, 0, a.W-width-1, a.H).Box("GPUS", "hottest first, busy and memory %", draw.Faint, draw.Strong, draw.Muted)
		sc.drawHottest(in, s)
	}
	in := a.Sub(0, 0, width, a.H).Box("TIMELINE", "newest first", draw.Faint, draw.Strong, draw.Muted)
	sc.drawTimeline(in, s)
}

// drawWallSmall is for 60x16 up to there.
func (sc *screen) drawWallSmall(a grid.Area, s *model.Snapshot) {
	y := sc.drawNow(a, s, now{most: a.H * 2 / 5, bands: 3})
	strip := 1
	if a.H >= 22 {
		strip = 2
	}
	drawRule(a, y, "golden signals of the fleet", false)
	y += 1 + sc.drawSignalRows(a.Sub(0, y+1, a.W, a.H-y-1), s, strip)
	const enough = 8
	if rows, room := sc.wallModels(s), a.H-y-1-min(len(sc.changes), 6); room >= enough && len(rows) > 0 {
		h := min(len(rows)+3, room-1)
		drawRule(a, y, "where", false)
		sc.drawMatrix(a.Sub(0, y+1, a.W, h), s, &listed{rows: rows, cursor: -1})
		y += h + 1
	}
	drawRule(a, y, "timeline, newest first", false)
	sc.drawTimeline(a.Sub(0, y+1, a.W, a.H-y-1), s)
}

// drawWallHead says of which fleet, how bad, and when.
func (sc *screen) drawWallHead(a grid.Area, s *model.Snapshot) {
	mid := a.H / 2
	l := &draw.Line{A: a, X: 1, Y: mid}
	if a.W >= 60 {
		l.Put("TRITON ", draw.Brand)
	}
	l.Put(s.Fleet, draw.Strong).Gap(2)
	sc.counted.prepare(s)
	sc.drawFiring(l)
	l.Gap(-2)
	clock := 9
	if a.H >= draw.BigRows {
		clock = draw.ClockWidth(a)
		draw.BigClock(a, a.W-clock-1, s.Now, sc.zone, draw.Strong)
		if sc.zone == time.UTC && !a.Glyphs().ASCII {
			clock += 5
			a.Put(a.W-clock, mid+1, 3, "UTC", draw.Muted)
		}
	} else {
		r := &draw.Line{A: a, X: a.W - 9}
		r.Clock(s.Now, sc.zone, draw.Strong).Zulu(sc.zone, draw.Muted)
	}
	sc.drawWallCounts(a.Sub(l.X+2, 0, a.W-clock-3-l.X, a.H), s)
	for y := range a.H {
		a.Ground(y, themes.Bar)
	}
}

// drawWallCounts counts servers and models by verdict, as large as there is room
// for.
func (sc *screen) drawWallCounts(a grid.Area, s *model.Snapshot) {
	sc.counted.prepare(s)
	c := &sc.counted
	if a.H < draw.BigRows {
		c.drawAt(a, 0)
		return
	}
	w := c.servers.bigWidth(a) + c.models.bigWidth(a) + len("servers  models  ") + 3
	if w > a.W {
		c.drawAt(a.Sub(0, 1, a.W, 1), 0)
		return
	}
	l := &draw.Line{A: a, X: (a.W - w) / 2, Y: 1}
	c.servers.drawBig(l.Put("servers  ", draw.Muted))
	c.models.drawBig(l.Gap(3).Put("models  ", draw.Muted))
}

// bigWidth is how many columns the tally takes in large figures.
func (n *tally) bigWidth(a grid.Area) (w int) {
	for _, v := range worstFirst {
		if n[v] > 0 {
			w += 2 + draw.BigIntWidth(a, n[v]) + 1 + len(verdictWords[v]) + 3
		}
	}
	if w == 0 {
		return len("none known") + 3
	}
	return w
}

func (n *tally) drawBig(l *draw.Line) {
	for _, v := range worstFirst {
		if n[v] == 0 {
			continue
		}
		st := draw.VerdictStyle(v)
		l.Rune(draw.VerdictGlyph(l.A.Glyphs(), v), st).Gap(1)
		l.X += draw.BigInt(l.A, l.X, 0, n[v], st)
		l.Gap(1).Put(verdictWords[v], st).Gap(3)
	}
	if *n == (tally{}) {
		l.Put("none known", draw.Unsure).Gap(3)
	}
}

// drawWallFoot says how fresh the picture is, and that it takes no keys.
func (sc *screen) drawWallFoot(a grid.Area, s *model.Snapshot) {
	l := &draw.Line{A: a, X: 1}
	sc.counted.prepare(s)
	drawSources(l, s, &sc.counted, sc.stale)
	if n, first := notices(s); n > 0 && a.W >= 120 {
		l.Gap(3).Rune(a.Glyphs().Warn, draw.Warning).Gap(1)
		l.X += a.Put(l.X, 0, a.W/2, first.Text, draw.Warning)
	}
	words := "view-only wall"
	if !sc.opt.Wall && sc.canGoBack() {
		words = "view-only wall, esc goes back"
	}
	if l.X+2+len(words) <= a.W {
		a.PutRight(0, 0, a.W-1, words, draw.Muted)
	}
	a.Ground(0, themes.Bar)
}

// staleRows is how high the alarm is that says that the picture is old.
func staleRows(a grid.Area) int {
	switch {
	case a.W >= 80 && a.H >= 28:
		return 7
	case a.H >= 12:
		return 3
	}
	return 1
}

// drawStale says that the picture is old, larger than anything else.
func (sc *screen) drawStale(a grid.Area) {
	var buf [48]byte
	b := append(buf[:0], "DATA "...)
	b = draw.AppendSeconds(b, sc.stale)
	b = append(b, " OLD"...)
	words, mid := string(b), a.H/2
	a.Blank()
	if w, ok := draw.BigWidth(a, words); ok && a.H >= 7 && w <= a.W-4 {
		draw.Big(a, (a.W-w)/2, 1, words, draw.Failing)
		mid = a.H - 2
	}
	l := &draw.Line{A: a, Y: mid, X: max(0, (a.W-len(words)-len(staleWhy))/2)}
	l.Put(words, draw.Failing)
	if a.W >= 60 {
		l.Put(staleWhy, draw.Plain)
	}
	for y := range a.H {
		a.Ground(y, themes.Alarm)
	}
}

const staleWhy = ": the engine has not published since"
