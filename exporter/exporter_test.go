package exporter

import (
	"bytes"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	prom "github.com/prometheus/common/model"
	"go.uber.org/goleak"

	"tritop/engine"
	"tritop/model"
	"tritop/sim"
	"tritop/triton/metrics"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)

// play gives the snapshot of a scenario at each second of simulated time.
func play(tb testing.TB, scenario string, seconds int, look func(*model.Snapshot)) *model.Snapshot {
	tb.Helper()
	w, err := sim.New(sim.Options{Scenario: scenario, Seed: 1})
	if err != nil {
		tb.Fatal(err)
	}
	d := sim.NewDirect(w, start)
	st := engine.NewState(engine.Config{Fleet: "demo", Servers: d.Specs(), Probed: d.Probed()})
	var s *model.Snapshot
	for i := range seconds {
		d.Until(time.Duration(i+1)*time.Second, st.Apply)
		s = st.Snapshot()
		look(s)
	}
	return s
}

func ignore(*model.Snapshot) {}

// families parses the text by Prometheus' own parser, and each sample of it by ours.
func families(tb testing.TB, s *model.Snapshot) map[string]*dto.MetricFamily {
	tb.Helper()
	out := appendTo(nil, s, "v1")
	parser := expfmt.NewTextParser(prom.LegacyValidation)
	all, err := parser.TextToMetricFamilies(bytes.NewReader(out))
	if err != nil {
		tb.Fatalf("%v:\n%.2000s", err, out)
	}
	if err := metrics.NewScanner(metrics.DefaultLimits()).Scan(out, func(*metrics.Series, float64) {}); err != nil {
		tb.Fatalf("our scanner: %v", err)
	}
	return all
}

// samples gives the values of a family by its labels, sorted and joined.
func samples(of *dto.MetricFamily) map[string]float64 {
	out := make(map[string]float64)
	for _, m := range of.GetMetric() {
		var ls []string
		for _, l := range m.GetLabel() {
			ls = append(ls, l.GetName()+"="+l.GetValue())
		}
		slices.Sort(ls)
		v := m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount()) + float64(m.GetSummary().GetSampleCount())
		out[strings.Join(ls, " ")] = v
	}
	return out
}

// full is a snapshot that has something of everything.
func full(tb testing.TB) *model.Snapshot {
	s := play(tb, "dead-server", 20, ignore)
	s.GPUs = append(s.GPUs, model.GPU{UUID: "GPU-1", Host: "h", Name: "H200", Source: "nvml", Finding: model.Finding{Verdict: model.Unhealthy}, GPUFigures: everyFigure()})
	s.Hosts = append(s.Hosts, model.Host{Name: "here", Source: "local", CPU: model.Of(.5), MemUsed: model.Of(1), MemAll: model.Of(2), Disks: []model.Disk{{Mount: "/", Used: model.Of(1), All: model.Of(2)}}})
	s.Checks = []model.Check{{Name: "api_endpoint", Layer: model.Application, Target: "triton-a", Status: model.CheckDegraded, TookMs: model.Of(20)}, {Name: "disk_space", Target: "triton-a", Status: model.CheckNotApplicable, TookMs: model.Missing(model.NotObserved)}}
	s.Alerts = []model.Alert{{State: model.AlertFiring, Severity: model.Critical}}
	s.Objectives = objectives()
	s.Servers[0].Replicas[0].Totals.Work.CacheHit = model.Sum{Count: 3, Ns: 3e6}
	return s
}

func everyFigure() model.GPUFigures {
	one := model.Of(1)
	return model.GPUFigures{Util: one, MemUsed: one, MemTotal: one, PowerW: one, PowerLimitW: one, TempC: one, ClockMHz: one, ECCErrors: one}
}

func objectives() []model.ObjectiveState {
	budget := &model.Budget{SLO: model.BudgetSpan{Left: model.Of(-.25), Coverage: model.Of(.9)}, SLA: model.BudgetSpan{Left: model.Missing(model.NotObserved), Coverage: model.Of(.2)},
		Burns: []model.Burn{{Name: "page 1h", OverLong: model.Of(20), OverShort: model.Missing(model.NoDemand), Firing: true}}, Ends: true, Left: time.Hour}
	return []model.ObjectiveState{
		{Objective: model.Objective{Name: "availability", Model: "m", Metric: model.MetricAvailability, Target: .999}, Verdict: model.ObjectiveFail, Value: model.Of(.99), Budget: budget},
		{Objective: model.Objective{Name: "latency_p99", Model: "m", Metric: model.MetricP99, Target: 100}, Verdict: model.ObjectivePass, Value: model.Of(50)},
		{Objective: model.Objective{Name: "throughput", Model: "m", Metric: model.MetricThroughput, Target: 100}, Value: model.Missing(model.NoDemand)},
		{Objective: model.Objective{Name: "latency_p95", Model: "m", Metric: model.MetricP95, Target: 50}, Verdict: model.ObjectiveFew, Value: model.Of(3)},
	}
}

