package ui

import (
	"strings"
	"time"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// drawHeader says who speaks, of when, how sure, and how bad it is.
func (sc *screen) drawHeader(a grid.Area, s *model.Snapshot) {
	sc.counted.prepare(s)
	l := &draw.Line{A: a}
	l.Put("tritop", draw.Brand).Gap(1).Put(s.Fleet, draw.Strong).Gap(1)
	sc.drawFiring(l)
	if a.W >= 100 || a.W >= 60 && !sc.frozen && sc.counted.loud == 0 { // the counts need the room
		l.Put("READ-ONLY", draw.Muted).Gap(1)
	}
	if sc.frozen {
		if l.Put("FROZEN", draw.Failing).Gap(1); sc.held >= time.Second {
			l.Age(sc.held, draw.Failing).Gap(1)
		}
	}
	l.Clock(s.Now, sc.zone, draw.Plain).Zulu(sc.zone, draw.Plain).Gap(1)
	old := *l
	switch {
	case sc.stale > 0:
		sc.drawAge(l)
	case a.W >= 72:
		drawSources(l, s, &sc.counted, 0)
	}
	sc.counted.drawAt(a, l.X)
	if sc.stale > 0 { // the counts are of then
		a.Wash(themes.Muted, themes.Plain)
		sc.drawAge(&old)
	}
	a.Ground(0, themes.Bar)
}

// drawAge says how old the picture is.
func (sc *screen) drawAge(l *draw.Line) {
	l.Put("DATA ", draw.Failing).Age(sc.stale, draw.Failing).Put(" OLD", draw.Failing).Gap(1)
}

// counted is what the header counts. It is counted once per snapshot.
type counted struct {
	snap            *model.Snapshot
	servers, models tally
	works           int           // of our own sources
	loud, quieted   int           // firing alerts that nobody has in hand, and the others
	age             time.Duration // of the oldest of the servers' last answers
}

func (c *counted) prepare(s *model.Snapshot) {
	if c.snap == s {
		return
	}
	*c = counted{snap: s}
	for i := range s.Sources {
		if s.Sources[i].Works(s.Now) {
			c.works++
		}
	}
	for i := range s.Servers {
		c.servers[s.Servers[i].Finding.Verdict]++
		if t := s.Servers[i].LastAnswer; !t.IsZero() {
			c.age = max(c.age, s.Now.Sub(t))
		}
	}
	for i := range s.Models {
		c.models[standing(&s.Models[i], s)]++
	}
	c.loud, c.quieted = firing(s)
}

// drawSources says how much of our own monitoring works, and how old the oldest
// of the servers' last answers is; stale: how old the snapshot itself is.
func drawSources(l *draw.Line, s *model.Snapshot, c *counted, stale time.Duration) {
	good, age := c.works, c.age
	style := draw.Muted
	if good < len(s.Sources) {
		style = draw.Warning
	}
	l.Put("sources ", style).Int(good, style).Put("/", style).Int(len(s.Sources), style)
	age += stale
	style = draw.Muted
	if age >= 3*time.Second {
		style = draw.Warning
	}
	l.Gap(1).Put("age ", style).Age(age, style)
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
			w += 3 + draw.Digits(n[v])
			if words {
				w += 1 + len(verdictWords[v])
			}
		}
	}
	return max(w, 3)
}

// verdictWords are the verdicts as the header counts them.
var verdictWords = map[model.Verdict]string{model.Unhealthy: "failing", model.Degraded: "degraded", model.Unknown: "unknown", model.Healthy: "well"}

func (n *tally) draw(l *draw.Line, words bool) {
	none := true
	for _, v := range worstFirst {
		if n[v] == 0 {
			continue
		}
		st := draw.VerdictStyle(v)
		l.Rune(draw.VerdictGlyph(l.A.Glyphs(), v), st).Gap(1).Int(n[v], st)
		if words {
			l.Gap(1).Put(verdictWords[v], st)
		}
		l.Gap(1)
		none = false
	}
	if none {
		l.Put("0", draw.Muted).Gap(2)
	}
}

// drawAt writes the counts at the right end of a row of which the columns before
// from are taken.
func (c *counted) drawAt(a grid.Area, from int) {
	room := a.W - from - 2
	for _, form := range [...]struct {
		servers, models string
		words           bool
	}{{"servers ", "  models ", true}, {"servers ", "  models ", false}, {"srv ", " mod ", false}} {
		if w := c.servers.width(form.words) + c.models.width(form.words) + len(form.servers) + len(form.models); w <= room {
			l := &draw.Line{A: a, X: a.W - w}
			c.servers.draw(l.Put(form.servers, draw.Muted), form.words)
			c.models.draw(l.Put(form.models, draw.Muted), form.words)
			return
		}
	}
	both := c.servers
	for v, n := range c.models {
		both[v] += n
	}
	both.draw(&draw.Line{A: a, X: max(from, a.W-both.width(false))}, false)
}

// drawFooter shows the keys that work now, from the table of bindings. Help and
// the way out are always there.
func (sc *screen) drawFooter(a grid.Area) {
	l := &draw.Line{A: a, X: 1}
	o := sc.top()
	switch {
	case sc.prompt.kind != noPrompt:
		sc.prompt.drawLine(a)
	case sc.note != "":
		l.Put(sc.note, draw.Warning)
	default:
		if o.filter.text != "" {
			l.Put("filter ", draw.Muted).Put(o.filter.text, draw.Strong).Gap(2)
		}
		if p := o.pane(); p != nil && len(p.marks) > 0 {
			drawMarks(l, p)
		}
		sc.drawKeys(l)
	}
	a.Ground(0, themes.Bar)
}

// drawMarks counts the marked rows, and those of them that are not to be seen.
func drawMarks(l *draw.Line, p *pane) {
	l.Int(len(p.marks), draw.Strong).Put(" marked", draw.Strong)
	if hidden := p.hiddenMarks(); hidden > 0 {
		l.Put(", ", draw.Muted).Int(hidden, draw.Warning).Put(" of them hidden", draw.Warning)
	}
	l.Gap(2)
}

func (sc *screen) drawKeys(l *draw.Line) {
	kept := 0
	for i := range sc.keys.all {
		if b := &sc.keys.all[i]; b.stays {
			kept += b.footerWidth()
		}
	}
	for _, i := range sc.keys.footer {
		b := &sc.keys.all[i]
		if b.notNow(sc) != "" {
			continue
		}
		w := b.footerWidth()
		if b.stays {
			kept -= w
		} else if l.X+w+kept > l.A.W {
			continue
		}
		key, _, _ := strings.Cut(b.show, ",")
		sc.mouse.key(l.A.X+l.X, l.A.Y, w-2, i)
		l.Put(key, draw.Keyed).Gap(1).Put(b.footer, draw.Muted).Gap(2)
	}
}

// footerWidth is how many columns the binding takes in the footer.
func (b *binding) footerWidth() int {
	key, _, _ := strings.Cut(b.show, ",")
	return len(key) + 1 + len(b.footer) + 2
}
