package ui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/draw"
	"tritop/ui/grid"
	"tritop/ui/query"
)

// promptLimit bounds what is typed: a paste of a megabyte is cut.
const promptLimit = 200

// promptKind is what a line of input is for.
type promptKind int

const (
	noPrompt     promptKind = iota
	askFilter               // rows are narrowed while it is typed
	askSearch               // the help page is narrowed while it is typed
	askCommand              // a command of the palette
	askSort                 // a column to sort by
	askSay                  // what to say of an alert
	askReason               // why
	promptsCount            // not a prompt
)

// prompt is the line of input at the bottom, with what can be chosen above it.
type prompt struct {
	kind    promptKind
	input   textinput.Model
	before  filter // what was filtered when the line was opened
	wrong   string // why what is typed cannot be used; the last good one stays
	choices []choice
	names   []string // of the choices
	fits    []int    // places in choices that fit what is typed, best first
	at      int      // which of them is chosen
	past    []string
	say     model.Say // what is said once there is a reason
	back    int       // how far back in the past; 0: what is typed now
}

// choice is one thing that can be chosen in a prompt.
type choice struct {
	name, help string
	also       string // what else it is found by
	run        func(sc *screen, s *model.Snapshot, arg string) tea.Cmd
	takes      string // what it wants after its name; empty: nothing
}

// newPrompt makes the line. Its cursor is drawn by the footer, and it asks no
// clipboard program: terminals paste by themselves.
func newPrompt() prompt {
	in := textinput.New()
	in.CharLimit, in.Prompt = promptLimit, ""
	in.SetVirtualCursor(false)
	in.KeyMap.Paste = key.NewBinding()
	in.KeyMap.AcceptSuggestion, in.KeyMap.NextSuggestion, in.KeyMap.PrevSuggestion = key.NewBinding(), key.NewBinding(), key.NewBinding()
	return prompt{input: in}
}

// ask opens the prompt on a text.
func (sc *screen) ask(kind promptKind, text string, choices []choice) {
	p := &sc.prompt
	p.kind, p.wrong, p.choices, p.at, p.back = kind, "", choices, 0, 0
	p.before = sc.top().filter
	p.names = p.names[:0]
	for i := range choices {
		p.names = append(p.names, strings.TrimSpace(choices[i].name+" "+choices[i].also))
	}
	p.input.SetValue(text)
	p.input.CursorEnd()
	p.input.Focus() // its command only blinks a cursor that is not drawn
	p.narrow()
}

// narrow works out which choices fit what is typed.
func (p *prompt) narrow() {
	p.fits, p.at = query.Rank(p.input.Value(), p.names, p.fits[:0]), 0
}

// edit gives a key or a paste to the prompt.
func (sc *screen) edit(msg tea.Msg, s *model.Snapshot) tea.Cmd {
	p := &sc.prompt
	sc.prepare(s)
	if k, ok := msg.(tea.KeyPressMsg); ok {
		switch k.String() {
		case "enter":
			return sc.accept(s)
		case "esc":
			sc.cancel()
			return nil
		case "up", "ctrl+p":
			p.choose(-1)
			return nil
		case "down", "ctrl+n":
			p.choose(1)
			return nil
		case "tab":
			p.complete()
			return nil
		}
	}
	before := p.input.Value()
	p.input, _ = p.input.Update(msg)
	if p.input.Value() != before {
		sc.typed()
	}
	return nil
}

// typed follows what is typed while it is typed.
func (sc *screen) typed() {
	p := &sc.prompt
	p.wrong, p.back = "", 0
	switch p.kind {
	case askFilter:
		if err := sc.setFilter(p.input.Value()); err != nil {
			p.wrong = filterWords(err)
			sc.top().filter = p.before // the last good one is that from before the line was opened
		}
	case askSearch:
		sc.top().filter.text, sc.top().scroll = p.input.Value(), 0
	case askCommand, askSort, askSay:
		p.narrow()
	case askReason, noPrompt, promptsCount:
	}
}

// choose moves in the choices; without any, in what was typed before.
func (p *prompt) choose(n int) {
	if p.kind == askCommand && (p.input.Value() == "" || p.back > 0) && n < 0 || p.back > 0 {
		p.recall(-n)
		return
	}
	if len(p.fits) > 0 {
		p.at = (p.at + n + len(p.fits)) % len(p.fits)
	}
}

// recall brings an earlier command back into the line.
func (p *prompt) recall(n int) {
	back := max(0, min(len(p.past), p.back+n))
	if back == p.back {
		return
	}
	p.back = back
	text := ""
	if back > 0 {
		text = p.past[len(p.past)-back]
	}
	p.input.SetValue(text)
	p.input.CursorEnd()
	p.narrow()
}

// complete puts the chosen name into the line.
func (p *prompt) complete() {
	if p.at >= len(p.fits) {
		return
	}
	c := &p.choices[p.fits[p.at]]
	text := c.name
	if c.takes != "" {
		text += " "
	}
	p.input.SetValue(text)
	p.input.CursorEnd()
	p.narrow()
}

