package terminal

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// line is the binary on a bare pseudo terminal that answers nothing. What it
// writes goes to an emulator, as fast as the link lets it.
type line struct {
	t    *testing.T
	cmd  *exec.Cmd
	pty  *os.File
	rate int // bytes per second; 0: as they come
	read chan struct{}

	mu  sync.Mutex // guards what follows
	vt  *vt.Emulator
	got int
}

// dial starts the screen of a demo at 80×24.
func dial(t *testing.T, rate int, args ...string) *line {
	t.Helper()
	file, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	l := &line{t: t, rate: rate, read: make(chan struct{}), vt: vt.NewEmulator(80, 24)}
	l.cmd = exec.Command(file, append([]string{"demo"}, args...)...)
	l.cmd.Dir = t.TempDir() // ctrl-s saves here
	l.cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "LC_ALL=C.UTF-8", "NO_COLOR=", "HOME="+l.cmd.Dir, "XDG_CONFIG_HOME="+l.cmd.Dir)
	l.pty, err = pty.StartWithSize(l.cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Skipf("SKIPPED: no pseudo terminal here: %v", err)
	}
	mute := make(chan struct{})
	go func() { // what the emulator would answer
		defer close(mute)
		_, _ = io.Copy(io.Discard, l.vt)
	}()
	go l.listen()
	t.Cleanup(func() {
		_ = l.cmd.Process.Kill()
		_ = l.pty.Close()
		<-l.read
		_ = l.vt.InputPipe().(io.Closer).Close() // its Close races with a read
		<-mute
	})
	return l
}

func (l *line) listen() {
	defer close(l.read)
	buf := make([]byte, 1<<16)
	if l.rate > 0 {
		buf = buf[:l.rate/10]
	}
	for {
		n, err := l.pty.Read(buf)
		l.mu.Lock()
		_, _ = l.vt.Write(buf[:n])
		l.got += n
		l.mu.Unlock()
		if err != nil {
			return
		}
		if l.rate > 0 {
			time.Sleep(time.Duration(n) * time.Second / time.Duration(l.rate)) // the slow link
		}
	}
}

func (l *line) screen() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.vt.String()
}

func (l *line) until(what string, ok func(text string) bool) string {
	l.t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for {
		text := l.screen()
		if ok(text) {
			return text
		}
		select {
		case <-l.read:
			l.t.Fatalf("%s: the screen ended before:\n%s", what, text)
		default:
		}
		if time.Now().After(deadline) {
			l.t.Fatalf("%s: it does not come; the screen:\n%s", what, text)
		}
		time.Sleep(10 * time.Millisecond) // between two looks
	}
}

func (l *line) shows(what string, words ...string) {
	l.t.Helper()
	l.until(what, func(text string) bool {
		for _, w := range words {
			if !strings.Contains(text, w) {
				return false
			}
		}
		return true
	})
}

func (l *line) press(keys string) {
	l.t.Helper()
	if _, err := l.pty.WriteString(keys); err != nil {
		l.t.Fatal(err)
	}
}

// back leaves whatever is open: a prompt, a text, views.
func (l *line) back() {
	for range 8 {
		l.press("\x1b")
		time.Sleep(60 * time.Millisecond) // so that it is no part of the next sequence
	}
	l.press("1")
}

// quits ends the screen by q and wants it to end well, with the cursor back.
func (l *line) quits() {
	l.t.Helper()
	l.press("q")
	select {
	case <-l.read:
	case <-time.After(30 * time.Second):
		l.t.Fatalf("q does not end it:\n%s", l.screen())
	}
	if err := l.cmd.Wait(); err != nil {
		l.t.Fatalf("it ended with %v:\n%s", err, l.screen())
	}
	if text := l.screen(); strings.Contains(text, "goroutine ") || strings.Contains(text, "panic") {
		l.t.Fatalf("a stack trace:\n%s", text)
	}
}

