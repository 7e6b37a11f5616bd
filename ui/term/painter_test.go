package term

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/charmbracelet/colorprofile"

	"tritop/themes"
	"tritop/ui/grid"
)

// slowLink takes one write at a time, each only when it is told to.
type slowLink struct {
	next  chan error // what the write that waits gives
	wrote [][]byte
}

func (l *slowLink) Write(b []byte) (int, error) {
	l.wrote = append(l.wrote, bytes.Clone(b))
	return len(b), <-l.next
}

// mono is one theme for all frames: another one is painted anew.
var mono = themes.Default(true)

// numbered is a frame that shows a number.
func numbered(n int) *grid.Grid {
	g := grid.New(20, 2, mono, themes.ASCII())
	g.All().Put(0, 0, 20, "frame "+strconv.Itoa(n), 0)
	return g
}

// paint runs a painter on a slow link.
func paint(t *testing.T, test func(t *testing.T, p *Painter, l *slowLink, ended <-chan error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer cancel()
		l := &slowLink{next: make(chan error)}
		p := NewPainter(&Terminal{Out: l}, grid.NewEmitter(colorprofile.ASCII), numbered(0))
		ended := make(chan error, 1)
		go func() { ended <- p.Run(ctx) }()
		test(t, p, l, ended)
	})
}

func TestASlowLinkSkipsFramesAndKeepsTheLast(t *testing.T) {
	t.Parallel()
	paint(t, func(t *testing.T, p *Painter, l *slowLink, _ <-chan error) {
		for n := range 100 { // none of them waits for the link
			p.Present(numbered(n + 1))
			synctest.Wait()
		}
		l.next <- nil
		synctest.Wait()
		if len(l.wrote) != 2 || !bytes.Contains(l.wrote[0], []byte("frame 1")) || !bytes.Contains(l.wrote[1], []byte("00")) {
			t.Errorf("the link got %q", l.wrote)
		}
		l.next <- nil
		p.Present(numbered(100)) // nothing changed: nothing is written
		synctest.Wait()
		if len(l.wrote) != 2 {
			t.Errorf("an unchanged frame was written: %q", l.wrote[2:])
		}
	})
}

func TestAPausedPainterIsSilentAndComesBackWhole(t *testing.T) {
	t.Parallel()
	paint(t, func(t *testing.T, p *Painter, l *slowLink, _ <-chan error) {
		p.Present(numbered(1))
		l.next <- nil
		p.Pause()
		p.Present(numbered(2))
		synctest.Wait()
		if len(l.wrote) != 1 {
			t.Fatalf("written while paused: %q", l.wrote[1:])
		}
		p.Resume()
		p.Present(numbered(2))
		l.next <- nil
		synctest.Wait()
		if len(l.wrote) != 2 || !bytes.Contains(l.wrote[1], []byte("\x1b[2J")) || !bytes.Contains(l.wrote[1], []byte("frame 2")) {
			t.Errorf("after the pause: %q", l.wrote[1:])
		}
	})
}

func TestALostTerminalEndsThePainter(t *testing.T) {
	t.Parallel()
	paint(t, func(t *testing.T, p *Painter, l *slowLink, ended <-chan error) {
		gone := errors.New("input/output error")
		p.Present(numbered(1))
		l.next <- gone
		if err := <-ended; !errors.Is(err, gone) {
			t.Errorf("it ended with %v", err)
		}
	})
}
