package ui

import (
	"slices"
	"testing"
	"time"

	"tritop/model"
)

// withVerdicts puts objectives, checks and alerts of all states into a snapshot, as
// the engine does: the worst of them of its first models.
func withVerdicts(s *model.Snapshot) *model.Snapshot {
	out := *s
	out.Objectives, out.Checks, out.Alerts = nil, nil, nil
	for i := range s.Models {
		out.Objectives = append(out.Objectives, verdictsOf(s, i)...)
	}
	out.Checks = checksFor(s)
	if len(s.Models) == 0 {
		return &out
	}
	out.Alerts = alertsFor(s)
	o := &out.Objectives[1]
	p := model.Problem{Finding: model.Finding{Verdict: model.Unhealthy, Since: o.Since, Reason: "p99 412 ms > 250 ms", Evidence: "9,100 probes over 60 s"}, Object: o.Model, Model: o.Model, Servers: 3, Trend: model.TrendRising}
	p.Change = model.Event{Seq: 1, At: o.Since.Add(-2 * time.Minute), Kind: model.EventAppeared, Server: s.Servers[0].Name, Model: o.Model, Version: "7", To: "READY"}
	out.Problems = append([]model.Problem{p}, s.Problems...)
	return &out
}

// verdictsOf are the objectives of one model: each of the first few stands in
// another way to them.
func verdictsOf(s *model.Snapshot, i int) []model.ObjectiveState {
	name, now := s.Models[i].Name, s.Now
	of := func(o model.Objective, value float64, verdict model.ObjectiveVerdict) model.ObjectiveState {
		o.Model, o.Window = name, cmpWindow(o.Window)
		return model.ObjectiveState{Objective: o, Verdict: verdict, Value: model.Of(value), N: 9100, Over: o.Window, Source: "triton"}
	}
	available := of(model.Objective{Name: "availability", Metric: model.MetricAvailability, Op: model.AtLeastOp, Target: 0.999, Window: 5 * time.Minute, Severity: model.Critical}, 0.99997, model.ObjectivePass)
	available.Budget = budget(now, 0.96, 0.03)
	p99 := of(model.Objective{Name: "latency_p99", Metric: model.MetricP99, Op: model.AtMostOp, Target: 250, Severity: model.Critical}, 96, model.ObjectivePass)
	p99.Source, p99.N = "probe", 120
	p95 := of(model.Objective{Name: "latency_p95", Metric: model.MetricP95, Op: model.AtMostOp, Target: 50, Severity: model.Warning}, 41, model.ObjectivePass)
	p95.Source = "triton-summary"
	switch i {
	case 0: // burns
		available.Verdict, available.Value, available.Since = model.ObjectiveFail, model.Of(0.979), now.Add(-190*time.Second)
		available.Budget = budget(now, 0.09, 21)
		available.Budget.Left, available.Budget.Ends = 110*time.Minute, true
		available.Violations = []model.Violation{{Begin: now.Add(-26 * time.Hour), End: now.Add(-25 * time.Hour), Worst: 0.9971, Source: "triton"}, {Begin: available.Since, Worst: 0.9712, Source: "triton"}}
		p99.Verdict, p99.Value, p99.Since, p99.N = model.ObjectiveFail, model.Of(412), now.Add(-190*time.Second), 9100
		p99.Violations = []model.Violation{{Begin: p99.Since, Worst: 431, Source: "probe"}}
	case 1: // empty
		available.Verdict, available.Value, available.Since = model.ObjectiveFail, model.Of(0), now.Add(-62*time.Second)
		available.Budget = budget(now, -0.4, 1000)
		p99.Verdict, p99.Value, p99.N, p99.Source, p99.Reason = model.ObjectiveNoData, model.Missing(model.OutOfReach), 0, "", "no server of the model answers"
		p95.Verdict, p95.Value, p95.N, p95.Source, p95.Reason = p99.Verdict, p99.Value, 0, "", p99.Reason
	case 2: // not critical
		p95.Verdict, p95.Value, p95.Since = model.ObjectiveFail, model.Of(61.2), now.Add(-11*time.Minute)
		available.Budget = budget(now, 0.42, 1.3)
	case 3: // too few
		available.Verdict, available.N, available.Value, available.Reason = model.ObjectiveFew, 9, model.Of(8.0/9), "1 failure of 9 requests proves nothing"
		available.Budget = budget(now, 0.77, 0)
		available.Budget.SLA.Coverage, available.Budget.SLA.Left = model.Of(0.31), model.Missing(model.NotObserved)
		p99.Verdict, p99.N, p99.Over, p99.Reason = model.ObjectiveFew, 31, 10*time.Minute, "31 samples within 10 minutes, p99 needs 100"
		p95.Verdict, p95.Value, p95.Reason = model.ObjectiveNoData, model.Missing(model.NoDemand), "no demand"
	case 4: // lengthened
		p99.N, p99.Over = 100, 500*time.Second
	}
	return []model.ObjectiveState{available, p99, p95}
}

