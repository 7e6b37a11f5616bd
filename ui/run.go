package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	xterm "github.com/charmbracelet/x/term"

	"tritop/ui/grid"
	"tritop/ui/term"
)

// Run shows the live screen until the viewer quits or ctx ends. The terminal is
// restored whatever ends it.
//
// Bubble Tea reads the input and runs the loop; frames go to the terminal
// through our own painter, which knows cells and writes only what changed.
func Run(ctx context.Context, opt RunOptions) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	w, h, known, err := terminalSize(opt.Out)
	if err != nil {
		return fmt.Errorf("ask the terminal for its size: %w", err)
	}
	if !known {
		w, h = 80, 24
	}
	m := New(inner, opt.Backend, opt.Options)
	m.save, m.detect, m.alarm = opt.Save, opt.Detect, opt.Alarm
	tty := &term.Terminal{In: opt.In, Out: opt.Out, Mouse: !opt.NoMouse && !opt.Wall}
	m.tty, m.environ = tty, lookup(opt.Environ)
	m.painter = term.NewPainter(tty, grid.NewEmitter(colorprofile.Detect(opt.Out, opt.Environ)), m.grid)
	if err := tty.Enter(m.title); err != nil {
		return fmt.Errorf("take the terminal over: %w", err)
	}
	defer tty.Leave()
	if opt.Detect {
		m.painter.Say(term.AskGround())
	}
	m.Update(tea.WindowSizeMsg{Width: w, Height: h})

	p := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(opt.In), tea.WithOutput(io.Discard), tea.WithWindowSize(w, h),
		tea.WithEnvironment(opt.Environ), tea.WithoutSignalHandler(), tea.WithoutRenderer(), tea.WithFPS(1))
	painted := make(chan error, 1) // the painter sends once; read here
	go func() {
		err := m.painter.Run(inner)
		painted <- err
		if err != nil {
			p.Quit()
		}
	}()
	go followSize(inner, p, opt.Out)
	_, err = p.Run()
	cancel()
	return ended(ctx, m, err, painted)
}

// patience is how long the end waits for a frame that a frozen terminal does
// not take.
const patience = 300 * time.Millisecond

// ended says why the screen ended.
func ended(ctx context.Context, m *Model, err error, painted <-chan error) error {
	select {
	case paintErr := <-painted:
		if paintErr != nil {
			m.err = fmt.Errorf("write to the terminal: %w", paintErr)
		}
	case <-time.After(patience):
	}
	switch {
	case m.crash != nil:
		return m.crash
	case errors.Is(err, tea.ErrInterrupted), ctx.Err() != nil, errors.Is(err, syscall.EIO), errors.Is(m.err, syscall.EIO):
		return ErrInterrupted // on EIO the terminal is gone: nobody is there to be told
	case m.err != nil:
		return m.err
	case err == nil:
		return nil
	}
	return fmt.Errorf("the screen ended: %w", err)
}

// followSize tells the program when the terminal was resized.
func followSize(ctx context.Context, p *tea.Program, out *os.File) {
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	defer signal.Stop(resized)
	for {
		select {
		case <-ctx.Done():
			return
		case <-resized:
		}
		if w, h, known, err := terminalSize(out); err == nil && known {
			p.Send(tea.WindowSizeMsg{Width: w, Height: h})
		}
	}
}

// terminalSize asks a terminal for its size. One behind a serial line, or one that
// nobody gave a size, says 0x0: that is not known.
func terminalSize(out *os.File) (w, h int, known bool, err error) {
	if w, h, err = xterm.GetSize(out.Fd()); err != nil {
		return 0, 0, false, err //nolint:wrapcheck // the caller says what was being done
	}
	return w, h, w > 0 && h > 0, nil
}

// lookup finds a variable in an environment.
func lookup(environ []string) func(string) string {
	return func(name string) string {
		for _, e := range environ {
			if k, v, _ := strings.Cut(e, "="); k == name {
				return v
			}
		}
		return ""
	}
}
