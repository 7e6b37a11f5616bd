package ui

import (
	"strings"
	"testing"
	"time"

	"tritop/model"
	"tritop/themes"
)

// What begins while somebody looks is called NEW for three seconds, in every
// theme; what was there in the first picture is not.
func TestNewProblemsStandOut(t *testing.T) {
	t.Parallel()
	calm, ill := at(t, "dead-server", 4*time.Second), at(t, "dead-server", 8*time.Second)
	if len(calm.Problems) > 0 || len(ill.Problems) == 0 {
		t.Fatalf("%v %v", calm.Problems, ill.Problems)
	}
	mono, _ := themes.ByName("mono")
	shown := func(after time.Duration) *model.Snapshot {
		later := *ill
		later.Now = ill.Now.Add(after)
		return &later
	}
	for _, wall := range []bool{false, true} {
		s := open(t, calm, size{120, 40}, Options{Theme: mono, Wall: wall}).hides(" NEW ")
		s.send(snapshotMsg{shown(0)}).shows(" NEW ")
		bright := s.m.View().Content
		s.send(snapshotMsg{shown(500 * time.Millisecond)}).shows(" NEW ")
		if steady := s.m.View().Content; lineOf(bright, "NEW") == lineOf(steady, "NEW") {
			t.Errorf("wall %t: its ground does not change: %q", wall, lineOf(steady, "NEW"))
		}
		s.send(snapshotMsg{shown(3 * time.Second)}).hides(" NEW ").shows("not listening")
		s.send(snapshotMsg{calm}).hides("not listening").send(snapshotMsg{shown(4 * time.Second)}).shows(" NEW ") // it came back
		open(t, ill, size{120, 40}, Options{Theme: mono, Wall: wall}).hides(" NEW ")
	}
}

func lineOf(frame, word string) string {
	for line := range strings.Lines(frame) {
		if strings.Contains(line, word) {
			return line
		}
	}
	return ""
}

// One row of the view of events stands for what came together; the selected one
// names all of it, and a filter takes it apart.
func TestEventsOfOneCauseAreOneRow(t *testing.T) {
	t.Parallel()
	s := open(t, at(t, "ready-lies", 25*time.Second), size{80, 24}, Options{}).keys("e").shows("us1-gpu-02 8 model versions", "6 servers")
	s.keys("G").shows("   eu1-gpu-01, eu1-gpu-02, us1-gpu-01, us1-gpu-02, ap1-gpu-01, ap1-gpu-02")
	rows := len(s.m.screen.top().pane().rows)
	if all := len(s.m.snap.Events); rows*2 > all {
		t.Errorf("%d rows of %d events", rows, all)
	}
	s.keys("/", "ranker", "enter").shows("us1-gpu-02 ranker v4").hides("8 model versions").keys("esc").shows("8 model versions")
	s.keys("T").hides("8 model versions").keys("0").shows("8 model versions")
}

// The brackets go through the layouts, from a detail too; zoom leaves the charts
// where its rows leave room.
func TestBracketsTurnViews(t *testing.T) {
	t.Parallel()
	s := open(t, at(t, "ready-lies", 25*time.Second), size{120, 40}, Options{}).keys("]").shows("> MODELS").keys("]").shows("> SERVERS").keys("enter").shows("> SERVER us1-gpu-02")
	s.keys("z").shows("zoomed", "REQUESTS", "encoder").keys("z").keys("[").shows("> MODELS").keys("[").hides(" > ").keys("[").shows("> CHARTS").keys("]").hides(" > ")
}
