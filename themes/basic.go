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
// words on it.
func (t *Theme) Sixteen() *Theme {
	if t.Name == "mono" {
		return t
	}
	colours := basicDark
	if t.Paper != darkPaper {
		colours = basicLight
	}
	out := mono()
	out.Name, out.Paper = t.Name, t.Paper
	for r, c := range colours {
		out.looks[r] = Look{FG: c, BG: None, Bold: bolds[Role(r)]}
	}
	out.grounds[Bar] = Look{FG: None, BG: None}
	return out
}
