package themes

// roleNames are the roles as a theme file names them.
var roleNames = [RoleCount]string{Text: "text", Strong: "strong", Muted: "muted", Faint: "faint", Failing: "failing", Warning: "warning", Change: "change",
	Data: "data", Data2: "data2", Fine: "fine", Unsure: "unsure", Key: "key", Brand: "brand"}

// groundNames are the grounds as a theme file names them; the plain one is the
// terminal's.
var groundNames = [GroundCount]string{Plain: "paper", Bar: "bar", Alarm: "alarm", Caution: "caution", Selected: "selected"}

// String gives the name that a theme file has for the role.
func (r Role) String() string {
	if r >= RoleCount {
		return "unknown"
	}
	return roleNames[r]
}

// String gives the name that a theme file has for the ground.
func (g Ground) String() string {
	if g >= GroundCount {
		return "unknown"
	}
	return groundNames[g]
}

// Changes are the colours of a theme that differ from those of another. The
// plain ground is what the terminal is taken to be; None there changes nothing.
type Changes struct {
	Roles   map[Role]Color
	Grounds map[Ground]Color
}

// With gives a theme of another name in which some colours differ. What is given
// a colour loses the attributes that stood for one (dim, reverse).
func (t *Theme) With(name string, c Changes) *Theme {
	out := *t
	out.Name = name
	for r, colour := range c.Roles {
		out.looks[r].FG, out.looks[r].Dim = colour, false
	}
	for g, colour := range c.Grounds {
		switch {
		case g != Plain:
			out.grounds[g] = Look{FG: None, BG: colour}
		case colour != None:
			out.Paper = colour
		}
	}
	return &out
}

// Pictured is the theme for pictures and for text in true colour: each of the
// sixteen colours of a terminal has the value that it usually has.
func (t *Theme) Pictured() *Theme {
	out := *t
	out.Paper = t.Paper.RGB()
	for r := range out.looks {
		out.looks[r].FG = t.looks[r].FG.RGB()
	}
	for g := range out.grounds {
		out.grounds[g].BG = t.grounds[g].BG.RGB()
	}
	return &out
}
