package counters

import "testing"

// A new version takes over all traffic 12 s ago: the rate stays what it was. A
// server that joined 12 s ago has its own rate.
func TestAChangeOfVersionsIsNoTraffic(t *testing.T) {
	t.Parallel()
	old := Sums{Seconds: 60, Successes: 4800, Rate: 80}
	fresh := Sums{Seconds: 12, Successes: 1200, Rate: 100}
	s := old
	if s.Beside(&fresh); s.Rate != 100 || s.Seconds != 60 {
		t.Errorf("beside: %v per s over %v s, want 100 over 60", s.Rate, s.Seconds)
	}
	s = old
	if s.Add(&fresh); s.Rate != 180 {
		t.Errorf("of another server: %v per s, want 180", s.Rate)
	}
}
