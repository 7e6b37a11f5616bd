package ui

import (
	"time"

	"tritop/model"
	"tritop/ui/grid"
)

// modelColumns are the columns of the table of models.
var modelColumns = []column[model.Model]{
	{title: "MODEL", width: 18, least: 10, most: 40, help: "the model's name", cell: func(a grid.Area, m *model.Model, d *drawing) {
		a.Put(0, 0, a.W, m.Name, nameStyle(m.Finding.Verdict))
	}},
	{title: "VER", width: 6, drop: 4, help: "READY versions, the one that takes unpinned requests first", cell: func(a grid.Area, m *model.Model, _ *drawing) {
		drawVersions(a, m.Versions)
	}},
	{title: "SERVING", width: 7, right: true, drop: 3, help: "servers with a READY version of it that is without trouble, of those that list it; ? where none can be seen", cell: func(a grid.Area, m *model.Model, d *drawing) {
		if m.Serving == 0 && m.Trouble == model.ServerUnreached {
			drawOf(a, -1, m.Servers, d.style)
			return
		}
		drawOf(a, m.Serving, m.Servers, d.style)
	}},
	{title: "STATE", width: 24, least: 12, most: 44, help: "what is wrong with it, in words", cell: func(a grid.Area, m *model.Model, d *drawing) {
		drawState(a, m.Trouble.String(), m.Finding.Verdict)
	}},
	{title: "RPS TREND", width: 15, drop: 6, help: "users' requests per second over the span of the charts, from Triton's counters", cell: func(a grid.Area, m *model.Model, d *drawing) {
		spark(a, d, &m.History.Rate)
	}},
	{title: "RPS", width: 6, right: true, drop: 1, help: "users' requests per second over 60 s, from Triton's counters", cell: func(a grid.Area, m *model.Model, d *drawing) {
		putFigure(a, m.Window.Rate, 1, -1, d.style)
	}},
	{title: "ERR %", width: 6, right: true, drop: 1, help: "share of users' requests that failed over 60 s, counted by Triton: a lower bound", cell: func(a grid.Area, m *model.Model, d *drawing) {
		putFigure(a, m.Window.ErrorRatio, 100, 2, errorStyle(m.Window.ErrorRatio, d.style))
	}},
	{title: "QUEUE ms", width: 8, right: true, drop: 5, help: "mean wait in the queue over 60 s, from Triton's counters", cell: func(a grid.Area, m *model.Model, d *drawing) {
		putFigure(a, m.Window.QueueMs, 1, 1, d.style)
	}},
	{title: "COMP ms", width: 7, right: true, drop: 7, help: "mean compute per request over 60 s, from Triton's counters", cell: func(a grid.Area, m *model.Model, d *drawing) {
		putFigure(a, m.Window.ComputeMs, 1, 1, d.style)
	}},
	{title: "PROBE ms", width: 8, right: true, drop: 8, help: "the newest deep probe, the slowest of its servers", cell: func(a grid.Area, m *model.Model, d *drawing) {
		putLast(a, &m.History.Probe, d)
	}},
	{title: "SINCE", width: 6, right: true, help: "how long it has been so", cell: func(a grid.Area, m *model.Model, d *drawing) {
		putSince(a, d, m.Finding.Since)
	}},
}

