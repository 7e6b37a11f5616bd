package draw

import (
	"sort"
	"time"

	"tritop/model"
	"tritop/ui/grid"
)

// Heat is a picture of single times: a histogram over time, and the percentiles of
// what came in the minute before each moment.
type Heat struct {
	Title, Source string
	Of            *model.Heat
	Goal          Goal // of a percentile or mean, in ms; without a metric there is none
}

// counts are times by bucket.
type counts struct {
	n  uint64
	by [model.HeatBuckets]uint32
}

// between adds what came in a stretch of time, by whole slots.
func (c *counts) between(h *model.Heat, from, to time.Time) {
	first, last := slotOf(h, from), slotOf(h, to)
	if last <= first { // shorter than a slot: the one that it lies in
		last = first + 1
	}
	at := sort.Search(len(h.Cells), func(i int) bool { return h.Cells[i].Slot >= first })
	for ; at < len(h.Cells) && h.Cells[at].Slot < last; at++ {
		x := &h.Cells[at]
		c.by[min(int(x.Bucket), model.HeatBuckets-1)] += uint32(x.N)
		c.n += uint64(x.N)
	}
}

func slotOf(h *model.Heat, t time.Time) int32 {
	d := t.Sub(h.Begin)
	if d < 0 {
		return -1
	}
	return int32(min(d/model.HeatSlot, 1<<30)) //nolint:gosec // bounded
}

// percentile is the middle of the bucket of the smallest time that so many
// thousandths do not exceed, in ms; 0 where the count does not carry it.
func (c *counts) percentile(m model.Metric) (ms float64) {
	if c.n == 0 || c.n < uint64(m.Needs()) { //nolint:gosec // a thousand at most
		return 0
	}
	rank, below := (c.n*uint64(m.Permille())+999)/1000, uint64(0) //nolint:gosec // thousandths
	for b, n := range c.by {
		if below += uint64(n); below >= rank {
			return bucketMs(b)
		}
	}
	return 0
}

// longest is the middle of the highest bucket that has a time.
func (c *counts) longest() float64 {
	for b := model.HeatBuckets - 1; b >= 0; b-- {
		if c.by[b] > 0 {
			return bucketMs(b)
		}
	}
	return 0
}

func bucketMs(b int) float64 {
	return float64(model.HeatEdge(b)+model.HeatEdge(b+1)) / 2e6
}

// extent is from where to where the buckets of a stretch of time go.
func (c *counts) extent() (low, high int) {
	low = -1
	for b, n := range c.by {
		if n > 0 {
			if high = b; low < 0 {
				low = b
			}
		}
	}
	return low, high
}

// DrawHistogram draws a column of shades for each moment: the darker, the larger
// the share of its times that were so long. What is longer than the goal is amber.
func (h *Heat) DrawHistogram(a grid.Area, x *Axis) {
	in := a.Box(h.Title, "ms", Faint, Strong, Muted)
	if in.H < 5 || in.W < 20 {
		return
	}
	plot := in.Sub(ScaleWidth, 1, in.W-ScaleWidth-1, in.H-1-axisRows)
	var all counts
	all.between(h.Of, x.Now.Add(-x.Span), x.Now)
	l := &Line{A: in, X: 1}
	l.Short(float64(all.n), Strong).Put(" times  ", Muted).Put(h.Source, Muted)
	low, high := all.extent()
	if low < 0 {
		plot.Put(0, plot.H/2, plot.W, "no data", Unsure)
		x.under(in, plot)
		return
	}
	per := (high-low)/plot.H + 1 // buckets a row
	rows := (high-low)/per + 1
	h.shade(plot, x, shades{low: low, per: per, rows: rows})
	var buf [24]byte
	for _, y := range [...]int{0, rows / 2, rows - 1} {
		edge := model.HeatEdge(low + per*(rows-y))
		in.PutBytes(0, plot.Y-in.Y+plot.H-rows+y, 5, grid.AppendShort(buf[:0], float64(edge)/1e6), Muted)
	}
	x.under(in, plot)
}

// shades are how buckets go into rows: the lowest in the last.
type shades struct{ low, per, rows int }

func (s *shades) row(b, height int) int { return height - 1 - (b-s.low)/s.per }

// shade fills the columns.
func (h *Heat) shade(plot grid.Area, x *Axis, s shades) {
	goal := h.goalRow(plot, s)
	for i := range plot.W {
		var c counts
		if c.between(h.Of, x.At(i, plot.W), x.At(i+1, plot.W)); c.n > 0 {
			h.column(plot, i, &c, s, goal)
		}
	}
	if goal >= 0 {
		l := &Line{A: plot, X: 1, Y: goal}
		l.Put("goal ", Muted).Put(h.Goal.word(), Muted).Gap(1).Short(h.Goal.At, Plain)
	}
}

// goalRow dots the row of the goal and gives it: -1 where it lies above the plot or
// there is none, the height where it lies below.
func (h *Heat) goalRow(plot grid.Area, s shades) int {
	if h.Goal.Metric == model.MetricNone {
		return -1
	}
	y := max(-1, min(plot.H, s.row(int(model.HeatBucket(time.Duration(h.Goal.At*1e6))), plot.H)))
	for i := 0; i < plot.W; i += 2 {
		plot.Set(i, y, plot.Glyphs().Dot, Muted)
	}
	return y
}

