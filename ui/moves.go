package ui

import (
	"tritop/model"
)

// move moves the cursor of what has it.
func (sc *screen) move(s *model.Snapshot, n int) {
	sc.moved = true
	switch sc.view().kind {
	case eventsView, helpView:
		sc.scroll = max(0, sc.scroll+n) // the view cuts it at its end
	case serverView, modelView:
		sc.rowsOfView(s)
		if len(sc.rows) > 0 {
			at := max(0, min(len(sc.rows)-1, sc.selectedRow(s)+n))
			sc.rowCursor = keyOf(replicaAt(s, sc.rows[at]))
		}
	case overview:
		sc.movePane(s, n)
	}
}

// movePane moves the cursor of the overview's pane.
func (sc *screen) movePane(s *model.Snapshot, n int) {
	sc.order(s)
	switch {
	case sc.pane == modelsPane && len(sc.models) > 0:
		at := max(0, min(len(sc.models)-1, sc.selected(modelsPane, s)+n))
		sc.cursor[modelsPane] = s.Models[sc.models[at]].Name
	case sc.pane == serversPane && len(sc.servers) > 0:
		at := max(0, min(len(sc.servers)-1, sc.selected(serversPane, s)+n))
		sc.cursor[serversPane] = s.Servers[sc.servers[at]].Name
	case sc.pane == changesPane && n > 0:
		sc.push(view{eventsView, ""})
	}
}

// open drills down from the selected row.
func (sc *screen) open(s *model.Snapshot) {
	switch v := sc.view(); v.kind {
	case overview:
		sc.openPane(s)
	case serverView:
		if sc.rowsOfView(s); len(sc.rows) > 0 {
			sc.push(view{modelView, replicaAt(s, sc.rows[sc.selectedRow(s)]).Model})
		}
	case modelView:
		if sc.rowsOfView(s); len(sc.rows) > 0 {
			sc.push(view{serverView, replicaAt(s, sc.rows[sc.selectedRow(s)]).Server})
		}
	case eventsView:
		if sc.orderEvents(s); sc.scroll < len(sc.changes) {
			sc.openChange(&s.Events[sc.changes[sc.scroll].at], sc.changes[sc.scroll].by)
		}
	case helpView:
	}
}

func (sc *screen) openPane(s *model.Snapshot) {
	sc.order(s)
	srv, m := sc.selectedServer(s), sc.selectedModel(s)
	switch {
	case sc.pane == modelsPane && m != nil:
		sc.push(view{modelView, m.Name})
	case sc.pane == serversPane && srv != nil:
		sc.push(view{serverView, srv.Name})
	case sc.pane == changesPane:
		sc.push(view{eventsView, ""})
	}
}

func (sc *screen) openChange(e *model.Event, by gathering) {
	switch {
	case e.Model != "" && (by == oneVersion || e.Server == ""):
		sc.push(view{modelView, e.Model})
	case e.Server != "":
		sc.push(view{serverView, e.Server})
	}
}

// push opens a view; the same one again is not stacked.
func (sc *screen) push(v view) {
	for i, open := range sc.stack { // a circle of server → model → server goes back instead
		if open == v {
			sc.stack = sc.stack[:i+1]
			sc.settle()
			return
		}
	}
	sc.stack = append(sc.stack, v)
	sc.settle()
}

// settle begins a view at its top, without a filter.
func (sc *screen) settle() {
	sc.scroll, sc.filter, sc.filtering, sc.rowCursor = 0, "", false, replicaKey{}
}

// back goes one step back: the filter first, then the view.
func (sc *screen) back() {
	switch {
	case sc.filter != "":
		sc.filter = ""
	case len(sc.stack) > 1:
		sc.stack = sc.stack[:len(sc.stack)-1]
		sc.settle()
	}
}
