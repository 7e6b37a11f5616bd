//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tritop/collectors/prometheus"
)

// evaluation is how often the real Prometheus evaluates its rules here.
const evaluation = 5 * time.Second

// monitor is a real Prometheus that scrapes one tritop serve every two seconds.
type monitor struct {
	t    *testing.T
	base string
	ask  *prometheus.Client
}

// monitored starts a Prometheus for what will answer on a port, with the rules that
// are shipped.
func monitored(t *testing.T, target int) *monitor {
	t.Helper()
	binary, dir, port := installed(t, filepath.Join("monitoring", "prometheus")), t.TempDir(), freePort(t)
	writeFile(t, filepath.Join(dir, "tritop-rules.yml"), shippedRules(t))
	writeFile(t, filepath.Join(dir, "prometheus.yml"), fmt.Sprintf("global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: %s}\nrule_files: [tritop-rules.yml]\nscrape_configs:\n"+
		"- {job_name: tritop, static_configs: [{targets: ['%s']}]}\n", evaluation, at(target)))
	spawn(t, exec.Command(binary, "--config.file="+filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+at(port), "--log.level=error"))
	m := &monitor{t: t, base: "http://" + at(port)}
	var err error
	m.ask, err = prometheus.New(prometheus.Source{Name: "prometheus", URL: m.base})
	must(t, err)
	t.Cleanup(m.ask.Close)
	eventually(t, 20*time.Second, "Prometheus is ready", func() bool { code, _ := get(t, m.base+"/-/ready"); return code == http.StatusOK })
	return m
}

// get asks; code is 0 while nobody answers.
func get(t *testing.T, address string) (code int, body []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	must(t, err)
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = r.Body.Close() }()
	body, err = io.ReadAll(r.Body)
	must(t, err)
	return r.StatusCode, body
}

// over gives an expression second by second since a moment, by model.
func (m *monitor) over(expr string, since time.Time) map[string]map[int64]float64 {
	m.t.Helper()
	q := url.Values{"query": {expr}, "start": {strconv.FormatInt(since.Unix(), 10)}, "end": {strconv.FormatInt(time.Now().Unix(), 10)}, "step": {"1"}}
	code, body := get(m.t, m.base+"/api/v1/query_range?"+q.Encode())
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Values [][2]any
			}
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil || code != http.StatusOK {
		m.t.Fatalf("%s: %d %v %.300s", expr, code, err, body)
	}
	out := make(map[string]map[int64]float64)
	for _, series := range answer.Data.Result {
		of := make(map[int64]float64)
		for _, pair := range series.Values {
			v, err := strconv.ParseFloat(pair[1].(string), 64)
			must(m.t, err)
			of[int64(pair[0].(float64))] = v
		}
		out[series.Metric["model"]] = of
	}
	return out
}

// fleetOf starts tritop sim and gives its servers as arguments.
func fleetOf(t *testing.T, scenario string) (servers []string) {
	t.Helper()
	cmd := exec.Command(program, "sim", "--scenario", scenario, "--servers", "3", "--listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	must(t, err)
	spawn(t, cmd)
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "ready"; {
		name, address, _ := strings.Cut(lines.Text(), " ")
		servers = append(servers, name+"="+address)
	}
	if len(servers) != 3 {
		t.Fatalf("the simulated fleet has servers %q", servers)
	}
	return servers
}

// exported starts tritop serve on a port.
func exported(t *testing.T, port int, servers []string) *process {
	t.Helper()
	cmd := exec.Command(program, append([]string{"serve", "--metrics", at(port)}, servers...)...)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"HOME=" + cmd.Dir, "PATH=/usr/bin:/bin"}
	p := spawn(t, cmd)
	eventually(t, 10*time.Second, "tritop serve is ready", func() bool { code, _ := get(t, "http://"+at(port)+"/readyz"); return code == http.StatusOK })
	return p
}

// A real Prometheus, with the rules that are shipped, pages by the 1 h/5 min tier
// when tritop does, for each model, and stops when it does: within one evaluation.
// Its users' counters are those that tritop judges, and everything that the
// dashboard asks for can be asked.
func TestPrometheusAgrees(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	m := monitored(t, port)
	began := time.Now()
	// A Prometheus that was just started tells of no alert before its second
	// evaluation; then it says that nothing of tritop is there.
	eventually(t, time.Minute, "Prometheus misses tritop", func() bool { return m.count(`ALERTS{alertname="TritopBlind",alertstate="pending"}`) > 0 })
	time.Sleep(evaluation)
	servers := fleetOf(t, "phases")
	tritop := exported(t, port, servers)

	_, text := get(t, "http://"+at(port)+"/metrics")
	cmd := exec.CommandContext(t.Context(), installed(t, filepath.Join("monitoring", "promtool")), "check", "metrics")
	cmd.Stdin = bytes.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
	m.dashboard()

	firing := `ALERTS{alertname="TritopErrorBudgetBurn",alertstate="firing",condition="page-1h"}`
	eventually(t, time.Minute, "Prometheus pages", func() bool { return m.count(firing) > 0 })
	eventually(t, 5*time.Minute, "Prometheus stops to page", func() bool { return m.count(firing) == 0 })
	time.Sleep(2 * evaluation) // whoever is later is seen, too
	m.latencies(servers)
	if missed := m.over(`1 - min_over_time(up{job="tritop"}[2s])`, began)[""]; len(missed) > 0 {
		n := 0.0
		for _, v := range missed {
			n += v
		}
		t.Logf("scrapes were missed in %v of %d seconds", n, len(missed))
	}
	m.agree(m.over(`max by (model) (tritop_burn_rate_firing{objective="availability",condition="page-1h"})`, began), m.over(firing, began))

	tritop.signal(t, syscall.SIGTERM)
	tritop.wait(t, 10*time.Second)
	eventually(t, 30*time.Second, "Prometheus sees that tritop is gone", func() bool { return m.count(`up{job="tritop"} == 0`) == 1 })
}

