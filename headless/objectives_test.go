package headless

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"tritop/model"
)

// checkObjectives compares objectives with the contract.
func checkObjectives(t *testing.T, name string, list []any) {
	t.Helper()
	for _, x := range list {
		o := x.(map[string]any)
		has(t, name, o, "name", "model", "verdict", "value", "target", "op", "unit", "window_s", "severity", "source", "n", "since", "violations")
		value, verdict := o["value"], o["verdict"]
		if (value == nil) != (o["value_reason"] != nil) || (verdict == "PASS" || verdict == "FAIL") != (o["reason"] == nil) || (verdict == "FAIL") != (o["since"] != nil) && verdict != "FEW" {
			t.Errorf("%s: %v", name, o)
		}
		if (o["unit"] == "ratio") != (o["budget"] != nil) {
			t.Errorf("%s: %v has the budget %v", name, o["name"], o["budget"])
		}
	}
}

func TestObjectivesAsJSON(t *testing.T) {
	t.Parallel()
	s := at(t, "slow-model", 25*time.Second)
	all := objectivesOf(s)
	i := slices.IndexFunc(all, func(x objective) bool { return x.Model == "fraud_scorer" && x.Name == "latency_p99" })
	o := all[i]
	if o.goal != (goal{Op: "<=", Target: 100, Unit: "ms", Window: 60}) || o.Severity != "critical" {
		t.Errorf("%+v", o)
	}
	if o.Verdict != "FAIL" || *o.Value < 100 || o.Source != "triton-summary" || o.Server == "" || o.N < 100 {
		t.Errorf("%+v", o)
	}
	if v := o.Violations; o.Since == nil || len(v) != 1 || v[0].End != nil || v[0].Lasted < 10 {
		t.Errorf("since %v: %+v", o.Since, v)
	}
}

// An objective that fails is a sentence for those who listen.
func TestObjectivesAreSpoken(t *testing.T) {
	t.Parallel()
	s := at(t, "slow-model", 25*time.Second)
	var changes, line strings.Builder
	if _, err := Changes(&changes, s, 0); err != nil {
		t.Fatal(err)
	}
	if err := Line(&line, s); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Z fraud_scorer misses latency_p99 ", " ms, goal at most 100 ms.\n", "Z fleet was HEALTHY, now UNHEALTHY: fraud_scorer: p99 "} {
		if !strings.Contains(changes.String(), want) {
			t.Errorf("no %q in %s", want, changes.String())
		}
	}
	if !strings.Contains(line.String(), "UNHEALTHY. fraud_scorer, for 1") || !strings.Contains(line.String(), " above 100 ms, 2 of 4 objectives fail.") {
		t.Error(line.String())
	}
	if heard(changes.String()+line.String()) != "" {
		t.Errorf("%q in\n%s%s", heard(changes.String()+line.String()), changes.String(), line.String())
	}
	again := model.Event{Kind: model.EventObjective, Model: "m", To: "throughput 120/s, goal ≥ 100/s: met again"}
	if text, _ := sentence(&again); text != "meets again throughput 120/s, goal at least 100/s" {
		t.Error(text)
	}
}

// The table counts what passes, names what fails, and says why nothing is known.
func TestObjectivesInTheTable(t *testing.T) {
	t.Parallel()
	s := at(t, "slow-model", 25*time.Second)
	for i := range 40 {
		o := s.Objectives[0]
		o.Verdict, o.Model, o.Reason = model.ObjectiveNoData, "idle", "no demand"
		if i > 2 {
			o.Verdict, o.Model, o.Reason = model.ObjectiveFail, "m", ""
		}
		s.Objectives = append(s.Objectives, o)
	}
	var b bytes.Buffer
	if err := Table(&b, s); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\nOBJECTIVES 29 pass, 39 fail, 1 have too few samples, 3 no data\n", "\nFAIL     fraud_scorer: latency_p99 ", ", goal <= 100 ms, for 1", "\n         and 19 more\n", "\nNO_DATA  no demand: idle\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
