package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"tritop/engine"
	"tritop/jsonschema/jsonschematest"
	"tritop/model"
	"tritop/sim"
)

var start = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)

func at(minutes float64) time.Time { return start.Add(time.Duration(minutes * float64(time.Minute))) }

// watched is a session of a scenario.
func watched(tb testing.TB, scenario string, length time.Duration) Facts {
	tb.Helper()
	w, err := sim.New(sim.Options{Scenario: scenario, Seed: 1})
	if err != nil {
		tb.Fatal(err)
	}
	d := sim.NewDirect(w, start)
	st := engine.NewState(engine.Config{Fleet: "demo", Servers: d.Specs(), Probed: d.Probed()})
	d.Until(length, st.Apply)
	s := st.Snapshot()
	return Facts{Fleet: s.Fleet, Origin: "watched", From: s.Started, To: s.Now, Events: s.Events, Snapshot: s}
}

// kept is an hour of a state directory: started, ten minutes degraded, stopped for
// ten, started again.
func kept() Facts {
	e := func(minutes float64, kind model.EventKind, from, to string, v model.Verdict) model.Event {
		return model.Event{At: at(minutes), Kind: kind, From: from, To: to, Verdict: v}
	}
	of := func(server, name string, e model.Event) model.Event {
		e.Server, e.Model = server, name
		return e
	}
	return Facts{Fleet: "prod", Origin: "kept", From: at(0), To: at(60), Gaps: []Span{{To: at(5)}, {at(40), at(50)}},
		Events: []model.Event{
			of("", "bert", e(-30, model.EventObjective, "", "latency_p95 99 ms, goal", model.Degraded)),
			of("", "bert", e(-20, model.EventObjective, "", "latency_p95 9 ms, goal", model.Healthy)),
			of("a", "", e(5, model.EventIdentified, "", "2.66.0", model.Unknown)),
			of("a", "", e(10, model.EventServerState, "ready", "hung", model.Unhealthy)),
			e(10, model.EventVerdict, "HEALTHY", "DEGRADED", model.Degraded),
			of("", "bert", e(11, model.EventObjective, "", "latency_p99 412 ms, goal ≤ 100 ms", model.Unhealthy)),
			of("", "bert", e(12, model.EventObjective, "", "error_rate 4 %, goal ≤ 0.1 %", model.Unhealthy)),
			of("", "bert", e(14, model.EventObjective, "", "latency_p99 50 ms, goal ≤ 100 ms", model.Healthy)),
			of("a", "", e(20, model.EventServerState, "hung", "ready", model.Healthy)),
			e(20, model.EventVerdict, "DEGRADED", "HEALTHY", model.Healthy),
			e(21, model.EventAlert, "", "alert resolved: hung (critical)", model.Healthy),
			of("a", "", e(50, model.EventIdentified, "", "2.66.0", model.Unknown)),
			e(99, model.EventVerdict, "HEALTHY", "UNHEALTHY", model.Unhealthy),
		},
		Requests: []Requests{{"bert", []Bucket{{at(5), 5 * time.Minute, 990, 1000, 300}, {at(10), 5 * time.Minute, 0, 0, 300}}}},
	}
}

func TestWhatWasKept(t *testing.T) {
	t.Parallel()
	d := Of(kept())
	want := map[string]float64{"UNKNOWN": 15 * 60, "HEALTHY": 35 * 60, "DEGRADED": 10 * 60}
	if len(d.Verdicts) != len(want) || d.Verdict != "HEALTHY" {
		t.Errorf("verdicts %+v, at the end %s", d.Verdicts, d.Verdict)
	}
	for _, v := range d.Verdicts {
		if v.Seconds != want[v.Verdict] {
			t.Errorf("%s for %v s, want %v", v.Verdict, v.Seconds, want[v.Verdict])
		}
	}
}

func TestViolationsBeginAndEnd(t *testing.T) {
	t.Parallel()
	d := Of(kept())
	if len(d.Violations) != 2 || d.Violations[0].Lasted == nil || *d.Violations[0].Lasted != 180 || d.Violations[1].To != nil || d.Violations[1].ToWhy == "" {
		t.Errorf("violations %+v", d.Violations)
	}
}

func TestHealthCountsAndAlerts(t *testing.T) {
	t.Parallel()
	d := Of(kept())
	if len(d.Health) != 1 || *d.Health[0].Lasted != 600 || d.Health[0].Object != "a" {
		t.Errorf("health %+v", d.Health)
	}
	if r := d.Requests[0]; r.Requests != 1000 || r.Failures != 10 || *r.Success != .99 || r.Observed != 600 {
		t.Errorf("requests %+v", r)
	}
	if len(d.Alerts) != 1 || len(d.Events) != 10 {
		t.Errorf("%d alerts, %d events", len(d.Alerts), len(d.Events))
	}
}

func TestChartsOfCounts(t *testing.T) {
	t.Parallel()
	d := Of(kept())
	if len(d.Charts) != 2 || *d.Charts[0].Y[1] != 1000./300 || d.Charts[1].Y[2] != nil || d.Charts[0].Y[3] != nil {
		t.Errorf("charts %+v", d.Charts)
	}
}