// fromPrometheus is a latency of a model as a script reads it.
type fromPrometheus struct {
	Model  string
	Source string
	N      float64
	Window float64                `json:"window_s"`
	P50    float64                `json:"p50_ms"`
	Edges  map[string][2]*float64 `json:"bucket_edges_ms"`
}

// checked runs check on a configuration and gives the latencies of models that come
// from Prometheus, over five minutes.
func (m *monitor) checked(file string, servers []string) (all []fromPrometheus) {
	m.t.Helper()
	cmd := exec.CommandContext(m.t.Context(), program, append([]string{"check", "-o", "json", "--for", "6s", "--config", file}, servers...)...)
	cmd.Env = []string{"HOME=" + m.t.TempDir(), "PATH=/usr/bin:/bin"}
	out, err := cmd.Output()
	var d struct {
		Models []struct {
			Name    string
			Latency []fromPrometheus
		}
	}
	if jsonErr := json.Unmarshal(out, &d); jsonErr != nil {
		m.t.Fatalf("check: %v, %v\n%.500s", err, jsonErr, out)
	}
	for _, model := range d.Models {
		for _, l := range model.Latency {
			if l.Model = model.Name; l.Source == "prometheus" && l.Window == 300 {
				all = append(all, l)
			}
		}
	}
	return all
}

// latencies compares what a source of kind prometheus makes of buckets with what
// histogram_quantile does. The buckets are those of batch sizes: they are there
// without probes.
func (m *monitor) latencies(servers []string) {
	m.t.Helper()
	file := filepath.Join(m.t.TempDir(), "tritop.yaml")
	writeFile(m.t, file, fmt.Sprintf("version: 1\nsources:\n- {name: real, kind: prometheus, url: %q, every: 1s, queries: {latency_ms: %q}}\n", m.base,
		"sum by (le, model) (increase(tritop_batch_size_bucket[$window]))"))
	all := m.checked(file, servers)
	for _, l := range all {
		s, ok, err := m.ask.One(m.t.Context(), fmt.Sprintf(`histogram_quantile(0.5, sum by (le) (increase(tritop_batch_size_bucket{model=%q}[300s])))`, l.Model), time.Time{})
		must(m.t, err)
		low, high := l.Edges["p50_ms"][0], l.Edges["p50_ms"][1]
		if !ok || low == nil || high == nil || l.P50 < *low || l.P50 > *high || math.Abs(s.Value-l.P50) > (*high-*low)/10 {
			m.t.Errorf("%s: p50 %v of %v between %v, histogram_quantile says %v", l.Model, l.P50, l.N, l.Edges["p50_ms"], s.Value)
		}
	}
	if m.t.Logf("%d models have a p50 of the source prometheus", len(all)); len(all) == 0 {
		m.t.Error("no latency comes from Prometheus")
	}
}

func (m *monitor) count(expr string) int {
	m.t.Helper()
	all, err := m.ask.Query(m.t.Context(), expr, time.Time{})
	must(m.t, err)
	return len(all)
}

// agree compares by model when tritop's condition and Prometheus' alert began and ended.
func (m *monitor) agree(ours, theirs map[string]map[int64]float64) {
	m.t.Helper()
	fired := 0
	for _, model := range slices.Sorted(maps.Keys(ours)) {
		from, to := held(ours[model])
		begin, end := held(theirs[model])
		m.t.Logf("%s: tritop for %d s, Prometheus %+d and %+d s", model, to-from+1, begin-from, end-to)
		if from == 0 && begin == 0 {
			continue
		}
		fired++
		// Prometheus evaluates what was scraped up to two seconds ago, and first scraped
		// up to two seconds after tritop first looked, of the eighty that it takes until
		// the share of failures has fallen.
		limit := evaluation.Seconds() + 4
		if math.Abs(float64(begin-from)) > limit || math.Abs(float64(end-to)) > limit {
			m.t.Errorf("%s: they are more than one evaluation apart", model)
		}
	}
	if fired == 0 {
		m.t.Error("no model burnt its budget")
	}
}

// held gives the first and the last second in which a series is 1.
func held(of map[int64]float64) (first, last int64) {
	for at, v := range of {
		if v == 1 {
			if first == 0 || at < first {
				first = at
			}
			last = max(last, at)
		}
	}
	return first, last
}

// dashboard asks everything that the dashboard asks.
func (m *monitor) dashboard() {
	m.t.Helper()
	var d struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	must(m.t, json.Unmarshal([]byte(shipped(m.t, "tritop.json")), &d))
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			expr := strings.NewReplacer("$model", ".*", "$server", ".*").Replace(target.Expr)
			if _, err := m.ask.Query(m.t.Context(), expr, time.Time{}); err != nil {
				m.t.Errorf("panel %q: %s: %v", p.Title, expr, err)
			}
		}
	}
	if len(d.Panels) < 10 {
		m.t.Errorf("%d panels", len(d.Panels))
	}
}
