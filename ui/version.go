package ui

import (
	"tritop/model"
	"tritop/ui/columns"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// drawVersion is the detail of one version of a model over its servers: what is
// known of it, the charts of the selected replica, and its back-end's own figures.
func (sc *screen) drawVersion(a grid.Area, s *model.Snapshot) {
	o := sc.top()
	p := o.panes[0]
	k, ok := p.selected()
	if !ok && p.all == 0 {
		gone(a, "this version is on no server now; esc goes back")
		return
	}
	y := 0
	var of charted
	name, version := cutVersion(o.name)
	of = charted{model: name, version: version, history: &s.History}
	if ok {
		r := replicaAt(s, k)
		y = sc.drawReplicaFacts(a.Sub(0, 0, a.W, min(9, a.H)), s, r)
		room := min(a.H/2, a.H-y-min(len(p.rows), 6)-3) // what the table leaves
		y += sc.drawSignals(a.Sub(0, y, a.W, room), s, signalsOf{r.Server, r.Model, r.Version})
		of = charted{server: r.Server, model: name, version: version, history: &r.History}
	}
	sc.drawDetail(a.Sub(0, y, a.W, a.H-y), s, of)
}

// drawReplicaFacts says what is known of a model version on one server, and
// gives the rows used.
func (sc *screen) drawReplicaFacts(a grid.Area, s *model.Snapshot, r *model.Replica) int {
	y := sc.drawFinding(a, s, finding{r.Model + " v" + r.Version + " on " + r.Server, columns.ReplicaWord(r), &r.Finding})
	f := draw.Facts{Line: draw.Line{A: a, X: 2, Y: y}, A: a}
	f.Pair("state", r.State.String(), draw.Plain)
	f.Pair("platform", r.Platform, draw.Plain)
	if r.MaxBatch > 0 {
		f.Label("max batch", 4).Int(r.MaxBatch, draw.Plain)
	}
	if r.Instances > 0 {
		f.Label("instances", 4).Int(r.Instances, draw.Plain)
	}
	draw.Figure(f.Label("requests", 8), r.Totals.Requests, "", draw.Plain)
	draw.Figure(f.Label("failed", 8), r.Totals.Failures, "", draw.Plain)
	f.Label("own probes among them", 8).Int(int(r.Totals.Probes), draw.Muted)
	if !r.Totals.Epoch.IsZero() {
		f.Label("counted since", 8).Clock(r.Totals.Epoch, sc.zone, draw.Muted)
	}
	drawProbe(&f, r, s)
	if n := len(r.Batches); n > 0 {
		l := f.Label("executions by batch size", 12)
		for i := range min(n, 6) {
			if i > 0 {
				l.Put(", ", draw.Muted)
			}
			l.Int(int(r.Batches[i].Size), draw.Muted).Put(": ", draw.Muted).Short(float64(r.Batches[i].Executions), draw.Plain)
		}
	}
	return min(f.Y+1, a.H)
}

// drawProbe says what deep inference says of the version.
func drawProbe(f *draw.Facts, r *model.Replica, s *model.Snapshot) {
	switch p := &r.Probe; {
	case !p.Configured:
		f.Pair("probe", "none configured: ready by its own word", draw.Unsure)
	case p.LastAt.IsZero():
		f.Pair("probe", "none yet", draw.Unsure)
	default:
		l := f.Label("probe", 72).Put(p.Last.String(), draw.Plain).Gap(1).Age(s.Now.Sub(p.LastAt), draw.Muted).Put(" ago", draw.Muted)
		draw.Figure(l.Put(", mean ", draw.Muted), p.MeanMs, " ms", draw.Plain)
		draw.Figure(l.Put(", p99 ", draw.Muted), p.P99, " ms", draw.Plain)
		l.Put(" of ", draw.Muted).Counted(p.N, " probe", draw.Muted).Put(" in 60 s", draw.Muted)
	}
}
