package engine

import (
	"testing"

	"tritop/model"
)

// Servers are one problem only where they have one cause.
func TestProblemsAreGatheredByTheirCause(t *testing.T) {
	t.Parallel()
	p := newScript("a", "b", "c", "d")
	p.seconds(3, func() {
		p.fail("a", model.Refused)
		p.fail("b", model.Refused)
		p.Apply(model.Polled{Answer: model.Answer{Server: "c", At: p.now, Outcome: model.Foreign, Detail: "an HTTP server"}})
		p.Apply(model.Polled{Answer: model.Answer{Server: "d", At: p.now, Outcome: model.TLSFailed, Detail: "unknown authority"}})
	})
	got := make(map[string]string)
	for _, pr := range p.Snapshot().Problems {
		got[pr.Object] = pr.Reason
	}
	want := map[string]string{"2 servers": "not listening: down, or still loading its models", "c": "unreadable: an HTTP server", "d": "unreadable: unknown authority"}
	if len(got) != len(want) {
		t.Fatalf("problems: %v", got)
	}
	for object, reason := range want {
		if got[object] != reason {
			t.Errorf("%s: %q, want %q", object, got[object], reason)
		}
	}
}
