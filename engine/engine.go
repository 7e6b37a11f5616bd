package engine

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"tritop/model"
)

// Options says how the engine runs. Publish and Tick have defaults.
type Options struct {
	Config
	Publish time.Duration // the shortest time between two snapshots
	Tick    time.Duration // how often time itself is a fact
}

// DefaultOptions are ten snapshots and four ticks a second.
func DefaultOptions() Options {
	return Options{Publish: 100 * time.Millisecond, Tick: 250 * time.Millisecond}
}

// Engine is the single writer. Make it with New, run it with Run.
type Engine struct {
	opt    Options
	inbox  chan model.Fact // collectors send, Run receives, nobody closes
	latest atomic.Pointer[model.Snapshot]

	mu   sync.Mutex // guards subs
	subs map[chan struct{}]struct{}
}

// New makes an engine; it does nothing before Run.
func New(opt Options) (*Engine, error) {
	if opt.Publish <= 0 || opt.Tick <= 0 {
		return nil, fmt.Errorf("engine options: publish %s and tick %s must be positive", opt.Publish, opt.Tick)
	}
	seen := make(map[string]bool)
	for _, s := range opt.Servers {
		if seen[s.Name] {
			return nil, fmt.Errorf("engine options: two servers are named %q", s.Name)
		}
		seen[s.Name] = true
	}
	e := &Engine{opt: opt, inbox: make(chan model.Fact, 256), subs: make(map[chan struct{}]struct{})}
	e.latest.Store(NewState(opt.Config).Snapshot())
	return e, nil
}

// Inbox takes facts. A full inbox holds the collector up; it selects on its
// context beside the send.
func (e *Engine) Inbox() chan<- model.Fact { return e.inbox }

// Latest gives the newest snapshot; never nil.
func (e *Engine) Latest() *model.Snapshot { return e.latest.Load() }

// Subscribe gives a mailbox with one slot: a mark in it says that a newer
// snapshot is there. A reader that is slow finds one mark, not a queue. The
// mailbox is forgotten when ctx ends; it is not closed.
func (e *Engine) Subscribe(ctx context.Context) <-chan struct{} {
	mailbox := make(chan struct{}, 1)
	e.mu.Lock()
	e.subs[mailbox] = struct{}{}
	e.mu.Unlock()
	context.AfterFunc(ctx, func() {
		e.mu.Lock()
		delete(e.subs, mailbox)
		e.mu.Unlock()
	})
	return mailbox
}

// Run folds facts and publishes until ctx ends. It returns an error only when
// the engine itself failed; readers then still have the last snapshot.
func (e *Engine) Run(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &Crash{r, debug.Stack()}
		}
	}()
	state := NewState(e.opt.Config)
	tick := time.NewTicker(e.opt.Tick)
	defer tick.Stop()
	state.Apply(model.Ticked{Now: time.Now()})
	e.publish(state)
	published, dirty := time.Now(), false
	var due <-chan time.Time // nil while nothing waits to be published
	for {
		select {
		case <-ctx.Done():
			return nil
		case f := <-e.inbox:
			began := time.Now()
			state.Apply(f)
			if took := time.Since(began); took > slowTurn {
				state.slow(f, took)
			}
			dirty = true
		case now := <-tick.C:
			state.Apply(model.Ticked{Now: now})
			dirty = true
		case <-due:
			due = nil
		}
		switch wait := e.opt.Publish - time.Since(published); {
		case dirty && wait <= 0:
			e.publish(state)
			published, dirty, due = time.Now(), false, nil
		case dirty && due == nil:
			due = time.After(wait)
		}
	}
}

// Crash is a panic of the engine.
type Crash struct {
	Value any
	Stack []byte
}

// Error says what happened, without the stack.
func (c *Crash) Error() string { return fmt.Sprintf("the engine failed: %v", c.Value) }

// StackTrace is for the log.
func (c *Crash) StackTrace() []byte { return c.Stack }

// slowTurn is how long one fact may take before it is reported.
const slowTurn = 50 * time.Millisecond

// slow reports a turn of the loop that took long.
func (s *State) slow(f model.Fact, took time.Duration) {
	src := s.source("engine", "engine", "")
	src.LastTry, src.LastErr = s.now, fmt.Sprintf("%T took %s", f, took.Truncate(time.Millisecond))
}

func (e *Engine) publish(s *State) {
	e.latest.Store(s.Snapshot())
	e.mu.Lock()
	defer e.mu.Unlock()
	for mailbox := range e.subs {
		select {
		case mailbox <- struct{}{}:
		default: // it has its mark already
		}
	}
}
