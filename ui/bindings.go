package ui

import (
	tea "charm.land/bubbletea/v2"

	"tritop/model"
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
	stays  bool                    // in the footer however narrow it is
}

// The reasons why a key does nothing now.
const (
	noRows    = "this view has no rows"
	notHere   = "only in the overview"
	noWayBack = "there is nothing to go back to"
)

func onlyTables(sc *screen) string {
	if sc.view().kind == helpView {
		return noRows
	}
	return ""
}

func onlyOverview(sc *screen) string {
	if sc.view().kind != overview {
		return notHere
	}
	return ""
}

func onlyBelow(sc *screen) string {
	if len(sc.stack) == 1 && sc.filter == "" {
		return noWayBack
	}
	return ""
}

// bindings is the one table that footer and help are made from.
var bindings = makeBindings()

// makeBindings fills the table; the acts refer to it in turn.
func makeBindings() []binding {
	move := func(n int) func(*screen, *model.Snapshot) tea.Cmd {
		return func(sc *screen, s *model.Snapshot) tea.Cmd { sc.move(s, n); return nil }
	}
	do := func(act func(sc *screen, s *model.Snapshot)) func(*screen, *model.Snapshot) tea.Cmd {
		return func(sc *screen, s *model.Snapshot) tea.Cmd { act(sc, s); return nil }
	}
	turn := func(n pane) func(*screen, *model.Snapshot) tea.Cmd {
		return do(func(sc *screen, s *model.Snapshot) {
			sc.order(s)
			sc.pane, sc.moved = (sc.pane+n)%paneCount, true
		})
	}
	return []binding{
		{[]string{"enter"}, "enter", "open", "open the selected row: server or model", do(func(sc *screen, s *model.Snapshot) { sc.open(s) }), onlyTables, false},
		{[]string{"esc"}, "esc", "back", "one step back: clears the filter first; never quits", do(func(sc *screen, _ *model.Snapshot) { sc.back() }), onlyBelow, false},
		{[]string{"/"}, "/", "filter", "show only rows whose name holds these words", do(func(sc *screen, _ *model.Snapshot) { sc.startFilter() }), onlyTables, false},
		{[]string{"tab"}, "tab", "pane", "next pane of the overview: models, servers, changes", turn(1), onlyOverview, false},
		{[]string{"shift+tab"}, "shift-tab", "", "pane before", turn(paneCount - 1), onlyOverview, false},
		{[]string{"down", "j"}, "j, down", "", "next row", move(1), nil, false},
		{[]string{"up", "k"}, "k, up", "", "row before", move(-1), nil, false},
		{[]string{"pgdown", "ctrl+d"}, "pgdn, ctrl-d", "", "ten rows down", move(10), nil, false},
		{[]string{"pgup", "ctrl+u"}, "pgup, ctrl-u", "", "ten rows up", move(-10), nil, false},
		{[]string{"home", "g"}, "g, home", "", "first row", move(-1 << 20), nil, false},
		{[]string{"end", "G", "shift+g"}, "G, end", "", "last row", move(1 << 20), nil, false},
		{[]string{"o"}, "o", "all", "show all rows of this pane, or share the room again", do(func(sc *screen, _ *model.Snapshot) { sc.showAll = !sc.showAll }), onlyOverview, false},
		{[]string{"space"}, "space", "freeze", "hold the picture still, or go on; only the screen stops", func(*screen, *model.Snapshot) tea.Cmd { return func() tea.Msg { return freezeMsg{} } }, nil, false},
		{[]string{"e"}, "e", "events", "what changed: all events that are kept", do(func(sc *screen, _ *model.Snapshot) { sc.push(view{eventsView, ""}) }), nil, false},
		{[]string{"?", "f1"}, "?, F1", "help", "this page", do(func(sc *screen, _ *model.Snapshot) { sc.push(view{helpView, ""}) }), nil, true},
		{[]string{"ctrl+l"}, "ctrl-l", "", "draw the screen anew, if something else wrote on it", func(*screen, *model.Snapshot) tea.Cmd { return func() tea.Msg { return redrawMsg{} } }, nil, false},
		{[]string{"ctrl+z"}, "ctrl-z", "", "suspend; the shell's fg comes back", func(*screen, *model.Snapshot) tea.Cmd { return func() tea.Msg { return suspendMsg{} } }, nil, false},
		{[]string{"q"}, "q", "quit", "quit in the overview, elsewhere back to it", func(sc *screen, _ *model.Snapshot) tea.Cmd {
			if sc.view().kind == overview {
				return tea.Quit
			}
			sc.stack = sc.stack[:1]
			sc.settle()
			return nil
		}, nil, true},
		{nil, "ctrl-c twice", "", "quit from anywhere", nil, nil, false},
	}
}
