package cli

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What only a process of its own shows: signals, its streams, its exit code.
func TestTheRealBinary(t *testing.T) {
	t.Parallel()
	bin := filepath.Join(t.TempDir(), "tritop")
	build := exec.Command("go", "build", "-o", bin, "tritop")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Run("interrupted check", func(t *testing.T) {
		t.Parallel()
		for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
			log := filepath.Join(t.TempDir(), "log")
			p := process(t, bin, "check", "--demo", "normal", "--log-file", log)
			until(t, func() bool { _, err := os.Stat(log); return err == nil }) // it is observing
			p.ends(t, sig, exitInterrupted)
		}
	})
	for name, run := range map[string]func(*testing.T, string){"killed": killedWatch, "hangups": hangUps, "no size": noSize,
		"plain lines": plainLines, "closed streams": closedStreams, "nohup": withoutHangups} {
		t.Run(name, func(t *testing.T) { run(t, bin) })
	}
	t.Run("interrupted sim", func(t *testing.T) {
		t.Parallel()
		p := process(t, bin, "sim", "--servers", "1")
		until(t, func() bool { return strings.HasSuffix(p.text(), "ready\n") })
		p.ends(t, os.Interrupt, exitInterrupted)
	})
	t.Run("stdout that is closed", func(t *testing.T) {
		t.Parallel()
		for _, args := range [][]string{{"demo", "--list"}, {"config", "init"}, {"check", "127.0.0.1:1", "--for", "100ms", "-o", "json"}} {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			_ = r.Close()
			cmd := exec.Command(bin, args...)
			var errs bytes.Buffer
			cmd.Stdout, cmd.Stderr, cmd.Dir, cmd.Env = w, &errs, t.TempDir(), []string{}
			err = cmd.Run()
			_ = w.Close()
			status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
			if quiet := status.Signaled() && status.Signal() == syscall.SIGPIPE; !quiet || errs.Len() > 0 {
				t.Errorf("%v: %v, stderr %q: want the end that a broken pipe brings, and no word", args, err, errs.String())
			}
		}
	})
	t.Run("./tritop.yaml is found", func(t *testing.T) {
		t.Parallel()
		cmd := exec.Command(bin, "config", "validate")
		cmd.Dir, cmd.Env = t.TempDir(), []string{}
		if err := os.WriteFile(filepath.Join(cmd.Dir, "tritop.yaml"), []byte("version: 2\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		out, _ := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != exitConfig || !strings.Contains(string(out), "tritop.yaml:1:10: version: want 1") {
			t.Errorf("%d: %s", cmd.ProcessState.ExitCode(), out)
		}
	})
}

// proc is a running tritop and what it printed.
type proc struct {
	*exec.Cmd
	lines chan string // sent by the reader, which closes it
	read  string
	errs  bytes.Buffer
}

func process(t *testing.T, bin string, args ...string) *proc {
	t.Helper()
	p := &proc{Cmd: exec.Command(bin, args...), lines: make(chan string, 100)}
	p.Dir, p.Env, p.Stderr = t.TempDir(), []string{}, &p.errs
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() })
	go func() {
		defer close(p.lines)
		r := bufio.NewReader(out)
		for {
			line, err := r.ReadString('\n')
			p.lines <- line
			if err != nil {
				return
			}
		}
	}()
	return p
}

// text is what it printed so far.
func (p *proc) text() string {
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				return p.read
			}
			p.read += line
		default:
			return p.read
		}
	}
}

func (p *proc) ends(t *testing.T, sig os.Signal, code int) {
	t.Helper()
	if err := p.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for range p.lines { // until its stdout ends
		continue
	}
	_ = p.Wait()
	if got := p.ProcessState.ExitCode(); got != code || p.errs.Len() > 0 || time.Since(began) > 5*time.Second {
		t.Errorf("%v: exit code %d after %s, want %d; stderr %q", sig, got, time.Since(began), code, p.errs.String())
	}
}

// until waits for something that another process does.
func until(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not come to pass within 20 s")
		}
	}
}

// A panic is one line, never a stack.
func TestAPanicIsOneLine(t *testing.T) {
	t.Parallel()
	var errs bytes.Buffer
	code := Run(t.Context(), []string{"version"}, IO{Out: panics{}, Err: &errs})
	if want := "tritop: run tritop: a fault inside: boom\nhint: please report it with the command line\n"; code != exitEngine || errs.String() != want {
		t.Errorf("%d %q", code, errs.String())
	}
}

type panics struct{ io.Writer }

func (panics) Write([]byte) (int, error) { panic("boom") }
