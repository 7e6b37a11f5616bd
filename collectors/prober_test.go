package collectors

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tritop/collectors/probe"
	"tritop/model"
	"tritop/triton"
)

func probesOf(models ...string) (out []probe.Spec) {
	for _, m := range models {
		out = append(out, spec(m))
	}
	return out
}

// More models hang than a server gets probes at once: the others still have
// their turn.
func TestManyHungModelsDelayNoOther(t *testing.T) {
	t.Parallel()
	f := newFake("good")
	specs := probesOf("good")
	for i := range 8 {
		m := fmt.Sprintf("hung%d", i)
		f.models[m] = "1"
		f.hang[m] = true
		specs = append(specs, spec(m))
	}
	facts, _ := observe(t, fleet([]Target{f.start(t, "a", nil)}, specs...))
	failed := map[string]int{}
	await(t, facts, "all of them are decided", func(p model.Probed) bool {
		if p.Outcome == model.TimedOut {
			failed[p.Model]++
		}
		for _, n := range failed {
			if n < decided {
				return false
			}
		}
		return len(failed) == 8
	})
	good := func(p model.Probed) bool { return p.Model == "good" && p.Outcome == model.Answered }
	first := await(t, facts, "the good one", good)
	for range 10 {
		first = await(t, facts, "the good one again", good)
	}
	next := await(t, facts, "the good one once more", good)
	if pause := next.At.Sub(first.At); pause > 250*time.Millisecond {
		t.Errorf("a cadence of 60 ms, a timeout of 300 ms, and the good one waits %s", pause)
	}
}

// The models answer before the timeout: a server sees the end of a request that
// timed out a little after the client, and would count it twice.
func TestProbesAreFourAtOnceAndOncePerModel(t *testing.T) {
	t.Parallel()
	f := newFake()
	var specs []probe.Spec
	for i := range 12 {
		m := fmt.Sprintf("m%d", i)
		f.models[m] = "1"
		specs = append(specs, spec(m))
	}
	f.set(func() { f.slow = map[string]time.Duration{"infer": 40 * time.Millisecond} })
	facts, stop := observe(t, fleet([]Target{f.start(t, "a", nil)}, specs...))
	seen := map[string]int{}
	await(t, facts, "three of each", func(p model.Probed) bool {
		if p.Outcome == model.Answered {
			seen[p.Model]++
		}
		for _, n := range seen {
			if n < 3 {
				return false
			}
		}
		return len(seen) == 12
	})
	stop()
	if n := f.mostProbe.Load(); n != probesAtOnce {
		t.Errorf("%d probes at once, want %d", n, probesAtOnce)
	}
	if n := f.twice.Load(); n != 0 {
		t.Errorf("%d probes of a model that was being probed", n)
	}
}

func TestPlacesOfProbes(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	all := func(n int, change func(int, *probeTarget)) map[probeKey]*probeTarget {
		out := map[probeKey]*probeTarget{}
		for i := range n {
			p := &probeTarget{probeKey: probeKey{i, version{"m", "1"}}, due: now.Add(-time.Duration(i) * time.Second)}
			change(i, p)
			out[p.probeKey] = p
		}
		return out
	}
	for name, c := range map[string]struct {
		targets map[probeKey]*probeTarget
		up      bool
		want    int
	}{
		"four at once":          {all(9, func(int, *probeTarget) {}), true, 4},
		"none while it is away": {all(9, func(int, *probeTarget) {}), false, 0},
		"not before its time":   {all(3, func(i int, p *probeTarget) { p.due = now.Add(time.Duration(i)) }), true, 1},
		"once in flight":        {all(3, func(i int, p *probeTarget) { p.inFlight = i < 2 }), true, 1},
		"full":                  {all(9, func(i int, p *probeTarget) { p.inFlight = i < 4 }), true, 0},
		"hopeless ones":         {all(9, func(_ int, p *probeTarget) { p.failed = 5 }), true, 2},
		"hopeless in flight":    {all(9, func(i int, p *probeTarget) { p.failed, p.inFlight = 5, i < 2 }), true, 0},
		"hopeless and others":   {all(9, func(i int, p *probeTarget) { p.failed = i % 2 * 5 }), true, 4},
		"undecided ones":        {all(9, func(_ int, p *probeTarget) { p.failed = 1 }), true, 4},
		"gone ones":             {all(3, func(_ int, p *probeTarget) { p.gone = true }), true, 0},
	} {
		got := due(c.targets, now, c.up)
		if len(got) != c.want {
			t.Errorf("%s: %d, want %d", name, len(got), c.want)
		}
		for i := 1; i < len(got); i++ {
			if got[i].due.Before(got[i-1].due) {
				t.Errorf("%s: the longest waiting is not the first", name)
			}
		}
	}
}

