package engine

import (
	"strings"
	"testing"

	"tritop/model"
)

func (p *script) pollWithoutStatistics(server string) {
	p.Apply(model.Polled{Answer: p.answer(server, model.Answered), Live: model.Yes, Ready: model.Yes, Connections: 1, StatsDetail: "no"})
}

func (p *script) text(server string, cs ...model.Counters) {
	p.pollWithoutStatistics(server)
	p.Apply(model.Scraped{Answer: p.answer(server, model.Answered), Counters: cs})
}

// A port that refuses for a moment is no new process: 10 million requests of a
// whole life became those of one second, and "9 % of users' requests fail".
func TestRefusedForAMomentIsNoRestart(t *testing.T) {
	t.Parallel()
	for name, watched := range map[string]int{"while watched": 60, "at the first look": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newScript("a")
			p.n["bert"], p.bad["bert"] = 10_000_000, 1_000_000
			p.seconds(watched, func() { p.poll("a", 10, 0) })
			p.seconds(1, func() { p.fail("a", model.Refused) })
			p.seconds(4, func() { p.poll("a", 10, 0) })
			srv := p.Snapshot().Servers[0]
			if r := srv.Replicas[0]; r.Window.Rate.Value > 11 || r.Window.Failures != 0 || r.Totals.Probes != 0 || !r.Totals.Epoch.IsZero() {
				t.Errorf("%+v %+v", r.Window, r.Totals)
			}
			if said := words(p.Snapshot().Events); strings.Contains(said, "restarted") || !srv.Restarted.IsZero() {
				t.Errorf("a restart at %v:\n%s", srv.Restarted, said)
			}
		})
	}
}

// Where the text counts, the index says which versions there are and how they
// are: series exist while a version loads, and an ensemble's under version 1.
func TestTheIndexDecidesWhereTheTextCounts(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.index("a", ready("pipe", "3"))
	p.seconds(5, func() {
		p.index("a", ready("pipe", "3"), model.IndexEntry{Model: "bert", Version: "1", State: model.ReplicaLoading})
		p.text("a", served("pipe", "1", 9, 0), served("pipe", "3", 0, 0), served("bert", "1", 0, 0))
	})
	rows := p.Snapshot().Servers[0].Replicas
	if len(rows) != 2 || rows[0].State != model.ReplicaLoading || rows[1].Version != "3" {
		t.Errorf("%+v", rows)
	}
	if said := words(p.Snapshot().Events); strings.Count(said, "bert") != 1 {
		t.Errorf("events:\n%s", said)
	}
}

// Statistics that can no longer be read: the text counts from another zero.
func TestFromStatisticsToTextNothingIsInvented(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.index("a", ready("bert", "1"))
	p.seconds(30, func() { p.poll("a", 10, 0) })
	before := len(p.Snapshot().Events)
	n := uint64(5_000_000)
	p.seconds(5, func() { n += 10; p.text("a", served("bert", "1", n, 20_000)) })
	p.n["bert"] = 340
	p.seconds(5, func() { p.poll("a", 10, 0) })
	snap := p.Snapshot()
	if w := snap.Servers[0].Replicas[0].Window; w.Rate.Value < 9 || w.Rate.Value > 11 || w.Failures != 0 {
		t.Errorf("%+v", w)
	}
	if said := words(snap.Events[before:]); said != "" {
		t.Errorf("events:\n%s", said)
	}
}

// A server that came into view a moment ago counts with its own rate.
func TestTheFleetsRateIsTheSumOfItsServers(t *testing.T) {
	t.Parallel()
	p := newScript("a", "b")
	n := uint64(1000)
	both := func(server string) {
		p.Apply(model.Polled{Answer: p.answer(server, model.Answered), Live: model.Yes, Ready: model.Yes, Connections: 1, Counters: []model.Counters{served("m", "1", n, 0)}})
	}
	p.seconds(70, func() { n += 100; both("a"); p.fail("b", model.Unanswered) })
	p.seconds(10, func() { n += 100; both("a"); both("b") })
	s := p.Snapshot()
	for what, got := range map[string]model.Figure{"fleet": s.Totals.Rate, "model": s.Models[0].Window.Rate} {
		if got.Value < 199 || got.Value > 201 {
			t.Errorf("%s: %v requests/s, want 200", what, got)
		}
	}
}

// 20 probes that timed out were 20 users when the model went on.
func TestProbesThatTimedOutAreNoUsers(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.index("a", ready("bert", "1"))
	p.seconds(5, func() { p.poll("a", 0, 0) })
	p.seconds(20, func() {
		p.poll("a", 0, 0)
		p.Apply(model.Probed{Answer: p.answer("a", model.TimedOut), Model: "bert", Version: "1", Counted: model.Undecided})
	})
	p.seconds(1, func() { p.poll("a", 20, 0) })
	if r := p.Snapshot().Servers[0].Replicas[0]; r.Window.Requests != 0 || r.Totals.Probes != 20 {
		t.Errorf("%d requests of users, %d probes, want none and 20", r.Window.Requests, r.Totals.Probes)
	}
}
