package themes

// palette is a theme as colours: one for each role, bold for those that must
// stand out, and one for each ground but the plain one.
type palette struct {
	name    string
	paper   Color // of the terminal
	looks   [RoleCount]Color
	grounds [GroundCount]Color
}

// bolds are the roles that are bold in every theme.
var bolds = map[Role]bool{Strong: true, Failing: true, Key: true, Brand: true}

func (p *palette) theme() *Theme {
	t := &Theme{Name: p.name, Paper: p.paper}
	for r, c := range p.looks {
		t.looks[r] = Look{FG: c, BG: None, Bold: bolds[Role(r)]}
	}
	for g, c := range p.grounds {
		t.grounds[g] = Look{FG: None, BG: c}
	}
	return t
}

// darkPaper is a dark terminal.
const darkPaper Color = 0x121212

// palettes are the themes with colour; the first is the default.
var palettes = [...]palette{
	{"dark", darkPaper,
		[RoleCount]Color{Text: 0xc6c6c6, Strong: 0xf0f0f0, Muted: 0x808080, Faint: 0x4a4a50, Failing: 0xff7373, Warning: 0xf5b041, Change: 0xc792ea,
			Data: 0x5b9bd5, Data2: 0x7fb7e6, Fine: 0x5f9e6e, Unsure: 0x9a9a9a, Key: 0xe8c87a, Brand: 0x6cb6ff},
		[GroundCount]Color{Plain: None, Bar: 0x1f2430, Alarm: 0x3d1f23, Caution: 0x33291a, Selected: 0x2a3550}},
	{"light", 0xffffff,
		[RoleCount]Color{Text: 0x303030, Strong: 0x000000, Muted: 0x666666, Faint: 0xb0b0b8, Failing: 0xb3261e, Warning: 0x8a5a00, Change: 0x7b2fb5,
			Data: 0x1f5fa8, Data2: 0x3f7ab5, Fine: 0x2e7d46, Unsure: 0x707070, Key: 0x75550a, Brand: 0x0b57a4},
		[GroundCount]Color{Plain: None, Bar: 0xe6e8ee, Alarm: 0xfbdcda, Caution: 0xfaeccb, Selected: 0xd4e2f7}},
	{"contrast", darkPaper,
		[RoleCount]Color{Text: 0xfefefe, Strong: 0xffffff, Muted: 0xd0d0d0, Faint: 0x9a9a9a, Failing: 0xff7070, Warning: 0xffd75f, Change: 0xff9cff,
			Data: 0x6fd0ff, Data2: 0xb0e4ff, Fine: 0x7fff9f, Unsure: 0xe4e4e4, Key: 0xffff87, Brand: 0x87d7ff},
		[GroundCount]Color{Plain: None, Bar: 0x262626, Alarm: 0x5f0000, Caution: 0x3a2d00, Selected: 0x00305c}},
	// For those who cannot tell red from green: failing is vermillion, warning
	// yellow, fine blue-grey (after the palette of Okabe and Ito).
	{"colourblind", darkPaper,
		[RoleCount]Color{Text: 0xc6c6c6, Strong: 0xf0f0f0, Muted: 0x868686, Faint: 0x4a4a50, Failing: 0xff8a3d, Warning: 0xf0e442, Change: 0xe0a3c8,
			Data: 0x56b4e9, Data2: 0x9ad4f5, Fine: 0x7f93a8, Unsure: 0xa0a0a0, Key: 0xe8c87a, Brand: 0x6cb6ff},
		[GroundCount]Color{Plain: None, Bar: 0x20242c, Alarm: 0x45220c, Caution: 0x33300d, Selected: 0x1f3a5a}},
}

// index256 are the grounds among 256 colours: the nearest ones would be grey,
// pure blue or plain red, which is another meaning.
var index256 = map[Color]uint8{
	0x1f2430: 235, 0x3d1f23: 52, 0x33291a: 236, 0x2a3550: 17,
	0xe6e8ee: 254, 0xfbdcda: 224, 0xfaeccb: 230, 0xd4e2f7: 189,
	0x262626: 235, 0x5f0000: 52, 0x3a2d00: 236, 0x00305c: 17,
	0x20242c: 235, 0x45220c: 52, 0x33300d: 236, 0x1f3a5a: 17,
}
