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
// It begins each frame at an absolute place, sets no scrolling region, scrolls
// nothing and never writes past the edge, so that a frame on its way during a
// resize cannot tear the next one.
type Emitter struct {
	profile colorprofile.Profile
	theme   *themes.Theme
	styles  [int(themes.RoleCount) * int(themes.GroundCount)]written
	prev    []cell
	runs    []run // of the frame in work; reused
	w, h    int
	valid   bool // prev is what the terminal shows
}

// written is how a style is written.
type written struct {
	all    string // the sequence that sets it from any other
	fg, bg string // the parts of its colours
	attrs  uint8
	same   int // the first style that looks the same
	blank  int // the first style that looks the same on a blank
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
	e.runs = e.runs[:0]
	for y := range g.h {
		e.compare(g, y)
	}
	at := pen{x: -1, style: -1}
	b = e.writeRuns(b, g, &at)
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
		e.styles[i].same, e.styles[i].blank = i, i
		for j := range i {
			if a, b := &e.styles[i], &e.styles[j]; a.all == b.all {
				a.same = b.same
				break
			}
		}
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
	pen, cell := &e.styles[at.style], &e.styles[c.style()]
	return pen.same == cell.same || c.rune() == ' ' && pen.blank == cell.blank
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
	at.sure = false
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
