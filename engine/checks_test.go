package engine

import (
	"strings"
	"testing"
	"time"

	"tritop/health"
	"tritop/model"
)

// slow probes the model with a time of its own.
func (p *script) slow(server string, took time.Duration) {
	a := p.answer(server, model.Answered)
	a.Took = took
	p.Apply(model.Probed{Answer: a, Model: "bert", Version: "1", Counted: model.Yes})
}

// check finds a check by name and target.
func (p *script) check(t *testing.T, name, target string) model.Check {
	t.Helper()
	s := p.Snapshot()
	for i := range s.Checks {
		if s.Checks[i].Name == name && s.Checks[i].Target == target {
			return s.Checks[i]
		}
	}
	t.Fatalf("no check %s of %q among %+v", name, target, s.Checks)
	return model.Check{}
}

// checkEvents are the events of checks.
func (p *script) checkEvents() string {
	var out []string
	for _, e := range p.Snapshot().Events {
		if e.Kind == model.EventCheck {
			out = append(out, e.Object()+" "+e.Words())
		}
	}
	return strings.Join(out, "; ")
}

func TestAllSevenAreThere(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.seconds(2, func() { p.poll("a", 1, 0); p.probe("a", model.Answered) })
	for _, tc := range []struct {
		name, target string
		status       model.CheckStatus
		layer        model.Layer
		critical     bool
		words        string
	}{
		{"gpu_availability", "a", model.CheckNotApplicable, model.Infrastructure, true, "no source tells of a GPU"},
		{"memory_usage", "a", model.CheckNotApplicable, model.Infrastructure, true, "no source tells of a GPU"},
		{"disk_space", "a", model.CheckNotApplicable, model.Infrastructure, false, "the disks of a remote machine"},
		{"model_inference", "bert v1 on a", model.CheckHealthy, model.Application, true, "answered as expected in 2.0 ms"},
		{"api_endpoint", "a", model.CheckHealthy, model.Application, true, "live and ready in 2.0 ms"},
		{"response_quality", "fleet", model.CheckNotApplicable, model.Business, false, "no golden set is configured"},
		{"business_metrics", "fleet", model.CheckNotApplicable, model.Business, false, "no formula is configured"},
	} {
		c := p.check(t, tc.name, tc.target)
		if c.Status != tc.status || c.Layer != tc.layer || c.Critical != tc.critical || !strings.Contains(c.Message, tc.words) || c.At.IsZero() || c.Since.IsZero() {
			t.Errorf("%+v", c)
		}
	}
	if n := len(p.Snapshot().Checks); n != 7 {
		t.Errorf("%d checks", n)
	}
	if e := p.checkEvents(); e != "" {
		t.Errorf("events: %s", e)
	}
}

// A slow model is told at once when its probe was slow often enough, makes the
// fleet unhealthy, stands as one problem, and alerts after three runs.
func TestASlowModelIsUnhealthy(t *testing.T) {
	t.Parallel()
	p := newScript("a", "b")
	p.seconds(10, func() {
		p.poll("a", 1, 0)
		p.poll("b", 1, 0)
		p.probe("a", model.Answered)
		p.probe("b", model.Answered)
	})
	all := func(took time.Duration) func() {
		return func() { p.poll("a", 1, 0); p.poll("b", 1, 0); p.slow("a", took); p.slow("b", took) }
	}
	p.seconds(2, all(150*time.Millisecond))
	if s := p.Snapshot(); s.Verdict != model.Healthy {
		t.Fatalf("two slow ones of five: %v %s", s.Verdict, s.Why)
	}
	p.seconds(1, all(150*time.Millisecond))
	s := p.Snapshot()
	if s.Verdict != model.Unhealthy || s.Why != "bert v1 on a and 1 more: model_inference: answered as expected in 150 ms (median of 5): degraded is below 100 ms" {
		t.Errorf("%v %s", s.Verdict, s.Why)
	}
	if len(s.Problems) != 1 || s.Problems[0].Object != "bert" || s.Problems[0].Servers != 2 || s.Problems[0].Verdict != model.Unhealthy {
		t.Errorf("%+v", s.Problems)
	}
	if e := p.checkEvents(); e != "a bert v1 model_inference is unhealthy; b bert v1 model_inference is unhealthy" {
		t.Errorf("events: %s", e)
	}
	if c := p.check(t, "model_inference", "bert v1 on a"); c.Failing != "" || c.TookMs.Value != 150 {
		t.Errorf("%+v", c)
	}
	p.alertsAfterThreeRuns(t, all)
}

