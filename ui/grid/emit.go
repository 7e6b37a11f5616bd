package grid

import (
	"image/color"
	"strconv"
	"unicode/utf8"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"tritop/themes"
)

// Emitter turns frames into the bytes that change a terminal from one to the
// next. It remembers what it wrote last, so one emitter belongs to one terminal,
// and nothing else may write there.
//
// It finds each row by its place, moves only to the right within it, sets no
// scrolling region and never writes past the edge, so that a frame on its way
// during a resize cannot tear the next one.
type Emitter struct {
	profile colorprofile.Profile
	theme   *themes.Theme
	styles  [int(themes.RoleCount) * int(themes.GroundCount)]written
	prev    []cell
	w, h    int
	valid   bool // prev is what the terminal shows
}

// written is how a style is written.
type written struct {
	all    string // the sequence that sets it from any other
	fg, bg string // the parts of its colours
	attrs  uint8
	blank  int // styles of the same number look the same on a blank
}

// NewEmitter makes an emitter for a terminal with these colours.
func NewEmitter(p colorprofile.Profile) *Emitter { return &Emitter{profile: p} }

// Forget makes the next frame be written whole, on a cleared screen.
func (e *Emitter) Forget() { e.valid = false }

const (
	syncBegin = "\x1b[?2026h"
	syncEnd   = "\x1b[?2026l"
)

// Append appends what changes the terminal to the frame; nothing where nothing
// changed. The frame is wrapped so that terminals which can show it at once.
func (e *Emitter) Append(b []byte, g *Grid) []byte {
	begin := len(b)
	b = append(b, syncBegin...)
	mark := len(b)
	if e.theme != g.theme {
		e.learn(g.theme)
	}
	if !e.valid || e.w != g.w || e.h != g.h {
		b = e.clear(b, g)
	}
	at := pen{x: -1, style: -1}
	for y := range g.h {
		b = e.row(b, g, y, &at)
	}
	if len(b) == mark {
		return b[:begin]
	}
	if at.style >= 0 {
		b = append(b, "\x1b[m"...)
	}
	return append(b, syncEnd...)
}

// learn works out the SGR sequence of each style once.
func (e *Emitter) learn(t *themes.Theme) {
	e.theme, e.valid = t, false
	if e.profile == colorprofile.ANSI {
		t = t.Sixteen()
	}
	for i := range e.styles {
		e.styles[i] = writtenOf(Style(i).look(t), e.profile)
		e.styles[i].blank = i
		for j := range i { // a character's own colour is not seen where there is none
			if a, b := &e.styles[i], &e.styles[j]; a.bg == b.bg && a.attrs&seenOnBlanks == b.attrs&seenOnBlanks && (a.attrs&reversed == 0 || a.fg == b.fg) {
				a.blank = b.blank
				break
			}
		}
	}
}

func (e *Emitter) clear(b []byte, g *Grid) []byte {
	if n := g.w * g.h; cap(e.prev) < n {
		e.prev = make([]cell, n)
	} else {
		e.prev = e.prev[:n]
	}
	for i := range e.prev {
		e.prev[i] = blank
	}
	e.w, e.h, e.valid = g.w, g.h, true
	return append(b, "\x1b[m\x1b[r\x1b[2J"...)
}

// pen is where the terminal's cursor is, and in which style it writes.
type pen struct {
	x, y  int // x -1: not known
	style int // -1: plain
}

// row brings one row up to date.
func (e *Emitter) row(b []byte, g *Grid, y int, at *pen) []byte {
	now, was := g.cells[y*g.w:(y+1)*g.w], e.prev[y*g.w:(y+1)*g.w]
	end := blankTail(now)
	for x := 0; x < len(now); x++ {
		if e.looksSame(now[x], was[x]) {
			continue
		}
		if x >= end {
			b = e.moveTo(b, x, y, at)
			b = e.setStyle(b, blank, at)
			b = append(b, "\x1b[K"...)
			break
		}
		if now[x].rune() == cont && x > 0 {
			x-- // a wide rune is written as a whole
		}
		b = e.reach(b, now, x, y, at)
		b = e.write(b, now[x], at)
		if x+1 < len(now) && now[x+1].rune() == cont {
			x++
			at.x = -1 // a terminal may think otherwise of its width: move before what follows
		}
	}
	copy(was, now)
	return b
}

// looksSame says whether nobody can tell two cells apart.
func (e *Emitter) looksSame(a, b cell) bool {
	return a == b || a.rune() == ' ' && b.rune() == ' ' && e.styles[a.style()].blank == e.styles[b.style()].blank
}

// blankTail is where a row ends in blanks of the plain look, which one sequence
// erases.
func blankTail(row []cell) int {
	end := len(row)
	for end > 0 && row[end-1] == blank {
		end--
	}
	return end
}

