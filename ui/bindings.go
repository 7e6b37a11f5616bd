package ui

import (
	tea "charm.land/bubbletea/v2"

	"tritop/model"
	"tritop/ui/grid"
)

// binding is one key and what it does. Footer and help are made from this one
// table, so they cannot say what is not so.
type binding struct {
	keys   []string // as Bubble Tea names them
	show   string   // as people read it
	footer string   // one word; empty: not in the footer
	help   string
	act    func(sc *screen, s *model.Snapshot) tea.Cmd
	why    func(sc *screen) string // why it does nothing now; empty or nil: it works
}

func onlyTables(sc *screen) string {
	if sc.view().kind == helpView {
		return "this view has no rows"
	}
	return ""
}

func onlyOverview(sc *screen) string {
	if sc.view().kind != overview {
		return "only in the overview"
	}
	return ""
}

func onlyBelow(sc *screen) string {
	if len(sc.stack) == 1 && sc.filter == "" {
		return "there is nothing to go back to"
	}
	return ""
}

// bindings is filled by a function because acts refer to it in turn.
var bindings = makeBindings()

func makeBindings() []binding {
	move := func(n int) func(*screen, *model.Snapshot) tea.Cmd {
		return func(sc *screen, s *model.Snapshot) tea.Cmd { sc.move(s, n); return nil }
	}
	return []binding{
		{[]string{"enter"}, "enter", "open", "open the selected row: server or model detail", func(sc *screen, s *model.Snapshot) tea.Cmd { sc.open(s); return nil }, onlyTables},
		{[]string{"esc"}, "esc", "back", "one step back: first clears the filter; never quits", func(sc *screen, _ *model.Snapshot) tea.Cmd { sc.back(); return nil }, onlyBelow},
		{[]string{"/"}, "/", "filter", "show only rows whose name holds these words", func(sc *screen, _ *model.Snapshot) tea.Cmd { sc.filtering = true; return nil }, onlyTables},
		{[]string{"tab"}, "tab", "pane", "next pane of the overview: models, servers, changes", func(sc *screen, _ *model.Snapshot) tea.Cmd { sc.pane = (sc.pane + 1) % paneCount; return nil }, onlyOverview},
		{[]string{"shift+tab"}, "shift-tab", "", "pane before", func(sc *screen, _ *model.Snapshot) tea.Cmd {
			sc.pane = (sc.pane + paneCount - 1) % paneCount
			return nil
		}, onlyOverview},
		{[]string{"down", "j"}, "j k", "move", "next row (arrow down)", move(1), onlyTables},
		{[]string{"up", "k"}, "k", "", "row before (arrow up)", move(-1), onlyTables},
		{[]string{"pgdown", "ctrl+d"}, "pgdn", "", "ten rows down", move(10), onlyTables},
		{[]string{"pgup", "ctrl+u"}, "pgup", "", "ten rows up", move(-10), onlyTables},
		{[]string{"home", "g"}, "g", "", "first row", move(-1 << 20), onlyTables},
		{[]string{"end", "G", "shift+g"}, "G", "", "last row", move(1 << 20), onlyTables},
		{[]string{"o"}, "o", "all", "show all rows, or fold the passing ones", func(sc *screen, _ *model.Snapshot) tea.Cmd { sc.showAll = !sc.showAll; return nil }, onlyOverview},
		{[]string{"e"}, "e", "events", "all events that are kept", func(sc *screen, _ *model.Snapshot) tea.Cmd { sc.push(view{eventsView, ""}); return nil }, nil},
		{[]string{"?", "f1"}, "?", "help", "this page", func(sc *screen, _ *model.Snapshot) tea.Cmd { sc.push(view{helpView, ""}); return nil }, nil},
		{[]string{"ctrl+z"}, "ctrl-z", "", "suspend; fg comes back", func(*screen, *model.Snapshot) tea.Cmd { return tea.Suspend }, nil},
		{[]string{"q"}, "q", "quit", "quit in the overview, else back to it", func(sc *screen, _ *model.Snapshot) tea.Cmd {
			if sc.view().kind == overview {
				return tea.Quit
			}
			sc.stack = sc.stack[:1]
			return nil
		}, nil},
	}
}

