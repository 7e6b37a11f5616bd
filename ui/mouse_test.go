package ui

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
)

// where gives the place of the first letter of a word on the screen; from: only
// from this row on.
func (s *session) where(word string, from int) (x, y int) {
	s.t.Helper()
	for y, line := range strings.Split(s.text(), "\n") {
		if i := strings.Index(line, word); y >= from && i >= 0 {
			return utf8.RuneCountInString(line[:i]), y
		}
	}
	s.t.Fatalf("%q is not shown:\n%s", word, s.text())
	return 0, 0
}

func (s *session) click(x, y int) *session {
	s.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	last := s.last
	s.send(tea.MouseReleaseMsg{X: x, Y: y, Button: tea.MouseLeft})
	s.last = last
	return s
}

func (s *session) clickOn(word string, from int) *session {
	s.t.Helper()
	return s.click(s.where(word, from))
}

func TestAClickSelectsAndASecondOneOpens(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{120, 40})
	s.clickOn("ranker", 1).shows("▶● ranker").hides("MODEL ranker")
	s.clickOn("ranker", 1).shows("MODEL ranker").keys("esc")
	_, rule := s.where("─ servers ─", 0)
	s.clickOn("us1-gpu-01", rule).shows("▶▲ us1-gpu-01").clickOn("us1-gpu-01", rule).shows("SERVER us1-gpu-01")
	s.keys("1").send(tea.MouseClickMsg{X: 1, Y: rule + 2, Button: tea.MouseRight}).hides("SERVER eu1")
}

// The row that the cursor follows by itself was not chosen: one click on it must
// not open it.
func TestAClickOnWhatTheCursorFollowsOnlySelects(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{120, 40}).shows("▶▲ text_classifier")
	_, heading := s.where("RPS TREND", 0)
	s.clickOn("text_classifier", heading).hides("MODEL text_classifier").clickOn("text_classifier", heading).shows("MODEL text_classifier")
}

func TestAClickOnAHeadingSortsAndReverses(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{200, 60}).keys("2")
	triage := s.rows()
	s.clickOn("QUE ms", 0).shows("models by QUE ms")
	down := s.rows()
	if up := s.clickOn("QUE ms", 2).rows(); same(up, down) || same(down, triage) && same(up, triage) {
		t.Errorf("a second click does not reverse: %v, then %v", down, up)
	}
	before := s.m.screen.top().pane().order
	if s.clickOn("RPS TREND", 0); s.m.screen.top().pane().order != before { // has no value
		t.Error("a column without a value sorts")
	}
}

// The heading of the matrix names regions: a click there must not sort by a
// column that is not shown.
func TestAClickOnARegionDoesNotSort(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{200, 60}).keys("6")
	_, y := s.where("eu1", 2)
	for x := range 200 {
		if s.click(x, y); s.m.screen.top().pane().order.Column >= 0 {
			t.Fatalf("a click at column %d sorts by %s, which is not there", x, s.m.screen.top().pane().table.heads[s.m.screen.top().pane().order.Column].Title)
		}
	}
	s.clickOn("ranker", 2).clickOn("ranker", 2).shows("MODEL ranker")
}

func TestTheKeysOfTheFooterCanBeClicked(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{120, 40})
	last := 39
	s.clickOn("? help", last).shows("HELP").clickOn("esc back", last).hides("HELP")
	s.clickOn("/ filter", last).shows("esc clear").keys("esc")
	s.clickOn("enter open", last).shows("MODEL text_classifier").clickOn("q quit", last).hides("MODEL text")
	s.clickOn("space freeze", last).run().shows("FROZEN")
	if _, ok := s.clickOn("q quit", last).last().(tea.QuitMsg); !ok {
		t.Error("q in the footer does not quit")
	}
	s.click(119, last) // where nothing is
}

