package engine

import (
	"strings"
	"testing"

	"tritop/model"
)

// notReady answers a poll of a server that is live and not ready.
func (p *script) notReady(server string) {
	p.Apply(model.Polled{Answer: p.answer(server, model.Answered), Live: model.Yes, Ready: model.No, Connections: 1})
}

// told are the events of a server's state, one line each.
func (p *script) told() string {
	var b strings.Builder
	for _, e := range p.Snapshot().Events {
		if e.Kind == model.EventServerState {
			b.WriteString(e.Words() + ": " + e.Detail + "\n")
		}
	}
	return b.String()
}

func loading(m, v string) model.IndexEntry {
	return model.IndexEntry{Model: m, Version: v, State: model.ReplicaLoading}
}

// The event "not ready" waits for the index that names who is to blame: the one
// from before the flip knows nothing of it.
func TestNotReadyIsToldWithItsReason(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.seconds(2, func() { p.poll("a", 1, 0); p.index("a", ready("bert", "1")) })
	p.seconds(1, func() {
		p.notReady("a")
		if got := p.Snapshot().Servers[0].Finding.Reason; !strings.Contains(got, "the repository index is being read") {
			t.Errorf("before the index is read the reason is %q", got)
		}
		if got := p.told(); got != "" {
			t.Errorf("told too early: %s", got)
		}
		p.index("a", ready("bert", "1"), loading("bert", "2"))
	})
	if got := p.told(); got != "ready → not ready: not ready, because of bert v2 (LOADING) · the repository index: bert v2 (LOADING)\n" {
		t.Errorf("told: %s", got)
	}
}

// An index that does not come does not hold the event back for ever, and a short
// spell of "not ready" is told although its reason never came.
func TestNotReadyIsToldWithoutItsReasonToo(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.seconds(2, func() { p.poll("a", 1, 0); p.index("a", ready("bert", "1")) })
	p.seconds(1, func() { p.notReady("a") })
	p.seconds(1, func() { p.poll("a", 1, 0) })
	if got := strings.Count(p.told(), "\n"); got != 2 || !strings.HasPrefix(p.told(), "ready → not ready: ") || !strings.Contains(p.told(), "not ready → ready: ") {
		t.Errorf("a short spell was told as: %s", p.told())
	}
	p.seconds(4, func() { p.notReady("a") })
	if got := strings.Count(p.told(), "\n"); got != 3 {
		t.Errorf("without an index: %s", p.told())
	}
}
