//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"tritop/collectors/probe"
	"tritop/model"
)

// load as it is put on a model: so many requests, at so many a second.
const (
	sideRequests = 7500
	sideRate     = 100
)

// The same minute of the same load as the load generator, Triton's summaries and
// tritop's probes saw it. Counts have to agree exactly; the percentiles are
// printed side by side (docs/performance.md): whose differ is explained there,
// and a machine is not asserted.
func TestLatencySideBySide(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.model("echo", spec{batch: 8, dims: "4", params: map[string]string{"delay_s": "0.002"}})
	a := launch(t, "a", r, all, "--metrics-config=summary_latencies=true")
	up(t, a)
	w := watch(t, []probe.Spec{{Model: "echo", Every: 100 * time.Millisecond, Inputs: []probe.Tensor{{Name: "INPUT0", Datatype: "FP32", Shape: []int64{1, 4}, Data: []any{1.0, 2.0, 3.0, 4.0}}}}}, a)

	api := a.api()
	sent := offer(t, a, "echo")
	const failed = 5 // the load generator ends at the first failure: these are ours
	for range failed {
		if a := (request{model: "echo", values: []float64{-2, 0, 0, 0}, shape: []int64{1, 4}}).send(t.Context(), api); a.code == good {
			t.Fatal("a request that must fail did not")
		}
	}
	s := w.see(time.Now(), 5*time.Second, "all is counted", func(s *model.Snapshot) bool {
		row := replicaOf(find(s, "a"), "echo:1")
		return row.Totals.Requests.Value-float64(row.Totals.Probes) == float64(sent.count+failed) && row.Totals.Failures.Value == failed
	})
	row := replicaOf(find(s, "a"), "echo:1")
	t.Logf("requests: load generator %d + 5 that fail, tritop %.0f without %d probes; failures: %d, tritop %.0f",
		sent.count, row.Totals.Requests.Value-float64(row.Totals.Probes), row.Totals.Probes, failed, row.Totals.Failures.Value)
	t.Logf("%-22s %6s %8s %8s %8s %8s", "ms, 60 s", "n", "p50", "p90", "p95", "p99")
	t.Logf("%-22s %6d %8.2f %8.2f %8.2f %8.2f", "load generator", sent.count, sent.p50, sent.p90, sent.p95, sent.p99)
	seen := map[model.LatencySource]bool{}
	for _, l := range row.Latency {
		if l.Window != time.Minute || !l.P99.Known() {
			continue
		}
		seen[l.Source] = true
		t.Logf("%-22s %6d %8.2f %8.2f %8.2f %8.2f", l.Source, l.N, l.P50.Value, l.P90.Value, l.P95.Value, l.P99.Value)
	}
	if !seen[model.FromProbe] || !seen[model.FromSummary] {
		t.Errorf("percentiles of the last minute are there from %v, want them from probes and summaries", seen)
	}
}

// offered is what the load generator says that it did, latencies in ms.
type offered struct {
	count              uint64
	p50, p90, p95, p99 float64
}

// offer puts an open load on a model and waits for its end.
func offer(t *testing.T, s *server, name string) (o offered) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), installed(t, "perf_analyzer/perf_analyzer"), "-m", name, "-u", at(s.grpc), "-i", "grpc", "--shape", "INPUT0:4",
		"--request-rate-range="+strconv.Itoa(sideRate), "--request-count="+strconv.Itoa(sideRequests), "--percentile=99", "-f", filepath.Join(t.TempDir(), "rate.csv"))
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+installed(t, "perf_analyzer/lib"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("perf_analyzer: %v\n%s", err, out)
	}
	number := func(word string) float64 {
		m := regexp.MustCompile(word).FindSubmatch(out)
		if m == nil {
			t.Fatalf("perf_analyzer prints no %s\n%s", word, out)
		}
		v, err := strconv.ParseFloat(string(m[1]), 64)
		must(t, err)
		return v
	}
	o.count = uint64(number(`Request count: (\d+)`))
	o.p50, o.p90 = number(`p50 latency: (\d+) usec`)/1e3, number(`p90 latency: (\d+) usec`)/1e3
	o.p95, o.p99 = number(`p95 latency: (\d+) usec`)/1e3, number(`p99 latency: (\d+) usec`)/1e3
	return o
}
