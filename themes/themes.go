// Package themes says how a meaning looks: colours and attributes by role, and
// the glyphs of two alphabets. It knows no layout and imports nothing.
//
// Colour has one meaning each (red failing, amber warning, violet change, blue
// data, grey context and unknown, green only as a muted "fine"), and no meaning
// rests on colour alone: an icon and a word stand beside it.
package themes

// Color is 0xRRGGBB, or None for the terminal's own.
type Color int32

// Index256 is the colour of the 256 that stands for c where a terminal has no
// more, for the few that the nearest one would give another meaning: the grounds,
// which are dark, would become grey, pure blue or plain red.
func (c Color) Index256() (n uint8, ok bool) {
	n, ok = index256[c]
	return n, ok
}

// None leaves the terminal's own colour.
const None Color = -1

// Look is how a role is drawn.
type Look struct {
	FG, BG                    Color
	Bold, Dim, Rev, Underline bool
}

// Role is a meaning.
type Role uint8

// The roles.
const (
	Text    Role = iota // ordinary words and figures
	Strong              // the name of what is shown
	Muted               // context: headings of columns, units, passing rows
	Faint               // what must not shout: frames, empty bars
	Failing             // unhealthy
	Warning             // degraded
	Change              // versions, loads, restarts, event markers
	Data                // charts and bars
	Data2               // a second line in a chart
	Fine                // passes
	Unsure              // unknown, no data
	Key                 // a key that can be pressed
	Brand               // the program's name
	RoleCount
)

// Ground is what a text stands on.
type Ground uint8

// The grounds.
const (
	Plain    Ground = iota
	Bar             // header and footer
	Alarm           // the band of a failing object
	Caution         // the band of a degraded object
	Selected        // the row under the cursor
	GroundCount
)

// Theme is a named set of looks.
type Theme struct {
	Name    string
	Paper   Color // what the terminal itself is taken to be; pictures stand on it
	looks   [RoleCount]Look
	grounds [GroundCount]Look // what a ground changes
}

// Look gives how a role is drawn on a ground.
func (t *Theme) Look(r Role, g Ground) Look {
	l, ground := t.looks[r], t.grounds[g]
	if ground.BG != None {
		l.BG = ground.BG
	}
	l.Bold = l.Bold || ground.Bold
	l.Rev = l.Rev != ground.Rev
	if ground.Rev {
		l.Dim = false
	}
	l.Underline = l.Underline || ground.Underline
	return l
}

func mono() *Theme {
	l := func(bold, dim bool) Look { return Look{FG: None, BG: None, Bold: bold, Dim: dim} }
	t := &Theme{Name: "mono", Paper: darkPaper}
	for r := range t.looks {
		t.looks[r] = l(false, false)
	}
	for _, r := range []Role{Strong, Failing, Key, Brand} {
		t.looks[r] = l(true, false)
	}
	for _, r := range []Role{Muted, Faint} {
		t.looks[r] = l(false, true)
	}
	none := Look{FG: None, BG: None}
	t.grounds = [GroundCount]Look{Plain: none, Bar: {FG: None, BG: None, Rev: true}, Alarm: {FG: None, BG: None, Bold: true}, Caution: none, Selected: {FG: None, BG: None, Rev: true}}
	return t
}

// Names lists the themes.
func Names() []string {
	out := make([]string, 0, len(palettes)+1)
	for i := range palettes {
		out = append(out, palettes[i].name)
	}
	return append(out, "mono")
}

// ByName gives a theme; ok is false for an unknown name.
func ByName(name string) (t *Theme, ok bool) {
	if name == "mono" {
		return mono(), true
	}
	for i := range palettes {
		if palettes[i].name == name {
			return palettes[i].theme(), true
		}
	}
	return palettes[0].theme(), false
}

// Default is dark, or mono where no colour is wanted.
func Default(noColour bool) *Theme {
	if noColour {
		return mono()
	}
	return palettes[0].theme()
}

// Glyphs are the characters that carry meaning.
type Glyphs struct {
	Fail, Warn, Unknown, Good rune
	Arrow, Marker             rune
	Lines
	Ellipsis, Dot, Bar, BarEmpty rune
	AtLeast                      rune
	Dash                         rune
	Rows
	ASCII bool
}

// Rows are what tables say beside their cells: the row under the
// cursor, one that the viewer marked, a that is sorted by.
type Rows struct{ Cursor, Mark, Rising, Falling rune }

// Lines are what boxes and axes are made of.
type Lines struct{ H, V, TL, TR, BL, BR rune }

// Unicode glyphs.
func Unicode() Glyphs {
	return Glyphs{Fail: '✖', Warn: '▲', Unknown: '?', Good: '●', Arrow: '↳', Marker: '▲', Lines: Lines{H: '─', V: '│', TL: '┌', TR: '┐', BL: '└', BR: '┘'},
		Ellipsis: '…', Dot: '·', Bar: '━', BarEmpty: '━', AtLeast: '≥', Dash: '–', Rows: Rows{Cursor: '▶', Mark: '+', Rising: '↑', Falling: '↓'}}
}

// ASCII glyphs, for rescue consoles.
func ASCII() Glyphs {
	return Glyphs{Fail: 'X', Warn: '!', Unknown: '?', Good: 'o', Arrow: '>', Marker: '^', Lines: Lines{H: '-', V: '|', TL: '+', TR: '+', BL: '+', BR: '+'},
		Ellipsis: '~', Dot: '.', Bar: '#', BarEmpty: '.', AtLeast: '>', Dash: '-', Rows: Rows{Cursor: '>', Mark: '+', Rising: '^', Falling: 'v'}, ASCII: true}
}
