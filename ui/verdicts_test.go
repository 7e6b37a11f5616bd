package ui

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/columns"
	"tritop/ui/draw"
)

// judgedViews are the views of what is judged, and those that show something of it.
func judgedViews(s *model.Snapshot) map[string]string {
	worst := s.Models[0].Name
	return map[string]string{"overview": "overview", "sla": "sla", "health": "health", "alerts": "alerts", "wall": "wall",
		"objective": "objective:" + joinNames(worst, "availability"), "objective-p99": "objective:" + joinNames(worst, "latency_p99"),
		"latency": "latency:" + worst, "model": "model:" + worst, "check": "check:" + joinNames("model_inference", "text_classifier v2 on "+s.Servers[0].Name)}
}

// Every view that shows verdicts at three sizes, and without colour and in ASCII.
func TestGoldenVerdicts(t *testing.T) {
	t.Parallel()
	s := judged(t)
	mono, _ := themes.ByName("mono")
	for name, v := range judgedViews(s) {
		for _, z := range []size{{80, 24}, {120, 40}, {200, 60}} {
			golden(t, "judged-"+name+"-"+z.String()+".txt", frame(t, s, v, z, Options{}).Text())
		}
		golden(t, "judged-"+name+"-80x24-ascii.txt", frame(t, s, v, size{80, 24}, Options{Theme: mono, ASCII: true}).Text())
	}
	for _, v := range []string{"sla", "health", "alerts"} { // nothing is configured
		golden(t, "judged-none-"+v+"-80x24.txt", frame(t, empty(t), v, size{80, 24}, Options{}).Text())
	}
}

// A row without a verdict has no sign of one: neither few samples, nor no data, nor
// what cannot be seen, is ever drawn as good.
func TestNoVerdictIsNeverDrawnAsGood(t *testing.T) {
	t.Parallel()
	s := judged(t)
	good := string(themes.Unicode().Good)
	seen := 0
	for _, v := range []string{"sla", "health"} {
		for _, line := range strings.Split(frame(t, s, v, size{200, 60}, Options{}).Text(), "\n") {
			for _, word := range []string{" NO_DATA ", " FEW ", " n/a ", " unknown "} {
				if !strings.Contains(line, word) || strings.Contains(line, "well") { // the headings count all of them
					continue
				}
				if seen++; strings.Contains(line, good) {
					t.Errorf("%q in %s", line, v)
				}
			}
		}
	}
	if seen < 8 {
		t.Errorf("%d rows without a verdict were seen", seen)
	}
}

// The first screen of 80x24 says what fails, against what goal, and when the budget
// is gone, in words.
func TestFirstScreenSaysGoalAndBudget(t *testing.T) {
	t.Parallel()
	mono, _ := themes.ByName("mono")
	text := frame(t, judged(t), "overview", size{80, 24}, Options{Theme: mono, ASCII: true}).Text()
	for _, want := range []string{"1 FIRING", "p99 412 ms > 250 ms", "budget gone in 1h50m", "began 14:02", "changed just before: 14:00:50", "FAIL", "EMPTY", "avail 97.90/99.9 %", "WARN", "FEW"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the first screen:\n%s", want, text)
		}
	}
}

// Without objectives the table of models is the one that it was, and with them what
// it is sorted by stays.
func TestModelsKeepTheirOrderWhenObjectivesCome(t *testing.T) {
	t.Parallel()
	plain := at(t, "bad-version", 25*time.Second)
	s := opened25(t, size{200, 60}).keys("2", "R")
	for _, snap := range []*model.Snapshot{plain, withVerdicts(plain), plain} {
		s.m.Update(snapshotMsg{snap})
		s.shows("models by RPS")
		if has := strings.Contains(s.m.View().Content, "VALUE/GOAL"); has != (len(snap.Objectives) > 0) {
			t.Errorf("with %d objectives the goals are shown: %v", len(snap.Objectives), has)
		}
	}
	s.keys("B") // of a column that is only there with objectives
	s.m.Update(snapshotMsg{withVerdicts(plain)})
	s.keys("B").shows("models by BUDGET")
	s.m.Update(snapshotMsg{plain})
	s.shows("broken first")
}

// From the list of alerts to the evidence, and back to the model by its percentiles.
func TestDrillFromAlertToEvidence(t *testing.T) {
	t.Parallel()
	snap := judged(t)
	s := begin(t, snap, size{120, 40})
	s.keys("a").shows("ErrorBudgetBurn").keys("enter").shows("OBJECTIVE", "what spent it", "page 1h", "goes on", "the model's servers")
	s.keys("p").shows("LATENCY", "HISTOGRAM OVER TIME", "not available from this source")
	s.keys("esc", "enter").shows("SERVER")
	s.keys("1", "v", "enter").shows("OBJECTIVE")
	s.keys("1", "b", "tab", "enter").shows("CHECK", "raises an alert")
}

