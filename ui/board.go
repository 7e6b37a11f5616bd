package ui

import (
	"cmp"

	"tritop/model"
	"tritop/ui/columns"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// boardPanes are the health checks, a table for each layer.
func boardPanes() []*pane {
	var out []*pane
	for _, l := range model.Layers() {
		out = append(out, newPane(checkTable, l.String()))
	}
	return out
}

// drawBoard shows what is not well of each layer, and counts the rest; below them
// the check under the cursor in whole.
func (sc *screen) drawBoard(a grid.Area, s *model.Snapshot) {
	o := sc.top()
	details := 0
	c := sc.selectedCheck(s)
	if c != nil && a.H >= 18 && !o.whole {
		details = min(checkNeeds(c, a.W)+1, a.H/3)
	}
	var needs [3]int
	for i, p := range o.panes {
		needs[i] = boardNeeds(p)
	}
	got := draw.Rooms(a.H-details-len(o.panes), needs[:], -1)
	if o.whole {
		needs[o.at%len(needs)] = len(o.panes[o.at%len(needs)].rows) + 1
		got = draw.Rooms(a.H-details-len(o.panes), needs[:], o.at)
	}
	y := 0
	for i, p := range o.panes {
		sc.drawLayer(a.Sub(0, y, a.W, 1), s, p, o.at == i)
		sc.paneAt(i, a.Sub(0, y+1, a.W, got[i]), s)
		y += got[i] + 1
	}
	if details > 0 {
		// right below the board where there is room: the eye is there
		drawRules(a, y, true, c.Name, " of ", c.Target)
		sc.drawCheckWhole(a.Sub(0, y+1, a.W, a.H-y-1), s, c)
	}
}

// boardNeeds is how high a layer is: what is not well, and a row that counts the
// rest; one check more where that is all the rest.
func boardNeeds(p *pane) int {
	if p.all == 0 {
		return 1
	}
	if rest := len(p.rows) - p.bad; rest > 1 {
		return 1 + max(1, p.bad) + 1
	}
	return 1 + max(1, len(p.rows))
}

// drawLayer is the heading of a layer: how many of its checks are how.
func (sc *screen) drawLayer(a grid.Area, s *model.Snapshot, p *pane, active bool) {
	a.HLine(0, 0, a.W, draw.Faint)
	st := draw.Muted
	if active {
		st = draw.Strong
	}
	var n tally
	apart := 0
	for _, k := range p.rows {
		if c := &s.Checks[k]; c.Status == model.CheckNotApplicable {
			apart++
		} else {
			n[c.Verdict()]++
		}
	}
	a.Set(2, 0, ' ', draw.Faint)
	l := &draw.Line{A: a, X: 3}
	l.Put(p.about, st).Gap(2)
	n.draw(l, a.W >= 60)
	if apart > 0 {
		l.Rune(a.Glyphs().Dash, draw.Faint).Gap(1).Int(apart, draw.Muted).Put(" n/a ", draw.Muted)
	}
	for x := 3 + grid.Width(p.about); x < l.X; x++ { // no line between the counts
		if a.Rune(x, 0) == a.Glyphs().H {
			a.Set(x, 0, ' ', draw.Faint)
		}
	}
}

// selectedCheck is the check under the cursor; nil where there is none.
func (sc *screen) selectedCheck(s *model.Snapshot) *model.Check {
	if k, ok := sc.top().leading().selected(); ok {
		return &s.Checks[k]
	}
	return nil
}

// drawCheck is all that is known of one check.
func (sc *screen) drawCheck(a grid.Area, s *model.Snapshot) {
	c := checkOf(s, sc.top().name)
	if c == nil {
		gone(a, "this check does not run any more; esc goes back")
		return
	}
	sc.drawCheckWhole(a, s, c)
}

// drawCheckWhole says what a check found and, where there is room, what changed there.
func (sc *screen) drawCheckWhole(a grid.Area, s *model.Snapshot, c *model.Check) {
	y := sc.drawCheckFacts(a, s, c)
	if a.H-y >= 4 {
		about := charted{server: c.Server, model: c.Model}
		drawRule(a, y, "changes there, newest first", false)
		sc.orderChanges(s, &about)
		sc.drawChanges(a.Sub(0, y+1, a.W, a.H-y-1), s)
	}
}

// checkNeeds is how many rows the facts of a check take.
func checkNeeds(c *model.Check, width int) int {
	return 3 + draw.WrappedRows(c.Message, max(8, width-4)) + (len(c.Details)+detailColumns(width)-1)/detailColumns(width)
}

func detailColumns(width int) int { return max(1, width/38) }

// drawCheckFacts says what a check found and by what it was judged, and gives the
// rows used.
func (sc *screen) drawCheckFacts(a grid.Area, s *model.Snapshot, c *model.Check) int {
	r, st := columns.CheckSign(a, c)
	l := &draw.Line{A: a}
	l.Rune(r, st).Gap(1).Put(columns.CheckWord(c), st)
	sc.drawSince(l, s, c.Since, draw.Plain)
	shade(a, c.Verdict())
	rows := min(draw.WrappedRows(c.Message, max(8, a.W-4)), max(0, a.H-1))
	draw.Wrap(a.Sub(2, 1, a.W-3, rows), c.Message, draw.Plain)
	f := draw.Facts{Line: draw.Line{A: a, X: 2, Y: 1 + rows}, A: a}
	f.Pair("layer", c.Layer.String(), draw.Plain)
	effect := "unhealthy makes the fleet DEGRADED"
	if c.Critical {
		effect = "critical: unhealthy makes the fleet UNHEALTHY"
	}
	if c.Status == model.CheckNotApplicable {
		effect = "it takes no part in the verdict"
	}
	f.Pair("weight", effect, draw.Plain)
	if !c.At.IsZero() {
		f.Label("last run", 8).Age(s.Now.Sub(c.At), draw.Plain).Put(" ago", draw.Muted)
	}
	if c.TookMs.Known() {
		f.Label("took", 8).Short(c.TookMs.Value, draw.Plain).Put(" ms", draw.Muted)
	}
	f.Pair("raises an alert:", c.Failing, draw.Warning)
	y := f.Y + 1
	return min(a.H, y+drawDetails(a.Sub(0, y, a.W, a.H-y), c.Details))
}

// drawDetails lists what a check was judged by, in columns, and gives the rows used.
func drawDetails(a grid.Area, all []model.Detail) int {
	n := detailColumns(a.W)
	w := a.W / n
	for i := range all {
		l := &draw.Line{A: a.Sub(i%n*w, i/n, w-1, 1), X: 2}
		l.Put(all[i].Name, draw.Muted)
		l.X = max(l.X+1, min(24, w/2))
		l.Put(cmp.Or(all[i].Value, "-"), draw.Plain)
	}
	return (len(all) + n - 1) / n
}
