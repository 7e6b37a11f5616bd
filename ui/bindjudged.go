package ui

import (
	tea "charm.land/bubbletea/v2"

	"tritop/model"
)

// judgedKeys open what is judged: objectives, health checks, alerts, percentiles.
func judgedKeys() []binding {
	g := groupOpen
	push := func(k viewKind) func(*screen, *model.Snapshot) tea.Cmd {
		return do(func(sc *screen, _ *model.Snapshot) { sc.push(view{k, ""}) })
	}
	return []binding{
		{keys: []string{"v"}, show: "v", footer: "slo", place: 17, group: g, help: "verdicts: the objectives, their budgets and what spends them", act: push(slaView)},
		{keys: []string{"b"}, show: "b", footer: "health", place: 18, group: g, help: "the board of health checks, by layer", act: push(healthView)},
		{keys: []string{"p"}, show: "p", footer: "latency", place: 19, group: g, help: "percentiles of the model of the selected row, by source and window, and its times over the last hour", act: do((*screen).openLatency), why: needsModel},
		{keys: []string{"a"}, show: "a", footer: "alerts", place: 11, group: g, help: "the alerts: what fires, who has it in hand", act: push(alertsView), why: needsOther},
		{keys: []string{"a"}, show: "a", footer: "answer", place: 2, name: "answer", group: groupTake, help: "in the list of alerts: acknowledge or snooze the selected one with a reason, or take that back", act: do((*screen).startSay), why: needsAlert},
	}
}

// aboutModel is the model that a view is about; empty: none.
func aboutModel(v view) (name string) {
	if v.kind == modelView || v.kind == latencyView {
		return v.name
	}
	if v.kind == versionView {
		name, _ = cutVersion(v.name)
	}
	if v.kind == objectiveView {
		name, _ = cutName(v.name)
	}
	return name
}

// modelOf is the model that a view or its selected row is about; empty: none.
func (sc *screen) modelOf() string {
	o := sc.top()
	if name := aboutModel(o.view); name != "" {
		return name
	}
	p := o.pane()
	if k, ok := p.selected(); ok {
		return aboutModel(p.table.opens(p.snap, k))
	}
	return ""
}

// needsModel says why there are no percentiles to open.
func needsModel(sc *screen) string {
	if sc.top().kind == latencyView {
		return "these are the percentiles"
	}
	if sc.modelOf() == "" {
		return "no model is selected"
	}
	return ""
}

// openLatency opens the percentiles of what is selected.
func (sc *screen) openLatency(s *model.Snapshot) {
	v := view{latencyView, sc.modelOf()}
	if !exists(s, v) {
		sc.note = "this model is on no server now"
		return
	}
	sc.push(v)
}
