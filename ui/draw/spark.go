package draw

import (
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
	now := d.Now
	step := d.Span / time.Duration(a.W)
	whole, _ := s.Over(now.Add(-d.Span), now)
	top := max(whole.Max, least)
	for i := range a.W {
		from := now.Add(-time.Duration(a.W-i) * step)
		p, ok := s.Over(from, from.Add(max(step, time.Second)))
		v := p.Max
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
