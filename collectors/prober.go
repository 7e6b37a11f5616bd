package collectors

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tritop/collectors/probe"
	"tritop/model"
	"tritop/triton"
)

// probesAtOnce is how many probes one server gets at the same time.
const probesAtOnce = 4

// hopelessAtOnce is how many of them may go to versions whose failure is
// decided: a few models that hang must not take all the places.
const hopelessAtOnce = 2

// prober runs the deep probes of one server.
type prober struct {
	target  Target
	client  *triton.Client
	cadence Cadence
	reg     *registry
	specs   []probe.Spec
}

// probeKey names one model version under one probe.
type probeKey struct {
	spec int
	v    version
}

// probeTarget is what is known of it.
type probeTarget struct {
	probeKey
	due      time.Time
	inFlight bool
	gone     bool            // no longer READY
	failed   int             // in a row
	took     []time.Duration // of the last good ones
}

// decided is the number of failures in a row that decide.
const decided = 2

// probeResult comes back from the goroutine of one probe.
type probeResult struct {
	t      *probeTarget
	fact   model.Probed
	absent bool // Triton does not know the version: it may just have been unloaded
}

// Name tells collectors apart.
func (p *prober) Name() string { return "probe " + p.target.Spec.Name }

// Collect probes until ctx ends. Each probe runs in a goroutine of its own, so
// one that hangs delays no other; Collect waits for them all before it returns.
func (p *prober) Collect(ctx context.Context, out chan<- model.Fact) error {
	box := &outbox{out: out, source: p.Name(), wait: p.cadence.Probe}
	targets := make(map[probeKey]*probeTarget)
	results := make(chan probeResult, probesAtOnce) // probes send, this loop receives; never closed
	var running sync.WaitGroup
	defer running.Wait()
	tick := time.NewTicker(p.cadence.ProbeAgain / 2)
	defer tick.Stop()
	n, wasUp, seen := 0, false, uint64(0)
	for {
		up, changes := p.reg.look()
		if changes != seen {
			p.refresh(targets)
		}
		if up && !wasUp {
			afresh(targets)
		}
		wasUp, seen = up, changes
		for _, t := range due(targets, time.Now(), up) {
			n++
			t.inFlight = true
			id := fmt.Sprintf("tritop-probe-%d", n)
			running.Go(func() { p.run(ctx, t, id, results) })
		}
		select {
		case <-ctx.Done():
			return nil
		case r := <-results:
			p.settle(r)
			if r.t.gone {
				delete(targets, r.t.probeKey)
			}
			box.send(ctx, r.fact)
		case <-tick.C:
		}
	}
}

// refresh takes over versions that appeared and forgets those that went.
func (p *prober) refresh(targets map[probeKey]*probeTarget) {
	wanted := p.wanted()
	for key := range wanted {
		if targets[key] == nil {
			targets[key] = &probeTarget{probeKey: key, due: time.Now()}
		}
	}
	for key, t := range targets {
		if t.gone = !wanted[key]; t.gone && !t.inFlight {
			delete(targets, key)
		}
	}
}

// wanted is one probe for each version: of two that fit, the one that is pinned
// to it, or they would contradict each other.
func (p *prober) wanted() map[probeKey]bool {
	best := make(map[version]int)
	for i, s := range p.specs {
		for _, v := range p.reg.versions(s) {
			if _, other := best[v]; !other || s.Version != "" {
				best[v] = i
			}
		}
	}
	out := make(map[probeKey]bool, len(best))
	for v, i := range best {
		out[probeKey{i, v}] = true
	}
	return out
}

// afresh probes everything at once after the server was away: what was true of
// it before proves nothing now.
func afresh(targets map[probeKey]*probeTarget) {
	for _, t := range targets {
		t.failed, t.due = 0, time.Now()
	}
}

// due gives the targets whose time has come, the longest waiting first, as many
// as there are places. None while the server does not answer: a probe would
// prove nothing of the model then.
func due(targets map[probeKey]*probeTarget, now time.Time, up bool) []*probeTarget {
	if !up {
		return nil
	}
	places, hopeless := probesAtOnce, hopelessAtOnce
	var waiting, out []*probeTarget
	for _, t := range targets {
		switch {
		case t.inFlight && t.failed >= decided:
			places, hopeless = places-1, hopeless-1
		case t.inFlight:
			places--
		case !t.gone && !t.due.After(now):
			waiting = append(waiting, t)
		}
	}
	slices.SortFunc(waiting, func(a, b *probeTarget) int { return a.due.Compare(b.due) })
	for _, t := range waiting {
		if places <= 0 {
			break
		}
		if t.failed >= decided {
			if hopeless <= 0 {
				continue
			}
			hopeless--
		}
		places--
		out = append(out, t)
	}
	return out
}

