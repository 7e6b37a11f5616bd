// Package checks runs the health checks that ask somebody: those of the
// configuration (HTTP, gRPC, TCP, commands, PromQL) and business figures.
//
// It promises that each check runs once per interval (give or take a tenth), is
// given up at its time-out and is then unhealthy, never runs twice at once, and
// that few run at the same time. A check that cannot find out anything is unknown,
// never healthy. cli makes the checks of the configuration.
package checks

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"tritop/internal/sleep"
	"tritop/model"
)

// Check is one check of one target.
type Check struct {
	model.Check // Name, Layer, Target, Server, Model and Critical; the rest is found out
	Every       time.Duration
	Timeout     time.Duration
	// Run asks. It has to end with its context. What it gives is cleaned.
	Run func(ctx context.Context) Result
}

// Result is what a run found.
type Result struct {
	Status  model.CheckStatus
	Message string
	Details []model.Detail
}

func unknown(format string, args ...any) Result {
	return Result{Status: model.CheckUnknown, Message: fmt.Sprintf(format, args...)}
}

func unhealthy(format string, args ...any) Result {
	return Result{Status: model.CheckUnhealthy, Message: fmt.Sprintf(format, args...)}
}

func healthy(format string, args ...any) Result {
	return Result{Status: model.CheckHealthy, Message: fmt.Sprintf(format, args...)}
}

// atOnce is how many checks run at the same time.
const atOnce = 16

// firstWithin is when a check runs first: not all at once, and soon.
const firstWithin = 2 * time.Second

// grace is how much longer than its time-out a check may take to end by itself.
const grace = 250 * time.Millisecond

// Runner runs checks. It is a collector.
type Runner struct{ checks []Check }

// New makes a runner.
func New(list []Check) *Runner { return &Runner{list} }

// Name tells collectors apart.
func (r *Runner) Name() string { return "checks" }

// Collect runs them until ctx ends.
func (r *Runner) Collect(ctx context.Context, out chan<- model.Fact) error {
	slots := make(chan struct{}, atOnce)
	var running sync.WaitGroup
	for i := range r.checks {
		k := keeper{Check: &r.checks[i], slots: slots, out: out}
		running.Go(func() { k.keep(ctx) })
	}
	running.Wait()
	<-ctx.Done() // without checks too
	return nil
}

// keeper runs one check again and again.
type keeper struct {
	*Check
	slots chan struct{}
	out   chan<- model.Fact
	stuck chan Result // of a run that did not end; nil: none
	since time.Time   // when that began
}

func (k *keeper) keep(ctx context.Context) {
	for wait := rand.N(min(k.Every/10, firstWithin) + 1); sleep.For(ctx, wait); {
		began := time.Now()
		select {
		case k.slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		f := k.once(ctx)
		<-k.slots
		select {
		case k.out <- f:
		case <-ctx.Done():
			return
		}
		wait = max(0, Jitter(k.Every)-time.Since(began))
	}
}

// Jitter spreads an interval by a tenth either way, so that checks that began
// together do not stay so.
func Jitter(every time.Duration) time.Duration {
	return every - every/10 + rand.N(every/5+1)
}

// once runs the check, unless an older run of it hangs.
func (k *keeper) once(ctx context.Context) model.Checked {
	began := time.Now()
	r := k.hanging()
	if r == nil {
		r = k.run(ctx)
	}
	f := model.Checked{Check: k.Check.Check, Every: k.Every, Timeout: k.Timeout}
	f.At = time.Now()
	f.TookMs = model.Of(float64(f.At.Sub(began)) / 1e6)
	f.Status, f.Message = r.Status, model.CleanText(r.Message)
	for _, d := range r.Details {
		f.Details = append(f.Details, model.Detail{Name: model.CleanName(d.Name), Value: model.CleanText(d.Value)})
	}
	return f
}

// hanging says that an older run has not ended; nil: none hangs.
func (k *keeper) hanging() *Result {
	if k.stuck == nil {
		return nil
	}
	select {
	case <-k.stuck:
		k.stuck = nil
		return nil
	default:
		r := unhealthy("hangs since %s and is not run again before it ends", k.since.UTC().Format("15:04:05Z"))
		return &r
	}
}

func (k *keeper) run(parent context.Context) *Result {
	ctx, cancel := context.WithTimeout(parent, k.Timeout)
	defer cancel()
	began, done := time.Now(), make(chan Result, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- unknown("the check itself failed: %v", p)
			}
		}()
		done <- k.Run(ctx)
	}()
	late := time.NewTimer(k.Timeout + grace)
	defer late.Stop()
	select {
	case r := <-done:
		if ctx.Err() != nil && r.Status != model.CheckHealthy {
			r = unhealthy("no answer within %s", k.Timeout)
		}
		return &r
	case <-late.C:
		k.stuck, k.since = done, began
		r := unhealthy("no answer within %s", k.Timeout)
		return &r
	}
}
