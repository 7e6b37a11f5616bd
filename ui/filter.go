package ui

import (
	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"tritop/themes"
	"tritop/ui/grid"
)

// filterLimit bounds the filter: a paste of a megabyte is cut.
const filterLimit = 100

// newFilterInput makes the filter line. Its cursor is drawn by the footer, and
// it asks no clipboard program: terminals paste by themselves.
func newFilterInput() textinput.Model {
	in := textinput.New()
	in.CharLimit, in.Prompt = filterLimit, ""
	in.SetVirtualCursor(false)
	in.KeyMap.Paste = key.NewBinding()
	in.KeyMap.AcceptSuggestion, in.KeyMap.NextSuggestion, in.KeyMap.PrevSuggestion = key.NewBinding(), key.NewBinding(), key.NewBinding()
	return in
}

// startFilter opens the filter line on what is filtered now.
func (sc *screen) startFilter() {
	sc.filtering = true
	sc.input.SetValue(sc.filter)
	sc.input.CursorEnd()
	sc.input.Focus() // its command only blinks a cursor that is not drawn
}

// edit gives a key or a paste to the filter line.
func (sc *screen) edit(msg tea.Msg) {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		switch k.String() {
		case "enter":
			sc.filtering = false
			return
		case "esc":
			sc.filtering, sc.filter = false, ""
			return
		}
	}
	sc.input, _ = sc.input.Update(msg)
	sc.filter = sc.input.Value()
}

// drawFilter shows the filter line with its cursor.
func (sc *screen) drawFilter(a grid.Area) {
	l := &line{a: a, x: 1}
	l.put("/", keyed)
	at := sc.input.Position()
	for i, r := range []rune(sc.filter) {
		if i == at {
			l.put(string(r), grid.On(themes.Strong, themes.Selected))
			continue
		}
		l.put(string(r), strong)
	}
	if at >= len([]rune(sc.filter)) {
		l.put("_", keyed)
	}
	l.gap(2).put("enter keep  esc clear", muted)
}
