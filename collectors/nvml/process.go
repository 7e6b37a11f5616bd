package nvml

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"tritop/model"
)

// lineLimit is the longest line that is read: some hundred GPUs.
const lineLimit = 256 << 10

// gpuLimit bounds what is remembered of GPUs.
const gpuLimit = 256

// mercy is how long a killed helper may take to end. One that hangs inside the
// driver cannot be killed; it is left behind, and no other started beside it.
const mercy = time.Second

// session runs the helper once, until it ends, is late or ctx ends.
func (c *Collector) session(ctx context.Context, out chan<- model.Fact) ending {
	if c.isStuck() {
		return ending{late: true, why: "the driver hangs: the last " + HelperName + " waits inside it and cannot be ended; tritop waits for it"}
	}
	if _, err := os.Stat(c.opt.Command[0]); errors.Is(err, fs.ErrNotExist) {
		return ending{absent: true, why: "this build has no NVML: " + HelperName + " is not beside tritop (make build-nvml builds it, with a C compiler)"}
	}
	r, w, err := os.Pipe()
	if err != nil {
		return ending{why: "make a pipe for " + HelperName + ": " + err.Error()}
	}
	defer func() { _ = r.Close() }()
	cmd := exec.Command(c.opt.Command[0], slices.Concat(c.opt.Command[1:], []string{c.opt.Every.String()})...)
	said := &words{}
	cmd.Stdout, cmd.Stderr, cmd.Env, cmd.WaitDelay = w, said, environment(os.Environ()), mercy/2
	stdin, err := cmd.StdinPipe() // it ends when this is closed, with us too
	if err == nil {
		err = cmd.Start()
	}
	_ = w.Close() // the child's alone
	if err != nil {
		return ending{why: "start " + HelperName + ": " + err.Error()}
	}
	stop := context.AfterFunc(ctx, func() { _ = r.SetReadDeadline(time.Unix(1, 0)) })
	end := c.read(ctx, r, out)
	stop()
	_ = stdin.Close()
	_ = cmd.Process.Kill() // it may have ended already
	c.bury(cmd, said, &end)
	return end
}

// bury waits for a killed helper and says on what it died, where its lines do not.
func (c *Collector) bury(cmd *exec.Cmd, said *words, end *ending) {
	ended := make(chan struct{})
	var waitErr error
	go func() {
		waitErr = cmd.Wait()
		close(ended)
	}()
	t := time.NewTimer(mercy)
	defer t.Stop()
	select {
	case <-ended:
	case <-t.C:
		c.stuck = ended
		return
	}
	if end.why != "" {
		return
	}
	end.why = HelperName + " ended by itself"
	if waitErr != nil {
		end.why = fmt.Sprintf("%s ended: %v", HelperName, waitErr)
	}
	if line := said.first(); line != "" {
		end.why += ": " + line
	}
}

// isStuck says whether a helper that could not be killed is still there.
func (c *Collector) isStuck() bool {
	if c.stuck == nil {
		return false
	}
	select {
	case <-c.stuck:
		c.stuck = nil
		return false
	default:
		return true
	}
}

// read takes lines until there are no more. An ending without a reason is one
// of the process.
func (c *Collector) read(ctx context.Context, r *os.File, out chan<- model.Fact) (end ending) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, lineLimit)
	for patience := c.opt.First; ; patience = c.opt.Every + c.opt.Late {
		_ = r.SetReadDeadline(time.Now().Add(patience)) // a pipe of ours takes one
		if ctx.Err() != nil {
			return end
		}
		if !lines.Scan() {
			switch err := lines.Err(); {
			case errors.Is(err, os.ErrDeadlineExceeded):
				end.late = true
				end.why = fmt.Sprintf("no sample within %s: a call into the driver hangs", patience)
			case err != nil:
				end.why = "read what " + HelperName + " prints: " + err.Error()
			}
			return end
		}
		f, why := c.parse(lines.Bytes())
		if why != nil {
			end.absent, end.why = why.absent, why.why
			return end
		}
		end.lines++
		c.send(ctx, out, f)
	}
}

// parse makes a fact of a line, or says why it holds no sample.
func (c *Collector) parse(text []byte) (model.GPUsSampled, *ending) {
	var l Line
	f := c.fact()
	if err := json.Unmarshal(text, &l); err != nil {
		return f, &ending{why: HelperName + " printed what is no sample: " + err.Error()}
	}
	switch {
	case l.Version != LineVersion:
		return f, &ending{why: fmt.Sprintf("%s is of another version of tritop (lines v%d, want v%d): build both together", HelperName, l.Version, LineVersion)}
	case l.Absent != "":
		return f, &ending{absent: true, why: l.Absent}
	case l.Error != "":
		return f, &ending{why: l.Error}
	}
	f.Outcome, f.Took = model.Answered, time.Duration(l.TookMs*float64(time.Millisecond))
	for i := range l.GPUs {
		g := &l.GPUs[i]
		if g.UUID == "" { // lost before this helper began, or an old driver
			g.UUID = c.uuids[g.Index]
		} else if len(c.uuids) < gpuLimit {
			c.uuids[g.Index] = g.UUID
		}
		f.GPUs = append(f.GPUs, g.sample(c.opt.Host))
	}
	return f, nil
}

// environment is what the helper gets of ours: what the loader and the driver
// look at, and no secret. LD_BIND_NOW would end it before its first line: a
// driver has not all functions that the binding knows.
func environment(ours []string) []string {
	out := []string{}
	for _, kv := range ours {
		name, _, _ := strings.Cut(kv, "=")
		if name != "LD_BIND_NOW" && (strings.HasPrefix(name, "LD_") || strings.HasPrefix(name, "NVIDIA_") || strings.HasPrefix(name, "CUDA_")) {
			out = append(out, kv)
		}
	}
	return out
}

// words keeps the beginning of what the helper says of its own death; a long
// trace of it follows.
type words struct {
	mu   sync.Mutex
	text []byte
}

const wordsLimit = 2048

// Write never fails.
func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, p[:min(len(p), wordsLimit-len(w.text))]...)
	return len(p), nil
}

// first is the first line that says something.
func (w *words) first() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	line, _, _ := bytes.Cut(bytes.TrimSpace(w.text), []byte("\n"))
	return string(line)
}
