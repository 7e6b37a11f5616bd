package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tritop/model"
	"tritop/sla"
)

func objectiveFor(name, of string, m model.Metric, op model.Operator, target float64) model.Objective {
	return model.Objective{Name: name, Model: of, Metric: m, Op: op, Target: target, Window: time.Minute, Severity: model.Critical}
}

// withObjectives is a script with servers that have objectives.
func withObjectives(objectives []model.Objective, servers ...string) *script {
	p := newScript(servers...)
	cfg := p.cfg
	cfg.Objectives = objectives
	p.State = NewState(cfg)
	return p
}

func (p *script) objective(t *testing.T, of, name string) model.ObjectiveState {
	t.Helper()
	s := p.Snapshot()
	i := slices.IndexFunc(s.Objectives, func(o model.ObjectiveState) bool { return o.Model == of && o.Name == name })
	if i < 0 {
		t.Fatalf("no %s of %s among %d objectives", name, of, len(s.Objectives))
	}
	return s.Objectives[i]
}

func TestTheObjectiveThatSpeaksOfAModelMostClosely(t *testing.T) {
	t.Parallel()
	all := []model.Objective{
		objectiveFor("p99", "bert-qa", model.MetricP99, model.AtMostOp, 1), objectiveFor("p99", "*", model.MetricP99, model.AtMostOp, 2),
		objectiveFor("p99", "bert-*", model.MetricP99, model.AtMostOp, 3), objectiveFor("p99", "b*", model.MetricP99, model.AtMostOp, 4),
		objectiveFor("other", "*-x", model.MetricP99, model.AtMostOp, 5),
	}
	for name, want := range map[string]string{"bert-qa": "[p99 1]", "bert-x": "[p99 3 other 5]", "blip": "[p99 4]", "clip": "[p99 2]", "clip-x": "[p99 2 other 5]"} {
		var got []string
		for _, o := range objectivesOf(name, all) {
			got = append(got, fmt.Sprint(o.Name, " ", o.Target))
			if o.Model != name {
				t.Errorf("%s: %+v", name, o)
			}
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
}

// Why nothing is known is said in words, and it is never a pass.
func TestWhyThereIsNoVerdict(t *testing.T) {
	t.Parallel()
	errors, p99, rate := objectiveFor("errors", "*", model.MetricErrorRate, model.AtMostOp, 0.001), objectiveFor("p99", "*", model.MetricP99, model.AtMostOp, 100), objectiveFor("rate", "*", model.MetricThroughput, model.AtLeastOp, 5)
	p := withObjectives([]model.Objective{errors, p99, rate, objectiveFor("mean", "*", model.MetricMean, model.AtMostOp, 100), objectiveFor("errors", "ghost", model.MetricErrorRate, model.Below, 1)}, "a")
	reason := func(of, name, want string, v model.ObjectiveVerdict) {
		t.Helper()
		if o := p.objective(t, of, name); o.Verdict != v || o.Reason != want || v == model.ObjectiveNoData && o.Failing() != model.Unknown {
			t.Errorf("%s of %s: %v %q, want %v %q", name, of, o.Verdict, o.Reason, v, want)
		}
	}
	p.seconds(2, func() { p.poll("a", 0, 0) })
	reason("ghost", "errors", "no server lists this model", model.ObjectiveNoData)
	reason("bert", "errors", "no demand", model.ObjectiveNoData)
	reason("bert", "mean", "no demand", model.ObjectiveNoData)
	reason("bert", "p99", "no data: no probe was answered in the last 1m", model.ObjectiveNoData)
	p.seconds(3, func() { p.poll("a", 10, 0); p.probe("a", model.Answered) })
	reason("bert", "rate", "not observed for long enough", model.ObjectiveFew)
	reason("bert", "p99", "3 of the 100 samples that p99 needs", model.ObjectiveFew)
	p.seconds(1, func() { p.poll("a", 10, 1) })
	reason("bert", "errors", "1 of 38 requests failed: too few to tell", model.ObjectiveFew)
	p.seconds(10, func() { p.poll("a", 10, 0) })
	reason("bert", "rate", "", model.ObjectivePass)
	reason("bert", "mean", "", model.ObjectivePass)
	p.seconds(15, func() { p.fail("a", model.Refused) })
	for _, name := range []string{"errors", "p99", "rate", "mean"} {
		reason("bert", name, "no server of the model answers", model.ObjectiveNoData)
	}
	unprobed := withObjectives([]model.Objective{p99}, "a")
	unprobed.cfg.Probed = nil
	unprobed.seconds(2, func() { unprobed.poll("a", 1, 0) })
	if o := unprobed.objective(t, "bert", "p99"); o.Reason != "no data: nothing measures it; configure a probe of the model: tritop probe init SERVER MODEL" {
		t.Error(o.Reason)
	}
}

// failing is a fleet whose requests failed from second 5 to 10, of a short window.
func failing() *script {
	o := objectiveFor("errors", "*", model.MetricErrorRate, model.AtMostOp, 0.001)
	o.Window = 10 * time.Second
	p := withObjectives([]model.Objective{o}, "a")
	p.seconds(5, func() { p.poll("a", 1000, 0) })
	p.seconds(5, func() { p.poll("a", 1000, 20) })
	return p
}

// The model and the fleet are not well while an objective fails.
func TestAnObjectiveThatFailsIsSeenEverywhere(t *testing.T) {
	t.Parallel()
	p := failing()
	s := p.Snapshot()
	f := s.Models[0].Finding
	if s.Verdict != model.Unhealthy || f.Verdict != model.Unhealthy || !f.Since.Equal(t0.Add(6*time.Second)) {
		t.Errorf("%v %s: %+v", s.Verdict, s.Why, f)
	}
	if !strings.HasPrefix(f.Reason, "errors 1") || !strings.Contains(f.Reason, " % > 0.1 % · budget gone in ") || s.Why != "bert: "+f.Reason {
		t.Errorf("%q %q", f.Reason, s.Why)
	}
	p.seconds(60, func() { p.poll("a", 1000, 0) })
	s = p.Snapshot()
	if s.Verdict != model.Healthy || s.Models[0].Finding.Verdict != model.Healthy || len(s.Problems) > 0 {
		t.Errorf("%v %s: %+v", s.Verdict, s.Why, s.Problems)
	}
}

// What fails is one problem, that says where to look.
func TestAnObjectiveThatFailsIsAProblem(t *testing.T) {
	t.Parallel()
	all := failing().Snapshot().Problems
	if len(all) != 1 {
		t.Fatalf("%+v", all)
	}
	if p := all[0]; p.Object != "bert" || p.Model != "bert" || p.Server != "a" || p.Servers != 1 || p.Evidence == "" {
		t.Errorf("%+v", p)
	}
}

// A failure is told once when it begins and once when it ends.
func TestAFailureIsToldTwice(t *testing.T) {
	t.Parallel()
	p := failing()
	p.seconds(60, func() { p.poll("a", 1000, 0) })
	var told []string
	for _, e := range p.Snapshot().Events {
		if e.Kind == model.EventObjective {
			told = append(told, fmt.Sprint(e.Model, " ", e.Words(), " ", e.Verdict))
		}
	}
	if len(told) != 2 || !strings.HasPrefix(told[0], "bert errors 0.") || !strings.HasSuffix(told[0], ", goal ≤ 0.1 % UNHEALTHY") || told[1] != "bert errors 0 %, goal ≤ 0.1 %: met again HEALTHY" {
		t.Errorf("%q", told)
	}
	if v := p.objective(t, "bert", "errors").Violations; len(v) != 1 || v[0].Worst < 0.0099 || v[0].End.IsZero() {
		t.Errorf("%+v", v)
	}
}

// What is not critical weakens only; what is weak for information, too.
func TestSeverities(t *testing.T) {
	t.Parallel()
	for severity, want := range map[model.Severity]model.Verdict{model.Critical: model.Unhealthy, model.Warning: model.Degraded, model.Info: model.Degraded} {
		o := objectiveFor("rate", "*", model.MetricThroughput, model.AtLeastOp, 100)
		o.Severity = severity
		p := withObjectives([]model.Objective{o}, "a")
		p.seconds(15, func() { p.poll("a", 10, 0) })
		if s := p.Snapshot(); s.Verdict != want || s.Problems[0].Verdict != want {
			t.Errorf("%v: %v", severity, s.Verdict)
		}
	}
}

// A percentile of few probes looks back further, and says so.
func TestAWindowOfFewProbesIsLengthened(t *testing.T) {
	t.Parallel()
	p := withObjectives([]model.Objective{objectiveFor("p99", "*", model.MetricP99, model.AtMostOp, 100)}, "a")
	n := 0
	p.seconds(501, func() {
		p.poll("a", 1, 0)
		if n++; n%5 == 0 {
			p.probe("a", model.Answered)
		}
	})
	o := p.objective(t, "bert", "p99")
	if o.Verdict != model.ObjectivePass || o.N != 100 || o.Over < 495*time.Second || o.Over > 500*time.Second || o.Source != "probe" || o.Value != model.Of(2) {
		t.Errorf("%v %v over %s of %d, %s", o.Verdict, o.Value, o.Over, o.N, o.Source)
	}
}

// Summaries of several servers are not merged: the worst with enough requests
// stands for all, by name.
func TestTheWorstSummaryStandsForAll(t *testing.T) {
	t.Parallel()
	p := withObjectives([]model.Objective{objectiveFor("p99", "*", model.MetricP99, model.AtMostOp, 100)}, "a", "b", "c")
	p.seconds(40, func() {
		for server, x := range map[string]struct {
			perSecond uint64
			p99       float64
		}{"a": {20, 40}, "b": {20, 70}, "c": {1, 500}} {
			p.poll(server, x.perSecond, 0)
			seconds := float64(p.now.Sub(t0) / time.Second)
			sample := model.LatencySample{Model: "bert", Version: "1", Count: seconds * float64(x.perSecond), Sum: seconds, Percentiles: model.NoPercentiles(model.NoSource)}
			sample.P99 = model.Of(x.p99)
			p.Apply(model.Scraped{Answer: p.answer(server, model.Answered), HTTPPort: model.Answered, Latencies: []model.LatencySample{sample}})
		}
	})
	if o := p.objective(t, "bert", "p99"); o.Verdict != model.ObjectivePass || o.Value != model.Of(70) || o.Server != "b" || o.Source != "triton-summary" || o.Over != time.Minute {
		t.Errorf("%v %v of %s by %s", o.Verdict, o.Value, o.Server, o.Source)
	}
	p.seconds(10, func() { p.poll("a", 20, 0); p.fail("b", model.Refused); p.poll("c", 1, 0) })
	if o := p.objective(t, "bert", "p99"); o.Server == "b" {
		t.Error("a server that is gone stands for all")
	}
}

// Another configuration keeps what was counted, and what is known of the
// objectives that stay.
func TestObjectivesThatStayKeepTheirAccounts(t *testing.T) {
	t.Parallel()
	errors := objectiveFor("errors", "*", model.MetricErrorRate, model.AtMostOp, 0.001)
	p := withObjectives([]model.Objective{errors, objectiveFor("rate", "*", model.MetricThroughput, model.AtLeastOp, 1)}, "a")
	change := func(objectives ...model.Objective) {
		p.Apply(model.FleetChanged{At: p.now, Fleet: "test", Servers: p.cfg.Servers, Probing: model.Probing{Probed: p.cfg.Probed}, Objectives: objectives})
	}
	p.seconds(10, func() { p.poll("a", 100, 10) })
	before := p.objective(t, "bert", "errors")
	errors.Target = 0.002
	change(errors, objectiveFor("up", "bert", model.MetricAvailability, model.AtLeastOp, 0.99))
	p.seconds(1, func() { p.poll("a", 100, 10) })
	after := p.objective(t, "bert", "errors")
	if before.Verdict != model.ObjectiveFail || !after.Since.Equal(before.Since) || after.Budget.SLO.Valid != before.Budget.SLO.Valid+110 || after.Target != 0.002 {
		t.Errorf("before %+v\nafter %+v", before, after)
	}
	if o := p.objective(t, "bert", "up"); o.Verdict != model.ObjectiveFail || o.Budget.SLO.Valid != after.Budget.SLO.Valid || len(p.Snapshot().Objectives) != 2 {
		t.Errorf("%+v", o)
	}
	change()
	p.seconds(20, func() { p.poll("a", 100, 10) })
	if s := p.Snapshot(); len(s.Objectives) > 0 || len(s.Buckets) > 0 || s.Verdict == model.Unhealthy {
		t.Errorf("%v: %+v", s.Verdict, s.Objectives)
	}
}

// What was kept comes before what this run counts; of a run beside another one it
// takes its place.
func TestWhatWasKeptIsTakenOver(t *testing.T) {
	t.Parallel()
	for beside, want := range map[bool]uint64{false: 550 + 500, true: 500} {
		p := withObjectives(sla.Profile(sla.ProfileDefault), "a")
		p.seconds(6, func() { p.poll("a", 100, 10) })
		p.Apply(model.Recalled{At: p.now, Beside: beside, Buckets: []model.Bucket{{Model: "bert", Start: t0.Add(-time.Hour), Step: model.BucketStep, Valid: 500, Bad: 5, Seconds: 300}, {Model: "gone", Start: t0, Step: model.BucketStep, Valid: 1}}})
		p.Apply(model.Ticked{Now: p.now})
		s := p.Snapshot()
		if n := s.Objectives[0].Budget.SLO.Valid; n != want || s.Recalled != 1 || len(s.Objectives) != 4 {
			t.Errorf("beside %v: %d requests, want %d", beside, n, want)
		}
		p.seconds(1, func() { p.poll("a", 100, 10) })
		if n := p.Snapshot().Objectives[0].Budget.SLO.Valid; n != want+110 {
			t.Errorf("beside %v: then %d requests, want %d", beside, n, want+110)
		}
	}
}

// Models that no server lists any more go after a day, but for those that are named.
func TestModelsThatAreGoneAreForgotten(t *testing.T) {
	t.Parallel()
	p := withObjectives([]model.Objective{objectiveFor("errors", "*", model.MetricErrorRate, model.AtMostOp, 0.001), objectiveFor("errors", "named", model.MetricErrorRate, model.AtMostOp, 0.001)}, "a")
	p.seconds(3, func() { p.poll("a", 1, 0) })
	p.Apply(model.Polled{Answer: p.answer("a", model.Answered), Live: model.Yes, Ready: model.Yes, Connections: 1, Counters: []model.Counters{}})
	p.seconds(2, func() { p.index("a") })
	if s := p.Snapshot(); len(s.Objectives) != 1 || s.Objectives[0].Model != "named" || len(p.State.fleet.levels.sorted) != 2 {
		t.Errorf("%+v", s.Objectives)
	}
	p.now = p.now.Add(25 * time.Hour)
	p.Apply(model.Ticked{Now: p.now})
	if n := len(p.State.fleet.levels.sorted); n != 1 {
		t.Errorf("%d are kept", n)
	}
}
