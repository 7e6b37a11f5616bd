package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestInitIsValidAndShowsAllSections(t *testing.T) {
	t.Parallel()
	c, err := Parse("init", []byte(InitText()))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Servers) != 1 || len(c.Later) != 0 || c.Fleet != "my-fleet" {
		t.Errorf("%+v", c)
	}
	for key := range root().keys {
		if !strings.Contains(InitText(), key+":") {
			t.Errorf("config init does not show %s", key)
		}
	}
}

// Everything that is commented out must be right too.
func TestTheCommentsOfInitAreValid(t *testing.T) {
	t.Parallel()
	var all []string
	_, tail, _ := strings.Cut(InitText(), "# What follows")
	for _, line := range strings.Split(tail, "\n") {
		rest, isComment := strings.CutPrefix(line, "# ")
		if isComment && (strings.HasPrefix(rest, "  ") || strings.HasSuffix(strings.Fields(rest + " x")[0], ":")) {
			all = append(all, rest)
		}
	}
	full := "version: 1\nservers: [{name: triton-a, host: h}]\n" + strings.Join(all, "\n") + "\n"
	c, err := Parse("full", []byte(full))
	if err != nil {
		t.Fatalf("%v\n%s", err, full)
	}
	if strings.Join(c.Later, " ") != "services" {
		t.Errorf("not used yet: %v", c.Later)
	}
}

