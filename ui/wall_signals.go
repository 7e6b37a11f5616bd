package ui

import (
	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// signals are the golden signals of the fleet, in the order of the wall. Where
// nobody probes, the mean of the servers' own compute time stands for latency.
func (sc *screen) signals(s *model.Snapshot) [4]draw.Chart {
	h := &s.History
	latency := draw.Chart{Title: "LATENCY", Unit: "ms", Source: "ms, deep probes", Series: &h.Probe, Factor: 1, Style: draw.Data}
	if _, probed := h.Probe.Over(s.Started, s.Now); !probed {
		latency.Series, latency.Source = &h.Compute, "ms, mean compute"
	}
	return [4]draw.Chart{
		{Title: "TRAFFIC", Unit: "/s", Source: "requests per s", Series: &h.Rate, Factor: 1, Style: draw.Data},
		{Title: "ERRORS", Unit: "%", Source: "% of requests", Series: &h.Errors, Factor: 100, Least: 1, Style: draw.Failing},
		{Title: "SATURATION", Unit: "ms", Source: "ms in the queue", Series: &h.Queue, Factor: 1, Style: draw.Data2},
		latency,
	}
}

// signalRoom is how wide the figures are beside their lines.
const signalRoom = 26

// drawSignals4 draws the four signals one above the other over one time axis:
// the figure large, the line beside it.
func (sc *screen) drawSignals4(a grid.Area, s *model.Snapshot) {
	h := (a.H - 2) / 4
	if h < 4 {
		sc.drawSignalRows(a, s, max(1, h))
		return
	}
	all := sc.signals(s)
	x := sc.axis(s, &charted{})
	for i := range all {
		c := &all[i]
		row := a.Sub(0, i*h, a.W, h)
		l := &draw.Line{A: row, X: 1}
		l.Put(c.Title, draw.Strong).Gap(1).Put(c.Source, draw.Muted)
		c.BigNow(row.Sub(1, 1, signalRoom-2, row.H-1), &x, signalStyle(c, &x))
		c.Strip(row.Sub(signalRoom, 0, row.W-signalRoom, h-1), &x)
	}
	x.Under(a, a.Sub(signalRoom, 3*h, a.W-signalRoom, h-1))
}

// drawSignalRows draws the signals in a few rows each, and gives the rows used.
func (sc *screen) drawSignalRows(a grid.Area, s *model.Snapshot, rows int) int {
	all := sc.signals(s)
	x := sc.axis(s, &charted{})
	const room = 28
	used := 0
	for i := range all {
		if used+rows > a.H {
			return used
		}
		c := &all[i]
		row := a.Sub(0, used, a.W, rows)
		row.Put(1, 0, 11, c.Title, draw.Muted)
		c.Now(&draw.Line{A: row.Sub(0, 0, room-1, 1), X: 12}, &x, signalStyle(c, &x))
		used += rows
		if rows > 1 {
			c.Strip(row.Sub(room-draw.ScaleWidth, 0, row.W-room+draw.ScaleWidth, rows), &x)
			continue
		}
		draw.Spark(row.Sub(room, 0, row.W-room-1, 1), sc.drawing(s), c.Series, c.Least/c.Factor, c.Style)
	}
	if used+2 <= a.H {
		x.Below(a.Sub(room, used, a.W-room-1, 2))
		used += 2
	}
	return used
}

// signalStyle is how a figure is shown: errors are red where there are some.
func signalStyle(c *draw.Chart, x *draw.Axis) grid.Style {
	v, ok := c.Newest(x)
	if c.Style == draw.Failing && ok && v >= 0.1 {
		return draw.Failing
	}
	return draw.Strong
}

// wallModels are the models that are not well, the worst first.
func (sc *screen) wallModels(s *model.Snapshot) []int {
	if sc.where == nil || sc.where.plain != modelTable {
		sc.where = newPane(modelTable, "")
	}
	sc.where.prepare(sc.drawing(s), &filter{})
	return sc.where.rows[:sc.where.bad]
}

// drawWallWhere is the matrix of the models that are not well.
func (sc *screen) drawWallWhere(a grid.Area, s *model.Snapshot) {
	rows := sc.wallModels(s)
	if len(rows) == 0 {
		a.Put(1, 1, a.W-2, "every model is well wherever it stands", draw.Muted)
	}
	sc.drawMatrix(a.Sub(1, 0, a.W-2, min(a.H, max(4, 2*len(rows)+3))), s, &listed{rows: rows, cursor: -1, airy: true})
}
