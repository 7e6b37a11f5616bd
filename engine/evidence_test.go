package engine

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"tritop/model"
)

// pending is a metrics text with waiting requests.
func (p *script) pending(server string, n float64) {
	p.Apply(model.Scraped{Answer: p.answer(server, model.Answered), Gauges: []model.Gauge{{Name: model.GaugePending, Model: "bert", Version: "1", Value: n}}})
}

// polled is an answered poll with counters of its own.
func (p *script) polled(server string, ready model.Tri, cs ...model.Counters) {
	p.Apply(model.Polled{Answer: p.answer(server, model.Answered), Live: model.Yes, Ready: ready, Connections: 1, Counters: cs})
}

// troubled is a server that has been in a trouble for some seconds.
func troubled(each func(p *script)) *script {
	p := newScript("a")
	p.index("a", ready("bert", "1"))
	p.seconds(5, func() { p.poll("a", 10, 0) })
	p.seconds(8, func() { each(p) })
	return p
}

func cannotInfer(p *script) { p.poll("a", 0, 1); p.probe("a", model.Failed) }
func stalled(p *script)     { p.poll("a", 0, 0); p.pending("a", 3) }

func TestOneMissedPollTakesNoTroubleBack(t *testing.T) {
	t.Parallel()
	for name, each := range map[string]func(*script){"says ready, cannot infer": cannotInfer, "stalled": stalled} {
		p := troubled(each)
		was := p.Snapshot()
		if was.Servers[0].State.String() != name {
			t.Fatalf("%s: it is %v before", name, was.Servers[0].State)
		}
		same := func(when string) {
			t.Helper()
			s := p.Snapshot()
			if a, b := s.Servers[0], was.Servers[0]; a.State != b.State || a.Finding.Verdict != b.Finding.Verdict || a.Finding.Since != b.Finding.Since || s.Verdict != was.Verdict {
				t.Errorf("%s, %s: %v %v since %v, was %v %v since %v", name, when, a.State, a.Finding.Verdict, a.Finding.Since, b.State, b.Finding.Verdict, b.Finding.Since)
			}
			if len(s.Events) != len(was.Events) {
				t.Errorf("%s, %s: events\n%s", name, when, words(s.Events[len(was.Events):]))
			}
		}
		p.seconds(1, func() { p.fail("a", model.Unanswered) })
		same("after a missed poll")
		p.seconds(1, func() { p.poll("a", 0, 0) })
		same("after the next answer")
	}
}

func TestATroubleOutlivesAHang(t *testing.T) {
	t.Parallel()
	for _, o := range []model.Outcome{model.TimedOut, model.Lost, model.Refused} {
		p := troubled(cannotInfer)
		since := p.Snapshot().Servers[0].Finding.Since
		p.seconds(1, func() { p.fail("a", o) })
		p.seconds(1, func() { p.poll("a", 1, 0) })
		if a := p.Snapshot().Servers[0]; a.State != model.ServerCannotInfer || !a.Finding.Since.Equal(since) {
			t.Errorf("after one poll %v: %v since %v, want it since %v", o, a.State, a.Finding.Since, since)
		}
		p.seconds(1, func() { p.poll("a", 1, 0); p.probe("a", model.Answered) })
		if a := p.Snapshot().Servers[0]; a.State != model.ServerReady || a.Finding.Verdict != model.Healthy {
			t.Errorf("after a good probe: %v %v", a.State, a.Finding.Verdict)
		}
	}
}

// Probes that time out while the server hangs prove nothing of the model.
func TestAHangIsNoTroubleOfTheModel(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.index("a", ready("bert", "1"))
	p.seconds(5, func() { p.poll("a", 10, 0) })
	p.probe("a", model.TimedOut)
	p.now = p.now.Add(500 * time.Millisecond)
	p.probe("a", model.TimedOut) // both before the poll says that the server hangs
	p.seconds(5, func() { p.fail("a", model.TimedOut); p.probe("a", model.TimedOut) })
	p.seconds(1, func() { p.poll("a", 10, 0) })
	if a := p.Snapshot().Servers[0]; a.State != model.ServerReady || a.Finding.Verdict != model.Healthy {
		t.Errorf("%v %v %s", a.State, a.Finding.Verdict, a.Finding.Evidence)
	}
}

