package ui

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/vt"

	"tritop/engine"
	"tritop/model"
	"tritop/sim"
	"tritop/ui/grid"
	"tritop/ui/term"
)

// The monkey presses, types, pastes, clicks, drags, resizes and brings news at
// random, in each view, through the painter into an emulated terminal. After
// each batch the terminal must show the frame, cell for cell: nothing torn,
// nothing left over. TRITOP_MONKEY is how long in each view, MONKEY_SEED brings
// a run back.
func TestMonkey(t *testing.T) {
	t.Parallel()
	snaps := monkeySnaps(t)
	for i := range views {
		t.Run(views[i].name, func(t *testing.T) {
			t.Parallel()
			seed := monkeySeed(t) + uint64(i)
			m := newMonkey(t, snaps, view{viewKind(i), ""}, seed)
			steps := 0
			for began := time.Now(); time.Since(began) < monkeyTime(t); steps++ {
				m.batch()
				m.compare()
				if t.Failed() {
					t.Fatalf("MONKEY_SEED=%d, batch %d of %s: the last inputs were %q", seed-uint64(i), steps, views[i].name, m.log)
				}
			}
			t.Logf("%d batches, %d inputs", steps, m.inputs)
		})
	}
}

// monkeySeed is another one each day, so that what is tried grows, and the same
// for all who work on one day.
func monkeySeed(t *testing.T) uint64 {
	seed := uint64(time.Now().UTC().Unix() / 86400)
	if s := os.Getenv("MONKEY_SEED"); s != "" {
		if _, err := fmt.Sscan(s, &seed); err != nil {
			t.Fatalf("MONKEY_SEED: %v", err)
		}
	}
	return seed
}

// monkeyTime is how long the monkey stays in each view.
func monkeyTime(t *testing.T) time.Duration {
	s := os.Getenv("TRITOP_MONKEY")
	if s == "" {
		return monkeyDefault
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatalf("TRITOP_MONKEY: %v", err)
	}
	return d
}

// monkeySnaps are what news can be: broken, blind, empty, with GPUs, large, with
// hostile names.
func monkeySnaps(t *testing.T) []*model.Snapshot {
	out := []*model.Snapshot{empty(t), at(t, "normal", 25*time.Second), at(t, "ready-lies", 25*time.Second), at(t, "blackout", 25*time.Second),
		at(t, "bad-version", 2*time.Minute), at(t, "gpu-lost", 40*time.Second), at(t, "region-loss", 40*time.Second), many(t, 60), judged(t), {}}
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range append(out[2:6:6], out[8]) {
		out = append(out, hostileNames(s, func(string) string { return model.CleanName(evilNames[r.IntN(len(evilNames))]) }))
	}
	return out
}

// many is a fleet of many servers, with trouble.
func many(tb testing.TB, servers int) *model.Snapshot {
	tb.Helper()
	w, err := sim.New(sim.Options{Scenario: "ready-lies", Seed: 1, Servers: servers})
	if err != nil {
		tb.Fatal(err)
	}
	d := sim.NewDirect(w, time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC))
	st := engine.NewState(engine.Config{Fleet: "many", Servers: d.Specs(), Probed: d.Probed()})
	d.Until(15*time.Second, st.Apply)
	return st.Snapshot()
}

// emulated is a terminal that a painter writes to. A marker that the painter is
// told to write says that all before it has come.
type emulated struct {
	mu   sync.Mutex // guards what follows
	vt   *vt.Emulator
	seen chan struct{}
}

const drained = "\x1b]7777;drained\x07"

func (e *emulated) Write(b []byte) (int, error) {
	before, after, marked := bytes.Cut(b, []byte(drained))
	e.mu.Lock()
	_, err := e.vt.Write(before)
	if err == nil {
		_, err = e.vt.Write(after)
	}
	e.mu.Unlock()
	if marked {
		e.seen <- struct{}{}
	}
	return len(b), err
}

// monkey is one session of it.
type monkey struct {
	t      *testing.T
	r      *rand.Rand
	m      *Model
	home   view
	out    *emulated
	snaps  []*model.Snapshot
	log    []string // the last inputs
	inputs int
	frames int
}

