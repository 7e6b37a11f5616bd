package columns

import (
	"time"

	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// The cells that all tables of model versions share.
var (
	cellServer = named(draw.Column[model.Replica]{Title: "SERVER", Width: 14, Least: 10, Most: 24, Help: "the server's configured name"},
		func(r *model.Replica) (string, model.Verdict) { return r.Server, r.Finding.Verdict })
	cellModel = named(draw.Column[model.Replica]{Title: "MODEL", Width: 18, Least: 10, Most: 32, Help: "the model's name"},
		func(r *model.Replica) (string, model.Verdict) { return r.Model, r.Finding.Verdict })
	cellVersion = words(draw.Column[model.Replica]{Title: "VER", Width: 4, Letter: 'V', Help: "version, as Triton numbers it"},
		draw.Plain, func(r *model.Replica) string { return r.Version })
	cellLive = tri(draw.Column[model.Replica]{Title: "LIVE", Width: 4, Drop: 2, Help: "the server answers"}, func(r *model.Replica, d *draw.Drawing) model.Tri {
		if srv := d.Snap.Server(r.Server); srv != nil {
			return srv.Live
		}
		return model.Undecided
	})
	cellReady = tri(draw.Column[model.Replica]{Title: "RDY", Width: 3, Drop: 2, Help: "the server says that it is ready"}, func(r *model.Replica, d *draw.Drawing) model.Tri {
		if srv := d.Snap.Server(r.Server); srv != nil {
			return srv.Ready
		}
		return model.Undecided
	})
	cellProbe = tri(draw.Column[model.Replica]{Title: "PROBE", Called: "probed", Width: 5, Drop: 1, Help: "the last deep probe: a real inference of this version, its answer compared"},
		func(r *model.Replica, _ *draw.Drawing) model.Tri { return probeState(r) })
	cellState = draw.Column[model.Replica]{Title: "STATE", Width: 24, Least: 12, Most: 60, Letter: 'S', Help: "Triton's word, or what is wrong",
		Cell: func(a grid.Area, r *model.Replica, _ *draw.Drawing) {
			a.Put(0, 0, a.W, ReplicaWord(r), draw.VerdictStyle(r.Finding.Verdict))
		},
		Value: func(r *model.Replica, _ *draw.Drawing) draw.Value { return draw.Words(ReplicaWord(r)) }}
	cellRate = figure(draw.Column[model.Replica]{Title: "RPS", Width: 6, Drop: 2, Letter: 'R', Help: "users' requests per second over 60 s, from Triton's counters"},
		1, -1, func(r *model.Replica) model.Figure { return r.Window.Rate })
	cellErrors = share(draw.Column[model.Replica]{Title: "ERR %", Width: 6, Drop: 2, Letter: 'E', Help: "share of users' requests that failed over 60 s, in percent, counted by Triton: a lower bound"},
		func(r *model.Replica) model.Figure { return r.Window.ErrorRatio })
	cellQueue = figure(draw.Column[model.Replica]{Title: "QUEUE ms", Width: 8, Drop: 4, Letter: 'Q', Help: "mean wait in the queue over 60 s, in ms, from Triton's counters; no percentile"},
		1, 1, func(r *model.Replica) model.Figure { return r.Window.QueueMs })
	cellCompute = figure(draw.Column[model.Replica]{Title: "COMP ms", Width: 7, Drop: 6, Letter: 'C', Help: "mean compute per request over 60 s, in ms, from Triton's counters; no percentile"},
		1, 1, func(r *model.Replica) model.Figure { return r.Window.ComputeMs })
	cellProbeMs = figure(draw.Column[model.Replica]{Title: "PROBE ms", Width: 8, Drop: 3, Letter: 'P', Help: "mean of the good deep probes of the last 60 s, in ms"},
		1, 1, func(r *model.Replica) model.Figure { return r.Probe.MeanMs })
	cellPending = figure(draw.Column[model.Replica]{Title: "PEND", Width: 5, Drop: 5, Letter: 'W', Help: "requests that wait in the queue now, from Triton's metrics text"},
		1, -1, func(r *model.Replica) model.Figure { return r.Pending })
	cellTotal = figure(draw.Column[model.Replica]{Title: "REQUESTS", Width: 9, Drop: 7, Letter: 'K', Help: "counted by Triton since it was loaded, probes and warm-ups too"},
		1, -1, func(r *model.Replica) model.Figure { return r.Totals.Requests })
	cellTrend = trend(draw.Column[model.Replica]{Title: "RPS TREND", Width: 15, Drop: 8, Help: "users' requests per second over the span of the charts"},
		func(r *model.Replica) *model.Series { return &r.History.Rate })
	cellSince = since(func(r *model.Replica) time.Time { return r.Finding.Since })
)

// OnServer are the columns of the model versions of one server.
var OnServer = []draw.Column[model.Replica]{cellModel, cellVersion, cellState, cellProbe, cellRate, cellErrors, cellQueue, cellCompute, cellProbeMs, cellPending, cellTotal, cellTrend, cellSince}

// OfModel are the columns of the versions of one model, over its servers.
var OfModel = []draw.Column[model.Replica]{cellServer, cellVersion, cellLive, cellReady, cellProbe, cellState, cellRate, cellErrors, cellQueue, cellCompute, cellProbeMs, cellPending, cellTotal, cellTrend, cellSince}

// Versions are the columns of all model versions of all servers.
var Versions = []draw.Column[model.Replica]{cellModel, cellVersion, onServer(cellServer), cellState, cellProbe, cellRate, cellErrors, cellQueue, cellCompute, cellProbeMs, cellPending, cellTotal, cellTrend, cellSince}

// onServer is the column of servers where rows are named by their model.
func onServer(c draw.Column[model.Replica]) draw.Column[model.Replica] {
	c.Letter = 'H'
	c.Cell = func(a grid.Area, r *model.Replica, d *draw.Drawing) { a.Put(0, 0, a.W, r.Server, d.Style) }
	return c
}

func probeState(r *model.Replica) model.Tri {
	switch {
	case r.Trouble == model.ServerUnreached || r.Probe.LastAt.IsZero(), r.Probe.Last == model.Busy:
		return model.Undecided
	case r.Probe.Last == model.Answered:
		return model.Yes
	}
	return model.No
}

// ReplicaWord is the state of a model version in words.
func ReplicaWord(r *model.Replica) string {
	switch {
	case r.Trouble == model.ServerUnreached:
		return "unknown: no answer"
	case r.Trouble == model.UserErrors: // the share stands in its own column
		return r.Trouble.String()
	case r.Finding.Reason != "" && r.Trouble != model.NoTrouble:
		return r.Finding.Reason
	case r.Reason != "":
		return r.Reason
	}
	return r.State.String()
}
