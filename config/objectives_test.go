package config

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tritop/model"
	"tritop/sla"
)

func withObjectives(t *testing.T, lines string) Config {
	t.Helper()
	c, err := Parse("t.yaml", []byte("version: 1\n"+lines))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestObjectives(t *testing.T) {
	t.Parallel()
	c := withObjectives(t, `objectives:
  - {name: a, metric: availability, op: ">=", target: 99.9%, period: 8760h}
  - {name: b, model: bert, metric: latency_p99, op: "<", target: 1.5s, window: 2m, severity: critical, runbook: "call us"}
  - {name: c, group: [x, "y-*"], metric: throughput, op: ">", target: 100/s, severity: info, even_when_idle: true}
  - {name: d, metric: error_rate, op: "<=", target: 0.001}
`)
	want := []model.Objective{
		{Name: "a", Model: "*", Metric: model.MetricAvailability, Op: model.AtLeastOp, Target: 0.999, Window: 5 * time.Minute, Severity: model.Warning, Period: 8760 * time.Hour},
		{Name: "b", Model: "bert", Metric: model.MetricP99, Op: model.Below, Target: 1500, Window: 2 * time.Minute, Severity: model.Critical, Runbook: "call us"},
		{Name: "c", Model: "x", Metric: model.MetricThroughput, Op: model.Above, Target: 100, Window: time.Minute, Severity: model.Info, EvenWhenIdle: true},
		{Name: "c", Model: "y-*", Metric: model.MetricThroughput, Op: model.Above, Target: 100, Window: time.Minute, Severity: model.Info, EvenWhenIdle: true},
		{Name: "d", Model: "*", Metric: model.MetricErrorRate, Op: model.AtMostOp, Target: 0.001, Window: 5 * time.Minute, Severity: model.Warning},
	}
	for i := range want {
		if i >= len(c.Objectives) {
			t.Fatalf("%d objectives", len(c.Objectives))
		}
		if got := c.Objectives[i]; got != want[i] {
			t.Errorf("%+v, want %+v", got, want[i])
		}
	}
	if len(c.Later) > 0 || !c.Agreed {
		t.Errorf("later %v, agreed %v", c.Later, c.Agreed)
	}
}

// The file that config init prints shows the objectives that are built in, and its
// examples are right.
func TestTheObjectivesOfInit(t *testing.T) {
	t.Parallel()
	_, rest, _ := strings.Cut(InitText(), "\nobjectives:\n")
	section, _, _ := strings.Cut(rest, "\n\n")
	c := withObjectives(t, "objectives:\n"+section+"\n")
	if !slices.Equal(c.Objectives, sla.Profile(sla.ProfileDefault)) {
		t.Errorf("%+v", c.Objectives)
	}
	all := withObjectives(t, "objectives:\n"+strings.ReplaceAll(section, "#  - ", "  - ")+"\n").Objectives
	if len(all) != len(c.Objectives)+4 || all[len(all)-1].Period != 8760*time.Hour {
		t.Errorf("%+v", all)
	}
}

// No section, or one that says nothing, leaves the built-in ones; an empty list
// means none.
func TestNoObjectives(t *testing.T) {
	t.Parallel()
	for text, agreed := range map[string]bool{"fleet: f\n": false, "objectives:\n": false, "objectives: []\n": true} {
		if c := withObjectives(t, text); c.Agreed != agreed || len(c.Objectives) > 0 {
			t.Errorf("%q: %v %+v", text, c.Agreed, c.Objectives)
		}
	}
	c := withObjectives(t, "services: [{name: s, endpoints: [{name: n, url: \"http://h\"}]}]\nobjectives: [{name: a, service: s, metric: error_rate, op: \"<\", target: 1%}]\n")
	if strings.Join(c.Later, ", ") != "services, objectives of services" || len(c.Objectives) > 0 || !c.Agreed {
		t.Errorf("later %v, %+v", c.Later, c.Objectives)
	}
}

func TestObjectivesThatCannotBeJudged(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		`{name: o, metric: latency_p98, op: "<", target: 1ms}`:                                                                                    `t.yaml:3:23: objectives[0].metric: found "latency_p98" (did you mean "latency_p9`,
		`{name: o, metric: latency_p99, op: "<", target: 100/s}`:                                                                                  `t.yaml:3:53: objectives[0].target: latency_p99 is measured in ms, found "100/s" which is in per_s`,
		`{name: o, metric: error_rate, op: "<", target: 100ms}`:                                                                                   `error_rate is measured in ratio`,
		`{name: o, metric: availability, op: ">", target: 120%}`:                                                                                  `objectives[0].target`,
		`{name: o, metric: error_rate, op: "<", target: 1%, window: 500ms}`:                                                                       `t.yaml:3:64: objectives[0].window: want at least 1s, found "500ms": figures come once a second`,
		`{name: o, metric: error_rate, op: "<", target: 1%, window: 9700h}`:                                                                       `objectives[0].window: want at most 400 days (9600h), found "9700h": counts are kept for 400 days (9600h)`,
		`{name: o, metric: latency_p50, op: "<", target: 1ms, window: 2h}`:                                                                        `objectives[0].window: want at most 1h0m0s, found "2h": percentiles are kept for an hour`,
		`{name: o, metric: latency_p50, op: "<", target: 1ms, period: 720h}`:                                                                      `objectives[0].period: latency_p50 has no error budget`,
		`{name: o, metric: error_rate, op: "<", target: 1%, period: 1h}`:                                                                          `objectives[0].period: want 24h to 400 days (9600h), found "1h"`,
		`{name: o, metric: error_rate, op: "<", target: 1%, even_when_idle: true}`:                                                                `objectives[0].even_when_idle: only throughput`,
		`{name: o, metric: error_rate, op: "<", target: 1%, model: m, group: [n]}`:                                                                `objectives[0]: want one of model, group and service, found model and group`,
		`{name: o, metric: error_rate, op: "<", target: 1%, group: []}`:                                                                           `objectives[0].group: want names of models`,
		`{name: o, metric: error_rate, op: "<", target: 1%, severity: fatal}`:                                                                     `found "fatal"`,
		`{name: o, metric: error_rate, op: "<", target: 1%, servity: info}`:                                                                       `unknown key "servity" (did you mean "service"?)`,
		"{name: o, metric: error_rate, op: \"<\", target: 1%}\n  - {name: o, metric: throughput, op: \">\", target: 1/s}":                         `t.yaml:4:5: objectives[1]: the objective o of * stands twice, first in line 3`,
		"{name: o, group: [a, b], metric: error_rate, op: \"<\", target: 1%}\n  - {name: o, model: b, metric: error_rate, op: \"<\", target: 1%}": `the objective o of b stands twice`,
	} {
		_, err := Parse("t.yaml", []byte("version: 1\nobjectives:\n  - "+line+"\n"))
		var ps Problems
		if !errors.As(err, &ps) || len(ps) != 1 || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\n%v, want %s", line, err, want)
		}
	}
}
