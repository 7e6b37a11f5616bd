package engine

import (
	"testing"
	"time"

	"tritop/counters"
	"tritop/model"
)

func served(name, version string, ok, fail uint64) model.Counters {
	return model.Counters{Model: name, Version: version, Success: model.Sum{Count: ok, Ns: ok * 1e6}, Fail: model.Sum{Count: fail}}
}

// pipeline is an ensemble of tok (its highest version) and enc (pinned to 1),
// of both of which another version serves too.
func pipeline(p *script, n ...uint64) { // requests of pipe, tok v1 and v2, enc v1 and v2
	pipe, tok1, tok2, enc1, enc2 := n[0], n[1], n[2], n[3], n[4]
	p.Apply(model.Polled{Answer: p.answer("a", model.Answered), Live: model.Yes, Ready: model.Yes, Connections: 1, Counters: []model.Counters{
		served("pipe", "1", pipe, 0), served("tok", "1", tok1, 0), served("tok", "2", tok2, 0), served("enc", "1", enc1, 0), served("enc", "2", enc2, 0)}})
}

func describePipeline(p *script) {
	p.Apply(model.Described{Answer: p.answer("a", model.Answered), Model: "pipe", Version: "1", Platform: "ensemble",
		Steps: []string{"tok", "enc"}, StepVersions: []string{"", "1"}})
}

func (p *script) row(key counters.Key) model.Replica {
	for _, r := range p.Snapshot().Servers[0].Replicas {
		if r.Model == key.Model && r.Version == key.Version {
			return r
		}
	}
	return model.Replica{}
}

// An ensemble takes nothing away from versions that it does not call.
func TestTotalsLeaveOutOnlyTheVersionsThatAreCalled(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.seconds(1, func() { pipeline(p, 4, 9, 6, 4, 5); describePipeline(p) })
	if got := p.Snapshot().Totals.Requests; got != model.Of(4+9+2+0+5) {
		t.Errorf("%v requests, want 20: the pipeline's 4 are left out of tok v2 and enc v1", got)
	}
	if s := p.row(counters.Key{Model: "tok", Version: "2"}).StepOf; len(s) != 1 {
		t.Errorf("tok v2 is a step of %v", s)
	}
	if s := p.row(counters.Key{Model: "tok", Version: "1"}).StepOf; len(s) != 0 {
		t.Errorf("tok v1 is a step of %v", s)
	}
	n := uint64(0)
	p.seconds(5, func() { n++; pipeline(p, 4+n, 9+n, 6+n, 4+n, 5+n) })
	if got := p.Snapshot().Servers[0].Window.Rate; !got.Known() || got.Value < 2.9 || got.Value > 3.1 {
		t.Errorf("%v requests/s, want 3: the pipeline's and the two direct ones", got)
	}
}

// The first probe often ends before the configuration says what the ensemble calls.
// Until the configurations are read nobody knows which models are ensembles, and
// their steps count twice: the totals say so.
func TestTotalsSayWhileEnsemblesAreNotKnown(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.seconds(2, func() { p.poll("a", 1, 0) })
	if n := p.Snapshot().Totals.Undescribed; n != 1 {
		t.Errorf("%d versions without a configuration, want 1", n)
	}
	p.Apply(model.Described{Answer: p.answer("a", model.Answered), Model: "bert", Version: "1"})
	if n := p.Snapshot().Totals.Undescribed; n != 0 {
		t.Errorf("%d versions without a configuration, want none", n)
	}
}

func TestAProbeBeforeTheConfigurationIsTakenOutToo(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.seconds(1, func() { pipeline(p, 4, 9, 6, 4, 5) })
	p.Apply(model.Probed{Answer: p.answer("a", model.Answered), Model: "pipe", Version: "1", Counted: model.Yes})
	describePipeline(p)
	p.seconds(5, func() { pipeline(p, 5, 9, 7, 5, 5); describePipeline(p) })
	for _, k := range []counters.Key{{Model: "pipe", Version: "1"}, {Model: "tok", Version: "2"}, {Model: "enc", Version: "1"}} {
		if r := p.row(k); r.Totals.Probes != 1 || r.Window.Requests != 0 {
			t.Errorf("%v: %d probes, %d requests of users, want 1 and none", k, r.Totals.Probes, r.Window.Requests)
		}
	}
}

// A probe of an ensemble runs its steps: that is tritop's doing, not users'.
func TestAProbeOfAnEnsembleIsTakenOutOfItsSteps(t *testing.T) {
	t.Parallel()
	for name, rounds := range map[string]int{"counted after its answer": 20, "counted before its answer was seen": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, early := newScript("a"), rounds == 1
			probe := func() {
				p.Apply(model.Probed{Answer: p.answer("a", model.Answered), Model: "pipe", Version: "1", Counted: model.Yes})
			}
			p.seconds(1, func() { pipeline(p, 4, 9, 6, 4, 5); describePipeline(p) })
			n := uint64(0)
			p.seconds(rounds, func() {
				n++
				if !early {
					probe()
				}
				pipeline(p, 4+n, 9, 6+n, 4+n, 5)
				if early {
					probe()
				}
			})
			p.seconds(5, func() { pipeline(p, 4+n, 9, 6+n, 4+n, 5) }) // what is owed is paid within seconds
			for _, k := range []counters.Key{{Model: "pipe", Version: "1"}, {Model: "tok", Version: "2"}, {Model: "enc", Version: "1"}} {
				r := p.row(k)
				if r.Totals.Probes != uint64(rounds) || r.Window.Requests != 0 {
					t.Errorf("%v: %d probes, %d requests of users, want %d and none", k, r.Totals.Probes, r.Window.Requests, rounds)
				}
			}
			if w := p.Snapshot().Servers[0].Window; w.Requests != 0 {
				t.Errorf("the server shows %d requests of users", w.Requests)
			}
			// With users beside the probes, only theirs remain.
			u := uint64(0)
			p.now = p.now.Add(time.Minute)
			p.seconds(10, func() { u++; n++; probe(); pipeline(p, 4+n+u, 9, 6+n+u, 4+n+u, 5) })
			if w := p.Snapshot().Servers[0].Window; w.Requests != 10 {
				t.Errorf("the server shows %d requests of users, want 10", w.Requests)
			}
			if w := p.row(counters.Key{Model: "tok", Version: "2"}).Window; w.Requests != 10 {
				t.Errorf("the step shows %d requests of users, want 10", w.Requests)
			}
		})
	}
}
