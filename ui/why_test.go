package ui

import (
	"strings"
	"testing"
	"time"
)

// Where a key does nothing it says why, in words of the table, and the help
// says the same.
func TestAKeyThatDoesNothingSaysWhy(t *testing.T) {
	t.Parallel()
	snap := at(t, "normal", 25*time.Second)
	tried := 0
	for i := range views {
		s := open(t, snap, size{120, 400}, Options{})
		if k := viewKind(i); k != overview && k != wallView {
			s.m.screen.push(view{k, ""})
		}
		for _, b := range s.m.screen.keys.all {
			why := b.notNow(s.m.screen)
			if why == "" || len(b.keys) == 0 {
				continue
			}
			tried++
			for _, k := range b.keys {
				doesNothing(t, s, k, why)
			}
			s.m.screen.note = ""
			if viewKind(i) != helpView && viewKind(i) != wallView { // help about help tells of the view below
				s.keys("?").shows("(not now: " + why + ")").keys("esc")
			}
		}
	}
	if tried < 40 {
		t.Errorf("only %d keys were tried", tried)
	}
}

// doesNothing presses a key, which must only say why it does nothing.
func doesNothing(t *testing.T, s *session, key, why string) {
	t.Helper()
	sc := s.m.screen
	before := *sc.top()
	sc.note = ""
	if cmd := sc.press(s.m.snap, key); cmd != nil || !strings.Contains(sc.note, why) {
		t.Errorf("%s in %s: it says %q, want %q", key, views[before.kind].name, sc.note, why)
	}
	if after := sc.top(); after.at != before.at || after.zoomed != before.zoomed || after.kind != before.kind {
		t.Errorf("%s in %s acts although it says that it does nothing", key, views[before.kind].name)
	}
}
