package headless

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"tritop/engine"
	"tritop/model"
	"tritop/sim"
	"tritop/sla"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var start = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)

// at gives the snapshot of a scenario at a moment of simulated time.
func at(tb testing.TB, scenario string, length time.Duration) *model.Snapshot {
	tb.Helper()
	w, err := sim.New(sim.Options{Scenario: scenario, Seed: 1})
	if err != nil {
		tb.Fatal(err)
	}
	d := sim.NewDirect(w, start)
	st := engine.NewState(engine.Config{Fleet: "demo", Servers: d.Specs(), Probed: d.Probed(), Objectives: sla.Profile(sla.ProfileDefault), Notices: []model.Notice{{Text: "simulated fleet, scenario " + scenario}}})
	d.Until(length, st.Apply)
	return st.Snapshot()
}

// empty is the moment before anything was heard.
func empty() *model.Snapshot {
	st := engine.NewState(engine.Config{Fleet: "prod-eu", Servers: []model.ServerSpec{{Name: "triton-a", Host: "10.0.0.1", GRPC: 8001}, {Name: "v6", Host: "::1", GRPC: 8001}}})
	st.Apply(model.Ticked{Now: start})
	return st.Snapshot()
}

// snapshots are one of each scenario after its fault, some more, and nothing.
func snapshots(tb testing.TB) map[string]*model.Snapshot {
	out := map[string]*model.Snapshot{"empty": empty(), "just begun": at(tb, "normal", time.Second), "no servers": engine.NewState(engine.Config{}).Snapshot()}
	for _, s := range sim.Scenarios() {
		out[s.Name] = at(tb, s.Name, 25*time.Second)
	}
	return out
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("no golden file: %v (go test ./headless -update writes it)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at both, then go test ./headless -update\n--- want\n%s\n--- got\n%s", name, want, got)
	}
}

