package engine

import (
	"strings"
	"testing"
	"time"

	"tritop/model"
)

// crash lets a server refuse for some seconds and come back as a new process.
func (p *script) crash(down, up int) {
	p.seconds(down, func() { p.fail("a", model.Refused) })
	p.n["bert"] = 0
	p.seconds(up, func() { p.poll("a", 10, 0) })
}

// A process that ends within a minute of its start, again and again, was
// "starting" for ever, DEGRADED.
func TestACrashLoopIsUnhealthy(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.index("a", ready("bert", "1"))
	p.seconds(5, func() { p.poll("a", 10, 0) })
	var states []model.ServerState
	for range 5 {
		p.crash(5, 20)
		p.seconds(1, func() { p.fail("a", model.Refused) })
		s := p.Snapshot().Servers[0]
		states = append(states, s.State)
		if loop := len(states) > 1; loop != (s.Finding.Verdict == model.Unhealthy) || loop != strings.Contains(s.Finding.Reason, "not listening: refused, restarted ") {
			t.Errorf("after %d restarts: %v %v: %s", len(states), s.State, s.Finding.Verdict, s.Finding.Reason)
		}
	}
	if states[0] != model.ServerStarting {
		t.Errorf("after one restart it is %v", states[0])
	}
	s := p.Snapshot()
	if got, want := s.Servers[0].Finding.Reason, "not listening: refused, restarted 5 times in 3 min"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if e := s.Servers[0].Finding.Evidence; strings.Count(e, "14:0") != 3 {
		t.Errorf("evidence: %s", e)
	}
	if !strings.Contains(s.Why, "restarted 5 times") || s.Verdict != model.Unhealthy {
		t.Errorf("%v: %s", s.Verdict, s.Why)
	}
}

// Ten minutes after a loop ended, one restart is one restart.
func TestACrashLoopIsForgotten(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.index("a", ready("bert", "1"))
	p.seconds(5, func() { p.poll("a", 10, 0) })
	for range 300 {
		p.crash(1, 1)
	}
	if n := len(p.servers[0].ev.Restarts); n == 0 || n > 300 {
		t.Errorf("%d restarts are kept", n)
	}
	p.seconds(int(10*time.Minute/time.Second), func() { p.poll("a", 10, 0) })
	p.crash(3, 10)
	p.seconds(1, func() { p.fail("a", model.Refused) })
	if s := p.Snapshot().Servers[0]; s.State != model.ServerStarting || len(p.servers[0].ev.Restarts) != 1 {
		t.Errorf("%v: %s, %d restarts", s.State, s.Finding.Reason, len(p.servers[0].ev.Restarts))
	}
}
