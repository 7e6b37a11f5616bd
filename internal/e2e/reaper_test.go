//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
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
for g in $groups; do kill -KILL -- "-$g" 2>/dev/null; done
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
