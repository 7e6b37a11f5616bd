package ui

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tritop/model"
)

// fakeBackend gives the snapshots that a test puts into it.
type fakeBackend struct {
	snap    atomic.Pointer[model.Snapshot]
	marks   chan struct{}
	said    []model.Say
	refuses error // what Say answers
}

func newFake(s *model.Snapshot) *fakeBackend {
	f := &fakeBackend{marks: make(chan struct{}, 1)}
	f.snap.Store(s)
	return f
}

func (f *fakeBackend) Latest() *model.Snapshot { return f.snap.Load() }
func (f *fakeBackend) Say(_ context.Context, what model.Say) error {
	f.said = append(f.said, what)
	return f.refuses
}
func (f *fakeBackend) Subscribe(context.Context) <-chan struct{} { return f.marks }

// session is a model at a size, with keys to press.
type session struct {
	t    *testing.T
	m    *Model
	last tea.Cmd
}

func open(t *testing.T, s *model.Snapshot, z size, opt Options) *session {
	t.Helper()
	m := New(t.Context(), newFake(s), opt)
	out := &session{t: t, m: m}
	out.send(tea.WindowSizeMsg{Width: z.w, Height: z.h})
	return out
}

func (s *session) send(msg tea.Msg) *session {
	_, s.last = s.m.Update(msg)
	return s
}

var named = map[string]tea.Key{"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "tab": {Code: tea.KeyTab}, "down": {Code: tea.KeyDown}, "up": {Code: tea.KeyUp},
	"backspace": {Code: tea.KeyBackspace}, "space": {Code: tea.KeySpace, Text: " "}, "shift+tab": {Code: tea.KeyTab, Mod: tea.ModShift},
	"ctrl+c": {Code: 'c', Mod: tea.ModCtrl}, "ctrl+r": {Code: 'r', Mod: tea.ModCtrl}, "ctrl+s": {Code: 's', Mod: tea.ModCtrl}, "ctrl+\\": {Code: '\\', Mod: tea.ModCtrl}}

// keys presses keys: names of the table above, else each word letter by letter.
func (s *session) keys(names ...string) *session {
	for _, n := range names {
		if k, ok := named[n]; ok {
			s.send(tea.KeyPressMsg(k))
			continue
		}
		for _, r := range n {
			s.send(tea.KeyPressMsg{Code: r, Text: string(r)})
		}
	}
	return s
}

func (s *session) text() string {
	s.t.Helper()
	s.m.View()
	if s.m.crash != nil {
		s.t.Fatal(s.m.crash, string(s.m.crash.Stack))
	}
	return s.m.grid.Text()
}

func (s *session) shows(words ...string) *session {
	s.t.Helper()
	text := s.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			s.t.Fatalf("%q is not shown:\n%s", w, text)
		}
	}
	return s
}

func (s *session) hides(words ...string) *session {
	s.t.Helper()
	text := s.text()
	for _, w := range words {
		if strings.Contains(text, w) {
			s.t.Fatalf("%q is shown:\n%s", w, text)
		}
	}
	return s
}

func TestTheCursorFollowsTheWorstUntilItIsMoved(t *testing.T) {
	t.Parallel()
	s := open(t, at(t, "normal", 3*time.Second), size{80, 24}, Options{})
	s.send(snapshotMsg{at(t, "dead-server", 25*time.Second)}).shows("▶✖ eu1-gpu-02")
	s.keys("enter").shows("SERVER eu1-gpu-02", "not listening", "connection refused").keys("esc")
	s.keys("down").shows("▶● eu1-gpu-01")
	s.send(snapshotMsg{at(t, "hung-server", 25*time.Second)}).shows("▶● eu1-gpu-01")
}

