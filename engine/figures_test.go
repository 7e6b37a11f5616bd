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
