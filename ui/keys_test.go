package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tritop/model"
)

// run sends what the last message asked for, as the program would.
func (s *session) run() *session {
	s.t.Helper()
	if s.last == nil {
		s.t.Fatal("the key asked for nothing")
	}
	return s.send(s.last())
}

// rows are the names of the rows of the pane that has the cursor, as they stand.
func (s *session) rows() []string {
	s.t.Helper()
	s.text()
	p := s.m.screen.top().pane()
	var out []string
	for _, k := range p.rows {
		out = append(out, p.table.name(s.m.snap, k))
	}
	return out
}

// lineOf is the first line of the frame that holds a word, and its number.
func (s *session) lineOf(word string) (string, int) {
	s.t.Helper()
	for y, line := range strings.Split(s.text(), "\n") {
		if strings.Contains(line, word) {
			return line, y
		}
	}
	s.t.Fatalf("%q is not shown:\n%s", word, s.text())
	return "", 0
}

func same(a, b []string) bool { return strings.Join(a, "\n") == strings.Join(b, "\n") }

func reversed(a []string) (out []string) {
	for i := len(a) - 1; i >= 0; i-- {
		out = append(out, a[i])
	}
	return out
}

// The state in which keys are tried: one model version fails, nothing is hidden.
func opened25(t *testing.T, z size) *session {
	t.Helper()
	return open(t, at(t, "bad-version", 25*time.Second), z, Options{})
}

func TestSortByLetterReversesAndZeroEndsIt(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{200, 60}).keys("2") // all models
	triage := s.rows()
	byRate := s.keys("R").shows("models by RPS").rows()
	if same(byRate, triage) {
		t.Fatal("R changed nothing")
	}
	if line, _ := s.lineOf("RPS TREND"); !strings.Contains(line, "RPS"+string(s.m.grid.Glyphs.Falling)) {
		t.Errorf("the heading does not say that the largest comes first: %q", line)
	}
	if up := s.keys("R").rows(); !same(up, reversed(byRate)) && same(up, byRate) {
		t.Errorf("R again does not reverse: %v, then %v", byRate, up)
	}
	if back := s.keys("0").shows("broken first").rows(); !same(back, triage) {
		t.Errorf("0 gives %v, want %v", back, triage)
	}
	if s.keys("r"); s.m.screen.note != "" || !same(s.rows(), triage) {
		t.Error("a small letter sorts")
	}
}

func TestEveryColumnWithALetterSortsByIt(t *testing.T) {
	t.Parallel()
	taken := map[rune]bool{}
	for _, b := range newKeymap().all {
		for _, k := range b.keys {
			if len(k) == 1 {
				taken[rune(k[0])] = true
			}
		}
	}
	s := opened25(t, size{200, 60})
	for _, v := range []string{"2", "3", "4", "5", "7", "8"} {
		p := s.keys(v).m.screen.top().pane()
		seen := map[rune]bool{}
		for i, h := range p.table.heads {
			if h.Letter == 0 {
				continue
			}
			if taken[h.Letter] || seen[h.Letter] || !h.Sorts {
				t.Errorf("%s of %s: %c is a key already, is there twice, or the column does not sort", h.Title, p.table.word, h.Letter)
			}
			seen[h.Letter] = true
			if s.keys(string(h.Letter)); p.order.Column != i {
				t.Errorf("%c sorts %s by column %d, want %s", h.Letter, p.table.word, p.order.Column, h.Title)
			}
		}
	}
}

func TestThePickerExplainsColumnsAndSorts(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{200, 60}).keys("3", "s")
	s.shows("SORT BY", "broken first", "ERR %", "E  share of users' requests").keys("err").hides("QUEUE ms  ").keys("enter").shows("servers by ERR %").hides("SORT BY")
	s.keys("s", "nosuch").shows("nothing is named like that").keys("esc").shows("servers by ERR %")
	s.keys("s", "enter").shows("broken first") // what it begins on
	s.keys(":", "sort queue", "enter").shows("servers by QUEUE ms").keys(":", "sort nosuch", "enter").shows("no column is named nosuch")
	s.keys(":", "sort", "enter").shows("broken first")
}

