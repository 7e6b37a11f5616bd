package ui

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/creack/pty"

	"tritop/model"
)

// A screen in a process of its own, for benchmarks of CPU and latency: this test
// binary, told by an environment variable what to be.
const screenVar = "TRITOP_BENCH_SCREEN"

// beScreen runs a screen on the standard input and output until it is killed:
// "tritop 100ms" or "bubbletea 1s", with news at that interval.
func beScreen(what string) int {
	renderer, interval, _ := strings.Cut(what, " ")
	every, err := time.ParseDuration(interval)
	if err != nil {
		return complain(err)
	}
	snaps, err := busy()
	if err != nil {
		return complain(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	b := newFake(snaps[0])
	go feed(ctx, b, snaps, every)
	if renderer == "bubbletea" {
		_, err = tea.NewProgram(stockScreen{New(ctx, b, Options{})}, tea.WithContext(ctx)).Run()
	} else {
		err = Run(ctx, RunOptions{Backend: b, In: os.Stdin, Out: os.Stdout, Environ: os.Environ()})
	}
	if err != nil && !errors.Is(err, ErrInterrupted) {
		return complain(err)
	}
	return 0
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// feed brings news without end.
func feed(ctx context.Context, b *fakeBackend, snaps []*model.Snapshot, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := 1; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		b.snap.Store(snaps[i%len(snaps)])
		select {
		case b.marks <- struct{}{}:
		default:
		}
	}
}

// stockScreen is the same screen through Bubble Tea's own renderer.
type stockScreen struct{ *Model }

func (s stockScreen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	_, cmd := s.Model.Update(msg)
	return s, cmd
}

func (s stockScreen) View() tea.View {
	v := s.Model.View()
	v.AltScreen, v.MouseMode = true, tea.MouseModeCellMotion
	return v
}

// child is a program on a pseudo terminal of 200×60 whose output is read as fast
// as it comes.
type child struct {
	b    *testing.B
	cmd  *exec.Cmd
	pty  *os.File
	sent atomic.Int64 // bytes
	end  chan struct{}

	mu   sync.Mutex // guards what follows
	last []byte     // the end of what came
	want []byte     // what is waited for; nil: nothing
	came chan time.Time
}

// screenOf starts a screen as beScreen says.
func screenOf(b *testing.B, what string) *child {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), screenVar+"="+what)
	c := startOn(b, cmd)
	c.await("busy")
	return c
}

// btopAt starts btop at an interval; nil where it is missing.
func btopAt(b *testing.B, every time.Duration) *child {
	b.Helper()
	if _, err := exec.LookPath("btop"); err != nil {
		b.Log("NO ANCHOR: btop is missing; install it with: apt-get install btop")
		return nil
	}
	home := b.TempDir()
	if err := os.MkdirAll(filepath.Join(home, "btop"), 0o700); err != nil {
		b.Fatal(err)
	}
	conf := fmt.Sprintf("update_ms = %d\ntruecolor = True\n", every.Milliseconds())
	if err := os.WriteFile(filepath.Join(home, "btop", "btop.conf"), []byte(conf), 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command("btop", "--utf-force")
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+home)
	c := startOn(b, cmd)
	c.await("proc")
	return c
}

func startOn(b *testing.B, cmd *exec.Cmd) *child {
	b.Helper()
	cmd.Env = append(cmd.Env, "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "NO_COLOR=")
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 60, Cols: 200})
	if err != nil {
		b.Fatal(err)
	}
	c := &child{b: b, cmd: cmd, pty: tty, end: make(chan struct{}), came: make(chan time.Time, 1)}
	go c.read()
	return c
}

func (c *child) read() {
	defer close(c.end)
	buf := make([]byte, 1<<16)
	for {
		n, err := c.pty.Read(buf)
		now := time.Now()
		c.sent.Add(int64(n))
		c.mu.Lock()
		c.last = append(c.last, buf[:n]...)
		if c.want != nil && bytes.Contains(c.last, c.want) {
			c.want = nil
			c.came <- now
		}
		c.last = c.last[max(0, len(c.last)-1<<12):]
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// expect begins to wait for a text in what comes from now on.
func (c *child) expect(text string) {
	c.mu.Lock()
	c.last, c.want = c.last[:0], []byte(text)
	c.mu.Unlock()
}

// arrived is when what is expected came.
func (c *child) arrived() time.Time {
	c.b.Helper()
	select {
	case at := <-c.came:
		return at
	case <-c.end:
		c.b.Fatalf("it ended: %q", c.last)
	case <-time.After(20 * time.Second):
		c.b.Fatalf("it does not come: %q", c.want)
	}
	return time.Time{}
}

// await waits for a text that is there already or comes.
func (c *child) await(text string) {
	c.b.Helper()
	c.mu.Lock()
	there := bytes.Contains(c.last, []byte(text))
	if !there {
		c.want = []byte(text)
	}
	c.mu.Unlock()
	if !there {
		c.arrived()
	}
}

func (c *child) press(keys string) {
	if _, err := c.pty.WriteString(keys); err != nil {
		c.b.Fatal(err)
	}
}

// stop ends it.
func (c *child) stop() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
	_ = c.pty.Close()
	<-c.end
}

// cpu is the time that all its threads had a core so far.
func (c *child) cpu() (sum time.Duration) {
	c.b.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", c.cmd.Process.Pid))
	if err != nil || len(files) == 0 {
		c.b.Skip("SKIPPED: no /proc/PID/task/*/schedstat here")
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue // a thread that ended
		}
		ns, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
		if err != nil {
			c.b.Fatal(err)
		}
		sum += time.Duration(ns)
	}
	return sum
}

// load is its share of a core and its bytes per second for a while.
func (c *child) load(length time.Duration) (core, bytes float64) {
	cpu, sent, began := c.cpu(), c.sent.Load(), time.Now()
	time.Sleep(length)
	took := time.Since(began).Seconds()
	return (c.cpu() - cpu).Seconds() / took, float64(c.sent.Load()-sent) / took
}

// once says that benchmarks run only so that they do not rot.
func once() bool { return flag.Lookup("test.benchtime").Value.String() == "1x" }
