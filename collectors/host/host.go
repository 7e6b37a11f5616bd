// Package host samples the machine that tritop runs on: CPU, memory, disks.
//
// The figures are the whole machine's, also inside a container, as Triton's own
// nv_cpu_* are. It asks the operating system only, through gopsutil.
package host

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/mem"

	"tritop/model"
)

// Options say what is sampled and how often. Name and Every must be set.
type Options struct {
	Name  string   // of the machine
	Dirs  []string // whose file systems are shown beside that of /; they need not exist
	Every time.Duration
}

// Collector samples the machine. It is a collectors.Collector.
type Collector struct {
	opt     Options
	last    *cpu.TimesStat
	waiting map[string]chan *disk.UsageStat // file systems that have not answered yet
}

// New makes a collector; nothing is asked before Collect.
func New(opt Options) *Collector {
	return &Collector{opt: opt, waiting: make(map[string]chan *disk.UsageStat)}
}

// Name tells collectors apart, and is that of the source.
func (c *Collector) Name() string { return "host" }

// Collect samples until ctx ends. The first sample has no CPU: it is a difference.
func (c *Collector) Collect(ctx context.Context, out chan<- model.Fact) error {
	mounts := c.mounts(ctx)
	tick := time.NewTicker(c.opt.Every)
	defer tick.Stop()
	for {
		f := c.sample(ctx, mounts)
		if ctx.Err() != nil {
			return nil
		}
		select {
		case out <- f:
		case <-ctx.Done():
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (c *Collector) sample(ctx context.Context, mounts []string) model.HostSampled {
	began := time.Now()
	h := model.Host{Name: model.CleanName(c.opt.Name), Source: "local", CPU: model.Missing(model.NotObserved), MemUsed: model.Missing(model.NotObserved), MemAll: model.Missing(model.NotObserved)}
	var faults []string
	if times, err := cpu.TimesWithContext(ctx, false); err != nil || len(times) == 0 {
		faults = append(faults, fmt.Sprintf("read the times of the CPU: %v", err))
	} else {
		h.CPU = busy(c.last, &times[0])
		c.last = &times[0]
	}
	if m, err := mem.VirtualMemoryWithContext(ctx); err != nil {
		faults = append(faults, fmt.Sprintf("read the memory: %v", err))
	} else {
		h.MemUsed, h.MemAll = model.Of(float64(m.Total-min(m.Total, m.Available))), model.Of(float64(m.Total))
	}
	for _, mount := range mounts {
		h.Disks = append(h.Disks, c.disk(mount))
	}
	f := model.HostSampled{Answer: model.Answer{At: time.Now(), Outcome: model.Answered}, Origin: model.Origin{Source: c.Name(), Kind: "local", Every: c.opt.Every}, Host: h}
	f.Took = f.At.Sub(began)
	f.Detail = model.CleanText(strings.Join(faults, "; "))
	if !h.MemAll.Known() && c.last == nil {
		f.Outcome = model.Failed
	}
	return f
}

// busy is the share of the time of all CPUs between two readings that was work.
func busy(before, now *cpu.TimesStat) model.Figure {
	if before == nil {
		return model.Missing(model.NotObserved)
	}
	passed := func(of func(*cpu.TimesStat) float64) float64 { return max(0, of(now)-of(before)) } // the kernel sets some back
	idle := passed(func(t *cpu.TimesStat) float64 { return t.Idle }) + passed(func(t *cpu.TimesStat) float64 { return t.Iowait })
	worked := passed(func(t *cpu.TimesStat) float64 { return t.User + t.System + t.Nice + t.Irq + t.Softirq + t.Steal })
	if idle+worked <= 0 {
		return model.Missing(model.NotObserved)
	}
	return model.Of(worked / (idle + worked))
}

// diskPatience is how long a file system may take to answer; one of a network
// may hang for ever, and is not asked again before it has answered.
const diskPatience = 200 * time.Millisecond

func (c *Collector) disk(mount string) model.Disk {
	answer := c.waiting[mount]
	if answer == nil {
		answer = make(chan *disk.UsageStat, 1)
		c.waiting[mount] = answer
		go func() {
			usage, err := disk.Usage(mount)
			if err != nil {
				usage = nil
			}
			answer <- usage
		}()
	}
	out := model.Disk{Mount: model.CleanName(mount), Used: model.Missing(model.NotObserved), All: model.Missing(model.NotObserved)}
	t := time.NewTimer(diskPatience)
	defer t.Stop()
	select {
	case usage := <-answer:
		delete(c.waiting, mount)
		if usage != nil && usage.Total > 0 {
			out.Used, out.All = model.Of(float64(usage.Used)), model.Of(float64(usage.Total))
		}
	case <-t.C:
	}
	return out
}

// mounts are / and the other file systems that hold the directories.
func (c *Collector) mounts(ctx context.Context) []string {
	known, err := disk.PartitionsWithContext(ctx, true)
	if err != nil {
		return []string{"/"}
	}
	points := make([]string, 0, len(known))
	for _, p := range known {
		points = append(points, p.Mountpoint)
	}
	return homes(c.opt.Dirs, points)
}

// homes gives / and the mount points that the directories are under, each once.
func homes(dirs, points []string) []string {
	out := []string{"/"}
	seen := map[string]bool{"/": true}
	for _, dir := range dirs {
		home := "/"
		for _, p := range points {
			if len(p) > len(home) && (dir == p || strings.HasPrefix(dir, p+"/")) {
				home = p
			}
		}
		if !seen[home] {
			seen[home] = true
			out = append(out, home)
		}
	}
	return out
}