func TestMarksAreCountedCopiedAndNamedWhenHidden(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{120, 40}).keys("3") // servers
	names := s.rows()
	s.keys("x").shows("1 marked").keys("down", "X").shows("3 marked").keys("y").run().shows("copied 3 names")
	msg, ok := s.keys("y").last().(copyMsg)
	if !ok || msg.text != strings.Join(names[:3], "\n") {
		t.Fatalf("y copies %q, want the first three of %v", msg.text, names)
	}
	s.keys("/", names[0], "enter").shows("3 marked", "2 of them hidden").keys("y").run().shows("copied "+names[0], "2 marked rows are hidden")
	s.keys("esc").shows("3 marked").hides("of them hidden")
	s.keys("g", "x").shows("2 marked") // x again takes the mark away
	s.keys("ctrl+\\").hides("marked").keys("ctrl+\\").shows("ctrl-\\ does nothing here: " + noMarks)
	if msg, ok := s.keys("g", "y").last().(copyMsg); !ok || msg.text != names[0] {
		t.Errorf("without marks y copies %q, want the row under the cursor", msg.text)
	}
}

func TestMarksOfWhatIsGoneAreHidden(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{120, 40}).keys("3", "x", "x").shows("2 marked")
	s.send(snapshotMsg{empty(t)}).shows("2 marked, 2 of them hidden").keys("y").hides("copied triton")
}

func TestZoomShowsThePaneAloneAndEscLeavesIt(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{120, 40}).keys("tab") // servers of the overview
	s.keys("z").shows("zoomed, z goes back", "us1-gpu-02").hides("changes, newest first")
	s.keys("esc").shows("changes, newest first").hides("zoomed")
	s.keys("tab", "z").shows("zoomed", "text_classifier").hides("▶").keys("z").hides("zoomed") // the changes
	s.keys("tab", "z").shows("zoomed", "REQUESTS", "COMPUTE").keys("z").hides("zoomed")        // the charts
	s.keys("?", "z").shows("HELP", "Open and go back")
}

func TestDigitsChooseLayouts(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{120, 40})
	for i, kind := range layouts {
		s.keys(string(rune('1' + i)))
		if got := s.m.screen.top().kind; got != kind {
			t.Errorf("%d opens %q", i+1, views[got].name)
		}
		if kind != overview {
			s.shows(views[kind].title)
		}
		if n := len(s.m.screen.stack); n > 2 {
			t.Errorf("%d leaves %d views open", i+1, n)
		}
	}
	s.keys("1").hides(" > ")
}

func TestTimeScaleGoesThroughAllSpans(t *testing.T) {
	t.Parallel()
	s := open(t, at(t, "normal", 6*time.Minute), size{200, 60}, Options{}).keys("9")
	scale := func(want time.Duration) {
		t.Helper()
		s.text()
		if got := s.m.screen.clock.back(s.m.snap); got != want {
			t.Errorf("charts look back %s, want %s", got, want)
		}
	}
	scale(5 * time.Minute)
	for _, want := range []time.Duration{15 * time.Minute, time.Hour, time.Hour} {
		s.keys("+")
		scale(want)
	}
	s.shows("13:06:00")
	for _, want := range []time.Duration{15 * time.Minute, 5 * time.Minute, time.Minute, time.Minute} {
		s.keys("-")
		scale(want)
	}
	for name, want := range map[string]time.Duration{"15m": 15 * time.Minute, "1h": time.Hour, "1m": time.Minute} {
		s.keys(":", "time "+name, "enter")
		scale(want)
	}
	s.keys(":", "time 7m", "enter").shows("the time scale is 1m, 5m, 15m or 1h")
	s.keys("7", "+").shows("+ does nothing here: " + noCharts)
}

