package term

import (
	"strings"
	"testing"
)

// A notification rings, and holds no control character but its own, whatever it says.
func TestNotify(t *testing.T) {
	t.Parallel()
	none := func(string) string { return "" }
	got := string(Notify("tri\x07top", "a\x1b]0;x\x07; b\n"+strings.Repeat("x", 500), none))
	if !strings.HasPrefix(got, "\x07\x1b]9;tritop: a]0,x, bxxx") {
		t.Errorf("%q", got)
	}
	if n := strings.Count(got, "\x1b"); n != 2 {
		t.Errorf("%d sequences: %q", n, got)
	}
	if n := strings.Count(got, "\x07"); n != 3 {
		t.Errorf("%d bells: %q", n, got)
	}
	if len(got) > 2*notifyMost+100 {
		t.Errorf("%d bytes", len(got))
	}
	if tmux := string(Notify("t", "w", func(name string) string { return map[string]string{"TMUX": "x"}[name] })); !strings.HasPrefix(tmux, "\x07\x1bPtmux;") {
		t.Errorf("%q", tmux)
	}
}
