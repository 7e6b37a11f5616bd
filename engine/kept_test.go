package engine

import (
	"testing"
	"time"

	"tritop/model"
)

// before is a script that begins after events of an earlier run.
func before(events ...model.Event) *script {
	p := newScript("a")
	p.State = NewState(Config{Fleet: "test", Servers: p.cfg.Servers, Probed: p.cfg.Probed, Events: events})
	return p
}

// Events of an earlier run stand before those of this one, keep their time, and
// the numbers go on without gaps whatever was kept.
func TestEventsFromBefore(t *testing.T) {
	t.Parallel()
	was := newScript("a").now.Add(-time.Hour)
	kept := []model.Event{
		{Seq: 41, At: was, Kind: model.EventServerState, Server: "a", From: "ready", To: "hung", Verdict: model.Unhealthy},
		{Seq: 47, At: was.Add(time.Minute), Kind: model.EventServerState, Server: "a", From: "hung", To: "ready", Verdict: model.Healthy},
	}
	p := before(kept...)
	if e := p.Snapshot().Events; len(e) != 2 {
		t.Fatalf("before the first fact: %+v", e)
	}
	p.poll("a", 1, 0)
	p.fail("a", model.Refused)
	all := p.Snapshot().Events
	if len(all) < 3 {
		t.Fatalf("%s", words(all))
	}
	for i, e := range all {
		if e.Seq != uint64(46+i) || e.Before != (i < 2) || i < 2 && !e.At.Equal(kept[i].At) {
			t.Errorf("event %d: %+v", i, e)
		}
	}
	if got := words(all[:1]); got != "a ready → hung" {
		t.Errorf("in words: %s", got)
	}
}

// Numbers that were kept twice are given anew.
func TestNumbersFromBefore(t *testing.T) {
	t.Parallel()
	was := newScript("a").now.Add(-time.Hour)
	p := newScript("a")
	p.State = NewState(Config{Servers: p.cfg.Servers, LastEvent: 9})
	p.fail("a", model.Refused)
	if e := p.Snapshot().Events; len(e) == 0 || e[0].Seq != 10 || e[0].Before {
		t.Errorf("behind the last event: %+v", e)
	}
	few := before(model.Event{Seq: 1, At: was}, model.Event{Seq: 1, At: was}, model.Event{Seq: 1, At: was})
	if e := few.Snapshot().Events; e[0].Seq != 1 || e[2].Seq != 3 {
		t.Errorf("of events with one number: %+v", e)
	}
}

// What changed before tritop was started can be what a problem comes from.
func TestChangedJustBeforeTheStart(t *testing.T) {
	t.Parallel()
	at := newScript("a").now.Add(-20 * time.Second)
	p := before(model.Event{Seq: 7, At: at, Kind: model.EventRestarted, Server: "a"})
	p.fail("a", model.Refused)
	p.seconds(3, func() { p.fail("a", model.Refused) })
	s := p.Snapshot()
	if len(s.Problems) != 1 || s.Problems[0].Change.Seq != 7 || !s.Problems[0].Change.Before || !s.Problems[0].Change.At.Equal(at) {
		t.Errorf("%+v", s.Problems)
	}
}

// What is said of the state directory stays when the configuration is read again,
// and is told like any notice.
func TestNoticesOfTheStateDirectory(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.poll("a", 1, 0)
	full := model.Notice{Topic: "/s", Text: "/s: the disk is full", Since: p.now, Verdict: model.Degraded}
	p.Apply(model.Noted{At: p.now, Notices: []model.Notice{full}})
	p.Apply(model.Noted{At: p.now, Notices: []model.Notice{full}})
	note := model.Notice{Text: "x is not used yet"}
	p.Apply(model.FleetChanged{At: p.now, Servers: p.cfg.Servers, Notices: []model.Notice{note}})
	if s := p.Snapshot(); len(s.Notices) != 2 || s.Notices[0] != note || s.Notices[1] != full || s.Verdict != model.Healthy {
		t.Errorf("%+v %s", s.Notices, s.Verdict)
	}
	p.Apply(model.Noted{At: p.now})
	if s := p.Snapshot(); len(s.Notices) != 1 || words(s.Events) != "fleet /s: the disk is full\nfleet /s can be used again" {
		t.Errorf("%+v\n%s", s.Notices, words(s.Events))
	}
}