func newMonkey(t *testing.T, snaps []*model.Snapshot, home view, seed uint64) *monkey {
	t.Helper()
	k := &monkey{t: t, r: rand.New(rand.NewPCG(seed, 7)), home: home, snaps: snaps}
	k.out = &emulated{vt: vt.NewEmulator(80, 24), seen: make(chan struct{}, 1)}
	k.m = New(t.Context(), newFake(snaps[1]), Options{Wall: home.kind == wallView, ASCII: seed%4 == 3})
	k.m.save = func(string, *model.Snapshot) (string, error) { return "nowhere", nil }
	tty := &term.Terminal{Out: k.out}
	k.m.tty = tty
	profiles := []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256, colorprofile.ANSI, colorprofile.ASCII}
	k.m.painter = term.NewPainter(tty, grid.NewEmitter(profiles[seed%4]), k.m.grid)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- k.m.painter.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	k.m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	return k
}

// send gives a message to the program, and does what it asks for, as far as it
// is no wait and no end.
func (k *monkey) send(what string, msg tea.Msg) {
	k.inputs++
	if k.log = append(k.log, what); len(k.log) > 60 {
		k.log = k.log[1:]
	}
	_, cmd := k.m.Update(msg)
	switch msg.(type) {
	case snapshotMsg, tickMsg: // their commands wait for the next ones
		return
	}
	if cmd == nil || k.m.crash != nil {
		return
	}
	switch next := cmd().(type) {
	case nil, tea.QuitMsg, tea.InterruptMsg:
	case suspendMsg:
		k.suspend()
	default:
		k.send(fmt.Sprintf("%T", next), next)
	}
}

// suspend lets something else write on the terminal in between.
func (k *monkey) suspend() {
	k.m.painter.Pause()
	k.out.mu.Lock()
	_, _ = k.out.vt.Write([]byte("\x1b[2J\x1b[3;3H\x1b[1;31mdid something else write here?"))
	k.out.mu.Unlock()
	k.m.painter.Resume()
	k.m.dirty = true
	k.send("resumed", struct{}{})
}

// batch is some inputs; now and then it begins at home again.
func (k *monkey) batch() {
	if k.r.IntN(4) == 0 || k.m.screen.top().kind != k.home.kind && k.r.IntN(2) == 0 {
		k.goHome()
	}
	if w, h := k.m.grid.Size(); w < 40 || h < 10 { // little is to be seen there
		k.resize()
	}
	for range 1 + k.r.IntN(12) {
		k.input()
	}
}

// goHome opens the view as a viewer would: by the palette, of an object of the
// moment where it has one.
func (k *monkey) goHome() {
	if k.home.kind == wallView {
		return // takes no keys
	}
	for range 4 {
		k.send("esc", keyPress("esc"))
	}
	name := views[k.home.kind].name
	if views[k.home.kind].object != "" {
		all := Objects(k.m.snap, name)
		if len(all) == 0 {
			return
		}
		name += " " + all[k.r.IntN(len(all))]
	}
	k.send(":", keyPress(":"))
	k.send("paste "+name, tea.PasteMsg{Content: name})
	k.send("enter", keyPress("enter"))
}