// serverColumns are the columns of the table of servers.
var serverColumns = []column[model.Server]{
	{title: "SERVER", width: 14, least: 10, most: 32, help: "the configured name", cell: func(a grid.Area, s *model.Server, _ *drawing) {
		a.Put(0, 0, a.W, s.Name, nameStyle(s.Finding.Verdict))
	}},
	{title: "REGION", width: 6, drop: 6, help: "from the configuration", cell: func(a grid.Area, s *model.Server, _ *drawing) {
		a.Put(0, 0, a.W, s.Region, muted)
	}},
	{title: "STATE", width: 24, least: 12, most: 44, help: "what it is doing, as far as tritop can see", cell: func(a grid.Area, s *model.Server, _ *drawing) {
		if s.Unproven {
			a.Put(0, 0, a.W, stateWord(s), unsure)
			return
		}
		drawState(a, stateWord(s), s.Finding.Verdict)
	}},
	{title: "LIVE", width: 4, drop: 3, help: "it answers", cell: func(a grid.Area, s *model.Server, _ *drawing) {
		g, st := triGlyph(a.Glyphs(), s.Live)
		a.Set(1, 0, g, st)
	}},
	{title: "RDY", width: 3, drop: 3, help: "it says that it is ready", cell: func(a grid.Area, s *model.Server, _ *drawing) {
		g, st := triGlyph(a.Glyphs(), s.Ready)
		a.Set(1, 0, g, st)
	}},
	{title: "MODELS", width: 6, right: true, drop: 4, help: "model versions that are READY and without trouble, of those that it lists; ? while it gives no answer", cell: func(a grid.Area, s *model.Server, d *drawing) {
		good := 0
		if s.Live == model.Undecided {
			good = -1 << 20
		}
		for i := range s.Replicas {
			if s.Replicas[i].State == model.ReplicaReady && s.Replicas[i].Trouble == model.NoTrouble {
				good++
			}
		}
		drawOf(a, good, len(s.Replicas), d.style)
	}},
	{title: "RPS", width: 6, right: true, drop: 2, help: "users' requests per second over 60 s, ensemble steps left out", cell: func(a grid.Area, s *model.Server, d *drawing) {
		putFigure(a, s.Window.Rate, 1, -1, d.style)
	}},
	{title: "ERR %", width: 6, right: true, drop: 1, help: "share of users' requests that failed over 60 s, counted by Triton: a lower bound", cell: func(a grid.Area, s *model.Server, d *drawing) {
		putFigure(a, s.Window.ErrorRatio, 100, 2, errorStyle(s.Window.ErrorRatio, d.style))
	}},
	{title: "RPS TREND", width: 15, drop: 9, help: "users' requests per second", cell: func(a grid.Area, s *model.Server, d *drawing) {
		spark(a, d, &s.History.Rate)
	}},
	{title: "CPU %", width: 5, right: true, drop: 8, help: "of the whole host, from Triton's metrics", cell: func(a grid.Area, s *model.Server, d *drawing) {
		putFigure(a, gaugeOf(s, model.GaugeCPU), 100, 0, d.style)
	}},
	{title: "AGE", width: 5, right: true, drop: 5, help: "since its last answer", cell: func(a grid.Area, s *model.Server, d *drawing) {
		putAge(a, s.LastAnswer, d.now, d.style)
	}},
	{title: "TRITON", width: 8, drop: 10, help: "its version, from the metadata", cell: func(a grid.Area, s *model.Server, _ *drawing) {
		a.Put(0, 0, a.W, s.TritonVersion, muted)
	}},
	{title: "SINCE", width: 6, right: true, help: "how long it has been so", cell: func(a grid.Area, s *model.Server, d *drawing) {
		putSince(a, d, s.Finding.Since)
	}},
}

func nameStyle(v model.Verdict) grid.Style {
	if v == model.Healthy {
		return plain
	}
	return strong
}

func errorStyle(f model.Figure, usual grid.Style) grid.Style {
	switch {
	case f.Known() && f.Value >= 0.05:
		return failing
	case f.Known() && f.Value >= 0.001:
		return warning
	}
	return usual
}

func stateWord(s *model.Server) string {
	switch {
	case s.Unproven:
		return "ready, unproven"
	case s.State == model.ServerReady && s.Finding.Verdict == model.Degraded:
		return "ready, errors"
	}
	return s.State.String()
}

func drawState(a grid.Area, word string, v model.Verdict) {
	if word == "" || v == model.Healthy && word == "ready" {
		word = "ready"
		if v == model.Unknown {
			word = "not loaded"
		}
	}
	a.Put(0, 0, a.W, word, verdictStyle(v))
}

// drawOf draws "5/6", bright where it is not all, and "?/6" where n is not known
// (negative).
func drawOf(a grid.Area, n, of int, usual grid.Style) {
	if n < 0 {
		l := &line{a: a, x: max(0, a.W-2-digits(of))}
		l.rune(a.Glyphs().Unknown, unsure).put("/", muted).int(of, muted)
		return
	}
	if n < of {
		usual = warning
	}
	width := digits(n) + 1 + digits(of)
	l := &line{a: a, x: max(0, a.W-width)}
	l.int(n, usual).put("/", muted).int(of, muted)
}

// drawVersions names the versions, the one that takes unpinned requests first.
func drawVersions(a grid.Area, versions []string) {
	l := &line{a: a}
	for i := len(versions) - 1; i >= 0; i-- {
		v := versions[i]
		more := 0 // room for how many are left out
		if i > 0 {
			more = 2 + digits(i)
		}
		if left := len(versions) - 1 - i; left > 0 && l.x+1+len(v)+1+more > a.W {
			l.put(" +", muted).int(i+1, muted)
			return
		}
		st := muted
		if i == len(versions)-1 {
			st = plain
		} else {
			l.put(" ", muted)
		}
		l.put("v", st).put(v, st)
	}
}

func putLast(a grid.Area, s *model.Series, d *drawing) {
	for i := range 10 { // probes come every few seconds: the newest of the last ten
		if v, ok := s.At(d.now.Add(-time.Duration(i) * time.Second)); ok {
			a.PutFloat(v, 1, d.style)
			return
		}
	}
	a.Set(a.W-1, 0, a.Glyphs().Dash, faint)
}

func gaugeOf(s *model.Server, name string) model.Figure {
	for i := range s.Gauges {
		if s.Gauges[i].Name == name && s.Live == model.Yes {
			return model.Of(s.Gauges[i].Value)
		}
	}
	return model.Missing(model.NotObserved)
}
