package terminal

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// The screen comes up, answers keys and gives the terminal back, whatever the
// terminal calls itself.
func TestKindsOfTerminals(t *testing.T) {
	t.Parallel()
	for kind, args := range map[string]string{"screen": "", "screen-256color": "", "tmux-256color": "", "xterm": "", "xterm-256color": "--theme light", "linux": "--theme contrast", "vt100": "--ascii"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p := open(t, 80, 24)
			p.run("export TERM=" + kind)
			before := p.demo("--scenario dead-server " + args)
			text := p.whole(p.await("the fault", "eu1-gpu-02", "not listening", "enter open"), 80, 24)
			if strings.Contains(args, "--ascii") {
				for _, r := range text {
					if r >= utf8.RuneSelf {
						t.Errorf("%q with --ascii:\n%s", r, text)
						break
					}
				}
			}
			p.keys("3")
			p.await("servers", "SERVERS", "eu1-gpu-02")
			p.keys("y") // OSC 52, wrapped for what it passes through
			p.await("the name copied", "copied eu1-gpu-02")
			p.keys("i")
			p.await("the status text", "STATUS TEXT", "UNHEALTHY")
			p.keys("Escape") // alone: with a key at once after it, it would be alt
			p.until("the text is gone", func(s string) bool { return !strings.Contains(s, "STATUS TEXT") })
			p.keys("1")
			p.overview()
			p.keys("q")
			p.restored(before, "0")
		})
	}
}

// sgrMouse types what a terminal sends for the mouse: SGR coordinates from 1.
func (p *pane) sgrMouse(button, x, y int, end string) {
	p.tmux("send-keys", "-l", fmt.Sprintf("\x1b[<%d;%d;%d%s", button, x+1, y+1, end))
}

func TestTheMouseInATerminal(t *testing.T) {
	t.Parallel()
	p := open(t, 80, 24)
	before := p.demo("--scenario dead-server")
	text := p.await("the fault", "not listening", "enter open", "ranker")
	if got := p.says("#{mouse_any_flag}"); got != "1" {
		t.Errorf("the mouse is not asked for: %s", got)
	}
	at := func(word string, from int) (x, y int) {
		for y, row := range strings.Split(text, "\n") {
			if i := strings.Index(row, word); i >= 0 && y >= from {
				return utf8.RuneCountInString(row[:i]), y
			}
		}
		t.Fatalf("no %q:\n%s", word, text)
		return 0, 0
	}
	click := func(x, y int) { p.sgrMouse(0, x, y, "M"); p.sgrMouse(0, x, y, "m") }
	x, y := at("ranker", 4)
	click(x, y)
	p.until("the row", func(s string) bool { return strings.Contains(strings.Split(s, "\n")[y], "▶") })
	click(x, y)
	p.await("the model", "MODEL ranker")
	p.keys("Escape")
	p.overview()
	p.keys("4")
	text = p.await("the versions", "VERSIONS", "MODEL")
	_, heading := at("MODEL ", 2)
	for range 4 {
		p.sgrMouse(65, 10, heading+3, "M") // the wheel, down
	}
	p.until("the wheel moves", func(s string) bool { return !strings.Contains(strings.Split(s, "\n")[heading+1], "▶") })
	x, _ = at("MODEL ", 2)
	click(x, heading)
	p.await("sorted by a click", "by MODEL")
	p.keys("m")
	p.await("the mouse given away", "the terminal has the mouse")
	if got := p.says("#{mouse_any_flag}"); got != "0" {
		t.Errorf("the mouse was not given away: %s", got)
	}
	p.keys("1")
	p.overview()
	p.keys("q")
	p.restored(before, "0")
}
