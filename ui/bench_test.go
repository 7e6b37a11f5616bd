package ui

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"tritop/engine"
	"tritop/model"
	"tritop/sim"
	"tritop/themes"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// minute gives sixty snapshots, a second apart, of a simulated fleet that had
// run for five minutes: histories are full and some of it is broken.
func minute(tb testing.TB, scenario string, servers int) (out []*model.Snapshot) {
	tb.Helper()
	w, err := sim.New(sim.Options{Scenario: scenario, Seed: 1, Servers: servers})
	if err != nil {
		tb.Fatal(err)
	}
	d := sim.NewDirect(w, time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC))
	st := engine.NewState(engine.Config{Fleet: "bench", Servers: d.Specs(), Probed: d.Probed()})
	const before = 300 * time.Second
	d.Until(before, st.Apply)
	for i := range 60 {
		d.Until(before+time.Duration(i+1)*time.Second, st.Apply)
		out = append(out, st.Snapshot())
	}
	return out
}

// BenchmarkDraw is from a new snapshot to the filled grid of 200×60, for each
// view: median, 99th percentile and allocations. The anchor is to set each of
// the 12,000 cells once, in the same run.
func BenchmarkDraw(b *testing.B) {
	few, many := minute(b, "ready-lies", 0), minute(b, "ready-lies", 60)
	llm := minute(b, "llm", 0)
	for i := range few {
		few[i] = withMachines(few[i])
	}
	judgedMinute := make([]*model.Snapshot, len(few))
	for i := range few {
		judgedMinute[i] = withVerdicts(few[i])
	}
	for _, c := range []struct {
		name, view string
		snaps      []*model.Snapshot
	}{
		{"overview", "overview", few}, {"overview-judged", "overview", judgedMinute}, {"sla", "sla", judgedMinute}, {"latency", "latency:" + few[0].Models[0].Name, judgedMinute}, {"alerts", "alerts", judgedMinute}, {"health", "health", judgedMinute}, {"overview-60-servers", "overview", many}, {"server", "server:" + few[0].Servers[0].Name, few},
		{"model", "model:" + few[0].Models[0].Name, few}, {"model-60-servers", "model:" + many[0].Models[0].Name, many}, {"events", "events", many},
		{"wall", "wall", few}, {"wall-60-servers", "wall", many}, {"gpus", "gpus", few}, {"gpu", "gpu:" + few[0].GPUs[0].UUID, few}, {"regions", "regions", many},
		{"versions", "versions", many}, {"version", "version:" + versionName(few[0].Models[0].Name, "2"), few}, {"sources", "sources", many}, {"signals", "version:assistant@1", llm}, {"charts", "charts", few}, {"help", "help", few},
	} {
		b.Run(c.name, func(b *testing.B) { benchDraw(b, c.view, c.snaps) })
	}
}

func benchDraw(b *testing.B, name string, snaps []*model.Snapshot) {
	sc := newScreen(Options{Theme: themes.Default(false)})
	v, err := parseView(name)
	if err != nil {
		b.Fatal(err)
	}
	if v.kind != overview {
		sc.stack = append(sc.stack, openView(v))
	}
	g := grid.New(200, 60, sc.opt.Theme, sc.glyphs())
	for _, s := range snaps { // what grows once has grown
		sc.draw(g, s)
	}
	allocs := testing.AllocsPerRun(len(snaps), func() { sc.draw(g, snaps[0]) })
	took, floor := make([]time.Duration, 0, 1<<20), make([]time.Duration, 0, 1<<20)
	runtime.GC() // the benchmark's own garbage is not the frame's
	for i := 0; b.Loop() && i < cap(took); i++ {
		began := time.Now()
		sc.draw(g, snaps[i%len(snaps)])
		drawn := time.Now()
		fill(g)
		took, floor = append(took, drawn.Sub(began)), append(floor, time.Since(drawn))
	}
	b.ReportMetric(float64(quantile(took, 0.5))/1e6, "ms-p50")
	b.ReportMetric(float64(quantile(took, 0.99))/1e6, "ms-p99")
	b.ReportMetric(float64(quantile(took, 0.5))/float64(quantile(floor, 0.5)), "x-fill")
	b.ReportMetric(allocs, "allocs/frame")
	b.ReportMetric(0, "ns/op") // of both together: says nothing
}

// fill sets every cell.
func fill(g *grid.Grid) {
	a := g.All()
	for y := range a.H {
		for x := range a.W {
			a.Set(x, y, 'x', draw.Plain)
		}
	}
}

func quantile(d []time.Duration, q float64) time.Duration {
	slices.Sort(d)
	return d[min(len(d)-1, int(q*float64(len(d))))]
}