func printed(tb testing.TB, s *model.Snapshot) string {
	tb.Helper()
	var b bytes.Buffer
	if err := JSON(&b, s, true); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

func table(tb testing.TB, s *model.Snapshot) string {
	tb.Helper()
	var b bytes.Buffer
	if err := Table(&b, s); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// The documents as a script sees them: a server that died, one of three (the
// whole fleet would be a thousand lines more), and the moment before anything is known.
func TestGoldenJSON(t *testing.T) {
	t.Parallel()
	s := *at(t, "dead-server", 12*time.Second)
	s.Servers = s.Servers[1:4:4]
	for i := range s.Servers {
		s.Servers[i].Replicas = s.Servers[i].Replicas[:2]
	}
	s.Sources = s.Sources[:5]
	golden(t, "dead-server.json", printed(t, &s))
	golden(t, "empty.json", printed(t, empty()))
}

func TestGoldenTables(t *testing.T) {
	t.Parallel()
	all := snapshots(t)
	for _, name := range []string{"empty", "ready-lies", "bad-version", "blackout", "gpu-lost"} {
		golden(t, name+".txt", table(t, all[name]))
	}
}

func TestTablesFit80Columns(t *testing.T) {
	t.Parallel()
	for name, s := range snapshots(t) {
		for i, line := range strings.Split(table(t, s), "\n") {
			if utf8.RuneCountInString(line) > columns || strings.TrimRight(line, " ") != line {
				t.Errorf("%s, line %d: %d columns, or blanks at its end: %q", name, i+1, utf8.RuneCountInString(line), line)
			}
		}
	}
}

// What stands in every document, as the contract names it.
func TestTheShapeOfTheContract(t *testing.T) {
	t.Parallel()
	for name, s := range snapshots(t) {
		var doc map[string]any
		if err := json.Unmarshal([]byte(printed(t, s)), &doc); err != nil {
			t.Fatal(err)
		}
		has(t, name, doc, "schema", "at", "fleet", "verdict", "servers", "gpus", "hosts", "objectives", "checks", "services", "alerts", "totals")
		if doc["schema"] != "tritop/check/v1" {
			t.Errorf("%s: schema %v", name, doc["schema"])
		}
		for _, key := range []string{"services"} {
			if l, ok := doc[key].([]any); !ok || len(l) > 0 {
				t.Errorf("%s: %s is %v, want an empty list until its function is there", name, key, doc[key])
			}
		}
		checkObjectives(t, name, doc["objectives"].([]any))
		for _, c := range doc["checks"].([]any) {
			has(t, name, c.(map[string]any), "name", "layer", "target", "status", "critical", "message", "duration_ms", "at", "since", "details")
		}
		has(t, name, doc["totals"].(map[string]any), "servers", "models", "rps", "requests_total", "failures_total")
		for _, srv := range doc["servers"].([]any) {
			checkServer(t, name, srv.(map[string]any))
		}
		for _, g := range doc["gpus"].([]any) {
			has(t, name, g.(map[string]any), "server", "uuid", "name", "util_ratio", "memory_used_bytes", "memory_total_bytes", "power_w", "temperature_c", "source", "state", "reason", "since")
		}
		for _, h := range doc["hosts"].([]any) {
			has(t, name, h.(map[string]any), "name", "source", "cpu_ratio", "memory_used_bytes", "memory_total_bytes", "disks")
		}
	}
}

func checkServer(t *testing.T, name string, srv map[string]any) {
	t.Helper()
	has(t, name, srv, "name", "state", "reason", "live", "ready", "triton_version", "age_ms", "models")
	words := []string{"no data", "ready", "not ready", "starting", "stopping", "not listening", "hung", "stale", "stalled", "says ready, cannot infer", "unreadable"}
	if !slices.Contains([]string{"HEALTHY", "DEGRADED", "UNHEALTHY", "UNKNOWN"}, srv["state"].(string)) || !slices.Contains(words, srv["word"].(string)) {
		t.Errorf("%s: state %v, word %v", name, srv["state"], srv["word"])
	}
	// bad-version and the like are about a model version: its server's word is ready
	if word := srv["word"].(string); word != "ready" && !strings.Contains(srv["reason"].(string), word) {
		t.Errorf("%s: the reason %q does not hold the word %q", name, srv["reason"], word)
	}
	for _, m := range srv["models"].([]any) {
		row := m.(map[string]any)
		has(t, name, row, "name", "version", "state", "reason", "epoch", "requests_total", "failures_total", "probes_total", "batch_sizes", "rps", "error_ratio", "queue_ms_mean", "compute_ms_mean", "latency")
		if !slices.Contains([]string{"READY", "LOADING", "UNLOADING", "UNAVAILABLE", "UNKNOWN"}, row["state"].(string)) {
			t.Errorf("%s: model state %v", name, row["state"])
		}
		for _, l := range row["latency"].([]any) {
			checkLatency(t, name, l.(map[string]any))
		}
	}
}

func checkLatency(t *testing.T, name string, l map[string]any) {
	t.Helper()
	has(t, name, l, "source", "n", "window_s", "mean_ms")
	percentile := slices.ContainsFunc([]string{"p50_ms", "p90_ms", "p95_ms", "p99_ms", "p999_ms", "max_ms"}, func(k string) bool { _, ok := l[k]; return ok })
	if percentile != (l["source"] == "probe" || l["source"] == "triton-summary") {
		t.Errorf("%s: source %v with percentiles: %v", name, l["source"], percentile)
	}
	if n := l["n"].(float64); n < 1000 && l["p999_ms"] != nil || n < 100 && l["p99_ms"] != nil || n < 20 && l["p95_ms"] != nil {
		t.Errorf("%s: a percentile that %v times cannot carry", name, n)
	}
}

func has(t *testing.T, name string, doc map[string]any, keys ...string) {
	t.Helper()
	for _, k := range keys {
		if _, ok := doc[k]; !ok {
			t.Errorf("%s: the key %q is missing in %v", name, k, doc)
		}
	}
}

// Every null says why, nothing that is known carries a reason of absence, and
// every time is RFC 3339 in UTC.
func TestEveryNullHasItsReason(t *testing.T) {
	t.Parallel()
	for name, s := range snapshots(t) {
		var doc any
		if err := json.Unmarshal([]byte(printed(t, s)), &doc); err != nil {
			t.Fatal(err)
		}
		walk(t, name, doc)
	}
}

func walk(t *testing.T, path string, v any) {
	t.Helper()
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			walk(t, fmt.Sprintf("%s[%d]", path, i), item)
		}
	case map[string]any:
		for k, item := range v {
			reason, _ := v[k+"_reason"].(string)
			if (item == nil) != (reason != "") {
				t.Errorf("%s.%s is %v, and its reason %q", path, k, item, reason)
			}
			if text, ok := item.(string); ok && slices.Contains([]string{"at", "since", "epoch", "last_ok"}, k) {
				isTime(t, path+"."+k, text)
			}
			walk(t, path+"."+k, item)
		}
	case nil:
		if strings.HasSuffix(path, "]") {
			t.Errorf("%s is null", path)
		}
	}
}

