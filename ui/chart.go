package ui

import (
	"math"
	"time"

	"github.com/NimbleMarkets/ntcharts/v2/canvas/runes"

	"tritop/model"
	"tritop/ui/grid"
)

// chartSpan is what charts and trends look back on: five minutes, less while tritop
// has not watched for so long.
func chartSpan(s *model.Snapshot) time.Duration {
	watched := s.Now.Sub(s.Started)
	for _, d := range [...]time.Duration{time.Minute, 2 * time.Minute} {
		if watched <= d {
			return d
		}
	}
	return 5 * time.Minute
}

// spark fills an area with the recent past of a series as blocks; a gap stays a
// gap.
func spark(a grid.Area, d *drawing, s *model.Series) {
	if a.W <= 0 {
		return
	}
	now, style := d.now, data
	step := chartSpan(d.snap) / time.Duration(a.W)
	top := 0.0
	for i := range a.W {
		if v, ok := bucket(s, now.Add(-time.Duration(a.W-i)*step), step); ok {
			top = max(top, v)
		}
	}
	for i := range a.W {
		v, ok := bucket(s, now.Add(-time.Duration(a.W-i)*step), step)
		switch {
		case !ok:
			continue
		case a.Glyphs().ASCII:
			a.Set(i, 0, asciiLevel(v, top), style)
		default:
			a.Set(i, 0, blockLevel(v, top), style)
		}
	}
}