// column shades one column: by the share of its times in each row.
func (h *Heat) column(plot grid.Area, i int, c *counts, s shades, goal int) {
	for y := plot.H - s.rows; y < plot.H; y++ {
		n := uint32(0)
		low := s.low + s.per*(plot.H-1-y)
		for b := low; b < min(low+s.per, model.HeatBuckets); b++ {
			n += c.by[b]
		}
		if n == 0 {
			continue
		}
		style := Data
		if y < goal {
			style = Warning
		}
		plot.Set(i, y, shadeOf(float64(n)/float64(c.n), plot.Glyphs().ASCII), style)
	}
}

func shadeOf(share float64, ascii bool) rune {
	signs := [...]rune{'░', '▒', '▓', '█'}
	if ascii {
		signs = [...]rune{'.', ':', '+', '#'}
	}
	switch {
	case share >= 0.5:
		return signs[3]
	case share >= 0.25:
		return signs[2]
	case share >= 0.1:
		return signs[1]
	}
	return signs[0]
}

// At is the moment at which a column of a plot of some width begins.
func (x *Axis) At(column, width int) time.Time {
	return x.Now.Add(-x.Span + x.Span*time.Duration(column)/time.Duration(max(1, width)))
}

// bandOver is what each percentile of a band looks back on, at least.
const bandOver = time.Minute

// DrawBands draws the percentiles of the minute before each moment: from p50 to p90
// dark, to p99 light, and the longest as a dot. What the count does not carry is
// left out.
func (h *Heat) DrawBands(a grid.Area, x *Axis) {
	in := a.Box("PERCENTILES", "ms", Faint, Strong, Muted)
	if in.H < 5 || in.W < 20 {
		return
	}
	plot := in.Sub(ScaleWidth, 1, in.W-ScaleWidth-1, in.H-1-axisRows)
	columns, top := h.bands(x, plot.W)
	h.sayBands(&Line{A: in, X: 1}, columns)
	if top == 0 {
		plot.Put(0, plot.H/2, plot.W, "no data", Unsure)
		x.under(in, plot)
		return
	}
	c := Chart{Factor: 1, Goals: [2]Goal{h.Goal}}
	top = round(c.reach(top))
	c.labels(in, plot, top)
	if h.Goal.At <= top {
		c.drawGoals(plot, top)
	}
	for i := range columns {
		columns[i].draw(plot, i, top)
	}
	x.under(in, plot)
}

// band is one column: in ms; 0 where the count does not carry it.
type band struct{ p50, p90, p99, most float64 }

// bands are the columns, and the largest of their percentiles: what is far beyond is
// no reason to draw all others flat.
func (h *Heat) bands(x *Axis, width int) (out []band, top float64) {
	out = make([]band, max(0, width))
	for i := range out {
		to := x.At(i+1, width)
		from := x.At(i, width)
		if to.Sub(from) < bandOver {
			from = to.Add(-bandOver)
		}
		if from.Before(h.Of.Begin) && to.Before(h.Of.Begin) {
			continue
		}
		var c counts
		c.between(h.Of, from, to)
		b := &out[i]
		b.p50 = c.percentile(model.MetricP50)
		b.p90 = c.percentile(model.MetricP90)
		b.p99 = c.percentile(model.MetricP99)
		b.most = c.longest()
		if top = max(top, b.p90, b.p99); b.p90 == 0 {
			top = max(top, b.most)
		}
	}
	return out, top
}

func (b *band) draw(plot grid.Area, i int, top float64) {
	if b.most == 0 {
		return
	}
	row := func(v float64) int {
		return plot.H - 1 - int(min(1, v/top)*float64(plot.H-1)+0.5)
	}
	dark, light, middle, dot := '▒', '░', '━', '·'
	if plot.Glyphs().ASCII {
		dark, light, middle, dot = '=', ':', '#', '.'
	}
	fill := func(low, high float64, r rune) {
		if low == 0 || high == 0 {
			return
		}
		for y := row(high); y <= row(low); y++ {
			plot.Set(i, y, r, Data)
		}
	}
	if b.most > top {
		dot = plot.Glyphs().Rising
	}
	plot.Set(i, row(b.most), dot, Muted)
	fill(b.p90, b.p99, light)
	fill(b.p50, b.p90, dark)
	if b.p50 > 0 {
		plot.Set(i, row(b.p50), middle, Data2)
	}
}

// sayBands writes the newest figures, which are the legend too.
func (h *Heat) sayBands(l *Line, columns []band) {
	last := band{}
	for i := len(columns) - 1; i >= 0 && last.most == 0; i-- {
		last = columns[i]
	}
	for _, f := range [...]struct {
		name  string
		value float64
	}{{"p50 ", last.p50}, {"p90 ", last.p90}, {"p99 ", last.p99}, {"max ", last.most}} {
		l.Put(f.name, Muted)
		if f.value == 0 {
			l.Rune(l.A.Glyphs().Dash, Faint).Gap(2)
			continue
		}
		l.Short(f.value, Strong).Gap(2)
	}
	if h.Goal.Metric != model.MetricNone {
		l.Put("goal ", Muted).Put(h.Goal.word(), Muted).Gap(1).Short(h.Goal.At, Plain).Gap(2)
	}
	l.Put(h.Source, Muted)
}