// begin is a session on a snapshot.
func begin(t *testing.T, snap *model.Snapshot, z size) *session {
	t.Helper()
	s := opened25(t, z)
	s.m.backend.(*fakeBackend).snap.Store(snap)
	s.m.Update(snapshotMsg{snap})
	return s
}

// said gives what the backend was told.
func (s *session) said() []model.Say { return s.m.backend.(*fakeBackend).said }

// does does what the last key asked for.
func (s *session) does() *session {
	s.t.Helper()
	for s.last != nil {
		msg := s.last()
		_, s.last = s.m.Update(msg)
	}
	return s
}

func TestAcknowledgeNeedsAReason(t *testing.T) {
	t.Parallel()
	snap := judged(t)
	s := begin(t, snap, size{80, 24})
	s.keys("a", "t").shows("ACKNOWLEDGE OR SNOOZE", "snooze 4h")
	s.keys("down", "enter").shows("reason: ", "snooze ErrorBudgetBurn for 15m")
	s.keys("enter").does().shows("a reason is required")
	if n := len(s.said()); n != 0 {
		t.Fatalf("said %d times without a reason", n)
	}
	s.keys("I", "N", "C", "enter").does().shows("snoozed for 15m: ErrorBudgetBurn")
	if got := s.said(); len(got) != 1 || got[0].Reason != "INC" || got[0].For != 15*time.Minute || got[0].TakeBack || !slices.Equal(got[0].Alert, snap.Alerts[0].Labels) {
		t.Fatalf("said %+v", got)
	}
	s.keys("j", "t").shows("take back", "what op1 on pts/3 said of it")
	s.keys("up", "enter").does().shows("taken back what was said of LatencyP99")
	if got := s.said(); len(got) != 2 || !got[1].TakeBack {
		t.Fatalf("said %+v", got)
	}
}

// What cannot be said says why: by a tritop that observes, of an alert that is over,
// and when nobody keeps it.
func TestSayingTellsWhyNot(t *testing.T) {
	t.Parallel()
	s := begin(t, judged(t), size{120, 40})
	s.keys("a", "G", "t").shows("does nothing here: it is resolved")
	s.m.screen.opt.Observes = "this tritop only observes"
	s.keys("g", "t").shows("does nothing here: this tritop only observes")
	s.m.screen.opt.Observes = ""
	s.m.backend.(*fakeBackend).refuses = errors.New("the state directory is read-only")
	s.keys("t", "enter", "x", "enter").does().shows("not acknowledged ErrorBudgetBurn: the state directory is read-only")
}

// The bell rings for a page that begins to fire while somebody looks, once.
func TestBellRingsForNewPages(t *testing.T) {
	t.Parallel()
	s := judged(t)
	calm := *s
	calm.Alerts = nil
	for name, c := range map[string]struct {
		seen []*model.Snapshot
		last int
	}{
		"fired before":        {[]*model.Snapshot{s}, 0},
		"a new one":           {[]*model.Snapshot{&calm, s}, 1},
		"still the same":      {[]*model.Snapshot{&calm, s, s}, 0},
		"again":               {[]*model.Snapshot{&calm, s, &calm, s}, 1},
		"acknowledged, fires": {[]*model.Snapshot{&calm, inHand(s)}, 0},
	} {
		b, n := bell{on: true}, 0
		var first *model.Alert
		for _, snap := range c.seen {
			n, first = b.ring(snap)
		}
		if n != c.last || (first != nil) != (n > 0) {
			t.Errorf("%s: rings for %d, want %d", name, n, c.last)
		}
	}
}

// With severities it rings for those, pages or not.
func TestBellRingsForItsSeverities(t *testing.T) {
	t.Parallel()
	s := judged(t)
	calm, loud := *s, *inHand(s)
	calm.Alerts = nil
	loud.Alerts = append([]model.Alert{{Labels: []model.Label{{Name: "alertname", Value: "Queue"}}, State: model.AlertFiring, Severity: model.Warning, Summary: "grows"}}, loud.Alerts...)
	for severity, want := range map[model.Severity]int{model.Warning: 1, model.Info: 0} {
		b := bell{Bell: Bell{Severities: []model.Severity{severity}}, on: true}
		b.ring(&calm)
		if n, _ := b.ring(&loud); n != want {
			t.Errorf("%v: rings for %d, want %d", severity, n, want)
		}
	}
}

// inHand is the same with its page acknowledged.
func inHand(s *model.Snapshot) *model.Snapshot {
	out := *s
	out.Alerts = slices.Clone(s.Alerts)
	out.Alerts[0].Said = model.Said{By: "op", At: s.Now, Reason: "seen"}
	return &out
}

