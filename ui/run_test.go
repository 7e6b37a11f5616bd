package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"

	"tritop/model"
	"tritop/themes"
)

// tty is a pseudo terminal and what was written to it.
type tty struct {
	master *os.File
	slave  *os.File
	mu     sync.Mutex // guards out
	out    bytes.Buffer
}

func openTTY(t *testing.T) *tty {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Skipf("SKIPPED: no pseudo terminal here: %v", err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	y := &tty{master: master, slave: slave}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(writer(func(b []byte) {
			y.mu.Lock()
			defer y.mu.Unlock()
			y.out.Write(b)
		}), master)
	}()
	t.Cleanup(func() {
		_ = slave.Close()
		_ = master.Close()
		<-done
	})
	return y
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

func (y *tty) text() string {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.out.String()
}

// await waits until the terminal got a text.
func (y *tty) await(t *testing.T, text string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !strings.Contains(y.text(), text) {
		if time.Now().After(deadline) {
			t.Fatalf("%q did not come: %q", text, y.text())
		}
		time.Sleep(5 * time.Millisecond) // between two looks
	}
}

// A panic of the screen ends it in order: the terminal is as it was, the error is
// one line, and the stack is kept for the log.
func TestRunRestoresTheTerminalAfterAPanic(t *testing.T) {
	t.Parallel()
	y := openTTY(t)
	before, err := term.GetState(y.slave.Fd())
	if err != nil {
		t.Fatal(err)
	}
	b := newFake(at(t, "normal", 3*time.Second))
	ended := make(chan error, 1)
	go func() { ended <- Run(context.Background(), RunOptions{Backend: b, In: y.slave, Out: y.slave}) }()
	y.await(t, "encoder")
	b.snap.Store(&model.Snapshot{Servers: []model.Server{{Finding: model.Finding{Verdict: 9}}}}) // no such verdict
	b.marks <- struct{}{}
	select {
	case err = <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("the screen did not end")
	}
	var crash *Crash
	if !errors.As(err, &crash) || strings.Contains(err.Error(), "\n") || !bytes.Contains(crash.StackTrace(), []byte("ui.")) {
		t.Errorf("it ended with %v", err)
	}
	y.await(t, "\x1b[?25h\x1b[?1049l")
	after, err := term.GetState(y.slave.Fd())
	if err != nil {
		t.Fatal(err)
	}
	if *after != *before {
		t.Errorf("the terminal was %+v and is %+v", before, after)
	}
	if text := y.text(); strings.Contains(text, "goroutine") {
		t.Errorf("a stack trace on the terminal: %q", text)
	}
}

// A terminal that says that its ground is light gets the light theme, and one
// that answers garbage keeps the dark one.
func TestTheThemeFollowsTheGround(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		"\x1b]11;rgb:ffff/ffff/f0f0\x07":      "light",
		"\x1b]11;rgb:1010/1010/1010\x1b\\":    "dark",
		"\x1b]11;no colour\x07\x1b]11;\x1b[]": "dark",
	} {
		y := openTTY(t)
		b := newFake(at(t, "normal", 3*time.Second))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		theme, _ := themes.ByName("dark")
		go func() {
			ended <- Run(ctx, RunOptions{Options: Options{Theme: theme}, Backend: b, In: y.slave, Out: y.slave, Detect: true, Environ: []string{"TERM=xterm-256color", "COLORTERM=truecolor"}})
		}()
		y.await(t, "\x1b]11;?\x07")
		y.await(t, "encoder")
		if _, err := y.master.WriteString(answer + "?"); err != nil { // the help shows that the answer was read
			t.Fatal(err)
		}
		y.await(t, "HELP")
		cancel()
		<-ended
		look, _ := themes.ByName(want)
		paper := look.Look(themes.Text, themes.Bar).BG
		ground := fmt.Sprintf("48;2;%d;%d;%d", paper>>16&255, paper>>8&255, paper&255)
		last := y.text()[strings.Index(y.text(), "HELP"):]
		if !strings.Contains(y.text(), ground) || want == "dark" && strings.Contains(last, "48;2;230;232;238") {
			t.Errorf("%q: the screen is not %s", answer, want)
		}
	}
}
