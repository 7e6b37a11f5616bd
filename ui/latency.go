package ui

import (
	"time"

	"tritop/model"
	"tritop/ui/columns"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// drawLatency is how long the requests of a model take: its percentiles by source
// and window, and its times over the last hour.
func (sc *screen) drawLatency(a grid.Area, s *model.Snapshot) {
	m := s.Model(sc.top().name)
	if m == nil {
		gone(a, "this model is on no server now; esc goes back")
		return
	}
	first := max(10, min(28, a.W-70))
	all := ownPercentiles(s, timesOf{m.Name, m.Latency, &m.Window}, first)
	y := all.draw(a.Sub(0, 0, a.W, min(all.needs(), a.H)))
	if users := usersPercentiles(s, m, first); len(users.rows) > 0 {
		y += users.draw(a.Sub(0, y, a.W, min(users.needs(), max(4, (a.H-y)/3))))
	}
	y += drawShares(a.Sub(0, y, a.W, a.H-y), m)
	y += drawAbsent(a.Sub(0, y, a.W, a.H-y), s, m)
	sc.drawHeat(a.Sub(0, y, a.W, a.H-y), s, m)
}

// drawHeat draws the times of probes over the span of the charts: their histogram
// and their percentiles, side by side or one above the other.
func (sc *screen) drawHeat(a grid.Area, s *model.Snapshot, m *model.Model) {
	if a.H < 8 {
		return
	}
	h := draw.Heat{Title: "HISTOGRAM OVER TIME", Source: "probe, all servers", Of: &m.Heat}
	if o := latencyGoal(s, m.Name); o != nil {
		h.Goal = goalOf(o)
	}
	c := charted{model: m.Name}
	x := sc.axis(s, &c)
	x.Span = max(x.Span, heatLeast)
	bands := h
	bands.Source = "probe, all servers, of the minute before"
	switch {
	case a.W >= 100:
		h.DrawHistogram(a.Sub(0, 0, a.W/2, a.H), &x)
		bands.DrawBands(a.Sub(a.W/2, 0, a.W-a.W/2, a.H), &x)
	case a.H >= 20:
		h.DrawHistogram(a.Sub(0, 0, a.W, a.H/2), &x)
		bands.DrawBands(a.Sub(0, a.H/2, a.W, a.H-a.H/2), &x)
	default:
		h.DrawHistogram(a, &x)
	}
}

// heatLeast is the shortest time that pictures of slots of ten seconds look back on.
const heatLeast = 2 * time.Minute

// latencyGoal is the objective whose goal is drawn: the one that fails, else that of
// the highest percentile; nil: the model has none of a latency.
func latencyGoal(s *model.Snapshot, name string) *model.Objective {
	all := columns.ObjectivesOf(s, name)
	var best *model.ObjectiveState
	for i := range all {
		o := &all[i]
		if o.Metric.Permille() == 0 {
			continue
		}
		if fails := o.Verdict == model.ObjectiveFail; best == nil || fails && best.Verdict != model.ObjectiveFail || fails == (best.Verdict == model.ObjectiveFail) && o.Metric > best.Metric {
			best = o
		}
	}
	if best == nil {
		return nil
	}
	return &best.Objective
}

// figureColumns are those of percentiles.
func figureColumns(first, second textColumn) []textColumn {
	out := []textColumn{first, second, {"N", 5, true}}
	for _, title := range [...]string{"P50", "P90", "P95", "P99", "P99.9", "MAX", "MEAN"} {
		out = append(out, textColumn{title, 5, true})
	}
	return out
}

// timesOf are the times of a model over the fleet, or of a server over its models.
type timesOf struct {
	model   string // whose goals there are; empty: none
	latency []model.Latency
	window  *model.Window
}

// ownPercentiles are those of probes, by window, and the mean that the counters give;
// the first column is so wide.
func ownPercentiles(s *model.Snapshot, of timesOf, width int) textTable {
	title := "percentiles in ms, all servers together"
	if of.model == "" {
		title = "percentiles in ms, all its models together"
	}
	t := textTable{title: title, none: "no source gives percentiles of all together",
		columns: figureColumns(textColumn{"SOURCE", width, false}, textColumn{"WINDOW", 6, true})}
	for i := range of.latency {
		if l := &of.latency[i]; l.Source != model.FromHistogram {
			window := plain(draw.AgeText(l.Window))
			if l.Lengthened {
				window.style = draw.Strong
			}
			t.rows = append(t.rows, append([]cellText{plain(l.Source.String()), window}, figureCells(s, of.model, l)...))
		}
	}
	if l, ok := of.window.Latency(); ok {
		t.rows = append(t.rows, append([]cellText{plain(l.Source.String()), plain(draw.AgeText(l.Window))}, figureCells(s, of.model, &l)...))
	}
	return t
}

// usersPercentiles are those of Triton's summaries: of each server, because nobody
// can merge them.
func usersPercentiles(s *model.Snapshot, m *model.Model, width int) textTable {
	t := textTable{title: "users and probes, by Triton's summaries: of the last 60 s, each server for itself, because they cannot be merged",
		columns: figureColumns(textColumn{"SERVER", width, false}, textColumn{"VER", 6, false})}
	for i := range s.Servers {
		for j := range s.Servers[i].Replicas {
			r := &s.Servers[i].Replicas[j]
			if r.Model != m.Name {
				continue
			}
			for k := range r.Latency {
				if l := &r.Latency[k]; l.Source == model.FromSummary {
					t.rows = append(t.rows, append([]cellText{plain(r.Server), muted("v" + r.Version)}, figureCells(s, m.Name, l)...))
				}
			}
		}
	}
	return t
}

// figureCells are count, percentiles, longest and mean of a latency.
func figureCells(s *model.Snapshot, name string, l *model.Latency) []cellText {
	out := []cellText{muted(countText(l.N))}
	metrics := [...]model.Metric{model.MetricP50, model.MetricP90, model.MetricP95, model.MetricP99, model.MetricP999}
	for i, f := range l.Each() {
		out = append(out, figureCell(*f, overGoal(s, name, metrics[i], *f)))
	}
	return append(out, figureCell(l.Max, draw.Plain), figureCell(l.Mean, draw.Plain))
}

// figureCell is a figure in ms, or why there is none.
func figureCell(f model.Figure, style grid.Style) cellText {
	switch f.Why {
	case model.Present:
		return cellText{shortText(f.Value), style}
	case model.TooFew:
		return cellText{"few", draw.Unsure}
	case model.NoSource:
		return cellText{"n/a", draw.Faint}
	case model.NotObserved, model.NoDemand, model.NotServing, model.BeforeUs, model.OutOfReach:
	}
	return cellText{}
}

// overGoal is how a figure is drawn beside the goal of its percentile.
func overGoal(s *model.Snapshot, name string, m model.Metric, f model.Figure) grid.Style {
	all := columns.ObjectivesOf(s, name)
	for i := range all {
		if o := &all[i]; o.Metric == m && f.Known() && !o.Op.Holds(f.Value, o.Target) {
			if o.Severity == model.Critical {
				return draw.Failing
			}
			return draw.Warning
		}
	}
	return draw.Plain
}

// percentilesRoom is how high the view of a model or server has to be to show them too.
const percentilesRoom = 30

// drawPercentiles draws the percentiles in the view of a model or server, where there
// is room, and gives the rows used.
func drawPercentiles(a grid.Area, s *model.Snapshot, of timesOf) int {
	if a.H < percentilesRoom {
		return 0
	}
	t := ownPercentiles(s, of, 16)
	if len(t.rows) == 0 {
		return 0
	}
	if of.model != "" {
		t.title += "; p shows more"
	}
	return t.draw(a)
}

// drawShares says what Triton's histograms tell: shares up to their edges.
func drawShares(a grid.Area, m *model.Model) int {
	for i := range m.Latency {
		h := &m.Latency[i]
		if h.Source != model.FromHistogram || a.H < 2 {
			continue
		}
		f := draw.Facts{Line: draw.Line{A: a, X: 2}, A: a}
		f.Label("triton-histogram of first responses, n", 6).Short(float64(h.N), draw.Plain).Put(" over ", draw.Muted).Age(h.Window, draw.Plain)
		for k := range h.Shares {
			x := &h.Shares[k]
			f.Label("at most", 14).Short(x.Edge, draw.Plain).Put(" ms: ", draw.Muted).Put(shareText(x.Ratio), draw.Plain)
		}
		return f.Y + 1
	}
	return 0
}

// drawAbsent says which sources give nothing of a model, and what switches them on.
func drawAbsent(a grid.Area, s *model.Snapshot, m *model.Model) int {
	var there [model.FromBalancer + 1]bool
	probed := false
	for i := range m.Latency {
		there[m.Latency[i].Source] = true
	}
	for i := range s.Servers {
		for j := range s.Servers[i].Replicas {
			if r := &s.Servers[i].Replicas[j]; r.Model == m.Name {
				probed = probed || r.Probe.Configured
				for k := range r.Latency {
					there[r.Latency[k].Source] = true
				}
			}
		}
	}
	y := 0
	for _, source := range [...]model.LatencySource{model.FromProbe, model.FromSummary, model.FromHistogram} {
		if there[source] || y >= a.H {
			continue
		}
		l := &draw.Line{A: a, X: 2, Y: y}
		if l.Put(source.String(), draw.Plain); source == model.FromProbe && probed {
			l.Put(": no data: no probe was answered within the hour", draw.Unsure)
			y++
			continue
		}
		l.Put(": not available from this source; ", draw.Unsure).Put(source.SwitchOn(), draw.Muted)
		y++
	}
	return y
}
