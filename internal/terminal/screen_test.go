package terminal

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

func TestScreenAtBothSizes(t *testing.T) {
	t.Parallel()
	for _, z := range []struct{ w, h int }{{80, 24}, {200, 60}} {
		t.Run(strconv.Itoa(z.w)+"x"+strconv.Itoa(z.h), func(t *testing.T) {
			t.Parallel()
			p := open(t, z.w, z.h)
			before := p.demo("--scenario bad-version")
			p.whole(p.await("the fault", "✖ text_classifier v3", "▶✖ text_classifier", "users' requests fail", "changed just before"), z.w, z.h)
			p.keys("Enter")
			p.await("the model", "MODEL text_classifier", "by server and version")
			p.keys("Enter")
			p.await("the server", "model versions, broken first")
			p.keys("Escape")
			p.await("the model again", "MODEL text_classifier")
			p.keys("Escape")
			p.overview()
			p.keys("/", "r", "a", "n", "k", "Enter")
			p.until("the filter", func(s string) bool {
				return strings.Contains(s, "filter rank") && strings.Contains(s, "ranker") && !strings.Contains(s, "encoder  ")
			})
			p.keys("Escape")
			p.await("no filter", "encoder")
			p.keys("?")
			p.await("help", "HELP", "open the selected row")
			p.keys("q")
			p.overview()
			p.keys("q")
			p.restored(before, "0")
		})
	}
}

func TestResizeAtAnyTime(t *testing.T) {
	t.Parallel()
	p := open(t, 80, 24)
	before := p.demo("--scenario ready-lies")
	p.await("the fault", "says ready, cannot infer")
	for _, z := range []struct{ w, h int }{{40, 10}, {200, 60}, {120, 40}, {61, 17}, {80, 24}} {
		p.tmux("resize-window", "-x", strconv.Itoa(z.w), "-y", strconv.Itoa(z.h))
		p.whole(p.until("the new size", func(s string) bool {
			lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
			return len(lines) == z.h && strings.Contains(lines[z.h-1], "enter open") && strings.HasPrefix(lines[0], "tritop")
		}), z.w, z.h)
	}
	p.tmux("resize-window", "-x", "30", "-y", "8")
	p.await("a small terminal still tells the verdict", "UNHEALTHY", "want 40x10")
	p.tmux("resize-window", "-x", "80", "-y", "24")
	p.await("the screen again", "enter open")
	p.keys("q")
	p.restored(before, "0")
}

func TestTheTerminalIsRestoredAfterSignals(t *testing.T) {
	t.Parallel()
	for _, signal := range []string{"TERM", "INT"} {
		t.Run(signal, func(t *testing.T) {
			t.Parallel()
			p := open(t, 80, 24)
			before := p.demo("")
			p.await("the screen", "enter open", "encoder")
			if out, err := exec.Command("kill", "-"+signal, p.pid()).CombinedOutput(); err != nil {
				t.Fatal(err, string(out))
			}
			p.restored(before, "130")
		})
	}
}

// SIGHUP with the terminal still there reads the configuration again, of which a
// demo has none: the screen stays.
func TestAHangupWithATerminalEndsNothing(t *testing.T) {
	t.Parallel()
	p := open(t, 80, 24)
	before := p.demo("")
	p.await("the screen", "enter open", "encoder")
	if out, err := exec.Command("kill", "-HUP", p.pid()).CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	p.keys("2")
	p.await("keys go on", "overview > MODELS")
	p.keys("q", "q")
	p.restored(before, "0")
}

func TestCtrlCTwiceQuits(t *testing.T) {
	t.Parallel()
	p := open(t, 80, 24)
	before := p.demo("")
	p.await("the screen", "enter open", "encoder")
	p.keys("C-c")
	p.await("the question", "ctrl-c again quits")
	p.keys("C-c")
	p.restored(before, "130")
}

func TestSuspendAndComeBack(t *testing.T) {
	t.Parallel()
	p := open(t, 80, 24)
	before := p.demo("")
	p.await("the screen", "enter open", "encoder")
	p.run("") // Enter opens a detail view, which must still be there afterwards
	p.await("a detail", "overview >")
	p.keys("C-z")
	p.until("the shell", func(s string) bool { return strings.Contains(s, "Stopped") && p.says("#{alternate_on}") == "0" })
	if got := p.says("#{cursor_flag}"); got != "1" {
		t.Error("the cursor is hidden while suspended")
	}
	p.run("fg")
	p.await("the screen again", "overview >", "enter open")
	p.keys("Escape")
	p.overview()
	p.keys("q")
	p.until("the end", func(s string) bool { return p.says("#{alternate_on}") == "0" })
	p.run("clear; echo mode=$(stty -g)")
	p.until("stty", func(s string) bool { return strings.Contains(s, "mode="+before) })
}

// What a newcomer meets without servers and without configuration: how to start.
func TestWithoutAnythingItSaysHowToStart(t *testing.T) {
	t.Parallel()
	p := open(t, 80, 24)
	p.run("clear; $T; echo rc=$?")
	p.await("how to start", "tritop demo", "tritop config init", "rc=")
}
