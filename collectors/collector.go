// Package collectors observes the outside world and reports facts.
//
// Per server there is one group: the management poll (one call in flight, as
// Triton serves them all on one thread), the metrics text, and the deep probes.
// Every call has a deadline; a server or model that hangs delays no other. A
// collector that fails is started again, and its failure is a fact. Main wires
// a fleet to the engine's inbox; nobody else calls this package.
package collectors

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"tritop/internal/sleep"
	"tritop/model"
	"tritop/triton"
)

// Collector is one source of facts.
type Collector interface {
	// Name tells collectors apart on the screen.
	Name() string
	// Collect sends facts on out until ctx ends. It never closes out.
	Collect(ctx context.Context, out chan<- model.Fact) error
}

// Cadence says how often what is asked, and how long an answer may take.
type Cadence struct {
	Poll, PollDeadline       time.Duration
	Metrics, MetricsDeadline time.Duration
	Index                    time.Duration // and at once when readiness flips or a version appears or vanishes
	IndexUnready             time.Duration // while the server is not ready
	SlowCall                 time.Duration // deadline of index, metadata and configuration
	Connect                  time.Duration // deadline of a bare TCP connect
	Probe                    time.Duration // where a probe names no other
	ProbeAgain               time.Duration // after a failure, until decided
}

// DefaultCadence is what tritop ships with.
func DefaultCadence() Cadence {
	return Cadence{Poll: time.Second, PollDeadline: 800 * time.Millisecond, Metrics: 2 * time.Second, MetricsDeadline: 1500 * time.Millisecond,
		Index: 15 * time.Second, IndexUnready: 2 * time.Second, SlowCall: 2 * time.Second, Connect: 300 * time.Millisecond,
		Probe: 5 * time.Second, ProbeAgain: 100 * time.Millisecond}
}

// Validate says what is wrong with a cadence.
func (c Cadence) Validate() error {
	for name, d := range map[string]time.Duration{"poll": c.Poll, "poll deadline": c.PollDeadline, "metrics": c.Metrics, "metrics deadline": c.MetricsDeadline,
		"index": c.Index, "index while not ready": c.IndexUnready, "slow call": c.SlowCall, "connect": c.Connect, "probe": c.Probe, "probe again": c.ProbeAgain} {
		if d < time.Millisecond {
			return fmt.Errorf("cadence of %s: %s, want at least 1ms", name, d)
		}
	}
	return nil
}

// Backoff says when a failed collector is started again.
type Backoff struct{ First, Max time.Duration }

// DefaultBackoff grows from 100 ms to 10 s.
func DefaultBackoff() Backoff { return Backoff{First: 100 * time.Millisecond, Max: 10 * time.Second} }

// Supervise runs a collector until ctx ends, and starts it again when it
// returns or panics. Each failure is reported as a fact.
func Supervise(ctx context.Context, c Collector, out chan<- model.Fact, b Backoff) {
	if b.First <= 0 || b.Max < b.First {
		b = DefaultBackoff() // without a pause it would spin
	}
	wait := b.First
	for attempt := 1; ; attempt++ {
		began := time.Now()
		err := collectSafely(ctx, c, out)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > b.Max {
			wait, attempt = b.First, 1 // it ran well for a while
		}
		pause := wait/2 + rand.N(wait/2+1)
		if err == nil {
			err = fmt.Errorf("it ended by itself")
		}
		fact := model.SourceFailed{Source: c.Name(), At: time.Now(), Detail: model.CleanText(err.Error()), Attempt: attempt, Retry: time.Now().Add(pause)}
		if !send(ctx, out, fact) || !sleep.For(ctx, pause) {
			return
		}
		wait = min(2*wait, b.Max)
	}
}

// SuperviseAll runs collectors of their own beside a fleet until ctx ends.
func SuperviseAll(ctx context.Context, all []Collector, out chan<- model.Fact, b Backoff) {
	var running sync.WaitGroup
	for _, c := range all {
		running.Go(func() { Supervise(ctx, c, out, b) })
	}
	running.Wait()
}

func collectSafely(ctx context.Context, c Collector, out chan<- model.Fact) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return c.Collect(ctx, out)
}

// send waits for the engine to take a fact, for as long as ctx lasts.
func send(ctx context.Context, out chan<- model.Fact, f model.Fact) bool {
	select {
	case out <- f:
		return true
	case <-ctx.Done():
		return false
	}
}

// outbox sends facts of one collector. When the engine does not take one for a
// whole interval the fact is dropped, and the drop is told with the next one.
type outbox struct {
	out     chan<- model.Fact
	source  string
	wait    time.Duration
	dropped int
}

func (o *outbox) send(ctx context.Context, f model.Fact) {
	select { // the usual case, without a timer
	case o.out <- f:
		o.tell()
		return
	default:
	}
	t := time.NewTimer(o.wait)
	defer t.Stop()
	select {
	case o.out <- f:
		o.tell()
	case <-t.C:
		o.dropped++
	case <-ctx.Done():
	}
}

func (o *outbox) tell() {
	if o.dropped == 0 {
		return
	}
	select {
	case o.out <- model.SourceDropped{Source: o.source, At: time.Now(), Count: o.dropped}:
		o.dropped = 0
	default:
	}
}

// outcome translates the protocol's kinds of faults into the vocabulary.
func outcome(err error) (model.Outcome, string) {
	if err == nil {
		return model.Answered, ""
	}
	detail := model.CleanText(triton.DetailOf(err))
	switch triton.KindOf(err) {
	case triton.Refused:
		return model.Refused, detail
	case triton.Unreachable:
		return model.Unanswered, detail
	case triton.TimedOut, triton.Cancelled:
		return model.TimedOut, detail
	case triton.Lost:
		return model.Lost, detail
	case triton.NotTriton:
		return model.Foreign, detail
	case triton.TLSFailed:
		return model.TLSFailed, detail
	case triton.Restricted:
		return model.Restricted, detail
	case triton.Exiting:
		return model.Exiting, detail
	case triton.TooLarge:
		return model.Malformed, detail
	case triton.Other, triton.NotReady, triton.NotFound, triton.Invalid, triton.Unsupported, triton.Internal:
	}
	return model.Failed, detail
}

// regularly sends what look gives at once and once in each interval of the outbox,
// until ctx ends.
func regularly(ctx context.Context, box *outbox, look func() model.Fact) {
	tick := time.NewTicker(box.wait)
	defer tick.Stop()
	for {
		f := look()
		if ctx.Err() != nil {
			return
		}
		box.send(ctx, f)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
