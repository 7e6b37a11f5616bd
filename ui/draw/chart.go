package draw

import (
	"math"
	"time"

	"tritop/model"
	"tritop/ui/grid"
)

// Chart is one line chart: a figure with its unit and source over time.
type Chart struct {
	Title, Unit, Source string
	Series              *model.Series
	Factor              float64 // from the series to the unit
	Top                 float64 // the top of the scale in the unit; 0: by the values
	Least               float64 // the top is at least this in the unit, so that next to nothing does not look like much
	Style               grid.Style
	Goals               [2]Goal // the first of them without a metric ends them
}

// Axis is the time axis that charts side by side share.
type Axis struct {
	Now   time.Time
	Span  time.Duration
	Zone  *time.Location
	Marks []Mark    // newest first
	Cross time.Time // the moment that the viewer points at; zero: none
}

// Mark is a change that is drawn under the charts.
type Mark struct {
	At    time.Time
	Words string // empty: none
}

// ScaleWidth is how many columns the scale of a chart takes.
const ScaleWidth = 6

// The rows of a chart's box besides the plot.
const (
	plotTop  = 1
	axisRows = 2
)

// Plot is the part of a chart's area where its line is, in the area's coordinates.
func Plot(a grid.Area) (x, w int) { return 1 + ScaleWidth, a.W - 2 - ScaleWidth - 1 }

// TimeAt is the moment that a column of a plot of some width stands for.
func (x *Axis) TimeAt(column, width int) time.Time {
	if width <= 0 {
		return x.Now
	}
	return x.Now.Add(-x.Span + time.Duration(float64(x.Span)*(float64(column)+0.5)/float64(width))).Truncate(time.Second)
}

// column is where a moment is in a plot; ok is false outside.
func (x *Axis) column(t time.Time, width int) (at int, ok bool) {
	ago := x.Now.Sub(t)
	if ago < 0 || ago > x.Span {
		return 0, false
	}
	return max(0, width-1-int(float64(width)*float64(ago)/float64(x.Span))), true
}

// Draw draws the chart in its box: the newest value or the one that is pointed
// at, scale, time axis, a marker at each change, and below it the source.
func (c *Chart) Draw(a grid.Area, x *Axis) {
	in := a.Box(c.Title, c.Unit, Faint, Strong, Muted)
	if in.H < 4 || in.W < 14 {
		return
	}
	if room := a.W - 6; c.Source != "" && grid.Width(c.Source) <= room {
		at := a.W - 3 - grid.Width(c.Source)
		a.Set(at-1, a.H-1, ' ', Faint)
		a.Put(at, a.H-1, room, c.Source, Muted)
		a.Set(a.W-3, a.H-1, ' ', Faint)
	}
	c.say(&Line{A: in, X: 1}, x)
	plot := in.Sub(ScaleWidth, plotTop, in.W-ScaleWidth-1, in.H-plotTop-axisRows)
	c.plot(in, plot, x)
	if at, ok := x.column(x.Cross, plot.W); ok {
		for y := range plot.H {
			if r := plot.Rune(at, y); r == ' ' {
				plot.Set(at, y, plot.Glyphs().V, Keyed)
			}
		}
	}
	x.under(in, plot)
}

// plot draws the line and its scale.
func (c *Chart) plot(in, plot grid.Area, x *Axis) {
	peak, top, known := c.scale(x)
	if !known {
		plot.Put(0, plot.H/2, plot.W, "no data", Unsure)
		return
	}
	c.labels(in, plot, top)
	c.drawGoals(plot, top)
	of := *c
	if c.Style == Failing && peak < quiet { // nothing fails: red would say that something does
		of.Style = Muted
	}
	of.line(plot, x, top)
}

// quiet is up to where a share of failures, in percent, is none to speak of.
const quiet = 0.1

// Strip draws the line with its scale alone, for charts one above the other that
// share the axis which Under draws.
func (c *Chart) Strip(a grid.Area, x *Axis) {
	if a.W > 2*ScaleWidth && a.H > 0 {
		c.plot(a, strip(a), x)
	}
}

func strip(a grid.Area) grid.Area { return a.Sub(ScaleWidth, 0, a.W-ScaleWidth-1, a.H) }

