package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tritop/health"
	"tritop/model"
)

const goldenText = `cases:
  - inputs: [{name: IN, datatype: FP32, shape: [1, 2], data: [1, 2]}]
    expect: [{name: OUT, data: [2, 4], tolerance: 0.1}]
`

// config writes a configuration and a golden set beside it, and reads it.
func withGolden(t *testing.T, text, golden string) (Config, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "g.yaml"), []byte(golden), 0o600); err != nil {
		t.Fatal(err)
	}
	return Parse(filepath.Join(dir, "f.yaml"), []byte("version: 1\nservers: [{name: a, host: h}]\nsources: [{name: prom, kind: prometheus, url: \"http://p:9090\"}]\n"+text))
}

func someChecks(t *testing.T) Config {
	t.Helper()
	c, err := withGolden(t, `checks:
  disk_space: {enabled: false}
  memory_usage: {every: 20s, critical: false, healthy: "70%", degraded: 0.85}
  model_inference: {healthy: 40ms}
  custom:
    - {name: portal, kind: http, url: "http://u:geheim@x/h", expect: "ok", critical: true, every: 2s}
    - {name: disk, kind: promql, source: prom, query: "max(d)", op: "<", target: 90, layer: infrastructure, server: a}
    - {name: script, kind: command, command: [/usr/bin/check_x, -w, "1"]}
models: [{name: bert, golden_set: g.yaml, limits: {degraded: 2s}, allocates_in_advance: true}]
business:
  - {name: good, url: "http://x/metrics", metric: 'd{a="b"}'}
  - {name: bad, source: prom, query: "sum(x)"}
  - {name: score, formula: "good/(good+bad)"}
`, goldenText)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestChecks(t *testing.T) {
	t.Parallel()
	c := someChecks(t)
	k := c.Checks
	if !k.Rules[health.CheckDisk].Off || k.Rules[health.CheckMemory] != (health.CheckRule{Layer: model.Infrastructure, Every: 20 * time.Second, Timeout: 3 * time.Second, Limits: health.Limits{Healthy: 0.7, Degraded: 0.85}}) {
		t.Errorf("%+v", k.Rules)
	}
}

func TestModelsAndBusiness(t *testing.T) {
	t.Parallel()
	c := someChecks(t)
	k := c.Checks
	if got := k.Models["bert"]; !got.InAdvance || got.Inference != (health.Limits{Healthy: 40, Degraded: 2000}) {
		t.Errorf("%+v", got)
	}
	if len(k.Golden) != 1 || k.Golden[0].Model != "bert" || len(k.Golden[0].Cases) != 1 || k.Golden[0].Cases[0].Expect[0].Tolerance != 0.1 {
		t.Errorf("%+v", k.Golden)
	}
	if len(k.Figures) != 2 || len(k.Scores) != 1 || k.Scores[0].Formula.String() != "good/(good+bad)" || len(k.Queried) != 1 || len(c.Later) != 0 {
		t.Errorf("%+v, later %v", k, c.Later)
	}
}

func TestCustomChecks(t *testing.T) {
	t.Parallel()
	c := someChecks(t)
	k := c.Checks
	portal, disk, script := k.Custom[0], k.Custom[1], k.Custom[2]
	if portal.Timeout != 2*time.Second || portal.Layer != model.Application || !portal.Critical || portal.Label() != "http://u:xxxxx@x/h" {
		t.Errorf("%+v %s", portal, portal.Label())
	}
	if disk.Target != 90 || disk.Layer != model.Infrastructure || disk.Server != "a" || disk.Label() != "prom" || script.Label() != "check_x" || script.Every != 30*time.Second {
		t.Errorf("%+v %+v", disk, script)
	}
}

func TestChecksAreShown(t *testing.T) {
	t.Parallel()
	text, err := someChecks(t).Show("yaml")
	if err != nil || !strings.Contains(text, "allocates_in_advance: true") || strings.Contains(text, "geheim") {
		t.Errorf("%s %v", text, err)
	}
}

func TestChecksThatAreWrong(t *testing.T) {
	t.Parallel()
	custom := func(rest string) string { return "checks: {custom: [{name: c, " + rest + "}]}" }
	for text, want := range map[string]string{
		"checks: {disk_space: {healthy: 50ms}}":                                           "4:32: checks.disk_space.healthy: is measured in ratio, found \"50ms\" which is in ms",
		"checks: {api_endpoint: {degraded: 50ms}}":                                        "checks.api_endpoint: healthy (100) and degraded (50) stand the wrong way round",
		"checks: {response_quality: {healthy: 0.5}}":                                      "checks.response_quality: healthy (0.5) and degraded (0.9) stand the wrong way round",
		"checks: {gpu_availability: {healthy: 0.5}}":                                      "this check has no limits",
		"checks: {disk_space: {every: 2s, timeout: 5s}}":                                  "its time-out of 5s is longer than its interval of 2s",
		"checks: {disk_space: {every: 100ms}}":                                            "want at least 1s",
		"checks: {disk_spaec: {}}":                                                        `did you mean "disk_space"`,
		custom("kind: http"):                                                              `a check of kind http needs the key "url"`,
		custom("kind: http, url: x"):                                                      "want http://host:port/path",
		custom("kind: http, url: 'http://x', expect: '('"):                                "4:66: checks.custom[0].expect: not a regular expression: missing closing )",
		custom("kind: http, url: 'http://x', query: q"):                                   "checks.custom[0].query: a check of kind http has no use for it",
		custom("kind: tcp, address: x"):                                                   "want host:port",
		custom("kind: command, command: []"):                                              "want a program and its arguments",
		custom("kind: command, command: 'ls -l'"):                                         "want a list",
		custom("kind: promql, source: prmo, query: q, op: '<', target: 1"):                `no source of kind prometheus is named "prmo" (did you mean "prom"?)`,
		custom("kind: tcp, address: 'x:1', server: b"):                                    `no server is named "b"`,
		custom("kind: tcp, address: 'x:1', timeout: 40s"):                                 "its time-out of 40s is longer than its interval of 30s",
		"checks: {custom: [{name: disk_space, kind: tcp, address: 'x:1'}]}":               `"disk_space" is one of the seven built-in checks`,
		"models: [{name: m, limits: {healthy: 2s}}]":                                      "healthy (2000 ms) is above degraded (100 ms)",
		"models: [{name: m, golden_set: none.yaml}]":                                      "models[0].golden_set: read none.yaml: the file does not exist",
		"business: [{name: s, formula: 'a + (b'}]":                                        "4:36: business[0].formula: column 5 of the formula: this bracket is not closed",
		"business: [{name: good, url: 'http://x', metric: m}, {name: s, formula: 'god'}]": `no figure is named "god" (did you mean "good"?)`,
		"business: [{name: a-b, url: 'http://x', metric: m}]":                             `"a-b" cannot stand in a formula`,
		"business: [{name: a, url: 'http://x', metric: 'm{'}]":                            "the { of \"m{\" is not closed",
		"business: [{name: a, url: 'http://x'}]":                                          "want a source and a query, or a url and a metric",
		"business: [{name: a, formula: '1', url: 'http://x'}]":                            "a formula is worked out of other figures",
	} {
		if _, err := withGolden(t, text, goldenText); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\n%v\nwant %s", text, err, want)
		}
	}
}

func TestGoldenSetsThatAreWrong(t *testing.T) {
	t.Parallel()
	for golden, want := range map[string]string{
		"":            "g.yaml:1:1: the file is empty",
		"cases: []":   "want 1 to 200 of them, found 0",
		"casse: []":   `did you mean "cases"`,
		"cases: [{}]": `the key "inputs" is missing`,
		strings.Replace(goldenText, "[1, 2]", "[1, 3]", 1):         "g.yaml:2:5: cases[0]: input IN: shape [1 3] holds 3 elements, data has 2",
		strings.Replace(goldenText, "FP32", "FP31", 1):             "g.yaml:2:35:",
		strings.Replace(goldenText, "data: [2, 4]", "data: {}", 1): "want a list",
	} {
		if _, err := withGolden(t, "models: [{name: m, golden_set: g.yaml}]", golden); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\n%v\nwant %s", golden, err, want)
		}
	}
}
