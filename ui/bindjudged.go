package ui

import (
	"slices"

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
		{keys: []string{"a"}, show: "a", footer: "alerts", place: 11, group: g, help: "the alerts: what fires, who has it in hand", act: push(alertsView)},
	}
}

// alertKeys say something of an alert.
func alertKeys() []binding {
	return []binding{
		{keys: []string{"t"}, show: "t", footer: "take", place: 2, name: "take", group: groupTake, help: "take the selected alert in hand: acknowledge or snooze it with a reason, or take that back", act: do((*screen).startSay), why: needsAlert},
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
	o := sc.top()
	if p := o.pane(); aboutModel(o.view) != "" || p != nil && slices.Contains(ofModels[:], p.plain) {
		return ""
	}
	return "its rows are no models"
}

// ofModels are the tables with rows that are about a model.
var ofModels = [...]*table{modelTable, versionTable, onServerTable, ofModelTable, objectiveTable}

// openLatency opens the percentiles of what is selected.
func (sc *screen) openLatency(s *model.Snapshot) {
	v := view{latencyView, sc.modelOf()}
	if !exists(s, v) {
		sc.note = "no model is selected, or it is on no server now"
		return
	}
	sc.push(v)
}
