//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// simulated starts `tritop sim` with one server and gives its ports.
func simulated(t *testing.T) (grpc, http string) {
	t.Helper()
	cmd := exec.Command(program, "sim", "--servers", "1")
	out, err := cmd.StdoutPipe()
	must(t, err)
	p := spawn(t, cmd)
	lines := make(chan string, 16)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				t.Fatal("tritop sim ended before it was ready")
			}
			if m := regexp.MustCompile(`127\.0\.0\.1:(\d+)/(\d+)/\d+`).FindStringSubmatch(line); m != nil {
				grpc, http = "127.0.0.1:"+m[1], "127.0.0.1:"+m[2]
			}
			if line == "ready" {
				return grpc, http
			}
		case <-p.exited:
			t.Fatal("tritop sim ended")
		case <-time.After(10 * time.Second):
			t.Fatal("tritop sim is not ready after 10 s")
		}
	}
}

// simModels are the models of the simulated server that the client uses, for a
// real Triton.
func simModels(t *testing.T) repo {
	t.Helper()
	r := newRepo(t)
	code := testdata(t, "double.py") // the simulated ensemble doubles once, as a whole
	r.model("text_classifier", spec{versions: []int{1, 2}, batch: 16, code: code})
	r.model("tokenizer", spec{batch: 16, code: strings.Replace(code, "2 *", "1 *", 1)})
	r.model("encoder", spec{versions: []int{2}, batch: 16, code: code})
	r.batchedEnsemble("search_pipeline", 3, 16, "tokenizer", "encoder")
	return r
}

type step struct {
	name  string
	value any
}

// runClient runs NVIDIA's Python client.
func runClient(t *testing.T, protocol, address string) []step {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), installed(t, "venv/bin/python3"), "testdata/client.py", protocol, address)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("the client ended with %v over %s\n%s%s", err, protocol, out, stderr.String())
	}
	var steps []step
	for line := range strings.Lines(string(out)) {
		var pair [2]any
		must(t, json.Unmarshal([]byte(line), &pair))
		steps = append(steps, step{fmt.Sprint(pair[0]), pair[1]})
	}
	return steps
}

// NVIDIA's client does the same against the simulated fleet and a real Triton,
// and must not see a difference: the same answers, the same keys and types, the
// same errors. Only figures may differ.
func TestThePythonClientDoesNotNotice(t *testing.T) {
	t.Parallel()
	genuine := launch(t, "genuine", simModels(t), all)
	simGRPC, simHTTP := simulated(t)
	up(t, genuine)
	for protocol, addresses := range map[string][2]string{"grpc": {at(genuine.grpc), simGRPC}, "http": {at(genuine.http), simHTTP}} {
		t.Run(protocol, func(t *testing.T) {
			want, got := runClient(t, protocol, addresses[0]), runClient(t, protocol, addresses[1])
			if len(want) < 35 || len(got) != len(want) {
				t.Fatalf("%d steps against the real one, %d against the simulated one", len(want), len(got))
			}
			for i := range want {
				same := &sameness{}
				if v, ok := got[i].value.(map[string]any); ok && want[i].name == "server metadata" {
					v["version"] = "2.51.0" // it plays a later one
				}
				same.compare("", want[i].value, got[i].value)
				if len(same.differences) > 0 {
					t.Errorf("%s:\n  %s", want[i].name, strings.Join(same.differences, "\n  "))
				}
			}
		})
	}
}

// perfAnalyzer runs NVIDIA's load generator; it has to end well and print latencies.
func perfAnalyzer(t *testing.T, protocol, address, model, version string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), installed(t, "perf_analyzer/perf_analyzer"), "-m", model, "-x", version, "-u", address, "-i", protocol,
		"--shape", "INPUT0:4", "--concurrency-range=2", "--measurement-interval=1500", "--stability-percentage=80", "--max-trials=6", "--percentile=95",
		"-f", filepath.Join(t.TempDir(), "rate.csv"))
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+installed(t, "perf_analyzer/lib"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("perf_analyzer over %s: %v\n%s", protocol, err, out)
	}
	for _, word := range []string{`Throughput: [1-9]\d*(\.\d+)? infer/sec`, `p95 latency: [1-9]\d* usec`, `Avg request latency: [1-9]\d* usec`, `Request count: [1-9]\d*`} {
		if !regexp.MustCompile(word).Match(out) {
			t.Errorf("perf_analyzer over %s prints no %s\n%s", protocol, word, out)
		}
	}
	for _, word := range []string{"WARNING", "error", "Failed"} {
		if strings.Contains(string(out), word) {
			t.Errorf("perf_analyzer over %s says %q\n%s", protocol, word, out)
		}
	}
}

// The load generator measures the simulated fleet as it does a real server: it
// reads metadata, configuration and statistics of both protocols.
func TestPerfAnalyzerDoesNotNotice(t *testing.T) {
	t.Parallel()
	grpc, http := simulated(t)
	t.Run("grpc", func(t *testing.T) { perfAnalyzer(t, "grpc", grpc, "text_classifier", "2") })
	t.Run("http, an ensemble", func(t *testing.T) { perfAnalyzer(t, "http", http, "search_pipeline", "3") })
}
