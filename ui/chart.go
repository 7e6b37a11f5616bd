package ui

import (
	"math"
	"time"

	"github.com/NimbleMarkets/ntcharts/v2/canvas/runes"

	"tritop/model"
	"tritop/ui/grid"
)

// sparkSpan is what the small charts of the tables look back on.
const sparkSpan = 5 * time.Minute

// spark draws the last five minutes of a series as blocks; a gap stays a gap.
func spark(a grid.Area, x, y, w int, s *model.Series, now time.Time, style grid.Style) {
	if w <= 0 {
		return
	}
	step := sparkSpan / time.Duration(w)
	top := 0.0
	for i := range w {
		if v, ok := bucket(s, now.Add(-time.Duration(w-i)*step), step); ok {
			top = max(top, v)
		}
	}
	for i := range w {
		v, ok := bucket(s, now.Add(-time.Duration(w-i)*step), step)
		switch {
		case !ok:
			continue
		case a.Glyphs().ASCII:
			a.Set(x+i, y, asciiLevel(v, top), style)
		case top == 0:
			a.Set(x+i, y, '▁', style)
		default:
			r := runes.LowerBlockElementFromFloat64(v / top)
			if r == 0 || r == ' ' {
				r = '▁'
			}
			a.Set(x+i, y, r, style)
		}
	}
}

func asciiLevel(v, top float64) rune {
	const levels = "_.-=+*#"
	if top == 0 {
		return '_'
	}
	return rune(levels[min(len(levels)-1, int(v/top*float64(len(levels)-1)+0.5))])
}

// bucket is the largest value in a stretch of time.
func bucket(s *model.Series, from time.Time, step time.Duration) (v float64, ok bool) {
	for t := from; t.Before(from.Add(step)); t = t.Add(time.Second) {
		if p, there := s.At(t.Add(time.Second)); there && (!ok || p > v) {
			v, ok = p, true
		}
	}
	return v, ok
}

// chart is one line chart: a figure with its unit and source over time.
type chart struct {
	title, unit, source string
	series              *model.Series
	factor              float64 // from the series to the unit
	style               grid.Style
}

// draw draws the chart in its box: the newest value, source, scale, time axis,
// and a marker at each change.
func (c *chart) draw(a grid.Area, s *model.Snapshot, zone *time.Location, marks func(*model.Event) bool) {
	in := a.Box(c.title, c.unit, faint, strong, muted)
	if in.H < 4 || in.W < 14 {
		return
	}
	l := &line{a: in, x: 1}
	if v, ok := c.series.Last(); ok {
		var buf [24]byte
		l.bytes(grid.AppendShort(buf[:0], v*c.factor), strong).put(" now", muted)
	} else {
		l.put("no data now", unsure)
	}
	l.gap(2).put(c.source, muted)
	plot := in.Sub(6, 1, in.W-7, in.H-3)
	top, any := c.scale()
	if any {
		c.labels(in, plot, top)
		c.line(plot, s.Now, top)
	} else {
		plot.Put(0, plot.H/2, plot.W, "no data in the last five minutes", unsure)
	}
	drawAxis(in, plot, s, zone, marks)
}

// scale is the top of the chart: the largest value, rounded up to a figure that
// people read easily.
func (c *chart) scale() (top float64, any bool) {
	end := c.series.End()
	for i := range c.series.Len() {
		if v, ok := c.series.At(end.Add(-time.Duration(i) * time.Second)); ok {
			any = true
			top = max(top, v*c.factor)
		}
	}
	if top <= 0 {
		return 1, any
	}
	unit := math.Pow(10, math.Floor(math.Log10(top)))
	for _, m := range [...]float64{1, 1.5, 2, 3, 4, 5, 6, 8, 10} {
		if top <= m*unit {
			return m * unit, any
		}
	}
	return 10 * unit, any
}

func (c *chart) labels(in, plot grid.Area, top float64) {
	var buf [24]byte
	for _, at := range [...]struct {
		y int
		v float64
	}{{0, top}, {(plot.H - 1) / 2, top / 2}, {plot.H - 1, 0}} {
		if at.v == top/2 && plot.H < 5 {
			continue
		}
		in.PutBytes(0, at.y+1, 5, grid.AppendShort(buf[:0], at.v), muted)
	}
}

