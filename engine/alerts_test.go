package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tritop/model"
)

// alertEvents are those of alerts, as they are shown.
func alertEvents(s *model.Snapshot) (out []string) {
	for _, e := range s.Events {
		if e.Kind == model.EventAlert {
			out = append(out, e.Object()+" "+e.Words())
		}
	}
	return out
}

// A server that is down fires and is resolved; what people and receivers do is told.
func TestAlertsOfAServer(t *testing.T) {
	t.Parallel()
	p := newScript("a", "b")
	up := func() { p.poll("a", 10, 0); p.poll("b", 10, 0) }
	p.seconds(5, up)
	p.seconds(20, func() { p.fail("a", model.Refused); p.poll("b", 10, 0) })
	snap := p.Snapshot()
	if len(snap.Alerts) != 1 || snap.Alerts[0].State != model.AlertFiring {
		t.Fatalf("%+v", snap.Alerts)
	}
	a := snap.Alerts[0]
	p.Apply(model.AlertSaid{By: "op1 at pts/3", At: p.now, Say: model.Say{Alert: a.Labels, Reason: "on it"}})
	p.Apply(model.AlertsTold{At: p.now, To: "ops", Alerts: []string{a.Key()}, Err: "connection refused"})
	p.Apply(model.AlertsTold{At: p.now, To: "ops", Alerts: []string{a.Key()}, Err: "connection refused"})
	p.Apply(model.AlertsSilenced{At: p.now, From: "am", By: map[string]string{a.Key(): "op2: planned"}})
	if got := p.Snapshot().Alerts[0]; got.Said.By != "op1 at pts/3" || got.Silence != "op2: planned" || got.Delivery[0] != (model.Delivery{To: "ops", Tries: 2, Err: "connection refused"}) {
		t.Errorf("%+v", got)
	}
	p.Apply(model.AlertsTold{At: p.now, To: "ops", Alerts: []string{a.Key()}})
	if got, want := p.Snapshot().Alerts[0].Delivery, []model.Delivery{{To: "ops", Last: p.now}}; !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if len(snap.Alerts[0].Delivery) > 0 || snap.Alerts[0].Silence != "" {
		t.Error("a snapshot was written after it was published")
	}
	p.seconds(70, up)
	want := []string{"a alert fires: TritonServerDown (critical)", "a alert acknowledged by op1 at pts/3: TritonServerDown (critical)", "fleet alerts are not delivered to ops",
		"fleet alerts are delivered to ops again", "a alert resolved after 1m5s: TritonServerDown (critical)"}
	if got := alertEvents(p.Snapshot()); !slices.Equal(got, want) {
		t.Errorf("events\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Objectives and checks come from those who judge them.
func TestAlertsOfWhatIsJudged(t *testing.T) {
	t.Parallel()
	slow := objectiveFor("latency_mean", "bert", model.MetricMean, model.AtMostOp, 1) // 5 ms are polled
	slow.Severity = model.Warning
	p := withObjectives([]model.Objective{slow}, "a")
	full := model.Check{Name: "disk", Target: "host-1", Layer: model.Infrastructure, Status: model.CheckUnhealthy}
	p.seconds(90, func() {
		p.poll("a", 10, 0)
		full.At = p.now
		p.Apply(model.Checked{Check: full, Every: time.Second, Timeout: time.Second})
	})
	want := []string{"fleet alert fires: TritonCheckFailing (warning)", "bert alert fires: TritonObjectiveMissed (warning)"}
	if got := alertEvents(p.Snapshot()); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// What was kept goes on: neither a restart nor silence resolves anything.
func TestAlertsAfterARestart(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.seconds(2, func() { p.poll("a", 10, 0) })
	p.seconds(20, func() { p.fail("a", model.Refused) })
	before := p.Snapshot()
	cfg := Config{Servers: p.cfg.Servers, Alerting: Alerting{Alerts: before.Alerts, Said: map[string]model.Said{before.Alerts[0].Key(): {By: "op1", At: p.now, Reason: "x"}}}}
	q := &script{State: NewState(cfg), now: p.now.Add(time.Hour), n: map[string]uint64{}, bad: map[string]uint64{}}
	if a := q.Snapshot().Alerts; len(a) != 1 || a[0].NoData == "" || a[0].Said.By != "op1" {
		t.Fatalf("before the first fact: %+v", a)
	}
	q.seconds(30, func() {})
	a := q.Snapshot().Alerts
	if len(a) != 1 || a[0].State != model.AlertFiring || !a[0].Fired.Equal(before.Alerts[0].Fired) || len(alertEvents(q.Snapshot())) > 0 {
		t.Fatalf("%+v, %q", a, alertEvents(q.Snapshot()))
	}
	q.seconds(70, func() { q.poll("a", 10, 0) })
	if got := alertEvents(q.Snapshot()); len(got) != 1 || !strings.Contains(got[0], "resolved after 1h") {
		t.Errorf("%q", got)
	}
}
