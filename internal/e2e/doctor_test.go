//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// said is what a command left behind.
type said struct {
	code     int
	out, err string
}

func command(t *testing.T, args ...string) said {
	t.Helper()
	var out, errs strings.Builder
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "LANG=C.UTF-8")
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return said{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

func (s said) want(t *testing.T, code int, parts ...string) {
	t.Helper()
	all := strings.Join(strings.Fields(s.out+s.err), " ")
	for _, p := range parts {
		if !strings.Contains(all, p) {
			t.Errorf("%q is not said", p)
		}
	}
	if s.code != code || t.Failed() {
		t.Errorf("exit code %d, want %d\n%s%s", s.code, code, s.out, s.err)
	}
}

// Probes are made of what a real server answers, added to a file, and passed;
// doctor finds a well server well and names what a wrong configuration mistakes.
func TestProbeInitAndDoctor(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.model("embed", spec{})
	r.model("batched", spec{batch: 4, dims: "2, -1", extra: `input [ { name: "TEXT" data_type: TYPE_STRING dims: [ 1 ] }, { name: "LIMIT" data_type: TYPE_INT64 dims: [ 1 ] optional: true } ]`})
	r.model("versions", spec{versions: []int{1, 2}})
	r.model("large", spec{dims: "65"})
	r.ensemble("pipeline", 3, "embed", "embed")
	r.model("stream", spec{extra: "model_transaction_policy { decoupled: true }", code: testdata(t, "decoupled.py")})
	r.model("sequence", spec{batch: 1, extra: "sequence_batching { max_sequence_idle_microseconds: 5000000 }"})
	s := launch(t, "triton", r, all)
	up(t, s)
	file := filepath.Join(t.TempDir(), "tritop.yaml")
	writeFile(t, file, "version: 1 # ours\nservers:\n  - "+s.entry()+"   # the only one\n")
	initProbe := func(model string, more ...string) said {
		return command(t, append([]string{"probe", "init", "triton", model, "--config", file}, more...)...)
	}
	initProbe("batched").want(t, 0, "{name: INPUT0, datatype: FP32, shape: [1, 2, 1], data: [0.125, 0.25]}", "{name: TEXT, datatype: BYTES, shape: [1, 1], data: [tritop]}", "{name: OUTPUT0, data: [0.125, 0.25], tolerance: 0.0003}")
	for _, m := range []string{"embed", "batched", "pipeline"} {
		initProbe(m, "--write").want(t, 0, "added a probe of "+m)
	}
	initProbe("versions", "--write").want(t, 0, "answered otherwise another time (element 0 is 0.125, want 0.25", "--version 2 records that version alone")
	initProbe("versions", "--write", "--version", "2").want(t, 0, "added a probe of versions")
	initProbe("large").want(t, 0, "left out, as it has 65 values, more than 64", "any answer passes")
	initProbe("stream").want(t, 4, "make a probe of stream: the model is decoupled")
	initProbe("sequence").want(t, 4, "make a probe of sequence: the model works on sequences")
	initProbe("embed", "--write").want(t, 4, `a probe of model "embed" stands in line`)
	initProbe("embd").want(t, 64, `triton has no model "embd" (did you mean "embed"?)`)
	if text, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(text), "version: 1 # ours\n") || !strings.Contains(string(text), "# the only one\n") {
		t.Errorf("%v: the file is not what it was:\n%s", err, text)
	}

	right := command(t, "doctor", "--config", file)
	right.want(t, 0, "✓ ok live live", "ready, by its own word", "2.51.0", "8 versions READY", "✓ ok probe embed:1 the right answer", "✓ ok probe batched:1 the right answer",
		"✓ ok probe pipeline:3", "✓ ok probe versions:1", "✓ ok probe versions:2", "3 models by their own word only: large, sequence, stream", "HTTP live live, triton 2.51.0",
		"requests, failures, durations, pending", "summary_latencies=true", "clock within 2s of ours, by when it served a probe")
	swapped := fmt.Sprintf("swapped=127.0.0.1:%d/%d/%d", s.http, s.grpc, s.metrics)
	command(t, "doctor", swapped).want(t, 2, "✗ fail live not a gRPC service: an HTTP server answers on this port", fmt.Sprintf("give grpc: %d", s.grpc), "HTTP live not an HTTP server", "is it the gRPC port?")
	command(t, "doctor", fmt.Sprintf("shifted=127.0.0.1:%d/%d/%d", s.grpc, s.metrics, s.http)).want(t, 2, "200 without any text to every path, as a metrics port answers", "metrics port (8002 by default)")
	command(t, "doctor", fmt.Sprintf("127.0.0.1:%d/0/%d", s.grpc, freePort(t)), "-o", "json").want(t, 2, "--allow-metrics")
}

// Servers that talk only to those who know how: doctor says what they want.
func (c *secured) doctor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tritop.yaml")
	writeFile(t, file, "version: 1\nservers:\n  - "+strings.Join([]string{c.plain.entry(), c.tls.entry(), c.mutual.entry(tlsKeys("ca: " + c.ca.file)), other(c.tls, "stranger", tlsKeys("ca: "+c.stranger.file)),
		other(c.plain, "tls-to-plain", tlsKeys("ca: "+c.ca.file)), c.restricted.entry(), c.partly.entry()}, "\n  - ")+"\n")
	var d struct {
		Servers []struct {
			Name   string
			Checks []struct{ Name, Status, Found, Do string }
		}
	}
	must(t, json.Unmarshal([]byte(command(t, "doctor", "--config", file, "-o", "json").out), &d))
	got := make(map[string]string)
	for _, s := range d.Servers {
		for _, k := range s.Checks {
			got[s.Name+" "+k.Name+" "+k.Status] = k.Found + " → " + k.Do
		}
	}
	for check, part := range map[string]string{
		"plain repository warn":     "headers: {triton-grpc-protocol-k3: {env: VARIABLE}}",
		"tls live fail":             "the server speaks TLS on this port",
		"mutual TLS warn":           "certificate of localhost, 127.0.0.1",
		"mutual live fail":          "wants a client certificate (mutual TLS)",
		"stranger TLS fail":         "does not know who signed it",
		"tls-to-plain live fail":    "take tls out of this server",
		"tls-to-plain TLS fail":     "no certificate was shown",
		"restricted live fail":      "give the header triton-grpc-protocol-k1",
		"restricted HTTP live warn": "restricted (403)",
		"partly statistics warn":    "the metrics text counts instead",
	} {
		if !strings.Contains(got[check], part) {
			t.Errorf("%s: %q, want %q", check, got[check], part)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}
