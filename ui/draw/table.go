package draw

import (
	"strings"
	"time"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/grid"
	"tritop/ui/query"
)

// Column is one column of a table of rows R. A column without a source of data
// does not exist; a cell without data is a dash.
type Column[R any] struct {
	Title   string
	Width   int
	Least   int    // how narrow it may become where even the columns that stay have no room; 0: width
	Most    int    // how wide it may become where there is room; 0: width
	Drop    int    // the first to go when there is no room; 0 stays
	Right   bool   // figures are right-aligned
	Letter  rune   // Shift with it sorts by this column; 0: none
	Numeric bool   // its values are numbers, in the unit that ends the title
	Seconds bool   // they are durations
	Called  string // what the filter calls it; empty: by its title
	Help    string
	Cell    func(a grid.Area, r *R, d *Drawing) // a is one row high and as wide as the column
	Value   func(r *R, d *Drawing) Value        // what it is sorted and filtered by, as the cell shows it; nil: by nothing
}

// Value is what a row has in a column.
type Value = query.Value

// Words is the value of a column of names; an empty one is not known.
func Words(s string) Value { return Value{Text: s, Known: s != ""} }

// Count is the value of a column of numbers.
func Count(n int) Value { return Value{Number: float64(n), Known: true, Numeric: true} }

// Amount is the value of a figure times factor, as PutFigure shows it.
func Amount(f model.Figure, factor float64) Value {
	return Value{Number: f.Value * factor, Known: f.Known(), Numeric: true}
}

// Seconds is the value of a column of durations that began at a time.
func Seconds(since, now time.Time) Value {
	return Value{Number: now.Sub(since).Seconds(), Known: !since.IsZero(), Numeric: true}
}

// Head is what a table says of a column, whatever its rows are.
type Head struct {
	Title, Help string
	Field       query.Field // what the filter calls it
	Letter      rune
	Sorts       bool
}

// HeadOf gives the head of a column.
func HeadOf[R any](c *Column[R]) Head {
	h := Head{Title: c.Title, Help: c.Help, Letter: c.Letter, Sorts: c.Value != nil, Field: fieldOf(c.Title, c.Numeric)}
	if c.Called != "" {
		h.Field.Name = c.Called
	}
	if c.Seconds {
		h.Field.Unit = query.Seconds
	}
	return h
}

// fieldOf names the field of a column; units that the filter does not know are
// no part of the name.
func fieldOf(title string, numeric bool) query.Field {
	for _, unit := range [...]string{" W", " °C", " MHz"} {
		title = strings.TrimSuffix(title, unit)
	}
	return query.Titled(title, numeric)
}

// Use says how a viewer sorts and filters by the column; empty: not at all.
func (h *Head) Use() string {
	switch {
	case !h.Sorts:
		return ""
	case h.Letter != 0:
		return "sort: " + string(h.Letter) + ", filter: " + h.Field.Name
	}
	return "filter: " + h.Field.Name
}

// Drawing is what cells need besides their row.
type Drawing struct {
	Now   time.Time
	Zone  *time.Location
	Snap  *model.Snapshot
	Span  time.Duration // what trends look back on
	Style grid.Style
	Row   int       // the row that is drawn, as the table numbers it
	most  []float64 // of each column of a trend, NaN in a gap; reused
}

// Order is the order of rows: by a column, or in triage order (Column < 0).
type Order struct {
	Column int
	Down   bool // the largest first
}

// Triage is the order in which everything begins.
var Triage = Order{Column: -1}

// Listing is what a table shows.
type Listing struct {
	Rows   []int
	Cursor int  // the place in Rows that stays in sight
	Active bool // the cursor is drawn
	Order  Order
	Bad    int // how many of the rows are not well
	Look
	Sign   func(k int) (rune, grid.Style) // before a row, of which k is what Rows holds; nil: that of its verdict
	Marked func(int) bool                 // whether the row of a place in Rows is marked; nil: none is
}

// Look is how rows are drawn.
type Look struct {
	Flat     bool   // rows are not tinted by their verdict
	Unjudged bool   // rows have no verdict
	MoreKey  string // the key that shows more of the rows, and what it does; empty: none does
	More     string
}

// Span is which rows of a list are shown.
type Span struct {
	From, N int
	folded  int // rows that are not shown
}

// most is how many columns a table has at most.
const most = 24