// blockLevel is the block for a value; a zero is drawn as the lowest one, so
// that it differs from a gap, and the top leaves an eighth free, so that rows
// stay apart.
func blockLevel(v, top float64) rune {
	if top > 0 {
		if r := runes.LowerBlockElementFromFloat64(v / top * 7 / 8); r != 0 && r != ' ' {
			return r
		}
	}
	return '▁'
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

// drawChart draws a chart in its box: the newest value, scale, time axis, a
// marker at each change, and below it the source.
func (sc *screen) drawChart(a grid.Area, s *model.Snapshot, c *chart, of charted) {
	in := a.Box(c.title, c.unit, faint, strong, muted)
	if in.H < 4 || in.W < 14 {
		return
	}
	if room := a.W - 6; grid.Width(c.source) <= room {
		x := a.W - 3 - grid.Width(c.source)
		a.Set(x-1, a.H-1, ' ', faint)
		a.Put(x, a.H-1, room, c.source, muted)
		a.Set(a.W-3, a.H-1, ' ', faint)
	}
	l := &line{a: in, x: 1}
	if v, ago, ok := c.newest(s.Now); ok {
		l.short(v*c.factor, strong)
		if ago < 3*time.Second {
			l.put(" now", muted)
		} else {
			l.gap(1).age(ago, muted).put(" ago", muted)
		}
	} else {
		l.put("no data now", unsure)
	}
	plot := in.Sub(6, 1, in.W-7, in.H-3)
	top, known := c.scale()
	if known {
		c.labels(in, plot, top)
		c.line(plot, s, top)
	} else {
		plot.Put(0, plot.H/2, plot.W, "no data", unsure)
	}
	sc.drawAxis(in, plot, s, of)
}

// recent is how old the newest value of a series that comes seldom may be.
const recent = 15 * time.Second

// newest is the newest value, and how old it is.
func (c *chart) newest(now time.Time) (v float64, ago time.Duration, ok bool) {
	for ago = 0; ago < recent; ago += time.Second {
		if v, ok := c.series.At(now.Add(-ago)); ok {
			return v, ago, true
		}
	}
	return 0, 0, false
}

// scale is the top of the chart: the largest value, rounded up to a figure that
// people read easily.
func (c *chart) scale() (top float64, known bool) {
	end := c.series.End()
	for i := range c.series.Len() {
		if v, ok := c.series.At(end.Add(-time.Duration(i) * time.Second)); ok {
			known = true
			top = max(top, v*c.factor)
		}
	}
	if top <= 0 {
		return 1, known
	}
	unit := math.Pow(10, math.Floor(math.Log10(top)))
	for _, m := range [...]float64{1, 1.5, 2, 3, 4, 5, 6, 8, 10} {
		if top <= m*unit {
			return m * unit, known
		}
	}
	return 10 * unit, known
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
func (c *chart) line(plot grid.Area, s *model.Snapshot, top float64) {
	dots := 2 * plot.W
	step := chartSpan(s) / time.Duration(max(dots, 1))
	last := -1
	for i := range dots {
		v, ok := bucket(c.series, s.Now.Add(-time.Duration(dots-i)*step), max(step, time.Second))
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

// drawAxis draws the time axis under a plot, with a violet marker at each change
// and a word for the newest of them.
func (sc *screen) drawAxis(in, plot grid.Area, s *model.Snapshot, of charted) {
	y := plot.H + 1
	in.HLine(6, y, plot.W, faint)
	var buf [24]byte
	back := chartSpan(s)
	in.PutBytes(6, y+1, 8, appendClock(buf[:0], s.Now.Add(-back), sc.zone), muted)
	in.PutBytes(6+plot.W-8, y+1, 8, appendClock(buf[:0], s.Now, sc.zone), muted)
	labelled := false
	for i := len(s.Events) - 1; i >= 0; i-- {
		e := &s.Events[i]
		ago := s.Now.Sub(e.At)
		if ago > back {
			break
		}
		if !isMark(e) || !of.concerns(e) {
			continue
		}
		x := max(0, plot.W-1-int(float64(plot.W)*float64(ago)/float64(back)))
		in.Set(6+x, y, in.Glyphs().Marker, change)
		if !labelled {
			labelled = labelMark(in.Sub(6+9, y+1, plot.W-18, 1), x-9, e)
		}
	}
}

// labelMark writes what a marker stands for between the two times of the axis,
// as near to it as there is room.
func labelMark(a grid.Area, x int, e *model.Event) bool {
	words := e.To
	if words == "" {
		words = e.Words()
	}
	w := grid.Width(words)
	if w > a.W || e.Kind == model.EventTrouble {
		return false
	}
	a.Put(max(0, min(x-w/2, a.W-w)), 0, w, words, change)
	return true
}

// charted is what a row of charts is about.
type charted struct {
	name, server, model string // server or model is set: the events of which are marked
	history             *model.History
	probe               bool // deep probes are about it
}

// concerns says whether an event is about what is charted.
func (c charted) concerns(e *model.Event) bool {
	if c.model != "" {
		return e.Model == c.model
	}
	return e.Server == c.server
}

// drawCharts puts as many charts side by side as fit; they share one time axis.
// Errors come before queue and compute; the probe always stays, because it is
// the one figure that cannot lie.
func (sc *screen) drawCharts(a grid.Area, s *model.Snapshot, of charted) {
	h := of.history
	all := [...]chart{
		{"REQUESTS", "per s", "users, counters", &h.Rate, 1, data},
		{"ERRORS", "%", "counters, lower bound", &h.Errors, 100, failing},
		{"QUEUE", "ms", "mean, counters", &h.Queue, 1, data2},
		{"COMPUTE", "ms", "mean, counters", &h.Compute, 1, data},
		{"PROBE", "ms", "deep probes, slowest", &h.Probe, 1, data},
	}
	n := len(all)
	if !of.probe {
		n--
	} else if h.Probe.Len() == 0 {
		all[n-1].source = "no probe configured"
	}
	shown := min(n, max(1, a.W/26))
	w := a.W / shown
	for i := range shown {
		pick := i
		if of.probe && i == shown-1 && shown > 1 {
			pick = n - 1
		}
		width := w
		if i == shown-1 {
			width = a.W - w*(shown-1)
		}
		sc.drawChart(a.Sub(i*w, 0, width, a.H), s, &all[pick], of)
	}
}
