package checks

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tritop/collectors/collectorstest"
	"tritop/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func named(name string, every, timeout time.Duration, run func(context.Context) Result) Check {
	return Check{Check: model.Check{Name: name, Layer: model.Application, Target: name, Critical: true}, Every: every, Timeout: timeout, Run: run}
}

// results runs checks for a time of a bubble and gives what came of them.
func results(t *testing.T, d time.Duration, list ...Check) (out []model.Checked) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	facts := make(chan model.Fact)
	var running sync.WaitGroup
	running.Go(func() {
		if err := New(list).Collect(ctx, facts); err != nil {
			t.Error(err)
		}
	})
	for {
		select {
		case f := <-facts:
			out = append(out, f.(model.Checked))
		case <-ctx.Done():
			running.Wait()
			return out
		}
	}
}

func TestOncePerInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got := results(t, 601*time.Second, named("a", 10*time.Second, time.Second, func(context.Context) Result { return healthy("well") }))
		if len(got) < 54 || len(got) > 67 {
			t.Errorf("%d runs in 10 minutes", len(got))
		}
		for i := 1; i < len(got); i++ {
			if pause := got[i].At.Sub(got[i-1].At); pause < 9*time.Second || pause > 11*time.Second {
				t.Errorf("after %s", pause)
			}
		}
		if f := got[0]; f.Name != "a" || f.Status != model.CheckHealthy || f.Every != 10*time.Second || !f.Critical || f.Message != "well" || !f.TookMs.Known() {
			t.Errorf("%+v", f)
		}
	})
}

// A check that hangs for ever is unhealthy at its time-out, is not run twice at
// once, and delays no other.
func TestAHangingCheckIsUnhealthy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		var runs atomic.Int64
		hang := named("hang", 10*time.Second, 3*time.Second, func(context.Context) Result {
			if runs.Add(1) == 1 {
				<-free // whatever its context says
			}
			return healthy("late")
		})
		go func() { time.Sleep(60 * time.Second); close(free) }()
		var hanging, other []model.Checked
		for _, f := range results(t, 120*time.Second, hang, named("other", 5*time.Second, time.Second, func(context.Context) Result { return healthy("") })) {
			if f.Name == "hang" {
				hanging = append(hanging, f)
			} else {
				other = append(other, f)
			}
		}
		if f := hanging[0]; f.Status != model.CheckUnhealthy || f.Message != "no answer within 3s" || f.TookMs.Value < 3000 || f.TookMs.Value > 3300 {
			t.Errorf("%+v", f)
		}
		if f := hanging[2]; f.Status != model.CheckUnhealthy || !strings.HasPrefix(f.Message, "hangs since") {
			t.Errorf("%+v", f)
		}
		if f := hanging[len(hanging)-1]; f.Status != model.CheckHealthy {
			t.Errorf("in the end: %+v", f)
		}
		if n := runs.Load(); n > 8 || len(other) < 20 {
			t.Errorf("%d runs of the one, %d of the other", n, len(other))
		}
	})
}

func TestATimeOutIsUnhealthyWhateverTheCheckSays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got := results(t, 10*time.Second, named("a", time.Minute, 2*time.Second, func(ctx context.Context) Result { <-ctx.Done(); return unknown("cancelled") }))
		if len(got) != 1 || got[0].Status != model.CheckUnhealthy || got[0].Message != "no answer within 2s" {
			t.Errorf("%+v", got)
		}
	})
}

func TestFewAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		var list []Check
		for range 100 {
			list = append(list, named("a", 10*time.Second, 9*time.Second, func(context.Context) Result {
				n := now.Add(1)
				defer now.Add(-1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				time.Sleep(time.Second)
				return healthy("")
			}))
		}
		if n := len(results(t, 60*time.Second, list...)); n < 400 || most.Load() != atOnce {
			t.Errorf("%d runs, %d at once", n, most.Load())
		}
	})
}

func TestAPanicIsUnknownAndTextIsCleaned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got := results(t, 3*time.Second, named("a", time.Minute, time.Second, func(context.Context) Result { panic("\x1b[2Jboom") }),
			named("b", time.Minute, time.Second, func(context.Context) Result {
				return Result{model.CheckDegraded, "\x1b[2J", []model.Detail{{Name: "\x07", Value: "\x1b"}}}
			}))
		for _, f := range got {
			if strings.ContainsAny(f.Message, "\x1b\x07") || len(f.Details) > 0 && strings.ContainsAny(f.Details[0].Name+f.Details[0].Value, "\x1b\x07") {
				t.Errorf("%+v", f)
			}
			if f.Name == "a" && (f.Status != model.CheckUnknown || !strings.Contains(f.Message, "boom")) {
				t.Errorf("%+v", f)
			}
		}
		if len(got) != 2 {
			t.Errorf("%d results", len(got))
		}
	})
}

func TestContract(t *testing.T) {
	t.Parallel()
	collectorstest.Run(t, func(*testing.T) collectorstest.Collector {
		return New([]Check{named("a", 20*time.Millisecond, 10*time.Millisecond, func(context.Context) Result { return healthy("") })})
	})
}
