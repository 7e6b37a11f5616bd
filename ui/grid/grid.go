// Package grid is the screen as cells: a fixed rectangle that panes draw into.
//
// It promises that a frame is exactly as wide and high as it was asked to be,
// whatever names it is given: wide characters take two cells or none, combining
// and control characters take none and never reach the terminal. Drawing does
// not allocate. The same cells become plain text, ANSI or SVG.
package grid

import (
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"

	"tritop/themes"
)

// Style is a role on a ground.
type Style uint8

// On gives the style of a role on a ground.
func On(r themes.Role, g themes.Ground) Style {
	return Style(uint8(g)*uint8(themes.RoleCount) + uint8(r))
}

// On moves a style to another ground.
func (s Style) On(g themes.Ground) Style { return On(themes.Role(uint8(s)%uint8(themes.RoleCount)), g) }

func (s Style) look(t *themes.Theme) themes.Look {
	return t.Look(themes.Role(uint8(s)%uint8(themes.RoleCount)), themes.Ground(uint8(s)/uint8(themes.RoleCount)))
}

// Grid is a frame.
type Grid struct {
	w, h    int
	cells   []cell
	theme   *themes.Theme
	Glyphs  themes.Glyphs
	wide    bool // some rune may take two cells
	scratch [64]byte
}

// New makes an empty frame. Sizes below 1 are drawn as nothing.
func New(w, h int, t *themes.Theme, g themes.Glyphs) *Grid {
	f := &Grid{theme: t, Glyphs: g}
	f.Resize(w, h)
	return f
}

// Resize changes the size and clears the frame; the memory is kept.
func (g *Grid) Resize(w, h int) {
	g.w, g.h = max(w, 0), max(h, 0)
	if n := g.w * g.h; cap(g.cells) < n {
		g.cells = make([]cell, n)
	} else {
		g.cells = g.cells[:n]
	}
	g.Clear()
}

// Clear fills the frame with blanks.
func (g *Grid) Clear() {
	g.wide = false
	if len(g.cells) == 0 {
		return
	}
	g.cells[0] = blank
	for done := 1; done < len(g.cells); done *= 2 {
		copy(g.cells[done:], g.cells[:done])
	}
}

// Size gives columns and rows.
func (g *Grid) Size() (w, h int) { return g.w, g.h }

// All is the whole frame as an area.
func (g *Grid) All() Area { return Area{g, 0, 0, g.w, g.h} }

// Area is a rectangle of a frame; what is drawn into it stays inside.
type Area struct {
	g          *Grid
	X, Y, W, H int
}

// Sub gives a rectangle inside the area, in its coordinates, cut at its edges.
func (a Area) Sub(x, y, w, h int) Area {
	x0, y0 := min(max(x, 0), a.W), min(max(y, 0), a.H)
	x1, y1 := min(max(x+w, x0), a.W), min(max(y+h, y0), a.H)
	return Area{a.g, a.X + x0, a.Y + y0, x1 - x0, y1 - y0}
}

// Glyphs gives the alphabet of the frame.
func (a Area) Glyphs() *themes.Glyphs { return &a.g.Glyphs }

func (a Area) at(x, y int) *cell {
	if x < 0 || y < 0 || x >= a.W || y >= a.H {
		return nil
	}
	return &a.g.cells[(a.Y+y)*a.g.w+a.X+x]
}

// Set draws one narrow rune; the other half of a wide one that it falls on is
// blanked.
func (a Area) Set(x, y int, r rune, s Style) {
	if uint(x) >= uint(a.W) || uint(y) >= uint(a.H) {
		return
	}
	at := (a.Y+y)*a.g.w + a.X + x
	if a.g.wide {
		a.g.halve(at, a.X+x)
	}
	a.g.cells[at] = cellOf(r, s)
}

// Rune gives the rune of a cell, ' ' outside.
func (a Area) Rune(x, y int) rune {
	if c := a.at(x, y); c != nil {
		return c.rune()
	}
	return ' '
}

