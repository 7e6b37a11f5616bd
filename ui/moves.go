package ui

import (
	"time"

	"tritop/model"
)

// tabs is how many stops the cursor has in a view: its panes, then what has no
// rows (the changes of the overview, charts).
func (o *opened) tabs() int {
	n := len(o.panes)
	if o.kind == overview {
		n++
	}
	if views[o.kind].charts {
		n++
	}
	return max(n, 1)
}

// turn goes to another pane.
func (sc *screen) turn(n int) {
	o := sc.top()
	for range o.tabs() {
		o.at, o.moved = (o.at+n+o.tabs())%o.tabs(), true
		if p := o.pane(); o.at == 0 || p == nil || p.all > 0 || o.kind == overview { // an empty pane below the first is not drawn
			return
		}
	}
}

// move moves the cursor of what has it.
func (sc *screen) move(n int) {
	o := sc.top()
	o.moved = true
	switch p := o.pane(); {
	case p != nil:
		p.move(n)
	case o.kind == helpView:
		o.scroll = max(0, o.scroll+n) // the view cuts it at its end
	case o.kind == overview && o.at == changesPane && n > 0:
		sc.push(view{eventsView, ""})
	}
}

// open drills down from the selected row.
func (sc *screen) open(s *model.Snapshot) {
	o := sc.top()
	p := o.pane()
	if p == nil {
		if o.kind == overview && o.at == changesPane {
			sc.push(view{eventsView, ""})
		}
		return
	}
	k, ok := p.selected()
	if !ok {
		return
	}
	v := p.table.opens(s, k)
	if p.table == ofModelTable { // which server is what the row tells
		v = view{serverView, replicaAt(s, k).Server}
	} else if o.kind == versionView {
		v = view{serverView, replicaAt(s, k).Server}
	}
	if p.table == alertTable {
		v = existing(s, v, &s.Alerts[k])
	}
	if v.kind == overview || !exists(s, v) {
		sc.note = "there is nothing more to open of this row"
		return
	}
	sc.push(v)
}

// push opens a view; one that is open already is gone back to.
func (sc *screen) push(v view) {
	for i, o := range sc.stack { // a circle of server → model → server goes back instead
		if o.view == v {
			sc.stack = sc.stack[:i+1]
			return
		}
	}
	sc.stack = append(sc.stack, openView(v))
}

// back goes one step back: the filter first, then the zoom, then the view.
func (sc *screen) back() {
	o := sc.top()
	switch {
	case !sc.clock.cross.IsZero():
		sc.clock.cross = time.Time{}
	case o.filter.text != "":
		o.filter = filter{}
	case o.zoomed:
		o.zoomed = false
	case len(sc.stack) > 1:
		sc.stack = sc.stack[:len(sc.stack)-1]
	}
}

// canGoBack says whether esc does anything.
func (sc *screen) canGoBack() bool {
	o := sc.top()
	return len(sc.stack) > 1 || o.filter.text != "" || o.zoomed || !sc.clock.cross.IsZero()
}

// point moves the moment that is pointed at in the charts.
func (sc *screen) point(s *model.Snapshot, n int) {
	back := sc.clock.back(s)
	step := max((back / 120).Truncate(time.Second), time.Second)
	if sc.clock.cross.IsZero() {
		sc.clock.cross = s.Now
	}
	at := sc.clock.cross.Add(step * time.Duration(n)).Truncate(time.Second)
	switch {
	case !at.Before(s.Now):
		at = time.Time{}
	case at.Before(s.Now.Add(-back)):
		at = s.Now.Add(-back).Truncate(time.Second)
	}
	sc.clock.cross = at
}
