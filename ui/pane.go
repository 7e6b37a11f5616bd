package ui

import (
	"slices"

	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// pane is one table on the screen: what the viewer does with it, and what was
// worked out of it for the snapshot that is shown.
type pane struct {
	table  *table
	plain  *table // the table while there are no objectives
	about  string // what the rows belong to, a server say; empty: all
	order  draw.Order
	cursor rowKey
	marks  map[rowKey]bool
	anchor rowKey // the row that was marked last: a range begins there
	worked
	drawn
}

// worked is what a frame needs of the rows. It is worked out anew when the
// snapshot, the filter or the order is another one, not for each frame.
type worked struct {
	snap    *model.Snapshot
	filter  string
	by      draw.Order
	rows    []int
	at      int // the place of the cursor
	all     int // rows before the filter
	bad     int // rows that are not well
	keys    []draw.Sortable
	listing draw.Listing
	hidden  int  // marked rows that are not among these
	tallied bool // hidden is so
}

// drawn is where the pane stands in the last frame, for the mouse. W is 0 where
// it was not drawn.
type drawn struct {
	x, y, w, h int
	span       draw.Span
	foreign    bool // the heading names other things than the table's columns
}

func newPane(t *table, about string) *pane {
	return &pane{table: t, plain: t, about: about, order: draw.Triage, marks: make(map[rowKey]bool)}
}

// prepare works the rows out, if they are not yet those of this moment.
func (p *pane) prepare(d *draw.Drawing, f *filter) {
	p.suit(d.Snap)
	if p.snap == d.Snap && p.filter == f.text && p.by == p.order {
		return
	}
	p.snap, p.filter, p.by = d.Snap, f.text, p.order
	p.rows = p.table.list(d.Snap, p.about, p.rows[:0])
	p.all = len(p.rows)
	p.pass(d, f)
	p.fold(d, f)
	p.bad, p.keys, p.tallied = 0, p.keys[:0], false
	for _, k := range p.rows {
		v := p.table.verdict(d.Snap, k)
		if v != model.Healthy {
			p.bad++
		}
		row := draw.Sortable{Row: k, Rank: draw.Rank(v)}
		if p.order.Column >= 0 {
			row.By = p.table.value(d, k, p.order.Column)
		}
		p.keys = append(p.keys, row)
	}
	if p.table.ordered == "" || p.order.Column >= 0 {
		draw.Sort(p.keys, p.order)
	}
	for i := range p.keys {
		p.rows[i] = p.keys[i].Row
	}
	p.find(p.cursor)
}

// fold makes one row of several, where the viewer neither filters nor sorts.
func (p *pane) fold(d *draw.Drawing, f *filter) {
	if p.table.fold != nil && f.text == "" && p.order.Column < 0 {
		p.rows = p.table.fold(d.Snap, p.rows)
		p.all = len(p.rows)
	}
}

// suit takes the table that suits what is known: with verdicts of objectives where
// there are any. What the rows are sorted by stays, if it is there.
func (p *pane) suit(s *model.Snapshot) {
	want := p.plain
	if len(s.Objectives) > 0 && want.judged != nil {
		want = want.judged
	}
	if want == p.table {
		return
	}
	if p.order.Column >= 0 {
		title := p.table.heads[p.order.Column].Title
		if p.order.Column = slices.IndexFunc(want.heads, func(h draw.Head) bool { return h.Title == title }); p.order.Column < 0 {
			p.order = draw.Triage
		}
	}
	p.table, p.snap = want, nil
}

// find puts the cursor on a row; one that is gone leaves it where it was, or on
// the first.
func (p *pane) find(key rowKey) {
	if key == (rowKey{}) {
		p.at = 0
		return
	}
	for i, k := range p.rows {
		if p.table.key(p.snap, k) == key {
			p.at = i
			return
		}
	}
	p.at = max(0, min(p.at, len(p.rows)-1))
}

// move moves the cursor by rows.
func (p *pane) move(n int) { p.put(p.at + n) }

// put puts the cursor on a place.
func (p *pane) put(at int) {
	if len(p.rows) == 0 {
		return
	}
	p.at = max(0, min(len(p.rows)-1, at))
	p.cursor = p.table.key(p.snap, p.rows[p.at])
}

// selected is the row under the cursor; ok is false where there is none.
func (p *pane) selected() (k int, ok bool) {
	if p == nil || len(p.rows) == 0 {
		return 0, false
	}
	return p.rows[p.at], true
}

// sortBy sorts by a column; the same one again reverses, and figures begin with
// the largest.
func (p *pane) sortBy(d *draw.Drawing, column int) {
	switch {
	case column < 0:
		p.order = draw.Triage
	case p.order.Column == column:
		p.order.Down = !p.order.Down
	default:
		p.order = draw.Order{Column: column, Down: len(p.rows) > 0 && p.table.value(d, p.rows[0], column).Numeric}
	}
}

// mark marks the row under the cursor, or takes its mark away, and goes on to
// the next.
func (p *pane) mark() {
	k, ok := p.selected()
	if !ok {
		return
	}
	key := p.table.key(p.snap, k)
	if p.marks[key] {
		delete(p.marks, key)
	} else {
		p.marks[key] = true
	}
	p.anchor, p.tallied = key, false
	p.move(1)
}

// markRange marks all rows from the one that was marked last to the cursor.
func (p *pane) markRange() {
	from := p.at
	for i, k := range p.rows {
		if p.table.key(p.snap, k) == p.anchor {
			from = i
		}
	}
	for i := min(from, p.at); i <= max(from, p.at) && i < len(p.rows); i++ {
		p.marks[p.table.key(p.snap, p.rows[i])] = true
	}
	p.tallied = false
}

// unmark takes all marks away.
func (p *pane) unmark() {
	clear(p.marks)
	p.tallied = false
}

// hiddenMarks counts the marked rows that are not shown now: filtered out, or
// gone.
func (p *pane) hiddenMarks() int {
	switch {
	case len(p.marks) == 0:
		return 0
	case p.tallied:
		return p.hidden
	}
	seen := 0
	for _, k := range p.rows {
		if p.marks[p.table.key(p.snap, k)] {
			seen++
		}
	}
	p.hidden, p.tallied = len(p.marks)-seen, true
	return p.hidden
}

// draw draws the rows; active: the cursor is in this pane; look says which key
// shows more of them.
func (p *pane) draw(d *draw.Drawing, a grid.Area, active bool, look draw.Look) {
	p.drawn = drawn{x: a.X, y: a.Y, w: a.W, h: a.H}
	if len(p.rows) == 0 {
		drawEmpty(a, p.filter, p.table.empty)
		return
	}
	p.listing = draw.Listing{Rows: p.rows, Cursor: p.at, Active: active, Order: p.order, Bad: p.bad, Look: look}
	if len(p.marks) > 0 {
		p.listing.Marked = func(i int) bool { return p.marks[p.table.key(d.Snap, p.rows[i])] }
	}
	p.span = p.table.draw(d, a, &p.listing)
}

func drawEmpty(a grid.Area, filter, why string) {
	if filter != "" {
		a.Put(3, 0, a.W-3, "nothing passes the filter", draw.Muted)
		return
	}
	a.Put(3, 0, a.W-3, why, draw.Unsure)
}
