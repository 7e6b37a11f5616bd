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
	if sc.frozen {
		l.put("FROZEN", failing).gap(1)
	}
	l.clock(s.Now, sc.zone, plain).zulu(sc.zone, plain).gap(1)
	if a.W >= 72 {
		drawSources(l, s)
	}
	drawCounts(a, l.x, s)
	a.Ground(0, themes.Bar)
}

// drawSources says how much of our own monitoring works, and how old the oldest
// of the servers' last answers is.
func drawSources(l *line, s *model.Snapshot) {
	good, age := 0, time.Duration(0)
	for i := range s.Sources {
		if s.Sources[i].Works(s.Now) {
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
	l.put("sources ", style).int(good, style).put("/", style).int(len(s.Sources), style)
	style = muted
	if age >= 3*time.Second {
		style = warning
	}
	l.gap(1).put("age ", style).age(age, style)
}

// tally counts objects by verdict.
type tally [4]int

// worstFirst is the order in which verdicts are counted.
var worstFirst = [...]model.Verdict{model.Unhealthy, model.Degraded, model.Unknown, model.Healthy}

// width is how many columns the tally takes; words: with the verdicts in words.
func (n *tally) width(words bool) int {
	w := 0
	for _, v := range worstFirst {
		if n[v] > 0 {
			w += 3 + digits(n[v])
			if words {
				w += 1 + len(verdictWords[v])
			}
		}
	}
	return max(w, 3)
}

// verdictWords are the verdicts as the header counts them.
var verdictWords = map[model.Verdict]string{model.Unhealthy: "failing", model.Degraded: "degraded", model.Unknown: "unknown", model.Healthy: "well"}

func (n *tally) draw(l *line, words bool) {
	none := true
	for _, v := range worstFirst {
		if n[v] == 0 {
			continue
		}
		st := verdictStyle(v)
		l.rune(verdictGlyph(l.a.Glyphs(), v), st).gap(1).int(n[v], st)
		if words {
			l.gap(1).put(verdictWords[v], st)
		}
		l.gap(1)
		none = false
	}
	if none {
		l.put("0", muted).gap(2)
	}
}

// drawCounts counts servers and models by verdict, at the right edge, in as many
// words as there is room for.
func drawCounts(a grid.Area, from int, s *model.Snapshot) {
	var servers, models, both tally
	for i := range s.Servers {
		servers[s.Servers[i].Finding.Verdict]++
		both[s.Servers[i].Finding.Verdict]++
	}
	for i := range s.Models {
		models[s.Models[i].Finding.Verdict]++
		both[s.Models[i].Finding.Verdict]++
	}
	room := a.W - from - 2
	for _, form := range [...]struct {
		servers, models string
		words           bool
	}{{"servers ", "  models ", true}, {"servers ", "  models ", false}, {"srv ", " mod ", false}} {
		if w := servers.width(form.words) + models.width(form.words) + len(form.servers) + len(form.models); w <= room {
			l := &line{a: a, x: a.W - w}
			servers.draw(l.put(form.servers, muted), form.words)
			models.draw(l.put(form.models, muted), form.words)
			return
		}
	}
	both.draw(&line{a: a, x: max(from, a.W-both.width(false))}, false)
}

func digits(n int) int {
	d := 1
	for ; n >= 10; n /= 10 {
		d++
	}
	return d
}

// drawFooter shows the keys that work now, from the table of bindings. Help and
// the way out are always there.
func (sc *screen) drawFooter(a grid.Area) {
	l := &line{a: a, x: 1}
	switch {
	case sc.filtering:
		sc.drawFilter(a)
	case sc.note != "":
		l.put(sc.note, warning)
	default:
		if sc.filter != "" {
			l.put("filter ", muted).put(sc.filter, strong).gap(2)
		}
		sc.drawKeys(l)
	}
	a.Ground(0, themes.Bar)
}

func (sc *screen) drawKeys(l *line) {
	kept := 0
	for i := range bindings {
		if b := &bindings[i]; b.stays {
			kept += b.footerWidth()
		}
	}
	for i := range bindings {
		b := &bindings[i]
		if b.footer == "" || b.why != nil && b.why(sc) != "" {
			continue
		}
		w := b.footerWidth()
		if b.stays {
			kept -= w
		} else if l.x+w+kept > l.a.W {
			continue
		}
		key, _, _ := strings.Cut(b.show, ",")
		l.put(key, keyed).gap(1).put(b.footer, muted).gap(2)
	}
}

// footerWidth is how many columns the binding takes in the footer.
func (b *binding) footerWidth() int {
	key, _, _ := strings.Cut(b.show, ",")
	return len(key) + 1 + len(b.footer) + 2
}
