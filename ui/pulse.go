package ui

import (
	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// drawPulse says in one row how busy the fleet is, as charts show the selected row
// or are not there: users' requests and the wait in the queue with their recent past, the share
// that fails, and the model whose requests wait longest.
func (sc *screen) drawPulse(a grid.Area, s *model.Snapshot) {
	const spark = 8
	d, h := sc.drawing(s), &s.History
	l := &draw.Line{A: a, X: 2}
	part := func(name, unit string, c *draw.Chart, line bool) {
		if l.X+len(name)+len(unit)+spark+8 > a.W {
			return
		}
		x := draw.Axis{Now: s.Now}
		l.Put(name, draw.Muted).Gap(1)
		style := draw.Plain
		if c.Style == draw.Failing {
			style = signalStyle(c, &x)
		}
		v, known := c.Newest(&x)
		if !known {
			l.Put("no data", draw.Unsure).Gap(2)
			return
		}
		l.Short(v, style).Put(unit, draw.Muted).Gap(1)
		if line {
			draw.Spark(a.Sub(l.X, 0, spark, 1), d, c.Series, 0, draw.Data)
			l.X += spark
		}
		l.Gap(2)
	}
	part("now", " req/s", &draw.Chart{Series: &h.Rate, Factor: 1}, true)
	part("errors", " %", &draw.Chart{Series: &h.Errors, Factor: 100, Style: draw.Failing}, false)
	part("queue", " ms", &draw.Chart{Series: &h.Queue, Factor: 1}, true)
	if m := longestWait(s); m != nil && l.X+grid.Width(m.Name)+20 < a.W {
		style := draw.Plain
		if m.Window.Crowded() {
			style = draw.Strong
		}
		draw.Figure(l.Put("longest ", draw.Muted).Put(m.Name, style).Gap(1), m.Window.QueueMs, " ms", style)
	}
}

// longestWait is the model whose requests wait longest in the queue; nil where
// that is not known of any.
func longestWait(s *model.Snapshot) (longest *model.Model) {
	for i := range s.Models {
		if m := &s.Models[i]; m.Window.QueueMs.Known() && (longest == nil || m.Window.QueueMs.Value > longest.Window.QueueMs.Value) {
			longest = m
		}
	}
	return longest
}
