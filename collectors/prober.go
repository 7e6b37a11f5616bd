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

// registry is what the poll of a server tells its probes.
type registry struct {
	mu    sync.Mutex // guards all below
	ready map[version]bool
	up    bool
}

func (r *registry) set(ready map[version]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ready = ready
}

func (r *registry) answering(up bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.up = up
}

// versions gives the READY versions that a probe is for; none while the server
// does not answer, where a probe would prove nothing of the model.
func (r *registry) versions(s probe.Spec) []version {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.up {
		return nil
	}
	var out []version
	for v := range r.ready {
		if v.model == s.Model && (s.Version == "" || s.Version == v.version) {
			out = append(out, v)
		}
	}
	return out
}

// probesAtOnce is how many probes one server gets at the same time.
const probesAtOnce = 4

// prober runs the deep probes of one server.
type prober struct {
	target  Target
	client  *triton.Client
	cadence Cadence
	reg     *registry
	specs   []probe.Spec
}

// probeTarget is one model version under one probe.
type probeTarget struct {
	spec     int
	v        version
	due      time.Time
	inFlight bool
	failed   int             // in a row
	took     []time.Duration // of the last good ones
}

// probeResult comes back from the goroutine of one probe.
type probeResult struct {
	t    *probeTarget
	fact model.Probed
}

// Name tells collectors apart.
func (p *prober) Name() string { return "probe " + p.target.Spec.Name }

// Collect probes until ctx ends. Each probe runs in a goroutine of its own, so
// one that hangs delays no other; Collect waits for them all before it returns.
func (p *prober) Collect(ctx context.Context, out chan<- model.Fact) error {
	box := &outbox{out: out, source: p.Name(), wait: p.cadence.Probe}
	targets := make(map[string]*probeTarget)
	results := make(chan probeResult, probesAtOnce) // probes send, this loop receives; never closed
	var running sync.WaitGroup
	defer running.Wait()
	tick := time.NewTicker(p.cadence.ProbeAgain / 2)
	defer tick.Stop()
	busy, n := 0, 0
	for {
		p.refresh(targets)
		for _, t := range due(targets, time.Now(), probesAtOnce-busy) {
			n++
			busy++
			t.inFlight = true
			id := fmt.Sprintf("tritop-probe-%d", n)
			running.Go(func() { p.run(ctx, t, id, results) })
		}
		select {
		case <-ctx.Done():
			return nil
		case r := <-results:
			busy--
			p.settle(r)
			box.send(ctx, r.fact)
		case <-tick.C:
		}
	}
}

// refresh takes over versions that appeared and forgets those that went.
func (p *prober) refresh(targets map[string]*probeTarget) {
	wanted := make(map[string]bool)
	for i, s := range p.specs {
		for _, v := range p.reg.versions(s) {
			key := fmt.Sprintf("%d %s %s", i, v.model, v.version)
			wanted[key] = true
			if targets[key] == nil {
				targets[key] = &probeTarget{spec: i, v: v, due: time.Now()}
			}
		}
	}
	for key, t := range targets {
		if !wanted[key] && !t.inFlight {
			delete(targets, key)
		}
	}
}

// due gives the targets whose time has come, the longest waiting first, at most free.
func due(targets map[string]*probeTarget, now time.Time, free int) []*probeTarget {
	var out []*probeTarget
	for _, t := range targets {
		if !t.inFlight && !t.due.After(now) {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b *probeTarget) int { return a.due.Compare(b.due) })
	return out[:min(len(out), max(0, free))]
}

// run sends one probe and reports what came of it.
func (p *prober) run(parent context.Context, t *probeTarget, id string, results chan<- probeResult) {
	f := model.Probed{Model: model.CleanName(t.v.model), Version: model.CleanName(t.v.version)}
	f.Server = p.target.Spec.Name
	f.Timeout = timeout(p.specs[t.spec], t.took)
	func() {
		defer func() {
			if r := recover(); r != nil {
				f.Outcome, f.Detail = model.Malformed, fmt.Sprintf("the answer could not be read: %v", r)
			}
		}()
		p.infer(parent, t, id, &f)
	}()
	f.At = time.Now()
	select {
	case results <- probeResult{t, f}:
	case <-parent.Done():
	}
}

func (p *prober) infer(parent context.Context, t *probeTarget, id string, f *model.Probed) {
	spec := p.specs[t.spec]
	req, err := spec.Request(t.v.version, id)
	if err != nil {
		f.Outcome, f.Detail = model.Malformed, "the probe cannot be sent: "+err.Error()
		return
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
		return
	}
	f.Outcome, f.Detail = outcome(err)
	if triton.KindOf(err) == triton.Internal {
		f.Counted = model.No
	}
	if f.Outcome == model.TimedOut {
		f.Detail = "no answer within " + f.Timeout.Truncate(time.Millisecond).String()
	}
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
	if r.fact.Outcome == model.Answered {
		t.failed = 0
		t.took = append(t.took, r.fact.Took)
		if len(t.took) > 100 {
			t.took = t.took[1:]
		}
		return
	}
	if t.failed++; t.failed < 2 {
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

// cleanSpecs drops what can never be sent, so that the rest still runs.
func cleanSpecs(specs []probe.Spec) (good []probe.Spec, problem string) {
	var bad []string
	for _, s := range specs {
		if err := s.Validate(); err != nil {
			bad = append(bad, fmt.Sprintf("probe of %s: %v", s.Model, err))
			continue
		}
		good = append(good, s)
	}
	return good, strings.Join(bad, "; ")
}
