//go:build e2e

package e2e

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process runs in a group of its own, so that its children can be ended with it.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when it ended
}

func spawn(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", cmd.Path, err)
	}
	p := &process{cmd: cmd, exited: make(chan struct{})}
	graves.tell("group", strconv.Itoa(cmd.Process.Pid))
	go func() {
		_ = cmd.Wait() // how it ended is in ProcessState
		close(p.exited)
	}()
	t.Cleanup(p.bury)
	return p
}

// bury kills the whole group: a stub that was executing can outlive its server.
func (p *process) bury() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.exited
	graves.tell("done", strconv.Itoa(p.cmd.Process.Pid))
}

func (p *process) signal(t *testing.T, s syscall.Signal) time.Time {
	t.Helper()
	now := time.Now()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatalf("send %s: %v", s, err)
	}
	return now
}

// wait gives the exit code.
func (p *process) wait(t *testing.T, limit time.Duration) int {
	t.Helper()
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(limit):
		t.Fatalf("%s still runs after %s", filepath.Base(p.cmd.Path), limit)
		return -1
	}
}

// ports are given out once each. They lie below the range that the system takes
// for outgoing connections: a port of a server that is down must stay free, and
// a connect to it must not meet itself.
var ports = struct {
	sync.Mutex
	given map[int]bool
}{given: make(map[int]bool)}

func freePort(t *testing.T) int {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	for range 1000 {
		p := 20000 + rand.N(10000)
		if ports.given[p] {
			continue
		}
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p)))
		if err != nil {
			continue
		}
		_ = l.Close()
		ports.given[p] = true
		return p
	}
	t.Fatal("no free port found")
	return 0
}

// eventually waits for a condition; on the way it asks every 20 ms.
func eventually(t *testing.T, limit time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !ok() {
		if time.Since(began) > limit {
			t.Fatalf("%s: not so within %s", what, limit)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return time.Since(began)
}

// must is for what the test itself does: files, requests that have to succeed.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(text), 0o644))
}

func at(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