func TestEveryScenarioIsATextThatPrometheusReads(t *testing.T) {
	t.Parallel()
	for _, sc := range sim.Scenarios() {
		if sc.Name == "big" {
			continue
		}
		t.Run(sc.Name, func(t *testing.T) {
			t.Parallel()
			all := families(t, play(t, sc.Name, 25, ignore))
			for name, f := range all {
				if !strings.HasPrefix(name, "tritop_") || f.GetHelp() == "" || f.GetType() == dto.MetricType_UNTYPED {
					t.Errorf("%s: help %q, type %s", name, f.GetHelp(), f.GetType())
				}
			}
		})
	}
}

// What the page says is what the snapshot says.
func TestTheFiguresAreThoseOfTheSnapshot(t *testing.T) {
	t.Parallel()
	s := play(t, "dead-server", 20, ignore)
	all := families(t, s)
	up, down := samples(all["tritop_server_up"]), 0
	for i := range s.Servers {
		srv := &s.Servers[i]
		answers := srv.State == model.ServerReady
		if !answers {
			down++
		}
		if got := up["server="+srv.Name]; got != truth(answers) {
			t.Errorf("%s is %s, tritop_server_up is %v", srv.Name, srv.State, got)
		}
	}
	if down != 1 {
		t.Errorf("%d servers are down, want one", down)
	}
	requests, users, batches := samples(all["tritop_requests_total"]), samples(all["tritop_user_requests_total"]), samples(all["tritop_batch_size"])
	seen := 0.0
	for _, r := range rows(s) {
		l, version := "model="+r.Model+" server="+r.Server, " version="+r.Version
		if got := requests[l+version]; got != r.Totals.Requests.Value {
			t.Errorf("%s: %v requests, want %v", l, got, r.Totals.Requests.Value)
		}
		good, bad := users[l+" status=success"+version], users[l+" status=failure"+version]
		if seen += good; good+bad > requests[l+version] || bad != float64(r.Totals.Users.Failures) {
			t.Errorf("%s: users have %v + %v of %v requests", l, good, bad, requests[l+version])
		}
		if got := batches[l+version]; len(r.Batches) > 0 && got != float64(r.Totals.Work.Executions) {
			t.Errorf("%s: %v batches, %v executions", l, got, r.Totals.Work.Executions)
		}
	}
	if seen == 0 {
		t.Error("no user was counted")
	}
}

func TestTheHistogramOfProbes(t *testing.T) {
	t.Parallel()
	took := families(t, play(t, "normal", 20, ignore))["tritop_probe_duration_seconds"].GetMetric()
	if len(took) == 0 {
		t.Fatal("no probe is counted")
	}
	for _, m := range took {
		h := m.GetHistogram()
		if n := len(h.GetBucket()); h.GetSampleCount() == 0 || h.GetSampleSum() <= 0 || n != 14 || h.GetBucket()[n-1].GetCumulativeCount() != h.GetSampleCount() {
			t.Errorf("histogram %v", m)
		}
	}
	var d *model.Durations
	for _, took := range []time.Duration{0, time.Millisecond, time.Millisecond + 1, 10 * time.Second, 11 * time.Second} {
		before := d
		if d = d.With(took); before != nil && *before == *d {
			t.Error("what was published changed")
		}
	}
	if d.Counts != [14]uint64{0: 2, 1: 1, 12: 1, 13: 1} || d.Sum != 21*time.Second+2*time.Millisecond+1 {
		t.Errorf("durations %+v", d)
	}
}

// Triton restarts, reloads and stalls; users' counters only grow.
func TestUsersCountersNeverGoBack(t *testing.T) {
	t.Parallel()
	for _, scenario := range []string{"flapping", "bad-version", "phases", "ready-lies"} {
		last := make(map[[3]string]model.Users)
		play(t, scenario, 70, func(s *model.Snapshot) {
			for i := range s.Servers {
				for j := range s.Servers[i].Replicas {
					r := &s.Servers[i].Replicas[j]
					k, u := [3]string{r.Server, r.Model, r.Version}, r.Totals.Users
					if was := last[k]; u.Successes < was.Successes || u.Failures < was.Failures || !was.Since.IsZero() && !u.Since.Equal(was.Since) {
						t.Fatalf("%s at %s: %v fell from %+v to %+v", scenario, s.Now, k, was, u)
					}
					last[k] = u
				}
			}
		})
		if len(last) == 0 {
			t.Errorf("%s: nothing was counted", scenario)
		}
	}
}

