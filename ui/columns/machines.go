package columns

import (
	"strings"
	"time"

	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// GPUs are the columns of the table of GPUs.
var GPUs = []draw.Column[model.GPU]{
	named(draw.Column[model.GPU]{Title: "HOST", Width: 12, Least: 10, Most: 28, Help: "the server that names it, else the machine or the exporter"},
		func(g *model.GPU) (string, model.Verdict) { return g.Host, g.Finding.Verdict }),
	{Title: "GPU", Width: 6, Help: "its index, as the driver counts; from NVML or the exporter; else the beginning of its UUID",
		Cell:  func(a grid.Area, g *model.GPU, d *draw.Drawing) { PutGPU(&draw.Line{A: a}, g, d.Style) },
		Value: func(g *model.GPU, _ *draw.Drawing) draw.Value { return ofValue(g.Index) }},
	{Title: "STATE", Width: 20, Least: 8, Most: 40, Letter: 'S', Help: "what is known of it, in words",
		Cell: func(a grid.Area, g *model.GPU, d *draw.Drawing) {
			style := d.Style
			switch {
			case g.Throttled != "" && g.Finding.Verdict == model.Healthy:
				style = draw.Warning
			case g.Finding.Verdict != model.Healthy:
				style = draw.VerdictStyle(g.Finding.Verdict)
			}
			a.Put(0, 0, a.W, GPUWord(g), style)
		},
		Value: func(g *model.GPU, _ *draw.Drawing) draw.Value { return draw.Words(GPUWord(g)) }},
	figure(draw.Column[model.GPU]{Title: "UTIL %", Width: 6, Drop: 1, Letter: 'U', Help: "share of the time that a kernel ran, in percent; NVML, exporter or Triton"},
		100, 0, func(g *model.GPU) model.Figure { return g.Util }),
	bar(draw.Column[model.GPU]{Title: "UTIL", Width: 12, Drop: 6, Help: "the same as a bar"}, func(g *model.GPU) model.Figure { return g.Util }),
	figure(draw.Column[model.GPU]{Title: "MEM %", Width: 5, Drop: 2, Letter: 'M', Help: "used share of the whole GPU's memory, in percent"}, 100, 0, func(g *model.GPU) model.Figure { return g.Mem() }),
	bar(draw.Column[model.GPU]{Title: "MEM", Width: 12, Drop: 7, Help: "the same as a bar"}, func(g *model.GPU) model.Figure { return g.Mem() }),
	figure(draw.Column[model.GPU]{Title: "GiB", Width: 5, Drop: 5, Help: "used memory of the whole GPU, in GiB"}, 1.0/(1<<30), 1, func(g *model.GPU) model.Figure { return g.MemUsed }),
	figure(draw.Column[model.GPU]{Title: "POWER W", Width: 7, Drop: 3, Letter: 'W', Help: "drawn power in watts"}, 1, 0, func(g *model.GPU) model.Figure { return g.PowerW }),
	figure(draw.Column[model.GPU]{Title: "TEMP °C", Width: 7, Drop: 4, Letter: 'H', Help: "temperature of the chip in °C; NVML or exporter only"}, 1, 0, func(g *model.GPU) model.Figure { return g.TempC }),
	figure(draw.Column[model.GPU]{Title: "SM MHz", Width: 6, Drop: 9, Help: "clock of the SMs in MHz; NVML or exporter only"}, 1, 0, func(g *model.GPU) model.Figure { return g.ClockMHz }),
	figure(draw.Column[model.GPU]{Title: "ECC", Width: 4, Drop: 8, Help: "uncorrected memory errors since the driver was loaded; NVML or exporter only"}, 1, -1, func(g *model.GPU) model.Figure { return g.ECCErrors }),
	words(draw.Column[model.GPU]{Title: "SOURCE", Width: 6, Drop: 10, Help: "who tells the figures: nvml, dcgm or triton"}, draw.Muted, func(g *model.GPU) string { return g.Source }),
	words(draw.Column[model.GPU]{Title: "NAME", Width: 10, Drop: 11, Most: 30, Help: "the product's name; NVML or exporter only"}, draw.Muted, func(g *model.GPU) string { return g.Name }),
	words(draw.Column[model.GPU]{Title: "UUID", Width: 12, Drop: 12, Most: 40, Help: "what all sources call it"}, draw.Muted, func(g *model.GPU) string { return g.UUID }),
	{Title: "AGE", Width: 5, Right: true, Numeric: true, Seconds: true, Drop: 5, Letter: 'A', Help: "since its newest figures",
		Cell:  func(a grid.Area, g *model.GPU, d *draw.Drawing) { draw.PutAge(a, g.At, d.Now, d.Style) },
		Value: func(g *model.GPU, d *draw.Drawing) draw.Value { return draw.Seconds(g.At, d.Now) }},
	since(func(g *model.GPU) time.Time { return g.Finding.Since }),
}

// PutGPU writes what tells the GPUs of one host apart: the index, else the
// beginning of the UUID.
func PutGPU(l *draw.Line, g *model.GPU, style grid.Style) {
	if g.Index >= 0 {
		l.Put("#", draw.Muted).Int(g.Index, style)
		return
	}
	l.Put(shortUUID(g.UUID), style)
}

func shortUUID(uuid string) string {
	const most = 6
	short := strings.TrimPrefix(uuid, "GPU-")
	n := 0
	for i := range short {
		if n == most {
			return short[:i]
		}
		n++
	}
	return short
}

// GPUWord is the state of a GPU in words.
func GPUWord(g *model.GPU) string {
	switch {
	case g.Finding.Reason != "":
		return g.Finding.Reason
	case g.Throttled != "":
		return "throttled: " + g.Throttled
	case g.Finding.Verdict == model.Unknown:
		return "no data"
	}
	return "there"
}

// bar completes a column of a share as a bar.
func bar[R any](c draw.Column[R], of func(*R) model.Figure) draw.Column[R] {
	c.Cell = func(a grid.Area, r *R, _ *draw.Drawing) { draw.Bar(a, of(r)) }
	return c
}

// Sources are the columns of the health of our own monitoring.
var Sources = []draw.Column[model.Source]{
	{Title: "SOURCE", Width: 24, Least: 12, Most: 40, Letter: 'N', Help: "one of tritop's own collectors: what it reads, and from whom",
		Cell: func(a grid.Area, s *model.Source, d *draw.Drawing) {
			a.Put(0, 0, a.W, s.Name, nameStyle(SourceVerdict(s, d.Now)))
		},
		Value: func(s *model.Source, _ *draw.Drawing) draw.Value { return draw.Words(s.Name) }},
	words(draw.Column[model.Source]{Title: "KIND", Width: 8, Drop: 6, Letter: 'K', Help: "poll (readiness, statistics), metrics (text), index (repository), probe (deep inference), nvml, dcgm, host"},
		draw.Muted, func(s *model.Source) string { return s.Kind }),
	{Title: "STATE", Width: 8, Letter: 'S', Help: "works: its last try was answered, not long ago; fails; silent: neither",
		Cell: func(a grid.Area, s *model.Source, d *draw.Drawing) {
			a.Put(0, 0, a.W, SourceWord(s, d.Now), draw.VerdictStyle(SourceVerdict(s, d.Now)))
		},
		Value: func(s *model.Source, d *draw.Drawing) draw.Value { return draw.Words(SourceWord(s, d.Now)) }},
	{Title: "AGE", Width: 6, Right: true, Numeric: true, Seconds: true, Letter: 'A', Help: "since its last good answer",
		Cell:  func(a grid.Area, s *model.Source, d *draw.Drawing) { draw.PutAge(a, s.LastOK, d.Now, d.Style) },
		Value: func(s *model.Source, d *draw.Drawing) draw.Value { return draw.Seconds(s.LastOK, d.Now) }},
	{Title: "EVERY", Width: 6, Right: true, Numeric: true, Seconds: true, Drop: 5, Help: "how often it is to ask",
		Cell: func(a grid.Area, s *model.Source, d *draw.Drawing) {
			if s.Interval == 0 {
				a.Set(a.W-1, 0, a.Glyphs().Dash, draw.Faint)
				return
			}
			draw.PutAge(a, d.Now.Add(-s.Interval), d.Now, d.Style)
		},
		Value: func(s *model.Source, _ *draw.Drawing) draw.Value {
			return draw.Value{Number: s.Interval.Seconds(), Known: s.Interval > 0, Numeric: true}
		}},
	figure(draw.Column[model.Source]{Title: "PER MIN", Width: 7, Drop: 3, Letter: 'P', Help: "how often it asked over the last minute; a poll is two calls"}, 1, -1, func(s *model.Source) model.Figure { return s.Load.PerMinute }),
	figure(draw.Column[model.Source]{Title: "TOOK ms", Width: 8, Drop: 2, Letter: 'M', Help: "how long its last answer took, in ms"},
		1, 1, func(s *model.Source) model.Figure { return s.TookMs }),
	count(draw.Column[model.Source]{Title: "FAILS", Width: 5, Drop: 1, Letter: 'E', Help: "failures in a row"}, func(s *model.Source) int { return s.Failures }),
	count(draw.Column[model.Source]{Title: "DROPPED", Width: 7, Drop: 4, Letter: 'D', Help: "facts dropped because the engine did not keep up: gaps in what tritop saw"}, func(s *model.Source) int { return int(s.Dropped) }),
	words(draw.Column[model.Source]{Title: "LAST ERROR", Width: 20, Least: 8, Most: 120, Help: "of the last try; beside 0 failures: what was left out of the answer"},
		draw.Muted, func(s *model.Source) string { return s.LastErr }),
}

// count completes a column of a whole number; 0 is muted.
func count[R any](c draw.Column[R], of func(*R) int) draw.Column[R] {
	c.Right, c.Numeric = true, true
	c.Cell = func(a grid.Area, r *R, d *draw.Drawing) {
		style := draw.Warning
		if of(r) == 0 {
			style = draw.Muted
		}
		a.PutInt(0, 0, a.W, of(r), style)
	}
	c.Value = func(r *R, _ *draw.Drawing) draw.Value { return draw.Count(of(r)) }
	return c
}

// SourceVerdict says how one of our own collectors does.
func SourceVerdict(s *model.Source, now time.Time) model.Verdict {
	switch {
	case s.Works(now):
		return model.Healthy
	case s.Failures > 0:
		return model.Degraded
	}
	return model.Unknown
}

// SourceWord is the state of one of our own collectors in words.
func SourceWord(s *model.Source, now time.Time) string {
	switch SourceVerdict(s, now) {
	case model.Healthy:
		return "works"
	case model.Degraded, model.Unhealthy:
		return "fails"
	case model.Unknown:
	}
	return "silent"
}

// Events are the columns of what changed.
var Events = []draw.Column[model.Event]{
	{Title: "TIME", Width: 8, Numeric: true, Seconds: true, Letter: 'T', Help: "when it was seen; to filter: how long ago",
		Cell: func(a grid.Area, e *model.Event, d *draw.Drawing) {
			(&draw.Line{A: a}).Clock(e.At, d.Zone, draw.Muted)
		},
		Value: func(e *model.Event, d *draw.Drawing) draw.Value { return draw.Seconds(e.At, d.Now) }},
	words(draw.Column[model.Event]{Title: "OBJECT", Width: 18, Least: 12, Most: 48, Letter: 'N', Help: "server, model and version that it is about"},
		draw.Plain, func(e *model.Event) string { return e.Object() }),
	{Title: "WHAT", Width: 24, Least: 12, Most: 60, Letter: 'W', Help: "what changed, from what to what",
		Cell:  func(a grid.Area, e *model.Event, _ *draw.Drawing) { EventWords(&draw.Line{A: a}, e, false) },
		Value: func(e *model.Event, _ *draw.Drawing) draw.Value { return draw.Words(e.Words()) }},
	words(draw.Column[model.Event]{Title: "DETAIL", Width: 36, Drop: 1, Most: 200, Help: "more of it, where there is more"},
		draw.Muted, EventDetail),
}
