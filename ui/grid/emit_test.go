package grid

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
	"pgregory.net/rapid"

	"tritop/themes"
)

// screen is an emulated terminal that an emitter writes to.
type screen struct {
	*vt.Emulator
	em *Emitter
}

func newScreen(w, h int, p colorprofile.Profile) *screen {
	return &screen{vt.NewEmulator(w, h), NewEmitter(p)}
}

func (s *screen) show(t *rapid.T, g *Grid) []byte {
	b := s.em.Append(nil, g)
	if _, err := s.Write(b); err != nil {
		t.Fatal(err)
	}
	return b
}

// rows are the lines of a text, without what is blank at their ends.
func rows(text string) []string {
	out := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := range out {
		out[i] = strings.TrimRight(out[i], " ")
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}

// A terminal that got every change shows the same, characters and styles, as
// one that was painted from nothing, and the same characters as the frame.
func TestChangesLeadToTheFrame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		profile := rapid.SampledFrom([]colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256, colorprofile.ANSI, colorprofile.ASCII}).Draw(t, "profile")
		w, h := rapid.IntRange(1, 50).Draw(t, "w"), rapid.IntRange(1, 8).Draw(t, "h")
		g := New(w, h, themes.Default(false), themes.Unicode())
		live := newScreen(w, h, profile)
		for range rapid.IntRange(1, 8).Draw(t, "frames") {
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				w, h = rapid.IntRange(1, 50).Draw(t, "w"), rapid.IntRange(1, 8).Draw(t, "h")
				g.Resize(w, h)
				live.Resize(w, h)
			case 1:
				g.Clear()
			case 2:
				live.em.Forget()
			}
			for range rapid.IntRange(0, 4).Draw(t, "draws") {
				drawPlain(t, g)
			}
			live.show(t, g)
			fresh := newScreen(w, h, profile)
			fresh.show(t, g)
			sameLooks(t, live, fresh)
			if got, want := rows(live.String()), rows(g.Text()); strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Fatalf("the terminal shows\n%s\nand the frame is\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if again := live.show(t, g); len(again) != 0 {
				t.Fatalf("the same frame again is %q", again)
			}
		}
	})
}

// sameLooks compares every cell as people see it: of a blank only what it stands on.
func sameLooks(t *rapid.T, a, b *screen) {
	look := func(s *screen, x, y int) string {
		c := s.CellAt(x, y)
		if c == nil {
			return ""
		}
		if strings.TrimSpace(c.Content) == "" {
			return fmt.Sprint(c.Style.Bg, c.Style.Attrs&uv.AttrReverse)
		}
		return fmt.Sprint(c.Content, c.Style.Fg, c.Style.Bg, c.Style.Attrs)
	}
	for y := range a.Height() {
		for x := range a.Width() {
			if got, want := look(a, x, y), look(b, x, y); got != want {
				t.Fatalf("at %d,%d changes lead to %s and a fresh screen shows %s\n%q\n%q", x, y, got, want, a.Render(), b.Render())
			}
		}
	}
}

// drawPlain draws something of which every terminal knows the width.
func drawPlain(t *rapid.T, g *Grid) {
	a := g.All()
	text := rapid.SampledFrom([]string{"plain text", "  ", "模型名前", "●▲✖ ▁▂▃", "⣿⡇", "x"}).Draw(t, "text")
	style := On(themes.Role(rapid.IntRange(0, int(themes.RoleCount)-1).Draw(t, "role")), themes.Ground(rapid.IntRange(0, int(themes.GroundCount)-1).Draw(t, "ground")))
	y := rapid.IntRange(0, a.H-1).Draw(t, "y")
	a.Put(rapid.IntRange(0, a.W-1).Draw(t, "x"), y, rapid.IntRange(0, 50).Draw(t, "width"), text, style)
	if rapid.IntRange(0, 4).Draw(t, "row") == 0 {
		a.Ground(y, themes.Ground(rapid.IntRange(0, int(themes.GroundCount)-1).Draw(t, "of row")))
	}
}

func TestAFrameIsWrittenAtOnce(t *testing.T) {
	t.Parallel()
	g := New(20, 2, themes.Default(false), themes.Unicode())
	g.All().Put(0, 0, 20, "tritop", On(themes.Brand, themes.Bar))
	b := string(NewEmitter(colorprofile.TrueColor).Append(nil, g))
	if !strings.HasPrefix(b, syncBegin) || !strings.HasSuffix(b, "\x1b[m"+syncEnd) {
		t.Errorf("%q is not one synchronized update that ends plain", b)
	}
	if strings.Contains(b, "\n") || regexp.MustCompile(`\x1b\[\d+;\d*r`).MatchString(b) {
		t.Errorf("%q may scroll", b)
	}
}