// A terminal that answers what it was not asked, wrongly, half, or in bytes that
// mean nothing: the screen stays up, and keys still act.
func TestGarbageFromTheTerminal(t *testing.T) {
	t.Parallel()
	answers := []string{
		"\x1b]11;rgb:zzzz/not/acolour\x1b\\", "\x1b]11;rgb:ffff/ffff", "\x1b[?62;4c", "\x1b[?2026;9$y", "\x1b[999;999R", "\x1b[<0;", "\x1b[<64;99999;99999M",
		"\x1b[<0;0;0M", "\x1b[<35;-1;-1m", "\x1b[M\xff\xff\xff", "\x1bP1$r0m", "\x1b[200~", "\x1b[201~", "\x1b_G", "\x1b[?1;2;3;4;5;6;7;8;9", "\x1b[I\x1b[O", "\x1b[1;9Z", "\x00\x00\x1b",
	}
	for i, a := range answers {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			l := dial(t, 0)
			l.press(a)
			l.shows("the screen", "tritop demo", "encoder") // the footer may say what a stray key did
			l.press(a)
			time.Sleep(100 * time.Millisecond) // a sequence that is cut off ends by time
			if strings.Contains(a, "[200~") {
				l.press("\x1b[201~") // a paste has no end but this
			}
			l.back()
			l.press("?")
			l.shows("the help", "HELP")
			l.back()
			l.shows("the overview", "enter open")
			l.quits()
		})
	}
}

func TestRandomBytesFromTheTerminal(t *testing.T) {
	t.Parallel()
	for seed := range 4 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			l := dial(t, 0, "--scenario", "ready-lies")
			l.shows("the screen", "enter open")
			r := rand.New(rand.NewPCG(uint64(seed), 9))
			for range 50 {
				l.press(string(noise(r, 100)))
			}
			l.press("\x1b[201~") // should a paste have begun
			time.Sleep(200 * time.Millisecond)
			l.back()
			l.press("?")
			l.shows("the help", "HELP")
			l.back()
			l.quits()
		})
	}
}

// noise is random bytes without those that end or stop the program: ctrl-c,
// ctrl-z, enter and colon (the palette can quit), q, and what could name them in
// an escape sequence by number.
func noise(r *rand.Rand, n int) []byte {
	out := make([]byte, 0, n)
	for len(out) < n {
		if c := byte(r.IntN(256)); !bytes.ContainsRune([]byte("\x03\x1a\r\n:qQu~"), rune(c)) || c >= 0x80 {
			out = append(out, c)
		}
	}
	return out
}

func TestAPasteOfAMegabyteIntoTheFilter(t *testing.T) {
	t.Parallel()
	l := dial(t, 0)
	l.shows("the screen", "enter open", "encoder")
	l.press("/")
	l.shows("the line of input", "esc clear")
	began := time.Now()
	l.press("\x1b[200~" + strings.Repeat("gpu \x00\n\xff\x1b[2J", 1<<17) + "\x1b[201~")
	l.until("the paste, cut", func(s string) bool { return strings.Contains(s, "gpu") })
	l.press("\x1b")
	l.shows("the overview", "enter open", "encoder")
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("a paste took %s", took)
	}
	l.quits()
}

// body is a screen without its header, which tells how old a held picture is.
func body(screen string) string {
	_, rest, _ := strings.Cut(screen, "\n")
	return rest
}

// A link of a kilobyte a second: frames are left out, keys are not. What was
// typed while nothing could be seen is there to the last letter, and the last
// frame comes through whole.
func TestASlowLinkLosesFramesAndNoKey(t *testing.T) {
	t.Parallel()
	const text = "text_classifier|encoder|tokenizer|ranker"
	l := dial(t, 1000, "--scenario", "bad-version")
	time.Sleep(time.Second)
	l.press("4")
	for _, c := range "/" + text + "\r " {
		time.Sleep(5 * time.Millisecond)
		l.press(string(c))
	}
	l.shows("all that was typed, and the held picture", "FROZEN", "VERSIONS", "filter "+text)
	last := ""
	frozen := l.until("the last frame, whole", func(s string) bool {
		still := body(s) == last
		last = body(s)
		time.Sleep(time.Second) // a slow link takes that long for a row
		return still
	})
	rows := strings.Split(frozen, "\n")
	if len(rows) != 24 || !strings.HasPrefix(rows[0], "tritop demo FROZEN ") || !strings.Contains(rows[1], "VERSIONS") {
		t.Errorf("torn:\n%s", frozen)
	}
	time.Sleep(2 * time.Second)
	if again := l.screen(); body(again) != body(frozen) {
		t.Errorf("a held screen goes on from\n%s\nto\n%s", frozen, again)
	}
	l.press("1")
	time.Sleep(100 * time.Millisecond)
	l.quits()
}
