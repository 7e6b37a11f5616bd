package grid

// cell is one place of the screen: a rune and a style in 32 bits, so that a frame
// of 200×60 is 48 KB and stays in the cache. The second half of a wide rune holds
// cont.
type cell uint32

const (
	runeBits = 21
	cont     = rune(0)
	blank    = cell(' ') // of the plain style
)

func cellOf(r rune, s Style) cell { return cell(r)&(1<<runeBits-1) | cell(s)<<runeBits } //nolint:gosec // runes have 21 bits

func (c cell) rune() rune { return rune(c & (1<<runeBits - 1)) } //nolint:gosec // 21 bits

func (c cell) style() Style { return Style(c >> runeBits) } //nolint:gosec // 8 bits

// in is the same rune in another style.
func (c cell) in(s Style) cell { return c&(1<<runeBits-1) | cell(s)<<runeBits }

// halve blanks the other half of a wide rune that is about to be written on.
func (g *Grid) halve(at, col int) {
	if g.cells[at].rune() == cont && col > 0 {
		g.cells[at-1] = cellOf(' ', g.cells[at-1].style())
	}
	if col+1 < g.w && g.cells[at+1].rune() == cont {
		g.cells[at+1] = cellOf(' ', g.cells[at+1].style())
	}
}

// Dots adds braille dots to those of a cell; anything else there gives way.
func (a Area) Dots(x, y int, dots rune, s Style) {
	const none, all = 0x2800, 0x28ff // patterns
	c := a.at(x, y)
	switch {
	case c == nil:
	case c.rune() >= none && c.rune() <= all:
		*c = cellOf(c.rune()|dots, s)
	default:
		a.Set(x, y, none|dots, s)
	}
}