// move moves the cursor of what has it.
func (sc *screen) move(s *model.Snapshot, n int) {
	if sc.view().kind != overview {
		sc.scroll = max(0, sc.scroll+n) // the view cuts it at its end
		return
	}
	sc.order(s)
	switch sc.pane {
	case modelsPane:
		if len(sc.models) > 0 {
			at := max(0, min(len(sc.models)-1, sc.selected(modelsPane, s)+n))
			sc.cursor[modelsPane] = s.Models[sc.models[at]].Name
		}
	case serversPane:
		if len(sc.servers) > 0 {
			at := max(0, min(len(sc.servers)-1, sc.selected(serversPane, s)+n))
			sc.cursor[serversPane] = s.Servers[sc.servers[at]].Name
		}
	case changesPane, paneCount:
	}
}

// open drills down from the selected row.
func (sc *screen) open(s *model.Snapshot) {
	switch v := sc.view(); v.kind {
	case overview:
		sc.order(s)
		switch {
		case sc.pane == modelsPane && len(sc.models) > 0:
			sc.push(view{modelView, s.Models[sc.models[sc.selected(modelsPane, s)]].Name})
		case sc.pane == serversPane && len(sc.servers) > 0:
			sc.push(view{serverView, s.Servers[sc.servers[sc.selected(serversPane, s)]].Name})
		case sc.pane == changesPane:
			sc.push(view{eventsView, ""})
		}
	case serverView:
		if srv := serverOf(s, v.name); srv != nil && sc.scroll < len(sc.rows) && sc.rows[sc.scroll] < len(srv.Replicas) {
			sc.push(view{modelView, srv.Replicas[sc.rows[sc.scroll]].Model})
		}
	case modelView:
		if sc.scroll < len(sc.rows) && sc.rows[sc.scroll]>>16 < len(s.Servers) {
			sc.push(view{serverView, s.Servers[sc.rows[sc.scroll]>>16].Name})
		}
	case eventsView:
		if sc.order(s); sc.scroll < len(sc.changes) {
			switch e := s.Events[sc.changes[sc.scroll]]; {
			case e.Server != "":
				sc.push(view{serverView, e.Server})
			case e.Model != "":
				sc.push(view{modelView, e.Model})
			}
		}
	case helpView:
	}
}

// push opens a view; the same one again is not stacked.
func (sc *screen) push(v view) {
	if sc.view() == v {
		return
	}
	for i, open := range sc.stack { // a circle of server → model → server goes back instead
		if open == v {
			sc.stack = sc.stack[:i+1]
			sc.scroll = 0
			return
		}
	}
	sc.stack, sc.scroll, sc.filter = append(sc.stack, v), 0, ""
}

// back goes one step back: the filter first, then the view.
func (sc *screen) back() {
	switch {
	case sc.filter != "":
		sc.filter = ""
	case len(sc.stack) > 1:
		sc.stack, sc.scroll = sc.stack[:len(sc.stack)-1], 0
	}
}

// drawHelp lists the bindings and the columns.
func (sc *screen) drawHelp(a grid.Area) {
	crumb := &line{a: a}
	crumb.put("overview", muted).put(" > ", faint).put("HELP", strong)
	y := 2 - min(sc.scroll, 60)
	row := func(key, text, why string) {
		if y >= 1 {
			a.Put(2, y, 14, key, keyed)
			n := a.Put(17, y, a.W-18, text, plain)
			if why != "" {
				a.Put(17+n+2, y, a.W-20-n, "(now: "+why+")", faint)
			}
		}
		y++
	}
	head := func(text string) {
		y++
		if y >= 1 {
			a.Put(2, y, a.W-3, text, strong)
		}
		y++
	}
	for i := range bindings {
		b := &bindings[i]
		why := ""
		if b.why != nil && sc.view().kind != helpView {
			why = b.why(sc)
		}
		row(b.show, b.help, why)
	}
	head("Signs")
	g := a.Glyphs()
	row(string(g.Fail), "failing: not listening, hung, stalled, or says ready and cannot infer", "")
	row(string(g.Warn), "degraded: not ready, starting, stopping, stale, or users' requests fail", "")
	row(string(g.Unknown), "unknown: no data. It is never drawn as good", "")
	row(string(g.Good), "well", "")
	row(string(g.Dash), "the figure is not known: no data, no demand, or no source", "")
	head("Columns of models")
	for i := range modelColumns {
		row(modelColumns[i].title, modelColumns[i].help, "")
	}
	head("Columns of servers")
	for i := range serverColumns {
		row(serverColumns[i].title, serverColumns[i].help, "")
	}
	head("Columns of model versions")
	for i := range modelRows {
		row(modelRows[i].title, modelRows[i].help, "")
	}
}
