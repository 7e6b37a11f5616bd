package engine

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"tritop/model"
	"tritop/sla"
)

// fleet is a state of many servers with the same models, and their facts.
type fleet struct {
	*State
	now      time.Time
	polls    []model.Polled
	scrapes  []model.Scraped
	seconds  int
	took     struct{ facts, ticks, snapshots time.Duration }
	snapshot *model.Snapshot
}

func newFleet(servers, models int) *fleet {
	cfg := Config{}
	f := &fleet{now: t0}
	for i := range servers {
		a := model.Answer{Server: fmt.Sprintf("s%03d", i), Outcome: model.Answered}
		cfg.Servers = append(cfg.Servers, model.ServerSpec{Name: a.Server, Metric: 8002})
		poll := model.Polled{Answer: a, Ready: model.Yes, Live: model.Yes, Connections: 1}
		scrape := model.Scraped{Answer: a, HTTPPort: model.Answered}
		for m := range models {
			name := fmt.Sprintf("m%02d", m)
			poll.Counters = append(poll.Counters, model.Counters{Model: name, Version: "1"})
			scrape.Gauges = append(scrape.Gauges, model.Gauge{Name: model.GaugePending, Model: name, Version: "1"})
		}
		f.polls, f.scrapes = append(f.polls, poll), append(f.scrapes, scrape)
	}
	f.State = NewState(cfg)
	return f
}

// second lets every server answer, every other one with its metrics text too; the
// facts come evenly between four ticks and ten snapshots, as they do live.
func (f *fleet) second() {
	f.seconds++
	const steps = 20
	for step := range steps {
		f.now = f.now.Add(time.Second / steps)
		began := time.Now()
		for i := step; i < len(f.polls); i += steps {
			f.answer(i)
		}
		answered := time.Now()
		if step%5 == 4 {
			f.Apply(model.Ticked{Now: f.now})
		}
		ticked := time.Now()
		if step%2 == 1 {
			f.snapshot = f.Snapshot()
		}
		f.took.facts += answered.Sub(began)
		f.took.ticks += ticked.Sub(answered)
		f.took.snapshots += time.Since(ticked)
	}
}

func (f *fleet) answer(i int) {
	p := f.polls[i]
	p.At = f.now
	for j := range p.Counters {
		c, n := &p.Counters[j], uint64((f.seconds+i+j)%7) //nolint:gosec // not negative
		c.Success.Count, c.Success.Ns = c.Success.Count+n, c.Success.Ns+n*9_000_000
		c.Queue.Count, c.Queue.Ns = c.Queue.Count+n, c.Queue.Ns+n*1_000_000
		c.Infer.Count, c.Infer.Ns = c.Infer.Count+n, c.Infer.Ns+n*uint64(7_000_000+f.seconds%13) //nolint:gosec // not negative
	}
	f.Apply(p)
	if (f.seconds+i)%2 == 0 {
		s := f.scrapes[i]
		s.At = f.now
		f.Apply(s)
	}
}

// What a second of 4,000 model versions costs the engine in all: 200 polls, 100
// metrics texts, four ticks and ten snapshots. MB is what lives in the end, all
// of the engine and its newest snapshot; with -benchtime 3600x after a full hour.
func BenchmarkSecond(b *testing.B) {
	f := newFleet(200, 20)
	for range 70 {
		f.second()
	}
	f.took = struct{ facts, ticks, snapshots time.Duration }{}
	b.ReportAllocs()
	for b.Loop() {
		f.second()
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/1e6, "MB")
	runtime.KeepAlive(f)
	for unit, took := range map[string]time.Duration{"ms-facts": f.took.facts, "ms-ticks": f.took.ticks, "ms-snapshots": f.took.snapshots} {
		b.ReportMetric(took.Seconds()*1e3/float64(b.N), unit)
	}
}

// What objectives add to a second of 200 servers with 20 models and five
// objectives each, all servers with summaries. x-core is the share of a core that
// it takes, which is not to be over 0.1; ratio is that to what the rest of the
// second takes, facts and snapshot.
func BenchmarkObjectives(b *testing.B) {
	f := newFleet(200, 20)
	f.fleet.levels.agree(sla.Profile(sla.ProfileMaterial))
	var rest, took time.Duration
	second := func() {
		f.seconds++
		f.now = f.now.Add(time.Second)
		began := cpu(b)
		for i := range f.polls {
			f.scrapes[i].Latencies = summariesAt(f.seconds)
			f.answer(i)
		}
		f.Snapshot()
		f.State.second = f.now
		answered := cpu(b)
		f.judgeObjectives()
		rest, took = rest+answered-began, took+cpu(b)-answered
	}
	for range 330 {
		second()
	}
	rest, took = 0, 0
	b.ReportAllocs()
	for b.Loop() {
		second()
	}
	states := f.Snapshot().Objectives
	if len(states) != 100 || states[0].Verdict != model.ObjectivePass || states[1].Source != model.FromSummary.String() {
		b.Fatalf("%d objectives, %+v", len(states), states[1])
	}
	b.ReportMetric(took.Seconds()/float64(b.N), "x-core")
	b.ReportMetric(took.Seconds()/rest.Seconds(), "ratio")
}

// cpu is what this process has used of the processors.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// summariesAt are the summaries of a metrics text after so many seconds.
func summariesAt(seconds int) (out []model.LatencySample) {
	for m := range 20 {
		s := model.LatencySample{Model: fmt.Sprintf("m%02d", m), Version: "1", Count: float64(3 * seconds), Sum: float64(9 * seconds), Percentiles: model.NoPercentiles(model.NoSource)}
		s.P95, s.P99 = model.Of(9), model.Of(11+float64(seconds%5))
		out = append(out, s)
	}
	return out
}
