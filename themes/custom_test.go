package themes

import (
	"math"
	"strings"
	"testing"
)

func TestColours(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Color{"#ff7373": 0xff7373, "#F7a": 0xff77aa, "#000": 0, "none": None, "Red": basic + 1, "bright-white": basic + 15, "0": basic, "15": basic + 15,
		"16": 0x000000, "17": 0x00005f, "52": 0x5f0000, "196": 0xff0000, "231": 0xffffff, "232": 0x080808, "255": 0xeeeeee} {
		if got, ok := ParseColour(in); !ok || got != want {
			t.Errorf("%s: %x %v, want %x", in, got, ok, want)
		}
	}
	for _, bad := range []string{"", "#", "#ff", "#ff73", "#ff73737", "#gg0000", "#+ff", "ff7373", "-1", "256", "1.5", "reddish", "#ff7373 "} {
		if got, ok := ParseColour(bad); ok {
			t.Errorf("%q: %x", bad, got)
		}
	}
	for n, name := range ColourNames()[1:] {
		if c, ok := ParseColour(name); !ok || c.RGB() != usual[n] {
			t.Errorf("%s: %x", name, c)
		}
	}
}

// The contrasts that WCAG gives as examples.
func TestContrast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b Color
		want float64
	}{{0x000000, 0xffffff, 21}, {0xffffff, 0xffffff, 1}, {0x777777, 0xffffff, 4.48}, {0xff0000, 0xffffff, 4.0}} {
		if got := contrast(c.a, c.b); math.Abs(got-c.want) > 0.01 {
			t.Errorf("%06x on %06x: %.2f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

func TestAThemeWithChanges(t *testing.T) {
	t.Parallel()
	dark := Default(false)
	th := dark.With("mine", Changes{Roles: map[Role]Color{Fine: 0x202020, Data: basic + 4}, Grounds: map[Ground]Color{Alarm: 0x5f0000, Selected: basic + 7, Caution: None, Plain: 0xffffff}})
	for r := range RoleCount {
		if got, was := th.Look(r, Bar), dark.Look(r, Bar); r != Fine && r != Data && got != was {
			t.Errorf("%s changed: %+v", r, got)
		}
	}
	if th.Name != "mine" || th.Paper != 0xffffff || th.Look(Fine, Alarm) != (Look{FG: 0x202020, BG: 0x5f0000}) || th.Look(Data, Caution) != (Look{FG: basic + 4, BG: None}) {
		t.Errorf("%+v", th)
	}
	if dark.Paper != darkPaper || dark.Look(Fine, Plain).FG == 0x202020 {
		t.Error("the theme that it comes from changed")
	}
	if p := th.Pictured(); p.Look(Data, Selected) != (Look{FG: 0x0000ee, BG: 0xe5e5e5}) {
		t.Errorf("in a picture: %+v", p.Look(Data, Selected))
	}
}

func TestWhatIsHardToReadIsSaid(t *testing.T) {
	t.Parallel()
	th := Default(false).With("mine", Changes{Roles: map[Role]Color{Fine: 0x202020}, Grounds: map[Ground]Color{Selected: basic + 7}})
	var said []string
	for _, w := range th.Weak() {
		said = append(said, w.String())
	}
	if all := strings.Join(said, "\n"); !strings.Contains(all, "fine on bar has a contrast of 1.0:1, want 3.0:1") || !strings.Contains(all, "text on selected has a contrast of 1.4:1, want 4.5:1") {
		t.Errorf("%s", all)
	}
}

// On a terminal of sixteen colours a theme file keeps what it took from them.
func TestSixteenColoursKeepTheOwnOnes(t *testing.T) {
	t.Parallel()
	th := Default(false).With("mine", Changes{Roles: map[Role]Color{Failing: basic + 5, Fine: None, Warning: 0x123456}, Grounds: map[Ground]Color{Alarm: basic + 1, Caution: 0x5f0000, Plain: 0xfafafa}}).Sixteen()
	for r, want := range map[Role]Color{Failing: basic + 5, Fine: None, Warning: basicLight[Warning], Data: basicLight[Data]} {
		if got := th.Look(r, Plain).FG; got != want {
			t.Errorf("%s: %x, want %x", r, got, want)
		}
	}
	if th.Look(Text, Alarm).BG != basic+1 || th.Look(Text, Caution).BG != None {
		t.Errorf("grounds: %+v %+v", th.Look(Text, Alarm), th.Look(Text, Caution))
	}
	m := mono().With("mine", Changes{Roles: map[Role]Color{Muted: 0x808080}, Grounds: map[Ground]Color{Bar: 0x202020}})
	if l := m.Look(Muted, Bar); l != (Look{FG: 0x808080, BG: 0x202020}) {
		t.Errorf("a colour in mono: %+v", l)
	}
	if l := m.Sixteen().Look(Failing, Plain); l != mono().Look(Failing, Plain) {
		t.Errorf("mono in sixteen colours: %+v", l)
	}
}