func TestDrillDownAndBack(t *testing.T) {
	t.Parallel()
	s := open(t, at(t, "bad-version", 25*time.Second), size{120, 40}, Options{})
	s.shows("▶▲ text_classifier").keys("enter").shows("MODEL text_classifier", "by server and version")
	s.keys("enter").shows("SERVER ", "model versions, broken first").keys("esc").shows("MODEL text_classifier")
	s.keys("esc").shows("servers", "changes, newest first").keys("esc").shows("changes, newest first")
	s.keys("e").shows("EVENTS").keys("q").hides("EVENTS")
	if s.keys("q"); s.last == nil {
		t.Fatal("q in the overview does not quit")
	} else if _, ok := s.last().(tea.QuitMsg); !ok {
		t.Fatal("q in the overview does not quit")
	}
}

func TestFilterNarrowsAndEscClearsItFirst(t *testing.T) {
	t.Parallel()
	s := open(t, at(t, "normal", 25*time.Second), size{80, 24}, Options{})
	s.keys("/", "RANK").shows("/RANK_", "ranker", "nothing passes the filter").hides("encoder").keys("enter").shows("filter RANK").hides("encoder")
	s.keys("esc").shows("encoder").hides("filter RANK")
	s.keys("/", "zzz", "esc").shows("encoder")
	s.keys("/", "q", "backspace", "enter").shows("encoder")
	s.keys("/").send(tea.PasteMsg{Content: strings.Repeat("x\n\x1b", 1<<16)})
	if got := len(s.m.screen.prompt.input.Value()); got != promptLimit {
		t.Fatalf("a paste made a filter of %d bytes", got)
	}
}

func TestHelpIsMadeFromTheTableOfBindings(t *testing.T) {
	t.Parallel()
	s := open(t, at(t, "normal", 25*time.Second), size{140, 300}, Options{}).keys("?")
	text := s.text()
	bindings := newKeymap().all
	for i := range bindings {
		if !strings.Contains(text, bindings[i].show) || !strings.Contains(text, bindings[i].help) {
			t.Errorf("help does not tell of %q", bindings[i].show)
		}
	}
	s.shows("(not now: there is nothing to go back to)").keys("esc").hides("HELP")
	foot := strings.Split(strings.TrimSuffix(s.text(), "\n"), "\n")
	if last := foot[len(foot)-1]; strings.Contains(last, "back") || !strings.Contains(last, "enter open") || !strings.Contains(last, "? help") {
		t.Errorf("the footer says %q", last)
	}
}

func TestEveryBindingHasItsOwnKeys(t *testing.T) {
	t.Parallel()
	seen := make(map[string]string)
	for _, b := range newKeymap().all {
		if b.help == "" || b.show == "" {
			t.Errorf("a binding without words: %v", b.keys)
		}
		for _, k := range b.keys {
			if other, twice := seen[k]; twice {
				t.Errorf("%q is on %q and %q", k, other, b.help)
			}
			seen[k] = b.help
		}
	}
}

func TestCtrlCAsksOnce(t *testing.T) {
	t.Parallel()
	s := open(t, at(t, "normal", 3*time.Second), size{80, 24}, Options{})
	if s.keys("ctrl+c").shows("ctrl-c again quits"); s.last != nil {
		t.Fatal("one ctrl-c acts")
	}
	if s.keys("ctrl+c"); s.last == nil {
		t.Fatal("two do not")
	} else if _, ok := s.last().(tea.InterruptMsg); !ok {
		t.Fatal("two ctrl-c do not interrupt")
	}
}

func TestFocusOpensTheObjectOnceItIsKnown(t *testing.T) {
	t.Parallel()
	s := open(t, empty(t), size{80, 24}, Options{Focus: "ranker"}).hides("MODEL ranker")
	s.send(snapshotMsg{at(t, "normal", 5*time.Second)}).shows("MODEL ranker").keys("esc").hides("MODEL ranker")
	s = open(t, empty(t), size{80, 24}, Options{Focus: "us1-gpu-01"})
	s.send(snapshotMsg{at(t, "normal", 5*time.Second)}).shows("SERVER us1-gpu-01")
	s = open(t, empty(t), size{80, 24}, Options{Focus: "ghost"})
	s.send(snapshotMsg{at(t, "normal", 25*time.Second)}).shows("no model or server is named ghost").hides("did you mean").keys("down").hides("ghost")
	s = open(t, empty(t), size{80, 24}, Options{Focus: "rankr"}) // the nearest name is one that came later
	s.send(snapshotMsg{at(t, "normal", 25*time.Second)}).shows("no model or server is named rankr; did you mean ranker?")
	s = open(t, empty(t), size{80, 24}, Options{Focus: "text_classifier@2"})
	s.send(snapshotMsg{at(t, "normal", 25*time.Second)}).shows("VERSION text_classifier@2")
}

