package columns

import (
	"sort"
	"time"

	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// Objectives are the columns of the table of objectives.
var Objectives = []draw.Column[model.ObjectiveState]{
	{Title: "SLO", Width: 7, Letter: 'S', Help: "PASS; FAIL of a critical objective, WARN of another; FEW: fewer samples than the figure needs; NO_DATA: nothing is known. The last two are never a pass",
		Cell: func(a grid.Area, o *model.ObjectiveState, _ *draw.Drawing) {
			a.Put(0, 0, a.W, ObjectiveWord(o), draw.VerdictStyle(o.Failing()))
		},
		Value: func(o *model.ObjectiveState, _ *draw.Drawing) draw.Value { return draw.Words(ObjectiveWord(o)) }},
	named(draw.Column[model.ObjectiveState]{Title: "OBJECTIVE", Width: 12, Least: 10, Most: 24, Help: "its name in the configuration"},
		func(o *model.ObjectiveState) (string, model.Verdict) { return o.Name, o.Failing() }),
	words(draw.Column[model.ObjectiveState]{Title: "MODEL", Width: 12, Least: 8, Most: 28, Letter: 'M', Help: "the model that it is about"},
		draw.Plain, func(o *model.ObjectiveState) string { return o.Model }),
	{Title: "VALUE", Width: 7, Right: true, Numeric: true, Letter: 'V', Help: "what is measured, in the unit of the goal; its source stands in SOURCE, its count in N",
		Cell: func(a grid.Area, o *model.ObjectiveState, d *draw.Drawing) { PutAmount(a, o, valueStyle(o, d.Style)) },
		Value: func(o *model.ObjectiveState, _ *draw.Drawing) draw.Value {
			return draw.Amount(o.Value, factorOf(o.Metric))
		}},
	{Title: "GOAL", Width: 9, Most: 11, Numeric: true, Letter: 'G', Help: "what was agreed: operator, target, unit (% of users' requests, ms, requests per s)",
		Cell: func(a grid.Area, o *model.ObjectiveState, _ *draw.Drawing) {
			(&draw.Line{A: a}).Goal(&o.Objective, draw.Muted).Gap(1).Put(draw.UnitOf(o.Metric), draw.Muted)
		},
		Value: func(o *model.ObjectiveState, _ *draw.Drawing) draw.Value {
			return draw.Amount(model.Of(o.Target), factorOf(o.Metric))
		}},
	{Title: "OVER", Width: 6, Right: true, Numeric: true, Seconds: true, Drop: 4, Letter: 'O', Help: "what the value looks back on; bright where the window was lengthened, because it held too few samples",
		Cell: func(a grid.Area, o *model.ObjectiveState, d *draw.Drawing) {
			style := draw.Muted
			if o.Over > o.Window {
				style = draw.Strong
			}
			draw.PutAge(a, d.Now.Add(-overOf(o)), d.Now, style)
		},
		Value: func(o *model.ObjectiveState, _ *draw.Drawing) draw.Value {
			return draw.Value{Number: overOf(o).Seconds(), Known: true, Numeric: true}
		}},
	{Title: "N", Width: 5, Right: true, Numeric: true, Drop: 5, Help: "samples that the value stands on: users' requests, or times that the source measured",
		Cell: func(a grid.Area, o *model.ObjectiveState, d *draw.Drawing) { a.PutFloat(float64(o.N), -1, d.Style) },
		Value: func(o *model.ObjectiveState, _ *draw.Drawing) draw.Value {
			return draw.Value{Number: float64(o.N), Known: true, Numeric: true}
		}},
	{Title: "BUDGET", Width: 9, Most: 16, Numeric: true, Letter: 'B', Help: "share of the error budget of the last 30 days (SLO) that is left, in percent; objectives about no share of requests have none",
		Cell:  func(a grid.Area, o *model.ObjectiveState, _ *draw.Drawing) { putBudget(a, o.Budget) },
		Value: func(o *model.ObjectiveState, _ *draw.Drawing) draw.Value { return draw.Amount(leftOf(o.Budget), 100) }},
	figure(draw.Column[model.ObjectiveState]{Title: "BURN", Width: 5, Drop: 3, Letter: 'R', Help: "how many times as fast as allowed the budget is spent now; 1 spends it in exactly its 30 days"},
		1, -1, burnOf),
	{Title: "GONE AT", Width: 7, Most: 11, Right: true, Numeric: true, Seconds: true, Drop: 1, Letter: 'X', Called: "gone", Help: "when the budget is exhausted if it goes on so; EMPTY: it is; to filter: in how long",
		Cell: func(a grid.Area, o *model.ObjectiveState, d *draw.Drawing) { putGone(a, o.Budget, d) },
		Value: func(o *model.ObjectiveState, _ *draw.Drawing) draw.Value {
			if b := o.Budget; b != nil && (b.Ends || Empty(b)) {
				return draw.Value{Number: b.Left.Seconds(), Known: true, Numeric: true}
			}
			return draw.Value{}
		}},
	since(func(o *model.ObjectiveState) time.Time { return o.Since }),
	words(draw.Column[model.ObjectiveState]{Title: "SOURCE", Width: 15, Least: 8, Drop: 2, Letter: 'W', Help: "who measured it: triton (its counters), probe (tritop's own), triton-summary, triton-histogram, mean, prometheus, balancer"},
		draw.Muted, func(o *model.ObjectiveState) string { return o.Source }),
	words(draw.Column[model.ObjectiveState]{Title: "SEVERITY", Width: 8, Drop: 6, Help: "critical: a FAIL makes the fleet UNHEALTHY; warning and info: DEGRADED"},
		draw.Muted, func(o *model.ObjectiveState) string { return o.Severity.String() }),
	words(draw.Column[model.ObjectiveState]{Title: "WHY", Width: 14, Most: 60, Drop: 7, Help: "why there is no verdict"},
		draw.Muted, func(o *model.ObjectiveState) string { return o.Reason }),
}

func factorOf(m model.Metric) float64 {
	if m.Unit() == "ratio" {
		return 100
	}
	return 1
}

func overOf(o *model.ObjectiveState) time.Duration { return max(o.Over, o.Window) }

func valueStyle(o *model.ObjectiveState, usual grid.Style) grid.Style {
	switch v := o.Failing(); v {
	case model.Unhealthy, model.Degraded:
		return draw.VerdictStyle(v)
	case model.Healthy, model.Unknown:
	}
	return usual
}

// ObjectiveWord is the verdict as the screen has it: WARN is a FAIL of what is not
// critical.
func ObjectiveWord(o *model.ObjectiveState) string {
	if o.Failing() == model.Degraded {
		return "WARN"
	}
	return o.Verdict.String()
}

// PutAmount fills an area with the value of an objective, without its unit.
func PutAmount(a grid.Area, o *model.ObjectiveState, s grid.Style) {
	if !o.Value.Known() {
		a.Set(a.W-1, 0, a.Glyphs().Dash, draw.Faint)
		return
	}
	var buf [24]byte
	a.PutBytes(0, 0, a.W, draw.AppendAmount(buf[:0], o.Metric, o.Value.Value, o.Target), s)
}

// leftOf is what is left of the SLO's budget; NoSource where there is no budget.
func leftOf(b *model.Budget) model.Figure {
	if b == nil {
		return model.Missing(model.NoSource)
	}
	return b.SLO.Left
}

func burnOf(o *model.ObjectiveState) model.Figure {
	if o.Budget == nil {
		return model.Missing(model.NoSource)
	}
	return o.Budget.Rate
}

// Empty says whether nothing is left of the SLO's budget.
func Empty(b *model.Budget) bool { return b.SLO.Left.Known() && b.SLO.Left.Value <= 0 }

func putBudget(a grid.Area, b *model.Budget) {
	if b == nil {
		a.Set(a.W-1, 0, a.Glyphs().Dash, draw.Faint)
		return
	}
	draw.Budget(a, b.SLO.Left)
}

func putGone(a grid.Area, b *model.Budget, d *draw.Drawing) {
	switch {
	case b != nil && Empty(b):
		a.PutRight(0, 0, a.W, "EMPTY", draw.Failing)
	case b != nil && b.Ends:
		var buf [16]byte
		text := draw.AppendMoment(buf[:0], d.Now.Add(b.Left), d.Now, d.Zone)
		if len(text) > a.W { // the day is enough
			text = text[:5]
		}
		a.PutBytes(0, 0, a.W, text, goneStyle(b))
	default:
		a.Set(a.W-1, 0, a.Glyphs().Dash, draw.Faint)
	}
}

// goneStyle is loud where the budget ends within a day.
func goneStyle(b *model.Budget) grid.Style {
	if b.Left < 24*time.Hour {
		return draw.Warning
	}
	return draw.Muted
}

// ObjectivesOf are the objectives of a model.
func ObjectivesOf(s *model.Snapshot, name string) []model.ObjectiveState {
	from := sort.Search(len(s.Objectives), func(i int) bool { return s.Objectives[i].Model >= name })
	to := from
	for to < len(s.Objectives) && s.Objectives[to].Model == name {
		to++
	}
	return s.Objectives[from:to]
}

// Standing is how a model stands to all its objectives.
type Standing struct {
	Worst  *model.ObjectiveState // the one that decides; nil: the model has none
	Budget *model.Budget         // the one of which least is left; nil: none
}

// StandingOf weighs the objectives of a model: any that fails decides, then one
// that passes, then one that has too few samples.
func StandingOf(s *model.Snapshot, name string) (st Standing) {
	all := ObjectivesOf(s, name)
	for i := range all {
		o := &all[i]
		if st.Worst == nil || weight(o) > weight(st.Worst) || weight(o) == weight(st.Worst) && strain(o) > strain(st.Worst) {
			st.Worst = o
		}
		if b := o.Budget; b != nil && (st.Budget == nil || lower(leftOf(b), leftOf(st.Budget))) {
			st.Budget = b
		}
	}
	return st
}

// lower orders what is left of budgets: what is not known comes last.
func lower(a, b model.Figure) bool {
	if a.Known() != b.Known() {
		return a.Known()
	}
	return a.Value < b.Value
}

func weight(o *model.ObjectiveState) int {
	switch o.Verdict {
	case model.ObjectiveFail:
		return 3 + int(o.Severity)
	case model.ObjectivePass:
		return 2
	case model.ObjectiveFew:
		return 1
	case model.ObjectiveNoData:
	}
	return 0
}

// strain is how far a figure is from its goal, as a share of that: 1 is at the
// goal, more is beyond it.
func strain(o *model.ObjectiveState) float64 {
	v, t := o.Value.Value, o.Target
	if o.Metric == model.MetricAvailability { // by failures: 99 % is ten times as far as 99.9 %
		v, t = 1-v, 1-t
	}
	if !o.Value.Known() || t == 0 || v == 0 {
		return 0
	}
	if o.Op == model.Above || o.Op == model.AtLeastOp {
		if o.Metric != model.MetricAvailability {
			return t / v
		}
	}
	return v / t
}

// Verdict is what the objectives make of a model that is otherwise found to be so:
// what fails is no better than that, and what is well by its own word but not by
// any figure is not known to be well.
func (st *Standing) Verdict(found model.Verdict) model.Verdict {
	if st.Worst == nil {
		return found
	}
	v := st.Worst.Failing()
	if v == model.Unknown && found == model.Healthy {
		return model.Unknown
	}
	return model.Worse(found, v)
}