func TestALostConnectionIsAServerThatDoesNotListen(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.index("a", ready("bert", "1"))
	p.seconds(5, func() { p.poll("a", 10, 0) })
	p.seconds(60, func() { p.fail("a", model.Lost) })
	s := p.Snapshot()
	if a := s.Servers[0]; a.State != model.ServerNotListening || s.Verdict != model.Unhealthy || a.Finding.Evidence != "detail" || s.Now.Sub(a.Finding.Since) < 59*time.Second {
		t.Errorf("%v %v %+v", a.State, s.Verdict, a.Finding)
	}
}

func TestGaugesEndWithTheirText(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.index("a", ready("bert", "1"))
	p.seconds(5, func() { p.poll("a", 10, 0); p.pending("a", 42) })
	for i := range 10 {
		p.seconds(1, func() {
			p.poll("a", 10, 0)
			if i%2 == 1 {
				p.Apply(model.Scraped{Answer: p.answer("a", model.TimedOut)})
			}
		})
		a := p.Snapshot().Servers[0]
		if kept := i < 7; kept != (len(a.Gauges) == 1) || kept != a.Replicas[0].Pending.Known() {
			t.Errorf("%d s after the last text: %v, pending %+v", i+1, a.Gauges, a.Replicas[0].Pending)
		}
	}
}

func TestStalledEndsWithACompletionWhenTheTextStops(t *testing.T) {
	t.Parallel()
	p := troubled(stalled)
	p.seconds(1, func() { p.poll("a", 10, 0) })
	if a := p.Snapshot().Servers[0]; a.State != model.ServerReady {
		t.Errorf("%v though requests are completed", a.State)
	}
	p = troubled(stalled)
	p.seconds(9, func() { p.poll("a", 0, 0) })
	if a := p.Snapshot().Servers[0]; a.State != model.ServerReady {
		t.Errorf("%v by a text that is 9 s old", a.State)
	}
}

func TestCannotInferStaysWhileAnotherModelLoads(t *testing.T) {
	t.Parallel()
	p := troubled(cannotInfer)
	loading := func() {
		p.Apply(model.Polled{Answer: p.answer("a", model.Answered), Live: model.Yes, Ready: model.No, Connections: 1})
		p.probe("a", model.Failed)
		p.index("a", ready("bert", "1"), model.IndexEntry{Model: "other", Version: "1", State: model.ReplicaLoading})
	}
	p.seconds(5, loading)
	if a := p.Snapshot().Servers[0]; a.State != model.ServerCannotInfer || a.Replicas[0].Finding.Verdict != model.Unhealthy {
		t.Errorf("%v, bert %v %s", a.State, a.Replicas[0].Trouble, a.Replicas[0].Finding.Reason)
	}
	p = newScript("a")
	p.index("a", ready("bert", "1"))
	p.seconds(5, func() { p.poll("a", 10, 0) })
	p.seconds(5, loading)
	if a := p.Snapshot().Servers[0]; a.State != model.ServerNotReady || a.Replicas[0].Trouble != model.CannotInfer || a.Replicas[0].Finding.Verdict != model.Degraded {
		t.Errorf("probes fail since the load: %v, bert %v %v", a.State, a.Replicas[0].Trouble, a.Replicas[0].Finding.Verdict)
	}
}

