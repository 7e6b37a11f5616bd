package draw

import (
	"strings"
	"testing"

	"tritop/themes"
	"tritop/ui/grid"
)

// Large text takes the columns that BigWidth promises, stands in three rows and
// draws something for each letter; what has no large form is not promised.
func TestBig(t *testing.T) {
	t.Parallel()
	g := grid.New(80, BigRows, themes.Default(false), themes.Unicode())
	for _, text := range []string{"0123456789", "14:32:07", "1.6k", "-%+/_", "abcdefghijklm", "NOPQRSTUVWXYZ"} {
		for _, r := range text {
			g.Clear()
			w, ok := BigWidth(g.All(), string(r))
			if used := Big(g.All(), 0, 0, string(r), Plain); !ok || used != w || strings.TrimSpace(g.Text()) == "" {
				t.Errorf("%q: %d columns promised (%t), %d used:\n%s", r, w, ok, used, g.Text())
			}
		}
		w, _ := BigWidth(g.All(), text)
		if used := Big(g.All(), 0, 0, text, Plain); used != w {
			t.Errorf("%q: %d columns promised, %d used", text, w, used)
		}
	}
	for _, text := range []string{"模型", "a!", "\x1b"} {
		if _, ok := BigWidth(g.All(), text); ok {
			t.Errorf("%q has no large form, and one is promised", text)
		}
	}
	for r, shape := range bigShapes {
		if len(shape)%bigHeight != 0 {
			t.Errorf("%q has %d blocks", rune(r)+' ', len(shape))
		}
	}
}
