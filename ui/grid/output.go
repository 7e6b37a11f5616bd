package grid

import (
	"fmt"
	"html"
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
			if c.r != cont {
				b.WriteRune(c.r)
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
			if x == 0 || c.s != row[x-1].s {
				b = appendSGR(b, c.s.look(g.theme))
			}
			if c.r != cont {
				b = append(b, string(c.r)...)
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

// SVG gives the frame as a picture for documents: one text run per style, on a
// dark ground. Braille and blocks keep their place because every run says
// where it begins and how long it is.
func (g *Grid) SVG() string {
	const cw, ch = 8.4, 18
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.1f %d" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">`, float64(g.w)*cw, g.h*ch)
	b.WriteString("\n<rect width=\"100%\" height=\"100%\" fill=\"#121212\"/>\n")
	for y := range g.h {
		row := g.cells[y*g.w : (y+1)*g.w]
		for x := 0; x < len(row); {
			end := x + 1
			for end < len(row) && row[end].s == row[x].s {
				end++
			}
			writeRun(&b, row[x:end], float64(x)*cw, y*ch, row[x].s.look(g.theme))
			x = end
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func writeRun(b *strings.Builder, run []cell, x float64, y int, l themes.Look) {
	const cw, ch = 8.4, 18
	width := float64(len(run)) * cw
	fg, bg := hex(l.FG, "#d0d0d0"), hex(l.BG, "")
	if l.Rev {
		fg, bg = "#121212", hex(l.FG, "#d0d0d0")
	}
	if bg != "" {
		fmt.Fprintf(b, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", x, y, width, ch, bg)
	}
	var text strings.Builder
	for _, c := range run {
		if c.r != cont {
			text.WriteRune(c.r)
		}
	}
	if strings.TrimSpace(text.String()) == "" {
		return
	}
	weight := ""
	if l.Bold {
		weight = ` font-weight="bold"`
	}
	fmt.Fprintf(b, "<text x=\"%.1f\" y=\"%d\" fill=\"%s\"%s textLength=\"%.1f\" xml:space=\"preserve\">%s</text>\n", x, y+14, fg, weight, width, html.EscapeString(text.String()))
}

func hex(c themes.Color, none string) string {
	if c == themes.None {
		return none
	}
	return fmt.Sprintf("#%06x", int32(c))
}
