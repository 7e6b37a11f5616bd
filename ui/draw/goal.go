package draw

import (
	"tritop/model"
	"tritop/ui/grid"
)

// Goal is a line in a chart: what an objective agreed on.
type Goal struct {
	Metric model.Metric
	At     float64 // in the chart's unit
}

// goalReach is how many times the largest value a goal may be for the scale to be
// made so large that it is seen: beyond that the values would be a line at the bottom.
const goalReach = 4

// reach is the largest of the goals that belong into a scale up to some value.
func (c *Chart) reach(peak float64) float64 {
	for _, g := range c.goals() {
		if g.At <= goalReach*peak {
			peak = max(peak, g.At*1.05)
		}
	}
	return peak
}

// word is what the goal is of: a chart of failures shows what an availability allows.
func (g *Goal) word() string {
	if g.Metric == model.MetricAvailability {
		return MetricWord(model.MetricErrorRate)
	}
	return MetricWord(g.Metric)
}

// goals are those that there are.
func (c *Chart) goals() []Goal {
	n := 0
	for n < len(c.Goals) && c.Goals[n].Metric != model.MetricNone {
		n++
	}
	return c.Goals[:n]
}

// drawGoals draws each as a dotted line with its name and figure; one above the
// scale is named in the highest row.
func (c *Chart) drawGoals(plot grid.Area, top float64) {
	for _, g := range c.goals() {
		if g.At > top {
			continue
		}
		for x := 0; x < plot.W; x += 2 {
			plot.Set(x, c.goalRow(plot, g, top), plot.Glyphs().Dot, Muted)
		}
	}
	const named = 4 // rows from which on there is one for the names
	if plot.H < named {
		return
	}
	for i, g := range c.goals() {
		y := c.goalRow(plot, g, top) - 1 // above the line, below it where there is no room
		if y < 0 && g.At <= top {
			y = 1
		}
		l := &Line{A: plot, X: 1 + i*plot.W/2, Y: max(0, y)}
		if plot.W >= wideGoals || i == 0 && len(c.goals()) == 1 {
			l.Put("goal ", Muted)
		}
		l.Put(g.word(), Muted).Gap(1).Short(g.At, Plain)
		if g.At > top {
			l.Gap(1).Rune(plot.Glyphs().Rising, Muted)
		}
	}
}

// wideGoals is from how many columns on two names with their figures fit beside each
// other.
const wideGoals = 36

// goalRow is the row of a goal; the highest where it is above the scale.
func (c *Chart) goalRow(plot grid.Area, g Goal, top float64) int {
	return c.level(plot, g.At/c.Factor, top) / 4
}
