package themes

import "testing"

func TestNoMeaningLooksLikeAnother(t *testing.T) {
	t.Parallel()
	d, ok := ByName("dark")
	if !ok {
		t.Fatal("no dark theme")
	}
	seen := map[Look]Role{}
	for r := range RoleCount {
		l := d.Look(r, Plain)
		if other, twice := seen[l]; twice {
			t.Errorf("roles %d and %d look the same", r, other)
		}
		seen[l] = r
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