func TestSpaceHoldsThePictureAndNothingElse(t *testing.T) {
	t.Parallel()
	b := newFake(at(t, "normal", 3*time.Second))
	s := &session{t: t, m: New(t.Context(), b, Options{})}
	s.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	s.keys("space").send(s.last()).shows("FROZEN 14:00:03Z")
	later := at(t, "dead-server", 25*time.Second)
	b.snap.Store(later)
	s.send(snapshotMsg{later}).shows("FROZEN 22s 14:00:03Z", "servers ● 6").hides("not listening") // and how old the held picture is
	s.keys("tab").shows("▶● eu1-gpu-01")                                                           // keys go on working
	s.keys("space").send(s.last()).shows("not listening", "14:00:25Z").hides("FROZEN")
}

func TestOldDataIsSaid(t *testing.T) {
	t.Parallel()
	s := open(t, at(t, "normal", 25*time.Second), size{80, 24}, Options{})
	s.hides("OLD").send(tickMsg(time.Now().Add(2 * time.Second))).hides("OLD")
	s.send(tickMsg(time.Now().Add(40 * time.Second))).shows("DATA 40s OLD")
	s.send(snapshotMsg{at(t, "normal", 26*time.Second)}).hides("OLD")
}

func TestAFrameIsDrawnOnlyWhenSomethingChanged(t *testing.T) {
	t.Parallel()
	s := open(t, at(t, "normal", 25*time.Second), size{80, 24}, Options{})
	first := s.m.View()
	s.m.content = "kept"
	if s.m.View(); s.m.content != "kept" {
		t.Error("drawn again without a reason")
	}
	if s.keys("tab"); s.m.View().Content == first.Content {
		t.Error("a key changed nothing")
	}
}

func TestAPanicEndsTheScreenInOrder(t *testing.T) {
	t.Parallel()
	s := open(t, at(t, "normal", 25*time.Second), size{80, 24}, Options{})
	s.m.View()
	s.m.snap, s.m.dirty = nil, true // the next frame has nothing to draw from
	before := s.m.content
	if got := s.m.View().Content; got != before {
		t.Error("the last good frame is gone")
	}
	s.send(tickMsg(time.Now()))
	if s.m.crash == nil || len(s.m.crash.StackTrace()) == 0 || !strings.HasPrefix(s.m.crash.Error(), "the screen failed: ") {
		t.Fatalf("crash: %v", s.m.crash)
	}
	if _, ok := s.last().(tea.QuitMsg); !ok {
		t.Fatal("the screen does not end")
	}
}

// What of tritop's own set-up has to be mended is said below the problems, also
// where nothing else is wrong.
func TestNoticesThatNeedSomebodyAreSaid(t *testing.T) {
	t.Parallel()
	for scenario, also := range map[string]string{"normal": "nothing is broken", "dead-server": "not listening"} {
		snap := *at(t, scenario, 25*time.Second)
		since := snap.Now.Add(-time.Minute)
		snap.Notices = []model.Notice{{Text: "simulated fleet", Verdict: model.Unknown}, {Text: "targets.json is empty: the last good list stays", Since: since, Verdict: model.Degraded}, {Text: "another", Verdict: model.Degraded}}
		for _, z := range sizes {
			s := open(t, &snap, z, Options{}).hides("simulated fleet")
			if s.shows("targets.json"); z.w >= 80 {
				s.shows(also, "since "+since.Format("15:04:05")+" targets.json is empty: the last good list stays", "+1 more")
			}
		}
	}
}