func isTime(t *testing.T, path, text string) {
	t.Helper()
	if at, err := time.Parse(time.RFC3339, text); err != nil || !strings.HasSuffix(text, "Z") || at.Year() != 2026 && at.Year() != 1 {
		t.Errorf("%s is %q: %v", path, text, err)
	}
}

// What is not known is never 0: not a single figure of a fleet of which nothing
// is known, and none about users of a server that gives no answer.
func TestUnknownIsNeverZero(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*model.Snapshot{"empty": empty(), "blackout": at(t, "blackout", 25*time.Second), "dead-server": at(t, "dead-server", 25*time.Second)} {
		var doc struct {
			Servers []map[string]any
			Totals  map[string]any
		}
		if err := json.Unmarshal([]byte(printed(t, s)), &doc); err != nil {
			t.Fatal(err)
		}
		if name != "dead-server" {
			neverZero(t, name+" totals", doc.Totals)
		}
		for _, srv := range doc.Servers {
			if srv["state"] == "HEALTHY" {
				continue
			}
			neverZero(t, name, srv)
			for _, m := range srv["models"].([]any) {
				neverZero(t, name, m.(map[string]any))
			}
			if name == "empty" && (srv["live"] != nil || srv["ready"] != nil || srv["triton_version"] != nil) {
				t.Errorf("nobody answered, and yet live %v, ready %v, version %v", srv["live"], srv["ready"], srv["triton_version"])
			}
		}
	}
}

func neverZero(t *testing.T, name string, o map[string]any) {
	t.Helper()
	for _, k := range []string{"rps", "error_ratio", "queue_ms_mean", "compute_ms_mean", "pending", "requests_total", "age_ms", "batch_sizes"} {
		if o[k] == 0.0 {
			t.Errorf("%s: %s of %v is 0", name, k, o["name"])
		}
	}
	if o["failures_total"] == 0.0 && o["requests_total"] == nil { // beside a count of requests it is really none
		t.Errorf("%s: failures_total of %v is 0", name, o["name"])
	}
}

// live is false when refused, null when hung or never asked.
func TestLiveIsWhatTheContractSays(t *testing.T) {
	t.Parallel()
	for scenario, want := range map[string]struct {
		server int
		live   string
		state  string
	}{"dead-server": {1, "false", "UNHEALTHY"}, "hung-server": {2, "null", "UNHEALTHY"}, "blackout": {0, "null", "UNKNOWN"}, "ready-lies": {3, "true", "UNHEALTHY"}, "normal": {0, "true", "HEALTHY"}} {
		var doc struct {
			Servers []struct {
				Live  json.RawMessage
				State string
			}
		}
		if err := json.Unmarshal([]byte(printed(t, at(t, scenario, 25*time.Second))), &doc); err != nil {
			t.Fatal(err)
		}
		if got := doc.Servers[want.server]; string(got.Live) != want.live || got.State != want.state {
			t.Errorf("%s: live %s, state %s, want %s, %s", scenario, got.Live, got.State, want.live, want.state)
		}
	}
}

