package grid

import (
	"fmt"
	"html"
	"strings"

	"tritop/themes"
)

// The size of a cell in a picture, in its own units.
const (
	cellW = 8.4
	cellH = 18.0
)

// SVG gives the frame as a picture for documents. Lines, blocks and braille are
// drawn as shapes, and every word says where it begins and how long it is, so
// that the picture does not depend on the fonts of who looks at it.
func (g *Grid) SVG() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" shape-rendering="crispEdges" viewBox="0 0 %.1f %.0f" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">`, float64(g.w)*cellW, float64(g.h)*cellH)
	fmt.Fprintf(&b, "\n<rect width=\"100%%\" height=\"100%%\" fill=\"%s\"/>\n", hex(g.theme.Paper, ""))
	p := picture{b: &b, paper: hex(g.theme.Paper, "")}
	for _, draw := range []func(x, y int, run []cell, l themes.Look){p.ground, p.run} {
		for y := range g.h {
			g.runs(y, draw)
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// runs calls draw for each stretch of one style in a row.
func (g *Grid) runs(y int, draw func(x, y int, run []cell, l themes.Look)) {
	row := g.cells[y*g.w : (y+1)*g.w]
	for x := 0; x < len(row); {
		end := x + 1
		for end < len(row) && row[end].style() == row[x].style() {
			end++
		}
		draw(x, y, row[x:end], row[x].style().look(g.theme))
		x = end
	}
}

// picture writes the elements of an SVG.
type picture struct {
	b     *strings.Builder
	paper string
}

// colours are those of a look, with the terminal's own filled in.
func (p picture) colours(l themes.Look) (fg, bg string) {
	fg, bg = hex(l.FG, "#d0d0d0"), hex(l.BG, "")
	if l.Rev {
		fg, bg = p.paper, hex(l.FG, "#d0d0d0")
	}
	if l.Dim && l.FG == themes.None {
		fg = "#8a8a8a"
	}
	return fg, bg
}

func hex(c themes.Color, none string) string {
	if c == themes.None {
		return none
	}
	return fmt.Sprintf("#%06x", int32(c))
}

func (p picture) rect(x, y, w, h float64, fill string) {
	fmt.Fprintf(p.b, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\"/>\n", x, y, w, h, fill)
}

// ground draws what a run stands on.
func (p picture) ground(x, y int, run []cell, l themes.Look) {
	if _, bg := p.colours(l); bg != "" {
		p.rect(float64(x)*cellW, float64(y)*cellH, float64(len(run))*cellW, cellH, bg)
	}
}

// run draws the characters of a run: shapes one by one, words as a whole.
func (p picture) run(x, y int, run []cell, l themes.Look) {
	fg, _ := p.colours(l)
	for i := 0; i < len(run); {
		if r := run[i].rune(); r <= ' ' || r > '~' {
			p.sign(float64(x+i)*cellW, float64(y)*cellH, r, fg)
			i++
			continue
		}
		end := i + 1
		for end < len(run) && run[end].rune() > ' ' && run[end].rune() <= '~' {
			end++
		}
		p.word(x+i, y, run[i:end], l)
		i = end
	}
}

// word writes ASCII characters with the length that they must have.
func (p picture) word(x, y int, word []cell, l themes.Look) {
	fg, _ := p.colours(l)
	var text strings.Builder
	for _, c := range word {
		text.WriteRune(c.rune())
	}
	weight := ""
	if l.Bold {
		weight = ` font-weight="bold"`
	}
	fmt.Fprintf(p.b, "<text x=\"%.1f\" y=\"%.0f\" fill=\"%s\"%s textLength=\"%.1f\" lengthAdjust=\"spacingAndGlyphs\">%s</text>\n",
		float64(x)*cellW, float64(y)*cellH+13.5, fg, weight, float64(len(word))*cellW, html.EscapeString(text.String()))
}

// sign draws one character beyond ASCII.
func (p picture) sign(x, y float64, r rune, fg string) {
	switch {
	case r == ' ' || r == cont:
	case r >= 0x2800 && r <= 0x28ff:
		p.braille(x, y, r, fg)
	case r >= 0x2581 && r <= 0x2588: // lower blocks, in eighths
		h := cellH * float64(r-0x2580) / 8
		p.rect(x, y+cellH-h, cellW, h, fg)
	case r == 0x2580: // the upper half
		p.rect(x, y, cellW, cellH/2, fg)
	case lines[r] != nil:
		for _, s := range lines[r] {
			p.rect(x+s[0]*cellW, y+s[1]*cellH, max(1, s[2]*cellW), max(1, s[3]*cellH), fg)
		}
	default:
		w := float64(cells(r)) * cellW
		fmt.Fprintf(p.b, "<text x=\"%.1f\" y=\"%.0f\" fill=\"%s\" text-anchor=\"middle\">%s</text>\n", x+w/2, y+13.5, fg, html.EscapeString(string(r)))
	}
}

// lines are the box lines as rectangles in parts of a cell: x, y, width, height.
var lines = map[rune][][4]float64{
	'─': {{0, 0.5, 1, 0}}, '│': {{0.5, 0, 0, 1}},
	'┌': {{0.5, 0.5, 0.5, 0}, {0.5, 0.5, 0, 0.5}}, '┐': {{0, 0.5, 0.5, 0}, {0.5, 0.5, 0, 0.5}},
	'└': {{0.5, 0.5, 0.5, 0}, {0.5, 0, 0, 0.5}}, '┘': {{0, 0.5, 0.5, 0}, {0.5, 0, 0, 0.5}},
}

// brailleBits are the dots of a braille character by column and row.
var brailleBits = [2][4]rune{{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}

func (p picture) braille(x, y float64, r rune, fg string) {
	for col := range brailleBits {
		for row, bit := range brailleBits[col] {
			if r&bit != 0 {
				p.rect(x+cellW*(0.25+0.5*float64(col))-1, y+cellH*(0.125+0.25*float64(row))-1, 2, 2, fg)
			}
		}
	}
}
