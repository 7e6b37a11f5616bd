package config

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestSources(t *testing.T) {
	t.Parallel()
	c, err := Parse("t.yaml", []byte(`version: 1
sources:
  - {kind: metrics-url, url: "http://10.0.0.1:9400/metrics"}
  - {name: prom, kind: prometheus, url: "http://prom:9090", queries: {latency_seconds: "sum by (le, model) (increase(x_bucket[$window]))"}}
  - {name: box, kind: metrics-url, url: "https://box/metrics", every: 10s, headers: {X-Key: {env: KEY}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Source{{Name: "10.0.0.1:9400", URL: "http://10.0.0.1:9400/metrics", Every: 5 * time.Second},
		{Name: "prom", URL: "http://prom:9090", Every: 15 * time.Second, Prom: true, Queries: map[string]string{QueryLatencySeconds: "sum by (le, model) (increase(x_bucket[$window]))"}},
		{Name: "box", URL: "https://box/metrics", Every: 10 * time.Second, Headers: map[string]Secret{"X-Key": {Env: "KEY"}}}}
	if !reflect.DeepEqual(c.Sources, want) {
		t.Errorf("%+v\nwant %+v", c.Sources, want)
	}
	if len(c.Later) > 0 {
		t.Errorf("later: %q", c.Later)
	}
	text, err := c.Show("yaml")
	if err != nil || !strings.Contains(text, "https://box/metrics") || !strings.Contains(text, "prometheus") {
		t.Errorf("%s %v", text, err)
	}
	again, err := Parse("shown.yaml", []byte(text))
	if err != nil || !reflect.DeepEqual(again.Sources, want) {
		t.Errorf("what show prints is read as %+v, %v", again.Sources, err)
	}
	c, err = Parse("t.yaml", []byte("version: 1\nsources: [{kind: metrics-url, url: \"http://h/m\"}]\n"))
	if err != nil || len(c.Later) > 0 {
		t.Errorf("later %q, %v", c.Later, err)
	}
}

func TestSourcesThatAreWrong(t *testing.T) {
	t.Parallel()
	for want, source := range map[string]string{
		`found "ftp://me:***@h"`: `{kind: metrics-url, url: "ftp://me:hunter2@h"}`,
		`t.yaml:2:36: sources[0].url: want http://host:port/path or https://…, found "box:9400"`:                                             `{kind: metrics-url, url: "box:9400"}`,
		`t.yaml:2:35: sources[0].url: want http://host:port/path or https://…, found "file:///x"`:                                            `{kind: prometheus, url: "file:///x"}`,
		`sources[0].every: want at least 1s, found "10ms"`:                                                                                   `{kind: metrics-url, url: "http://h/m", every: 10ms}`,
		`sources[0].queries: a source of kind metrics-url is not queried: leave them out`:                                                    `{kind: metrics-url, url: "http://h/m", queries: {a: up}}`,
		`sources[0].queries: no query is named "latency_second" (did you mean "latency_seconds"?); there are latency_seconds and latency_ms`: `{kind: prometheus, url: "http://h", queries: {latency_second: "x[$window]"}}`,
		`sources[0].queries.latency_ms: want $window where the query says how far it looks back`:                                             `{kind: prometheus, url: "http://h", queries: {latency_ms: "x[1m]"}}`,
		`sources[0].queries: latency_seconds and latency_ms are the same in two units: want one`:                                             `{kind: prometheus, url: "http://h", queries: {latency_seconds: "x[$window]", latency_ms: "x[$window]"}}`,
		`sources[0].every: want at least 1s, found "1ms"`:                                                                                    `{kind: prometheus, url: "http://h", every: 1ms}`,
		`sources[0].headers.K: want either {env: NAME} or {file: PATH}`:                                                                      `{kind: metrics-url, url: "http://h/m", headers: {K: {}}}`,
		`sources[1]: a second source of h:1, first in line 2: give it a name`:                                                                `{kind: metrics-url, url: "http://h:1/m"}, {kind: metrics-url, url: "http://h:1/n"}`,
		`sources[1]: the name "a" stands twice, first in line 2`:                                                                             `{name: a, kind: metrics-url, url: "http://h:1/m"}, {name: a, kind: metrics-url, url: "http://h:2/n"}`,
		`sources[0].kind: found "dcgm"; allowed: prometheus, metrics-url`:                                                                    `{kind: dcgm, url: "http://h:1/m"}`,
	} {
		_, err := Parse("t.yaml", []byte("version: 1\nsources: ["+source+"]\n"))
		var problems Problems
		if !errors.As(err, &problems) || len(problems) != 1 || !strings.Contains(problems[0].Error(), want) {
			t.Errorf("%s\n%v\nwant %s", source, err, want)
		}
	}
}

// What changed between two configurations, by section; where an address is told,
// nothing secret is.
func TestChanges(t *testing.T) {
	t.Parallel()
	read := func(text string) Config {
		c, err := Parse("f", []byte("version: 1\n"+text))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	const source = "sources: [{kind: metrics-url, url: \"http://u:p@h:1/m?token=s\"}]\n"
	one := read("fleet: a\nservers: [{name: a, host: h}]\n")
	for text, want := range map[string]string{
		"fleet: a\nservers: [{host: h, name: a}] # a comment\n":                            "",
		"fleet: b\nservers: [{name: a, host: h}]\nchecks: {disk_space: {enabled: true}}\n": "fleet checks",
		"fleet: a\n" + source: "servers sources",
		"fleet: a\nservers: [{name: a, host: h}]\nservers_from: [{dns: x}]\nprobes: [{model: m, inputs: [{name: I, datatype: FP32, shape: [1], data: [1]}]}]\n": "servers_from probes",
	} {
		two := read(text)
		if got := strings.Join(two.Changes(one), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if got := strings.Join(one.Changes(two), " "); got != want {
			t.Errorf("back from %q: %q, want %q", text, got, want)
		}
	}
	if got := one.Changes(Config{}); strings.Join(got, " ") != "fleet servers" {
		t.Errorf("from nothing: %v", got)
	}
	if got := read(source).Sources[0].Where(); got != "http://h:1/m" {
		t.Errorf("told address %q", got)
	}
}