func TestAVersionThatLeftTheStatisticsIsNotReady(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.index("a", ready("bert", "1"))
	p.seconds(5, func() { p.poll("a", 10, 0) })
	before := len(p.Snapshot().Events)
	p.seconds(60, func() {
		p.Apply(model.Polled{Answer: p.answer("a", model.Answered), Live: model.Yes, Ready: model.Yes, Connections: 1, Counters: []model.Counters{}})
		p.Apply(model.Indexed{Answer: p.answer("a", model.TimedOut)})
	})
	r := p.Snapshot().Servers[0].Replicas[0]
	if r.State != model.ReplicaUnknown || r.Finding.Verdict != model.Unknown || !strings.Contains(r.Finding.Reason, "not in the statistics any more; the index of 14:00:00Z") {
		t.Errorf("%v %+v", r.State, r.Finding)
	}
	p.index("a", model.IndexEntry{Model: "bert", Version: "1", State: model.ReplicaUnavailable, Reason: "unloaded"})
	said := words(p.Snapshot().Events[before:])
	if i, j := strings.Index(said, "a bert v1 READY → UNKNOWN"), strings.Index(said, "a bert v1 UNKNOWN → UNAVAILABLE"); i < 0 || j < i || strings.Count(said, "UNKNOWN") != 2 {
		t.Errorf("events:\n%s", said)
	}
}

// An unload whose index comes at once is told as Triton tells it.
func TestAnUnloadIsOneEvent(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.index("a", ready("bert", "1"))
	p.seconds(5, func() { p.poll("a", 10, 0) })
	before := len(p.Snapshot().Events)
	p.seconds(9, func() {
		p.Apply(model.Polled{Answer: p.answer("a", model.Answered), Live: model.Yes, Ready: model.Yes, Connections: 1, Counters: []model.Counters{}})
		p.index("a", model.IndexEntry{Model: "bert", Version: "1", State: model.ReplicaUnavailable, Reason: "unloaded"})
	})
	if said := words(p.Snapshot().Events[before:]); said != "a bert v1 READY → UNAVAILABLE" {
		t.Errorf("events:\n%s", said)
	}
}

func TestEventsOfOneFactComeInOrder(t *testing.T) {
	t.Parallel()
	play := func() string {
		p := newScript("a", "b")
		var up, gone []model.IndexEntry
		count := func(ms ...int) (cs []model.Counters) {
			for _, m := range ms {
				cs = append(cs, model.Counters{Model: fmt.Sprint("m", m), Version: "1", Success: model.Sum{Count: uint64(p.now.Unix())}, Fail: model.Sum{Count: uint64(p.now.Unix()) / 2}})
			}
			return cs
		}
		for i := range 8 {
			up = append(up, ready(fmt.Sprint("m", i), "1"))
			gone = append(gone, model.IndexEntry{Model: fmt.Sprint("m", i), Version: "1", State: model.ReplicaUnavailable, Reason: "unloaded"})
		}
		p.index("a", up...)
		p.seconds(20, func() { p.polled("a", model.Yes, count(7, 6, 5, 4, 3, 2, 1, 0)...) }) // all of them fail
		p.index("b", up...)
		p.index("b", gone...)
		p.index("b")
		p.seconds(2, func() { p.polled("b", model.Yes, count(5, 3, 1)...) })
		p.seconds(2, func() { p.polled("b", model.Yes) })
		p.seconds(2, func() { p.polled("b", model.Yes, []model.Counters{}...); p.polled("b", model.Yes, count(4)...) })
		b, err := json.Marshal(p.Snapshot())
		if err != nil {
			t.Fatal(err)
		}
		return words(p.Snapshot().Events) + "\n" + string(b)
	}
	first := play()
	for range 20 {
		if again := play(); again != first {
			t.Fatalf("the same facts give\n%s\nand\n%s", first, again)
		}
	}
}

