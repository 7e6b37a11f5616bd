package engine

import (
	"testing"

	"tritop/model"
)

// An empty queue is a figure of 0; before the metrics text was read it is absent.
func TestAnEmptyQueueIsKnown(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.seconds(1, func() { p.poll("a", 1, 0) })
	if got := p.Snapshot().Servers[0].Replicas[0].Pending; got.Known() {
		t.Errorf("pending is %v before anything told it", got)
	}
	p.Apply(model.Scraped{Answer: p.answer("a", model.Answered), Gauges: []model.Gauge{{Name: model.GaugePending, Model: "bert", Version: "1", Value: 0}}})
	if got := p.Snapshot().Servers[0].Replicas[0].Pending; got != model.Of(0) {
		t.Errorf("pending is %+v, want a known 0", got)
	}
}

// A probe that is answered with an error was answered: the fault is the model's,
// not our own monitoring's.
func TestAProbeThatFailsIsNoFaultOfItsSource(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.seconds(5, func() { p.poll("a", 1, 0); p.probe("a", model.Failed) })
	for _, src := range p.Snapshot().Sources {
		if src.Failures != 0 {
			t.Errorf("%s failed %d times: %s", src.Name, src.Failures, src.LastErr)
		}
	}
	p.seconds(5, func() { p.poll("a", 1, 0); p.probe("a", model.TimedOut) })
	for _, src := range p.Snapshot().Sources {
		if src.Kind == "probe" && src.Failures != 5 {
			t.Errorf("%s failed %d times, want 5", src.Name, src.Failures)
		}
	}
}

// A text that is too large is read in part: that is said, and is no failure.
func TestWhatWasLeftOutOfAnAnswerIsSaid(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.seconds(1, func() { p.poll("a", 1, 0) })
	for _, detail := range []string{"30000 gauges, only the first 20000 are kept", ""} {
		a := p.answer("a", model.Answered)
		a.Detail = detail
		p.Apply(model.Scraped{Answer: a})
		for _, src := range p.Snapshot().Sources {
			if src.Kind == "metrics" && (src.LastErr != detail || src.Failures != 0) {
				t.Errorf("%q, %d failures, want %q", src.LastErr, src.Failures, detail)
			}
		}
	}
}

func TestFiguresOfAnUnreachedServerAreAbsent(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.index("a", ready("bert", "1"))
	p.seconds(10, func() { p.poll("a", 10, 0) })
	if r := p.Snapshot().Servers[0].Replicas[0]; !r.Window.Rate.Known() || r.Window.Rate.Value != 10 {
		t.Fatalf("rate %+v", r.Window.Rate)
	}
	p.seconds(5, func() { p.fail("a", model.TimedOut) })
	snap := p.Snapshot()
	r := snap.Servers[0].Replicas[0]
	if r.Window.Rate.Known() || r.Finding.Verdict == model.Healthy || r.Trouble != model.ServerUnreached {
		t.Errorf("%+v %+v", r.Window.Rate, r.Finding)
	}
	for _, f := range []model.Figure{r.Window.Rate, r.Window.ErrorRatio, r.Window.MeanMs, r.Window.QueueMs, r.Window.ComputeMs, r.Pending} {
		if f.Why != model.OutOfReach {
			t.Errorf("a figure of an unreached server is absent because %q", f.Why)
		}
	}
	if _, ok := r.History.Rate.Last(); ok {
		t.Error("the chart has a value for a second without an answer")
	}
	if snap.Models[0].Finding.Verdict != model.Unhealthy {
		t.Errorf("its only model: %+v", snap.Models[0].Finding)
	}
	if snap.Totals.Rate.Known() {
		t.Errorf("fleet rate %+v", snap.Totals.Rate)
	}
}
