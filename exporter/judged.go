package exporter

import (
	"strings"

	"tritop/model"
)

// judged writes objectives, budgets, burn rates, checks and alerts.
func (t *text) judged(s *model.Snapshot) {
	t.objectives(s.Objectives)
	t.budgets(s.Objectives)
	t.burns(s.Objectives)
	t.family("tritop_check_status", gauge, "Health checks: 0 healthy, 1 degraded, 2 unhealthy; absent where nothing is known or it is not applicable.")
	for i := range s.Checks {
		c := &s.Checks[i]
		if v, known := map[model.CheckStatus]float64{model.CheckHealthy: 0, model.CheckDegraded: 1, model.CheckUnhealthy: 2}[c.Status]; known {
			t.sample(checked(c), v)
		}
	}
	t.family("tritop_check_duration_seconds", gauge, "How long the newest run of a health check took.")
	for i := range s.Checks {
		t.figure(checked(&s.Checks[i]), s.Checks[i].TookMs, 1e-3)
	}
	t.family("tritop_alerts", gauge, "Alerts by state and severity; resolved ones for an hour.")
	for _, state := range []model.AlertState{model.AlertPending, model.AlertFiring, model.AlertResolved} {
		for _, severity := range []model.Severity{model.Critical, model.Warning, model.Info} {
			n := uint64(0)
			for i := range s.Alerts {
				if s.Alerts[i].State == state && s.Alerts[i].Severity == severity {
					n++
				}
			}
			t.count(labels("state", state.String(), "severity", severity.String()), n)
		}
	}
}

func checked(c *model.Check) string {
	return labels("check", c.Name, "layer", c.Layer.String(), "target", c.Target)
}

func named(o *model.ObjectiveState) string {
	return labels("objective", o.Name, "model", o.Model)
}

// objectives writes whether they are met, and the figures that decide it.
func (t *text) objectives(all []model.ObjectiveState) {
	t.family("tritop_objective_pass", gauge, "Whether the objective is met (1) or not (0); absent where there are no data, or too few.")
	for i := range all {
		if v := all[i].Verdict; v == model.ObjectivePass || v == model.ObjectiveFail {
			t.sample(named(&all[i]), truth(v == model.ObjectivePass))
		}
	}
	t.family("tritop_objective_verdict", gauge, "1 for the verdict that the objective has: PASS, FAIL, FEW or NO_DATA.")
	for i := range all {
		t.part("", named(&all[i]), labels("verdict", all[i].Verdict.String()), 1)
	}
	t.family("tritop_objective_value", gauge, "The figure that is judged, in its base unit: a ratio, seconds, or requests per second.")
	for i := range all {
		t.figure(named(&all[i]), all[i].Value, base(&all[i]))
	}
	t.family("tritop_objective_target", gauge, "What it is compared with, in the same unit.")
	for i := range all {
		t.sample(named(&all[i]), all[i].Target*base(&all[i]))
	}
}

// base turns the unit of an objective into a base unit.
func base(o *model.ObjectiveState) float64 {
	if o.Metric.Unit() == "ms" {
		return 1e-3
	}
	return 1
}

// budgets writes what is left of them.
func (t *text) budgets(all []model.ObjectiveState) {
	spans := func(name, help string, of func(s *model.BudgetSpan) model.Figure) {
		t.family(name, gauge, help)
		for i := range all {
			if b := all[i].Budget; b != nil {
				t.figure(named(&all[i])+`,budget="slo"`, of(&b.SLO), 1)
				t.figure(named(&all[i])+`,budget="sla"`, of(&b.SLA), 1)
			}
		}
	}
	spans("tritop_error_budget_remaining_ratio", "Share of the error budget that is left: slo rolling, sla of the calendar month; negative when overspent, absent under 50 % coverage.",
		func(s *model.BudgetSpan) model.Figure { return s.Left })
	spans("tritop_error_budget_coverage_ratio", "Share of the time since the first observation in which the servers answered.", func(s *model.BudgetSpan) model.Figure { return s.Coverage })
	t.family("tritop_error_budget_exhausted_in_seconds", gauge, "Time until the budget is spent at the rate of now; absent where it does not end.")
	for i := range all {
		if b := all[i].Budget; b != nil && b.Ends {
			t.sample(named(&all[i])+`,budget="slo"`, b.Left.Seconds())
		}
	}
}

// burns writes how fast budgets are spent.
func (t *text) burns(all []model.ObjectiveState) {
	each := func(name, help string, write func(labels string, b *model.Burn)) {
		t.family(name, gauge, help)
		for i := range all {
			if all[i].Budget == nil {
				continue
			}
			for j := range all[i].Budget.Burns {
				b := &all[i].Budget.Burns[j]
				write(named(&all[i])+","+labels("condition", strings.ReplaceAll(b.Name, " ", "-")), b)
			}
		}
	}
	each("tritop_burn_rate", "How many times as fast as allowed the budget is spent, by condition and window.", func(l string, b *model.Burn) {
		t.figure(l+`,window="long"`, b.OverLong, 1)
		t.figure(l+`,window="short"`, b.OverShort, 1)
	})
	each("tritop_burn_rate_firing", "Whether the condition holds: both windows are above its factor, with enough failures.", func(l string, b *model.Burn) { t.sample(l, truth(b.Firing)) })
}