func TestStoppingEndsWhereNoShutdownFollows(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.index("a", ready("bert", "1"))
	p.Apply(model.Scraped{Answer: p.answer("a", model.Answered), HTTPPort: model.Answered})
	closed := func() {
		p.poll("a", 10, 0)
		p.Apply(model.Scraped{Answer: p.answer("a", model.Answered), HTTPPort: model.Lost})
	}
	p.seconds(59, closed)
	if a := p.Snapshot().Servers[0]; a.State != model.ServerStopping {
		t.Fatalf("%v after 59 s", a.State)
	}
	p.seconds(10, closed)
	s := p.Snapshot()
	if a := s.Servers[0]; a.State != model.ServerReady || a.Finding.Verdict != model.Degraded || !strings.Contains(a.Finding.Reason, "HTTP port does not accept") {
		t.Errorf("%v %+v", a.State, a.Finding)
	}
	if len(s.Problems) != 1 || s.Problems[0].Object != "a" {
		t.Errorf("problems: %+v", s.Problems)
	}
	p.seconds(1, func() {
		p.poll("a", 10, 0)
		p.Apply(model.Scraped{Answer: p.answer("a", model.Answered), HTTPPort: model.Answered})
	})
	if a := p.Snapshot().Servers[0]; a.Finding.Verdict != model.Healthy {
		t.Errorf("it accepts again: %+v", a.Finding)
	}
}

func TestAFailedLoadBeginsWhenItFailed(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.index("a", ready("bert", "1"))
	p.seconds(5, func() { p.poll("a", 10, 0) })
	x := func(state model.ReplicaState, reason string) func() {
		return func() {
			p.Apply(model.Polled{Answer: p.answer("a", model.Answered), Live: model.Yes, Ready: model.No, Connections: 1})
			p.index("a", ready("bert", "1"), model.IndexEntry{Model: "x", Version: "1", State: state, Reason: reason})
		}
	}
	p.seconds(6, x(model.ReplicaLoading, ""))
	p.seconds(3, x(model.ReplicaUnavailable, "Internal: boom"))
	if f := p.Snapshot().Servers[0].Replicas[1].Finding; !f.Since.Equal(t0.Add(12 * time.Second)) {
		t.Errorf("since %v, it failed at 12 s: %s", f.Since, f.Reason)
	}
}

func TestAServerSpeaksSinceWhenItsWorstVersionDoes(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	n, bad := map[string]uint64{}, map[string]uint64{}
	step := func(e1, e2 uint64) {
		bad["m1"], bad["m2"] = bad["m1"]+e1, bad["m2"]+e2
		var cs []model.Counters
		for _, m := range []string{"m1", "m2"} {
			n[m] += 20
			cs = append(cs, model.Counters{Model: m, Version: "1", Success: model.Sum{Count: n[m]}, Fail: model.Sum{Count: bad[m]}})
		}
		p.polled("a", model.Yes, cs...)
	}
	p.seconds(5, func() { step(0, 0) })
	p.seconds(300, func() { step(5, 0) })
	p.seconds(300, func() { step(5, 5) })
	p.seconds(120, func() { step(0, 5) })
	a := p.Snapshot().Servers[0]
	if m2 := a.Replicas[1].Finding; !strings.HasPrefix(a.Finding.Reason, "m2 v1: ") || !a.Finding.Since.Equal(m2.Since) || m2.Since.Before(t0.Add(305*time.Second)) {
		t.Errorf("server: %+v, m2: %+v", a.Finding, m2)
	}
	p.seconds(70, func() { step(0, 0) })
	if a := p.Snapshot().Servers[0]; a.Finding.Verdict != model.Healthy || a.Finding.Since.Before(t0.Add(720*time.Second)) {
		t.Errorf("healthy since %v, it recovered after 725 s", a.Finding.Since)
	}
}

func TestARatioAtTheLimitIsNotToldAgainAndAgain(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a seeded world
	p.index("a", ready("bert", "1"))
	p.seconds(3600, func() {
		var ok, bad uint64
		for range 5 {
			if r.Float64() < 0.05 {
				bad++
			} else {
				ok++
			}
		}
		p.poll("a", ok, bad)
	})
	if n := p.nextEv - 1; n < 2 || n > 40 {
		t.Errorf("%d events in an hour of 5 %% failures, want few", n)
	}
}
