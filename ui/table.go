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
	least int  // how narrow it may become where even the columns that stay have no room; 0: width
	most  int  // how wide it may become where there is room; 0: width
	drop  int  // the first to go when there is no room; 0 stays
	right bool // figures are right-aligned
	help  string
	cell  func(a grid.Area, r *R, d *drawing) // a is one row high and as wide as the column
}

// drawing is what cells need besides their row.
type drawing struct {
	now   time.Time
	zone  *time.Location
	snap  *model.Snapshot
	style grid.Style
}

// listing is a list of rows with a cursor.
type listing[R any] struct {
	columns []column[R]
	n       int
	cursor  int  // the place that stays in sight
	marked  bool // the cursor is drawn
	at      func(i int) (*R, model.Verdict)
}

// widths decides which columns are shown: the least important go first.
func widths[R any](cols []column[R], room int) (out [20]int) {
	limit := 1 << 30
	for {
		total, worst := 0, 0
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
		if total <= room {
			widen(cols, &out, room-total)
			return out
		}
		if worst == 0 {
			narrow(cols, &out, total-room)
			return out
		}
		limit = worst
	}
}

// widen shares what is left of the row among the columns that can use it.
func widen[R any](cols []column[R], out *[20]int, left int) {
	for before := -1; left > 0 && left != before; {
		before = left
		for i := range cols {
			if out[i] > 0 && out[i] < cols[i].most && left > 0 {
				out[i]++
				left--
			}
		}
	}
}

// narrow takes what is too much from the columns that can spare it.
func narrow[R any](cols []column[R], out *[20]int, over int) {
	for before := -1; over > 0 && over != before; {
		before = over
		for i := range cols {
			if cols[i].least > 0 && out[i] > cols[i].least && over > 0 {
				out[i]--
				over--
			}
		}
	}
}

// drawList draws a heading, the rows that fit, and how many do not.
func drawList[R any](d *drawing, a grid.Area, l listing[R]) {
	sp := window(l.n, a.H-1, l.cursor)
	w := widths(l.columns, a.W-3)
	drawHeading(a, l.columns, w)
	bad := false
	for i := range l.n {
		r, v := l.at(i)
		if i < sp.from || i >= sp.from+sp.n {
			bad = bad || v != model.Healthy
			continue
		}
		y := i - sp.from + 1
		selected := l.marked && i == l.cursor
		if selected {
			a.Set(0, y, a.Glyphs().Cursor, brand)
		}
		a.Set(1, y, verdictGlyph(a.Glyphs(), v), verdictStyle(v))
		d.style = shout(v)
		x := 3
		for j := range l.columns {
			if w[j] > 0 {
				l.columns[j].cell(a.Sub(x, y, w[j], 1), r, d)
				x += w[j] + 1
			}
		}
		if g := ground(v, selected); g != themes.Plain {
			a.Ground(y, g)
		}
	}
	drawFold(a, sp.n+1, sp, bad)
}

func drawHeading[R any](a grid.Area, cols []column[R], w [20]int) {
	x := 3
	for i := range cols {
		switch {
		case w[i] == 0:
			continue
		case cols[i].right:
			a.PutRight(x, 0, w[i], cols[i].title, muted)
		default:
			a.Put(x, 0, w[i], cols[i].title, muted)
		}
		x += w[i] + 1
	}
}

// span is which rows of a list are shown.
type span struct {
	from, n int
	folded  int // rows that are not shown
}

// window keeps the cursor in sight: what does not fit is folded into one line
// that counts it. Rows are in triage order, so the passing ones go first.
func window(rows, room, cursor int) span {
	if rows <= room {
		return span{0, rows, 0}
	}
	n := max(room-1, 0) // one row says how many are folded
	from := min(max(0, cursor-n+1), rows-n)
	return span{from, n, rows - n}
}

// drawFold says what is not shown; bad: not all of it is well.
func drawFold(a grid.Area, y int, sp span, bad bool) {
	if sp.folded == 0 {
		return
	}
	l := &line{a: a, y: y, x: 3}
	l.rune(a.Glyphs().Ellipsis, faint).gap(1).int(sp.folded, muted)
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

// rooms shares the rows between tables: each gets what it needs, at least two
// rows, and the one that is wanted whole comes first.
func rooms(total int, needs []int, whole int) (out [4]int) {
	left := total
	for i := range needs {
		out[i] = min(needs[i], 2)
		left -= out[i]
	}
	grow := func(i, most int) {
		n := max(0, min(needs[i]-out[i], most, left))
		out[i] += n
		left -= n
	}
	if whole >= 0 && whole < len(needs) {
		grow(whole, left)
	}
	for left > 0 {
		before := left
		for i := range needs {
			grow(i, 1)
		}
		if left == before {
			break
		}
	}
	return out
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
