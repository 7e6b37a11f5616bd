package engine

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tritop/model"
)

// mood is how a server answers for a while.
type mood struct {
	outcome  model.Outcome
	listed   []string // versions in its statistics
	indexed  model.ReplicaState
	steps    []string
	waiting  float64
	requests uint64
}

func (m *mood) draw(t *rapid.T) {
	m.outcome = rapid.SampledFrom([]model.Outcome{model.Answered, model.Answered, model.Answered, model.Refused, model.TimedOut, model.Unanswered, model.Exiting}).Draw(t, "outcome")
	m.listed = rapid.SampledFrom([][]string{{"1"}, {"1", "2"}, {"2"}, nil}).Draw(t, "versions")
	m.indexed = rapid.SampledFrom([]model.ReplicaState{model.ReplicaReady, model.ReplicaReady, model.ReplicaLoading, model.ReplicaUnavailable}).Draw(t, "state")
	m.steps = rapid.SampledFrom([][]string{nil, {"step"}}).Draw(t, "steps")
	m.waiting = float64(rapid.IntRange(0, 1).Draw(t, "waiting"))
	m.requests = rapid.SampledFrom([]uint64{0, 1, 30}).Draw(t, "requests")
}

// fact draws what a server says next; n are its requests so far.
func (m *mood) fact(t *rapid.T, a model.Answer, n uint64) model.Fact {
	a.Took, a.Outcome, a.Detail = 2*time.Millisecond, m.outcome, "detail"
	switch rapid.IntRange(0, 6).Draw(t, "kind") {
	case 0:
		return model.Indexed{Answer: a, Entries: []model.IndexEntry{{Model: "bert", Version: "1", State: m.indexed, Reason: "words"}}}
	case 1, 2:
		return model.Scraped{Answer: a, HTTPPort: a.Outcome, Gauges: []model.Gauge{{Name: model.GaugePending, Model: "bert", Version: "1", Value: m.waiting}},
			Families: []model.FamilySample{{Family: "kv_cache_usage", Value: m.waiting}, {Family: "tokens", Kind: model.SignalRate, Value: float64(n)}}}
	case 3:
		return model.Probed{Answer: a, Model: "bert", Version: "1", Counted: model.TriOf(a.Outcome == model.Answered)}
	case 4:
		return model.Described{Answer: a, Model: "bert", Version: "1", Steps: m.steps}
	}
	f := model.Polled{Answer: a, Live: model.Yes, Ready: model.TriOf(m.indexed == model.ReplicaReady), Connections: 1}
	for _, v := range m.listed {
		f.Counters = append(f.Counters, model.Counters{Model: "bert", Version: v, Success: model.Sum{Count: n, Ns: n * 9e8}, Fail: model.Sum{Count: n / 7}})
	}
	f.Counters = append(f.Counters, model.Counters{Model: "step", Version: "1", Success: model.Sum{Count: 2 * n, Ns: n * 5e6}})
	return f
}

// inOrder wants every model to have its rows, in the order of the servers.
func inOrder(t *rapid.T, s *State) {
	rows := map[string][]*replica{}
	for i, srv := range s.servers {
		if srv.place != i {
			t.Fatalf("%s is told to be server %d, and is %d", srv.spec.Name, srv.place, i)
		}
		for _, r := range srv.order {
			rows[r.key.Model] = append(rows[r.key.Model], r)
		}
	}
	for _, m := range s.models.sorted {
		if !slices.Equal(m.rows, rows[m.name]) {
			t.Fatalf("%s: %d rows, want %d", m.name, len(m.rows), len(rows[m.name]))
		}
		for i, r := range m.rows {
			if r.of != m || r.place != i || m.said[i].on != r.on || m.said[i].version != r.key.Version {
				t.Fatalf("%s: row %d has place %d, said %+v", m.name, i, r.place, m.said[i])
			}
		}
		delete(rows, m.name)
	}
	if len(rows) > 0 {
		t.Fatalf("models that are missing: %v", rows)
	}
}

// windowless leaves out the minute of the probes, which a view may tell of as it
// was up to a second ago.
func windowless(s *model.Snapshot) *model.Snapshot {
	for i := range s.Servers {
		rs := slices.Clone(s.Servers[i].Replicas)
		for j := range rs {
			p := &rs[j].Probe
			rs[j].Latency, rs[j].Phases = nil, nil
			*p = model.Probe{Configured: p.Configured, Runs: p.Runs, LastAt: p.LastAt, LastOK: p.LastOK, Last: p.Last, Detail: p.Detail, FailedRow: p.FailedRow, TookMs: p.TookMs}
		}
		s.Servers[i].Replicas, s.Servers[i].Latency = rs, nil
	}
	return s
}

// A tick leaves alone what can wait, and a second of history alone makes no view
// anew. Both say the same as judging and viewing all of it each time.
func TestWhatRestsSaysTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lazy, diligent := newScript("a", "b"), newScript("a", "b")
		now := t0
		var m mood
		n := uint64(0)
		for i := range rapid.IntRange(1, 100).Draw(t, "steps") {
			if i == 0 || rapid.IntRange(0, 14).Draw(t, "change") == 0 {
				m.draw(t)
			}
			n += m.requests
			now = now.Add(time.Duration(rapid.SampledFrom([]int{100, 250, 250, 400, 700, 1000, 3100}).Draw(t, "pause")) * time.Millisecond)
			var f model.Fact = model.Ticked{Now: now}
			switch rapid.IntRange(0, 20).Draw(t, "what") {
			case 0:
				f = model.FleetChanged{At: now, Servers: rapid.SampledFrom([][]model.ServerSpec{
					{at("a", "1"), at("b", "1")}, {at("b", "1"), at("c", "1"), at("a", "1")}, {at("a", "2"), at("b", "1")}, {at("a", "1")}}).Draw(t, "fleet")}
			case 1, 2, 3, 4, 5, 6, 7:
			default:
				f = m.fact(t, model.Answer{Server: rapid.SampledFrom([]string{"a", "a", "a", "b"}).Draw(t, "server"), At: now}, n)
			}
			for _, srv := range diligent.servers {
				srv.summed = time.Time{}
			}
			lazy.Apply(f)
			diligent.Apply(f)
			for _, srv := range diligent.servers {
				srv.dirty = true
			}
			inOrder(t, lazy.State)
			got, want := windowless(lazy.Snapshot()), windowless(diligent.Snapshot())
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("step %d, %T: %s", i, f, difference(got, want))
			}
		}
	})
}

// difference names the first part of two servers, models or others that differs.
func difference(got, want *model.Snapshot) string {
	g, w := reflect.ValueOf(*got), reflect.ValueOf(*want)
	for i := range g.NumField() {
		name, a, b := g.Type().Field(i).Name, g.Field(i), w.Field(i)
		for j := 0; a.Kind() == reflect.Slice && j < min(a.Len(), b.Len()); j++ {
			if x, y := a.Index(j).Interface(), b.Index(j).Interface(); !reflect.DeepEqual(x, y) {
				return fmt.Sprintf("%s[%d]:\n%+v\nwant\n%+v", name, j, x, y)
			}
		}
		if !reflect.DeepEqual(a.Interface(), b.Interface()) {
			return fmt.Sprintf("%s:\n%+v\nwant\n%+v", name, a, b)
		}
	}
	return "nothing"
}
