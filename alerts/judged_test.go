package alerts

import (
	"testing"
	"time"

	"tritop/model"
)

// objective is one of a latency.
func objective(verdict model.ObjectiveVerdict, value float64, n uint64) View {
	o := model.ObjectiveState{Objective: model.Objective{Name: "latency_p99", Model: "bert", Metric: model.MetricP99, Op: model.AtMostOp, Target: 100, Window: time.Minute, Severity: model.Critical},
		Verdict: verdict, Value: model.Of(value), N: n, Over: time.Minute}
	if verdict == model.ObjectiveNoData {
		o.Value, o.Reason = model.Missing(model.NotObserved), "the statistics cannot be read"
	}
	return View{Objectives: []model.ObjectiveState{o}, Runbooks: map[string]string{"bert": "https://wiki.example/bert"}}
}

func TestAMissedObjective(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.pass(15, objective(model.ObjectiveFail, 152.25, 1000)).is("TritonObjectiveMissed critical pending")
	d.pass(1, objective(model.ObjectiveFail, 152.25, 1000)).is("TritonObjectiveMissed critical firing")
	a := d.only()
	if a.Summary != "latency_p99 of bert is 152.25 ms, wanted <= 100 ms, over 1m0s, of 1000 requests" || a.Runbook != "https://wiki.example/bert" || !a.Page {
		t.Errorf("%+v", a)
	}
	// Better, and not yet by enough: it goes on. Few requests say nothing.
	d.pass(300, objective(model.ObjectivePass, 96, 1000)).is("TritonObjectiveMissed critical firing")
	d.pass(300, objective(model.ObjectiveFew, 10, 3)).is("TritonObjectiveMissed critical firing")
	d.pass(61, objective(model.ObjectivePass, 94, 1000)).is("TritonObjectiveMissed critical resolved")
	newDesk(t).pass(300, objective(model.ObjectivePass, 96, 1000)).is()
}

func TestAnObjectiveWithoutData(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.pass(300, objective(model.ObjectiveNoData, 0, 0)).is() // it never had any
	d.pass(16, objective(model.ObjectiveFail, 152, 1000)).pass(61, objective(model.ObjectiveNoData, 0, 0))
	d.is("TritonObjectiveNoData warning firing", "TritonObjectiveMissed critical firing")
	if a := d.List()[1]; a.NoData != "no data: the statistics cannot be read" {
		t.Errorf("%+v", a)
	}
	// No request is no lack of data, and proves nothing.
	idle := objective(model.ObjectiveNoData, 0, 0)
	idle.Objectives[0].Value, idle.Objectives[0].Reason = model.Missing(model.NoDemand), "no demand"
	d.pass(600, idle).is("TritonObjectiveMissed critical firing", "TritonObjectiveNoData warning resolved")
	// What the server withholds is the server's alert; where most are silent, the fleet's.
	gone := objective(model.ObjectiveNoData, 0, 0)
	gone.Objectives[0].Value = model.Missing(model.OutOfReach)
	d = newDesk(t)
	d.pass(1, objective(model.ObjectivePass, 10, 1000)).pass(100, gone).is()
	cut := objective(model.ObjectiveNoData, 0, 0)
	cut.Servers = fleet(3, 3).Servers
	d.pass(100, cut).is("TritopBlind critical firing")
}

// One failure of many raises no alert, whatever the share says.
func TestFewFailuresAreNoNews(t *testing.T) {
	t.Parallel()
	share := func(m model.Metric, value float64, n uint64) View {
		v := objective(model.ObjectiveFail, value, n)
		o := &v.Objectives[0]
		o.Metric, o.Op, o.Target, o.Budget = m, model.AtLeastOp, 0.9999, &model.Budget{}
		if m == model.MetricErrorRate {
			o.Op, o.Target = model.AtMostOp, 0.001
		}
		return v
	}
	newDesk(t).pass(600, share(model.MetricAvailability, 1-9.0/10000, 10000)).is()
	newDesk(t).pass(600, share(model.MetricErrorRate, 9.0/1000, 1000)).is()
	d := newDesk(t)
	d.pass(16, share(model.MetricAvailability, 0.999, 10000)).is("TritonObjectiveMissed critical firing")
	if a := d.only(); a.Page || a.Summary != "latency_p99 of bert is 99.9 %, wanted >= 99.99 %, over 1m0s, of 10000 requests" {
		t.Errorf("the budget decides who is woken: %+v", a)
	}
	d.pass(600, share(model.MetricAvailability, 1-9.0/10000, 10000)).is("TritonObjectiveMissed critical firing")
	pass := share(model.MetricAvailability, 0.99991, 1e6)
	pass.Objectives[0].Verdict = model.ObjectivePass
	d.pass(61, pass).is("TritonObjectiveMissed critical resolved")
	newDesk(t).pass(16, share(model.MetricErrorRate, 0.01, 1000)).is("TritonObjectiveMissed critical firing")
}

func budget(v View, burns ...model.Burn) View {
	v.Objectives[0].Budget = &model.Budget{Burns: burns, Ends: true, Left: 3*time.Hour + 20*time.Second}
	return v
}

func burn(name string, page, firing bool) model.Burn {
	return model.Burn{Name: name, Page: page, Firing: firing, Long: time.Hour, Short: 5 * time.Minute, Factor: 14.4, OverLong: model.Of(20), OverShort: model.Of(31.5), Bad: 120}
}

// The conditions of one urgency are one alert, which begins and ends at once: their
// windows are long enough.
func TestABurningBudget(t *testing.T) {
	t.Parallel()
	ok := objective(model.ObjectivePass, 10, 1000)
	d := newDesk(t)
	d.pass(1, budget(ok, burn("page 5m", true, true), burn("page 1h", true, true), burn("ticket 1d", false, false))).is("TritonBudgetBurn critical firing")
	want := "latency_p99 of bert: the error budget is spent 20 times as fast as allowed over 1h0m0s and 31.5 over 5m0s (limit 14.4), 120 requests failed, nothing is left in 3h0m0s"
	if a := d.only(); a.Summary != want || !a.Page {
		t.Errorf("%+v", a)
	}
	d.pass(1, budget(ok, burn("page 5m", true, false), burn("page 1h", true, true), burn("ticket 1d", false, true))).is("TritonBudgetBurn warning firing", "TritonBudgetBurn critical firing")
	d.pass(1, budget(ok, burn("page 5m", true, false), burn("page 1h", true, false), burn("ticket 1d", false, true))).is("TritonBudgetBurn warning firing", "TritonBudgetBurn critical resolved")
	// Neither silence nor too few requests say that it is over.
	silent, few := burn("ticket 1d", false, false), burn("ticket 1d", false, false)
	silent.OverShort, few.Few = model.Missing(model.NoDemand), true
	d.pass(600, budget(ok, silent)).pass(600, budget(ok, few)).pass(600, budget(objective(model.ObjectiveNoData, 0, 0), burn("ticket 1d", false, false)))
	for _, a := range d.List() {
		if a.Name() == BudgetBurn && a.Severity == model.Warning && (a.State != model.AlertFiring || a.NoData == "") {
			t.Errorf("%+v", a)
		}
	}
}
