package ui

import (
	"slices"

	"tritop/model"
	"tritop/ui/columns"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// The charts of a history, in the order of chartsOf.
const (
	requestsChart = iota
	errorsChart
	queueChart
	computeChart
	probeChart
)

// chartOf is the chart that shows what a metric is about; its unit is that of the goal.
func chartOf(m model.Metric) int {
	switch m {
	case model.MetricThroughput:
		return requestsChart
	case model.MetricAvailability, model.MetricErrorRate:
		return errorsChart
	case model.MetricQueue:
		return queueChart
	case model.MetricCompute:
		return computeChart
	case model.MetricP50, model.MetricP90, model.MetricP95, model.MetricP99, model.MetricP999, model.MetricMean, model.MetricNone:
	}
	return probeChart
}

// goalOf is the goal of an objective in the unit of its chart.
func goalOf(o *model.Objective) draw.Goal {
	g := draw.Goal{Metric: o.Metric, At: o.Target}
	switch o.Metric {
	case model.MetricAvailability: // the chart shows what fails
		g.At = 100 * (1 - o.Target)
	case model.MetricErrorRate:
		g.At = 100 * o.Target
	case model.MetricNone, model.MetricThroughput, model.MetricP50, model.MetricP90, model.MetricP95, model.MetricP99, model.MetricP999, model.MetricMean, model.MetricQueue, model.MetricCompute:
	}
	return g
}

// addGoals draws the goals of what is charted into its charts: those of its model;
// on a server those that all its models share, but none of how many requests come.
func addGoals(all []draw.Chart, s *model.Snapshot, of *charted) {
	if of.history == nil || len(s.Objectives) == 0 {
		return
	}
	if of.model != "" {
		for i := range columns.ObjectivesOf(s, of.model) {
			addGoal(all, &columns.ObjectivesOf(s, of.model)[i].Objective)
		}
		return
	}
	srv := s.Server(of.server)
	if srv == nil || len(srv.Replicas) == 0 {
		return
	}
	mine := columns.ObjectivesOf(s, srv.Replicas[0].Model)
	for i := range mine {
		if o := &mine[i].Objective; o.Metric != model.MetricThroughput && shared(s, srv, o) {
			addGoal(all, o)
		}
	}
}

// shared says whether all models of a server have the same goal.
func shared(s *model.Snapshot, srv *model.Server, o *model.Objective) bool {
	for i := range srv.Replicas {
		if !slices.ContainsFunc(columns.ObjectivesOf(s, srv.Replicas[i].Model), func(x model.ObjectiveState) bool {
			return x.Metric == o.Metric && x.Target == o.Target
		}) {
			return false
		}
	}
	return true
}

// addGoal puts a goal into its chart; a third one has no room there, and the same
// one is drawn once.
func addGoal(all []draw.Chart, o *model.Objective) {
	goal := goalOf(o)
	goals := &all[chartOf(o.Metric)].Goals
	for i := range goals {
		if goals[i].At == goal.At && goals[i].Metric != model.MetricNone {
			return
		}
		if goals[i].Metric == model.MetricNone {
			goals[i] = goal
			return
		}
	}
}

// objectiveCharted is what the charts of an objective show: that of its metric first.
func objectiveCharted(s *model.Snapshot, o *model.ObjectiveState) charted {
	c := charted{model: o.Model, history: &s.History, first: chartOf(o.Metric)}
	if m := s.Model(o.Model); m != nil {
		c.history = &m.History
	}
	return c
}

// drawStandings says how a model stands to each of its objectives, and gives the
// rows used: none where it has none.
func drawStandings(a grid.Area, s *model.Snapshot, name string) int {
	all := columns.ObjectivesOf(s, name)
	if len(all) == 0 || a.H < 2 {
		return 0
	}
	f := draw.Facts{Line: draw.Line{A: a, X: 2}, A: a}
	for i := range all {
		o := &all[i]
		const need = len("p99.9 99.999/99.999 ms")
		v := o.Failing()
		l := f.Label("", need+1)
		l.X -= 2 // the sign stands where the label would
		l.Rune(draw.VerdictGlyph(a.Glyphs(), v), draw.VerdictStyle(v)).Gap(1)
		columns.PutStanding(l, o, draw.Plain)
		if o.Verdict == model.ObjectiveFew || o.Verdict == model.ObjectiveNoData {
			l.Gap(1).Put(o.Verdict.String(), draw.Unsure)
		}
	}
	return min(f.Y+1, a.H)
}
