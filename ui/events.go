package ui

import (
	"cmp"
	"slices"
	"strings"

	"tritop/model"
	"tritop/ui/columns"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// The view of events shows what came together of one cause as one row; the
// selected row names all of them below. A filter or an order of the viewer's own
// takes the rows apart: there each event counts for itself.

// A row of events is the place of its newest event, and how many more stand for
// the same: gathering × 2^32 + (count-1) × 2^16 + place.
const eventBits = 16

func eventAt(s *model.Snapshot, k int) *model.Event { return &s.Events[k&(1<<eventBits-1)] }

// eventRow takes a row apart.
func eventRow(k int) changeLine {
	return changeLine{at: k & (1<<eventBits - 1), count: 1 + k>>eventBits&(1<<eventBits-1), by: gathering(k >> (2 * eventBits))}
}

// foldEvents makes one row of events of one cause that came together.
func foldEvents(s *model.Snapshot, rows []int) []int {
	var lines []changeLine
	for _, i := range rows {
		lines = gather(s, lines, i)
	}
	rows = rows[:0]
	for _, c := range lines {
		rows = append(rows, int(c.by)<<(2*eventBits)|(c.count-1)<<eventBits|c.at)
	}
	return rows
}

// eventColumns are the columns of events, in which a row may stand for several.
func eventColumns() []draw.Column[model.Event] {
	out := slices.Clone(columns.Events)
	for i := range out {
		switch out[i].Title {
		case "OBJECT":
			out[i].Cell = func(a grid.Area, e *model.Event, d *draw.Drawing) {
				c := eventRow(d.Row)
				drawWho(&draw.Line{A: a}, e, c.count, c.by)
			}
		case "WHAT":
			out[i].Cell = func(a grid.Area, e *model.Event, d *draw.Drawing) {
				columns.EventWords(&draw.Line{A: a}, e, eventRow(d.Row).count > 1)
			}
		}
	}
	return out
}

// drawEvents lists all events that are kept, and shows the selected ones whole.
func (sc *screen) drawEvents(a grid.Area, s *model.Snapshot) {
	h := min(5, a.H/3)
	sc.paneAt(0, a.Sub(0, 0, a.W, a.H-h), s)
	k, ok := sc.top().panes[0].selected()
	if !ok {
		return
	}
	e, c := eventAt(s, k), eventRow(k)
	title, words := e.Object(), cmp.Or(e.Detail, e.Words())
	if c.count > 1 {
		title, words = e.Words(), strings.Join(members(s, c), ", ")
	}
	drawRule(a, a.H-h, title, true)
	draw.Wrap(a.Sub(3, a.H-h+1, a.W-4, h-1), words, draw.Plain)
}

// members names what the events of a row are about, the oldest first.
func members(s *model.Snapshot, c changeLine) (out []string) {
	newest := &s.Events[c.at]
	for i := c.at; i >= 0 && len(out) < c.count; i-- {
		e := &s.Events[i]
		switch {
		case i != c.at && gathers(newest, e) != c.by:
		case c.by == oneServer:
			out = append(out, e.Model+" v"+e.Version)
		default:
			out = append(out, e.Server)
		}
	}
	slices.Reverse(out)
	return out
}
