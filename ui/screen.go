// Package ui is one viewer's screen: keys, views and frames.
//
// It reads snapshots through the two methods of Backend and formats them; it
// judges nothing. What dies with the session (cursor, filter, open view, size,
// theme) is here, what two viewers must agree on is in model. A frame is a
// function of snapshot, view, size and theme: Frame draws one without a
// terminal, Run shows them live.
package ui

import (
	"time"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// Options is how a viewer wants to see things.
type Options struct {
	Theme *themes.Theme
	ASCII bool
	Focus string // open on this model, server, GPU (UUID) or version (MODEL@VERSION)
	Local bool   // local time instead of UTC
	Wall  bool   // open on the wall, which takes no keys but those that quit
	// Observes is why nothing can be said of alerts, as "this tritop only observes"; empty: it can.
	Observes string
}

// screen is everything that a frame depends on besides the snapshot. It is
// used by one goroutine; its slices are reused from frame to frame.
type screen struct {
	opt    Options
	keys   *keymap
	stack  []*opened     // the last one is shown
	stale  time.Duration // since the last news; 0: fresh
	zone   *time.Location
	note   string        // a word in the footer until the next key
	frozen bool          // the viewer holds the picture: news wait
	held   time.Duration // how much older the held picture is than the newest news
	prompt prompt
	clock  timeScale
	mouse  pointer
	sheet  []string // lines of a text that lies over the view until the next key
	scratch
}

// scratch is worked out for each frame; its memory is reused.
type scratch struct {
	changes []changeLine
	marks   []draw.Mark
	cells   draw.Drawing
	where   *pane // the replicas of what is selected in the overview
	matrix  matrix
	hot     hottest
	counted counted
	news    newcomers
}

// opened is a view that is open: its panes, and what the viewer did there.
type opened struct {
	view
	panes  []*pane
	at     int    // which pane has the cursor; len(panes) and more: one without rows
	whole  bool   // that pane gets all the room that it can use
	zoomed bool   // that pane fills the view
	moved  bool   // by the viewer: the cursor does not follow the worst problem any more
	filter filter // of its rows
	scroll int    // in pages of text
}

// pane is the one that has the cursor, nil where it has no rows.
func (o *opened) pane() *pane {
	if o.at < len(o.panes) {
		return o.panes[o.at]
	}
	return nil
}

// leading is the one that has the cursor, else the first; nil where there is none.
func (o *opened) leading() *pane {
	if p := o.pane(); p != nil || len(o.panes) == 0 {
		return p
	}
	return o.panes[0]
}

func newScreen(opt Options) *screen {
	if opt.Theme == nil {
		opt.Theme = themes.Default(false)
	}
	sc := &screen{opt: opt, keys: newKeymap(), prompt: newPrompt(), zone: time.UTC}
	if opt.Local {
		sc.zone = time.Local
	}
	sc.stack = []*opened{openView(view{overview, ""})}
	if opt.Wall {
		sc.stack = []*opened{openView(view{wallView, ""})}
	}
	return sc
}

func (sc *screen) glyphs() themes.Glyphs {
	if sc.opt.ASCII {
		return themes.ASCII()
	}
	return themes.Unicode()
}

// top is the view that is shown.
func (sc *screen) top() *opened { return sc.stack[len(sc.stack)-1] }

// Frame draws one frame of a view; ViewNames lists what there is.
func Frame(s *model.Snapshot, name string, w, h int, opt Options) (*grid.Grid, error) {
	sc := newScreen(opt)
	v, err := parseView(name)
	if err != nil {
		return nil, err
	}
	if v.kind != overview {
		sc.stack = append(sc.stack, openView(v))
	}
	sc.focus(s)
	g := grid.New(w, h, sc.opt.Theme, sc.glyphs())
	sc.draw(g, s)
	return g, nil
}

// focus opens the wanted object once it is known.
func (sc *screen) focus(s *model.Snapshot) {
	if sc.opt.Focus == "" {
		return
	}
	for _, kind := range focusable {
		if v := (view{kind, sc.opt.Focus}); exists(s, v) {
			sc.push(v)
			sc.opt.Focus = ""
			return
		}
	}
	if s.Now.Sub(s.Started) > focusPatience {
		var known []string
		for _, kind := range focusable {
			known = append(known, Objects(s, views[kind].name)...)
		}
		sc.note = "no model or server is named " + model.CleanName(sc.opt.Focus) + meant(sc.opt.Focus, known)
		sc.opt.Focus = ""
	}
}

// focusable are what --focus opens, in the order in which a name is looked for.
var focusable = [...]viewKind{modelView, serverView, gpuView, versionView}

// focusPatience is how long a name of --focus may stay unknown: a server that
// is asked for the first time needs a moment to tell its models.
const focusPatience = 10 * time.Second

// drawing is what cells need of this moment.
func (sc *screen) drawing(s *model.Snapshot) *draw.Drawing {
	sc.cells.Now, sc.cells.Zone, sc.cells.Snap, sc.cells.Span = s.Now, sc.zone, s, sc.clock.back(s)
	return &sc.cells
}

// prepare works out the rows of all panes of the view that is shown.
func (sc *screen) prepare(s *model.Snapshot) {
	d, o := sc.drawing(s), sc.top()
	for _, p := range o.panes {
		p.prepare(d, &o.filter)
	}
	sc.follow(s)
}

// follow puts the cursor of the overview on what the worst problem is about,
// until the viewer moves it.
func (sc *screen) follow(s *model.Snapshot) {
	o := sc.top()
	if o.kind != overview || o.moved {
		return
	}
	if len(s.Problems) == 0 { // nothing to look at: back to the first row
		for _, p := range o.panes {
			p.cursor, p.at = rowKey{}, 0
		}
		o.at = modelsPane
		return
	}
	worst := &s.Problems[0]
	o.at, o.panes[0].cursor = 0, rowKey{a: worst.Model}
	if worst.Model == "" {
		o.at, o.panes[1].cursor = 1, rowKey{a: worst.Server}
	}
	o.panes[o.at].find(o.panes[o.at].cursor)
}

// draw fills the frame.
func (sc *screen) draw(g *grid.Grid, s *model.Snapshot) {
	g.Clear()
	a := g.All()
	o := sc.top()
	sc.mouse.forget()
	for _, p := range o.panes {
		p.drawn = drawn{}
	}
	if a.W < 40 || a.H < 10 {
		drawTooSmall(a, s)
		return
	}
	sc.prepare(s)
	sc.news.notice(s)
	if o.kind == wallView {
		sc.drawWall(a, s)
		return
	}
	sc.drawHeader(a.Sub(0, 0, a.W, 1), s)
	sc.drawFooter(a.Sub(0, a.H-1, a.W, 1))
	body := a.Sub(0, 1, a.W, a.H-2)
	if o.kind == overview && !o.zoomed {
		sc.drawOverview(body, s)
	} else {
		sc.drawCrumbs(body.Sub(0, 0, body.W, 1))
		sc.drawBody(body.Sub(0, 1, body.W, body.H-1), s)
	}
	if sc.stale > 0 {
		sc.fade(body)
	}
	sc.drawPrompt(body)
	sc.drawSheet(body)
}

// fade takes the colours of figures that are old, so that they do not look alive.
func (sc *screen) fade(body grid.Area) {
	if sc.top().kind == helpView {
		return
	}
	body.Wash(themes.Muted, themes.Selected)
	if sc.top().kind == overview && !sc.top().zoomed {
		sc.drawOld(body.Sub(0, 0, body.W, 1))
	}
}

// drawBody draws what is below the crumbs.
func (sc *screen) drawBody(a grid.Area, s *model.Snapshot) {
	if sc.top().zoomed {
		sc.drawZoomed(a, s)
		return
	}
	sc.drawView(a, s)
}

// drawTooSmall still says the verdict.
func drawTooSmall(a grid.Area, s *model.Snapshot) {
	a.Put(0, 0, a.W, s.Verdict.String(), draw.VerdictStyle(s.Verdict))
	a.Put(0, 1, a.W, s.Why, grid.On(themes.Text, themes.Plain))
	a.Put(0, 2, a.W, "want 40x10", draw.Muted)
}