// Ground gives a whole row the look of a ground, whatever is written on it.
func (a Area) Ground(y int, g themes.Ground) {
	for x := range a.W {
		if c := a.at(x, y); c != nil {
			*c = c.in(c.style().On(g))
		}
	}
}

// Wash takes the colours of everything in the area: it keeps its words and loses
// its meaning, as figures do that are old. Cells on the ground keep stay on it.
func (a Area) Wash(r themes.Role, keep themes.Ground) {
	for y := range a.H {
		for x := range a.W {
			c := a.at(x, y)
			if ground := themes.Ground(uint8(c.style()) / uint8(themes.RoleCount)); ground == keep {
				*c = c.in(On(r, keep))
			} else {
				*c = c.in(On(r, themes.Plain))
			}
		}
	}
}

// Put draws text from x on, at most width cells; a longer one ends in an
// ellipsis. It gives the cells that were used.
func (a Area) Put(x, y, width int, text string, s Style) int {
	width = min(width, a.W-x)
	if y < 0 || y >= a.H || width <= 0 {
		return 0
	}
	used := 0
	for rest := text; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
		n := cells(r)
		if n == 0 {
			continue
		}
		if used+n > width || used+n == width && visible(rest) {
			if used < width {
				a.Set(x+used, y, a.g.Glyphs.Ellipsis, s)
				used++
			}
			return used
		}
		a.put(x+used, y, r, s)
		used += n
	}
	return used
}

// visible says whether anything of a text takes room.
func visible(text string) bool {
	for _, r := range text {
		if cells(r) > 0 {
			return true
		}
	}
	return false
}

// put draws one rune of any width that there is room for.
func (a Area) put(x, y int, r rune, s Style) {
	wide := cells(r) == 2
	if a.g.Glyphs.ASCII && r > '~' {
		r = plainASCII(r)
	}
	if wide && a.at(x, y) == nil { // its left half is cut: nothing of it can be shown
		a.Set(x+1, y, ' ', s)
		return
	}
	a.Set(x, y, r, s)
	switch {
	case wide && r <= '~': // stands in for a wide one
		a.Set(x+1, y, r, s)
	case wide:
		a.Set(x+1, y, ' ', s)
		if c := a.at(x+1, y); c != nil {
			*c, a.g.wide = cellOf(cont, s), true
		}
	}
}

// plainASCII stands in for what an ASCII terminal cannot show.
func plainASCII(r rune) rune {
	switch r {
	case '→':
		return '>'
	case '·', '↳':
		return '-'
	case '…':
		return '~'
	case '–', '—':
		return '-'
	case '×':
		return 'x'
	}
	return '?'
}

// cells is how many columns a rune takes: 0, 1 or 2. What cannot be printed
// takes none.
func cells(r rune) int {
	switch {
	case r >= ' ' && r <= '~':
		return 1
	case r < ' ':
		return 0
	case r >= 0x2500 && r <= 0x28ff, r == '…', r >= '←' && r <= '↓', r == '·', r == '↳', r == '–', r == '✖', r == '●', r == '▲', r == '▶', r == '×':
		return 1 // our own glyphs: ambiguous width is drawn narrow
	case !unicode.IsPrint(r):
		return 0
	}
	return min(runewidth.RuneWidth(r), 2)
}

// Width is how many columns a text takes.
func Width(text string) int {
	n := 0
	for _, r := range text {
		n += cells(r)
	}
	return n
}

// PutRight draws text so that it ends before column x+width.
func (a Area) PutRight(x, y, width int, text string, s Style) {
	n := min(Width(text), width)
	a.Put(x+width-n, y, n, text, s)
}

// PutBytes draws ASCII bytes, right-aligned in width; too many are cut to dots.
func (a Area) PutBytes(x, y, width int, b []byte, s Style) {
	if len(b) > width {
		for i := range width {
			a.Set(x+i, y, '#', s)
		}
		return
	}
	for i, c := range b {
		a.Set(x+width-len(b)+i, y, rune(c), s)
	}
}

