// Package ui is one viewer's screen: keys, panes and frames.
//
// It reads snapshots through the two methods of Backend and formats them; it
// judges nothing. What dies with the session (cursor, filter, open view, size,
// theme) is here, what two viewers must agree on is in model. A frame is a
// function of snapshot, view, size and theme: Frame draws one without a
// terminal, Run shows them live.
package ui

import (
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/grid"
)

// Options is how a viewer wants to see things.
type Options struct {
	Theme *themes.Theme
	ASCII bool
	Focus string // open on this model or server
	Local bool   // local time instead of UTC
}

// viewKind is what fills the screen.
type viewKind int

const (
	overview viewKind = iota
	serverView
	modelView
	eventsView
	helpView
)

// view is a kind and the name of its object.
type view struct {
	kind viewKind
	name string
}

// pane is which table of a view has the cursor.
type pane int

const (
	modelsPane pane = iota
	serversPane
	changesPane
	paneCount
)

// screen is everything that a frame depends on besides the snapshot. It is
// used by one goroutine; its slices are reused from frame to frame.
type screen struct {
	opt     Options
	stack   []view // the last one is shown
	showAll bool
	stale   time.Duration // since the last news; 0: fresh
	zone    *time.Location
	note    string // a word in the footer until the next key
	frozen  bool   // the viewer holds the picture: news wait
	place
	filtered
	lists
}

// place is where the viewer is in a view. Rows are kept by name: they change
// their order.
type place struct {
	pane      pane
	cursor    [paneCount]string // the selected row of each pane of the overview
	rowCursor replicaKey        // the selected row of a detail view
	scroll    int               // in events and help
	moved     bool              // by the viewer: the cursor does not follow the worst problem any more
}

// filtered is which rows are shown.
type filtered struct {
	filter    string
	filtering bool            // the filter line is open
	input     textinput.Model // the filter line
}

// lists are worked out for each frame; their memory is reused.
type lists struct {
	models, servers []int // places in the snapshot, in the order of rows
	rows            []int // replicas: see replicasOf
	rowColumns      []column[model.Replica]
	changes         []changeLine
	cells           drawing
}

func newScreen(opt Options) *screen {
	if opt.Theme == nil {
		opt.Theme = themes.Default(false)
	}
	sc := &screen{opt: opt, filtered: filtered{input: newFilterInput()}, stack: []view{{overview, ""}}, zone: time.UTC}
	if opt.Local {
		sc.zone = time.Local
	}
	return sc
}

func (sc *screen) glyphs() themes.Glyphs {
	if sc.opt.ASCII {
		return themes.ASCII()
	}
	return themes.Unicode()
}

func (sc *screen) view() view { return sc.stack[len(sc.stack)-1] }

// Frame draws one frame of a view: "overview", "server:NAME", "model:NAME",
// "events", "help".
func Frame(s *model.Snapshot, name string, w, h int, opt Options) (*grid.Grid, error) {
	sc := newScreen(opt)
	v, err := parseView(name)
	if err != nil {
		return nil, err
	}
	if v.kind != overview {
		sc.stack = append(sc.stack, v)
	}
	sc.focus(s)
	g := grid.New(w, h, sc.opt.Theme, sc.glyphs())
	sc.draw(g, s)
	return g, nil
}

func parseView(name string) (view, error) {
	kind, object, _ := strings.Cut(name, ":")
	switch kind {
	case "overview", "":
		return view{overview, ""}, nil
	case "events":
		return view{eventsView, ""}, nil
	case "help":
		return view{helpView, ""}, nil
	case "server":
		return view{serverView, object}, nil
	case "model":
		return view{modelView, object}, nil
	}
	return view{}, fmt.Errorf("no view is named %q", name)
}

// focus opens the wanted object once it is known.
func (sc *screen) focus(s *model.Snapshot) {
	if sc.opt.Focus == "" {
		return
	}
	switch {
	case modelOf(s, sc.opt.Focus) != nil:
		sc.push(view{modelView, sc.opt.Focus})
	case serverOf(s, sc.opt.Focus) >= 0:
		sc.push(view{serverView, sc.opt.Focus})
	case s.Now.Sub(s.Started) > focusPatience:
		sc.note = "no model or server is named " + model.CleanName(sc.opt.Focus)
	default:
		return
	}
	sc.opt.Focus = ""
}

// focusPatience is how long a name of --focus may stay unknown: a server that
// is asked for the first time needs a moment to tell its models.
const focusPatience = 10 * time.Second

// draw fills the frame.
func (sc *screen) draw(g *grid.Grid, s *model.Snapshot) {
	g.Clear()
	a := g.All()
	if a.W < 40 || a.H < 10 {
		drawTooSmall(a, s)
		return
	}
	sc.drawHeader(a.Sub(0, 0, a.W, 1), s)
	sc.drawFooter(a.Sub(0, a.H-1, a.W, 1))
	body := a.Sub(0, 1, a.W, a.H-2)
	switch v := sc.view(); v.kind {
	case overview:
		sc.drawOverview(body, s)
	case serverView:
		sc.drawServer(body, s, v.name)
	case modelView:
		sc.drawModel(body, s, v.name)
	case eventsView:
		sc.drawEvents(body, s)
	case helpView:
		sc.drawHelp(body)
	}
}

// drawTooSmall still says the verdict.
func drawTooSmall(a grid.Area, s *model.Snapshot) {
	a.Put(0, 0, a.W, s.Verdict.String(), verdictStyle(s.Verdict))
	a.Put(0, 1, a.W, s.Why, grid.On(themes.Text, themes.Plain))
	a.Put(0, 2, a.W, "want 40x10", muted)
}