// A fleet that nobody observes, or of which nothing was heard, is not healthy.
func TestSilenceIsNotHealth(t *testing.T) {
	t.Parallel()
	f := kept()
	f.Gaps = append(f.Gaps, Span{at(55), at(60)})
	if d := Of(f); d.Verdict != "UNKNOWN" || d.Reason != "nobody observes" {
		t.Errorf("after the last record: %s, %s", d.Verdict, d.Reason)
	}
	f = kept()
	f.Events = f.Events[:len(f.Events)-2] // started again, and no server was heard of
	f.Events = append(f.Events, model.Event{At: at(50), Kind: model.EventConfig})
	if d := Of(f); d.Verdict != "UNKNOWN" {
		t.Errorf("nothing was heard since the start: %s", d.Verdict)
	}
	empty := Of(Facts{From: at(0), To: at(60)})
	if empty.Verdict != "UNKNOWN" || len(empty.Verdicts) != 1 || empty.Verdicts[0].Ratio != 1 {
		t.Errorf("nothing at all: %+v", empty)
	}
}

func documents(tb testing.TB) map[string]Document {
	hostile := kept()
	hostile.Fleet, hostile.Notes = "</title><script>alert(1)</script>", []string{"a|b\n# c `d` <img src=x>"}
	hostile.Requests[0].Name = `"><svg onload=x>`
	for i := range hostile.Events {
		hostile.Events[i].Detail = "<script>|\n|--|"
	}
	out := map[string]Document{"kept": Of(kept()), "empty": Of(Facts{From: at(0), To: at(60)}), "hostile": Of(hostile)}
	for _, scenario := range []string{"dead-server", "normal", "blackout"} {
		out[scenario] = Of(watched(tb, scenario, 40*time.Second))
	}
	judged := watched(tb, "normal", 30*time.Second)
	judged.Snapshot.Objectives = []model.ObjectiveState{
		{Objective: model.Objective{Name: "availability", Model: "m", Metric: model.MetricAvailability, Op: model.AtLeastOp, Target: .9999, Window: time.Minute}, Verdict: model.ObjectiveFail, Value: model.Of(.99), N: 100, Over: 2 * time.Minute,
			Budget: &model.Budget{SLO: model.BudgetSpan{Left: model.Of(-.5)}}},
		{Objective: model.Objective{Name: "latency_p99", Model: "m", Metric: model.MetricP99, Target: 100}, Value: model.Missing(model.NotObserved)},
	}
	out["judged"] = Of(judged)
	return out
}

func TestJSONFitsItsSchema(t *testing.T) {
	t.Parallel()
	s, err := JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	valid := jsonschematest.Strict(t, s)
	for name, d := range documents(t) {
		var b bytes.Buffer
		if err := d.JSON(&b); err != nil {
			t.Fatal(err)
		}
		if err := valid(b.Bytes()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var back map[string]any
		if err := json.Unmarshal(b.Bytes(), &back); err != nil || back["schema"] != "tritop/report/v1" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The page is well-formed, needs nothing else, and runs nothing, whatever names say.
func TestThePageIsSelfContained(t *testing.T) {
	t.Parallel()
	for name, d := range documents(t) {
		var b bytes.Buffer
		if err := d.HTML(&b); err != nil {
			t.Fatal(err)
		}
		dec := xml.NewDecoder(&b)
		dec.Strict, dec.AutoClose = false, []string{"meta"}
		charts := 0
		for {
			tok, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if e, ok := tok.(xml.StartElement); ok {
				charts += strings.Count(e.Name.Local, "svg")
				noLoad(t, name, e)
			}
		}
		if charts != len(d.Charts) || name == "normal" && charts < 5 {
			t.Errorf("%s: %d drawings of %d charts", name, charts, len(d.Charts))
		}
	}
}

func noLoad(t *testing.T, name string, e xml.StartElement) {
	t.Helper()
	for _, bad := range []string{"script", "img", "link", "iframe", "object"} {
		if e.Name.Local == bad {
			t.Errorf("%s has a %s", name, bad)
		}
	}
	for _, a := range e.Attr {
		if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "src" || a.Name.Local == "href" {
			t.Errorf("%s: %s has %s=%q", name, e.Name.Local, a.Name.Local, a.Value)
		}
	}
}

func TestMarkdownIsTables(t *testing.T) {
	t.Parallel()
	for name, d := range documents(t) {
		var b bytes.Buffer
		if err := d.Markdown(&b); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		for _, title := range []string{"# tritop report", "## Verdicts", "## Service levels", "## Violations", "## Health", "## Alerts", "## Events", "## Failovers\n\nnone recorded.", "## Scaling"} {
			if !strings.Contains(text, title) {
				t.Errorf("%s: no %q", name, title)
			}
		}
		columns := 0
		for line := range strings.SplitSeq(text, "\n") {
			n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
			if columns > 0 && n > 0 && n != columns {
				t.Errorf("%s: a row of %d instead of %d: %s", name, n, columns, line)
			}
			columns = n
		}
		if strings.Contains(text, "<script") || strings.Contains(text, "\n# c") {
			t.Errorf("%s: a name is more than text", name)
		}
	}
}

func TestServiceLevelsInMarkdown(t *testing.T) {
	t.Parallel()
	d := documents(t)["judged"]
	var b bytes.Buffer
	_ = d.Markdown(&b)
	for _, row := range []string{"| availability | m | FAIL | 99 % | ≥ 99.99 % | 2m0s | - | 100 | -50 % |", "| latency_p99 | m | NO_DATA | " + model.NotObserved.String()} {
		if !strings.Contains(b.String(), row) {
			t.Errorf("no row %q in\n%s", row, b.String())
		}
	}
}
