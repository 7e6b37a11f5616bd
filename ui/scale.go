package ui

import (
	"time"

	"tritop/model"
)

// timeScale is how far back charts and trends look, and the moment that the
// viewer points at in them.
type timeScale struct {
	span  time.Duration // 0: as long as tritop watches, five minutes at most
	cross time.Time     // zero: none
}

// spans are the time scales to choose from.
var spans = [...]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

// back is what charts look back on.
func (t *timeScale) back(s *model.Snapshot) time.Duration {
	if t.span > 0 {
		return t.span
	}
	watched := s.Now.Sub(s.Started)
	for _, d := range [...]time.Duration{time.Minute, 2 * time.Minute} {
		if watched <= d {
			return d
		}
	}
	return 5 * time.Minute
}

// turn goes to the next longer or shorter span; at either end it stays.
func (t *timeScale) turn(s *model.Snapshot, n int) {
	now := t.back(s)
	at := 0
	for i, d := range spans {
		if d <= now {
			at = i
		}
	}
	if n < 0 && spans[at] < now { // between two of them
		n++
	}
	t.span = spans[max(0, min(len(spans)-1, at+n))]
}

// turnTime turns the time scale and says what it is now.
func (sc *screen) turnTime(s *model.Snapshot, n int) {
	before := sc.clock.span
	sc.clock.turn(s, n)
	words := map[time.Duration]string{time.Minute: "1 m", 5 * time.Minute: "5 m", 15 * time.Minute: "15 m", time.Hour: "1 h"}[sc.clock.span]
	sc.note = "charts and trends look back " + words
	if sc.clock.span == before {
		sc.note += ": there is no further scale"
	}
}
