package terminal

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mattn/go-runewidth"
)

// binary builds tritop once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "tritop-terminal")
	if err != nil {
		return "", fmt.Errorf("make a folder for the binary: %w", err)
	}
	file := filepath.Join(dir, "tritop")
	cmd := exec.Command("go", "build", "-o", file, "tritop")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build tritop: %w\n%s", err, out)
	}
	return file, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if file, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(file))
	}
	os.Exit(code)
}

// pane is a shell in a tmux of its own.
type pane struct {
	t      *testing.T
	socket string
}

// open starts a shell in a terminal of a size, in which $T is the binary.
func open(t *testing.T, w, h int) *pane {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("tmux is missing: apt-get install tmux")
		}
		t.Skip("SKIPPED: tmux is missing; install it with: apt-get install tmux")
	}
	file, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := &pane{t: t, socket: filepath.Join(t.TempDir(), "s")}
	env := []string{"T=" + file, "LC_ALL=C.UTF-8", "HOME=" + t.TempDir(), "XDG_CONFIG_HOME=" + t.TempDir(), "ENV="}
	args := []string{"-f", os.DevNull, "new-session", "-d", "-x", strconv.Itoa(w), "-y", strconv.Itoa(h)}
	for _, e := range env {
		args = append(args, "-e", e)
	}
	p.tmux(append(args, "sh")...)
	t.Cleanup(func() { _ = exec.Command("tmux", "-S", p.socket, "kill-server").Run() })
	p.tmux("set-option", "-g", "window-size", "manual")
	p.run("PS1='rea''dy> '") // typed so that only the prompt shows the whole word
	p.await("the shell", "ready>")
	return p
}

func (p *pane) tmux(args ...string) string {
	p.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-u", "-S", p.socket}, args...)...).CombinedOutput()
	if err != nil {
		p.t.Fatalf("tmux %s: %v\n%s", args, err, out)
	}
	return string(out)
}

// keys sends keys as tmux names them.
func (p *pane) keys(keys ...string) { p.tmux(append([]string{"send-keys"}, keys...)...) }

// run types a command line.
func (p *pane) run(line string) {
	p.tmux("send-keys", "-l", line)
	p.keys("Enter")
}

func (p *pane) screen() string { return p.tmux("capture-pane", "-p") }

func (p *pane) says(format string) string {
	return strings.TrimSpace(p.tmux("display-message", "-p", format))
}

// await waits until the screen shows all words.
func (p *pane) await(what string, words ...string) string {
	p.t.Helper()
	return p.until(what, func(text string) bool {
		for _, w := range words {
			if !strings.Contains(text, w) {
				return false
			}
		}
		return true
	})
}

func (p *pane) until(what string, ok func(text string) bool) string {
	p.t.Helper()
	deadline := time.Now().Add(40 * time.Second)
	for {
		text := p.screen()
		if ok(text) {
			return text
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("%s: it does not come; the screen:\n%s", what, text)
		}
		time.Sleep(20 * time.Millisecond) // between two looks at the screen, not for something to happen
	}
}

var mode = regexp.MustCompile(`mode=(\S+)`)

// demo starts the screen and gives the terminal's settings before it.
func (p *pane) demo(args string) (before string) {
	p.t.Helper()
	p.run("clear; echo mode=$(stty -g)")
	before = mode.FindStringSubmatch(p.until("stty", func(s string) bool { return mode.MatchString(s) && !strings.Contains(s, "$(") }))[1]
	p.run("clear; $T demo " + args + `; echo "rc=$?"`)
	return before
}

var code = regexp.MustCompile(`rc=(\d+)`)

// restored waits for the end of the screen and checks what it left behind.
func (p *pane) restored(before, wantCode string) {
	p.t.Helper()
	text := p.until("the end", func(s string) bool { return code.MatchString(s) && p.says("#{alternate_on}") == "0" })
	if got := code.FindStringSubmatch(text)[1]; got != wantCode {
		p.t.Errorf("exit code %s, want %s:\n%s", got, wantCode, text)
	}
	for format, want := range map[string]string{"#{cursor_flag}": "1", "#{mouse_any_flag}": "0", "#{pane_dead}": "0", "#{keypad_flag}": "0"} {
		if got := p.says(format); got != want {
			p.t.Errorf("%s is %s, want %s", format, got, want)
		}
	}
	if strings.Contains(text, "goroutine ") {
		p.t.Errorf("a stack trace:\n%s", text)
	}
	p.run("clear; echo mode=$(stty -g)")
	after := mode.FindStringSubmatch(p.until("stty", func(s string) bool { return mode.MatchString(s) && !strings.Contains(s, "$(") }))[1]
	if after != before {
		p.t.Errorf("the terminal was %s and is %s", before, after)
	}
}

// pid is the process id of the screen.
func (p *pane) pid() string {
	p.t.Helper()
	out, err := exec.Command("pgrep", "-P", p.says("#{pane_pid}")).Output()
	if err != nil {
		p.t.Fatalf("no process below the shell: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// overview waits until no other view is open.
func (p *pane) overview() {
	p.t.Helper()
	p.until("the overview", func(s string) bool { return strings.Contains(s, "enter open") && !strings.Contains(s, "overview >") })
}

// whole checks that a frame fills its terminal: header, footer, no line too long.
func (p *pane) whole(text string, w, h int) string {
	p.t.Helper()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) != h || !strings.HasPrefix(lines[0], "tritop demo ") || !strings.Contains(lines[h-1], "enter open") {
		p.t.Errorf("torn frame at %dx%d:\n%s", w, h, text)
	}
	narrow := runewidth.Condition{}
	for _, line := range lines {
		if n := narrow.StringWidth(line); n > w {
			p.t.Errorf("a line of %d columns at %d: %q", n, w, line)
		}
	}
	return text
}
