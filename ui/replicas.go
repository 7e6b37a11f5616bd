package ui

import (
	"tritop/model"
	"tritop/ui/grid"
)

// replicaCells are the cells that the tables of both detail views share.
var (
	cellRate = column[model.Replica]{title: "RPS", width: 6, right: true, drop: 2, help: "users' requests per second over 60 s", cell: func(a grid.Area, r *model.Replica, d *drawing) {
		putFigure(a, r.Window.Rate, 1, -1, d.style)
	}}
	cellErrors = column[model.Replica]{title: "ERR %", width: 6, right: true, drop: 2, help: "share of users' requests that failed over 60 s: a lower bound", cell: func(a grid.Area, r *model.Replica, d *drawing) {
		putFigure(a, r.Window.ErrorRatio, 100, 2, errorStyle(r.Window.ErrorRatio, d.style))
	}}
	cellQueue = column[model.Replica]{title: "QUEUE ms", width: 8, right: true, drop: 4, help: "mean wait in the queue over 60 s, from counters", cell: func(a grid.Area, r *model.Replica, d *drawing) {
		putFigure(a, r.Window.QueueMs, 1, 1, d.style)
	}}
	cellCompute = column[model.Replica]{title: "COMP ms", width: 7, right: true, drop: 6, help: "mean compute over 60 s, from counters", cell: func(a grid.Area, r *model.Replica, d *drawing) {
		putFigure(a, r.Window.ComputeMs, 1, 1, d.style)
	}}
	cellPending = column[model.Replica]{title: "PEND", width: 5, right: true, drop: 5, help: "requests that wait, from the metrics text", cell: func(a grid.Area, r *model.Replica, d *drawing) {
		putFigure(a, r.Pending, 1, -1, d.style)
	}}
	cellProbe = column[model.Replica]{title: "PROBE", width: 5, drop: 1, help: "the last deep probe", cell: func(a grid.Area, r *model.Replica, _ *drawing) {
		g, st := triGlyph(a.Glyphs(), probeState(r))
		a.Set(1, 0, g, st)
	}}
	cellProbeMs = column[model.Replica]{title: "PROBE ms", width: 8, right: true, drop: 3, help: "mean of the good probes of the last 60 s", cell: func(a grid.Area, r *model.Replica, d *drawing) {
		putFigure(a, r.Probe.MeanMs, 1, 1, d.style)
	}}
	cellTotal = column[model.Replica]{title: "REQUESTS", width: 9, right: true, drop: 7, help: "counted by Triton since it was loaded, probes and warm-ups too", cell: func(a grid.Area, r *model.Replica, d *drawing) {
		putFigure(a, r.Totals.Requests, 1, -1, d.style)
	}}
	cellSpark = column[model.Replica]{title: "RPS TREND", width: 15, drop: 8, help: "users' requests per second", cell: func(a grid.Area, r *model.Replica, d *drawing) {
		spark(a, d, &r.History.Rate)
	}}
	cellState = column[model.Replica]{title: "STATE", width: 24, least: 12, most: 60, help: "Triton's word, or what is wrong", cell: func(a grid.Area, r *model.Replica, _ *drawing) {
		a.Put(0, 0, a.W, replicaWord(r), verdictStyle(r.Finding.Verdict))
	}}
	cellSince = column[model.Replica]{title: "SINCE", width: 6, right: true, help: "how long it has been so", cell: func(a grid.Area, r *model.Replica, d *drawing) {
		putSince(a, d, r.Finding.Since)
	}}
)

var serverRows = []column[model.Replica]{
	{title: "MODEL", width: 18, least: 10, most: 32, help: "the model's name", cell: func(a grid.Area, r *model.Replica, _ *drawing) {
		a.Put(0, 0, a.W, r.Model, nameStyle(r.Finding.Verdict))
	}},
	{title: "VER", width: 4, help: "version", cell: func(a grid.Area, r *model.Replica, _ *drawing) {
		a.Put(0, 0, a.W, r.Version, plain)
	}},
	cellState, cellProbe, cellRate, cellErrors, cellQueue, cellCompute, cellProbeMs, cellPending, cellTotal, cellSpark, cellSince,
}

var modelRows = []column[model.Replica]{
	{title: "SERVER", width: 14, least: 10, most: 24, help: "the configured name", cell: func(a grid.Area, r *model.Replica, _ *drawing) {
		a.Put(0, 0, a.W, r.Server, nameStyle(r.Finding.Verdict))
	}},
	{title: "VER", width: 4, help: "version", cell: func(a grid.Area, r *model.Replica, _ *drawing) {
		a.Put(0, 0, a.W, r.Version, plain)
	}},
	{title: "LIVE", width: 4, drop: 2, help: "the server answers", cell: func(a grid.Area, r *model.Replica, d *drawing) {
		if i := serverOf(d.snap, r.Server); i >= 0 {
			g, st := triGlyph(a.Glyphs(), d.snap.Servers[i].Live)
			a.Set(1, 0, g, st)
		}
	}},
	{title: "RDY", width: 3, drop: 2, help: "the server says that it is ready", cell: func(a grid.Area, r *model.Replica, d *drawing) {
		if i := serverOf(d.snap, r.Server); i >= 0 {
			g, st := triGlyph(a.Glyphs(), d.snap.Servers[i].Ready)
			a.Set(1, 0, g, st)
		}
	}},
	cellProbe, cellState, cellRate, cellErrors, cellQueue, cellCompute, cellProbeMs, cellPending, cellTotal, cellSpark, cellSince,
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

func replicaWord(r *model.Replica) string {
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
