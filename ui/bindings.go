package ui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tritop/model"
)

// binding is one key and what it does. Footer, help, palette and docs/keys.md
// are made from this one table, so they cannot say what is not so.
type binding struct {
	keys   []string // as Bubble Tea names them
	show   string   // as people read it
	footer string   // one word; empty: not in the footer
	place  int      // in the footer, from 1
	name   string   // in the palette; empty: not there
	group  string
	help   string
	act    func(sc *screen, s *model.Snapshot) tea.Cmd
	why    func(sc *screen) string // why it does nothing now; empty or nil: it works
	stays  bool                    // in the footer however narrow it is
}

// notNow says why a binding does nothing now; empty: it works.
func (b *binding) notNow(sc *screen) string {
	if b.why == nil {
		return ""
	}
	return b.why(sc)
}

// The reasons why a key does nothing now.
const (
	noRows    = "this view has no rows"
	noPanes   = "this view has one pane"
	noCharts  = "this view has no charts"
	noWayBack = "there is nothing to go back to"
	noMarks   = "no row is marked"
	notHere   = "only where panes share the room"
	isWhole   = "nothing else is in this view"
)

func needsRows(sc *screen) string {
	if sc.top().pane() == nil {
		return noRows
	}
	return ""
}

func needsFilter(sc *screen) string {
	if len(sc.top().panes) == 0 && sc.top().kind != helpView {
		return noRows
	}
	return ""
}

func needsOpen(sc *screen) string {
	if o := sc.top(); o.pane() == nil && (o.kind != overview || o.at != changesPane) {
		return noRows
	}
	return ""
}

func needsPanes(sc *screen) string {
	if sc.top().tabs() < 2 {
		return noPanes
	}
	return ""
}

func needsCharts(sc *screen) string {
	if !views[sc.top().kind].charts && sc.top().kind != overview {
		return noCharts
	}
	return ""
}

func needsMore(sc *screen) string {
	if k := sc.top().kind; k == chartsView || k == checkView || k == helpView || k == wallView {
		return isWhole
	}
	return ""
}

func needsMarks(sc *screen) string {
	if p := sc.top().pane(); p == nil || len(p.marks) == 0 {
		return noMarks
	}
	return ""
}

func needsBack(sc *screen) string {
	if !sc.canGoBack() {
		return noWayBack
	}
	return ""
}

// needsShared says why a pane has all the room already.
func needsShared(sc *screen) string {
	if k := sc.top().kind; k == overview || k == slaView || k == healthView || k == alertsView || k == objectiveView {
		return ""
	}
	return notHere
}

// keymap is the one table that footer, help, palette and docs/keys.md are made
// from.
type keymap struct {
	all    []binding
	footer []int // the places of what the footer shows, in its order
}

func newKeymap() *keymap {
	k := &keymap{all: slices.Concat(openKeys(), findKeys(), lookKeys(), moveKeys(), takeKeys(), alertKeys(), programKeys())}
	for i := range k.all {
		if k.all[i].footer != "" {
			k.footer = append(k.footer, i)
		}
	}
	slices.SortFunc(k.footer, func(a, b int) int { return k.all[a].place - k.all[b].place })
	return k
}

// The groups of keys.
const (
	groupOpen    = "Open and go back"
	groupFind    = "Find and sort"
	groupLook    = "Look"
	groupMove    = "Move"
	groupTake    = "Mark and take away"
	groupProgram = "The program"
)

// do makes an act of what needs no command of the program.
func do(act func(sc *screen, s *model.Snapshot)) func(*screen, *model.Snapshot) tea.Cmd {
	return func(sc *screen, s *model.Snapshot) tea.Cmd { act(sc, s); return nil }
}

// tell makes an act that only tells the program something.
func tell(msg tea.Msg) func(*screen, *model.Snapshot) tea.Cmd {
	return func(*screen, *model.Snapshot) tea.Cmd { return func() tea.Msg { return msg } }
}

func openKeys() []binding {
	g := groupOpen
	out := []binding{
		{keys: []string{"enter"}, show: "enter", footer: "open", place: 1, group: g, help: "open the selected row: server, model, version or GPU", act: do((*screen).open), why: needsOpen},
		{keys: []string{"esc"}, show: "esc", footer: "back", place: 2, name: "back", group: g, help: "one step back: pointer, filter, zoom, view; never quits", act: do(func(sc *screen, _ *model.Snapshot) { sc.back() }), why: needsBack},
		{keys: []string{"tab"}, show: "tab", footer: "pane", place: 5, group: g, help: "next pane of this view", act: do(func(sc *screen, _ *model.Snapshot) { sc.turn(1) }), why: needsPanes},
		{keys: []string{"shift+tab"}, show: "shift-tab", group: g, help: "pane before", act: do(func(sc *screen, _ *model.Snapshot) { sc.turn(-1) }), why: needsPanes},
		{keys: []string{"]"}, show: "]", group: g, help: "next view of the layouts below", act: do(func(sc *screen, _ *model.Snapshot) { sc.turnView(1) })},
		{keys: []string{"["}, show: "[", group: g, help: "view before", act: do(func(sc *screen, _ *model.Snapshot) { sc.turnView(-1) })},
		{keys: []string{":"}, show: ":", footer: "command", place: 6, group: g, help: "commands, views and objects by name, with completion and history", act: do((*screen).openPalette)},
		{keys: []string{"e", "c"}, show: "e, c", footer: "events", place: 12, group: g, help: "what changed: all events that are kept", act: do(func(sc *screen, _ *model.Snapshot) { sc.push(view{eventsView, ""}) })},
	}
	out = append(out, judgedKeys()...)
	for i := range layouts {
		v := layouts[i]
		digit := string(rune('1' + i))
		out = append(out, binding{keys: []string{digit}, show: digit, group: g, help: "layout " + digit + ": " + views[v].name + ", " + views[v].help, act: do(func(sc *screen, _ *model.Snapshot) { sc.jump(view{v, ""}) })})
	}
	return out
}