func TestPointingAtAMomentSaysTheValueThen(t *testing.T) {
	t.Parallel()
	s := open(t, at(t, "normal", 6*time.Minute), size{200, 60}, Options{}).keys("9")
	now := s.m.snap.Now
	s.keys("h")
	first := s.m.screen.clock.cross
	if !first.Before(now) || now.Sub(first) > 5*time.Second {
		t.Fatalf("h points at %s, now is %s", first, now)
	}
	s.shows(first.Format("15:04:05"))
	if s.keys("h"); !s.m.screen.clock.cross.Before(first) {
		t.Error("h again does not go further back")
	}
	s.keys("l", "l")
	if !s.m.screen.clock.cross.IsZero() {
		t.Errorf("after the last moment it is not now again but %s", s.m.screen.clock.cross)
	}
	for range 300 {
		s.keys("h")
	}
	if got := now.Sub(s.m.screen.clock.cross); got > 5*time.Minute+time.Second {
		t.Errorf("it points %s back, before the charts begin", got)
	}
	if s.keys("esc"); !s.m.screen.clock.cross.IsZero() || s.m.screen.top().kind != chartsView {
		t.Error("esc does not take the pointer away first")
	}
}

func TestThePaletteCompletesRemembersAndExplains(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{120, 40})
	s.keys(":").shows("COMMANDS", "overview").keys("sourc").shows("sources", "the health of").keys("tab", "enter").shows("SOURCES")
	s.keys(":", "model text_cl").shows("model text_classifier").keys("tab", "enter").shows("MODEL text_classifier")
	s.keys(":", "up").shows(":model text_classifier").keys("up").shows(":sources").keys("down").shows(":model text_classifier").keys("down").shows(":_").keys("esc")
	s.keys(":", "gibberish").shows("nothing is named like that").keys("enter").shows("no command is named gibberish")
	s.keys(":", "server nosuch", "enter").shows("no server is named nosuch").keys(":", "version text_classifier@3", "enter").shows("VERSION text_classifier@3")
	s.keys(":", "filter eu1", "enter").shows("filter eu1").keys("esc", "esc")
	if s.keys(":", "theme light", "enter"); s.m.screen.opt.Theme.Name == "light" {
		t.Fatal("the theme changes before the program was asked")
	}
	if s.run(); s.m.screen.opt.Theme.Name != "light" {
		t.Error("theme light does not choose it")
	}
	s.keys(":", "theme nosuch", "enter").shows("no theme is named nosuch; there are")
	s.keys(":", "unmark", "enter").shows("unmark: not now, " + noMarks)
	s.keys("1", ":", "freeze", "enter").run().shows("FROZEN")
	if _, ok := s.keys(":", "quit", "enter").last().(tea.QuitMsg); !ok {
		t.Error(":quit does not quit")
	}
}

// Whatever the palette offers can be chosen; nothing of it fails on any view.
func TestEveryCommandOfThePaletteActs(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{120, 40})
	for i := range views {
		for _, c := range s.m.screen.commands(s.m.snap) {
			if c.name == "" || c.help == "" {
				t.Errorf("a command without words: %q %q", c.name, c.help)
			}
			sc := newScreen(Options{})
			sc.push(view{viewKind(i), ""})
			sc.ask(askCommand, c.name, sc.commands(s.m.snap))
			sc.accept(s.m.snap)
			sc.draw(s.m.grid, s.m.snap)
		}
	}
}

func TestEscGoesOneStepBackAndNeverQuits(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{120, 40}).keys("3", "/", "gpu", "enter", "z", "h")
	steps := []struct {
		left string
		ok   func(sc *screen) bool
	}{
		{"pointer", func(sc *screen) bool { return sc.clock.cross.IsZero() && sc.top().filter.text != "" }},
		{"filter", func(sc *screen) bool { return sc.top().filter.text == "" && sc.top().zoomed }},
		{"zoom", func(sc *screen) bool { return !sc.top().zoomed && sc.top().kind == serversView }},
		{"view", func(sc *screen) bool { return sc.top().kind == overview }},
	}
	for _, st := range steps {
		if s.keys("esc"); !st.ok(s.m.screen) {
			t.Fatalf("esc does not take the %s away:\n%s", st.left, s.text())
		}
	}
	if s.keys("esc").shows("esc does nothing here: " + noWayBack); s.last != nil {
		t.Error("esc asks for something at the first view")
	}
}

