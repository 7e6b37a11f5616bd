package columns

import (
	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// ModelsJudged are the columns of the table of models where there are objectives:
// those of Models with what the objectives say before the state.
var ModelsJudged = judgedModels()

func judgedModels() (out []draw.Column[model.Model]) {
	for i := range Models {
		c := Models[i]
		if d, other := judgedDrops[c.Title]; other {
			c.Drop = d
		}
		switch c.Title {
		case "MODEL":
			c = judged[0]
		case "STATE":
			c.Width = 18
			out = append(out, judged[1:]...)
		}
		out = append(out, c)
	}
	return out
}

// judgedDrops is in which order columns go where the verdicts need their room.
var judgedDrops = map[string]int{"VER": 6, "SERVING": 5, "STATE": 7, "RPS TREND": 4, "QUEUE ms": 2, "COMP ms": 8, "PROBE ms": 9, "RPS": 1, "ERR %": 1, "SINCE": 3}

var judged = []draw.Column[model.Model]{
	{Title: "MODEL", Width: 14, Least: 10, Most: 30, Letter: 'N', Help: "the model's name",
		Cell: func(a grid.Area, m *model.Model, d *draw.Drawing) {
			st := StandingOf(d.Snap, m.Name)
			a.Put(0, 0, a.W, m.Name, nameStyle(st.Verdict(m.Finding.Verdict)))
		},
		Value: func(m *model.Model, _ *draw.Drawing) draw.Value { return draw.Words(m.Name) }},
	{Title: "SLO", Width: 7, Least: 4, Letter: 'O', Help: "the verdict of all its objectives: FAIL (a critical one), WARN (another), PASS, FEW (too few samples), NO_DATA",
		Cell: func(a grid.Area, m *model.Model, d *draw.Drawing) {
			if o := StandingOf(d.Snap, m.Name).Worst; o != nil {
				a.Put(0, 0, a.W, ObjectiveWord(o), draw.VerdictStyle(o.Failing()))
				return
			}
			a.Set(0, 0, a.Glyphs().Dash, draw.Faint)
		},
		Value: func(m *model.Model, d *draw.Drawing) draw.Value {
			if o := StandingOf(d.Snap, m.Name).Worst; o != nil {
				return draw.Words(ObjectiveWord(o))
			}
			return draw.Value{}
		}},
	{Title: "BUDGET", Width: 9, Most: 18, Numeric: true, Letter: 'B', Help: "share of the error budget of the last 30 days that is left, in percent; of several the one of which least is left",
		Cell: func(a grid.Area, m *model.Model, d *draw.Drawing) { putBudget(a, StandingOf(d.Snap, m.Name).Budget) },
		Value: func(m *model.Model, d *draw.Drawing) draw.Value {
			return draw.Amount(leftOf(StandingOf(d.Snap, m.Name).Budget), 100)
		}},
	{Title: "VALUE/GOAL", Width: 18, Least: 15, Letter: 'G', Help: "the objective that decides: its metric, what is measured, its goal, its unit; the worst one, else the one nearest to its goal",
		Cell: func(a grid.Area, m *model.Model, d *draw.Drawing) {
			if o := StandingOf(d.Snap, m.Name).Worst; o != nil {
				PutStanding(&draw.Line{A: a}, o, d.Style)
				return
			}
			a.Set(0, 0, a.Glyphs().Dash, draw.Faint)
		},
		Value: func(m *model.Model, d *draw.Drawing) draw.Value {
			if o := StandingOf(d.Snap, m.Name).Worst; o != nil {
				return draw.Words(draw.MetricWord(o.Metric))
			}
			return draw.Value{}
		}},
}

// PutStanding writes a figure beside its goal: "p99 412/250 ms".
func PutStanding(l *draw.Line, o *model.ObjectiveState, usual grid.Style) {
	l.Put(draw.MetricWord(o.Metric), draw.Muted).Gap(1).Amount(o, valueStyle(o, usual)).Put("/", draw.Muted).Target(&o.Objective, draw.Muted).Gap(1).Put(draw.UnitOf(o.Metric), draw.Muted)
}