// contract is the example of the project's surface description.
func contract(t *testing.T) Config {
	t.Helper()
	text, err := os.ReadFile("testdata/contract.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse("contract.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheShapeOfTheContract(t *testing.T) {
	t.Parallel()
	c := contract(t)
	if len(c.Servers) != 2 || len(c.Probes) != 1 || strings.Join(c.Later, " ") != "services" || len(c.Objectives) != 1 {
		t.Errorf("%d servers, %d probes, later %v", len(c.Servers), len(c.Probes), c.Later)
	}
	if c.Servers[1].Headers["X-Key"].Env != "TRITON_KEY" || c.Servers[1].TLS.CA != "/etc/ca.pem" || c.Servers[0].Spec.Zone != "us-west-1a" {
		t.Errorf("%+v", c.Servers)
	}
}

func TestAllProblemsAtOnceWithTheirPlaces(t *testing.T) {
	t.Parallel()
	text := `version: 2
flet: prod
servers:
  - {name: a, host: h, grpc: 80011, region: x}
  - {name: a, host: h2}
  - {name: c, host: h2, colour: red}
  - {host: "http://x"}
probes:
  - model: m
    every: 5
    inputs: [{name: I, datatype: FP31, shape: [1, 4], data: [1]}]
  - model: n
    inputs: [{name: I, datatype: FP32, shape: [1, 4], data: [1]}]
objectives:
  - {name: o, metric: latency_p99, op: "=<", target: 0.5%}
services:
  - name: s
    endpoints:
      - {server: aa, weight: 300}
      - {url: "http://g"}
`
	_, err := Parse("t.yaml", []byte(text))
	var ps Problems
	if !errors.As(err, &ps) {
		t.Fatal(err)
	}
	for _, want := range []string{
		"t.yaml:1:10: version: want 1, found \"2\"",
		"t.yaml:2:1: the file: unknown key \"flet\" (did you mean \"fleet\"?); allowed: access,",
		"t.yaml:4:30: servers[0].grpc: want a whole number from 0 to 65535, found \"80011\"",
		"servers[1]: the server \"a\" stands twice, first in line 4",
		"servers[2]: the address h2:8001 is that of server \"a\" already",
		"servers[2]: unknown key \"colour\"",
		"servers[3]: the key \"name\" is missing",
		"servers[3].host: want a host name or address without scheme",
		"probes[0].every: want a duration such as 100ms, 5s or 1h, found \"5\"",
		"found \"FP31\" (did you mean \"FP32\"?); allowed: BOOL",
		"probes[1] (n): input I: shape [1 4] holds 4 elements, data has 1",
		"found \"=<\"",
		"objectives[0].target: latency_p99 is measured in ms, found \"0.5%\" which is in ratio",
		"no server is named \"aa\" (did you mean \"a\"?)",
		"weight: want a whole number from 0 to 256, found \"300\"",
		"an endpoint with a url needs a name",
	} {
		if strings.Contains(want, "aa") && !strings.Contains(err.Error(), want) {
			want = "no server is named \"aa\"" // one letter is too little to guess from
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing: %s", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}

func TestHostileFiles(t *testing.T) {
	t.Parallel()
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for i := 'b'; i < 'j'; i++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", i-1), 10), ","))
	}
	for name, c := range map[string]struct{ text, why string }{
		"empty":                 {"", "empty"},
		"only comments":         {"# nothing\n", "empty"},
		"a list":                {"- a\n", "want a mapping"},
		"a word":                {"hello", "want a mapping"},
		"tabs":                  {"version: 1\n\tfleet: x\n", "not YAML"},
		"unclosed":              {"version: [1\n", "not YAML"},
		"two documents":         {"version: 1\n---\nversion: 1\n", "more than one document"},
		"duplicate keys":        {"version: 1\nversion: 1\n", "stands twice"},
		"binary":                {"\x00\x01\x02", "not YAML"},
		"an alias bomb":         {bomb, "unknown key"},
		"alias in itself":       {"servers: &s [*s]\n", ""},
		"secret in text":        {"version: 1\nservers: [{name: a, host: h, headers: {K: plain}}]\n", "want a mapping with the keys env, file"},
		"a secret is no text":   {"version: 1\nservers: [{name: a, host: h, headers: {K: hunter2}}]\n", "a secret never stands in the file itself"},
		"a host with a scheme":  {"version: 1\nservers: [{name: a, host: \"http://h\"}]\n", "without scheme"},
		"a host with a port":    {"version: 1\nservers: [{name: a, host: \"h:8001\"}]\n", "ports have keys of their own"},
		"a host that is two":    {"version: 1\nservers: [{name: a, host: \"::1\"}, {name: b, host: \"[0:0::1]\"}]\n", "is that of server \"a\" already"},
		"escape in a name":      {"version: 1\nservers: [{name: \"a\\e[2J\", host: h}]\n", "want a text of printable characters"},
		"escape in a host":      {"version: 1\nservers: [{name: a, host: \"h\\e[2J\"}]\n", "want a text of printable characters"},
		"escape in a key":       {"version: 1\n\"\\e[2J\": 1\n", "unknown key \"\\x1b[2J\""},
		"a number in quotes":    {"version: 1\nservers: [{name: a, host: h, grpc: \"8001\"}]\n", "found the text \"8001\""},
		"a port out of range":   {"version: 1\nservers: [{name: a, host: h, http: -1}]\n", "from 0 to 65535"},
		"a huge number":         {"version: 1\nservers: [{name: a, host: h, http: 99999999999999999999}]\n", "from 0 to 65535"},
		"a list for a text":     {"version: 1\nfleet: [a]\n", "found a list"},
		"a mapping for a list":  {"version: 1\nservers: {name: a}\n", "servers: want a list, found a mapping"},
		"nothing for a name":    {"version: 1\nfleet:\n", "found nothing"},
		"no version":            {"fleet: x\n", "the key \"version\" is missing"},
		"a negative duration":   {"version: 1\nprobes: [{model: m, every: -5s, inputs: []}]\n", "want a duration"},
		"a model's label twice": {"version: 1\nmodels: [{name: m}, {name: m}]\n", "the name \"m\" stands twice"},
		"a service of nobody":   {"version: 1\nservers: [{name: triton-a, host: h}]\nservices: [{name: s, endpoints: [{server: triton-b}]}]\n", "no server is named \"triton-b\" (did you mean \"triton-a\"?)"},
		"a service without any": {"version: 1\nservices: [{name: s}]\n", "the key \"endpoints\" is missing"},
		"secret both ways":      {"version: 1\nservers: [{name: a, host: h, headers: {K: {env: A, file: B}}}]\n", "either {env: NAME} or {file: PATH}"},
		"the fatal header":      {"version: 1\nservers: [{name: a, host: h, headers: {triton_grpc_error: {env: A}}}]\n", "crashes Triton"},
		"half a TLS pair":       {"version: 1\nservers: [{name: a, host: h, tls: {cert: c}}]\n", "cert and key go together"},
		"gRPC port 0":           {"version: 1\nservers: [{name: a, host: h, grpc: 0}]\n", "cannot do without gRPC"},
		"endpoint twice":        {"version: 1\nservers: [{name: a, host: h}]\nservices: [{name: s, endpoints: [{server: a}]}, {name: t, endpoints: [{server: a}]}]\n", "endpoint of service \"s\" already"},
		"the same probe":        {"version: 1\nprobes:\n - {model: m, inputs: []}\n - {model: m, inputs: []}\n", "a second probe"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse("f", []byte(c.text))
			var ps Problems
			if !errors.As(err, &ps) || !strings.Contains(err.Error(), c.why) {
				t.Fatalf("%v, want %q", err, c.why)
			}
			for _, p := range ps {
				if p.Line < 1 || p.Column < 1 {
					t.Errorf("no place: %v", p)
				}
			}
			if strings.ContainsAny(err.Error(), "\x1b\x07") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("an escape sequence or a secret is repeated: %q", err)
			}
		})
	}
}

// FuzzConfig: whatever the file, either it is used, or every problem has its place.
func FuzzConfig(f *testing.F) {
	f.Add([]byte(InitText()))
	contract, _ := os.ReadFile("testdata/contract.yaml")
	f.Add(contract)
	f.Add([]byte("servers: &s [*s]\n"))
	f.Add([]byte("version: 1\nprobes: [{model: m, inputs: [{name: a, datatype: BYTES, shape: [1], data: [x]}]}]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse("f", text)
		if err == nil {
			if _, err := c.Show("json"); err != nil {
				t.Fatalf("cannot be shown: %v", err)
			}
		}
		var ps Problems
		if err != nil && !errors.As(err, &ps) {
			t.Fatalf("an error without a place: %v", err)
		}
		for _, p := range ps {
			if p.Line < 1 || p.Column < 1 || p.Text == "" {
				t.Fatalf("no place: %#v", p)
			}
		}
	})
}

func TestParseServer(t *testing.T) {
	t.Parallel()
	for arg, want := range map[string]string{
		"h":                         "h h 8001 8000 8002",
		"h:9001":                    "h:9001 h 9001 9000 9002",
		"h:1/2/3":                   "h:1 h 1 2 3",
		"h:1/0/0":                   "h:1 h 1 0 0",
		"n=h:9001":                  "n h 9001 9000 9002",
		"[::1]":                     "::1 ::1 8001 8000 8002",
		"v6=[fe80::1]:8001/80/8002": "v6 fe80::1 8001 80 8002",
		"[fe80::1%eth0]:9001":       "[fe80::1%eth0]:9001 fe80::1%eth0 9001 9000 9002",
		"ünïcode=triton_1.example":  "ünïcode triton_1.example 8001 8000 8002",
	} {
		s, err := ParseServer(arg)
		got := fmt.Sprintf("%s %s %d %d %d", s.Spec.Name, s.Spec.Host, s.Spec.GRPC, s.Spec.HTTP, s.Spec.Metric)
		if err != nil || got != want {
			t.Errorf("%s: %s %v, want %s", arg, got, err, want)
		}
	}
	for bad, why := range map[string]string{
		"": "the host is empty", "n=": "the host is empty", ":8001": "the host is empty", "=h": "the name before = is empty", " =h": "the name before = is empty",
		"http://h:8001": "a scheme", "h:x": "\"x\" is no port from 1 to 65535", "h:0": "no port", "h:-1": "no port", "h:99999": "no port", "h:1/70000/3": "from 0 to 65535",
		"h:65535": "no port is left above it", "h:1/2": "one port (gRPC) or three", "h:1/2/3/4": "one port (gRPC) or three", "h:": "no port",
		"[::1": "a bracket is not closed", "[::1]8001": "a colon after the bracket", "::1": "stands in brackets: [::1]", "fe80::1:8001": "stands in brackets",
		"h h": "a host name has letters", "h\x1b[31m": "a host name has letters", "h\u009b2J": "a host name has letters", "a@b": "a host name has letters", "a=b=c": "only one = between a name and its host",
		"\x1b[2J=h": "cannot be printed", "\u202e=h": "cannot be printed", "\xff=h": "cannot be printed", "[nonsense]:1": "\"nonsense\" is no IPv6 address", "[10.0.0.1]:1": "is no IPv6 address",
	} {
		if s, err := ParseServer(bad); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %+v %v, want %q", bad, s, err, why)
		}
	}
}

func TestQuantities(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Quantity{"100ms": {100, "ms"}, "1.5s": {1500, "ms"}, "0.1%": {0.001, "ratio"}, "0.001": {0.001, "ratio"},
		"100/s": {100, "per_s"}, "2GiB": {2 << 30, "bytes"}} {
		if got, err := ParseQuantity(in); err != nil || got != want {
			t.Errorf("%s: %v %v", in, got, err)
		}
	}
	for _, bad := range []string{"", "100", "101%", "-1ms", "5 apples", "NaN", "1/m"} {
		if got, err := ParseQuantity(bad); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

func TestShowRoundTripsAndHidesSecrets(t *testing.T) {
	t.Parallel()
	c := contract(t)
	out, err := c.Show("yaml")
	if err != nil || !strings.Contains(out, "TRITON_KEY") {
		t.Fatal(out, err)
	}
	again, err := Parse("y", []byte(out))
	if err != nil || len(again.Servers) != len(c.Servers) || len(again.Probes) != len(c.Probes) {
		t.Fatalf("%v\n%s", err, out)
	}
	if strings.Join(again.Later, " ") != strings.Join(c.Later, " ") {
		t.Errorf("the sections %v became %v", c.Later, again.Later)
	}
	if js, err := c.Show("json"); err != nil || !strings.Contains(js, `"not_used_yet"`) || !strings.Contains(js, `"every_s": 5`) || !strings.Contains(js, `"haproxy"`) {
		t.Error(js, err)
	}
}

func TestShowLeavesPasswordsOut(t *testing.T) {
	t.Parallel()
	with, err := Parse("z", []byte("version: 1\nsources: [{kind: prometheus, url: \"http://me:hunter2@prom:9090\"}]\nmodels: [{name: m, versions: {3: {label: \"3.0.0\"}}}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if js, err := with.Show("json"); err != nil || strings.Contains(js, "hunter2") || !strings.Contains(js, "http://me:***@prom:9090") || !strings.Contains(js, `"3": {`) {
		t.Error(js, err)
	}
	if _, err := with.Show("toml"); err == nil {
		t.Error("toml was accepted")
	}
}

func TestFindOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "tritop"), 0o755); err != nil {
		t.Fatal(err)
	}
	xdg := filepath.Join(dir, "tritop", "config.yaml")
	if err := os.WriteFile(xdg, []byte("version: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"XDG_CONFIG_HOME": dir}
	get := func(k string) string { return env[k] }
	if got := Find("", get); got != xdg {
		t.Errorf("XDG: %q", got)
	}
	env["TRITOP_CONFIG"] = "from-env"
	if got := Find("", get); got != "from-env" {
		t.Errorf("environment: %q", got)
	}
	if got := Find("named", get); got != "named" {
		t.Errorf("flag: %q", got)
	}
	if _, err := Load(filepath.Join(dir, "no")); err == nil {
		t.Error("a file that does not exist was read")
	}
}

func TestSecretsComeFromTheirPlaces(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	blank := filepath.Join(t.TempDir(), "blank")
	if err := os.WriteFile(blank, []byte(" \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := func(k string) string { return map[string]string{"K": "from-env"}[k] }
	for s, want := range map[Secret]string{{Env: "K"}: "from-env", {File: file}: "from-file"} {
		if v, err := s.Value(env); err != nil || v != want {
			t.Errorf("%+v: %q %v", s, v, err)
		}
	}
	for s, want := range map[Secret]string{{Env: "NONE"}: "the environment variable NONE is empty", {File: file + "x"}: "no such file", {File: os.DevNull}: "neither a file nor a pipe", {File: blank}: "is empty"} {
		if v, err := s.Value(env); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %q %v, want %q", s, v, err, want)
		}
	}
}

func TestASectionThatIsNotUsedYetIsAnnounced(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"objectives: []\nchecks: {}\nscaling:\n":                                                       "",
		"access: {listen: x}\nservers_from: [{file: t.json}]\n":                                        "access",
		"services: [{name: s, endpoints: [{name: n, url: &s \"http://h\"}]}]\ncluster: {prefix: *s}\n": "services cluster",
		"models: [{name: m, versions: {\"3\": {label: x}}}]\nchecks: {disk_space: {enabled: false}}\n": "models.versions",
	} {
		c, err := Parse("f", []byte("version: 1\n"+text))
		if err != nil || strings.Join(c.Later, " ") != want {
			t.Errorf("%s: %v %v, want %s", text, c.Later, err, want)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	for found, want := range map[string]string{"chekc": ` (did you mean "check"?)`, "check": "", "node": ""} {
		if got := Nearest(found, []string{"check", "demo"}); got != want {
			t.Errorf("%s: %q, want %q", found, got, want)
		}
	}
}
