package ui

import (
	"context"
	"sync"

	"tritop/ui/grid"
)

// painter brings frames to the terminal in a goroutine of its own, so that a
// slow link never holds up a key: while one frame is being written, newer ones
// replace each other, and only the last is written next.
type painter struct {
	tty *terminal
	em  *grid.Emitter

	mu     sync.Mutex // guards what follows
	next   *grid.Grid
	have   bool
	forget bool // the terminal was cleared or left: write all of the next frame

	writing sync.Mutex // held while bytes go out; guards paused
	paused  bool

	wake chan struct{} // present and resume send, run receives, nobody closes
}

func newPainter(tty *terminal, em *grid.Emitter, g *grid.Grid) *painter {
	p := &painter{tty: tty, em: em, next: &grid.Grid{}, wake: make(chan struct{}, 1)}
	p.next.CopyFrom(g)
	return p
}

// present hands a frame over; it never waits for the terminal.
func (p *painter) present(g *grid.Grid) {
	p.mu.Lock()
	p.next.CopyFrom(g)
	p.have = true
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default: // it is awake already
	}
}

// repaint makes the next frame be written whole.
func (p *painter) repaint() {
	p.mu.Lock()
	p.forget = true
	p.mu.Unlock()
}

// pause waits for the frame that is being written; none follows until resume.
func (p *painter) pause() {
	p.writing.Lock()
	p.paused = true
	p.writing.Unlock()
}

// resume goes on after a pause, with a whole frame.
func (p *painter) resume() {
	p.writing.Lock()
	p.paused = false
	p.writing.Unlock()
	p.repaint()
}

// run writes frames until ctx ends or the terminal is gone.
func (p *painter) run(ctx context.Context) error {
	current, buf := &grid.Grid{}, []byte(nil)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
		}
		if !p.take(&current) {
			continue
		}
		if buf = p.em.Append(buf[:0], current); len(buf) == 0 {
			continue
		}
		if err := p.write(buf); err != nil {
			return err
		}
	}
}

// take exchanges the frame that was written for the newest one.
func (p *painter) take(current **grid.Grid) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.have {
		return false
	}
	if p.forget {
		p.em.Forget()
	}
	p.have, p.forget = false, false
	p.next, *current = *current, p.next
	return true
}

func (p *painter) write(b []byte) error {
	p.writing.Lock()
	defer p.writing.Unlock()
	if p.paused { // what was worked out is not shown: the next frame is a whole one
		p.em.Forget()
		return nil
	}
	_, err := p.tty.out.Write(b)
	return err //nolint:wrapcheck // the caller says what was being done
}
