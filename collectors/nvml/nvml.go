package nvml

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tritop/model"
)

// HelperName is the program that reads the driver.
const HelperName = "tritop-nvml"

// Beside gives the path of the helper in the directory of the running program.
func Beside() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the running program: %w", err)
	}
	if file, err := filepath.EvalSymlinks(self); err == nil {
		self = file
	}
	return filepath.Join(filepath.Dir(self), HelperName), nil
}

// Options say what is run and how long it may take. All must be set.
type Options struct {
	Command []string      // the helper with its arguments
	Host    string        // what this machine is called
	Every   time.Duration // how often a sample comes
	First   time.Duration // how long the first may take: a driver without persistence wakes up first
	Late    time.Duration // how much later than Every the others may come
	Again   Pauses
}

// Pauses say when the helper is started again.
type Pauses struct {
	First, Max time.Duration // after a failure, longer each time
	Absent     time.Duration // where there was nothing to read
}

// DefaultOptions sample once a second.
func DefaultOptions(helper, host string) Options {
	return Options{Command: []string{helper}, Host: model.CleanName(host), Every: time.Second, First: 15 * time.Second, Late: 2 * time.Second,
		Again: Pauses{First: time.Second, Max: 30 * time.Second, Absent: time.Minute}}
}

// Collector runs the helper and reports what it says. It is a collectors.Collector.
type Collector struct {
	opt     Options
	dropped int             // facts that the engine did not take, and that are not told yet
	uuids   map[int]string  // of each index, as far as they were told
	stuck   <-chan struct{} // a helper that could not be killed; closed when it ended after all
}

// New makes a collector; nothing is started before Collect.
func New(opt Options) *Collector { return &Collector{opt: opt, uuids: make(map[int]string)} }

// Name tells collectors apart, and is that of the source.
func (c *Collector) Name() string { return "nvml" }

// Collect samples until ctx ends. That there is nothing to read, or that the
// helper fails, is a fact and no error.
func (c *Collector) Collect(ctx context.Context, out chan<- model.Fact) error {
	pause := c.opt.Again.First
	for {
		end := c.session(ctx, out)
		if !c.send(ctx, out, end.fact(c)) {
			return nil
		}
		if end.lines >= ranWell {
			pause = c.opt.Again.First
		}
		wait := pause
		if end.absent {
			wait = c.opt.Again.Absent
		}
		pause = min(2*pause, c.opt.Again.Max)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// ranWell is how many samples make a run a good one: its end is a new failure.
const ranWell = 10

// ending is how one run of the helper ended.
type ending struct {
	lines  int // samples that it gave
	absent bool
	late   bool // a line did not come in time
	why    string
}

func (e ending) fact(c *Collector) model.GPUsSampled {
	f := c.fact()
	f.Outcome, f.Detail, f.Absent = model.Failed, model.CleanText(e.why), e.absent
	if e.late {
		f.Outcome = model.TimedOut
	}
	return f
}

// fact is one about now.
func (c *Collector) fact() model.GPUsSampled {
	return model.GPUsSampled{Answer: model.Answer{At: time.Now()}, Origin: model.Origin{Source: c.Name(), Kind: "nvml", Every: c.opt.Every}}
}

// send gives the engine a fact. One that it does not take for a whole interval
// is dropped, and the drop told: a sample that waited is none of now. It is false
// when ctx has ended.
func (c *Collector) send(ctx context.Context, out chan<- model.Fact, f model.Fact) bool {
	if ctx.Err() != nil {
		return false // how a helper ends that we ended is no fact
	}
	t := time.NewTimer(c.opt.Every)
	defer t.Stop()
	select {
	case out <- f:
	case <-t.C:
		c.dropped++
		return true
	case <-ctx.Done():
		return false
	}
	if c.dropped == 0 {
		return true
	}
	select {
	case out <- model.SourceDropped{Source: c.Name(), At: time.Now(), Count: c.dropped}:
		c.dropped = 0
	default:
	}
	return true
}