func TestHowTritonCountsAFailedProbe(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err      error
		platform string
		want     model.Tri
	}{
		"dead stub":             {&triton.Fault{Kind: triton.Internal, Detail: "Stub process 'm_0_0' is not healthy."}, "", model.No},
		"exception":             {&triton.Fault{Kind: triton.Internal, Detail: "Failed to process the request(s) for model 'm_0_0', message: ValueError"}, "python", model.No},
		"TritonError":           {&triton.Fault{Kind: triton.Internal, Detail: "negative input"}, "python", model.Yes},
		"TritonError of a step": {&triton.Fault{Kind: triton.Internal, Detail: "in ensemble 'e', negative input"}, "ensemble", model.No},
		"another back-end":      {&triton.Fault{Kind: triton.Internal, Detail: "onnx runtime error 6"}, "onnxruntime_onnx", model.No},
		"nobody knows":          {&triton.Fault{Kind: triton.Internal, Detail: "negative input"}, "", model.Undecided},
		"queue timeout":         {&triton.Fault{Kind: triton.NotReady, Detail: "Request timeout expired"}, "python", model.No},
		"queue full":            {&triton.Fault{Kind: triton.NotReady, Detail: "Exceeds maximum queue size"}, "python", model.Undecided},
		"bad shape":             {&triton.Fault{Kind: triton.Invalid, Detail: "unexpected shape"}, "python", model.Undecided},
		"time-out":              {&triton.Fault{Kind: triton.TimedOut}, "python", model.Undecided},
		"too large for us":      {&triton.Fault{Kind: triton.TooLarge}, "python", model.Yes},
	} {
		if got := counted(c.err, c.platform); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if got, want := busy(c.err), strings.HasPrefix(name, "queue "); got != want {
			t.Errorf("%s: busy %v, want %v", name, got, want)
		}
	}
}

func TestProbesArePinned(t *testing.T) {
	t.Parallel()
	f := newFake("m")
	f.set(func() { f.models["m"] = "3" })
	two := spec("m")
	two.Version = "2"
	facts, stop := observe(t, fleet([]Target{f.start(t, "a", nil)}, spec("m"), two))
	p := await(t, facts, "a probe", func(p model.Probed) bool { return p.Outcome == model.Answered })
	if p.Version != "3" {
		t.Errorf("version %s is probed", p.Version)
	}
	f.set(func() { f.models["m"] = "2" })
	await(t, facts, "the new version", func(p model.Probed) bool { return p.Version == "2" && p.Outcome == model.Answered })
	stop()
}

// Two probes that fit one version, the one right and the other wrong, would
// contradict each other: the one that is pinned to the version is sent, alone.
func TestOneProbePerVersionThePinnedOne(t *testing.T) {
	t.Parallel()
	for name, pinnedFirst := range map[string]bool{"pinned first": true, "pinned last": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake("m")
			f.set(func() { f.slow = map[string]time.Duration{"infer": 30 * time.Millisecond} })
			open, pinned := spec("m"), spec("m")
			open.Expect = []probe.Tensor{{Name: "OUT", Data: []any{8}}} // wrong
			pinned.Version = "1"
			specs := []probe.Spec{open, pinned}
			if pinnedFirst {
				specs = []probe.Spec{pinned, open}
			}
			facts, stop := observe(t, fleet([]Target{f.start(t, "a", nil)}, specs...))
			for range 8 {
				await(t, facts, "a probe", func(p model.Probed) bool {
					if p.Outcome != model.Answered {
						t.Errorf("the open probe was sent: %s %s", p.Outcome, p.Detail)
					}
					return true
				})
			}
			stop()
			if n := f.twice.Load(); n != 0 {
				t.Errorf("%d probes of a version that was being probed", n)
			}
		})
	}
}

// An unloaded model answers NOT_FOUND before the poll sees it go: one failure
// must not become two, which would be "says ready, cannot infer".
func TestAnUnloadIsNotAFailingModel(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"shutting down": status.Error(codes.NotFound, "Request for unknown model: 'm' has no available versions"),
		"unloading":     status.Error(codes.Unavailable, "Request for unknown model: 'm' version 1 is not at ready state"),
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); anUnload(t, err) })
	}
}

