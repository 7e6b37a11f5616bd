package ui

import (
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// textColumn is one column of a small table of words that nobody sorts or walks in.
type textColumn struct {
	title string
	width int
	right bool
}

// textTable is such a table: evidence of a verdict, say.
type textTable struct {
	title   string
	columns []textColumn
	rows    [][]cellText
	none    string // said where there are no rows
}

// cellText is a word in its style; the zero value is a dash.
type cellText struct {
	text  string
	style grid.Style
}

func muted(text string) cellText  { return cellText{text, draw.Muted} }
func plain(text string) cellText  { return cellText{text, draw.Plain} }
func strong(text string) cellText { return cellText{text, draw.Strong} }

// needs is how many rows it takes in whole, its rule and heading with it.
func (t *textTable) needs() int { return 2 + max(0, len(t.rows)) }

// draw draws as much of it as there is room for under a rule, and gives the rows
// used.
func (t *textTable) draw(a grid.Area) int {
	if a.H < 2 || a.H < 3 && len(t.rows) > 0 {
		return 0
	}
	drawRule(a, 0, t.title, false)
	if len(t.rows) == 0 {
		a.Put(3, 1, a.W-4, t.none, draw.Muted)
		return 2
	}
	t.drawRow(a, 1, nil)
	shown := min(len(t.rows), a.H-2)
	for i := range shown {
		t.drawRow(a, 2+i, t.rows[i])
	}
	if hidden := len(t.rows) - shown; hidden > 0 {
		l := &draw.Line{A: a, X: a.W - draw.Digits(hidden) - 9, Y: 0}
		l.Put(" +", draw.Muted).Int(hidden, draw.Muted).Put(" more ", draw.Muted)
	}
	return 2 + shown
}

// drawRow draws one row; nil is the heading. Columns that have no room are left out.
func (t *textTable) drawRow(a grid.Area, y int, row []cellText) {
	x := 3
	for i := range t.columns {
		c := &t.columns[i]
		cell := cellText{c.title, draw.Muted}
		if row != nil {
			cell = row[i]
		}
		last := i == len(t.columns)-1
		width := c.width
		if x+width > a.W {
			return
		}
		if last && !c.right {
			width = a.W - x - 1
		}
		switch {
		case cell.text == "":
			at := x
			if c.right {
				at = x + width - 1
			}
			a.Set(at, y, a.Glyphs().Dash, draw.Faint)
		case c.right:
			a.PutRight(x, y, width, cell.text, cell.style)
		default:
			a.Put(x, y, width, cell.text, cell.style)
		}
		x += width + 2
	}
}