func TestWhatIsJudged(t *testing.T) {
	t.Parallel()
	all := families(t, full(t))
	for name, want := range map[string]map[string]float64{
		"tritop_objective_pass":                    {"model=m objective=availability": 0, "model=m objective=latency_p99": 1},
		"tritop_objective_value":                   {"model=m objective=availability": .99, "model=m objective=latency_p99": .05, "model=m objective=latency_p95": .003},
		"tritop_error_budget_remaining_ratio":      {"budget=slo model=m objective=availability": -.25},
		"tritop_error_budget_exhausted_in_seconds": {"budget=slo model=m objective=availability": 3600},
		"tritop_burn_rate":                         {"condition=page-1h model=m objective=availability window=long": 20},
		"tritop_burn_rate_firing":                  {"condition=page-1h model=m objective=availability": 1},
		"tritop_check_status":                      {"check=api_endpoint layer=application target=triton-a": 1},
		"tritop_check_duration_seconds":            {"check=api_endpoint layer=application target=triton-a": .02},
		"tritop_error_budget_coverage_ratio":       {"budget=sla model=m objective=availability": .2, "budget=slo model=m objective=availability": .9},
	} {
		if got := samples(all[name]); !maps.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if got := samples(all["tritop_alerts"]); len(got) != 9 || got["severity=critical state=firing"] != 1 || got["severity=critical state=pending"] != 0 {
		t.Errorf("alerts %v", got)
	}
}

// What nobody knows has no sample: it is never 0.
func TestUnknownIsAbsent(t *testing.T) {
	t.Parallel()
	s := engine.NewState(engine.Config{Fleet: "f", Servers: []model.ServerSpec{{Name: "a", Host: "h"}}}).Snapshot()
	all := families(t, s)
	for _, name := range []string{"tritop_server_up", "tritop_server_live", "tritop_server_ready", "tritop_server_answer_age_seconds", "tritop_collector_age_seconds", "tritop_requests_total", "tritop_objective_pass"} {
		if f := all[name]; f != nil {
			t.Errorf("%s is told: %v", name, f)
		}
	}
	if v := samples(all["tritop_verdict"])["fleet=f"]; v != 3 {
		t.Errorf("the verdict is %v, want 3 (unknown)", v)
	}
	s = play(t, "blackout", 40, ignore)
	for l, v := range samples(families(t, s)["tritop_server_up"]) {
		if v != 0 {
			t.Errorf("in a blackout %s is up", l)
		}
	}
}

func TestHostileNamesStayValues(t *testing.T) {
	t.Parallel()
	name := "a\"b\\c\nd} 1\n# TYPE x counter\xff\x00é"
	s := full(t)
	s.Servers[0].Name, s.Servers[0].Replicas[0].Server, s.Checks[0].Target, s.GPUs[0].UUID, s.Fleet = name, name, name, name, name
	s.Servers[0].Replicas[0].Pending = model.Of(math.Inf(1))
	all := families(t, s)
	want := "server=" + strings.ToValidUTF8(name, "�")
	if _, there := samples(all["tritop_server_up"])[want]; !there {
		t.Errorf("no server is named %q: %v", want, samples(all["tritop_server_up"]))
	}
	for f := range all {
		if !strings.HasPrefix(f, "tritop_") {
			t.Errorf("a name made a family: %s", f)
		}
	}
}

// The page docs/exporter.md names exactly what is exported.
func TestTheDocumentNamesEveryFamily(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/exporter.md")
	if err != nil {
		t.Fatal(err)
	}
	told := make(map[string]bool)
	for _, m := range regexp.MustCompile("(?m)^\\| `(tritop_[a-z0-9_]+)").FindAllSubmatch(page, -1) {
		told[string(m[1])] = true
	}
	made := families(t, full(t))
	for name := range made {
		if !told[name] {
			t.Errorf("%s is exported and not in docs/exporter.md", name)
		}
	}
	for name := range told {
		if made[name] == nil {
			t.Errorf("docs/exporter.md tells of %s, which is not exported", name)
		}
	}
}

// Dashboard and rules ask for names that exist, with their suffixes.
func TestDashboardAndRulesAskForWhatIsExported(t *testing.T) {
	t.Parallel()
	known := make(map[string]bool)
	for name, f := range families(t, full(t)) {
		known[name] = true
		if f.GetType() == dto.MetricType_HISTOGRAM || f.GetType() == dto.MetricType_SUMMARY {
			known[name] = false
			for _, suffix := range []string{"_sum", "_count", "_bucket"} {
				known[name+suffix] = suffix != "_bucket" || f.GetType() == dto.MetricType_HISTOGRAM
			}
		}
	}
	for _, file := range []string{"../docs/grafana/tritop.json", "../docs/grafana/tritop-rules.yml"} {
		asked, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		names := regexp.MustCompile(`\btritop_[a-z0-9_]+`).FindAllString(string(asked), -1)
		if len(names) < 10 {
			t.Errorf("%s asks for %d names", file, len(names))
		}
		for _, name := range names {
			if !known[name] {
				t.Errorf("%s asks for %s, which is not exported", file, name)
			}
		}
	}
}

func BenchmarkText(b *testing.B) {
	s := play(b, "big", 10, ignore)
	b.ReportAllocs()
	var out []byte
	for b.Loop() {
		out = appendTo(out[:0], s, "v1")
	}
	b.ReportMetric(float64(len(out))/1e6, "MB/text")
}
