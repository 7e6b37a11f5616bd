package draw

import (
	"math"
	"time"

	"github.com/NimbleMarkets/ntcharts/v2/canvas/runes"

	"tritop/model"
	"tritop/ui/grid"
)

// Spark fills a row with the recent past of a series as blocks, of which the
// highest stands for the largest value, but at least for least; a gap stays a gap.
func Spark(a grid.Area, d *Drawing, s *model.Series, least float64, style grid.Style) {
	if a.W <= 0 {
		return
	}
	step := d.Span / time.Duration(a.W)
	top := least
	d.most = d.most[:0]
	for i := range a.W {
		from := d.Now.Add(-time.Duration(a.W-i) * step)
		p, ok := s.Over(from, from.Add(max(step, time.Second)))
		if !ok {
			p.Max = math.NaN()
		} else if p.Max > top {
			top = p.Max
		}
		d.most = append(d.most, p.Max)
	}
	level := blockLevel
	if a.Glyphs().ASCII {
		level = asciiLevel
	}
	for i, v := range d.most {
		if !math.IsNaN(v) {
			a.Set(i, 0, level(v, top), style)
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

// Bar fills an area with a share (0..1) as a thin bar.
func Bar(a grid.Area, share model.Figure) {
	g := a.Glyphs()
	if !share.Known() {
		a.Set(0, 0, g.Dash, Faint)
		return
	}
	full := int(min(1, max(0, share.Value))*float64(a.W) + 0.5)
	style := Data
	switch {
	case share.Value >= 0.95:
		style = Failing
	case share.Value >= 0.85:
		style = Warning
	}
	for x := range a.W {
		if x < full {
			a.Set(x, 0, g.Bar, style)
		} else {
			a.Set(x, 0, g.BarEmpty, Faint)
		}
	}
}