// run sends one probe and reports what came of it.
func (p *prober) run(parent context.Context, t *probeTarget, id string, results chan<- probeResult) {
	f := model.Probed{Model: model.CleanName(t.v.model), Version: model.CleanName(t.v.version)}
	f.Server = p.target.Spec.Name
	f.Timeout = timeout(p.specs[t.spec], t.took)
	absent := false
	func() {
		defer func() {
			if r := recover(); r != nil {
				f.Outcome, f.Detail = model.Malformed, "the answer could not be read: "+model.CleanText(fmt.Sprint(r))
			}
		}()
		absent = p.infer(parent, t, id, &f)
	}()
	f.At = time.Now()
	select {
	case results <- probeResult{t, f, absent}:
	case <-parent.Done():
	}
}

func (p *prober) infer(parent context.Context, t *probeTarget, id string, f *model.Probed) (absent bool) {
	spec := p.specs[t.spec]
	req, err := spec.Request(t.v.version, id)
	if err != nil {
		f.Outcome, f.Detail = model.Malformed, "the probe cannot be sent: "+err.Error()
		return false
	}
	ctx, cancel := context.WithTimeout(parent, f.Timeout)
	defer cancel()
	began := time.Now()
	resp, err := p.client.Infer(ctx, req)
	f.Took = time.Since(began)
	if err == nil {
		f.Outcome, f.Counted = model.Answered, model.Yes
		if err = spec.Check(t.v.version, resp); err != nil {
			f.Outcome, f.Detail = model.WrongAnswer, "wrong answer: "+model.CleanText(err.Error())
		}
		return false
	}
	f.Outcome, f.Detail = outcome(err)
	f.Counted = counted(err, p.reg.platform(t.v))
	switch {
	case busy(err):
		f.Outcome = model.Busy
	case f.Outcome == model.TimedOut:
		f.Detail = "no answer within " + f.Timeout.Truncate(time.Millisecond).String()
	}
	return unloaded(err)
}

// busy says whether Triton refused a request before it ran: the model has too
// much to do, which says nothing of whether it can infer.
func busy(err error) bool {
	text := triton.DetailOf(err)
	return triton.KindOf(err) == triton.NotReady && (strings.Contains(text, "Exceeds maximum queue size") || strings.Contains(text, "Request timeout expired"))
}

// unloaded says whether an error is what Triton 2.51 answers of a version from
// the moment of its unload, or of the server's shutdown.
func unloaded(err error) bool {
	return triton.KindOf(err) == triton.NotFound || strings.Contains(triton.DetailOf(err), "is not at ready state")
}

// counted says how Triton books a request that failed: as a failure (No), as a
// success (Yes), not at all or unknown (Undecided).
func counted(err error, platform string) model.Tri {
	text := triton.DetailOf(err)
	switch triton.KindOf(err) {
	case triton.Internal:
		backend := strings.Contains(text, "Failed to process the request(s)") || strings.Contains(text, "is not healthy")
		switch {
		case backend || platform != "python" && platform != "":
			return model.No
		case platform == "python": // an error that the model returns for one request is a success to Triton
			return model.Yes
		}
	case triton.TooLarge: // answered, and thrown away by us
		return model.Yes
	case triton.NotReady:
		if strings.Contains(text, "Request timeout expired") {
			return model.No
		}
	case triton.Other, triton.Refused, triton.Unreachable, triton.TimedOut, triton.Lost, triton.NotTriton, triton.TLSFailed, triton.Restricted,
		triton.Exiting, triton.NotFound, triton.Invalid, triton.Unsupported, triton.Cancelled:
	}
	return model.Undecided
}

// settle decides when a target is probed next: soon after a first failure, so
// that two in a row decide, else at its cadence.
func (p *prober) settle(r probeResult) {
	t, now := r.t, time.Now()
	t.inFlight = false
	every := p.specs[t.spec].Every
	if every == 0 {
		every = p.cadence.Probe
	}
	t.due = now.Add(every)
	if r.fact.Outcome == model.Busy { // more of them would not help it
		return
	}
	if r.fact.Outcome == model.Answered {
		t.failed = 0
		t.took = append(t.took, r.fact.Took)
		if len(t.took) > 100 {
			t.took = t.took[1:]
		}
		return
	}
	t.failed++
	switch {
	case t.failed >= decided: // at its cadence
	case r.absent: // let the next poll say first whether the version is still there, however often it is probed
		t.due = now.Add(2 * p.cadence.Poll)
	default:
		t.due = now.Add(min(every, p.cadence.ProbeAgain))
	}
}

// timeout is what the probe says, else three times the usual p99, within 1.2 s
// (a dead Python back-end answers its error after exactly 1.0 s) and 10 s.
func timeout(s probe.Spec, took []time.Duration) time.Duration {
	const lowest, highest, unknown = 1200 * time.Millisecond, 10 * time.Second, 2 * time.Second
	if s.Timeout > 0 {
		return s.Timeout
	}
	if len(took) < 5 {
		return unknown
	}
	sorted := slices.Sorted(slices.Values(took))
	return max(lowest, min(highest, 3*sorted[(len(sorted)*99-1)/100]))
}
