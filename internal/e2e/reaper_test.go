//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
)

// reaper is a shell that outlives this process, however that ends: when the
// pipe to it closes it kills the process groups that were not given back, and
// removes what they left in shared memory.
type reaper struct {
	mu   sync.Mutex // guards pipe
	pipe io.WriteCloser
	cmd  *exec.Cmd
}

const reaperScript = `
groups= marks=
while read -r what value; do
	case $what in
	group) groups="$groups $value" ;;
	mark) marks="$marks $value" ;;
	done) left=; for g in $groups; do [ "$g" = "$value" ] || left="$left $g"; done; groups=$left ;;
	esac
done
for g in $groups; do kill -s KILL -- "-$g" 2>/dev/null; done
for m in $marks; do rm -f "/dev/shm/$m"*; done
`

func newReaper() (*reaper, error) {
	r := &reaper{cmd: exec.Command("/bin/sh", "-c", reaperScript)}
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // an interrupt at the terminal must not end it first
	r.cmd.Stderr = os.Stderr
	var err error
	if r.pipe, err = r.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	return r, r.cmd.Start()
}

func (r *reaper) tell(what, value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, _ = fmt.Fprintln(r.pipe, what, value) // without a reaper the tests' own clean-up is all there is
}

func (r *reaper) end() {
	_ = r.pipe.Close()
	_ = r.cmd.Wait()
}

// What a test run that is killed leaves behind must go: nobody else would end it.
func TestTheReaper(t *testing.T) {
	t.Parallel()
	r, err := newReaper()
	must(t, err)
	start := func() *exec.Cmd {
		cmd := exec.Command("sleep", "300")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		must(t, cmd.Start())
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		r.tell("group", strconv.Itoa(cmd.Process.Pid))
		return cmd
	}
	left, given := start(), start()
	r.tell("done", strconv.Itoa(given.Process.Pid))
	mark := fmt.Sprintf("tritop_e2e_reaper_%d_", os.Getpid())
	r.tell("mark", mark)
	writeFile(t, "/dev/shm/"+mark+"x", "")
	r.end()
	if err := left.Wait(); err == nil || left.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("what was left ended with %v, want killed", err)
	}
	if err := given.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("what was given back is gone: %v", err)
	}
	if _, err := os.Stat("/dev/shm/" + mark + "x"); err == nil {
		t.Error("the shared memory is still there")
	}
}