func anUnload(t *testing.T, err error) {
	f := newFake("m")
	fl := fleet([]Target{f.start(t, "a", nil)}, spec("m"))
	fl.Cadence.Poll, fl.Cadence.Probe = 100*time.Millisecond, 400*time.Millisecond
	facts, _ := observe(t, fl)
	await(t, facts, "a probe", func(p model.Probed) bool { return p.Outcome == model.Answered })
	f.set(func() {
		f.inferErr = err
	})
	await(t, facts, "refused", func(p model.Probed) bool { return p.Outcome == model.Failed && p.Counted == model.Undecided })
	f.set(func() { delete(f.models, "m") })
	await(t, facts, "polls without it", func() func(model.Fact) bool {
		polls := 0
		return func(fact model.Fact) bool {
			switch fact := fact.(type) {
			case model.Probed:
				t.Errorf("probed again: %+v", fact)
			case model.Polled:
				polls++
			}
			return polls == 8
		}
	}())
}

// A probe proves nothing of a model while its server is away; when it is back
// every model is probed at once, not at its turn.
func TestProbesRestWhileTheServerIsAway(t *testing.T) {
	t.Parallel()
	f := newFake("m")
	fl := fleet([]Target{f.start(t, "a", nil)}, spec("m"))
	fl.Cadence.Probe = time.Hour
	facts, _ := observe(t, fl)
	await(t, facts, "a probe", func(p model.Probed) bool { return p.Outcome == model.Answered })
	f.stop()
	await(t, facts, "gone", func(p model.Polled) bool { return p.Outcome == model.Refused })
	for range 5 {
		await(t, facts, "still gone", func(p model.Polled) bool { return p.Outcome == model.Refused })
	}
	f.start(t, "a", nil)
	await(t, facts, "a probe, long before its turn", func(p model.Probed) bool { return p.Outcome == model.Answered })
}

// settle in simulated time: 100 ms after a first failure, then at its cadence.
func TestWhenAProbeComesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		own := spec("m")
		own.Every = 50 * time.Millisecond
		p := &prober{cadence: DefaultCadence(), specs: []probe.Spec{spec("m"), own}}
		target := &probeTarget{inFlight: true}
		in := func(o model.Outcome) time.Duration {
			p.settle(probeResult{t: target, fact: model.Probed{Answer: model.Answer{Outcome: o}}})
			return time.Until(target.due)
		}
		for i, c := range []struct {
			outcome model.Outcome
			want    time.Duration
		}{
			{model.Answered, 5 * time.Second},
			{model.WrongAnswer, 100 * time.Millisecond},
			{model.Answered, 5 * time.Second},
			{model.TimedOut, 100 * time.Millisecond},
			{model.Failed, 5 * time.Second},
			{model.Failed, 5 * time.Second},
			{model.Answered, 5 * time.Second},
			{model.Failed, 100 * time.Millisecond},
		} {
			if got := in(c.outcome); got != c.want {
				t.Errorf("step %d, after %s: %s, want %s", i, c.outcome, got, c.want)
			}
		}
		target = &probeTarget{}
		p.settle(probeResult{t: target, fact: model.Probed{Answer: model.Answer{Outcome: model.Failed}}, absent: true})
		if got := time.Until(target.due); got != 2*time.Second {
			t.Errorf("after NOT_FOUND: %s, want two polls", got)
		}
		target = &probeTarget{probeKey: probeKey{spec: 1}}
		p.settle(probeResult{t: target, fact: model.Probed{Answer: model.Answer{Outcome: model.Failed}}, absent: true})
		if got := time.Until(target.due); got != 2*time.Second {
			t.Errorf("after NOT_FOUND of a probe that runs more often than the poll: %s, want two polls: they know first whether the version is there", got)
		}
		target = &probeTarget{probeKey: probeKey{spec: 1}}
		if got := in(model.Failed); got != own.Every {
			t.Errorf("a probe that runs more often than it is repeated: %s, want its own %s", got, own.Every)
		}
	})
}

func TestAProbeOfAModelThatRefusesIsNotCounted(t *testing.T) {
	t.Parallel()
	f := newFake("m")
	f.set(func() { f.inferErr = status.Error(codes.InvalidArgument, "unexpected shape for input 'IN'") })
	facts, _ := observe(t, fleet([]Target{f.start(t, "a", nil)}, spec("m")))
	p := await(t, facts, "refused", func(p model.Probed) bool { return p.Outcome == model.Failed })
	if p.Counted != model.Undecided || p.Detail != "unexpected shape for input 'IN'" {
		t.Errorf("%+v", p)
	}
}

func TestSuperviseNeverSpins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		out := make(chan model.Fact, 10_000)
		Supervise(ctx, broken{}, out, Backoff{})
		if n := len(out); n < 5 || n > 40 {
			t.Errorf("%d attempts in a minute", n)
		}
	})
}
