package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"tritop/model"
)

func TestTargets(t *testing.T) {
	t.Parallel()
	const text = `[
	{"targets": ["10.0.0.1:8001"], "labels": {"name": "eu\u0031", "region": "eu", "zone": "a", "http": "80", "metrics": "0", "job": "triton", "__meta_x": "y"}},
	{"targets": ["10.0.0.2", "[::1]:9001", "h:1/2/3"], "labels": {"region": "us"}},
	{"targets": []}
]`
	want := []model.ServerSpec{{Name: "eu1", Host: "10.0.0.1", GRPC: 8001, HTTP: 80, Metric: 0, Region: "eu", Zone: "a"},
		{Name: "10.0.0.2", Host: "10.0.0.2", GRPC: 8001, HTTP: 8000, Metric: 8002, Region: "us"},
		{Name: "[::1]:9001", Host: "::1", GRPC: 9001, HTTP: 9000, Metric: 9002, Region: "us"},
		{Name: "h:1", Host: "h", GRPC: 1, HTTP: 2, Metric: 3, Region: "us"}}
	const inYAML = `
- targets: ["10.0.0.1:8001"]
  labels: {name: eu1, region: eu, zone: a, http: 80, metrics: 0, job: triton}
- labels: &us {region: us}
  targets: [10.0.0.2, "[::1]:9001", h:1/2/3]
`
	for _, in := range []string{text, inYAML} {
		servers, err := ParseTargets("t", []byte(in))
		if err != nil || len(servers) != len(want) {
			t.Fatalf("%v %+v", err, servers)
		}
		for i, s := range servers {
			if s.Spec != want[i] {
				t.Errorf("%+v, want %+v", s.Spec, want[i])
			}
		}
	}
	for _, none := range []string{"", "[]", "\n# nothing\n", "null", "[{\"targets\": []}]"} {
		if servers, err := ParseTargets("t", []byte(none)); err != nil || len(servers) > 0 {
			t.Errorf("%q: %v %v", none, servers, err)
		}
	}
}

func TestTargetsThatAreWrong(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`[{"targets": ["h:1"`:   "t:1:1: neither JSON nor YAML: ",
		"{}":                    "t:1:1: the file: want a list, found a mapping",
		`["h:8001"]`:            `t:1:2: the file[0]: want a mapping with the keys labels, targets, found the text "h:8001"`,
		`[{"target": ["h:1"]}]`: `t:1:3: the file[0]: unknown key "target" (did you mean "targets"?)`,
		"[{\"targets\": [\"h:1\"]},\n {\"targets\": [\"http://h:2\"]}]":             `t:2:15: target "http://h:2": a scheme such as http:// is not wanted`,
		`[{"targets": ["a=h:1"]}]`:                                                  `want host:port; the name is a label`,
		`[{"targets": ["h:99999"]}]`:                                                `"99999" is no port`,
		`[{"targets": ["h:1"], "labels": {"http": "x"}}]`:                           `t:1:42: the label http: want a port from 0 to 65535, found the text "x"`,
		`[{"targets": ["h:1"], "labels": {"metrics": "65536"}}]`:                    "the label metrics: want a port",
		`[{"targets": ["h:1", "i:1"], "labels": {"name": "a"}}]`:                    "one name for 2 targets",
		"[{\"targets\": [\"h:1\"]},\n{\"targets\": [\"h:1\"]}]":                     `t:2:14: a second server is named "h:1", first in line 1`,
		`[{"targets": ["h:5"]}, {"targets": ["H.:5"], "labels": {"name": "x"}}]`:    `"h:5" and "x" are the same address h:5`,
		`[{"targets": ["h:5/6/7"]}, {"targets": ["h:6"], "labels": {"name": "x"}}]`: `the gRPC port of "x" is the HTTP port of "h:5": h:6`,
		"[]\n---\n[]\n": "more than one document",
		`[{"targets": ["h:1"], "labels": {"name": "\u001b[2J"}}]`: "want",
	} {
		servers, err := ParseTargets("t", []byte(text))
		var ps Problems
		if !errors.As(err, &ps) || !strings.Contains(err.Error(), want) || servers != nil {
			t.Errorf("%s: %v %v, want %s", text, servers, err, want)
		}
	}
	bomb := "- targets: &a [" + strings.Repeat("h:1,", 500) + "]\n" + strings.Repeat("- {targets: *a}\n", 500)
	if _, err := ParseTargets("t", []byte(bomb)); err == nil || !strings.Contains(err.Error(), "aliases repeat without end") {
		t.Errorf("%.200v", err)
	}
}

func TestServersFrom(t *testing.T) {
	t.Parallel()
	parse := func(file, text string) (Config, error) {
		return Parse(file, []byte("version: 1\nservers_from: "+text+"\n"))
	}
	c, err := parse("/etc/tritop/tritop.yaml", "[{file: t.json}, {file: /srv/t.json}, {dns: _triton._tcp.example.org}]")
	if err != nil || fmt.Sprint(c.From) != "[{t.json /etc/tritop/t.json } {/srv/t.json /srv/t.json } {  _triton._tcp.example.org}]" || len(c.Later) > 0 {
		t.Errorf("%+v %v", c.From, err)
	}
	if c, _ := parse("/dev/fd/63", "[{file: t.json}]"); c.From[0].Path != "t.json" {
		t.Errorf("beside a pipe: %+v", c.From)
	}
	if shown, err := c.Show("yaml"); err != nil || !strings.Contains(shown, "servers_from:\n    - file: t.json\n") {
		t.Errorf("%v\n%s", err, shown)
	}
	for text, want := range map[string]string{
		"[{}]":                               "servers_from[0]: want either {file: PATH} or {dns: NAME}",
		"[{file: a, dns: b}]":                "servers_from[0]: want either",
		"[{file: a}, {file: a}]":             `servers_from[1]: the file "a" stands twice`,
		"[{fil: a}]":                         `did you mean "file"?`,
		"[{file: \"\"}]":                     "servers_from[0].file: want",
		"[x]":                                "servers_from[0]: want a mapping",
		"{file: a}":                          "servers_from: want a list",
		"[{dns: a}, {dns: b}, {dns: \"a\"}]": `servers_from[2]: the DNS name "a" stands twice`,
	} {
		if _, err := parse("f", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	// An endpoint may be a server of a list.
	if _, err := parse("f", "[{file: a}]\nservices: [{name: s, endpoints: [{server: far}]}]"); err != nil {
		t.Error(err)
	}
}

// Every section is taken over while tritop runs, is not used yet, or is named as
// one that needs a restart.
func TestRestart(t *testing.T) {
	t.Parallel()
	schema := root()
	for _, key := range slices.Sorted(maps.Keys(schema.keys)) {
		if f := schema.keys[key]; f.later && slices.Contains(live, key) {
			t.Errorf("%s is not used yet and taken over", key)
		}
	}
	schema.keys["access"].later, schema.keys["cluster"].later = false, false
	read := func(text string) Config {
		doc, problems := document("f", []byte(text), "")
		if problems != nil {
			t.Fatal(problems)
		}
		return Config{fixed: fixedSections(doc, schema)}
	}
	one, two := read("fleet: a\naccess: {listen: x}\n"), read("fleet: b\naccess: {listen: y}\ncluster: {prefix: p}\nnotify: [{kind: webhook}]\n")
	if got := two.Restart(one); strings.Join(got, " ") != "access cluster notify" {
		t.Errorf("%v", got)
	}
	if got := one.Restart(read("access: {listen: x}")); len(got) > 0 {
		t.Errorf("%v", got)
	}
}