// layouts are the whole screens that the digits choose.
var layouts = [...]viewKind{overview, modelsView, serversView, versionsView, gpusView, regionsView, eventsView, sourcesView, chartsView}

// turnView goes to the layout beside the one that is shown, or from which what is
// shown was opened.
func (sc *screen) turnView(n int) {
	for i := len(sc.stack) - 1; i >= 0; i-- {
		if at := slices.Index(layouts[:], sc.stack[i].kind); at >= 0 {
			sc.jump(view{layouts[(at+n+len(layouts))%len(layouts)], ""})
			return
		}
	}
	sc.jump(view{overview, ""})
}

func findKeys() []binding {
	g := groupFind
	return []binding{
		{keys: []string{"/"}, show: "/", footer: "filter", place: 3, group: g, help: "show only rows that match: words, !not, field>value (docs/filter.md); in the help: search", act: do((*screen).startFilter), why: needsFilter},
		{keys: []string{"s"}, show: "s", footer: "sort", place: 4, group: g, help: "choose a column to sort by; each is explained there", act: do((*screen).startSort), why: needsRows},
		{show: "shift-letter", group: g, help: "sort by the column of that letter, again to reverse; the help names the letters", why: needsRows},
		{keys: []string{"0"}, show: "0", name: "unsort", group: g, help: "broken first again", act: do(func(sc *screen, s *model.Snapshot) { sc.top().pane().sortBy(sc.drawing(s), -1) }), why: needsRows},
	}
}

func lookKeys() []binding {
	g := groupLook
	return []binding{
		{keys: []string{"z"}, show: "z", footer: "zoom", place: 7, name: "zoom", group: g, help: "the pane with the cursor alone, charts too, or all again", act: do(func(sc *screen, _ *model.Snapshot) { sc.top().zoomed = !sc.top().zoomed }), why: needsMore},
		{keys: []string{"o"}, show: "o", footer: "all", place: 10, name: "all", group: g, help: "give this pane all the room that it can use, or share it again", act: do(func(sc *screen, _ *model.Snapshot) { sc.top().whole = !sc.top().whole }), why: needsShared},
		{keys: []string{"+", "="}, show: "+", footer: "time", place: 9, name: "longer", group: g, help: "charts look back further: 1 m, 5 m, 15 m, 1 h", act: do(func(sc *screen, s *model.Snapshot) { sc.turnTime(s, 1) }), why: needsCharts},
		{keys: []string{"-"}, show: "-", name: "shorter", group: g, help: "charts look back less far", act: do(func(sc *screen, s *model.Snapshot) { sc.turnTime(s, -1) }), why: needsCharts},
		{keys: []string{"left", "h"}, show: "h, left", group: g, help: "point at a moment in the charts: earlier; all charts say their value then", act: do(func(sc *screen, s *model.Snapshot) { sc.point(s, -1) }), why: needsCharts},
		{keys: []string{"right", "l"}, show: "l, right", group: g, help: "point at a later moment; after the last one it is now again", act: do(func(sc *screen, s *model.Snapshot) { sc.point(s, 1) }), why: needsCharts},
		{keys: []string{"space"}, show: "space", footer: "freeze", place: 8, name: "freeze", group: g, help: "hold the picture still, or go on; only the screen stops", act: tell(freezeMsg{})},
		{keys: []string{"ctrl+r"}, show: "ctrl-r", name: "refresh", group: g, help: "the newest picture at once, also while it is held", act: tell(refreshMsg{})},
	}
}

func moveKeys() []binding {
	g := groupMove
	move := func(n int) func(*screen, *model.Snapshot) tea.Cmd {
		return do(func(sc *screen, _ *model.Snapshot) { sc.move(n) })
	}
	return []binding{
		{keys: []string{"down", "j"}, show: "j, down", group: g, help: "next row", act: move(1)},
		{keys: []string{"up", "k"}, show: "k, up", group: g, help: "row before", act: move(-1)},
		{keys: []string{"pgdown", "ctrl+d"}, show: "pgdn, ctrl-d", group: g, help: "ten rows down", act: move(10)},
		{keys: []string{"pgup", "ctrl+u"}, show: "pgup, ctrl-u", group: g, help: "ten rows up", act: move(-10)},
		{keys: []string{"home", "g"}, show: "g, home", group: g, help: "first row", act: move(-1 << 20)},
		{keys: []string{"end", "G", "shift+g"}, show: "G, end", group: g, help: "last row", act: move(1 << 20)},
	}
}

