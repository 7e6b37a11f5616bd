package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/grid"
)

// Backend is what a screen needs of the engine.
type Backend interface {
	Latest() *model.Snapshot
	Subscribe(ctx context.Context) <-chan struct{}
}

// RunOptions is what a live screen needs.
type RunOptions struct {
	Options
	Backend Backend
	In, Out *os.File // terminals
	Environ []string
	Save    Save // nil: nothing can be saved
	Detect  bool // ask the terminal whether its ground is light; the theme follows
	NoMouse bool // leave the mouse to the terminal
	// Alarm gives what the terminal is to be sent when alerts fire; nil: nothing.
	Alarm func(*model.Snapshot) []byte
}

// ErrInterrupted says that the viewer, or a signal, ended the screen.
var ErrInterrupted = errors.New("interrupted")

// Messages are facts of the session.
type (
	snapshotMsg struct{ s *model.Snapshot }
	tickMsg     time.Time
	suspendMsg  struct{}
	redrawMsg   struct{}
	freezeMsg   struct{}
	refreshMsg  struct{}
	mouseMsg    struct{}
	themeMsg    struct{ theme *themes.Theme }
)

// frameEvery is the shortest time between two frames for new data; keys are
// drawn at once.
const frameEvery = 100 * time.Millisecond

// heldEvery is how often a screen that is held looks whether there are news: only
// to know how old they are.
const heldEvery = time.Second

// Model is the root of the Elm loop: it routes, the screen does the rest.
type Model struct {
	backend Backend
	await   func(pause time.Duration) tea.Cmd // for the next news, no sooner than after the pause
	snap    *model.Snapshot
	screen  *screen
	grid    *grid.Grid
	buf     []byte
	content string
	dirty   bool
	outside
	quit     time.Time // of the last ctrl-c
	heard    time.Time // when the last snapshot came
	cosmetic bool      // the clock for "DATA n s OLD"; off in tests
	crash    *Crash    // a panic: the screen ends in order
	err      error     // of the terminal: the screen ends
}

// Crash is a panic of the screen. The terminal was restored before it is returned.
type Crash struct {
	Value any
	Stack []byte
}

// Error says what happened, without the stack.
func (c *Crash) Error() string { return fmt.Sprintf("the screen failed: %v", c.Value) }

// StackTrace is for the log.
func (c *Crash) StackTrace() []byte { return c.Stack }

// New makes the model of a session. ctx ends its waiting commands; it is kept
// by them, not by the model.
func New(ctx context.Context, b Backend, opt Options) *Model {
	sc := newScreen(opt)
	snap := b.Latest()
	marks := b.Subscribe(ctx)
	m := &Model{backend: b, snap: snap, outside: outside{title: "tritop " + snap.Fleet, environ: func(string) string { return "" }}, screen: sc, grid: grid.New(0, 0, sc.opt.Theme, sc.glyphs()), dirty: true, heard: time.Now(), cosmetic: true}
	m.await = func(pause time.Duration) tea.Cmd {
		return func() tea.Msg {
			rest := time.NewTimer(pause)
			defer rest.Stop()
			select {
			case <-ctx.Done():
				return nil
			case <-rest.C:
			}
			select {
			case <-ctx.Done():
				return nil
			case <-marks:
			}
			return snapshotMsg{b.Latest()}
		}
	}
	return m
}

// Init begins to wait for snapshots.
func (m *Model) Init() tea.Cmd {
	if m.cosmetic {
		return tea.Batch(m.await(0), tick())
	}
	return m.await(0)
}

func tick() tea.Cmd { return tea.Tick(time.Second, func(t time.Time) tea.Msg { return tickMsg(t) }) }

// Update routes messages. After a panic it only quits, so that the terminal is
// restored as after any other end.
func (m *Model) Update(msg tea.Msg) (tm tea.Model, cmd tea.Cmd) {
	defer func() {
		if r := recover(); r != nil {
			m.crash = &Crash{r, debug.Stack()}
		}
		if m.crash != nil {
			tm, cmd = m, tea.Quit
		}
	}()
	cmd = m.route(msg)
	if m.painter != nil && m.dirty {
		m.draw()
	}
	return m, cmd
}

func (m *Model) route(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.grid.Resize(msg.Width, msg.Height)
		m.dirty = true
	case snapshotMsg:
		m.ring(msg.s)
		return m.news(msg.s)
	case tickMsg:
		m.age(time.Time(msg))
		return tick()
	case tea.KeyPressMsg:
		return m.key(msg)
	case tea.PasteMsg:
		if m.screen.prompt.kind != noPrompt {
			m.dirty = true
			return m.screen.edit(msg, m.snap)
		}
	case tea.MouseMsg:
		return m.mouse(msg)
	default:
		return m.asked(msg)
	}
	return nil
}

// asked does what the screen asked for.
func (m *Model) asked(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case redrawMsg:
		m.dirty = true
		if m.painter != nil {
			m.painter.Repaint()
		}
	case freezeMsg:
		m.freeze()
	case refreshMsg:
		m.snap, m.dirty = m.backend.Latest(), true
	case suspendMsg:
		return m.suspend
	case tea.ResumeMsg:
		return m.resume()
	default:
		return m.passed(msg)
	}
	return nil
}

