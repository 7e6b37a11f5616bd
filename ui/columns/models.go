package columns

import (
	"time"

	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// Models are the columns of the table of models.
var Models = []draw.Column[model.Model]{
	named(draw.Column[model.Model]{Title: "MODEL", Width: 15, Least: 12, Most: 40, Help: "the model's name"},
		func(m *model.Model) (string, model.Verdict) { return m.Name, m.Finding.Verdict }),
	{Title: "VER", Width: 6, Drop: 5, Letter: 'V', Help: "READY versions, the one that takes unpinned requests first",
		Cell: func(a grid.Area, m *model.Model, _ *draw.Drawing) { drawVersions(a, m.Versions) },
		Value: func(m *model.Model, _ *draw.Drawing) draw.Value {
			if len(m.Versions) == 0 {
				return draw.Value{}
			}
			return draw.Words(m.Versions[len(m.Versions)-1])
		}},
	{Title: "SERVING", Width: 7, Right: true, Numeric: true, Drop: 3, Help: "servers with a READY version of it that is without trouble, of those that list it; ? where none can be seen",
		Cell:  func(a grid.Area, m *model.Model, d *draw.Drawing) { DrawServing(a, m, d.Style) },
		Value: func(m *model.Model, _ *draw.Drawing) draw.Value { return ofValue(serving(m)) }},
	{Title: "STATE", Width: 24, Least: 12, Most: 44, Letter: 'S', Help: "what is wrong with it, in words",
		Cell: func(a grid.Area, m *model.Model, _ *draw.Drawing) {
			a.Put(0, 0, a.W, ModelWord(m), draw.VerdictStyle(m.Finding.Verdict))
		},
		Value: func(m *model.Model, _ *draw.Drawing) draw.Value { return draw.Words(ModelWord(m)) }},
	trend(draw.Column[model.Model]{Title: "RPS TREND", Width: 15, Drop: 6, Help: "users' requests per second over the span of the charts, from Triton's counters"},
		func(m *model.Model) *model.Series { return &m.History.Rate }),
	figure(draw.Column[model.Model]{Title: "RPS", Width: 6, Drop: 1, Letter: 'R', Help: "users' requests per second over 60 s, from Triton's counters"},
		1, -1, func(m *model.Model) model.Figure { return m.Window.Rate }),
	share(draw.Column[model.Model]{Title: "ERR %", Width: 6, Drop: 1, Letter: 'E', Help: "share of users' requests that failed over 60 s, in percent, counted by Triton: a lower bound"},
		func(m *model.Model) model.Figure { return m.Window.ErrorRatio }),
	waits(draw.Column[model.Model]{Title: "QUE ms", Called: "queue", Width: 6, Drop: 2, Letter: 'Q', Help: "mean wait in the queue over 60 s, in ms, from Triton's counters, no percentile; bright where requests wait longer than they are computed"},
		func(m *model.Model) *model.Window { return &m.Window }),
	figure(draw.Column[model.Model]{Title: "COMP ms", Width: 7, Drop: 7, Letter: 'C', Help: "mean compute per request over 60 s, in ms, from Triton's counters; no percentile"},
		1, 1, func(m *model.Model) model.Figure { return m.Window.ComputeMs }),
	{Title: "PROBE ms", Width: 8, Right: true, Numeric: true, Drop: 8, Letter: 'P', Help: "the newest of tritop's own deep probes, in ms, the slowest of its servers",
		Cell: func(a grid.Area, m *model.Model, d *draw.Drawing) {
			draw.PutFigure(a, newest(&m.History.Probe, d), 1, 1, d.Style)
		},
		Value: func(m *model.Model, d *draw.Drawing) draw.Value { return draw.Amount(newest(&m.History.Probe, d), 1) }},
	since(func(m *model.Model) time.Time { return m.Finding.Since }),
}

// DrawServing draws how many servers serve a model, of those that list it.
func DrawServing(a grid.Area, m *model.Model, usual grid.Style) {
	drawOf(a, serving(m), m.Servers, usual)
}

func serving(m *model.Model) int {
	if m.Serving == 0 && m.Trouble == model.ServerUnreached {
		return -1
	}
	return m.Serving
}

// ModelWord is the state of a model in words.
func ModelWord(m *model.Model) string {
	switch word := m.Trouble.String(); {
	case word != "":
		return word
	case m.Finding.Verdict == model.Unknown:
		return "not loaded"
	}
	return "ready"
}

// drawVersions names the versions, the one that takes unpinned requests first.
func drawVersions(a grid.Area, versions []string) {
	l := &draw.Line{A: a}
	for i := len(versions) - 1; i >= 0; i-- {
		v := versions[i]
		more := 0 // room for how many are left out
		if i > 0 {
			more = 2 + draw.Digits(i)
		}
		if left := len(versions) - 1 - i; left > 0 && l.X+1+len(v)+1+more > a.W {
			l.Put(" +", draw.Muted).Int(i+1, draw.Muted)
			return
		}
		st := draw.Muted
		if i == len(versions)-1 {
			st = draw.Plain
		} else {
			l.Put(" ", draw.Muted)
		}
		l.Put("v", st).Put(v, st)
	}
}

// newest is the newest value of a series that comes every few seconds.
func newest(s *model.Series, d *draw.Drawing) model.Figure {
	for i := range 10 {
		if v, ok := s.At(d.Now.Add(-time.Duration(i) * time.Second)); ok {
			return model.Of(v)
		}
	}
	return model.Missing(model.NotObserved)
}
