package ui

import (
	"strings"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/grid"
)

// drawBands shows the worst problems: object, words, since when, how wide, what
// changed before. It gives the rows used.
func (sc *screen) drawBands(a grid.Area, s *model.Snapshot, most int) int {
	if sc.stale > 0 {
		l := &line{a: a}
		l.put("DATA ", failing).age(sc.stale, failing).put(" OLD: the engine has not published since", failing)
		a.Ground(0, themes.Alarm)
		return 1 + sc.drawProblems(a.Sub(0, 1, a.W, a.H-1), s, most-1)
	}
	return sc.drawProblems(a, s, most)
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
	at := a.W - digits(n) - 9
	for x := at; x < a.W; x++ {
		a.Set(x, 0, ' ', plain)
	}
	l := &line{a: a, x: at}
	l.put(" +", warning).int(n, warning).put(" more", warning)
}

func (sc *screen) drawNoProblem(a grid.Area, s *model.Snapshot) {
	l := &line{a: a}
	l.rune(verdictGlyph(a.Glyphs(), s.Verdict), verdictStyle(s.Verdict)).gap(1)
	if s.Verdict != model.Healthy {
		l.put(s.Why, plain)
		return
	}
	l.counted(len(s.Servers), " server", muted).put(" and ", muted).counted(len(s.Models), " model", muted).put(": nothing is broken", muted)
}

// counted writes a number with its noun, in the plural where it is not one.
func (l *line) counted(n int, noun string, s grid.Style) *line {
	l.int(n, s).put(noun, s)
	if n != 1 {
		l.put("s", s)
	}
	return l
}

// drawBand draws one problem in the rows of the area, two at most.
func (sc *screen) drawBand(a grid.Area, s *model.Snapshot, p *model.Problem) int {
	st := verdictStyle(p.Verdict)
	l := &line{a: a}
	l.rune(verdictGlyph(a.Glyphs(), p.Verdict), st).gap(1).put(p.Object, st)
	if p.Model != "" && p.Servers == 1 {
		l.put(" on ", muted).put(p.Server, st)
	}
	l.gap(2)
	narrow := a.W < 60 || l.x+grid.Width(p.Reason)+len("  for 99m59s") > a.W
	if narrow && !p.Since.IsZero() { // since when comes before what may be cut
		l.since(s, p.Since, strong).gap(2)
	}
	l.put(p.Reason, plain)
	if !narrow {
		if !p.Since.IsZero() {
			l.put("  for ", muted).since(s, p.Since, strong)
			if a.W >= 100 {
				l.put(" since ", muted).clock(p.Since, sc.zone, plain)
			}
		}
		if p.Model == "" || p.Servers > 1 {
			drawReach(l.gap(2), s, p)
		}
	}
	a.Ground(0, bandGround(p.Verdict))
	if a.H < 2 {
		return 1
	}
	sc.drawWhy(a, s, p)
	return 2
}

// drawWhy draws the second row of a band: what changed just before, else what
// was seen.
func (sc *screen) drawWhy(a grid.Area, s *model.Snapshot, p *model.Problem) {
	l := &line{a: a, y: 1, x: 2}
	l.rune(a.Glyphs().Arrow, muted).gap(1)
	switch {
	case p.Change.Seq != 0:
		sc.drawCause(l, s, p)
	case p.Evidence != "":
		l.put(p.Evidence, muted)
	default:
		l.put("no change seen before it", muted)
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
func drawReach(l *line, s *model.Snapshot, p *model.Problem) {
	if p.Versions > 1 && p.Model == "" && l.a.W-l.x >= 34 {
		l.int(p.Versions, plain).put(" model versions, ", muted)
	}
	l.int(p.Servers, plain).put(" of ", muted).counted(len(s.Servers), " server", muted)
}

// drawCause says what changed just before: of several servers at once, if so.
func (sc *screen) drawCause(l *line, s *model.Snapshot, p *model.Problem) {
	e := &p.Change
	servers := 1
	for i := range s.Events {
		other := &s.Events[i]
		if apart := other.At.Sub(e.At); apart < together && apart > -together && gathers(e, other) == oneVersion {
			servers++
		}
	}
	l.put("changed just before: ", change).clock(e.At, sc.zone, change).gap(1)
	if servers > 1 {
		l.int(servers, plain).put(" servers ", plain).put(e.Model, plain).put(" v", plain).put(e.Version, plain).gap(1).put(e.Words(), change)
		return
	}
	l.put(e.Object(), plain).gap(1).put(e.Words(), change)
}

// withoutWords is what the detail of an event says beyond its words.
func withoutWords(e *model.Event) string {
	return strings.TrimLeft(strings.TrimPrefix(e.Detail, e.To), ":· ")
}
