package ui

import (
	"strings"
	"time"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/grid"
)

// drawHeader says who speaks, of when, how sure, and how bad it is.
func (sc *screen) drawHeader(a grid.Area, s *model.Snapshot) {
	l := &line{a: a}
	l.put("tritop", brand).gap(1).put(s.Fleet, strong).gap(1)
	if a.W >= 60 {
		l.put("READ-ONLY", muted).gap(1)
	}
	l.clock(s.Now, sc.zone, plain)
	if sc.zone == time.UTC {
		l.put("Z", plain)
	}
	l.gap(1)
	if a.W >= 72 {
		drawSources(l, s)
	}
	drawCounts(a, l, s)
	a.Ground(0, themes.Bar)
}

// drawSources says how much of our own monitoring works, and how old the data is.
func drawSources(l *line, s *model.Snapshot) {
	good, age := 0, time.Duration(0)
	for i := range s.Sources {
		if s.Sources[i].Failures == 0 {
			good++
		}
	}
	for i := range s.Servers {
		if t := s.Servers[i].LastAnswer; !t.IsZero() {
			age = max(age, s.Now.Sub(t))
		}
	}
	style := muted
	if good < len(s.Sources) {
		style = warning
	}
	l.gap(1).put("sources ", style).int(good, style).put("/", style).int(len(s.Sources), style)
	style = muted
	if age >= 3*time.Second {
		style = warning
	}
	l.gap(1).put("age ", style).age(age, style)
}

// drawCounts counts servers and models by verdict, at the right edge.
func drawCounts(a grid.Area, l *line, s *model.Snapshot) {
	var n [4]int
	for i := range s.Servers {
		n[s.Servers[i].Finding.Verdict]++
	}
	for i := range s.Models {
		n[s.Models[i].Finding.Verdict]++
	}
	long := a.W >= 110
	x := a.W
	for _, v := range [...]model.Verdict{model.Healthy, model.Unknown, model.Degraded, model.Unhealthy} {
		style := verdictStyle(v)
		if n[v] == 0 && v != model.Healthy && !long {
			continue
		}
		if n[v] == 0 {
			style = faint
		}
		width := 2 + digits(n[v])
		word := [...]string{" unknown", " well", " degraded", " failing"}[v]
		if long {
			width += len(word)
		}
		x -= width + 2
		if x < l.x {
			return
		}
		c := &line{a: a, x: x}
		c.rune(verdictGlyph(a.Glyphs(), v), style).gap(1).int(n[v], style)
		if long {
			c.put(word, style)
		}
	}
}

func digits(n int) int {
	d := 1
	for ; n >= 10; n /= 10 {
		d++
	}
	return d
}

// drawFooter shows the keys that work now, from the table of bindings.
func (sc *screen) drawFooter(a grid.Area) {
	l := &line{a: a, x: 1}
	if sc.filtering {
		sc.drawFilter(a)
		a.Ground(0, themes.Bar)
		return
	}
	if sc.note != "" {
		l.put(sc.note, warning)
		a.Ground(0, themes.Bar)
		return
	}
	if sc.filter != "" {
		l.put("filter ", muted).put(sc.filter, strong).gap(2)
	}
	for i := range bindings {
		b := &bindings[i]
		if b.footer == "" || b.why != nil && b.why(sc) != "" {
			continue
		}
		key, _, _ := strings.Cut(b.show, ",")
		if l.x+len(key)+1+len(b.footer) > a.W-1 {
			break
		}
		l.put(key, keyed).gap(1).put(b.footer, muted).gap(2)
	}
	a.Ground(0, themes.Bar)
}

// drawBands shows the worst problems: object, words, since, how wide, what
// changed before. It gives the rows used.
func (sc *screen) drawBands(a grid.Area, s *model.Snapshot, most int) int {
	if sc.stale > 0 {
		l := &line{a: a}
		l.put("DATA ", failing).age(sc.stale, failing).put(" OLD: the engine has not published since", failing)
		a.Ground(0, themes.Alarm)
		return 1 + sc.drawBands2(a.Sub(0, 1, a.W, a.H-1), s, most-1)
	}
	return sc.drawBands2(a, s, most)
}

func (sc *screen) drawBands2(a grid.Area, s *model.Snapshot, most int) int {
	if len(s.Problems) == 0 {
		l := &line{a: a}
		v := s.Verdict
		l.rune(verdictGlyph(a.Glyphs(), v), verdictStyle(v)).gap(1)
		if v == model.Healthy {
			l.int(len(s.Servers), muted).put(" servers and ", muted).int(len(s.Models), muted).put(" models: nothing is broken", muted)
		} else {
			l.put(s.Why, plain)
		}
		return 1
	}
	y := 0
	for i := range s.Problems {
		if y+2 > most && i > 0 {
			l := &line{a: a, y: max(0, y-1), x: a.W - 12}
			l.put("+", warning).int(len(s.Problems)-i, warning).put(" more", warning)
			break
		}
		y += sc.drawBand(a.Sub(0, y, a.W, 2), s, &s.Problems[i], most-y)
	}
	return y
}

// drawReach says how wide a problem is.
func drawReach(l *line, s *model.Snapshot, p *model.Problem) {
	room := l.a.W - l.x
	if p.Versions > 1 && p.Model == "" && room >= 34 {
		l.int(p.Versions, plain).put(" model versions, ", muted)
	}
	if room < 16 {
		l.int(p.Servers, plain).put("/", muted).int(len(s.Servers), plain)
		return
	}
	l.int(p.Servers, plain).put(" of ", muted).int(len(s.Servers), plain).put(" servers", muted)
}

// drawBand draws one problem in two rows, or one where there is no room.
func (sc *screen) drawBand(a grid.Area, s *model.Snapshot, p *model.Problem, room int) int {
	st := verdictStyle(p.Verdict)
	l := &line{a: a}
	l.rune(verdictGlyph(a.Glyphs(), p.Verdict), st).gap(1).put(p.Object, st).gap(2)
	if a.W < 60 && !p.Since.IsZero() { // since when comes before what may be cut
		l.age(s.Now.Sub(p.Since), strong).gap(2)
	}
	l.put(p.Reason, plain)
	if a.W >= 60 && !p.Since.IsZero() {
		l.put("  for ", muted).age(s.Now.Sub(p.Since), strong)
		if a.W >= 100 {
			l.put(" since ", muted).clock(p.Since, sc.zone, plain)
		}
	}
	if a.W >= 60 {
		drawReach(l.gap(2), s, p)
	}
	tint := themes.Alarm
	if p.Verdict != model.Unhealthy {
		tint = themes.Caution
	}
	a.Ground(0, tint)
	if room < 2 {
		return 1
	}
	l = &line{a: a, y: 1, x: 2}
	l.rune(a.Glyphs().Arrow, muted).gap(1)
	switch {
	case p.Change.Seq != 0:
		l.put("changed just before: ", change).clock(p.Change.At, sc.zone, change).gap(1).put(p.Change.Object(), plain).gap(1).words(&p.Change, false)
	case p.Evidence != "":
		l.put(p.Evidence, muted)
	default:
		l.put("no change seen before it", muted)
	}
	return 2
}
