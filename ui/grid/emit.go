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
// It moves the cursor absolutely, sets no scrolling region and never writes
// past the edge, so that a frame on its way during a resize cannot tear the
// next one.
type Emitter struct {
	profile colorprofile.Profile
	theme   *themes.Theme
	sgr     [int(themes.RoleCount) * int(themes.GroundCount)]string
	prev    []cell
	w, h    int
	valid   bool // prev is what the terminal shows
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
	for i := range e.sgr {
		e.sgr[i] = sgr(Style(i).look(t), e.profile)
	}
}

func (e *Emitter) clear(b []byte, g *Grid) []byte {
	if n := g.w * g.h; cap(e.prev) < n {
		e.prev = make([]cell, n)
	} else {
		e.prev = e.prev[:n]
	}
	for i := range e.prev {
		e.prev[i] = cell{r: ' '}
	}
	e.w, e.h, e.valid = g.w, g.h, true
	return append(b, "\x1b[m\x1b[r\x1b[2J"...)
}

// pen is where the terminal's cursor is, and in which style it writes.
type pen struct {
	x, y  int // x -1: not known
	style int // -1: plain
}

// gap is how many unchanged cells are written again rather than jumped over.
const gap = 4

// row brings one row up to date.
func (e *Emitter) row(b []byte, g *Grid, y int, at *pen) []byte {
	now, was := g.cells[y*g.w:(y+1)*g.w], e.prev[y*g.w:(y+1)*g.w]
	end := blankTail(now)
	for x := 0; x < len(now); {
		if now[x] == was[x] {
			x++
			continue
		}
		if x >= end {
			b = e.moveTo(b, x, y, at)
			b = e.setStyle(b, int(now[x].s), at)
			b = append(b, "\x1b[K"...)
			break
		}
		if now[x].r == cont && x > 0 {
			x-- // a wide rune is written as a whole
		}
		stop := stretch(now, was, x, end)
		b = e.moveTo(b, x, y, at)
		b = e.write(b, now[x:stop], at)
		x = stop
	}
	copy(was, now)
	return b
}

// blankTail is where a row ends in blanks of the plain look, which one sequence
// erases.
func blankTail(row []cell) int {
	end := len(row)
	for end > 0 && row[end-1] == (cell{r: ' '}) {
		end--
	}
	return end
}

// stretch is how far to write from x on: over small gaps, not into the blank
// end, and no further than the first wide rune.
func stretch(now, was []cell, x, end int) int {
	stop, same := x+1, 0
	for i := x + 1; i < end && same <= gap; i++ {
		if now[i].r == cont {
			return i + 1
		}
		if now[i] != was[i] {
			stop, same = i+1, 0
			continue
		}
		same++
	}
	return stop
}

func (e *Emitter) moveTo(b []byte, x, y int, at *pen) []byte {
	if at.x == x && at.y == y {
		return b
	}
	b = append(b, "\x1b["...)
	b = strconv.AppendInt(b, int64(y+1), 10)
	b = append(b, ';')
	b = strconv.AppendInt(b, int64(x+1), 10)
	at.x, at.y = x, y
	return append(b, 'H')
}

func (e *Emitter) setStyle(b []byte, style int, at *pen) []byte {
	if at.style == style {
		return b
	}
	at.style = style
	return append(b, e.sgr[style]...)
}

func (e *Emitter) write(b []byte, run []cell, at *pen) []byte {
	at.x += len(run)
	for _, c := range run {
		b = e.setStyle(b, int(c.s), at)
		switch {
		case c.r == cont:
			at.x = -1 // a terminal may think otherwise of its width: move before what follows
		case c.r < utf8.RuneSelf:
			b = append(b, byte(c.r))
		default:
			b = utf8.AppendRune(b, c.r)
		}
	}
	if at.x >= e.w {
		at.x = -1
	}
	return b
}

// sgr is the sequence that sets a look from any other.
func sgr(l themes.Look, p colorprofile.Profile) string {
	b := []byte("\x1b[0")
	for _, a := range []struct {
		on   bool
		code string
	}{{l.Bold, ";1"}, {l.Dim, ";2"}, {l.Underline, ";4"}, {l.Rev, ";7"}} {
		if a.on {
			b = append(b, a.code...)
		}
	}
	b = appendConverted(b, 30, l.FG, p)
	b = appendConverted(b, 40, l.BG, p)
	return string(append(b, 'm'))
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
