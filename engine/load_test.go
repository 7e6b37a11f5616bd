package engine

import (
	"testing"
	"time"

	"tritop/model"
)

// The last minute counts, a clock that is set back begins anew, and what is not
// known yet has no figure.
func TestLoadOfTheLastMinute(t *testing.T) {
	t.Parallel()
	var l load
	now := t0
	ask := func(times int, every time.Duration) {
		for range times {
			l.book(&model.Answer{At: now, Took: every / 4})
			now = now.Add(every)
		}
	}
	want := func(perMinute, waiting float64) {
		t.Helper()
		got := l.figures(now)
		if d := got.PerMinute.Value - perMinute; d < -1 || d > 1 || got.Waiting.Value-waiting > 0.01 || got.Waiting.Value-waiting < -0.01 {
			t.Errorf("at %s: %+v, want %g and %g", now.Sub(t0), got, perMinute, waiting)
		}
	}
	if l.figures(now).PerMinute.Known() {
		t.Error("known before anything was asked")
	}
	if ask(5, time.Second); l.figures(now).PerMinute.Known() {
		t.Error("known after 5 s")
	}
	ask(25, time.Second)
	want(60, 0.25)
	ask(100, time.Second)
	want(60, 0.25)
	ask(300, 500*time.Millisecond)
	want(120, 0.25)
	now = now.Add(time.Hour)
	want(0, 0)
	now = now.Add(-2 * time.Hour)
	ask(30, time.Second)
	want(60, 0.25)
}
