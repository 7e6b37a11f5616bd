package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tritop/model"
)

// short prints latencies: source, phase, part, window, count, then the figures.
func short(all []model.Latency) string {
	var b strings.Builder
	for i := range all {
		l := &all[i]
		fmt.Fprintf(&b, "%s %s%s %s n=%d", l.Source, l.Phase, l.Part, l.Window, l.N)
		for _, f := range []*model.Figure{&l.P50, &l.P90, &l.P95, &l.P99, &l.P999, &l.Max, &l.Mean} {
			if f.Known() {
				fmt.Fprintf(&b, " %.3g", f.Value)
				continue
			}
			fmt.Fprintf(&b, " %s,", f.Why)
		}
		for _, x := range l.Shares {
			fmt.Fprintf(&b, " %.4g≤%g", x.Ratio, x.Edge)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func want(t *testing.T, what string, got []model.Latency, lines ...string) {
	t.Helper()
	if s := short(got); s != strings.Join(append(lines, ""), "\n") {
		t.Errorf("%s:\n%swant\n%s", what, s, strings.Join(lines, "\n"))
	}
}

func probeOf(server string, at time.Time, took time.Duration) model.Probed {
	return model.Probed{Answer: model.Answer{Server: server, At: at, Took: took, Outcome: model.Answered}, Model: "bert", Version: "1", Counted: model.Yes}
}

// What two servers measured is one histogram for the model and for the fleet: the
// mean of their p95 is a time that nobody measured.
func TestProbesOfServersAreMerged(t *testing.T) {
	t.Parallel()
	s := newScript("a", "b")
	s.poll("a", 0, 0)
	s.poll("b", 0, 0)
	now := s.now
	for i := range 20 {
		now = now.Add(2 * time.Second)
		s.Apply(probeOf("a", now, 10*time.Millisecond))
		if i%9 == 0 {
			s.Apply(probeOf("b", now, 100*time.Millisecond))
		}
	}
	s.Apply(model.Probed{Answer: model.Answer{Server: "b", At: now, Took: time.Second, Outcome: model.Failed}, Model: "bert", Version: "1"})
	snap := s.Snapshot()
	few := "too few samples,"
	a := []string{"probe request 10s n=5 10 " + few + " " + few + " " + few + " " + few + " 10 10", "probe request 1m0s n=20 10 10 10 " + few + " " + few + " 10 10"}
	minute := func(all []model.Latency) []model.Latency {
		return slices.DeleteFunc(slices.Clone(all), func(l model.Latency) bool { return l.Window > time.Minute })
	}
	want(t, "a", minute(snap.Servers[0].Replicas[0].Latency), a...)
	want(t, "server a", minute(snap.Servers[0].Latency), a...)
	both := []string{"probe request 10s n=6 10 too few samples, too few samples, too few samples, too few samples, 100 25",
		"probe request 1m0s n=23 10 100 100 too few samples, too few samples, 100 21.7"}
	want(t, "model", minute(snap.Models[0].Latency), both...)
	want(t, "fleet", minute(snap.Totals.Latency), both...)
	if p := snap.Servers[1].Replicas[0].Probe; p.N != 3 || p.Runs != 4 || !p.P50.Known() || p.P95.Why != model.TooFew {
		t.Errorf("b: %+v", p)
	}
	if n := len(snap.Models[0].Latency); n != 4 {
		t.Errorf("%d windows, want all four: %s", n, short(snap.Models[0].Latency))
	}
}

// Who is not probed any more has no percentiles of probes, and neither has the model.
func TestLatencyEndsWithItsProbe(t *testing.T) {
	t.Parallel()
	s := newScript("a")
	s.poll("a", 0, 0)
	s.Apply(model.FleetChanged{At: s.now, Servers: []model.ServerSpec{s.servers[0].spec}, Probing: model.Probing{Probed: map[string]bool{"bert": true}, Every: time.Second}})
	s.Apply(probeOf("a", s.now, time.Millisecond))
	if snap := s.Snapshot(); len(snap.Models[0].Latency) != 4 {
		t.Fatal(short(snap.Models[0].Latency))
	}
	s.Apply(model.FleetChanged{At: s.now, Servers: []model.ServerSpec{s.servers[0].spec}, Probing: model.Probing{Every: time.Second}})
	if snap := s.Snapshot(); len(snap.Models[0].Latency)+len(snap.Servers[0].Replicas[0].Latency) != 0 {
		t.Error(short(snap.Models[0].Latency), short(snap.Servers[0].Replicas[0].Latency))
	}
}

// texts lets a server print summaries for a minute, perSecond requests more each
// time; p99 is in ms, the other percentiles are not printed.
func (p *script) texts(server string, perSecond int, samples func(n float64) []model.LatencySample) {
	for i := range 31 {
		p.now = p.now.Add(2 * time.Second)
		p.Apply(model.Scraped{Answer: model.Answer{Server: server, At: p.now, Outcome: model.Answered}, HTTPPort: model.Answered, Latencies: samples(float64(2 * i * perSecond))})
		p.Apply(model.Ticked{Now: p.now})
	}
}

func summary(part string, n, p99 float64) model.LatencySample {
	out := model.LatencySample{Model: "bert", Version: "1", Part: part, Count: n, Sum: 8 * n, Percentiles: model.NoPercentiles(model.NoSource)}
	out.P99, out.P999 = model.Of(p99), model.Missing(model.NotObserved)
	return out
}

// Triton's summaries are of one server; what they do not tell has a reason, and a
// percentile that its count does not carry is dropped.
func TestSummaries(t *testing.T) {
	t.Parallel()
	s := newScript("a", "b")
	s.poll("a", 0, 0)
	s.poll("b", 0, 0)
	s.texts("a", 50, func(n float64) []model.LatencySample {
		queue := summary("", n, 1)
		queue.Phase = model.InQueue
		return []model.LatencySample{summary("", n, 40), queue}
	})
	s.texts("b", 1, func(n float64) []model.LatencySample { return []model.LatencySample{summary("", n, 60)} })
	s.texts("a", 0, func(float64) []model.LatencySample { return []model.LatencySample{summary("", 3000, 40)} })
	s.poll("a", 0, 0)
	s.poll("b", 0, 0)
	no := "not available from this source,"
	snap := s.Snapshot()
	want(t, "a, without requests", snap.Servers[0].Replicas[0].Latency, "triton-summary request 1m0s n=0 "+no+" "+no+" "+no+" too few samples, no data, "+no+" no demand,")
	if got := snap.Servers[1].Replicas[0].Latency; len(got) != 0 {
		t.Errorf("the text of b is a minute old: %s", short(got))
	}
	s.texts("b", 1, func(n float64) []model.LatencySample { return []model.LatencySample{summary("", n, 60)} })
	s.texts("a", 50, func(n float64) []model.LatencySample {
		queue := summary("", 3000+n, 1)
		queue.Phase = model.InQueue
		return []model.LatencySample{summary("", 3000+n, 40), queue}
	})
	s.poll("a", 0, 0)
	snap = s.Snapshot()
	want(t, "a", snap.Servers[0].Replicas[0].Latency, "triton-summary request 1m0s n=3000 "+no+" "+no+" "+no+" 40 no data, "+no+" 8")
	want(t, "phases of a", snap.Servers[0].Replicas[0].Phases, "triton-summary queue 1m0s n=3000 "+no+" "+no+" "+no+" 1 no data, "+no+" 8")
	if got := snap.Models[0].Latency; len(got) != 0 {
		t.Errorf("summaries cannot be merged: %s", short(got))
	}
}

// A model on two GPUs has a summary of each, which stay apart; the one without a
// GPU never counts. With one GPU it is the whole.
func TestSummariesOfGPUs(t *testing.T) {
	t.Parallel()
	s := newScript("a")
	s.poll("a", 0, 0)
	s.texts("a", 50, func(n float64) []model.LatencySample {
		return []model.LatencySample{summary("", 0, 0), summary("GPU-1", n, 40), summary("GPU-2", n/2, 50)}
	})
	s.poll("a", 0, 0)
	no := "not available from this source,"
	want(t, "two GPUs", s.Snapshot().Servers[0].Replicas[0].Latency,
		"triton-summary requestGPU-1 1m0s n=3000 "+no+" "+no+" "+no+" 40 no data, "+no+" 8",
		"triton-summary requestGPU-2 1m0s n=1500 "+no+" "+no+" "+no+" 50 no data, "+no+" 8")
	s = newScript("a")
	s.poll("a", 0, 0)
	s.texts("a", 50, func(n float64) []model.LatencySample {
		return []model.LatencySample{summary("", 0, 0), summary("GPU-1", n, 40)}
	})
	s.poll("a", 0, 0)
	want(t, "one GPU", s.Snapshot().Servers[0].Replicas[0].Latency, "triton-summary request 1m0s n=3000 "+no+" "+no+" "+no+" 40 no data, "+no+" 8")
}

// Triton's histogram knows shares at its edges and no percentile; those of servers
// are added up by their counts.
func TestHistogramsAreAddedUp(t *testing.T) {
	t.Parallel()
	s := newScript("a", "b")
	s.poll("a", 0, 0)
	s.poll("b", 0, 0)
	first := func(fast float64) func(n float64) []model.LatencySample {
		return func(n float64) []model.LatencySample {
			return []model.LatencySample{{Model: "bert", Version: "1", Phase: model.FirstResponse, Count: n, Sum: 90 * n, Percentiles: model.NoPercentiles(model.NoSource),
				Edges: []model.Edge{{Ms: 100, Count: fast * n}, {Ms: 500, Count: n}}}}
		}
	}
	for i := range 31 {
		s.now = s.now.Add(2 * time.Second)
		for server, x := range map[string]struct {
			n    float64
			fast float64
		}{"a": {float64(100 * i), 1}, "b": {float64(300 * i), 0.5}} {
			s.Apply(model.Scraped{Answer: model.Answer{Server: server, At: s.now, Outcome: model.Answered}, HTTPPort: model.Answered, Latencies: first(x.fast)(x.n)})
		}
	}
	s.poll("a", 0, 0)
	s.poll("b", 0, 0)
	s.Apply(model.Ticked{Now: s.now})
	no := "not available from this source,"
	snap := s.Snapshot()
	none := strings.Repeat(no+" ", 6)
	want(t, "b", snap.Servers[1].Replicas[0].Latency, "triton-histogram first_response 1m0s n=9000 "+none+"90 0.5≤100 1≤500")
	want(t, "both", snap.Models[0].Latency, "triton-histogram first_response 1m0s n=12000 "+none+"90 0.625≤100 1≤500")
}
