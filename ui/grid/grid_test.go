package grid

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tritop/themes"
)

var hostile = rapid.SampledFrom([]string{"模型名前", "e\u0301e\u0301", "\x1b[2J\x1b]0;x\x07", "a\nb\rc", "\u202eabc", "👩\u200d👩\u200d👧\u200d👦", "plain", "\xff\xfe", "ﷺ", "ｗｉｄｅ", "a模b模c"})

// drawAnything draws something somewhere, inside or outside.
func drawAnything(t *rapid.T, g *Grid) {
	a := g.All().Sub(rapid.IntRange(-5, 60).Draw(t, "sx"), rapid.IntRange(-3, 12).Draw(t, "sy"), rapid.IntRange(-3, 60).Draw(t, "sw"), rapid.IntRange(-3, 12).Draw(t, "sh"))
	x, y := rapid.IntRange(-5, 60).Draw(t, "x"), rapid.IntRange(-3, 12).Draw(t, "y")
	text := strings.Repeat(hostile.Draw(t, "text"), rapid.IntRange(1, 5).Draw(t, "times"))
	switch rapid.IntRange(0, 4).Draw(t, "how") {
	case 0:
		a.Put(x, y, rapid.IntRange(-2, 70).Draw(t, "width"), text, 3)
	case 1:
		a.PutRight(x, y, rapid.IntRange(0, 70).Draw(t, "width"), text, 4)
	case 2:
		a.Box(text, text, 1, 2, 3)
	case 3:
		a.Sub(x, y, rapid.IntRange(0, 9).Draw(t, "width"), 1).PutFloat(rapid.Float64Range(0, 1e12).Draw(t, "v"), -1, 2)
	case 4:
		a.Set(x, y, 'x', 1)
	}
}

// Whatever is drawn where, a frame is exactly w×h and lets no control character through.
func TestEveryFrameIsExactlyItsSize(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(0, 60).Draw(t, "w"), rapid.IntRange(0, 12).Draw(t, "h")
		glyphs := themes.Unicode()
		if rapid.Bool().Draw(t, "ascii") {
			glyphs = themes.ASCII()
		}
		g := New(w, h, themes.Default(false), glyphs)
		for range rapid.IntRange(1, 12).Draw(t, "draws") {
			drawAnything(t, g)
		}
		checkFrame(t, g, w, h)
		if strings.Count(g.ANSI(), "\x1b") != strings.Count(g.ANSI(), "\x1b[") {
			t.Fatal("an escape sequence that is not ours")
		}
	})
}

func checkFrame(t *rapid.T, g *Grid, w, h int) {
	if h == 0 {
		return
	}
	lines := strings.Split(strings.TrimSuffix(g.Text(), "\n"), "\n")
	if len(lines) != h {
		t.Fatalf("%d lines, want %d", len(lines), h)
	}
	for _, line := range lines {
		if Width(line) != w {
			t.Fatalf("%d columns, want %d: %q", Width(line), w, line)
		}
		for _, r := range line {
			if r < ' ' || r == 0x7f || r == 0x202e || g.Glyphs.ASCII && r > '~' {
				t.Fatalf("%U came through", r)
			}
		}
	}
}

func TestPutEndsInAnEllipsis(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{{"abcdef", 6, "abcdef"}, {"abcdef", 5, "abcd…"}, {"abcdef", 1, "…"}, {"模型模型", 5, "模型…"}, {"模型模型", 4, "模… "}, {"a\u0301b", 2, "ab"}} {
		g := New(max(c.width, 1), 1, themes.Default(true), themes.Unicode())
		g.All().Put(0, 0, c.width, c.text, 0)
		if got := strings.TrimSuffix(g.Text(), "\n"); got != c.want {
			t.Errorf("%q in %d: %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

func TestAppendShort(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{0: "0", 0.25: "0.25", 3: "3", 3.14: "3.1", 64.4: "64", 999: "999", 1234: "1.2k", 48_000: "48k", 1_500_000: "1.5M", 2.5e9: "2.5G"} {
		if got := string(AppendShort(nil, v)); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
}

func TestSVGIsWellFormed(t *testing.T) {
	t.Parallel()
	g := New(20, 3, themes.Default(false), themes.Unicode())
	g.All().Box("<&>\"模", "note", 1, 2, 3).Put(0, 0, 10, "a & b < c", On(themes.Failing, themes.Alarm))
	dec := xml.NewDecoder(strings.NewReader(g.SVG()))
	for {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
