package ui

import (
	"tritop/model"
	"tritop/themes"
	"tritop/ui/columns"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// drawBands shows the worst problems: object, words, since when, how wide, what
// changed before. It gives the rows used.
func (sc *screen) drawBands(a grid.Area, s *model.Snapshot, most int) int {
	if sc.stale > 0 {
		sc.drawOld(a)
		return 1 + sc.drawTold(a.Sub(0, 1, a.W, a.H-1), s, most-1)
	}
	return sc.drawTold(a, s, most)
}

// drawTold draws the problems, and below them what of tritop's own set-up
// somebody has to mend.
func (sc *screen) drawTold(a grid.Area, s *model.Snapshot, most int) int {
	n, first := notices(s)
	if n == 0 {
		return sc.drawProblems(a, s, most)
	}
	y := sc.drawProblems(a, s, max(1, most-1))
	l := &draw.Line{A: a, Y: y}
	l.Rune(a.Glyphs().Warn, draw.Warning).Gap(1)
	if !first.Since.IsZero() {
		l.Put("since ", draw.Muted).Clock(first.Since, sc.zone, draw.Plain).Gap(1)
	}
	rows := min(draw.WrappedRows(first.Text, a.W-l.X), max(1, min(2, a.H-y-2))) // what stays in force stands at its end
	draw.Wrap(a.Sub(l.X, y, a.W-l.X, rows), first.Text, draw.Plain)
	for k := range rows {
		a.Ground(y+k, themes.Caution)
	}
	if n > 1 {
		drawMore(a.Sub(0, y+rows-1, a.W, 1), n-1)
	}
	return y + rows
}

// notices counts what of tritop's own set-up somebody has to mend, and gives the
// first.
func notices(s *model.Snapshot) (n int, first *model.Notice) {
	for i := range s.Notices {
		if s.Notices[i].Verdict != model.Degraded {
			continue
		}
		if n++; first == nil {
			first = &s.Notices[i]
		}
	}
	return n, first
}

// drawOld says that the picture is not of now.
func (sc *screen) drawOld(a grid.Area) {
	l := &draw.Line{A: a}
	l.Put("DATA ", draw.Failing).Age(sc.stale, draw.Failing).Put(" OLD: the engine has not published since", draw.Failing)
	a.Ground(0, themes.Alarm)
}

func (sc *screen) drawProblems(a grid.Area, s *model.Snapshot, most int) int {
	if len(s.Problems) == 0 {
		sc.drawNoProblem(a, s)
		return 1
	}
	y := 0
	for i := range s.Problems {
		left := len(s.Problems) - i
		if y >= most && i > 0 {
			drawMore(a.Sub(0, y-1, a.W, 1), left)
			break
		}
		rows := 2
		if most-y < 2*left || most-y < 2 { // one row each, so that more of them are seen
			rows = 1
		}
		if i == 0 && most >= 2 {
			rows = 2
		}
		y += sc.drawBand(a.Sub(0, y, a.W, rows), s, &s.Problems[i])
	}
	return y
}

// drawMore says at the right end of a row how many problems are not shown.
func drawMore(a grid.Area, n int) {
	at := a.W - draw.Digits(n) - 9
	for x := at; x < a.W; x++ {
		a.Set(x, 0, ' ', draw.Plain)
	}
	l := &draw.Line{A: a, X: at}
	l.Put(" +", draw.Warning).Int(n, draw.Warning).Put(" more", draw.Warning)
}

func (sc *screen) drawNoProblem(a grid.Area, s *model.Snapshot) {
	l := &draw.Line{A: a}
	l.Rune(draw.VerdictGlyph(a.Glyphs(), s.Verdict), draw.VerdictStyle(s.Verdict)).Gap(1)
	if s.Verdict != model.Healthy {
		l.Put(s.Why, draw.Plain)
		return
	}
	l.Counted(len(s.Servers), " server", draw.Muted).Put(" and ", draw.Muted).Counted(len(s.Models), " model", draw.Muted).Put(": nothing is broken", draw.Muted)
}

// drawBand draws one problem in the rows of the area, two at most.
func (sc *screen) drawBand(a grid.Area, s *model.Snapshot, p *model.Problem) int {
	st := draw.VerdictStyle(p.Verdict)
	l := &draw.Line{A: a}
	l.Rune(draw.VerdictGlyph(a.Glyphs(), p.Verdict), st).Gap(1).Put(p.Object, st)
	if p.Model != "" && p.Servers == 1 {
		l.Put(" on ", draw.Muted).Put(p.Server, st)
	}
	if sc.news.is(s, p) {
		l.Put(" NEW", draw.Strong)
	}
	l.Gap(2)
	narrow := a.W < 60 || l.X+grid.Width(p.Reason)+len("  for 99m59s") > a.W
	if narrow && !p.Since.IsZero() { // since when comes before what may be cut
		l.Since(s, p.Since, draw.Strong).Gap(2)
	}
	l.Put(p.Reason, draw.Plain)
	if !narrow {
		sc.drawExtent(l, s, p)
	}
	a.Ground(0, sc.groundOf(s, p))
	if a.H < 2 {
		return 1
	}
	sc.drawWhy(&draw.Line{A: a, Y: 1, X: 2}, s, p)
	return 2
}

// drawExtent says whether it gets worse, since when it is so, and how wide it is.
func (sc *screen) drawExtent(l *draw.Line, s *model.Snapshot, p *model.Problem) {
	drawTrend(l, p.Trend)
	st := columns.StandingOf(s, p.Model)
	if !p.Since.IsZero() {
		l.Put("  for ", draw.Muted).Since(s, p.Since, draw.Strong)
		drawBudgetOf(l, &st, p.Reason)
		if l.A.W >= 100 {
			drawGoalOf(l, &st, p.Reason)
		}
		switch {
		case l.A.W >= 100:
			l.Put(" since ", draw.Muted).Clock(p.Since, sc.zone, draw.Plain)
		case st.Budget != nil && l.A.W-l.X >= len("  began 14:29"):
			l.Put("  began ", draw.Muted).Moment(p.Since, s.Now, sc.zone, draw.Plain)
		}
	}
	if p.Model == "" || p.Servers > 1 {
		drawReach(l.Gap(2), s, p)
	}
}

// drawTrend says whether it gets worse, in a word where there is room.
func drawTrend(l *draw.Line, t model.Trend) {
	g := l.A.Glyphs()
	switch {
	case t == model.TrendUnknown:
	case l.A.W >= 100:
		l.Put(", ", draw.Muted).Put(t.String(), trendStyle(t))
	case t == model.TrendRising:
		l.Gap(1).Rune(g.Rising, trendStyle(t))
	case t == model.TrendFalling:
		l.Gap(1).Rune(g.Falling, trendStyle(t))
	}
}

// trendStyle is loud where it gets worse.
func trendStyle(t model.Trend) grid.Style {
	switch t {
	case model.TrendRising:
		return draw.Failing
	case model.TrendFalling:
		return draw.Fine
	case model.TrendSteady, model.TrendUnknown:
	}
	return draw.Muted
}

// drawWhy draws the second row of a band: what changed just before, else what
// was seen.
func (sc *screen) drawWhy(l *draw.Line, s *model.Snapshot, p *model.Problem) {
	l.Rune(l.A.Glyphs().Arrow, draw.Muted).Gap(1)
	switch {
	case p.Change.Seq != 0:
		sc.drawCause(l, s, p)
	case p.Evidence != "":
		l.Put(p.Evidence, draw.Muted)
	default:
		l.Put("no change seen before it", draw.Muted)
	}
}

// bandGround is what a problem stands on: what is not known is no alarm.
func bandGround(v model.Verdict) themes.Ground {
	switch v {
	case model.Unhealthy:
		return themes.Alarm
	case model.Degraded:
		return themes.Caution
	case model.Unknown, model.Healthy:
	}
	return themes.Bar
}

// drawReach says how wide a problem is.
func drawReach(l *draw.Line, s *model.Snapshot, p *model.Problem) {
	if l.A.W-l.X < draw.Digits(p.Servers)+draw.Digits(len(s.Servers))+len(" of  servers") {
		return
	}
	if p.Versions > 1 && p.Model == "" && l.A.W-l.X >= 34 {
		l.Int(p.Versions, draw.Plain).Put(" model versions, ", draw.Muted)
	}
	l.Int(p.Servers, draw.Plain).Put(" of ", draw.Muted).Counted(len(s.Servers), " server", draw.Muted)
	if len(p.Regions) == 1 && l.X+len(p.Regions[0])+9 < l.A.W {
		l.Put(" in ", draw.Muted).Put(p.Regions[0], draw.Plain)
	} else if len(p.Regions) > 1 && l.X+14 < l.A.W {
		l.Put(" in ", draw.Muted).Int(len(p.Regions), draw.Plain).Put(" regions", draw.Muted)
	}
}

// alike counts the servers on which the same happened to a model version at about
// the same time.
func alike(s *model.Snapshot, e *model.Event) int {
	servers := 1
	for i := range s.Events {
		other := &s.Events[i]
		if apart := other.At.Sub(e.At); apart < together && apart > -together && gathers(e, other) == oneVersion {
			servers++
		}
	}
	return servers
}

// drawCause says what changed just before: of several servers at once, if so.
func (sc *screen) drawCause(l *draw.Line, s *model.Snapshot, p *model.Problem) {
	e := &p.Change
	servers := alike(s, e)
	l.Put("changed just before: ", draw.Change).Clock(e.At, sc.zone, draw.Change).Gap(1)
	if servers > 1 {
		l.Int(servers, draw.Plain).Put(" servers ", draw.Plain).Put(e.Model, draw.Plain).Put(" v", draw.Plain).Put(e.Version, draw.Plain).Gap(1).Put(e.Words(), draw.Change)
		return
	}
	l.Put(e.Object(), draw.Plain).Gap(1).Put(e.Words(), draw.Change)
}
