package ui

import (
	"strings"

	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
	"tritop/ui/query"
)

// page writes the lines of a long text, of which the screen shows a part.
type page struct {
	a    grid.Area
	y    int          // of the next line, above or below what is shown too
	find *query.Query // only the rows that match; nil: all
}

// keyRoom is how wide the column of keys and titles is.
func (p *page) keyRoom() int {
	if p.a.W < 60 {
		return 12
	}
	return 18
}

func (p *page) row(key, text, why string) {
	if p.find != nil && !p.find.Match(&helpRow{key + " " + text + " " + why}) {
		return
	}
	keys := p.keyRoom()
	p.a.Put(2, p.y, keys-3, key, draw.Keyed)
	p.y += p.paragraph(text, draw.Plain)
	if why != "" {
		p.y += p.paragraph(why, draw.Muted)
	}
}

// among says whose column it is, where a search has left the headings out.
func (p *page) among(word string) string {
	if p.find == nil {
		return ""
	}
	return " (" + word + ")"
}

// helpRow is a row of the help for its search.
type helpRow struct{ text string }

// Field is never asked for: the help has no columns.
func (*helpRow) Field(int) query.Value { return query.Value{} }

// Name is the whole row.
func (r *helpRow) Name() string { return r.text }

// paragraph writes a text from the column behind the keys on, in as many rows as
// it takes, and gives how many.
func (p *page) paragraph(text string, s grid.Style) (rows int) {
	x := p.keyRoom()
	for ; text != ""; rows++ {
		end := draw.Fits(text, p.a.W-x-1)
		p.a.Put(x, p.y+rows, p.a.W-x-1, text[:end], s)
		text = strings.TrimLeft(text[end:], " ")
	}
	return max(rows, 1)
}

func (p *page) head(text string) {
	if p.find != nil {
		return
	}
	p.y++
	p.a.Put(2, p.y, p.a.W-3, text, draw.Strong)
	p.y++
}

// drawHelp lists the bindings, the signs and the columns; what is searched for
// leaves only the lines that hold it.
func (sc *screen) drawHelp(a grid.Area) {
	o := sc.top()
	var find *query.Query
	length := 0
	q, err := query.Parse(o.filter.text, nil)
	if !q.Empty() {
		find = &q
	}
	if err == nil {
		length = sc.drawPage(&page{a: a.Sub(0, 0, a.W, 0), find: find})
	}
	o.scroll = max(0, min(o.scroll, length-a.H))
	if length == 0 {
		a.Put(2, 1, a.W-3, "nothing of the help holds that", draw.Unsure)
		return
	}
	sc.drawPage(&page{a: a, y: -o.scroll, find: find})
}

// drawPage writes the page and gives its length.
func (sc *screen) drawPage(p *page) int {
	begin := p.y
	sc.drawBindings(p)
	p.head("Signs")
	g := p.a.Glyphs()
	for _, v := range [...]model.Verdict{model.Unhealthy, model.Degraded, model.Unknown, model.Healthy} {
		p.row(signs[draw.VerdictGlyph(g, v)], signWords[v], "")
	}
	p.row(signs[g.Dash], "the figure is not known: no data, no demand, or no source; never a zero", "")
	p.row(signs[g.Marker], "under a chart: something changed at that moment", "")
	p.head("Charts: the last five minutes, less while tritop has not watched so long; + and - change that")
	p.row("REQUESTS", "users' requests per second, from Triton's counters, own probes subtracted", "")
	p.row("ERRORS", "share of users' requests that failed: what Triton counts, a lower bound", "")
	p.row("QUEUE, COMPUTE", "means in ms, from Triton's counters; they are no percentiles", "")
	p.row("PROBE", "ms of tritop's own deep probes, the slowest of each second", "")
	for _, t := range [...]*table{modelTable, modelTable.judged, objectiveTable, checkTable, alertTable, serverTable, versionTable, gpuTable, signalTable, sourceTable, eventTable} {
		name := t.word
		if t == modelTable.judged {
			name += " where there are objectives"
		}
		p.head("Columns of " + name)
		for i := range t.heads {
			h := &t.heads[i]
			p.row(h.Title, h.Help+p.among(t.word), h.Use())
		}
	}
	return p.y - begin
}

// drawBindings lists the keys by group, each with why it does nothing in the
// view below.
func (sc *screen) drawBindings(p *page) {
	below := *sc
	if len(below.stack) > 1 && sc.top().kind == helpView {
		below.stack = sc.stack[:len(sc.stack)-1]
	}
	group := ""
	for i := range sc.keys.all {
		b := &sc.keys.all[i]
		if b.group != group {
			group = b.group
			p.head(group)
		}
		why := b.notNow(&below)
		if why != "" {
			why = "(not now: " + why + ")"
		}
		p.row(b.show, b.help, why)
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