func cmpWindow(d time.Duration) time.Duration {
	if d == 0 {
		return time.Minute
	}
	return d
}

// budget is one of which so much is left, spent so many times as fast as allowed.
func budget(now time.Time, left, rate float64) *model.Budget {
	b := &model.Budget{Allowed: 0.001, Rate: model.Of(rate), Over: 5 * time.Minute,
		SLO: model.BudgetSpan{From: now.Add(-12 * 24 * time.Hour), Period: model.BudgetPeriod, Valid: 48_210_000, Bad: uint64(48_210 * max(0.01, 1-left)), Coverage: model.Of(0.987), Left: model.Of(left)},
		SLA: model.BudgetSpan{From: now.Add(-10 * 24 * time.Hour), Period: 30 * 24 * time.Hour, Valid: 40_100_000, Bad: uint64(40_100 * max(0.01, 1-left)), Coverage: model.Of(0.981), Left: model.Of(left + 0.02)}}
	for _, c := range []model.Burn{{Name: "page 5m", Page: true, Long: 5 * time.Minute, Short: 30 * time.Second, Factor: 60}, {Name: "page 1h", Page: true, Long: time.Hour, Short: 5 * time.Minute, Factor: 14.4},
		{Name: "page 6h", Page: true, Long: 6 * time.Hour, Short: 30 * time.Minute, Factor: 6}, {Name: "ticket 1d", Long: 24 * time.Hour, Short: 2 * time.Hour, Factor: 3}, {Name: "ticket 3d", Long: 72 * time.Hour, Short: 6 * time.Hour, Factor: 1}} {
		c.OverLong, c.OverShort, c.Bad = model.Of(rate*0.9), model.Of(rate), uint64(rate*40)
		c.Firing = rate*0.9 > c.Factor
		if c.Few = c.Firing && rate < 2; c.Few {
			c.Firing, c.Bad = false, 4
		}
		b.Burns = append(b.Burns, c)
	}
	b.Spenders = []model.Spender{{Begin: now.Add(-26 * time.Hour), End: now.Add(-25 * time.Hour), Bad: 30_112, Share: 0.68, Version: "6"}, {Begin: now.Add(-190 * time.Second), End: now.Add(-2 * time.Second), Bad: 9_820, Share: 0.22, Version: "7"}}
	return b
}

// checksFor are health checks in all states, in three layers.
func checksFor(s *model.Snapshot) []model.Check {
	now := s.Now
	var out []model.Check
	add := func(layer model.Layer, name, target string, status model.CheckStatus, message string) {
		critical := name != "disk_space" && layer != model.Business
		out = append(out, model.Check{Name: name, Layer: layer, Target: target, Critical: critical, Status: status, Message: message, At: now.Add(-7 * time.Second), Since: now.Add(-4 * time.Minute), TookMs: model.Of(3.2),
			Details: []model.Detail{{Name: "limit", Value: "80 %"}, {Name: "interval", Value: "15s"}, {Name: "timeout", Value: "3s"}}})
	}
	for i := range s.Servers {
		name := s.Servers[i].Name
		add(model.Infrastructure, "disk_space", name, model.CheckNotApplicable, "the disks of a remote server are not seen: configure a node_exporter as a source")
		switch i {
		case 0:
			add(model.Infrastructure, "memory_usage", name+" #0", model.CheckDegraded, "GPU memory 86 % used, healthy below 80 %")
			add(model.Application, "model_inference", "text_classifier v2 on "+name, model.CheckUnhealthy, "says ready, cannot infer: CUDA error: device-side assert triggered, 3 in a row")
			out[len(out)-1].Failing, out[len(out)-1].Server, out[len(out)-1].Model = "3 in a row", name, "text_classifier"
		case 1:
			add(model.Application, "api_endpoint", name, model.CheckUnknown, "no answer was due yet")
		default:
			add(model.Infrastructure, "gpu_availability", name, model.CheckHealthy, "2 of 2 GPUs answer")
			add(model.Application, "api_endpoint", name, model.CheckHealthy, "live and ready in 3 ms")
		}
	}
	add(model.Business, "response_quality", "text_classifier", model.CheckDegraded, "mean of accuracy 0.93 and consistency 0.97 is 0.950, healthy above 0.95")
	slices.SortStableFunc(out, func(a, b model.Check) int { return int(a.Layer) - int(b.Layer) })
	return out
}

