package ui

import (
	"strings"

	"tritop/model"
	"tritop/ui/columns"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// The tables of what is judged: objectives, health checks, alerts.
var (
	objectiveTable = rowsOf[model.ObjectiveState]{
		word: "objectives", empty: "no objective is configured: sla in the configuration, or --profile default", columns: columns.Objectives, list: objectivesOf,
		at:      func(s *model.Snapshot, k int) *model.ObjectiveState { return &s.Objectives[k] },
		key:     func(o *model.ObjectiveState) rowKey { return rowKey{a: o.Model, b: o.Name} },
		name:    func(o *model.ObjectiveState) string { return o.Name + " " + o.Model },
		verdict: func(o *model.ObjectiveState, _ *model.Snapshot) model.Verdict { return o.Failing() },
		opens:   func(o *model.ObjectiveState) view { return view{objectiveView, joinNames(o.Model, o.Name)} },
	}.table()

	checkTable = rowsOf[model.Check]{
		word: "checks", empty: "no check of this layer runs", columns: columns.Checks, list: checksOf,
		at:      func(s *model.Snapshot, k int) *model.Check { return &s.Checks[k] },
		key:     func(c *model.Check) rowKey { return rowKey{a: c.Name, b: c.Target} },
		name:    func(c *model.Check) string { return c.Name + " " + c.Target },
		verdict: func(c *model.Check, _ *model.Snapshot) model.Verdict { return c.Verdict() },
		sign: func(a grid.Area, c *model.Check, _ *model.Snapshot) (rune, grid.Style) {
			return columns.CheckSign(a, c)
		},
		opens: func(c *model.Check) view { return view{checkView, joinNames(c.Name, c.Target)} },
	}.table()

	alertTable = rowsOf[model.Alert]{
		word: "alerts", empty: "no alert is pending or firing, none was within the hour", columns: columns.Alerts,
		list: func(s *model.Snapshot, _ string, out []int) []int { return count(len(s.Alerts), out) },
		at:   func(s *model.Snapshot, k int) *model.Alert { return &s.Alerts[k] },
		key: func(r *model.Alert) rowKey {
			return rowKey{a: r.Name(), b: r.Severity.String(), c: columns.AlertLabels(r)}
		},
		name:    func(r *model.Alert) string { return r.Name() + " " + columns.AlertLabels(r) },
		verdict: func(r *model.Alert, s *model.Snapshot) model.Verdict { return columns.AlertVerdict(r, s.Now) },
		sign: func(a grid.Area, r *model.Alert, s *model.Snapshot) (rune, grid.Style) {
			return columns.AlertSign(a, r, s.Now)
		},
		opens: opensAlert,
	}.table()
)

// objectivesOf lists the objectives of a model, or all.
func objectivesOf(s *model.Snapshot, about string, out []int) []int {
	for i := range s.Objectives {
		if about == "" || s.Objectives[i].Model == about {
			out = append(out, i)
		}
	}
	return out
}

// checksOf lists the checks of a layer; those that do not apply come after those of
// which nothing is known.
func checksOf(s *model.Snapshot, about string, out []int) []int {
	for _, apply := range [...]bool{true, false} {
		for i := range s.Checks {
			if c := &s.Checks[i]; c.Layer.String() == about && apply == (c.Status != model.CheckNotApplicable) {
				out = append(out, i)
			}
		}
	}
	return out
}

// joinNames names what has two names: "bert/latency_p99".
func joinNames(a, b string) string { return a + "/" + b }

// cutName takes what joinNames made apart; the second has no slash.
func cutName(name string) (a, b string) {
	i := strings.LastIndexByte(name, '/')
	if i < 0 {
		return name, ""
	}
	return name[:i], name[i+1:]
}

// objectiveOf finds an objective by model and name; nil where there is none.
func objectiveOf(s *model.Snapshot, name string) *model.ObjectiveState {
	about, objective := cutName(name)
	for k := range s.Objectives {
		if o := &s.Objectives[k]; o.Model == about && o.Name == objective {
			return o
		}
	}
	return nil
}

// checkOf finds a check by name and target; nil where there is none.
func checkOf(s *model.Snapshot, name string) *model.Check {
	check, target, _ := strings.Cut(name, "/")
	for k := range s.Checks {
		if c := &s.Checks[k]; c.Name == check && c.Target == target {
			return c
		}
	}
	return nil
}

// opensAlert is what an alert is about, as its labels say.
func opensAlert(r *model.Alert) view {
	name, server := r.Label("model"), r.Label("server")
	switch {
	case name != "" && r.Label("objective") != "":
		return view{objectiveView, joinNames(name, r.Label("objective"))}
	case r.Label("check") != "":
		return view{checkView, joinNames(r.Label("check"), r.Label("target"))}
	case name != "":
		return view{modelView, name}
	case server != "":
		return view{serverView, server}
	}
	return view{overview, ""}
}

// existing is what an alert opens: the objective or check that it is about, or
// where that is not known any more the object itself.
func existing(s *model.Snapshot, v view, r *model.Alert) view {
	switch {
	case exists(s, v):
	case r.Label("model") != "":
		return view{modelView, r.Label("model")}
	case r.Label("server") != "":
		return view{serverView, r.Label("server")}
	}
	return v
}

// firing counts the alerts that fire and that nobody has in hand, and all others
// that fire.
func firing(s *model.Snapshot) (loud, quieted int) {
	for i := range s.Alerts {
		switch r := &s.Alerts[i]; {
		case r.State != model.AlertFiring:
		case columns.Quieted(r, s.Now):
			quieted++
		default:
			loud++
		}
	}
	return loud, quieted
}

// standing is the verdict of a model by what was found and by its objectives.
func standing(m *model.Model, s *model.Snapshot) model.Verdict {
	st := columns.StandingOf(s, m.Name)
	return st.Verdict(m.Finding.Verdict)
}

// drawFiring counts the alerts that fire.
func (sc *screen) drawFiring(l *draw.Line) {
	c := &sc.counted
	switch {
	case c.loud > 0:
		l.Int(c.loud, draw.Failing).Put(" FIRING", draw.Failing).Gap(1)
	case c.quieted > 0 && l.A.W >= 100:
		l.Int(c.quieted, draw.Muted).Put(" firing, in hand", draw.Muted).Gap(1)
	}
}

// drawGoalOf says beside the words of a problem what of the objectives of its model
// is not met, where the words do not say it.
func drawGoalOf(l *draw.Line, st *columns.Standing, said string) {
	o := st.Worst
	if o == nil || o.Verdict != model.ObjectiveFail || strings.Contains(said, draw.MetricWord(o.Metric)) {
		return
	}
	const room = len("  availability 99.999/99.999 %")
	if l.A.W-l.X > room {
		columns.PutStanding(l.Gap(2), o, draw.Plain)
	}
}

// drawBudgetOf says beside the words of a problem when the error budget of its model
// is gone, where the words do not say it.
func drawBudgetOf(l *draw.Line, st *columns.Standing, said string) {
	b := st.Budget
	if b == nil || strings.Contains(said, "budget") || l.A.W-l.X < len("  budget gone in 59m59s") {
		return
	}
	switch {
	case columns.Empty(b):
		l.Put("  budget ", draw.Muted).Put("EMPTY", draw.Failing)
	case b.Ends:
		l.Put("  budget gone in ", draw.Muted).Age(b.Left, draw.Strong)
	}
}

// judgedPanes makes the tables of the views of what is judged.
func (v view) judgedPanes() []*pane {
	if v.kind == healthView {
		return boardPanes()
	}
	t, about := objectiveTable, ""
	if v.kind == alertsView {
		t = alertTable
	}
	if v.kind == objectiveView {
		t = ofModelTable
		about, _ = cutName(v.name)
	}
	return []*pane{newPane(t, about)}
}

// judgedObjects names what the views of an objective or a check can be about.
func judgedObjects(s *model.Snapshot, kind string) (out []string) {
	if kind == views[objectiveView].name {
		for i := range s.Objectives {
			out = append(out, joinNames(s.Objectives[i].Model, s.Objectives[i].Name))
		}
	}
	if kind == views[checkView].name {
		for i := range s.Checks {
			out = append(out, joinNames(s.Checks[i].Name, s.Checks[i].Target))
		}
	}
	return out
}
