package engine

import (
	"runtime"
	"testing"

	"tritop/model"
)

// An hour of faults: what is kept does not grow, and the events stay bounded.
func TestAnHourOfFaultsKeepsNothing(t *testing.T) {
	heap := func() uint64 { // not parallel: it reads the memory of the process
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	p := newScript("hung", "refused", "flapping", "closing")
	second := 0
	half := func() {
		p.seconds(1800, func() {
			second++
			p.fail("hung", model.TimedOut)
			p.fail("refused", model.Refused)
			p.fail("closing", model.Lost)
			if second%4 < 2 {
				p.fail("flapping", model.Refused)
			} else {
				p.poll("flapping", 3, 1)
				p.probe("flapping", []model.Outcome{model.Failed, model.TimedOut, model.Answered}[second%3])
			}
			p.Apply(model.Scraped{Answer: p.answer("flapping", model.TimedOut)})
			p.Snapshot()
		})
	}
	half()
	before := heap()
	half()
	after := heap()
	if after > before+2<<20 {
		t.Errorf("the second half hour kept %d KB more", (after-before)>>10)
	}
	snap := p.Snapshot()
	if len(snap.Events) > EventsKept || len(snap.Sources) > 16 {
		t.Errorf("%d events and %d sources are kept", len(snap.Events), len(snap.Sources))
	}
	if snap.Verdict != model.Unhealthy {
		t.Errorf("the verdict is %s", snap.Verdict)
	}
}
