package ui

import (
	"tritop/model"
	"tritop/ui/columns"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// charted is what a row of charts is about.
type charted struct {
	server, model, version string // those that are set choose the events that are marked
	history                *model.History
	signal                 *model.Signal
	gpu                    *model.GPUHistory
	first                  int // which chart of the history comes first
}

// concerns says whether an event is about what is charted.
func (c *charted) concerns(e *model.Event) bool {
	return (c.server == "" || e.Server == c.server) && (c.model == "" || e.Model == c.model) && (c.version == "" || e.Version == c.version)
}

// chartedOf is what the charts of an object show; the fleet's where it is gone.
func (sc *screen) chartedOf(s *model.Snapshot, v view) charted {
	switch v.kind {
	case serverView:
		if srv := s.Server(v.name); srv != nil {
			return charted{server: v.name, history: &srv.History}
		}
	case modelView:
		if m := s.Model(v.name); m != nil {
			return charted{model: v.name, history: &m.History}
		}
	case gpuView:
		if g := s.GPU(v.name); g != nil {
			return charted{server: g.Host, gpu: &g.History}
		}
	case latencyView:
		if m := s.Model(v.name); m != nil {
			return charted{model: v.name, history: &m.History}
		}
	case objectiveView:
		if o := objectiveOf(s, v.name); o != nil {
			return objectiveCharted(s, o)
		}
	case versionView, overview, modelsView, serversView, versionsView, gpusView, regionsView, eventsView, sourcesView, signalsView, chartsView, slaView, healthView, alertsView, checkView, helpView, wallView:
	}
	return charted{history: &s.History}
}

// selectedCharted is what the charts beside a table show: its selected row.
func (sc *screen) selectedCharted(s *model.Snapshot) charted {
	p := sc.top().leading()
	k, ok := p.selected()
	switch {
	case ok && (p.table == versionTable || p.table == onServerTable || p.table == ofModelTable):
		r := replicaAt(s, k)
		return charted{server: r.Server, model: r.Model, version: r.Version, history: &r.History}
	case ok && p.table == signalTable:
		sig := signalAt(s, k)
		return charted{server: sig.Server, model: sig.Model, version: sig.Version, signal: sig}
	case ok:
		return sc.chartedOf(s, p.table.opens(s, k))
	}
	return sc.chartedOf(s, view{sc.top().kind, sc.top().name})
}

// axis is the time axis of charts about something.
func (sc *screen) axis(s *model.Snapshot, of *charted) draw.Axis {
	sc.marks = sc.marks[:0]
	back := sc.clock.back(s)
	for i := len(s.Events) - 1; i >= 0; i-- {
		e := &s.Events[i]
		if s.Now.Sub(e.At) > back {
			break
		}
		if isMark(e) && of.concerns(e) {
			sc.marks = append(sc.marks, draw.Mark{At: e.At, Words: markWords(e)})
		}
	}
	return draw.Axis{Now: s.Now, Span: back, Zone: sc.zone, Marks: sc.marks, Cross: sc.clock.cross}
}

func markWords(e *model.Event) string {
	switch {
	case e.Kind == model.EventTrouble:
		return ""
	case e.To != "":
		return e.To
	}
	return e.Words()
}

// isMark says whether an event is drawn on the charts. What was judged by the
// charts' own figures is none.
func isMark(e *model.Event) bool {
	switch e.Kind {
	case model.EventVerdict, model.EventSource, model.EventIdentified, model.EventObjective, model.EventCheck, model.EventAlert, model.EventNone:
		return false
	case model.EventServerState, model.EventRestarted, model.EventReplicaState, model.EventTrouble, model.EventAppeared, model.EventVanished,
		model.EventCounterReset, model.EventConfig, model.EventGPU:
	}
	return true
}

// chartsOf are all charts that there are about something.
func chartsOf(of *charted) (all [5]draw.Chart, n int) {
	if sig := of.signal; sig != nil {
		return [5]draw.Chart{{Title: signalTitle(sig), Unit: sig.Unit(), Source: sig.Kind.String() + ", " + sig.Server, Series: &sig.History, Factor: 1, Style: draw.Data}}, 1
	}
	if g := of.gpu; g != nil {
		return [5]draw.Chart{
			{Title: "UTILISATION", Unit: "%", Source: "share of time", Series: &g.Util, Factor: 100, Top: 100, Style: draw.Data},
			{Title: "MEMORY", Unit: "%", Source: "used share", Series: &g.Mem, Factor: 100, Top: 100, Style: draw.Data2},
			{Title: "POWER", Unit: "W", Series: &g.Power, Factor: 1, Style: draw.Data},
			{Title: "TEMPERATURE", Unit: "°C", Series: &g.Temp, Factor: 1, Style: draw.Data2},
		}, 4
	}
	h := of.history
	all = [5]draw.Chart{
		{Title: "REQUESTS", Unit: "per s", Source: "users, counters", Series: &h.Rate, Factor: 1, Style: draw.Data},
		{Title: "ERRORS", Unit: "%", Source: "counters, lower bound", Series: &h.Errors, Factor: 100, Least: 1, Style: draw.Failing},
		{Title: "QUEUE", Unit: "ms", Source: "mean, counters", Series: &h.Queue, Factor: 1, Style: draw.Data2},
		{Title: "COMPUTE", Unit: "ms", Source: "mean, counters", Series: &h.Compute, Factor: 1, Style: draw.Data},
		{Title: "PROBE", Unit: "ms", Source: "deep probes, slowest", Series: &h.Probe, Factor: 1, Style: draw.Data},
	}
	if h.Probe.Len() == 0 {
		all[4].Source = "no probe configured"
	}
	return all, 5
}

// drawCharts puts as many charts side by side as fit; they share one time axis.
// Errors come before queue and compute; the probe always stays, because it is
// the one figure that cannot lie.
func (sc *screen) drawCharts(a grid.Area, s *model.Snapshot, of charted) {
	all, n := chartsOf(&of)
	addGoals(all[:], s, &of)
	all[0], all[of.first] = all[of.first], all[0]
	x := sc.axis(s, &of)
	shown := min(n, max(1, a.W/26))
	w := a.W / shown
	for i := range shown {
		pick := i
		if of.history != nil && i == shown-1 && shown > 1 {
			pick = n - 1
		}
		width := w
		if i == shown-1 {
			width = a.W - w*(shown-1)
		}
		sc.drawChart(a.Sub(i*w, 0, width, a.H), &all[pick], &x)
	}
}

// drawChart draws one chart, and keeps in mind where it is for the mouse.
func (sc *screen) drawChart(a grid.Area, c *draw.Chart, x *draw.Axis) {
	c.Draw(a, x)
	sc.mouse.chart(a)
}

// chartRows is how high a chart is at least.
const chartRows = 6

// drawStacked draws charts one above the other, each as wide as the area: the
// zoomed form, in which an hour can be read.
func (sc *screen) drawStacked(a grid.Area, s *model.Snapshot, of charted) {
	all, n := chartsOf(&of)
	addGoals(all[:], s, &of)
	all[0], all[of.first] = all[of.first], all[0]
	x := sc.axis(s, &of)
	columns := 1
	if a.W >= 120 || a.W >= 72 && a.H < chartRows*n {
		columns = 2
	}
	rows := (n + columns - 1) / columns
	for rows > 1 && a.H/rows < chartRows {
		rows--
	}
	h, w := a.H/rows, a.W/columns
	for i := range min(n, rows*columns) {
		at := a.Sub(i%columns*w, i/columns*h, w, h)
		if i/columns == rows-1 {
			at = a.Sub(i%columns*w, i/columns*h, w, a.H-i/columns*h)
		}
		sc.drawChart(at, &all[i], &x)
	}
}

// drawFleetCharts is the view of the golden signals of the whole fleet.
func (sc *screen) drawFleetCharts(a grid.Area, s *model.Snapshot) {
	sc.drawStacked(a, s, charted{history: &s.History})
}

// signalTitle tells a signal from others of its family.
func signalTitle(sig *model.Signal) string {
	title := sig.Family
	if sig.Label != "" {
		title += " " + columns.LabelValue(sig.Label)
	}
	if sig.Model != "" {
		title += " of " + sig.Model + " v" + sig.Version
	}
	return title
}