func (p *script) alertsAfterThreeRuns(t *testing.T, all func(time.Duration) func()) {
	t.Helper()
	p.seconds(61, all(150*time.Millisecond)) // the second and the third run
	if c := p.check(t, "model_inference", "bert v1 on a"); c.Failing != "3 in a row" {
		t.Errorf("%+v", c)
	}
	p.seconds(3, all(2*time.Millisecond))
	if s := p.Snapshot(); s.Verdict != model.Healthy || !strings.HasSuffix(p.checkEvents(), "b bert v1 model_inference is healthy") {
		t.Errorf("%v %s: %s", s.Verdict, s.Why, p.checkEvents())
	}
}

// What a server's own state says is not said by a check again: no event, no second
// problem, no second count in the verdict.
func TestChecksFoldIntoServers(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.seconds(10, func() { p.poll("a", 1, 0); p.probe("a", model.Answered) })
	p.seconds(3, func() { p.fail("a", model.Refused) })
	s := p.Snapshot()
	if c := p.check(t, "api_endpoint", "a"); c.Status != model.CheckUnhealthy || !c.Folded {
		t.Errorf("%+v", c)
	}
	if c := p.check(t, "model_inference", "bert v1 on a"); c.Status != model.CheckUnknown {
		t.Errorf("%+v", c)
	}
	if len(s.Problems) != 1 || !strings.HasPrefix(s.Why, "a: not listening") || p.checkEvents() != "" {
		t.Errorf("%s, problems %+v, events %s", s.Why, s.Problems, p.checkEvents())
	}
	p.seconds(10, func() { p.poll("a", 1, 0); p.probe("a", model.Answered) })
	if s := p.Snapshot(); s.Verdict != model.Healthy || p.checkEvents() != "" {
		t.Errorf("%v %s: %s", s.Verdict, s.Why, p.checkEvents())
	}
}

func TestFullGPUs(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	full := func(used float64) []model.Gauge {
		return []model.Gauge{{Name: model.GaugeGPUMem, Label: "gpu_uuid=" + gpuA, Value: used * 1000}, {Name: model.GaugeGPUMemAll, Label: "gpu_uuid=" + gpuA, Value: 1000}}
	}
	p.seconds(3, func() { p.poll("a", 1, 0); p.scrape("a", full(0.95)) })
	c := p.check(t, "memory_usage", "a "+model.ShortGPU(gpuA))
	if s := p.Snapshot(); c.Status != model.CheckUnhealthy || c.Server != "a" || s.Verdict != model.Unhealthy {
		t.Errorf("%v %+v", s.Verdict, c)
	}
	p.Apply(model.Described{Answer: p.answer("a", model.Answered), Model: "bert", Version: "1", Platform: "vllm"})
	p.seconds(2, func() { p.poll("a", 1, 0); p.scrape("a", full(0.95)) })
	c = p.check(t, "memory_usage", "a "+model.ShortGPU(gpuA))
	if s := p.Snapshot(); c.Status != model.CheckDegraded || !strings.Contains(c.Message, "bert allocates in advance") || s.Verdict != model.Degraded {
		t.Errorf("%v %+v", s.Verdict, c)
	}
	p.seconds(10, func() { p.fail("a", model.Refused) })
	if c = p.check(t, "memory_usage", "a "+model.ShortGPU(gpuA)); c.Status != model.CheckUnknown {
		t.Errorf("figures of then are none of now: %+v", c)
	}
}

func TestDisks(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	host := func(used float64) func() {
		return func() {
			p.poll("a", 1, 0)
			a := p.answer("", model.Answered)
			a.Detail = ""
			p.Apply(model.HostSampled{Answer: a, Origin: model.Origin{Source: "host", Kind: "local", Every: time.Second},
				Host: model.Host{Name: "box", Disks: []model.Disk{{Mount: "/", Used: model.Of(used), All: model.Of(100)}}}})
		}
	}
	p.seconds(3, host(95))
	if s := p.Snapshot(); s.Verdict != model.Degraded || p.check(t, "disk_space", "box /").Status != model.CheckUnhealthy {
		t.Errorf("a disk is not critical: %v %s", s.Verdict, s.Why)
	}
	if e := p.checkEvents(); e != "fleet disk_space of box / is unhealthy" {
		t.Errorf("events: %s", e)
	}
	p.seconds(6, func() { p.poll("a", 1, 0) })
	if c := p.check(t, "disk_space", "box /"); c.Status != model.CheckUnknown {
		t.Errorf("%+v", c)
	}
}

