package term

import (
	"strings"
	"testing"
)

// A notification rings, and holds no control character but its own, whatever it says.
func TestNotify(t *testing.T) {
	t.Parallel()
	none := func(string) string { return "" }
	for osc, begins := range map[int]string{0: "\x07", OSC9: "\x07\x1b]9;tritop: a]0,x, bxxx", OSC777: "\x07\x1b]777;notify;tritop;a]0,x, bxxx"} {
		got := string(Notify(osc, "tri\x07top", "a\x1b]0;x\x07; b\n"+strings.Repeat("x", 500), none))
		if !strings.HasPrefix(got, begins) || osc == 0 && got != begins {
			t.Errorf("%q", got)
		}
		if n := strings.Count(got, "\x1b"); n != min(osc, 1) {
			t.Errorf("%d sequences: %q", n, got)
		}
		if n := strings.Count(got, "\x07"); n != 1+min(osc, 1) {
			t.Errorf("%d bells: %q", n, got)
		}
		if len(got) > 2*notifyMost {
			t.Errorf("%d bytes", len(got))
		}
	}
	if tmux := string(Notify(OSC9, "t", "w", func(name string) string { return map[string]string{"TMUX": "x"}[name] })); !strings.HasPrefix(tmux, "\x07\x1bPtmux;") {
		t.Errorf("%q", tmux)
	}
}
