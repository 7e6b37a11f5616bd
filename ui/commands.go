package ui

import (
	"cmp"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tritop/internal/nearest"
	"tritop/model"
	"tritop/themes"
	"tritop/ui/columns"
	"tritop/ui/query"
)

// openPalette asks for a command.
func (sc *screen) openPalette(s *model.Snapshot) { sc.ask(askCommand, "", sc.commands(s)) }

// commands are what the palette knows: every binding by its name, every view,
// every object, and what takes an argument.
func (sc *screen) commands(s *model.Snapshot) []choice {
	var out []choice
	for i := range views {
		v := &views[i]
		kind := viewKind(i)
		if v.object == "" {
			out = append(out, choice{name: v.name, help: v.help, run: func(sc *screen, _ *model.Snapshot, _ string) tea.Cmd {
				sc.jump(view{kind, ""})
				return nil
			}})
			continue
		}
		out = append(out, choice{name: v.name, takes: strings.ToUpper(v.object), help: v.help, run: func(sc *screen, s *model.Snapshot, arg string) tea.Cmd {
			sc.openNamed(s, view{kind, arg})
			return nil
		}})
	}
	for i := range sc.keys.all {
		if b := &sc.keys.all[i]; b.name != "" {
			out = append(out, choice{name: b.name, help: b.help + " (" + b.show + ")", run: func(sc *screen, s *model.Snapshot, _ string) tea.Cmd {
				if why := b.notNow(sc); why != "" {
					sc.note = b.name + ": not now, " + why
					return nil
				}
				return b.act(sc, s)
			}})
		}
	}
	return append(append(out, withArgument...), objects(s)...)
}

// withArgument are the commands that say how, not only what.
var withArgument = []choice{
	{name: "filter", takes: "TEXT", help: "show only the rows that match", run: func(sc *screen, _ *model.Snapshot, arg string) tea.Cmd {
		if err := sc.setFilter(arg); err != nil {
			sc.note = "filter: " + filterWords(err)
		}
		return nil
	}},
	{name: "time", takes: "1m|5m|15m|1h", help: "what charts look back on", run: setSpan},
	{name: "sort", takes: "COLUMN", help: "sort by a column; broken first without one", run: sortNamed},
	{name: "theme", takes: "NAME", help: "colours: " + strings.Join(themes.Names(), ", "), run: func(sc *screen, _ *model.Snapshot, arg string) tea.Cmd {
		theme, ok := themes.ByName(arg)
		if !ok {
			sc.note = "no theme is named " + model.CleanName(arg) + "; there are " + strings.Join(themes.Names(), ", ")
			return nil
		}
		return func() tea.Msg { return themeMsg{theme} }
	}},
}

func setSpan(sc *screen, _ *model.Snapshot, arg string) tea.Cmd {
	d, err := time.ParseDuration(arg)
	for _, known := range spans {
		if err == nil && d == known {
			sc.clock.span = d
			return nil
		}
	}
	sc.note = "the time scale is 1m, 5m, 15m or 1h"
	return nil
}

func sortNamed(sc *screen, s *model.Snapshot, arg string) tea.Cmd {
	p := sc.top().pane()
	if p == nil {
		sc.note = "sort: " + noRows
		return nil
	}
	if arg == "" {
		p.sortBy(sc.drawing(s), -1)
		return nil
	}
	for i := range p.table.heads {
		if h := &p.table.heads[i]; h.Sorts && (strings.EqualFold(h.Field.Name, arg) || strings.EqualFold(h.Title, arg)) {
			p.sortBy(sc.drawing(s), i)
			return nil
		}
	}
	sc.note = "no column is named " + model.CleanName(arg) + ", or it cannot be sorted by; s lists them"
	return nil
}

// objects are servers, models and GPUs by name.
func objects(s *model.Snapshot) []choice {
	var out []choice
	add := func(v view, help, also string) {
		out = append(out, choice{name: views[v.kind].name + " " + v.name, help: help, also: also, run: func(sc *screen, _ *model.Snapshot, _ string) tea.Cmd {
			sc.push(v)
			return nil
		}})
	}
	for i := range s.Servers {
		add(view{serverView, s.Servers[i].Name}, s.Servers[i].State.String(), "")
	}
	for i := range s.Models {
		add(view{modelView, s.Models[i].Name}, strings.ToLower(s.Models[i].Finding.Verdict.String()), "")
	}
	for i := range s.GPUs {
		g := &s.GPUs[i]
		add(view{gpuView, g.UUID}, g.Host+", "+columns.GPUWord(g), g.Host)
	}
	return out
}