// widths decides which columns are shown: the least important go first.
func widths[R any](cols []Column[R], room int) (out [most]int) {
	limit := 1 << 30
	for {
		total, worst := 0, 0
		for i := range cols {
			c := &cols[i]
			out[i] = 0
			if c.Drop >= limit {
				continue
			}
			out[i] = c.Width
			total += c.Width + 1
			worst = max(worst, c.Drop)
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
func widen[R any](cols []Column[R], out *[most]int, left int) {
	for before := -1; left > 0 && left != before; {
		before = left
		for i := range cols {
			if out[i] > 0 && out[i] < cols[i].Most && left > 0 {
				out[i]++
				left--
			}
		}
	}
}

// narrow takes what is too much from the columns that can spare it.
func narrow[R any](cols []Column[R], out *[most]int, over int) {
	for before := -1; over > 0 && over != before; {
		before = over
		for i := range cols {
			if cols[i].Least > 0 && out[i] > cols[i].Least && over > 0 {
				out[i]--
				over--
			}
		}
	}
}

// margin is what stands before the first column: cursor, verdict, blank.
const margin = 3

// Table draws a heading, the rows that fit, and how many do not. It gives which
// rows those are.
func Table[R any](d *Drawing, a grid.Area, cols []Column[R], l *Listing, at func(k int) (*R, model.Verdict)) Span {
	sp := window(len(l.Rows), a.H-1, l.Cursor)
	w, bad := widths(cols, a.W-margin), l.Bad
	drawHeading(a, cols, w, l.Order)
	for i := sp.From; i < sp.From+sp.N; i++ {
		d.Row = l.Rows[i]
		r, v := at(d.Row)
		y := i - sp.From + 1
		if v != model.Healthy {
			bad--
		}
		selected := l.Active && i == l.Cursor
		drawMargin(a.Sub(0, y, margin, 1), l, i, v)
		if d.Style = shout(v); selected { // what is looked at is no context
			d.Style = Plain
		}
		x := margin
		for j := range cols {
			if w[j] > 0 {
				cols[j].Cell(a.Sub(x, y, w[j], 1), r, d)
				x += w[j] + 1
			}
		}
		if g := ground(v, selected); g != themes.Plain && (selected || !l.Flat) {
			a.Ground(y, g)
		}
	}
	drawFold(a, sp, l, bad > 0)
	return sp
}

// drawMargin draws what stands before the first column of a row.
func drawMargin(a grid.Area, l *Listing, i int, v model.Verdict) {
	if l.Active && i == l.Cursor {
		a.Set(0, 0, a.Glyphs().Cursor, Brand)
	}
	switch {
	case l.Unjudged:
	case l.Sign != nil:
		r, st := l.Sign(l.Rows[i])
		a.Set(1, 0, r, st)
	default:
		a.Set(1, 0, VerdictGlyph(a.Glyphs(), v), VerdictStyle(v))
	}
	if l.Marked != nil && l.Marked(i) {
		a.Set(2, 0, a.Glyphs().Mark, Keyed)
	}
}

// ColumnAt is the column at a place of a table's heading, -1 where there is none.
func ColumnAt[R any](cols []Column[R], width, x int) int {
	w := widths(cols, width-margin)
	from := margin
	for i := range cols {
		if w[i] == 0 {
			continue
		}
		if x >= from && x < from+w[i] {
			return i
		}
		from += w[i] + 1
	}
	return -1
}

func drawHeading[R any](a grid.Area, cols []Column[R], w [most]int, o Order) {
	x := margin
	for i := range cols {
		if w[i] == 0 {
			continue
		}
		style, title := Muted, cols[i].Title
		if i == o.Column {
			style = Keyed
		}
		if cols[i].Right {
			a.PutRight(x, 0, w[i], title, style)
		} else {
			a.Put(x, 0, w[i], title, style)
		}
		if i == o.Column { // the sign of the order stands in the gap behind the column
			sign := a.Glyphs().Rising
			if o.Down {
				sign = a.Glyphs().Falling
			}
			a.Set(x+w[i], 0, sign, Keyed)
		}
		x += w[i] + 1
	}
}

// window keeps the cursor in sight: what does not fit is folded into one line
// that counts it. Rows are in triage order, so the passing ones go first.
func window(rows, room, cursor int) Span {
	if rows <= room {
		return Span{0, rows, 0}
	}
	n := max(room-1, 0) // one row says how many are folded
	from := min(max(0, cursor-n+1), rows-n)
	return Span{from, n, rows - n}
}

// drawFold says what is not shown; bad: not all of it is well.
func drawFold(a grid.Area, sp Span, of *Listing, bad bool) {
	if sp.folded == 0 {
		return
	}
	l := &Line{A: a, Y: sp.N + 1, X: margin}
	l.Rune(a.Glyphs().Ellipsis, Faint).Gap(1).Int(sp.folded, Muted)
	switch {
	case of.Unjudged || of.Flat:
		l.Put(" more", Muted)
	case bad:
		l.Put(" more, not all of them well", Warning)
	default:
		l.Put(" more, all well", Muted)
	}
	if w := len(of.MoreKey) + 1 + len(of.More); of.MoreKey != "" && l.X+w+4 < a.W {
		k := &Line{A: a, Y: sp.N + 1, X: a.W - w - 2}
		k.Put(of.MoreKey, Keyed).Gap(1).Put(of.More, Muted)
	}
}

// Folds says whether some rows of a list are not shown.
func (s Span) Folds() bool { return s.folded > 0 }

// Rooms shares the rows between tables: each gets what it needs, at least two
// rows, and the one that is wanted whole comes first.
func Rooms(total int, needs []int, whole int) (out [4]int) {
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