// Below draws the time axis in an area of two rows, below rows of blocks that are
// as wide.
func (x *Axis) Below(a grid.Area) { x.under(a, a.Sub(0, 0, a.W, 0)) }

// Under draws the time axis in the two rows below the plot of a strip.
func (x *Axis) Under(in, lowest grid.Area) {
	if lowest.W > 2*ScaleWidth {
		x.under(in, strip(lowest))
	}
}

// say writes the figure: now, or at the moment that is pointed at.
func (c *Chart) say(l *Line, x *Axis) {
	if !x.Cross.IsZero() {
		step := max(time.Second, x.Span/300)
		if p, ok := c.Series.Over(x.Cross.Add(-step), x.Cross); ok {
			l.Short(p.Last*c.Factor, Strong)
		} else {
			l.Put("no data", Unsure)
		}
		l.Put(" at ", Muted).Clock(x.Cross, x.Zone, Keyed)
		return
	}
	v, ago, ok := newest(c.Series, x.Now)
	if !ok {
		l.Put("no data now", Unsure)
		return
	}
	l.Short(v*c.Factor, Strong)
	if ago < stalePoint {
		l.Put(" now", Muted)
	} else {
		l.Gap(1).Age(ago, Muted).Put(" ago", Muted)
	}
	if p, ok := c.Series.Over(x.Now.Add(-x.Span), x.Now); ok && l.X+24 < l.A.W {
		l.Put("  min ", Muted).Short(p.Min*c.Factor, Muted).Put(" max ", Muted).Short(p.Max*c.Factor, Muted)
	}
}

// Now writes the figure of now, or that there is none.
func (c *Chart) Now(l *Line, x *Axis, s grid.Style) {
	v, ago, ok := newest(c.Series, x.Now)
	if !ok {
		l.Put("no data", Unsure)
		return
	}
	l.Short(v*c.Factor, s).Gap(1).Put(c.Unit, Muted)
	if ago >= stalePoint {
		l.Gap(1).Age(ago, Muted).Put(" ago", Muted)
	}
}

// BigNow writes the figure of now in letters of three rows.
func (c *Chart) BigNow(a grid.Area, x *Axis, s grid.Style) {
	v, _, ok := newest(c.Series, x.Now)
	if !ok {
		a.Put(0, BigRows/2, a.W, "no data", Unsure)
		return
	}
	var buf [24]byte
	Big(a, 0, 0, string(grid.AppendShort(buf[:0], v*c.Factor)), s)
}

// Newest is the newest figure in the chart's unit; ok is false where there is
// none that is recent.
func (c *Chart) Newest(x *Axis) (v float64, ok bool) {
	v, _, ok = newest(c.Series, x.Now)
	return v * c.Factor, ok
}

// stalePoint is from when on the age of the newest value is told.
const stalePoint = 3 * time.Second

// recent is how old the newest value of a series that comes seldom may be.
const recent = 15 * time.Second

// newest is the newest value, and how old it is.
func newest(s *model.Series, now time.Time) (v float64, ago time.Duration, ok bool) {
	for ago = 0; ago < recent; ago += time.Second {
		if v, ok := s.At(now.Add(-ago)); ok {
			return v, ago, true
		}
	}
	return 0, 0, false
}

// scale is the largest value, and the top of the chart: the largest value, rounded
// up to a figure that people read easily.
func (c *Chart) scale(x *Axis) (peak, top float64, known bool) {
	p, known := c.Series.Over(x.Now.Add(-x.Span), x.Now)
	peak = p.Max * c.Factor
	if c.Top > 0 {
		return peak, max(c.Top, peak), known
	}
	return peak, round(max(c.reach(peak), c.Least)), known
}

func round(top float64) float64 {
	if top <= 0 {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(top)))
	for _, m := range [...]float64{1, 1.5, 2, 3, 4, 5, 6, 8, 10} {
		if top <= m*unit {
			return m * unit
		}
	}
	return 10 * unit
}

func (c *Chart) labels(in, plot grid.Area, top float64) {
	var buf [24]byte
	for _, at := range [...]struct {
		y int
		v float64
	}{{0, top}, {(plot.H - 1) / 2, top / 2}, {plot.H - 1, 0}} {
		if at.v == top/2 && plot.H < 5 {
			continue
		}
		in.PutBytes(0, at.y+plot.Y-in.Y, 5, grid.AppendShort(buf[:0], at.v), Muted)
	}
}