// runCommand does what was typed in the palette, or what is chosen there.
func (sc *screen) runCommand(s *model.Snapshot, text string) tea.Cmd {
	p := &sc.prompt
	text = strings.TrimSpace(text)
	name, arg, _ := strings.Cut(text, " ")
	for i := range p.choices {
		if p.choices[i].name == text {
			return p.choices[i].run(sc, s, "")
		}
	}
	if p.at < len(p.fits) { // the object that is chosen, where what is typed names its kind
		if c := &p.choices[p.fits[p.at]]; c.takes == "" && strings.HasPrefix(c.name, name+" ") {
			return c.run(sc, s, "")
		}
	}
	for i := range p.choices {
		if c := &p.choices[i]; c.takes != "" && c.name == name {
			return c.run(sc, s, strings.TrimSpace(arg))
		}
	}
	if p.at < len(p.fits) {
		c := &p.choices[p.fits[p.at]]
		if c.takes == "" {
			return c.run(sc, s, "")
		}
		sc.ask(askCommand, c.name+" ", p.choices)
		return nil
	}
	sc.note = "no command is named " + model.CleanName(text) + cmp.Or(meant(name, p.names), "; : and tab list them")
	return nil
}

// jump opens a view from the top: what was open is left.
func (sc *screen) jump(v view) {
	sc.stack = sc.stack[:1]
	if v.kind == sc.stack[0].kind {
		sc.stack[0].zoomed = false
		return
	}
	sc.push(v)
}

// openNamed opens an object by the name that was typed.
func (sc *screen) openNamed(s *model.Snapshot, v view) {
	if v.name == "" {
		sc.note = views[v.kind].name + " wants a name"
		return
	}
	if !exists(s, v) {
		sc.note = "no " + views[v.kind].object + " is named " + model.CleanName(v.name) + meant(v.name, Objects(s, views[v.kind].name))
		return
	}
	sc.push(v)
}

// meant says which of the known names was meant by one that is not known; empty
// where none is near.
func meant(name string, known []string) string {
	near := nearest.Word(name, known)
	if fits := query.Rank(name, known, nil); near == "" && len(fits) > 0 {
		near = known[fits[0]]
	}
	if near == "" {
		return ""
	}
	return "; did you mean " + near + "?"
}

// exists says whether the object of a view is known.
func exists(s *model.Snapshot, v view) bool {
	switch v.kind {
	case serverView:
		return s.Server(v.name) != nil
	case modelView:
		return s.Model(v.name) != nil
	case gpuView:
		return s.GPU(v.name) != nil
	case versionView:
		return len(ofVersion(s, v.name, nil)) > 0
	case latencyView:
		return s.Model(v.name) != nil
	case objectiveView:
		return objectiveOf(s, v.name) != nil
	case checkView:
		return checkOf(s, v.name) != nil
	case overview, modelsView, serversView, versionsView, gpusView, regionsView, eventsView, sourcesView, signalsView, chartsView, slaView, healthView, alertsView, helpView, wallView:
	}
	return true
}

// Objects names what the views of a kind ("server", "model", "version", "gpu",
// "objective", "check", "latency")
// can be about.
func Objects(s *model.Snapshot, kind string) []string {
	var out []string
	switch kind {
	case views[serverView].name:
		for i := range s.Servers {
			out = append(out, s.Servers[i].Name)
		}
	case views[objectiveView].name, views[checkView].name:
		return judgedObjects(s, kind)
	case views[modelView].name, views[latencyView].name:
		for i := range s.Models {
			out = append(out, s.Models[i].Name)
		}
	case views[gpuView].name:
		for i := range s.GPUs {
			out = append(out, s.GPUs[i].UUID)
		}
	case views[versionView].name:
		for _, k := range ofVersion(s, "", nil) {
			r := replicaAt(s, k)
			if name := versionName(r.Model, r.Version); !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}
