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

// A filter that is wrong is not used: the rows are those of the last good one from
// before the line was opened, and the line stays open with what is wrong.
func TestAWrongFilterLeavesTheLastGoodOne(t *testing.T) {
	t.Parallel()
	s := open(t, at(t, "normal", 25*time.Second), size{120, 40}, Options{})
	s.keys("2", "/", "encoder", "enter").shows("filter encoder").hides("ranker ")
	s.keys("/")
	s.m.screen.prompt.input.SetValue("")
	s.keys("eror>1", "enter").shows("character 1", "encoder").hides("ranker ")
	s.keys("esc").shows("ranker ")
}

// What nobody fails by is told all the same: a GPU that is gone, a server that
// comes and goes.
func TestQuietProblemsAreTold(t *testing.T) {
	t.Parallel()
	for scenario, words := range map[string]string{"gpu-lost": "GPU lost", "flapping": "ready again, failed 4 times"} {
		length := 25 * time.Second
		if scenario == "flapping" {
			length = 75 * time.Second
		}
		snap := at(t, scenario, length)
		for _, z := range []size{{80, 24}, {200, 60}} {
			open(t, snap, z, Options{}).shows(words).hides("nothing is broken")
		}
		if text := StatusText(snap); !strings.Contains(text, words) {
			t.Errorf("%s: the status text says %s", scenario, text)
		}
	}
}
