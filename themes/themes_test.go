package themes

import (
	"math"
	"testing"
)

func TestNoMeaningLooksLikeAnother(t *testing.T) {
	t.Parallel()
	for i := range palettes {
		th := palettes[i].theme()
		seen := map[Look]Role{}
		for r := range RoleCount {
			l := th.Look(r, Plain)
			if other, twice := seen[l]; twice {
				t.Errorf("%s: roles %d and %d look the same", th.Name, r, other)
			}
			seen[l] = r
		}
	}
}

// luminance is the relative luminance of WCAG 2.
func luminance(c Color) float64 {
	part := func(shift int) float64 {
		v := float64(c>>shift&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}

func contrast(a, b Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// Every role but the faint one (frames) can be read on every ground: 3:1 as WCAG
// asks of large text and signs, 4.5:1 for what is broken and for plain text, 7:1
// in the theme for high contrast.
func TestEverythingCanBeRead(t *testing.T) {
	t.Parallel()
	for i := range palettes {
		p := &palettes[i]
		screen := p.paper
		for r := range RoleCount {
			for _, ground := range p.grounds {
				if ground == None {
					ground = screen
				}
				want := 3.0
				switch {
				case r == Faint:
					continue
				case p.name == "contrast" && r == Text:
					want = 7
				case r == Text || r == Strong || r == Failing:
					want = 4.5
				}
				if got := contrast(p.looks[r], ground); got < want {
					t.Errorf("%s: role %d on %06x has a contrast of %.1f, want %.1f", p.name, r, int32(ground), got, want)
				}
			}
		}
	}
}

func TestEveryGroundHasItsPlaceAmong256Colours(t *testing.T) {
	t.Parallel()
	for i := range palettes {
		for _, c := range palettes[i].grounds {
			if _, ok := c.Index256(); c != None && !ok {
				t.Errorf("%s: %06x has none", palettes[i].name, int32(c))
			}
		}
	}
}

func TestMonoHasNoColour(t *testing.T) {
	t.Parallel()
	m := Default(true)
	for r := range RoleCount {
		for g := range GroundCount {
			if l := m.Look(r, g); l.FG != None || l.BG != None {
				t.Errorf("role %d on ground %d has a colour", r, g)
			}
		}
	}
	for _, n := range Names() {
		if th, ok := ByName(n); !ok || th.Name != n {
			t.Errorf("theme %s", n)
		}
	}
	if _, ok := ByName("nope"); ok {
		t.Error("an unknown theme was found")
	}
}

func TestASCIIGlyphsAreASCII(t *testing.T) {
	t.Parallel()
	g := ASCII()
	for _, r := range []rune{g.Fail, g.Warn, g.Unknown, g.Good, g.Cursor, g.Arrow, g.Marker, g.H, g.V, g.TL, g.TR, g.BL, g.BR, g.Ellipsis, g.Dot, g.Bar, g.BarEmpty, g.Dash} {
		if r < ' ' || r > '~' {
			t.Errorf("%q", r)
		}
	}
}

func TestSixteenColoursKeepMeaningsApart(t *testing.T) {
	t.Parallel()
	for i := range palettes {
		th := palettes[i].theme().Sixteen()
		seen := map[Look]Role{}
		for _, r := range []Role{Strong, Failing, Warning, Change, Data, Fine, Faint} {
			l := th.Look(r, Plain)
			if _, ok := l.FG.Basic(); !ok {
				t.Errorf("%s: role %d is %x, none of the sixteen", th.Name, r, int32(l.FG))
			}
			if other, twice := seen[l]; twice {
				t.Errorf("%s: roles %d and %d look the same", th.Name, r, other)
			}
			seen[l] = r
		}
		for g := range GroundCount {
			if bg := th.Look(Text, g).BG; bg != None {
				t.Errorf("%s: ground %d has a colour", th.Name, g)
			}
		}
	}
	if m := mono().Sixteen(); m.Look(Failing, Plain).FG != None {
		t.Error("mono got a colour")
	}
}
