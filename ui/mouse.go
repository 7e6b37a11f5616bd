package ui

import (
	tea "charm.land/bubbletea/v2"

	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// pointer knows where the charts and the keys of the footer stand in the last
// frame; panes know it of themselves.
type pointer struct {
	charts []spot
	keys   []spot
	on     *spot // the chart that a drag began on
	list   spot  // what can be chosen in the prompt, with the first of it that is shown
	first  int
}

// spot is a rectangle of the screen.
type spot struct {
	x, y, w, h int
	binding    int
}

func (p *pointer) forget() { p.charts, p.keys, p.list = p.charts[:0], p.keys[:0], spot{} }

func (p *pointer) chart(a grid.Area) {
	p.charts = append(p.charts, spot{x: a.X, y: a.Y, w: a.W, h: a.H})
}

func (p *pointer) key(x, y, w, binding int) {
	p.keys = append(p.keys, spot{x, y, w, 1, binding})
}

func (s *spot) holds(x, y int) bool { return x >= s.x && x < s.x+s.w && y >= s.y && y < s.y+s.h }

// spotAt is the one of some rectangles that holds a place; nil: none does.
func spotAt(spots []spot, x, y int) *spot {
	for i := range spots {
		if spots[i].holds(x, y) {
			return &spots[i]
		}
	}
	return nil
}

// click selects the row under the pointer, opens it when it is selected already,
// sorts by a heading, points at a moment of a chart, presses a key of the footer.
// What lies over the view takes the click.
func (sc *screen) click(s *model.Snapshot, x, y int) tea.Cmd {
	sc.prepare(s) // rows may be those of an older snapshot
	switch {
	case len(sc.sheet) > 0:
		sc.sheet = nil
		return nil
	case sc.prompt.kind == askFilter || sc.prompt.kind == askSearch: // the rows that are seen are those that are meant
		sc.accept(s)
	case sc.prompt.kind == askReason: // the text stays: a click beside it is no answer
		return nil
	case sc.prompt.kind != noPrompt:
		return sc.clickPrompt(s, x, y)
	}
	if k := spotAt(sc.mouse.keys, x, y); k != nil {
		return sc.keys.all[k.binding].act(sc, s)
	}
	if c := spotAt(sc.mouse.charts, x, y); c != nil {
		on := *c
		sc.mouse.on = &on
		sc.pointAt(s, x)
		return nil
	}
	o := sc.top()
	for i, p := range o.panes {
		if p.holds(x, y) {
			return sc.clickPane(s, i, x-p.x, y-p.y)
		}
	}
	return nil
}

// holds says whether a place is in the pane as it was drawn.
func (d *drawn) holds(x, y int) bool {
	return d.w > 0 && x >= d.x && x < d.x+d.w && y >= d.y && y < d.y+d.h
}

// clickPrompt chooses what was clicked; beside it the prompt is left.
func (sc *screen) clickPrompt(s *model.Snapshot, x, y int) tea.Cmd {
	l, p := &sc.mouse.list, &sc.prompt
	at := sc.mouse.first + y - l.y
	if !l.holds(x, y) || at >= len(p.fits) {
		sc.cancel()
		return nil
	}
	p.at = at
	wants := p.choices[p.fits[at]].takes != ""
	p.complete()
	if wants {
		return nil
	}
	return sc.accept(s)
}

func (sc *screen) clickPane(s *model.Snapshot, i, x, y int) tea.Cmd {
	o := sc.top()
	p := o.panes[i]
	if y == 0 {
		sc.clickHeading(s, i, x)
		return nil
	}
	row := p.span.From + y - 1
	if row >= p.span.From+p.span.N || row >= len(p.rows) {
		if p.span.Folds() && y == p.span.N+1 {
			o.at, o.moved = i, true
			if needsShared(sc) == "" {
				o.whole = !o.whole
			} else {
				o.zoomed = true
			}
		}
		return nil
	}
	again := o.at == i && p.at == row && o.moved
	o.at, o.moved = i, true
	p.put(row)
	if again {
		sc.open(s)
	}
	return nil
}

// clickHeading sorts by the column of a heading.
func (sc *screen) clickHeading(s *model.Snapshot, i, x int) {
	o := sc.top()
	p := o.panes[i]
	if p.foreign {
		return
	}
	if column := p.table.columnAt(p.w, x); column >= 0 && p.table.heads[column].Sorts {
		o.at, o.moved = i, true
		p.sortBy(sc.drawing(s), column)
	}
}

// drag goes on pointing at moments of the chart that it began on.
func (sc *screen) drag(s *model.Snapshot, x, y int) {
	sc.prepare(s)
	if sc.mouse.on != nil {
		sc.pointAt(s, x)
		return
	}
	o := sc.top()
	if p := o.pane(); p != nil && p.w > 0 && y > p.y && y <= p.y+p.span.N {
		p.put(p.span.From + y - p.y - 1)
	}
}

// pointAt points at the moment of a column of the chart.
func (sc *screen) pointAt(s *model.Snapshot, x int) {
	c := sc.mouse.on
	from, w := draw.Plot(grid.Area{W: c.w, H: c.h})
	axis := draw.Axis{Now: s.Now, Span: sc.clock.back(s)}
	sc.clock.cross = axis.TimeAt(max(0, min(w-1, x-c.x-from)), w)
}

// wheel moves the rows under the pointer.
func (sc *screen) wheel(s *model.Snapshot, x, y, n int) {
	if p := &sc.prompt; sc.mouse.list.w > 0 {
		p.at = max(0, min(p.at+n, len(p.fits)-1))
		return
	}
	o := sc.top()
	for i, p := range o.panes {
		if p.holds(x, y) {
			o.at, o.moved = i, true
			sc.prepare(s)
			p.move(n)
			return
		}
	}
	if len(o.panes) == 0 {
		sc.move(n)
	}
}
