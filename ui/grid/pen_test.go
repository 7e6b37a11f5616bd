package grid

import (
	"fmt"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/vt"
	"pgregory.net/rapid"
)

// Whatever way the cursor goes, it arrives, in no more bytes than by the place's
// name; and behind a sign whose width is not certain it goes to another row by
// name only.
func TestTheCursorArrives(t *testing.T) {
	t.Parallel()
	const w, h = 130, 40
	rapid.Check(t, func(t *rapid.T) {
		place := func(name string) (x, y int) {
			return rapid.IntRange(0, w-1).Draw(t, name+" x"), rapid.IntRange(0, h-1).Draw(t, name+" y")
		}
		at := pen{sure: rapid.Bool().Draw(t, "sure")}
		at.x, at.y = place("from")
		x, y := place("to")
		from := at
		byName := func(x, y int) string { return fmt.Sprintf("\x1b[%d;%dH", y+1, x+1) }
		b := NewEmitter(colorprofile.TrueColor).moveTo(nil, x, y, &at)
		e := vt.NewEmulator(w, h)
		if _, err := e.WriteString(byName(from.x, from.y) + string(b)); err != nil {
			t.Fatal(err)
		}
		if p := e.CursorPosition(); p.X != x || p.Y != y || at.x != x || at.y != y {
			t.Fatalf("%+v to %d,%d by %q arrives at %v, and is thought to be at %d,%d", from, x, y, b, p, at.x, at.y)
		}
		if len(b) > len(byName(x, y)) {
			t.Errorf("%q is longer than %q", b, byName(x, y))
		}
		if !from.sure && from.y != y && string(b) != byName(x, y) {
			t.Errorf("%q from a column that is not certain", b)
		}
	})
}