// line draws the series in braille dots, two columns and four rows a cell; in
// ASCII one star a cell. A column that stands for more than a second shows the
// largest value of it, so that no spike is lost; from three seconds on the mean,
// with the extremes apart. A gap is not bridged.
func (c *Chart) line(plot grid.Area, x *Axis, top float64) {
	dots := 2 * plot.W
	step := x.Span / time.Duration(max(dots, 1))
	last := -1
	for i := range dots {
		from := x.Now.Add(-time.Duration(dots-i) * step)
		p, ok := c.Series.Over(from, from.Add(max(step, time.Second)))
		if !ok {
			last = -1
			continue
		}
		v := p.Max
		if step >= 3*time.Second {
			v = p.Mean
			c.extreme(plot, i, c.level(plot, v, top), c.level(plot, p.Max, top))
			c.extreme(plot, i, c.level(plot, v, top), c.level(plot, p.Min, top))
		}
		last = c.joined(plot, i, c.level(plot, v, top), last)
	}
}

// extreme draws the largest or smallest value of a column beside its mean: not at
// all within the height of a cell, as a dot where it is further away, so that
// noise does not fill the chart, and joined to the line from half of the plot on,
// because that is a spike.
func (c *Chart) extreme(plot grid.Area, i, mean, y int) {
	const cell = 4
	switch apart := max(mean-y, y-mean); {
	case apart <= cell:
	case apart <= 2*plot.H:
		c.stroke(plot, i, y, y)
	default:
		c.stroke(plot, i, min(mean, y), max(mean, y))
	}
}

// joined draws one column of dots, reaching to the one before, and gives its row.
func (c *Chart) joined(plot grid.Area, i, y, last int) int {
	upper, lower := y, y
	switch {
	case last >= 0 && last < y-1:
		upper = last + 1
	case last > y+1:
		lower = last - 1
	}
	c.stroke(plot, i, upper, lower)
	return y
}

// stroke draws a column of dots from one row to a lower one.
func (c *Chart) stroke(plot grid.Area, i, upper, lower int) {
	ascii := plot.Glyphs().ASCII
	for row := upper / 4; row <= lower/4; row++ { // a cell holds four dots above each other
		if ascii {
			plot.Set(i/2, row, '*', c.Style)
			continue
		}
		dots := rune(0)
		for k := max(upper, 4*row); k <= min(lower, 4*row+3); k++ {
			dots |= brailleDots[i%2][k%4]
		}
		plot.Dots(i/2, row, dots, c.Style)
	}
}

// level is the row of dots of a value, 0 the highest.
func (c *Chart) level(plot grid.Area, v, top float64) int {
	h := 4*plot.H - 1
	return h - int(math.Round(max(0, min(1, v*c.Factor/top))*float64(h)))
}

// brailleDots are the dots of a cell, by column and row.
var brailleDots = [2][4]rune{{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}

// under draws the time axis under a plot, with a violet marker at each change and
// a word for the newest of them that has one.
func (x *Axis) under(in, plot grid.Area) {
	left, y := plot.X-in.X, plot.Y-in.Y+plot.H
	in.HLine(left, y, plot.W, Faint)
	var buf [24]byte
	in.PutBytes(left, y+1, 8, AppendClock(buf[:0], x.Now.Add(-x.Span), x.Zone), Muted)
	in.PutBytes(left+plot.W-8, y+1, 8, AppendClock(buf[:0], x.Now, x.Zone), Muted)
	labelled := false
	for i := range x.Marks {
		at, ok := x.column(x.Marks[i].At, plot.W)
		if !ok {
			continue
		}
		in.Set(left+at, y, in.Glyphs().Marker, Change)
		if !labelled && x.Marks[i].Words != "" {
			const clock = 9
			labelled = labelMark(in.Sub(left+clock, y+1, plot.W-2*clock, 1), at-clock, x.Marks[i].Words)
		}
	}
}

// labelMark writes what a marker stands for between the two times of the axis,
// as near to it as there is room.
func labelMark(a grid.Area, x int, words string) bool {
	w := grid.Width(words)
	if w > a.W {
		return false
	}
	a.Put(max(0, min(x-w/2, a.W-w)), 0, w, words, Change)
	return true
}
