package columns

import (
	"time"

	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// Servers are the columns of the table of servers.
var Servers = []draw.Column[model.Server]{
	named(draw.Column[model.Server]{Title: "SERVER", Width: 14, Least: 10, Most: 32, Help: "the configured name"},
		func(s *model.Server) (string, model.Verdict) { return s.Name, s.Finding.Verdict }),
	words(draw.Column[model.Server]{Title: "REGION", Width: 7, Drop: 6, Help: "where it stands, from the configuration"},
		draw.Muted, func(s *model.Server) string { return s.Region }),
	{Title: "STATE", Width: 24, Least: 12, Most: 44, Letter: 'S', Help: "what it is doing, as far as tritop can see",
		Cell: func(a grid.Area, s *model.Server, _ *draw.Drawing) {
			style := draw.VerdictStyle(s.Finding.Verdict)
			if s.Unproven {
				style = draw.Unsure
			}
			a.Put(0, 0, a.W, StateWord(s), style)
		},
		Value: func(s *model.Server, _ *draw.Drawing) draw.Value { return draw.Words(StateWord(s)) }},
	tri(draw.Column[model.Server]{Title: "LIVE", Width: 4, Drop: 3, Help: "it answers"},
		func(s *model.Server, _ *draw.Drawing) model.Tri { return s.Live }),
	tri(draw.Column[model.Server]{Title: "RDY", Width: 3, Drop: 3, Help: "it says that it is ready"},
		func(s *model.Server, _ *draw.Drawing) model.Tri { return s.Ready }),
	{Title: "MODELS", Width: 6, Right: true, Numeric: true, Drop: 4, Letter: 'M', Help: "model versions that are READY and without trouble, of those that it lists; ? while it gives no answer",
		Cell: func(a grid.Area, s *model.Server, d *draw.Drawing) {
			drawOf(a, goodVersions(s), len(s.Replicas), d.Style)
		},
		Value: func(s *model.Server, _ *draw.Drawing) draw.Value { return ofValue(goodVersions(s)) }},
	figure(draw.Column[model.Server]{Title: "RPS", Width: 6, Drop: 2, Letter: 'R', Help: "users' requests per second over 60 s, from Triton's counters, ensemble steps left out"},
		1, -1, func(s *model.Server) model.Figure { return s.Window.Rate }),
	share(draw.Column[model.Server]{Title: "ERR %", Width: 6, Drop: 1, Letter: 'E', Help: "share of users' requests that failed over 60 s, in percent, counted by Triton: a lower bound"},
		func(s *model.Server) model.Figure { return s.Window.ErrorRatio }),
	trend(draw.Column[model.Server]{Title: "RPS TREND", Width: 15, Drop: 9, Help: "users' requests per second over the span of the charts"},
		func(s *model.Server) *model.Series { return &s.History.Rate }),
	figure(draw.Column[model.Server]{Title: "QUEUE ms", Width: 8, Drop: 11, Letter: 'Q', Help: "mean wait in the queue over 60 s, in ms, from Triton's counters; no percentile"},
		1, 1, func(s *model.Server) model.Figure { return s.Window.QueueMs }),
	figure(draw.Column[model.Server]{Title: "CPU %", Width: 5, Drop: 8, Letter: 'C', Help: "of the whole host, in percent, from Triton's metrics"},
		100, 0, func(s *model.Server) model.Figure { return GaugeOf(s, model.GaugeCPU) }),
	{Title: "AGE", Width: 5, Right: true, Numeric: true, Seconds: true, Drop: 5, Letter: 'A', Help: "since its last answer to a management poll",
		Cell:  func(a grid.Area, s *model.Server, d *draw.Drawing) { draw.PutAge(a, s.LastAnswer, d.Now, d.Style) },
		Value: func(s *model.Server, d *draw.Drawing) draw.Value { return draw.Seconds(s.LastAnswer, d.Now) }},
	words(draw.Column[model.Server]{Title: "TRITON", Width: 8, Drop: 10, Help: "its version, from its metadata"},
		draw.Muted, func(s *model.Server) string { return s.TritonVersion }),
	since(func(s *model.Server) time.Time { return s.Finding.Since }),
}

// goodVersions counts the model versions of a server that serve; negative while
// it gives no answer.
func goodVersions(s *model.Server) (n int) {
	if s.Live == model.Undecided {
		return -1
	}
	for i := range s.Replicas {
		if s.Replicas[i].State == model.ReplicaReady && s.Replicas[i].Trouble == model.NoTrouble {
			n++
		}
	}
	return n
}

// StateWord is the state of a server in words.
func StateWord(s *model.Server) string {
	switch {
	case s.Unproven:
		return "ready, unproven"
	case s.State == model.ServerReady && s.Finding.Verdict == model.Degraded:
		return "ready, errors"
	}
	return s.State.String()
}

// GaugeOf is a gauge of the whole server, missing while it does not answer.
func GaugeOf(s *model.Server, name string) model.Figure {
	for i := range s.Gauges {
		if s.Gauges[i].Name == name && s.Live == model.Yes {
			return model.Of(s.Gauges[i].Value)
		}
	}
	return model.Missing(model.NotObserved)
}
