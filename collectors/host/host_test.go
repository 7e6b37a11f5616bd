package host

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/disk"
	"go.uber.org/goleak"

	"tritop/collectors/collectorstest"
	"tritop/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestContract(t *testing.T) {
	t.Parallel()
	collectorstest.Run(t, func(*testing.T) collectorstest.Collector {
		return New(Options{Name: "a\x1bbox", Every: 20 * time.Millisecond})
	})
}

// between says whether a figure is known and within two bounds.
func between(f model.Figure, low, high float64) bool {
	return f.Known() && f.Value >= low && f.Value <= high
}

// This machine has memory, a root and, after a second sample, a CPU.
func TestThisMachine(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	out := make(chan model.Fact)
	done := make(chan error, 1)
	go func() {
		done <- New(Options{Name: "box", Dirs: []string{t.TempDir()}, Every: 500 * time.Millisecond}).Collect(ctx, out)
	}()
	first, second := (<-out).(model.HostSampled), (<-out).(model.HostSampled)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if first.Host.CPU.Known() || first.Outcome != model.Answered || first.Origin != (model.Origin{Source: "host", Kind: "local", Every: 500 * time.Millisecond}) {
		t.Errorf("first %+v", first)
	}
	h := second.Host
	if h.Name != "box" || h.Source != "local" || !between(h.CPU, 0, 1) {
		t.Errorf("second %+v", h)
	}
	if !between(h.MemAll, 64<<20, 1<<50) || !between(h.MemUsed, 1, h.MemAll.Value) {
		t.Errorf("memory %+v", h)
	}
	if root := h.Disks[0]; root.Mount != "/" || !between(root.Used, 1, root.All.Value) {
		t.Errorf("disks %+v", h.Disks)
	}
}

func TestBusy(t *testing.T) {
	t.Parallel()
	before := &cpu.TimesStat{User: 10, System: 5, Idle: 80, Iowait: 5}
	for name, c := range map[string]struct {
		before *cpu.TimesStat
		now    cpu.TimesStat
		want   model.Figure
	}{
		"a quarter":     {before, cpu.TimesStat{User: 11, System: 5, Idle: 82, Iowait: 6}, model.Of(0.25)},
		"idle":          {before, cpu.TimesStat{User: 10, System: 5, Idle: 90, Iowait: 5}, model.Of(0)},
		"stolen":        {before, cpu.TimesStat{User: 10, System: 5, Steal: 4, Idle: 80, Iowait: 5}, model.Of(1)},
		"the first":     {nil, cpu.TimesStat{User: 10}, model.Missing(model.NotObserved)},
		"no time":       {before, *before, model.Missing(model.NotObserved)},
		"wait set back": {before, cpu.TimesStat{User: 11, System: 5, Idle: 83, Iowait: 1}, model.Of(0.25)},
		"all set back":  {before, cpu.TimesStat{User: 1}, model.Missing(model.NotObserved)},
	} {
		if got := busy(c.before, &c.now); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestHomes(t *testing.T) {
	t.Parallel()
	points := []string{"/", "/data", "/data/a", "/var", "/proc"}
	for want, dirs := range map[string][]string{"[/]": nil, "[/ /var]": {"/var/lib/tritop", "/var", "/srv"}, "[/ /data/a /data]": {"/data/a/.local/state", "/data/abc"}} {
		if got := fmt.Sprint(homes(dirs, points)); got != want {
			t.Errorf("%v: %s, want %s", dirs, got, want)
		}
	}
}

func TestAFileSystemThatHangsIsWaitedForOnce(t *testing.T) {
	t.Parallel()
	c := New(Options{Name: "box", Every: time.Second})
	hanging := make(chan *disk.UsageStat, 1)
	c.waiting["/net"] = hanging
	began := time.Now()
	if d := c.disk("/net"); d.Used.Known() || d.All.Known() || d.Mount != "/net" || time.Since(began) > 5*time.Second {
		t.Errorf("%+v after %s", d, time.Since(began))
	}
	hanging <- &disk.UsageStat{Total: 10, Used: 4}
	if d := c.disk("/net"); d.Used != model.Of(4) || d.All != model.Of(10) || len(c.waiting) > 0 {
		t.Errorf("%+v, waiting %v", d, c.waiting)
	}
}