// reach goes to a cell: what lies between is written again where that is shorter
// than to jump over it.
func (e *Emitter) reach(b []byte, row []cell, x, y int, at *pen) []byte {
	const jump = 4 // bytes, at least
	if at.y != y || at.x < 0 || at.x > x || x-at.x > jump {
		return e.moveTo(b, x, y, at)
	}
	cost := 0
	for _, c := range row[at.x:x] {
		if cost += utf8.RuneLen(c.rune()); c.rune() == cont || !e.inStyle(c, at) || cost > jump {
			return e.moveTo(b, x, y, at)
		}
	}
	for at.x < x {
		b = e.write(b, row[at.x], at)
	}
	return b
}

// inStyle says whether a cell comes out right in the style that the pen has.
func (e *Emitter) inStyle(c cell, at *pen) bool {
	if at.style < 0 {
		return false
	}
	return at.style == int(c.style()) || c.rune() == ' ' && e.styles[at.style].blank == e.styles[c.style()].blank
}

func (e *Emitter) moveTo(b []byte, x, y int, at *pen) []byte {
	switch {
	case at.x == x && at.y == y:
		return b
	case at.x >= 0 && at.x < x && at.y == y:
		b = append(b, "\x1b["...)
		if n := x - at.x; n > 1 {
			b = strconv.AppendInt(b, int64(n), 10)
		}
		b = append(b, 'C')
	default:
		b = append(b, "\x1b["...)
		b = strconv.AppendInt(b, int64(y+1), 10)
		b = append(b, ';')
		b = strconv.AppendInt(b, int64(x+1), 10)
		b = append(b, 'H')
	}
	at.x, at.y = x, y
	return b
}

// setStyle makes the pen write in the style of a cell; only what is another one
// is told.
func (e *Emitter) setStyle(b []byte, c cell, at *pen) []byte {
	if e.inStyle(c, at) {
		return b
	}
	to := &e.styles[c.style()]
	from := to
	if at.style >= 0 {
		from = &e.styles[at.style]
	}
	switch {
	case at.style < 0 || from.attrs != to.attrs:
		b = append(b, to.all...)
	case from.fg != to.fg && from.bg != to.bg:
		b = append(append(append(append(append(b, "\x1b["...), to.fg...), ';'), to.bg...), 'm')
	case from.fg != to.fg:
		b = append(append(append(b, "\x1b["...), to.fg...), 'm')
	case from.bg != to.bg:
		b = append(append(append(b, "\x1b["...), to.bg...), 'm')
	}
	at.style = int(c.style())
	return b
}

// write writes one cell where the pen is.
func (e *Emitter) write(b []byte, c cell, at *pen) []byte {
	b = e.setStyle(b, c, at)
	if at.x++; at.x >= e.w {
		at.x = -1
	}
	if c.rune() < utf8.RuneSelf {
		return append(b, byte(c.rune()))
	}
	return utf8.AppendRune(b, c.rune())
}

// The attributes of a look.
const (
	bold = 1 << iota
	dim
	underline
	reversed
	seenOnBlanks = underline | reversed
)

// writtenOf works out how a look is written.
func writtenOf(l themes.Look, p colorprofile.Profile) (w written) {
	b := []byte("\x1b[0")
	for _, a := range []struct {
		on   bool
		bit  uint8
		code string
	}{{l.Bold, bold, ";1"}, {l.Dim, dim, ";2"}, {l.Underline, underline, ";4"}, {l.Rev, reversed, ";7"}} {
		if a.on {
			b = append(b, a.code...)
			w.attrs |= a.bit
		}
	}
	fg, bg := appendConverted(nil, 30, l.FG, p), appendConverted(nil, 40, l.BG, p)
	w.all = string(append(append(append(b, fg...), bg...), 'm'))
	w.fg, w.bg = "39", "49"
	if len(fg) > 0 {
		w.fg = string(fg[1:])
	}
	if len(bg) > 0 {
		w.bg = string(bg[1:])
	}
	return w
}

// appendConverted appends a colour as the terminal can show it; base is 30 for
// the foreground and 40 for the background.
func appendConverted(b []byte, base int64, c themes.Color, p colorprofile.Profile) []byte {
	if c == themes.None || p < colorprofile.ANSI {
		return b
	}
	if n, ok := c.Index256(); ok && p == colorprofile.ANSI256 {
		b = strconv.AppendInt(append(b, ';'), base+8, 10)
		return strconv.AppendInt(append(b, ";5;"...), int64(n), 10)
	}
	if n, ok := c.Basic(); ok {
		if n >= 8 {
			return strconv.AppendInt(append(b, ';'), base+60+int64(n)-8, 10)
		}
		return strconv.AppendInt(append(b, ';'), base+int64(n), 10)
	}
	rgb := color.RGBA{R: uint8(c >> 16), G: uint8(c >> 8), B: uint8(c), A: 0xff}
	if v, ok := p.Convert(rgb).(ansi.IndexedColor); ok {
		b = strconv.AppendInt(append(b, ';'), base+8, 10)
		return strconv.AppendInt(append(b, ";5;"...), int64(v), 10)
	}
	b = append(strconv.AppendInt(append(b, ';'), base+8, 10), ";2"...)
	for _, part := range [...]uint8{rgb.R, rgb.G, rgb.B} {
		b = strconv.AppendInt(append(b, ';'), int64(part), 10)
	}
	return b
}
