package ui

import (
	"strings"

	"tritop/model"
	"tritop/ui/grid"
)

// page writes the lines of a long text, of which the screen shows a part.
type page struct {
	a grid.Area
	y int // of the next line, above or below what is shown too
}

// keyRoom is how wide the column of keys and titles is.
func (p *page) keyRoom() int {
	if p.a.W < 60 {
		return 12
	}
	return 18
}

func (p *page) row(key, text, why string) {
	keys := p.keyRoom()
	p.a.Put(2, p.y, keys-3, key, keyed)
	p.y += p.paragraph(text, plain)
	if why != "" {
		p.y += p.paragraph(why, faint)
	}
}

// paragraph writes a text from the column behind the keys on, in as many rows as
// it takes, and gives how many.
func (p *page) paragraph(text string, s grid.Style) (rows int) {
	x := p.keyRoom()
	for ; text != ""; rows++ {
		end := fits(text, p.a.W-x-1)
		p.a.Put(x, p.y+rows, p.a.W-x-1, text[:end], s)
		text = strings.TrimLeft(text[end:], " ")
	}
	return max(rows, 1)
}

func (p *page) head(text string) {
	p.y++
	p.a.Put(2, p.y, p.a.W-3, text, strong)
	p.y++
}

// drawHelp lists the bindings, the signs and the columns.
func (sc *screen) drawHelp(a grid.Area) {
	l := &line{a: a, x: 1}
	l.put("overview", muted).put(" > ", faint).put("HELP", strong).put("  j k and page keys scroll, esc goes back", muted)
	body := a.Sub(0, 1, a.W, a.H-1)
	length := sc.drawPage(&page{a: body.Sub(0, 0, body.W, 0)})
	sc.scroll = max(0, min(sc.scroll, length-body.H))
	sc.drawPage(&page{a: body, y: -sc.scroll})
}

// drawPage writes the page and gives its length.
func (sc *screen) drawPage(p *page) int {
	begin := p.y
	p.head("Keys")
	sc.drawBindings(p)
	p.head("Signs")
	g := p.a.Glyphs()
	for _, v := range [...]model.Verdict{model.Unhealthy, model.Degraded, model.Unknown, model.Healthy} {
		p.row(signs[verdictGlyph(g, v)], signWords[v], "")
	}
	p.row(signs[g.Dash], "the figure is not known: no data, no demand, or no source; never a zero", "")
	p.row(signs[g.Marker], "under a chart: something changed at that moment", "")
	p.head("Columns of models")
	columnHelp(p, modelColumns)
	p.head("Columns of servers")
	columnHelp(p, serverColumns)
	p.head("Columns of model versions, in a server or a model")
	columnHelp(p, serverRows)
	columnHelp(p, modelRows[2:4])
	p.head("Charts: the last five minutes, less while tritop has not watched so long")
	p.row("REQUESTS", "users' requests per second, from Triton's counters, own probes subtracted", "")
	p.row("ERRORS", "share of users' requests that failed: what Triton counts, a lower bound", "")
	p.row("QUEUE, COMPUTE", "means in ms, from Triton's counters; they are no percentiles", "")
	p.row("PROBE", "ms of tritop's own deep probes, the slowest of each second", "")
	return p.y - begin
}

// drawBindings lists the keys, each with why it does nothing in the view below.
func (sc *screen) drawBindings(p *page) {
	stack := sc.stack
	if len(stack) > 1 && sc.view().kind == helpView {
		sc.stack = stack[:len(stack)-1]
	}
	for i := range bindings {
		b := &bindings[i]
		why := ""
		if b.why != nil && b.why(sc) != "" {
			why = notNow[b.why(sc)]
		}
		p.row(b.show, b.help, why)
	}
	sc.stack = stack
}

func columnHelp[R any](p *page, cols []column[R]) {
	for i := range cols {
		p.row(cols[i].title, cols[i].help, "")
	}
}

// signs are the glyphs of both alphabets as texts.
var signs = map[rune]string{'✖': "✖", '▲': "▲", '?': "?", '●': "●", '–': "–", 'X': "X", '!': "!", 'o': "o", '-': "-", '^': "^"}

var signWords = map[model.Verdict]string{
	model.Unhealthy: "failing: not listening, hung, stalled, or says ready and cannot infer",
	model.Degraded:  "degraded: not ready, starting, stopping, stale, or users' requests fail",
	model.Unknown:   "unknown: no data. It is never drawn as good",
	model.Healthy:   "well",
}

// notNow are the reasons of bindings as the help says them.
var notNow = map[string]string{noRows: "(not now: " + noRows + ")", notHere: "(not now: " + notHere + ")", noWayBack: "(not now: " + noWayBack + ")"}
