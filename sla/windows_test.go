package sla

import (
	"testing"
	"time"
)

// A window begins at the end of a bucket, and not further back than
// docs/objectives.md says: a second, ten, a minute; those of the burn rates, too.
func TestWindowsBeginWhereTheyAreSaidTo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ window, grain time.Duration }{
		{30 * time.Second, time.Second}, {10 * time.Minute, time.Second}, {time.Hour, 10 * time.Second}, {6 * time.Hour, 10 * time.Second}, {24 * time.Hour, time.Minute}, {72 * time.Hour, time.Minute},
	} {
		a := NewAccount()
		a.Look(zero, 1)
		at := zero.Add(time.Hour)
		a.Look(at, 1)
		a.Book(Increment{From: at, To: at, Valid: 1, Bad: 1})
		a.Look(at.Add(c.window-time.Millisecond), 1)
		if n := a.Over(c.window); n.Bad != 1 {
			t.Errorf("%s: what happened in it is not in it", c.window)
		}
		a.Look(at.Add(c.window+c.grain+time.Millisecond), 1)
		if n := a.Over(c.window); n.Bad != 0 {
			t.Errorf("%s: it reaches more than %s further back", c.window, c.grain)
		}
	}
}
