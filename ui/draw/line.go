package draw

import (
	"strings"
	"time"
	"tritop/model"
	"tritop/ui/grid"
)

func Digits(n int) int {
	d := 1
	for ; n >= 10; n /= 10 {
		d++
	}
	return d
}

// Zulu marks a clock as UTC.
func (l *Line) Zulu(zone *time.Location, s grid.Style) *Line {
	if zone == time.UTC {
		l.Put("Z", s)
	}
	return l
}

// Counted writes a number with its noun, in the plural where it is not one.
func (l *Line) Counted(n int, noun string, s grid.Style) *Line {
	l.Int(n, s).Put(noun, s)
	if n != 1 {
		l.Put("s", s)
	}
	return l
}

// Wrap fills an area with a text, broken between words.
func Wrap(a grid.Area, text string, s grid.Style) {
	for y := 0; y < a.H && text != ""; y++ {
		end := len(text)
		if y < a.H-1 {
			end = Fits(text, a.W)
		}
		a.Put(0, y, a.W, text[:end], s)
		text = strings.TrimLeft(text[end:], " \n")
	}
}

// WrappedRows is how many rows Wrap takes for a text.
func WrappedRows(text string, width int) (n int) {
	for ; text != ""; n++ {
		text = strings.TrimLeft(text[Fits(text, width):], " \n")
	}
	return max(n, 1)
}

// Fits is how much of a text, in bytes, goes into a row: whole words where it
// can, at least one character.
func Fits(text string, width int) int {
	used, blank := 0, 0
	for i, r := range text {
		used += grid.Width(string(r))
		switch {
		case r == '\n':
			return max(i, 1)
		case used > width && blank > 0:
			return blank
		case used > width:
			return max(i, len(string(r)))
		case r == ' ':
			blank = i + 1
		}
	}
	return len(text)
}

// Facts writes "label value" pairs one after another, and goes on in the next
// row where there is no room.
type Facts struct {
	Line
	A grid.Area
}

func (f *Facts) Label(label string, need int) *Line {
	if f.X > 2 && f.X+grid.Width(label)+1+need > f.A.W-1 {
		f.X, f.Y = 2, f.Y+1
	} else if f.X > 2 {
		f.Gap(3)
	}
	return f.Put(label, Muted).Gap(1)
}

func (f *Facts) Pair(label, value string, st grid.Style) {
	if value != "" {
		f.Label(label, grid.Width(value)).Put(value, st)
	}
}

// Figure writes a figure in few characters with its unit, a dash where it is not
// known.
func Figure(l *Line, f model.Figure, unit string, s grid.Style) *Line {
	if !f.Known() {
		return l.Rune(l.A.Glyphs().Dash, Faint)
	}
	return l.Short(f.Value, s).Put(unit, Muted)
}

// Share writes a ratio in percent.
func Share(l *Line, f model.Figure) *Line {
	if !f.Known() {
		return l.Rune(l.A.Glyphs().Dash, Faint)
	}
	return l.Int(int(100*f.Value+0.5), Plain).Put(" %", Muted)
}

// Used writes how much of something, both in bytes, is used, in GiB or TiB.
func Used(l *Line, used, all model.Figure) *Line {
	if !used.Known() || !all.Known() {
		return l.Rune(l.A.Glyphs().Dash, Faint)
	}
	unit, word := float64(1<<30), " GiB"
	if all.Value >= 1<<40 {
		unit, word = 1<<40, " TiB"
	}
	return l.Short(used.Value/unit, Plain).Put("/", Muted).Short(all.Value/unit, Muted).Put(word, Muted)
}