// The table names what is broken, since when, and on the strength of what.
func TestTablesNameTheFault(t *testing.T) {
	t.Parallel()
	for scenario, want := range map[string][]string{
		"normal":      {"HEALTHY demo\n", "note: simulated fleet, scenario normal"},
		"dead-server": {"UNHEALTHY demo: eu1-gpu-02: not listening", "connection refused"},
		"hung-server": {"us1-gpu-01: hung", "UNHEALTHY hung"},
		"ready-lies":  {"us1-gpu-02: says ready, cannot infer", "fraud_scorer v7", "Stub process"},
		"stalled":     {"fraud_scorer v7: stalled", "on "},
		"bad-version": {"UNHEALTHY demo", "text_classifier v3: ", "% of users' requests fail", "changed just before, at 14:00:0"},
		"blackout":    {"UNKNOWN demo", "no data"},
	} {
		text := table(t, at(t, scenario, 25*time.Second))
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is not in\n%s", scenario, w, text)
			}
		}
	}
}

// Servers in one state for different reasons: none of the reasons is lost.
func TestTablesKeepEveryReason(t *testing.T) {
	t.Parallel()
	st := engine.NewState(engine.Config{Fleet: "f", Servers: []model.ServerSpec{{Name: "a"}, {Name: "b"}, {Name: "c"}}})
	st.Apply(model.Ticked{Now: start})
	for server, why := range map[string]string{"a": "speaks no TLS", "b": "an HTTP server answers", "c": "speaks no TLS"} {
		st.Apply(model.Polled{Answer: model.Answer{Server: server, At: start.Add(time.Second), Outcome: model.Foreign, Detail: why}})
	}
	st.Apply(model.Ticked{Now: start.Add(time.Second)})
	text := table(t, st.Snapshot())
	for _, w := range []string{"speaks no TLS", "an HTTP server answers"} {
		if !strings.Contains(text, w) {
			t.Errorf("%q is lost in\n%s", w, text)
		}
	}
}

// A figure that a metrics text calls NaN has no word in JSON, and breaks none.
func TestNotANumber(t *testing.T) {
	t.Parallel()
	s := *at(t, "normal", 5*time.Second)
	s.Servers = slices.Clone(s.Servers[:1])
	s.Servers[0].Replicas = slices.Clone(s.Servers[0].Replicas[:1])
	s.Servers[0].Replicas[0].Pending = model.Of(math.NaN())
	s.Servers[0].Window.Rate = model.Of(math.Inf(1))
	if text := printed(t, &s); !strings.Contains(text, `"pending_reason": "not a number"`) {
		t.Error(text)
	}
	if text := table(t, &s); strings.Contains(text, "Inf") {
		t.Error(text)
	}
}

// Names were cleaned at the edge; the longest there can be tears no line apart.
func TestLongNames(t *testing.T) {
	t.Parallel()
	s := *at(t, "normal", 5*time.Second)
	s.Servers = slices.Clone(s.Servers)
	s.Servers[0].Name = model.CleanName(strings.Repeat("x", 500))
	text := table(t, &s)
	if !strings.Contains(text, s.Servers[0].Name) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
		t.Error(text)
	}
}

func TestFiguresForPeople(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{0: "0", 0.25: "0.2", 9.96: "10.0", 64.4: "64", 4800: "4800", 12345: "12.3k", 3.21e6: "3.2M", 7e9: "7.0G"} {
		if got := Short(model.Of(v)); got != want {
			t.Errorf("%g: %s, want %s", v, got, want)
		}
	}
	if Short(model.Missing(model.NoDemand)) != "-" || Percent(model.Missing(model.NoDemand)) != "-" || Percent(model.Of(0.2071)) != "20.71" {
		t.Error("a missing figure or a ratio is printed wrongly")
	}
	for d, want := range map[time.Duration]string{-time.Second: "0s", 59900 * time.Millisecond: "59s", 190 * time.Second: "3m10s", 125 * time.Minute: "2h05m", 80 * time.Hour: "3d"} {
		if got := Age(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}