func takeKeys() []binding {
	g := groupTake
	return []binding{
		{keys: []string{"x"}, show: "x", footer: "mark", place: 11, name: "mark", group: g, help: "mark the row, or take its mark away", act: do(func(sc *screen, _ *model.Snapshot) { sc.top().pane().mark() }), why: needsRows},
		{keys: []string{"X", "shift+x"}, show: "X", group: g, help: "mark all rows from the last mark to here", act: do(func(sc *screen, _ *model.Snapshot) { sc.top().pane().markRange() }), why: needsRows},
		{keys: []string{"ctrl+\\"}, show: "ctrl-\\", name: "unmark", group: g, help: "take all marks away", act: do(func(sc *screen, _ *model.Snapshot) { sc.top().pane().unmark() }), why: needsMarks},
		{keys: []string{"y"}, show: "y", footer: "copy", place: 13, name: "copy", group: g, help: "copy the names of the marked rows, or of this one (OSC 52: also over SSH)", act: copyNames, why: needsRows},
		{keys: []string{"i"}, show: "i", footer: "status", place: 14, name: "status", group: g, help: "a status text for the chat: shown and copied", act: copyStatus},
		{keys: []string{"ctrl+s"}, show: "ctrl-s", name: "save", group: g, help: "save what is on the screen as text, and all that is known as JSON", act: tell(saveMsg{})},
	}
}

func programKeys() []binding {
	g := groupProgram
	return []binding{
		{keys: []string{"?", "f1"}, show: "?, F1", footer: "help", place: 15, name: "help", group: g, help: "this page; / searches in it", act: do(func(sc *screen, _ *model.Snapshot) { sc.push(view{helpView, ""}) }), stays: true},
		{keys: []string{"m"}, show: "m", name: "mouse", group: g, help: "let the terminal have the mouse, to select text, or take it again", act: tell(mouseMsg{})},
		{keys: []string{"ctrl+l"}, show: "ctrl-l", name: "redraw", group: g, help: "draw the screen anew, if something else wrote on it", act: tell(redrawMsg{})},
		{keys: []string{"ctrl+z"}, show: "ctrl-z", name: "suspend", group: g, help: "suspend; the shell's fg comes back", act: tell(suspendMsg{})},
		{keys: []string{"q"}, show: "q", footer: "quit", place: 16, name: "quit", group: g, help: "quit in the first view, elsewhere back to it", act: func(sc *screen, _ *model.Snapshot) tea.Cmd {
			if len(sc.stack) == 1 {
				return tea.Quit
			}
			sc.stack = sc.stack[:1]
			return nil
		}, stays: true},
		{show: "ctrl-c twice", group: g, help: "quit from anywhere"},
	}
}

// sortLetter sorts the pane with the cursor by the column of a capital letter;
// it says whether there is one.
func (sc *screen) sortLetter(s *model.Snapshot, name string) bool {
	p := sc.top().pane()
	if p == nil {
		return false
	}
	letter := strings.ToUpper(strings.TrimPrefix(name, "shift+"))
	if len(letter) != 1 || letter == name && strings.ToLower(name) == name || !strings.HasPrefix(name, "shift+") && name != letter {
		return false
	}
	for i := range p.table.heads {
		if h := &p.table.heads[i]; h.Letter == rune(letter[0]) && h.Sorts {
			p.sortBy(sc.drawing(s), i)
			return true
		}
	}
	return false
}

// startFilter opens the filter line on what is filtered now.
func (sc *screen) startFilter(*model.Snapshot) {
	kind := askFilter
	if sc.top().kind == helpView {
		kind = askSearch
	}
	sc.ask(kind, sc.top().filter.text, nil)
}

// startSort asks for a column.
func (sc *screen) startSort(*model.Snapshot) {
	p := sc.top().pane()
	choices := []choice{{name: "broken first", help: "   the order in which everything begins", run: func(sc *screen, s *model.Snapshot, _ string) tea.Cmd {
		p.sortBy(sc.drawing(s), -1)
		return nil
	}}}
	for i := range p.table.heads {
		h := &p.table.heads[i]
		if !h.Sorts {
			continue
		}
		letter := " "
		if h.Letter != 0 {
			letter = string(h.Letter)
		}
		help := letter + "  " + h.Help
		choices = append(choices, choice{name: h.Title, help: help, run: func(sc *screen, s *model.Snapshot, _ string) tea.Cmd {
			p.sortBy(sc.drawing(s), i)
			return nil
		}})
	}
	sc.ask(askSort, "", choices)
}
