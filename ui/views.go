package ui

import (
	"fmt"
	"strings"

	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// viewKind is what fills the screen.
type viewKind int

const (
	overview viewKind = iota
	modelsView
	serversView
	versionsView
	gpusView
	regionsView
	eventsView
	sourcesView
	signalsView
	chartsView
	slaView
	healthView
	alertsView
	modelView
	serverView
	versionView
	gpuView
	objectiveView
	checkView
	latencyView
	helpView
	wallView
)

const viewCount = int(wallView) + 1

// view is a kind and the name of its object.
type view struct {
	kind viewKind
	name string
}

// viewSpec is what a kind of view is called.
type viewSpec struct {
	name   string // on the command line and in the palette
	object string // what the name after the colon is; empty: it has none
	title  string // on its page
	help   string
	charts bool // the row of charts can have the cursor
}

// views are all kinds.
var views = [viewCount]viewSpec{
	overview:      {"overview", "", "OVERVIEW", "what is broken, since when, what changed", true},
	modelsView:    {"models", "", "MODELS", "all models over the fleet", true},
	serversView:   {"servers", "", "SERVERS", "all servers", true},
	versionsView:  {"versions", "", "VERSIONS", "every model version on every server", true},
	gpusView:      {"gpus", "", "GPUS AND HOSTS", "every GPU that a server, an exporter or the driver here tells of, and the hosts", true},
	regionsView:   {"regions", "", "REGIONS × MODELS", "where each model is well and where it is not", true},
	eventsView:    {"events", "", "EVENTS", "what changed, newest first, as far back as it is kept", false},
	signalsView:   {"signals", "", "SIGNALS", "every figure of the metrics texts that no other view knows by meaning: a back-end's own", true},
	sourcesView:   {"sources", "", "SOURCES", "the health of tritop's own monitoring", false},
	chartsView:    {"charts", "", "CHARTS", "the golden signals of the fleet", true},
	slaView:       {"sla", "", "SERVICE LEVELS", "objectives: what is measured beside its goal, what is left of its budget, when that is gone", true},
	healthView:    {"health", "", "HEALTH", "the health checks by layer: infrastructure, application, business", false},
	alertsView:    {"alerts", "", "ALERTS", "what people are told of, who has it in hand, and who was told", false},
	modelView:     {"model", "model", "MODEL", "one model over the fleet", true},
	serverView:    {"server", "server", "SERVER", "one server: its model versions and GPUs", true},
	versionView:   {"version", "version", "VERSION", "one version of a model, MODEL@VERSION, on each server", true},
	gpuView:       {"gpu", "GPU", "GPU", "one GPU, by its UUID", true},
	objectiveView: {"objective", "objective", "OBJECTIVE", "an objective of a model, MODEL/NAME: the evidence of its verdict", true},
	checkView:     {"check", "check", "CHECK", "a health check of a target, CHECK/TARGET: what it was judged by", false},
	latencyView:   {"latency", "model", "LATENCY", "percentiles of a model by source and window, and its times over the last hour", true},
	helpView:      {"help", "", "HELP", "keys, signs and columns", false},
	wallView:      {"wall", "", "WALL", "for the incident room: read from five metres, no interaction", false},
}

// panes makes the tables of a view.
func (v view) panes() []*pane {
	switch v.kind {
	case overview:
		return []*pane{newPane(modelTable, ""), newPane(serverTable, "")}
	case modelsView, regionsView:
		return []*pane{newPane(modelTable, "")}
	case serversView:
		return []*pane{newPane(serverTable, "")}
	case versionsView, versionView:
		return []*pane{newPane(versionTable, v.name)}
	case gpusView:
		return []*pane{newPane(gpuTable, "")}
	case eventsView:
		return []*pane{newPane(eventTable, "")}
	case signalsView:
		return []*pane{newPane(signalTable, "")}
	case sourcesView:
		return []*pane{newPane(sourceTable, "")}
	case modelView:
		return []*pane{newPane(ofModelTable, v.name)}
	case serverView:
		return []*pane{newPane(onServerTable, v.name), newPane(gpuTable, v.name)}
	case slaView, healthView, alertsView, objectiveView:
		return v.judgedPanes()
	case chartsView, gpuView, checkView, latencyView, helpView, wallView:
	}
	return nil
}

// openView makes a view with its panes.
func openView(v view) *opened { return &opened{view: v, panes: v.panes()} }

// drawView draws a view below the crumbs.
func (sc *screen) drawView(a grid.Area, s *model.Snapshot) {
	switch sc.top().kind {
	case modelsView, serversView, versionsView, signalsView:
		sc.drawListView(a, s)
	case gpusView:
		sc.drawGPUs(a, s)
	case regionsView:
		sc.drawRegions(a, s)
	case eventsView:
		sc.drawEvents(a, s)
	case sourcesView:
		sc.drawSourcesView(a, s)
	case chartsView:
		sc.drawFleetCharts(a, s)
	case helpView:
		sc.drawHelp(a)
	case modelView:
		sc.drawModel(a, s)
	case serverView:
		sc.drawServer(a, s)
	case versionView:
		sc.drawVersion(a, s)
	case gpuView:
		sc.drawGPU(a, s)
	case slaView:
		sc.drawSLA(a, s)
	case healthView:
		sc.drawBoard(a, s)
	case alertsView:
		sc.drawAlerts(a, s)
	case objectiveView:
		sc.drawObjective(a, s)
	case checkView:
		sc.drawCheck(a, s)
	case latencyView:
		sc.drawLatency(a, s)
	case overview, wallView: // have no crumbs
	}
}

// ViewNames lists the views by the names that Frame takes; those with an object
// end in a colon.
func ViewNames() []string {
	var out []string
	for i := range views {
		name := views[i].name
		if views[i].object != "" {
			name += ":"
		}
		out = append(out, name)
	}
	return out
}

func parseView(name string) (view, error) {
	kind, object, _ := strings.Cut(name, ":")
	if kind == "" {
		kind = "overview"
	}
	for i := range views {
		if spec := &views[i]; spec.name == kind {
			if spec.object == "" {
				object = ""
			}
			return view{viewKind(i), object}, nil
		}
	}
	return view{}, fmt.Errorf("no view is named %q", name)
}

// drawCrumbs says where the viewer is, and what the rows are.
func (sc *screen) drawCrumbs(a grid.Area) {
	l := &draw.Line{A: a, X: 1}
	o := sc.top()
	for i, v := range sc.stack {
		if i > 0 {
			l.Put(" > ", draw.Faint)
		}
		word, style := views[v.kind].name, draw.Muted
		if v == o {
			word = views[v.kind].title
			if v.name == "" {
				style = draw.Strong
			}
		}
		l.Put(word, style)
		switch {
		case v.name != "" && v == o:
			l.Gap(1).Put(v.name, draw.Strong)
		case v.name != "":
			l.Gap(1).Put(v.name, draw.Muted)
		}
	}
	if o.zoomed {
		l.Put("  zoomed", draw.Keyed).Put(", z goes back", draw.Muted)
	}
	if p := o.pane(); p != nil && l.X+30 < a.W {
		sc.drawCount(a, l.X, p)
	}
}

// drawCount says at the right end how many rows there are and how they are
// ordered.
func (sc *screen) drawCount(a grid.Area, from int, p *pane) {
	order, by := orderWords(p), ", "
	if p.order.Column >= 0 {
		by = " by "
	}
	of := 0
	if len(p.rows) != p.all {
		of = 4 + draw.Digits(p.all)
	}
	w := draw.Digits(len(p.rows)) + of + 1 + len(p.table.word) + len(by) + grid.Width(order)
	if a.W-w-1 <= from {
		return
	}
	l := &draw.Line{A: a, X: a.W - w - 1}
	l.Int(len(p.rows), draw.Muted)
	if of > 0 {
		l.Put(" of ", draw.Muted).Int(p.all, draw.Muted)
	}
	l.Gap(1).Put(p.table.word, draw.Muted).Put(by, draw.Faint).Put(order, draw.Muted)
}
