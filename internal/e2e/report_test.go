//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// report is what `tritop check -o json` prints, as a script reads it.
type report struct {
	Schema  string
	Verdict string
	Servers []serverReport
	Totals  struct {
		Requests *float64 `json:"requests_total"`
		Failures *float64 `json:"failures_total"`
	}
	Events  []struct{ Kind, Object, Words, Detail string }
	Sources []struct {
		Name      string
		LastError string `json:"last_error"`
	}
	code int // the exit code
}

type serverReport struct {
	Name, State, Word, Reason, Evidence string
	Live, Ready                         *bool
	Version                             *string `json:"triton_version"`
	Models                              []rowReport
}

type rowReport struct {
	Name, Version, State, Verdict, Reason string
	Epoch                                 *string
	Requests                              *float64       `json:"requests_total"`
	Failures                              *float64       `json:"failures_total"`
	Probes                                int            `json:"probes_total"`
	Batches                               map[string]int `json:"batch_sizes"`
	RPS                                   *float64
	Latency                               []latencyReport
}

type latencyReport struct {
	Source string
	N      int
}

// check runs the real binary.
func check(t *testing.T, args ...string) report {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, append([]string{"check", "-o", "json"}, args...)...)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"HOME=" + cmd.Dir, "PATH=/usr/bin:/bin"}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	r := report{}
	if jsonErr := json.Unmarshal(out, &r); jsonErr != nil {
		t.Fatalf("tritop check %s: %v, %v\n%s%s", strings.Join(args, " "), err, jsonErr, out, stderr.String())
	}
	r.code = cmd.ProcessState.ExitCode()
	want := map[string]int{"HEALTHY": 0, "DEGRADED": 1, "UNHEALTHY": 2, "UNKNOWN": 3}[r.Verdict]
	if r.Schema != "tritop/check/v1" || r.code != want {
		t.Errorf("schema %q, verdict %s, exit code %d, want %d", r.Schema, r.Verdict, r.code, want)
	}
	if stderr.Len() > 0 {
		t.Errorf("check wrote to stderr: %s", stderr.String())
	}
	return r
}

// checkWith runs it on a configuration.
func checkWith(t *testing.T, config string, args ...string) report {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tritop.yaml")
	writeFile(t, file, "version: 1\nfleet: e2e\n"+config)
	return check(t, append([]string{"--config", file}, args...)...)
}

func (r report) server(t *testing.T, name string) serverReport {
	t.Helper()
	for _, s := range r.Servers {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("the report has no server %s", name)
	return serverReport{}
}

// row gives the row of a model version, named like "ranker:2".
func (s serverReport) row(t *testing.T, key string) rowReport {
	t.Helper()
	for _, m := range s.Models {
		if m.Name+":"+m.Version == key {
			return m
		}
	}
	t.Fatalf("the report of %s has no row %s", s.Name, key)
	return rowReport{}
}
