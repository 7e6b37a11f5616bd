package themes

import "testing"

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

// Every role but the faint one (frames) can be read on every ground; plain text
// has 7:1 in the theme for high contrast.
func TestEverythingCanBeRead(t *testing.T) {
	t.Parallel()
	for i := range palettes {
		th := palettes[i].theme()
		for _, w := range th.Weak() {
			t.Errorf("%s: %s", th.Name, w)
		}
		for g := range GroundCount {
			on := th.Look(Text, g).BG
			if on == None {
				on = th.Paper
			}
			if got := contrast(th.Look(Text, g).FG, on); th.Name == "contrast" && got < 7 {
				t.Errorf("contrast: text on %s has %.1f", g, got)
			}
		}
	}
	if w := mono().Weak(); w != nil {
		t.Errorf("mono: %v", w)
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

// Among 256 colours everything that is said on a ground can still be read.
func TestGroundsOf256ColoursCanBeRead(t *testing.T) {
	t.Parallel()
	for i := range palettes {
		p := &palettes[i]
		for g, c := range p.grounds {
			n, _ := c.Index256()
			for r, fg := range p.looks {
				if c == None || Role(r) == Faint || Role(r) == Data2 { // frames, and a line of charts, which stand on no ground
					continue
				}
				if got := contrast(nearest256(fg), colour256(n)); got < 3 {
					t.Errorf("%s: %s on %s has a contrast of %.1f", p.name, Role(r), Ground(g), got)
				}
			}
		}
	}
}

// colour256 is what terminals show for an index from 16 on.
func colour256(n uint8) Color {
	if n >= 232 {
		v := Color(8 + 10*(int(n)-232))
		return v<<16 | v<<8 | v
	}
	step := [...]Color{0, 95, 135, 175, 215, 255}
	n -= 16
	return step[n/36]<<16 | step[n/6%6]<<8 | step[n%6]
}

func nearest256(c Color) (best Color) {
	least := 1 << 30
	for n := 16; n < 256; n++ {
		d, k := 0, colour256(uint8(n)) //nolint:gosec // below 256
		for shift := 0; shift < 24; shift += 8 {
			x := int(c>>shift&255) - int(k>>shift&255)
			d += x * x
		}
		if d < least {
			best, least = k, d
		}
	}
	return best
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
