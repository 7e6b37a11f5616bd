// Package term is the terminal while the screen is open: what it is switched to
// and back from, and a painter that brings frames to it and never waits for it.
package term

import (
	"context"
	"sync"

	"tritop/ui/grid"
)

// Painter brings frames to the terminal in a goroutine of its own, so that a
// slow link never holds up a key: while one frame is being written, newer ones
// replace each other, and only the last is written next.
type Painter struct {
	tty *Terminal
	em  *grid.Emitter

	mu     sync.Mutex // guards what follows
	next   *grid.Grid
	have   bool
	forget bool   // the terminal was cleared or left: write all of the next frame
	asides []byte // what is to be told to the terminal besides frames

	writing sync.Mutex // held while bytes go out; guards paused
	paused  bool

	wake chan struct{} // Present and Say send, run receives, nobody closes
}

// NewPainter makes a painter of a terminal that was entered; g is the first frame.
func NewPainter(tty *Terminal, em *grid.Emitter, g *grid.Grid) *Painter {
	p := &Painter{tty: tty, em: em, next: &grid.Grid{}, wake: make(chan struct{}, 1)}
	p.next.CopyFrom(g)
	return p
}

// Present hands a frame over; it never waits for the terminal.
func (p *Painter) Present(g *grid.Grid) {
	p.mu.Lock()
	p.next.CopyFrom(g)
	p.have = true
	p.mu.Unlock()
	p.stir()
}

// asideLimit bounds what a terminal that takes nothing is told later.
const asideLimit = 1 << 20

// Say tells the terminal something besides frames (the clipboard, say); it never
// waits for it. It is false where too much is waiting already.
func (p *Painter) Say(b []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.asides)+len(b) > asideLimit {
		return false
	}
	p.asides = append(p.asides, b...)
	p.stir()
	return true
}

// stir wakes the goroutine that writes.
func (p *Painter) stir() {
	select {
	case p.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Repaint makes the next frame be written whole.
func (p *Painter) Repaint() {
	p.mu.Lock()
	p.forget = true
	p.mu.Unlock()
}

// Pause waits for the frame that is being written; none follows until resume.
func (p *Painter) Pause() {
	p.writing.Lock()
	p.paused = true
	p.writing.Unlock()
}

// Resume goes on after a pause, with a whole frame.
func (p *Painter) Resume() {
	p.writing.Lock()
	p.paused = false
	p.writing.Unlock()
	p.Repaint()
}

// Run writes frames until ctx ends or the terminal is gone.
func (p *Painter) Run(ctx context.Context) error {
	current, buf := &grid.Grid{}, []byte(nil)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
		}
		var drawn bool
		if buf, drawn = p.take(&current, buf[:0]); drawn {
			buf = p.em.Append(buf, current)
		}
		if len(buf) == 0 {
			continue
		}
		if err := p.write(buf); err != nil {
			return err
		}
	}
}

// take exchanges the frame that was written for the newest one, if there is one,
// and gives what is to be written before it.
func (p *Painter) take(current **grid.Grid, buf []byte) (before []byte, drawn bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	buf = append(buf, p.asides...)
	p.asides = p.asides[:0]
	if !p.have {
		return buf, false
	}
	if p.forget {
		p.em.Forget()
	}
	p.have, p.forget = false, false
	p.next, *current = *current, p.next
	return buf, true
}

func (p *Painter) write(b []byte) error {
	p.writing.Lock()
	defer p.writing.Unlock()
	if p.paused { // what was worked out is not shown: the next frame is a whole one
		p.em.Forget()
		return nil
	}
	_, err := p.tty.Out.Write(b)
	return err //nolint:wrapcheck // the caller says what was being done
}