// accept ends the prompt and does what it says.
func (sc *screen) accept(s *model.Snapshot) tea.Cmd {
	p := &sc.prompt
	kind, text := p.kind, p.input.Value()
	switch kind {
	case askCommand:
		if text != "" && (len(p.past) == 0 || p.past[len(p.past)-1] != text) {
			p.past = append(p.past, text)
		}
		p.kind = noPrompt
		return sc.runCommand(s, text)
	case askSort, askSay:
		p.kind = noPrompt
		if p.at < len(p.fits) {
			return p.choices[p.fits[p.at]].run(sc, s, "")
		}
	case askFilter, askSearch:
		if p.wrong == "" { // a wrong one stays open with what is wrong, and the last good one in force
			p.kind = noPrompt
		}
	case askReason:
		return sc.acceptReason()
	case noPrompt, promptsCount:
	}
	return nil
}

// cancel leaves the prompt; a filter is taken back.
func (sc *screen) cancel() {
	if sc.prompt.kind == askFilter || sc.prompt.kind == askSearch {
		sc.top().filter = filter{}
	}
	sc.prompt.kind, sc.prompt.wrong = noPrompt, ""
}

// promptSigns stand before what is typed.
var promptSigns = [promptsCount]string{askFilter: "/", askSearch: "/", askCommand: ":", askSort: "sort by ", askSay: "say ", askReason: "reason: "}

// drawLine shows the line of input with its cursor.
func (p *prompt) drawLine(a grid.Area) {
	l := &draw.Line{A: a, X: 1}
	l.Put(promptSigns[p.kind], draw.Keyed)
	text := []rune(p.input.Value())
	at := p.input.Position()
	for i, r := range text {
		if i == at {
			l.Put(string(r), grid.On(themes.Strong, themes.Selected))
			continue
		}
		l.Put(string(r), draw.Strong)
	}
	if at >= len(text) {
		l.Put("_", draw.Keyed)
		l.Put(p.ghost(), draw.Faint)
	}
	switch {
	case p.wrong != "":
		l.Gap(2).Put(p.wrong, draw.Warning)
	case p.kind == askFilter:
		l.Gap(2).Put("enter keep  esc clear  words, !not, field>value, a|b", draw.Muted)
	case p.kind == askSearch:
		l.Gap(2).Put("enter keep  esc clear", draw.Muted)
	case p.kind == askReason:
		l.Gap(2).Put(p.sayHint(), draw.Muted)
	default:
		l.Gap(2).Put("enter do  tab complete  esc leave", draw.Muted)
	}
}

// ghost is the rest of the name that is chosen, where what is typed begins it.
func (p *prompt) ghost() string {
	text := p.input.Value()
	if p.at >= len(p.fits) || text == "" {
		return ""
	}
	if name := p.choices[p.fits[p.at]].name; len(name) > len(text) && name[:len(text)] == text {
		return name[len(text):]
	}
	return ""
}

// promptTitles stand over what can be chosen.
var promptTitles = [promptsCount]string{askCommand: "COMMANDS", askSort: "SORT BY", askSay: "ACKNOWLEDGE OR SNOOZE"}

// drawPrompt draws the choices over the lower end of the body.
func (sc *screen) drawPrompt(body grid.Area) {
	p := &sc.prompt
	if len(p.choices) == 0 || promptTitles[p.kind] == "" {
		return
	}
	rows := min(10, max(1, len(p.fits)), body.H-2)
	w := min(body.W, 118)
	box := body.Sub(0, body.H-rows-2, w, rows+2)
	box.Blank()
	in := box.Box(promptTitles[p.kind], "up and down choose", draw.Muted, draw.Strong, draw.Muted)
	if len(p.fits) == 0 {
		in.Put(1, 0, in.W-2, "nothing is named like that", draw.Unsure)
		return
	}
	from := max(0, p.at-rows+1)
	sc.mouse.list, sc.mouse.first = spot{x: in.X, y: in.Y, w: in.W, h: rows}, from
	for y := range rows {
		c := &p.choices[p.fits[from+y]]
		l := &draw.Line{A: in, X: 1, Y: y}
		l.Put(c.name, draw.Strong)
		if c.takes != "" {
			l.Gap(1).Put(c.takes, draw.Muted)
		}
		l.X = max(l.X+2, min(28, in.W/3))
		l.Put(c.help, draw.Muted)
		if from+y == p.at {
			in.Set(0, y, in.Glyphs().Cursor, draw.Brand)
			in.Ground(y, themes.Selected)
		}
	}
}

// drawSheet lays a text over the view until the next key.
func (sc *screen) drawSheet(body grid.Area) {
	if len(sc.sheet) == 0 {
		return
	}
	w, rows := body.W-6, 0
	for _, text := range sc.sheet {
		rows += draw.WrappedRows(text, w)
	}
	h := min(body.H, rows+2)
	box := body.Sub(1, (body.H-h)/2, body.W-2, h)
	box.Blank()
	in := box.Box("STATUS TEXT", "any key goes on", draw.Muted, draw.Strong, draw.Muted)
	y := 0
	for _, text := range sc.sheet {
		n := draw.WrappedRows(text, w)
		draw.Wrap(in.Sub(1, y, w, n), text, draw.Plain)
		y += n
	}
}
