package cli

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// onTerminal is a process in a terminal of its own.
type onTerminal struct {
	*exec.Cmd
	master *os.File
	done   chan error
	mu     sync.Mutex // guards out
	out    bytes.Buffer
}

func (o *onTerminal) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.out.Write(b)
}

func (o *onTerminal) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.out.String()
}

// inTerminal starts a process whose controlling terminal is a new one.
func inTerminal(t *testing.T, env []string, size *pty.Winsize, bin string, args ...string) *onTerminal {
	t.Helper()
	o := &onTerminal{Cmd: exec.Command(bin, args...), done: make(chan error, 1)}
	o.Dir, o.Env = t.TempDir(), env
	master, err := pty.StartWithSize(o.Cmd, size)
	if err != nil {
		t.Skipf("SKIPPED: no pseudo terminal here: %v", err)
	}
	o.master = master
	go func() { _, _ = io.Copy(o, master) }()
	go func() { o.done <- o.Wait() }()
	t.Cleanup(func() {
		_ = o.Process.Kill()
		_ = master.Close()
	})
	return o
}

// ended waits for the end and gives the exit code.
func (o *onTerminal) ended(t *testing.T) int {
	t.Helper()
	select {
	case <-o.done:
	case <-time.After(10 * time.Second):
		t.Fatalf("it goes on: %q", o.text())
	}
	return o.ProcessState.ExitCode()
}

// SIGHUP reads the configuration again while the terminal is there, and ends
// tritop when it is gone.
func hangUps(t *testing.T, bin string) {
	t.Parallel()
	cfg := file(t, "version: 1\nfleet: one\nservers: [{name: a, host: 127.0.0.1, grpc: 1}]\n")
	for name, args := range map[string][]string{"screen": {"--config", cfg}, "lines": {"watch", "--config", cfg}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := filepath.Join(t.TempDir(), "log")
			o := inTerminal(t, []string{"TERM=xterm", "LANG=C.UTF-8"}, &pty.Winsize{Rows: 24, Cols: 80}, bin, append(args, "--log-file", log)...)
			logged := func(words string) func() bool {
				return func() bool { text, _ := os.ReadFile(log); return strings.Contains(string(text), words) }
			}
			until(t, logged("not listening"))
			if err := o.Process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
			until(t, logged("was read again as asked (SIGHUP)"))
			if err := o.master.Close(); err != nil { // the kernel sends SIGHUP
				t.Fatal(err)
			}
			if code := o.ended(t); code != exitInterrupted {
				t.Errorf("exit code %d: %q", code, o.text())
			}
		})
	}
	t.Run("a service", func(t *testing.T) {
		t.Parallel()
		f := file(t, "version: 1\nfleet: one\nservers: [{name: a, host: 127.0.0.1, grpc: 1}]\n")
		p := process(t, bin, "watch", "--config", f, "-o", "jsonl", "--every", "100ms")
		until(t, func() bool { return strings.Contains(p.text(), `"fleet":"one"`) })
		overwrite(t, f, "version: 1\nfleet: two\nservers: [{name: a, host: 127.0.0.1, grpc: 1}]\n")
		if err := p.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		until(t, func() bool { return strings.Contains(p.text(), `"fleet":"two"`) })
		p.ends(t, os.Interrupt, exitInterrupted)
	})
	t.Run("a check", func(t *testing.T) {
		t.Parallel()
		log := filepath.Join(t.TempDir(), "log")
		p := process(t, bin, "check", "--demo", "normal", "--log-file", log)
		until(t, func() bool { _, err := os.Stat(log); return err == nil })
		p.ends(t, syscall.SIGHUP, exitInterrupted)
	})
}

// A terminal that does not know its size gets a screen of the usual one, and
// another one as soon as it has a size.
func noSize(t *testing.T, bin string) {
	t.Parallel()
	o := inTerminal(t, []string{"TERM=xterm", "LANG=C.UTF-8"}, &pty.Winsize{}, bin, "demo")
	until(t, func() bool { return strings.Contains(o.text(), "encoder") && strings.Contains(o.text(), "\x1b[24;") })
	if strings.Contains(o.text(), "\x1b[25;") {
		t.Error("more than 24 rows")
	}
	if err := pty.Setsize(o.master, &pty.Winsize{}); err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(o.master, &pty.Winsize{Rows: 30, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return strings.Contains(o.text(), "\x1b[30;") })
	if _, err := o.master.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	if code := o.ended(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// Where no screen can be drawn there are sentences, and nothing that a terminal
// would have to obey.
func plainLines(t *testing.T, bin string) {
	t.Parallel()
	for name, args := range map[string][]string{"demo": {"demo", "--scenario", "dead-server"}, "servers": {"a=127.0.0.1:1"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := inTerminal(t, []string{"TERM=dumb", "LANG=C.UTF-8"}, &pty.Winsize{Rows: 24, Cols: 80}, bin, args...)
			until(t, func() bool {
				return strings.Contains(o.text(), "now not listening: down") && (strings.Contains(o.text(), "requests per second.") || strings.Contains(o.text(), "is not known."))
			})
			if text := o.text(); !strings.HasPrefix(text, "note: this terminal takes plain lines only (TERM=dumb)") || strings.ContainsAny(text, "\x1b\t") {
				t.Errorf("%q", text)
			}
			if _, err := o.master.WriteString("\x03"); err != nil { // ctrl-c
				t.Fatal(err)
			}
			if code := o.ended(t); code != exitInterrupted {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

// A stream that is closed is an error or nothing, never a hang.
func closedStreams(t *testing.T, bin string) {
	t.Parallel()
	for line, code := range map[string]int{"exec $0 demo <&-": exitUsage, "exec $0 demo </dev/null": exitUsage, "exec $0 demo >&-": exitUsage,
		"exec $0 watch --demo normal --every 100ms --for 300ms <&-": 0, "exec $0 demo <&- >&- 2>&-": exitUsage, "exec $0 check 127.0.0.1:1 --for 1500ms </dev/null 2>&-": 2} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			o := inTerminal(t, []string{"TERM=xterm"}, &pty.Winsize{Rows: 24, Cols: 80}, "/bin/sh", "-c", line, bin)
			if got := o.ended(t); got != code || strings.Contains(o.text(), "\x1b") {
				t.Errorf("exit code %d, want %d: %q", got, code, o.text())
			}
		})
	}
}

// With nohup a terminal that is gone ends what cannot go on without one.
func withoutHangups(t *testing.T, bin string) {
	t.Parallel()
	o := inTerminal(t, []string{"TERM=xterm"}, &pty.Winsize{Rows: 24, Cols: 80}, "/bin/sh", "-c", "trap '' HUP; exec $0 demo", bin)
	until(t, func() bool { return strings.Contains(o.text(), "encoder") })
	if err := o.master.Close(); err != nil {
		t.Fatal(err)
	}
	if code := o.ended(t); code != exitInterrupted {
		t.Errorf("exit code %d", code)
	}
}