// alertsFor are alerts in all states.
func alertsFor(s *model.Snapshot) []model.Alert {
	now, name := s.Now, s.Models[0].Name
	alert := func(called string, severity model.Severity, state model.AlertState, since time.Duration, summary string) model.Alert {
		return model.Alert{Labels: []model.Label{{Name: "alertname", Value: called}, {Name: "model", Value: name}, {Name: "severity", Value: severity.String()}}, State: state, Severity: severity, Summary: summary, Since: now.Add(-since)}
	}
	page := alert("ErrorBudgetBurn", model.Critical, model.AlertFiring, 190*time.Second, "availability of "+name+" is 97.9 %, goal 99.9 %: the budget is gone in 1h50m")
	page.Page, page.Fired, page.Runbook, page.Flaps = true, now.Add(-172*time.Second), "https://runbooks.example/bert-qa-latency", 2
	page.Labels = append(page.Labels, model.Label{Name: "objective", Value: "availability"})
	page.Delivery = []model.Delivery{{To: "alertmanager", Last: now.Add(-42 * time.Second)}, {To: "webhook", Tries: 3, Err: "HTTP 500: no space left"}}
	acked := alert("LatencyP99", model.Critical, model.AlertFiring, 9*time.Minute, "p99 of "+name+" is 412 ms, goal 250 ms")
	acked.Said = model.Said{By: "op1 on pts/3", At: now.Add(-4 * time.Minute), Reason: "rolling v7 back, INC-4711"}
	acked.Delivery = []model.Delivery{{To: "alertmanager", Last: now.Add(-2 * time.Second)}}
	snoozed := alert("LatencyP95", model.Warning, model.AlertFiring, 11*time.Minute, "p95 of whisper is 61.2 ms, goal 50 ms")
	snoozed.Said = model.Said{By: "op2 on pts/1", At: now.Add(-time.Minute), Reason: "known, ticket 12", Until: now.Add(42 * time.Minute)}
	silenced := alert("GPUMemory", model.Warning, model.AlertFiring, time.Hour, "GPU memory 86 % used")
	silenced.Silence, silenced.NoData = "op3: load test until 16:00", "the server gives no answer"
	pending := alert("Throughput", model.Warning, model.AlertPending, 20*time.Second, "40 requests/s, goal 100")
	resolved := alert("ServerDown", model.Critical, model.AlertResolved, 50*time.Minute, "eu1-gpu-02 is listening again")
	resolved.Fired, resolved.Resolved = now.Add(-50*time.Minute), now.Add(-31*time.Minute)
	return []model.Alert{page, acked, snoozed, silenced, pending, resolved}
}

// judged is a fleet with verdicts of all kinds, hung long enough for windows.
func judged(tb testing.TB) *model.Snapshot {
	tb.Helper()
	return withVerdicts(withMachines(at(tb, "bad-version", 6*time.Minute)))
}

// hostileVerdicts renames all that is judged to what a terminal must never see.
func hostileVerdicts(s *model.Snapshot, name func(label string) string) {
	s.Objectives = slices.Clone(s.Objectives)
	for i := range s.Objectives {
		o := &s.Objectives[i]
		o.Name, o.Reason, o.Source = name("objective"), name("reason"), name("source")
		if i%2 == 0 {
			o.Model = name("model")
		}
	}
	s.Checks = slices.Clone(s.Checks)
	for i := range s.Checks {
		c := &s.Checks[i]
		c.Name, c.Target, c.Message, c.Failing = name("check"), name("target"), name("message"), name("failing")
		c.Details = []model.Detail{{Name: name("detail"), Value: name("value")}}
	}
	s.Alerts = slices.Clone(s.Alerts)
	for i := range s.Alerts {
		r := &s.Alerts[i]
		r.Labels = []model.Label{{Name: "alertname", Value: name("alert")}, {Name: name("label"), Value: name("value")}, {Name: "model", Value: name("model")}}
		r.Summary, r.Runbook, r.Silence, r.NoData = name("summary"), name("runbook"), name("silence"), name("no data")
		r.Said.By, r.Said.Reason = name("by"), name("why")
		r.Delivery = []model.Delivery{{To: name("to"), Err: name("err")}}
	}
}