// line draws the series in braille dots, two columns and four rows a cell; in
// ASCII one star a cell. A gap is not bridged.
func (c *chart) line(plot grid.Area, now time.Time, top float64) {
	dots := 2 * plot.W
	step := sparkSpan / time.Duration(max(dots, 1))
	last := -1
	for i := range dots {
		v, ok := bucket(c.series, now.Add(-time.Duration(dots-i)*step), max(step, time.Second))
		if !ok {
			last = -1
			continue
		}
		h := 4*plot.H - 1
		y := h - int(math.Round(min(1, v*c.factor/top)*float64(h)))
		from := y
		if last >= 0 && last != y { // join steep steps
			from = last + sign(y-last)
		}
		for at := from; ; at += sign(y - from) {
			c.dot(plot, i, at)
			if at == y {
				break
			}
		}
		last = y
	}
}

func sign(n int) int {
	switch {
	case n > 0:
		return 1
	case n < 0:
		return -1
	}
	return 0
}

// brailleDots are the dots of a cell, by column and row.
var brailleDots = [2][4]rune{{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}

func (c *chart) dot(plot grid.Area, dx, dy int) {
	x, y := dx/2, dy/4
	if plot.Glyphs().ASCII {
		plot.Set(x, y, '*', c.style)
		return
	}
	dot := 0x2800 | brailleDots[dx%2][dy%4]
	if there := plot.Rune(x, y); runes.IsBraillePattern(there) {
		dot = runes.CombineBraillePatterns(there, dot)
	}
	plot.Set(x, y, dot, c.style)
}

// drawAxis draws the time axis under a plot, with a violet marker at each change.
func drawAxis(in, plot grid.Area, s *model.Snapshot, zone *time.Location, marks func(*model.Event) bool) {
	y := plot.H + 1
	in.HLine(6, y, plot.W, faint)
	var buf [24]byte
	in.PutBytes(6, y+1, 8, appendClock(buf[:0], s.Now.Add(-sparkSpan), zone), muted)
	in.PutBytes(6+plot.W-8, y+1, 8, appendClock(buf[:0], s.Now, zone), muted)
	for i := len(s.Events) - 1; i >= 0; i-- {
		e := &s.Events[i]
		ago := s.Now.Sub(e.At)
		if ago > sparkSpan {
			break
		}
		if marks(e) {
			x := plot.W - 1 - int(float64(plot.W)*float64(ago)/float64(sparkSpan))
			in.Set(6+max(0, x), y, in.Glyphs().Marker, change)
		}
	}
}

// chartsOf are the charts of one history, by importance.
func chartsOf(h *model.History, probed bool) [5]chart {
	out := [5]chart{
		{"REQUESTS", "per s", "users, Triton's counters", &h.Rate, 1, data},
		{"ERRORS", "%", "counted by Triton, lower bound", &h.Errors, 100, failing},
		{"QUEUE", "ms", "mean, counters", &h.Queue, 1, data2},
		{"COMPUTE", "ms", "mean, counters", &h.Compute, 1, data},
		{"PROBE", "ms", "deep probes, slowest", &h.Probe, 1, fine},
	}
	if !probed {
		out[4].source = "no probe is configured"
	}
	return out
}

// drawCharts puts as many charts side by side as fit; they share one time axis.
func drawCharts(a grid.Area, h *model.History, probed, withProbe bool, s *model.Snapshot, zone *time.Location, marks func(*model.Event) bool) {
	all := chartsOf(h, probed)
	n := 4
	if withProbe {
		n = 5
	}
	shown := min(n, max(1, a.W/34))
	if shown < n && a.W < 100 && a.W >= 60 {
		shown = min(n, a.W/26)
	}
	w := a.W / shown
	for i := range shown {
		pick := i
		if withProbe && i == shown-1 { // the probe is the one figure that cannot lie: it always stays
			pick = 4
		}
		width := w
		if i == shown-1 {
			width = a.W - w*(shown-1)
		}
		all[pick].draw(a.Sub(i*w, 0, width, a.H), s, zone, marks)
	}
}
