package checks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"

	"tritop/model"
)

// Command runs a program of the Nagios kind: it ends with 0 (healthy), 1 (degraded)
// or 2 (unhealthy), everything else is unknown, and its first line says why. No
// shell reads the words.
type Command struct{ Argv []string }

// outputLimit is how much of its output is kept.
const outputLimit = 4 << 10

// killed is how long the rest of a killed program may hold its output open.
const killed = 100 * time.Millisecond

// Run runs it once. At the end of ctx it is killed with all that it started.
func (c Command) Run(ctx context.Context) Result {
	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...) //nolint:gosec // the configuration names it
	var said output
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &said, &said, killed
	asGroup(cmd)
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		return unknown("cannot be run: %v", err)
	}
	code := cmd.ProcessState.ExitCode()
	r := Result{Details: []model.Detail{{Name: "exit_code", Value: fmt.Sprint(code)}}}
	line, perf, _ := strings.Cut(said.first(), "|")
	r.Message = strings.TrimSpace(line)
	if perf = strings.TrimSpace(perf); perf != "" {
		r.Details = append(r.Details, model.Detail{Name: "perfdata", Value: perf})
	}
	switch code {
	case 0:
		r.Status = model.CheckHealthy
	case 1:
		r.Status = model.CheckDegraded
	case 2:
		r.Status = model.CheckUnhealthy
	}
	if r.Message == "" {
		r.Message = "ended with " + cmd.ProcessState.String()
	}
	return r
}

// output keeps the beginning of what a program says.
type output struct {
	mu   sync.Mutex
	text []byte
}

// Write never fails: what is too much is dropped.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p[:min(len(p), outputLimit-len(o.text))]...)
	return len(p), nil
}

// first is the first line that says something.
func (o *output) first() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	line, _, _ := bytes.Cut(bytes.TrimSpace(o.text), []byte("\n"))
	return string(line)
}