func TestRunnersReport(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	report := func(status model.CheckStatus) func() {
		return func() {
			p.poll("a", 1, 0)
			p.Apply(model.Checked{Check: model.Check{Name: "portal", Layer: model.Application, Target: "http://x", Status: status, Critical: true, Message: "m", At: p.now, TookMs: model.Of(3)},
				Every: 2 * time.Second, Timeout: time.Second})
		}
	}
	p.seconds(3, report(model.CheckHealthy))
	p.seconds(2, report(model.CheckUnhealthy))
	if s := p.Snapshot(); s.Verdict != model.Unhealthy || p.check(t, "portal", "http://x").Failing != "" {
		t.Errorf("%v %s", s.Verdict, s.Why)
	}
	p.seconds(1, report(model.CheckUnhealthy))
	if c := p.check(t, "portal", "http://x"); c.Failing != "3 in a row" {
		t.Errorf("%+v", c)
	}
	if e := p.checkEvents(); e != "fleet portal of http://x is unhealthy" {
		t.Errorf("events: %s", e)
	}
	p.seconds(9, func() { p.poll("a", 1, 0) })
	c := p.check(t, "portal", "http://x")
	if s := p.Snapshot(); c.Status != model.CheckUnknown || c.Message != "no result for 9s" || c.Failing != "3 in a row" || s.Verdict != model.Healthy {
		t.Errorf("nothing resolves without data: %v %+v", s.Verdict, c)
	}
}

func TestChecksLeaveWithTheirTargets(t *testing.T) {
	t.Parallel()
	p := newScript("a", "b")
	p.seconds(3, func() { p.poll("a", 1, 0); p.poll("b", 1, 0) })
	p.Apply(model.Checked{Check: model.Check{Name: "x", Server: "b", Target: "b", Status: model.CheckHealthy, At: p.now}, Every: time.Minute})
	p.fleet(p.cfg.Servers[0])
	p.seconds(2, func() { p.poll("a", 1, 0) })
	for _, c := range p.Snapshot().Checks {
		if c.Server == "b" {
			t.Errorf("%s of %s stays", c.Name, c.Target)
		}
	}
}

func TestRulesOfTheConfiguration(t *testing.T) {
	t.Parallel()
	rules := health.DefaultChecks()
	off, endpoint := rules[health.CheckDisk], rules[health.CheckEndpoint]
	off.Off, endpoint.Critical, endpoint.Limits = true, false, health.Limits{Healthy: 1, Degraded: 2}
	rules[health.CheckDisk], rules[health.CheckEndpoint] = off, endpoint
	p := newScript("a")
	p.cfg.Checks = Checks{Rules: rules, Models: map[string]ModelChecks{"bert": {Inference: health.Limits{Healthy: 1, Degraded: 5}}}, Runs: map[string]bool{health.CheckQuality: true}}
	p.seconds(3, func() { p.poll("a", 1, 0); p.probe("a", model.Answered) })
	if c := p.check(t, "api_endpoint", "a"); c.Status != model.CheckUnhealthy || c.Verdict() != model.Degraded {
		t.Errorf("%+v", c)
	}
	if c := p.check(t, "model_inference", "bert v1 on a"); c.Status != model.CheckDegraded {
		t.Errorf("%+v", c)
	}
	if c := p.check(t, "response_quality", "fleet"); c.Status != model.CheckUnknown {
		t.Errorf("%+v", c)
	}
	for _, c := range p.Snapshot().Checks {
		if c.Name == health.CheckDisk {
			t.Error("a check that is off is there")
		}
	}
}

// What a snapshot holds is never written again.
func TestPublishedChecksStay(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.seconds(3, func() { p.poll("a", 1, 0); p.probe("a", model.Answered) })
	before := p.Snapshot()
	status := before.Checks[0].Status
	copied := append([]model.Check(nil), before.Checks...)
	p.seconds(20, func() { p.fail("a", model.TimedOut) })
	p.Snapshot()
	for i := range copied {
		if copied[i].Status != before.Checks[i].Status || copied[i].Message != before.Checks[i].Message {
			t.Errorf("%+v became %+v", copied[i], before.Checks[i])
		}
	}
	if before.Checks[0].Status != status {
		t.Error("it changed")
	}
}
