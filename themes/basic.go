package themes

// basic marks a colour as one of the sixteen that a terminal names itself.
const basic Color = 1 << 24

// Basic says which of the sixteen colours c is; ok is false for any other.
func (c Color) Basic() (n uint8, ok bool) {
	if c < basic {
		return 0, false
	}
	return uint8(c - basic), true
}

// The sixteen colours for each role, on a dark and on a light terminal. The
// nearest ones would turn amber into red and dark grounds into loud ones.
var (
	basicDark = [RoleCount]Color{Text: None, Strong: basic + 15, Muted: basic + 7, Faint: basic + 8, Failing: basic + 9, Warning: basic + 11, Change: basic + 13,
		Data: basic + 12, Data2: basic + 14, Fine: basic + 2, Unsure: basic + 7, Key: basic + 11, Brand: basic + 14}
	basicLight = [RoleCount]Color{Text: None, Strong: basic + 0, Muted: basic + 8, Faint: basic + 7, Failing: basic + 1, Warning: basic + 3, Change: basic + 5,
		Data: basic + 4, Data2: basic + 6, Fine: basic + 2, Unsure: basic + 8, Key: basic + 3, Brand: basic + 4}
)

// Sixteen is the theme for a terminal of sixteen colours: roles keep a colour,
// grounds become bold and reverse, because a coloured ground would drown the
// words on it. What is one of the sixteen already, or the terminal's own, stays.
func (t *Theme) Sixteen() *Theme {
	colours := &basicDark
	if luminance(t.Paper.RGB()) > 0.5 {
		colours = &basicLight
	}
	out := *t
	plain := mono().grounds
	for r, c := range colours {
		if l := &out.looks[r]; !ownColour(l.FG) {
			l.FG = c
		}
	}
	for g := range out.grounds {
		if l := &out.grounds[g]; !ownColour(l.BG) {
			*l = plain[g]
			l.Rev = l.Rev && Ground(g) != Bar
		}
	}
	return &out
}

// ownColour says whether a terminal of sixteen colours has a colour.
func ownColour(c Color) bool {
	_, ok := c.Basic()
	return ok || c == None
}
