package report

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tritop/model"
)

// Chart is one figure over time.
type Chart struct {
	Title string     `json:"title"`
	Unit  string     `json:"unit"`
	From  string     `json:"from"`
	Step  float64    `json:"step_s"`
	Y     []*float64 `json:"values"` // null: not observed
}

// points is how many values a chart has at most.
const points = 240

// charts are drawn of what is at hand: the histories of a session, else the counts
// that were kept.
func charts(f *Facts) []Chart {
	out := []Chart{}
	if s := f.Snapshot; s != nil {
		out = historyCharts(out, "fleet", s.History, f)
		for i := range s.Models {
			out = historyCharts(out, s.Models[i].Name, s.Models[i].History, f)
		}
		return out
	}
	for _, r := range f.Requests {
		out = append(out, countCharts(r, f)...)
	}
	return out
}

// historyCharts adds those of a history that have a value.
func historyCharts(out []Chart, of string, h model.History, f *Facts) []Chart {
	for _, c := range []struct {
		title, unit string
		series      model.Series
	}{{"requests of users", "per_s", h.Rate}, {"share that failed", "ratio", h.Errors}, {"mean time in the queue", "ms", h.Queue}, {"mean time of computing", "ms", h.Compute},
		{"deep probes, the slowest", "ms", h.Probe}} {
		chart := Chart{Title: of + ": " + c.title, Unit: c.unit, From: stamp(f.From)}
		step := max(f.To.Sub(f.From)/points, time.Second).Round(time.Second)
		chart.Step = step.Seconds()
		known := false
		for at := f.From; at.Before(f.To); at = at.Add(step) {
			p, ok := c.series.Over(at, at.Add(step))
			v := p.Mean
			if c.title[0] == 'd' {
				v = p.Max
			}
			chart.Y = append(chart.Y, value(v, ok))
			known = known || ok
		}
		if known {
			out = append(out, chart)
		}
	}
	return out
}

func value(v float64, ok bool) *float64 {
	if !ok || math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// countCharts are those of kept counts.
func countCharts(r Requests, f *Facts) []Chart {
	if len(r.Buckets) == 0 {
		return nil
	}
	step := slices.MinFunc(r.Buckets, func(a, b Bucket) int { return int(a.Step - b.Step) }).Step
	step = time.Duration(int64(step) * (1 + int64(f.To.Sub(f.From)/step)/points))
	from := f.From.Truncate(step)
	n := int(f.To.Sub(from)/step) + 1
	type sum struct{ good, total, seconds uint64 }
	sums := make([]sum, n)
	for _, b := range r.Buckets {
		if i := int(b.Start.Sub(from) / step); i >= 0 && i < n && !b.Start.Before(from) {
			sums[i] = sum{sums[i].good + b.Good, sums[i].total + b.Total, sums[i].seconds + b.Seconds}
		}
	}
	rate := Chart{Title: r.Name + ": requests of users", Unit: "per_s", From: stamp(from), Step: step.Seconds()}
	failed := Chart{Title: r.Name + ": share that failed", Unit: "ratio", From: stamp(from), Step: step.Seconds()}
	for _, s := range sums {
		rate.Y = append(rate.Y, value(float64(s.total)/float64(s.seconds), s.seconds > 0))
		failed.Y = append(failed.Y, value(float64(s.total-s.good)/float64(s.total), s.total > 0))
	}
	return []Chart{rate, failed}
}

// The size of a drawing, in its own units.
const width, height, left, bottom = 640.0, 140.0, 70.0, 18.0

// svg draws the chart. What was not observed is a hole in the line.
func (c *Chart) svg(b *strings.Builder) {
	top := 0.0
	for _, y := range c.Y {
		if y != nil {
			top = max(top, *y)
		}
	}
	high := top
	if top == 0 {
		top = 1
	}
	fmt.Fprintf(b, `<figure><figcaption>%s, %s</figcaption><svg viewBox="0 0 %g %g" role="img" aria-label="%s">`, html.EscapeString(c.Title), unitWords(c.Unit), width, height,
		html.EscapeString(c.Title+", at most "+shown(high, c.Unit)))
	fmt.Fprintf(b, `<path class="axis" d="M%g 4V%gH%g"/>`, left, height-bottom, width)
	fmt.Fprintf(b, `<text x="%g" y="12" text-anchor="end">%s</text><text x="%g" y="%g" text-anchor="end">0</text>`, left-6, shown(high, c.Unit), left-6, height-bottom)
	from, err := time.Parse(time.RFC3339, c.From)
	if err == nil {
		to := from.Add(time.Duration(c.Step * float64(len(c.Y)) * float64(time.Second)))
		fmt.Fprintf(b, `<text x="%g" y="%g">%s</text><text x="%g" y="%g" text-anchor="end">%s</text>`, left, height-4, from.Format("15:04:05"), width, height-4, to.Format("15:04:05"))
	}
	var path strings.Builder
	step, pen := (width-left)/float64(max(1, len(c.Y)-1)), "M"
	for i, y := range c.Y {
		if y == nil {
			pen = "M"
			continue
		}
		fmt.Fprintf(&path, "%s%.1f %.1f", pen, left+float64(i)*step, 4+(height-bottom-4)*(1-*y/top))
		if i+1 == len(c.Y) || c.Y[i+1] == nil {
			path.WriteString("h.1") // a point that stands alone is seen
		}
		pen = "L"
	}
	fmt.Fprintf(b, `<path class="line" d="%s"/></svg></figure>`, path.String())
	b.WriteByte('\n')
}

func unitWords(unit string) string {
	return map[string]string{"per_s": "per second", "ratio": "%", "ms": "ms"}[unit]
}

// shown writes a figure in the unit of its chart.
func shown(v float64, unit string) string {
	if unit == "ratio" {
		v *= 100
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}