// What lies over the view takes the click; nothing below it is pressed.
func TestAClickGoesToWhatLiesOnTop(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{120, 40})
	s.keys(":")
	_, y := s.where("COMMANDS", 0)
	s.clickOn("servers", y).shows("SERVERS").hides("COMMANDS").keys("1")
	s.keys("s")
	_, y = s.where("SORT BY", 0)
	s.clickOn("QUE ms", y).shows("QUE ms"+string(s.m.grid.Glyphs.Falling)).keys("0", ":")
	_, y = s.where("COMMANDS", 0)
	s.send(tea.MouseWheelMsg{X: 3, Y: y + 2, Button: tea.MouseWheelDown})
	if got := s.m.screen.prompt.at; got != wheelRows {
		t.Errorf("the wheel chooses the command at %d", got)
	}
	s.click(100, y).hides("COMMANDS") // beside it: it is left
	if o := s.m.screen.top(); o.kind != overview {
		t.Errorf("a click beside the palette opens %s", views[o.kind].name)
	}
	at := s.m.screen.top().at
	s.keys("i").click(20, 20).hides("STATUS TEXT", "overview > ")
	if got := s.m.screen.top().at; got != at {
		t.Error("a click on the status text goes through it")
	}
}

func TestTheWheelMovesWhatIsBelowIt(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{120, 40}).keys("4") // more versions than rows
	x, y := s.where("▶", 2)
	s.send(tea.MouseWheelMsg{X: x + 5, Y: y, Button: tea.MouseWheelDown})
	if p := s.m.screen.top().pane(); p.at != wheelRows {
		t.Errorf("the wheel moves to row %d", p.at)
	}
	for range 50 {
		s.send(tea.MouseWheelMsg{X: x + 5, Y: y, Button: tea.MouseWheelDown})
	}
	rows := s.rows()
	if p := s.m.screen.top().pane(); p.at != len(rows)-1 || s.m.screen.top().pane().span.Folds() == false {
		t.Errorf("it ends at row %d of %d", p.at, len(rows))
	}
	s.send(tea.MouseWheelMsg{X: x + 5, Y: y, Button: tea.MouseWheelUp})
	if p := s.m.screen.top().pane(); p.at != len(rows)-1-wheelRows {
		t.Errorf("up gives row %d", p.at)
	}
	s.keys("?").send(tea.MouseWheelMsg{X: 3, Y: 9, Button: tea.MouseWheelDown}).hides("Open and go back")
	s.send(tea.MouseWheelMsg{X: 3, Y: 9, Button: tea.MouseWheelUp}).shows("Open and go back")
}

func TestADragOnAChartMovesThePointer(t *testing.T) {
	t.Parallel()
	s := open(t, at(t, "normal", 6*time.Minute), size{200, 60}, Options{}).keys("9")
	cross := func() time.Time { s.text(); return s.m.screen.clock.cross }
	s.text()
	s.send(tea.MouseClickMsg{X: 50, Y: 20, Button: tea.MouseLeft})
	first := cross()
	if first.IsZero() {
		t.Fatal("a click on a chart points at nothing")
	}
	s.shows(first.Format("15:04:05"))
	s.send(tea.MouseMotionMsg{X: 70, Y: 25, Button: tea.MouseLeft})
	second := cross()
	if !second.After(first) {
		t.Errorf("dragged to the right, the pointer went from %s to %s", first, second)
	}
	s.send(tea.MouseMotionMsg{X: 500, Y: 70, Button: tea.MouseLeft}) // far outside: the last moment of the chart
	if end := cross(); end.Before(second) || end.After(s.m.snap.Now) {
		t.Errorf("outside it is %s", end)
	}
	s.send(tea.MouseReleaseMsg{X: 70, Y: 25, Button: tea.MouseLeft})
	end := cross()
	if s.send(tea.MouseMotionMsg{X: 20, Y: 25, Button: tea.MouseLeft}); !cross().Equal(end) {
		t.Error("it moves after the button was let go")
	}
	if s.keys("esc"); !cross().IsZero() {
		t.Error("esc does not take the pointer away")
	}
}

// A click during the filter leaves the line of input; what the filter let
// through by then is what was clicked.
func TestAClickWhileTypingTakesTheRowThatIsSeen(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{120, 40}).keys("3", "/", "us1")
	s.clickOn("us1-gpu-02", 2).clickOn("us1-gpu-02", 2).shows("SERVER us1-gpu-02")
}
