package headless

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tritop/jsonschema/jsonschematest"
	"tritop/model"
)

// Each source says in the document what it can, and why not where it cannot.
func TestLatencyInTheDocument(t *testing.T) {
	t.Parallel()
	no := model.NoPercentiles(model.NoSource)
	some := no
	some.P99, some.P999 = model.Of(40), model.Missing(model.NotObserved)
	counts := model.Window{Seconds: 60, Requests: 3000, MeanMs: model.Of(8)}
	idle := model.Window{MeanMs: model.Missing(model.NoDemand)}
	rows := []model.Replica{
		{Model: "counted", Version: "1", Window: counts},
		{Model: "summarised", Version: "1", Window: idle, Measured: model.Measured{
			Latency: []model.Latency{{Source: model.FromSummary, Window: time.Minute, N: 3000, Mean: model.Of(8), Percentiles: some, Max: model.Missing(model.NoSource), Part: "GPU-1"}},
			Phases:  []model.Latency{{Source: model.FromSummary, Window: time.Minute, N: 3000, Mean: model.Of(1), Percentiles: no, Max: model.Missing(model.NoSource), Phase: model.InQueue}}}},
		{Model: "first", Version: "1", Window: idle, Measured: model.Measured{Latency: []model.Latency{{Source: model.FromHistogram, Window: time.Minute, N: 200, Mean: model.Of(80),
			Percentiles: no, Phase: model.FirstResponse, Shares: []model.AtMost{{Edge: 100, Ratio: 0.75}, {Edge: 500, Ratio: 1}}}}}},
		{Model: "probed", Version: "1", Window: idle, Measured: model.Measured{Probe: model.Probe{Configured: true}}},
		{Model: "away", Version: "1", Window: idle, Trouble: model.ServerUnreached},
	}
	doc := printed(t, &model.Snapshot{Now: start, Servers: []model.Server{{Replicas: rows}}, Models: []model.Model{{Name: "counted", Window: counts}}})
	fitsTheSchema(t, doc)
	var got struct {
		Models  []struct{ Latency []map[string]any }
		Servers []struct {
			Models []struct {
				Name    string
				Latency []map[string]any
				Phases  []map[string]any `json:"latency_phases"`
				Hint    string           `json:"latency_hint"`
			}
		}
	}
	if err := json.Unmarshal([]byte(doc), &got); err != nil {
		t.Fatal(err)
	}
	m := got.Servers[0].Models
	mean := map[string]any{"source": "mean", "n": 3000.0, "window_s": 60.0, "mean_ms": 8.0}
	shares := []any{map[string]any{"at_most_ms": 100.0, "ratio": 0.75}, map[string]any{"at_most_ms": 500.0, "ratio": 1.0}}
	holds(t, "counters", m[0].Latency, mean)
	holds(t, "the model's counters", got.Models[0].Latency, mean)
	holds(t, "summary", m[1].Latency, map[string]any{"p99_ms": 40.0, "gpu": "GPU-1", "p50_ms": nil, "max_ms_reason": "not available from this source", "p999_ms_reason": "no data"})
	holds(t, "phases", m[1].Phases, map[string]any{"phase": "queue", "mean_ms": 1.0})
	holds(t, "histogram", m[2].Latency, map[string]any{"source": "triton-histogram", "phase": "first_response", "n": 200.0, "shares": shares})
	if _, there := m[0].Latency[0]["p50_ms"]; there {
		t.Error("a mean has a percentile")
	}
	for _, row := range m {
		if want := row.Name == "counted" || row.Name == "first"; want != hinted(row.Hint) {
			t.Errorf("%s: hint %q", row.Name, row.Hint)
		}
	}
}

// holds wants one latency with these values among its own.
func holds(t *testing.T, what string, got []map[string]any, want map[string]any) {
	t.Helper()
	if len(got) != 1 {
		t.Fatalf("%s: %v", what, got)
	}
	for k, v := range want {
		if !reflect.DeepEqual(got[0][k], v) {
			t.Errorf("%s: %s is %v, want %v", what, k, got[0][k], v)
		}
	}
}

func hinted(hint string) bool {
	words := []string{"not available from this source", "tritop probe init", "summary_latencies=true"}
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(hint, w) })
}

func fitsTheSchema(t *testing.T, doc string) {
	t.Helper()
	schema, err := CheckSchema()
	if err != nil {
		t.Fatal(err)
	}
	if err := jsonschematest.Strict(t, schema)([]byte(doc)); err != nil {
		t.Error(err)
	}
}
