package ui

import (
	"time"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/grid"
)

// column is one column of a table of rows R. A column without a source of data
// does not exist; a cell without data is a dash.
type column[R any] struct {
	title string
	width int
	drop  int  // the first to go when there is no room; 0 stays
	right bool // figures are right-aligned
	flex  bool // takes what is left
	help  string
	cell  func(a grid.Area, x, y, w int, r *R, d *drawing)
}

// drawing is what cells need besides their row.
type drawing struct {
	now   time.Time
	zone  *time.Location
	snap  *model.Snapshot
	style grid.Style
}

// widths decides which columns are shown: the least important go first.
func widths[R any](cols []column[R], room int) (out [20]int) {
	total, limit := 0, 1<<30
	for {
		total = 0
		worst := 0
		for i := range cols {
			c := &cols[i]
			out[i] = 0
			if c.drop >= limit {
				continue
			}
			out[i] = c.width
			total += c.width + 1
			worst = max(worst, c.drop)
		}
		if total <= room || worst == 0 {
			break
		}
		limit = worst
	}
	for i := range cols {
		if cols[i].flex && out[i] > 0 {
			out[i] += max(0, room-total)
		}
	}
	return out
}

// table draws a heading and rows in their order; index gives the row at a place
// and whether it is selected.
func table[R any](a grid.Area, cols []column[R], n int, d *drawing, row func(i int) (r *R, v model.Verdict, selected bool)) {
	w := widths(cols, a.W-3)
	x := 3
	for i := range cols {
		if w[i] == 0 {
			continue
		}
		if cols[i].right {
			a.PutRight(x, 0, w[i], cols[i].title, muted)
		} else {
			a.Put(x, 0, w[i], cols[i].title, muted)
		}
		x += w[i] + 1
	}
	for i := range n {
		r, v, selected := row(i)
		y := i + 1
		if selected {
			a.Set(0, y, a.Glyphs().Cursor, brand)
		}
		a.Set(1, y, verdictGlyph(a.Glyphs(), v), verdictStyle(v))
		d.style = shout(v)
		x := 3
		for j := range cols {
			if w[j] > 0 {
				cols[j].cell(a, x, y, w[j], r, d)
				x += w[j] + 1
			}
		}
		if g := ground(v, selected); g != themes.Plain {
			a.Ground(y, g)
		}
	}
}

// span is which rows of a list are shown.
type span struct {
	from, n int
	folded  int // rows that are not shown
}

// window keeps the cursor in sight. When something is broken, at most extra
// passing rows follow unless the viewer asked for all: passing rows are folded.
func window(rows, bad, room, cursor int, showAll bool) span {
	const extra = 3
	want := rows
	if !showAll && bad > 0 {
		want = min(rows, max(bad+extra, cursor+1))
	}
	if want == rows && rows <= room {
		return span{0, rows, 0}
	}
	n := min(want, max(room-1, 0)) // one row says how many are folded
	from := min(max(0, cursor-n+1), rows-n)
	return span{from, n, rows - n}
}

// drawFold says what is not shown.
func drawFold(a grid.Area, y, folded int, bad bool) {
	if folded == 0 {
		return
	}
	l := &line{a: a, y: y, x: 3}
	l.rune(a.Glyphs().Ellipsis, faint).gap(1).int(folded, muted)
	if bad {
		l.put(" more, not all of them well", warning)
	} else {
		l.put(" more, all well", muted)
	}
	if l.x+14 < a.W {
		k := &line{a: a, y: y, x: a.W - 12}
		k.put("o", keyed).put(" show all", muted)
	}
}

// triage orders what is broken first, then what is not known, then the rest;
// within one verdict by name as it comes.
func triage(v model.Verdict) int {
	switch v {
	case model.Unhealthy:
		return 0
	case model.Degraded:
		return 1
	case model.Unknown:
		return 2
	case model.Healthy:
	}
	return 3
}

// sortRows is an insertion sort by triage: the rows are nearly in order from
// frame to frame, and it allocates nothing.
func sortRows(rows []int, verdict func(i int) model.Verdict) {
	for i := 1; i < len(rows); i++ {
		for j := i; j > 0 && triage(verdict(rows[j])) < triage(verdict(rows[j-1])); j-- {
			rows[j], rows[j-1] = rows[j-1], rows[j]
		}
	}
}