func TestStatusTextTellsObjectivesAndAlerts(t *testing.T) {
	t.Parallel()
	text := StatusText(judged(t))
	for _, want := range []string{
		"- FAIL latency_p99 of encoder: 412 ms, goal <=250 ms (probe, n 9100, over 1m00s), since 14:02:50Z",
		"FAIL availability of encoder: 97.90 %, goal >=99.9 %", "9 % of the budget left, gone at 15:56Z", "budget EMPTY",
		"firing page ErrorBudgetBurn", "runbook https://", "acknowledged by op1 on pts/3: rolling v7 back",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the status text:\n%s", want, text)
		}
	}
	for _, not := range []string{"PASS", "resolved", "LatencyP95 of"} {
		if strings.Contains(text, not) {
			t.Errorf("%q is in the status text:\n%s", not, text)
		}
	}
}

// What a model stands at: what fails decides, the critical first; a pass counts more
// than too few samples; no figure at all is unknown, whatever else was found.
func TestStandingOfAModel(t *testing.T) {
	t.Parallel()
	type is = model.ObjectiveState
	fail := func(s model.Severity) is {
		return is{Objective: model.Objective{Model: "m", Severity: s}, Verdict: model.ObjectiveFail}
	}
	pass, few, none := is{Objective: model.Objective{Model: "m"}, Verdict: model.ObjectivePass}, is{Objective: model.Objective{Model: "m"}, Verdict: model.ObjectiveFew}, is{Objective: model.Objective{Model: "m"}}
	for name, c := range map[string]struct {
		all         []is
		found, want model.Verdict
		word        string
	}{
		"critical": {[]is{pass, fail(model.Warning), fail(model.Critical)}, model.Healthy, model.Unhealthy, "FAIL"},
		"warning":  {[]is{few, fail(model.Warning), none}, model.Healthy, model.Degraded, "WARN"},
		"pass":     {[]is{few, pass, none}, model.Healthy, model.Healthy, "PASS"},
		"few":      {[]is{none, few}, model.Healthy, model.Unknown, "FEW"},
		"no data":  {[]is{none}, model.Healthy, model.Unknown, "NO_DATA"},
		"worse":    {[]is{pass}, model.Unhealthy, model.Unhealthy, "PASS"},
		"no few":   {[]is{few}, model.Degraded, model.Degraded, "FEW"},
	} {
		s := model.Snapshot{Judged: model.Judged{Objectives: c.all}}
		st := columns.StandingOf(&s, "m")
		if st.Verdict(c.found) != c.want || columns.ObjectiveWord(st.Worst) != c.word {
			t.Errorf("%s: %v %s, want %v %s", name, st.Verdict(c.found), columns.ObjectiveWord(st.Worst), c.want, c.word)
		}
	}
	s := model.Snapshot{Judged: model.Judged{Objectives: []is{pass}}}
	if st := columns.StandingOf(&s, "other"); st.Worst != nil || st.Verdict(model.Degraded) != model.Degraded {
		t.Error("a model without objectives is not as it was found")
	}
}

// Shares are told to a digit more than their goal has, and never rounded up to all.
func TestAmountsBesideTheirGoals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		metric      model.Metric
		value, goal float64
		want        string
	}{
		{model.MetricAvailability, 0.99997, 0.999, "99.99"}, {model.MetricAvailability, 1, 0.999, "100"}, {model.MetricAvailability, 0.9, 0.9999, "90.000"},
		{model.MetricErrorRate, 0.00034, 0.001, "0.03"}, {model.MetricErrorRate, 0, 0.001, "0"}, {model.MetricP99, 412.4, 250, "412"}, {model.MetricThroughput, 12_345, 100, "12k"},
	} {
		if got := string(draw.AppendAmount(nil, c.metric, c.value, c.goal)); got != c.want {
			t.Errorf("%v %g beside %g: %s, want %s", c.metric, c.value, c.goal, got, c.want)
		}
	}
	if got := string(draw.AppendGoal(nil, &model.Objective{Metric: model.MetricAvailability, Op: model.AtLeastOp, Target: 0.9995})); got != ">=99.95" {
		t.Error(got)
	}
}

// What the words of a problem say already is not said again beside them.
func TestABandSaysTheBudgetOnce(t *testing.T) {
	t.Parallel()
	s := *judged(t)
	s.Problems = slices.Clone(s.Problems)
	for _, reason := range []string{"p99 412 ms > 250 ms", "p99 412 ms > 250 ms · budget gone in 1h50m"} {
		s.Problems[0].Reason = reason
		if n := strings.Count(frame(t, &s, "overview", size{160, 50}, Options{}).Text(), "budget gone in 1h50m"); n != 1 {
			t.Errorf("%q: it is said %d times", reason, n)
		}
	}
}