// PutFloat fills the first row of the area with a figure, right-aligned, with
// the given decimals, or shortened (4.8k, 1.2M) where decimals is negative.
func (a Area) PutFloat(v float64, decimals int, s Style) {
	b := a.g.scratch[:0]
	if decimals >= 0 {
		b = strconv.AppendFloat(b, v, 'f', decimals, 64)
	} else {
		b = AppendShort(b, v)
	}
	a.PutBytes(0, 0, a.W, b, s)
}

// PutInt draws a whole number right-aligned.
func (a Area) PutInt(x, y, width int, v int, s Style) {
	a.PutBytes(x, y, width, strconv.AppendInt(a.g.scratch[:0], int64(v), 10), s)
}

// PutLeftInt draws a whole number from x on and gives the cells used.
func (a Area) PutLeftInt(x, y int, v int, s Style) int {
	b := strconv.AppendInt(a.g.scratch[:0], int64(v), 10)
	a.PutBytes(x, y, len(b), b, s)
	return len(b)
}

// AppendShort appends a figure in at most five characters where it can.
func AppendShort(b []byte, v float64) []byte {
	scale, unit := 1.0, byte(0)
	switch {
	case v >= 1e9:
		scale, unit = 1e9, 'G'
	case v >= 1e6:
		scale, unit = 1e6, 'M'
	case v >= 1e3:
		scale, unit = 1e3, 'k'
	}
	v /= scale
	decimals := 0
	if v < 9.995 && (unit != 0 || v != float64(int64(v))) {
		decimals = 1
		if unit == 0 && v < 1 {
			decimals = 2
		}
	}
	b = strconv.AppendFloat(b, v, 'f', decimals, 64)
	if unit != 0 {
		b = append(b, unit)
	}
	return b
}

// Blank clears the area, for what lies over something else.
func (a Area) Blank() {
	for y := range a.H {
		for x := range a.W {
			a.Set(x, y, ' ', 0)
		}
	}
}

// HLine draws a horizontal line.
func (a Area) HLine(x, y, n int, s Style) {
	for i := range n {
		a.Set(x+i, y, a.g.Glyphs.H, s)
	}
}

// Box draws a frame around the area with a title in its upper edge and a note
// at its right end, and gives the inside.
func (a Area) Box(title, note string, frame, titleStyle, noteStyle Style) Area {
	if a.W < 2 || a.H < 2 {
		return a.Sub(0, 0, 0, 0)
	}
	g := &a.g.Glyphs
	a.HLine(1, 0, a.W-2, frame)
	a.HLine(1, a.H-1, a.W-2, frame)
	for y := 1; y < a.H-1; y++ {
		a.Set(0, y, g.V, frame)
		a.Set(a.W-1, y, g.V, frame)
	}
	a.Set(0, 0, g.TL, frame)
	a.Set(a.W-1, 0, g.TR, frame)
	a.Set(0, a.H-1, g.BL, frame)
	a.Set(a.W-1, a.H-1, g.BR, frame)
	if title != "" && a.W > 6 {
		a.Set(2, 0, ' ', frame)
		n := a.Put(3, 0, a.W-6, title, titleStyle)
		a.Set(3+n, 0, ' ', frame)
		if room := a.W - n - 10; note != "" && Width(note) <= room {
			x := a.W - 3 - Width(note)
			a.Set(x-1, 0, ' ', frame)
			a.Put(x, 0, Width(note), note, noteStyle)
			a.Set(a.W-3, 0, ' ', frame)
		}
	}
	return a.Sub(1, 1, a.W-2, a.H-2)
}

// CopyFrom makes the frame the same as another one; the memory is kept.
func (g *Grid) CopyFrom(from *Grid) {
	if g.w != from.w || g.h != from.h {
		g.Resize(from.w, from.h)
	}
	g.theme, g.Glyphs, g.wide = from.theme, from.Glyphs, from.wide
	copy(g.cells, from.cells)
}