// keyPress makes the press of a key of the table of names, or of a character.
func keyPress(name string) tea.KeyPressMsg {
	if known, ok := named[name]; ok {
		return tea.KeyPressMsg(known)
	}
	if mod, c, ok := strings.Cut(name, "+"); ok && mod == "ctrl" {
		return tea.KeyPressMsg{Code: []rune(c)[0], Mod: tea.ModCtrl}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

var monkeyKeys = []string{"enter", "esc", "tab", "shift+tab", "down", "up", "backspace", "space", "ctrl+d", "ctrl+u", "ctrl+r", "ctrl+s", "ctrl+l", "ctrl+z", "ctrl+\\", "ctrl+n", "ctrl+p", "ctrl+w", "ctrl+c"}

// input is one thing that a viewer, the terminal or the engine does.
func (k *monkey) input() {
	w, h := k.m.grid.Size()
	x, y := k.r.IntN(w+3)-1, k.r.IntN(h+3)-1
	switch n := k.r.IntN(100); {
	case n < 30:
		name := monkeyKeys[k.r.IntN(len(monkeyKeys))]
		k.send(name, keyPress(name))
	case n < 62: // any key that prints
		name := string(rune('!' + k.r.IntN('~'-'!'+1)))
		k.send(name, keyPress(name))
	case n < 66:
		text := pastes[k.r.IntN(len(pastes))]
		k.send("paste", tea.PasteMsg{Content: text})
	case n < 74:
		k.send(fmt.Sprint("click ", x, y), tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	case n < 78:
		k.send(fmt.Sprint("drag ", x, y), tea.MouseMotionMsg{X: x, Y: y, Button: tea.MouseLeft})
	case n < 80:
		k.send("let go", tea.MouseReleaseMsg{X: x, Y: y, Button: tea.MouseLeft})
	case n < 86:
		k.send(fmt.Sprint("wheel ", x, y), tea.MouseWheelMsg{X: x, Y: y, Button: []tea.MouseButton{tea.MouseWheelUp, tea.MouseWheelDown, tea.MouseWheelLeft}[k.r.IntN(3)]})
	case n < 88:
		k.resize()
	case n < 90:
		k.send("a second", tickMsg(time.Now().Add(time.Duration(k.r.IntN(5))*time.Second)))
	default:
		s := k.snaps[k.r.IntN(len(k.snaps))]
		k.m.backend.(*fakeBackend).snap.Store(s)
		k.send(fmt.Sprintf("news %d servers", len(s.Servers)), snapshotMsg{s})
	}
}

var pastes = []string{"gpu eu1", "!ranker", "err>1", "state=", "模型名前", "e\u0301\u0301", "\x1b[2J\x00\xff\xfe", strings.Repeat("long ", 100), "a\nb\r\nc", "👩\u200d👩\u200d👧", "rps>1|state=ready"}

// resize changes the terminal and tells the program, as a signal would.
func (k *monkey) resize() {
	w, h := k.m.grid.Size()
	some := []size{{80, 24}, {40, 10}, {200, 60}, {120, 40}, {1, 1}, {39, 9}, {161, 45}, {w, 10 + k.r.IntN(50)}, {40 + k.r.IntN(160), h}}
	z := some[k.r.IntN(len(some))]
	if k.r.IntN(3) == 0 {
		z = size{1 + k.r.IntN(210), 1 + k.r.IntN(62)}
	}
	k.drain()
	k.out.mu.Lock()
	k.out.vt.Resize(z.w, z.h)
	k.out.mu.Unlock()
	k.send("resize "+z.String(), tea.WindowSizeMsg{Width: z.w, Height: z.h})
}

// drain waits until the painter has written all that it was given.
func (k *monkey) drain() {
	if !k.m.painter.Say([]byte(drained)) {
		k.t.Error("the painter takes nothing any more")
		return
	}
	<-k.out.seen
}

// compare compares what the terminal shows with the frame: the characters each
// time, and the looks now and then, with a terminal that got the frame as its
// first.
func (k *monkey) compare() {
	k.drain()
	if k.m.crash != nil {
		k.t.Errorf("%v\n%s", k.m.crash, k.m.crash.Stack)
		return
	}
	k.out.mu.Lock()
	defer k.out.mu.Unlock()
	want := k.m.grid.Text()
	if got := k.out.vt.String(); !same(screenRows(got), screenRows(want)) {
		k.t.Errorf("the terminal shows\n%s\nand the frame is\n%s", got, want)
		return
	}
	if k.frames++; k.frames%16 != 0 {
		return
	}
	w, h := k.m.grid.Size()
	fresh := vt.NewEmulator(w, h)
	if _, err := fresh.Write(grid.NewEmitter(colorprofile.TrueColor).Append(nil, k.m.grid)); err != nil {
		k.t.Error(err)
	}
	if got := fresh.String(); !same(screenRows(got), screenRows(want)) {
		k.t.Errorf("painted from nothing the terminal shows\n%s\nand the frame is\n%s", got, want)
	}
}

// screenRows are the rows of a screen without what is blank at their ends.
func screenRows(text string) []string {
	out := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := range out {
		out[i] = strings.TrimRight(out[i], " ")
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}