// passed does what has to do with the world around the screen.
func (m *Model) passed(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case themeMsg:
		m.detect = false // the viewer has chosen
		m.look(msg.theme)
	case tea.BackgroundColorMsg:
		if light, ok := themes.ByName("light"); ok && m.detect && !msg.IsDark() {
			m.look(light)
		}
	case mouseMsg:
		m.toggleMouse()
	case copyMsg:
		m.copy(msg)
	case saveMsg:
		return m.keep()
	case savedMsg:
		m.screen.note, m.dirty = msg.words(), true
	}
	return nil
}

// look changes the theme.
func (m *Model) look(t *themes.Theme) {
	m.screen.opt.Theme = t
	w, h := m.grid.Size()
	m.grid = grid.New(w, h, t, m.screen.glyphs())
	m.dirty = true
}

// mouse gives a click, a drag or the wheel to the screen.
func (m *Model) mouse(msg tea.MouseMsg) tea.Cmd {
	e := msg.Mouse()
	if m.screen.top().kind == wallView {
		return nil
	}
	switch msg.(type) {
	case tea.MouseClickMsg:
		if e.Button != tea.MouseLeft {
			return nil
		}
		m.dirty, m.screen.note = true, ""
		return m.screen.click(m.snap, e.X, e.Y)
	case tea.MouseMotionMsg:
		if e.Button == tea.MouseLeft {
			m.dirty = true
			m.screen.drag(m.snap, e.X, e.Y)
		}
	case tea.MouseReleaseMsg:
		m.screen.mouse.on = nil
	case tea.MouseWheelMsg:
		m.dirty = true
		switch e.Button {
		case tea.MouseWheelUp:
			m.screen.wheel(m.snap, e.X, e.Y, -wheelRows)
		case tea.MouseWheelDown:
			m.screen.wheel(m.snap, e.X, e.Y, wheelRows)
		}
	}
	return nil
}

// wheelRows is how far one notch of the wheel moves.
const wheelRows = 3

// freeze holds the picture, or goes on with the newest news.
func (m *Model) freeze() {
	if m.screen.frozen = !m.screen.frozen; !m.screen.frozen {
		m.snap = m.backend.Latest()
	}
	m.dirty = true
}

// suspend gives the terminal back before the process stops.
func (m *Model) suspend() tea.Msg {
	if m.painter != nil {
		m.painter.Pause()
		m.tty.Leave()
	}
	return tea.SuspendMsg{}
}

// resume takes the terminal over again.
func (m *Model) resume() tea.Cmd {
	m.dirty = true
	if m.painter == nil {
		return nil
	}
	if err := m.tty.Enter(m.title); err != nil {
		m.err = err
		return tea.Quit
	}
	m.painter.Resume()
	return nil
}

// news takes over a snapshot, and waits for the next one no sooner than the
// frame rate allows.
func (m *Model) news(s *model.Snapshot) tea.Cmd {
	m.heard, m.screen.stale = time.Now(), 0
	if !m.screen.frozen {
		m.snap = s
		m.screen.focus(s)
		m.dirty = true
	}
	if m.screen.frozen {
		return m.await(heldEvery)
	}
	return m.await(frameEvery)
}

// age notices that no news came for a while.
func (m *Model) age(now time.Time) {
	old := now.Sub(m.heard)
	if old < 3*time.Second {
		old = 0
	}
	if old.Truncate(time.Second) != m.screen.stale.Truncate(time.Second) {
		m.screen.stale, m.dirty = old, true
	}
}

// key goes to the prompt first, then to the table of bindings.
func (m *Model) key(msg tea.KeyPressMsg) tea.Cmd {
	m.dirty = true
	name := msg.String()
	sc := m.screen
	sc.note = ""
	if name == "ctrl+c" {
		if time.Since(m.quit) < 2*time.Second {
			return tea.Interrupt
		}
		m.quit = time.Now()
		sc.prompt.kind, sc.note = noPrompt, "ctrl-c again quits"
		return nil
	}
	if sc.top().kind == wallView && sc.opt.Wall && name != "q" {
		return nil
	}
	if len(sc.sheet) > 0 {
		sc.sheet = nil
		if name == "esc" || name == "enter" {
			return nil
		}
	}
	if sc.prompt.kind != noPrompt {
		return sc.edit(msg, m.snap)
	}
	return sc.press(m.snap, name)
}

// press does what a key does now.
func (sc *screen) press(s *model.Snapshot, name string) tea.Cmd {
	sc.prepare(s) // rows may be those of an older snapshot
	for i := range sc.keys.all {
		b := &sc.keys.all[i]
		if !slices.Contains(b.keys, name) {
			continue
		}
		if why := b.notNow(sc); why != "" {
			sc.note = b.show + " does nothing here: " + why
			return nil
		}
		return b.act(sc, s)
	}
	sc.sortLetter(s, name)
	return nil
}

// View gives the frame as a string, drawn anew only when something changed. On a
// terminal the painter shows frames, and there is none to give.
func (m *Model) View() tea.View {
	if m.painter != nil {
		return tea.View{}
	}
	if m.dirty && m.crash == nil {
		m.draw()
	}
	return tea.NewView(m.content)
}

// draw draws the frame; the next message ends the screen if that panics.
func (m *Model) draw() {
	defer func() {
		if r := recover(); r != nil {
			m.crash = &Crash{r, debug.Stack()}
		}
	}()
	m.screen.draw(m.grid, m.snap)
	m.dirty = false
	if m.painter != nil {
		m.painter.Present(m.grid)
		return
	}
	m.buf = m.grid.AppendANSI(m.buf[:0])
	m.content = string(m.buf)
}