func TestTheStatusTextIsShownAndCopied(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{120, 40}).keys("i").shows("STATUS TEXT", "any key goes on")
	msg, ok := s.last().(copyMsg)
	if !ok || msg.text != StatusText(s.m.snap) {
		t.Fatalf("i copies %q", msg.text)
	}
	s.run().shows("status text copied").keys("esc").hides("STATUS TEXT").keys("i", "3").shows("SERVERS").hides("STATUS TEXT")
	for name, st := range states {
		golden(t, name+"-status.txt", StatusText(st(t))+"\n")
	}
}

func TestSaveKeepsTheFrameAndAllThatIsKnown(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{120, 40})
	s.keys("ctrl+s").run().shows("there is nowhere to save to")
	var frame string
	var snap *model.Snapshot
	s.m.save = func(f string, sn *model.Snapshot) (string, error) { frame, snap = f, sn; return "here.txt", nil }
	want := s.keys("3").text()
	s.keys("ctrl+s").run().run().shows("saved here.txt")
	if frame != want || snap != s.m.snap {
		t.Errorf("saved is\n%s\nand the screen was\n%s", frame, want)
	}
	s.m.save = func(string, *model.Snapshot) (string, error) { return "", errors.New("disk full") }
	s.keys("ctrl+s").run().run().shows("save the screen: disk full")
}

func TestKeysWorkOnAFrozenScreen(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{120, 40}).keys("space").run().shows("FROZEN")
	later := at(t, "dead-server", 40*time.Second)
	s.m.backend.(*fakeBackend).snap.Store(later)
	held := s.m.snap
	s.send(snapshotMsg{later}).keys("3", "x", "down").shows("SERVERS", "1 marked", "FROZEN").keys("/", "us1", "enter").hides("eu1-gpu").keys("esc", "z").shows("zoomed")
	s.keys("?").shows("HELP").keys("esc")
	if s.m.snap != held {
		t.Error("a key let news in")
	}
	s.keys("ctrl+r").run().shows("14:00:40Z", "FROZEN") // the newest picture, still held
}

func TestTheHelpIsSearched(t *testing.T) {
	t.Parallel()
	s := opened25(t, size{120, 40}).keys("?", "/", "OSC").shows("copy the names of the marked rows").hides("next row", "Columns of")
	s.keys("enter").shows("copy the names").keys("esc").shows("Open and go back")
	s.keys("/", "zzzz").shows("nothing of the help holds that").keys("esc").shows("Open and go back")
	s.keys("G").hides("Open and go back").keys("g").shows("Open and go back")
}

func TestTheWallTakesNoKeys(t *testing.T) {
	t.Parallel()
	s := open(t, at(t, "bad-version", 25*time.Second), size{120, 40}, Options{Wall: true})
	before := s.text()
	for _, k := range []string{"enter", "tab", "1", "3", "?", ":", "/", "space", "x", "z", "i", "esc"} {
		if s.keys(k); s.last != nil || s.text() != before {
			t.Errorf("%s does something on the wall", k)
		}
	}
	s.send(tea.MouseClickMsg{X: 3, Y: 3, Button: tea.MouseLeft})
	s.send(tea.MouseWheelMsg{X: 3, Y: 3, Button: tea.MouseWheelDown})
	if s.last != nil || s.text() != before {
		t.Error("the mouse does something on the wall")
	}
	if _, ok := s.keys("q").last().(tea.QuitMsg); !ok {
		t.Error("q does not end the wall")
	}
}
