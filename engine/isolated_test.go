package engine

import (
	"strings"
	"testing"

	"tritop/model"
)

// More than half of at least three servers that time out make us the suspect; a
// refusal is an answer.
func TestMostServersTimeOut(t *testing.T) {
	t.Parallel()
	all := []string{"a", "b", "c", "d"}
	p := newScript(all...)
	round := func(bad int, o model.Outcome) func() {
		return func() {
			for i, name := range all {
				if i < bad {
					p.fail(name, o)
				} else {
					p.poll(name, 1, 0)
				}
			}
		}
	}
	said := func() string {
		var out []string
		for _, n := range p.Snapshot().Notices {
			out = append(out, n.Text)
		}
		return strings.Join(out, "; ")
	}
	p.seconds(3, round(0, model.Answered))
	p.seconds(3, round(4, model.Refused))
	p.seconds(3, round(2, model.TimedOut))
	if got := said(); got != "" {
		t.Errorf("half of them, or refusals: %q", got)
	}
	p.seconds(1, round(3, model.Unanswered))
	if got := said(); got != "3 of 4 servers time out: we may be the ones who are cut off" {
		t.Errorf("%q", got)
	}
	p.seconds(1, round(0, model.Answered))
	if got := said(); got != "" {
		t.Errorf("%q", got)
	}
	if w := words(p.Snapshot().Events); strings.Count(w, "we may be the ones") != 1 || strings.Count(w, "most servers answer again") != 1 {
		t.Errorf("events:\n%s", w)
	}
}
