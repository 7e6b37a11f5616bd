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
  - {name: prom, kind: prometheus, url: "http://prom:9090", queries: {a: up}}
  - {name: box, kind: metrics-url, url: "https://box/metrics", every: 10s, headers: {X-Key: {env: KEY}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Source{{Name: "10.0.0.1:9400", URL: "http://10.0.0.1:9400/metrics", Every: 5 * time.Second},
		{Name: "box", URL: "https://box/metrics", Every: 10 * time.Second, Headers: map[string]Secret{"X-Key": {Env: "KEY"}}}}
	if !reflect.DeepEqual(c.Sources, want) {
		t.Errorf("%+v\nwant %+v", c.Sources, want)
	}
	if got := strings.Join(c.Later, ", "); got != "queries of sources of kind prometheus" {
		t.Errorf("later: %q", got)
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
		`t.yaml:2:36: sources[0].url: want http://host:port/path or https://…, found "box:9400"`:  `{kind: metrics-url, url: "box:9400"}`,
		`t.yaml:2:35: sources[0].url: want http://host:port/path or https://…, found "file:///x"`: `{kind: prometheus, url: "file:///x"}`,
		`sources[0].every: want at least 1s, found "10ms"`:                                        `{kind: metrics-url, url: "http://h/m", every: 10ms}`,
		`sources[0].queries: a source of kind metrics-url is not queried: leave them out`:         `{kind: metrics-url, url: "http://h/m", queries: {a: up}}`,
		`sources[0].headers.K: want either {env: NAME} or {file: PATH}`:                           `{kind: metrics-url, url: "http://h/m", headers: {K: {}}}`,
		`sources[1]: a second source of h:1, first in line 2: give it a name`:                     `{kind: metrics-url, url: "http://h:1/m"}, {kind: metrics-url, url: "http://h:1/n"}`,
		`sources[1]: the name "a" stands twice, first in line 2`:                                  `{name: a, kind: metrics-url, url: "http://h:1/m"}, {name: a, kind: metrics-url, url: "http://h:2/n"}`,
		`sources[0].kind: found "dcgm"; allowed: prometheus, metrics-url`:                         `{kind: dcgm, url: "http://h:1/m"}`,
	} {
		_, err := Parse("t.yaml", []byte("version: 1\nsources: ["+source+"]\n"))
		var problems Problems
		if !errors.As(err, &problems) || len(problems) != 1 || !strings.Contains(problems[0].Error(), want) {
			t.Errorf("%s\n%v\nwant %s", source, err, want)
		}
	}
}
