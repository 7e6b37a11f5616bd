package alerts

import (
	"testing"
	"time"

	"tritop/model"
)

// A terminal is rung for each alert that fires, once, and not for what was there at
// the start, for what is known, silenced, or of no concern to it.
func TestRing(t *testing.T) {
	t.Parallel()
	r := &Ring{Severities: []model.Severity{model.Critical}, OSC: 777}
	d := newDesk(t)
	sound := func() string {
		return string(r.Sound(&model.Snapshot{Now: d.now, Judged: model.Judged{Alerts: d.List()}}))
	}
	hears := func(want string) {
		t.Helper()
		if got := sound(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	d.pass(16, down)
	hears("") // it fired before
	d.pass(61, well)
	hears("")
	again := server(model.ServerNotListening, model.Unhealthy, "not \x1b[2J;listening")
	d.pass(15, again)
	hears("")
	d.pass(1, again)
	hears("\a\x1b]777;notify;tritop;TritonServerDown: triton-a: not �[2J,listening\x1b\\")
	hears("")
	d.Say(model.AlertSaid{At: d.now, Say: model.Say{Alert: d.only().Labels, Reason: "known", For: time.Hour}})
	d.pass(61, well).pass(16, again)
	hears("")
	d.pass(2, check(model.CheckDegraded, "3 in a row"))
	hears("") // a warning
	r.OSC, r.Severities = 9, nil
	v := check(model.CheckUnhealthy, "3 in a row")
	d.pass(1, v)
	hears("\a\x1b]9;tritop: TritonCheckFailing: memory_usage of GPU-1 failed 3 in a row: 91 % used\x1b\\")
	if bell := (&Ring{}).notification([]string{"x"}); bell != "" {
		t.Errorf("a bell alone: %q", bell)
	}
}
