package grid

import (
	"strconv"
	"strings"

	"tritop/themes"
)

// Text gives the frame without colour: h lines of w columns, each ended by a
// line feed.
func (g *Grid) Text() string {
	var b strings.Builder
	b.Grow(len(g.cells)*2 + g.h)
	for y := range g.h {
		for _, c := range g.cells[y*g.w : (y+1)*g.w] {
			if c.rune() != cont {
				b.WriteRune(c.rune())
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// ANSI gives the frame with SGR sequences in true colour, lines separated by
// line feeds.
func (g *Grid) ANSI() string { return string(g.AppendANSI(nil)) }

// AppendANSI appends the frame with SGR sequences; each line ends plain.
func (g *Grid) AppendANSI(b []byte) []byte {
	for y := range g.h {
		if y > 0 {
			b = append(b, '\n')
		}
		row := g.cells[y*g.w : (y+1)*g.w]
		for x, c := range row {
			if x == 0 || c.style() != row[x-1].style() {
				b = appendSGR(b, c.style().look(g.theme))
			}
			if c.rune() != cont {
				b = append(b, string(c.rune())...)
			}
		}
		if len(row) > 0 {
			b = append(b, "\x1b[m"...)
		}
	}
	return b
}

func appendSGR(b []byte, l themes.Look) []byte {
	b = append(b, "\x1b[0"...)
	for _, a := range []struct {
		on   bool
		code string
	}{{l.Bold, ";1"}, {l.Dim, ";2"}, {l.Underline, ";4"}, {l.Rev, ";7"}} {
		if a.on {
			b = append(b, a.code...)
		}
	}
	b = appendColor(b, ";38;2;", l.FG)
	b = appendColor(b, ";48;2;", l.BG)
	return append(b, 'm')
}

func appendColor(b []byte, lead string, c themes.Color) []byte {
	if c == themes.None {
		return b
	}
	b = append(b, lead...)
	b = strconv.AppendInt(b, int64(c>>16&0xff), 10)
	b = append(b, ';')
	b = strconv.AppendInt(b, int64(c>>8&0xff), 10)
	b = append(b, ';')
	return strconv.AppendInt(b, int64(c&0xff), 10)
}
