package ui

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tritop/model"
	"tritop/ui/columns"
)

// Messages of what is said of alerts.
type (
	sayMsg  struct{ say model.Say }
	saidMsg struct {
		say model.Say
		err error
	}
)

// sayPatience is how long the engine may take to keep what is said.
const sayPatience = 5 * time.Second

// teller makes the commands that say something of an alert.
func teller(ctx context.Context, b Backend) func(model.Say) tea.Cmd {
	return func(say model.Say) tea.Cmd {
		return func() tea.Msg {
			ctx, cancel := context.WithTimeout(ctx, sayPatience)
			defer cancel()
			return saidMsg{say, b.Say(ctx, say)}
		}
	}
}

// words say what became of it.
func (m *saidMsg) words() string {
	alert := model.Alert{Labels: m.say.Alert}
	what := "acknowledged "
	switch {
	case m.say.TakeBack:
		what = "taken back what was said of "
	case m.say.For > 0:
		what = "snoozed for " + periodText(m.say.For) + ": "
	}
	if m.err != nil {
		return "not " + what + alert.Name() + ": " + model.CleanText(m.err.Error())
	}
	return what + alert.Name()
}

// The reasons why nothing can be said of an alert.
const (
	onlyAlerts = "only of an alert, in the list of alerts"
	isResolved = "it is resolved"
)

// needsAlert says why nothing can be said of the selected alert.
func needsAlert(sc *screen) string {
	if sc.top().kind != alertsView {
		return onlyAlerts
	}
	if sc.opt.Observes != "" {
		return sc.opt.Observes
	}
	p := sc.top().pane()
	k, ok := p.selected()
	switch {
	case !ok:
		return noRows
	case p.snap.Alerts[k].State == model.AlertResolved:
		return isResolved
	}
	return ""
}

// startSay asks what to say of the selected alert.
func (sc *screen) startSay(s *model.Snapshot) {
	k, ok := sc.top().pane().selected()
	if !ok {
		return
	}
	r := &s.Alerts[k]
	say := func(name, help string, what model.Say) choice {
		what.Alert = r.Labels
		return choice{name: name, help: help, run: func(sc *screen, _ *model.Snapshot, _ string) tea.Cmd {
			if what.TakeBack {
				return func() tea.Msg { return sayMsg{what} }
			}
			sc.ask(askReason, "", nil)
			sc.prompt.say = what
			return nil
		}}
	}
	choices := []choice{
		say("acknowledge", "until it is resolved: somebody has it in hand", model.Say{}),
		say("snooze 15m", "tell nobody for a quarter of an hour", model.Say{For: 15 * time.Minute}),
		say("snooze 1h", "tell nobody for an hour", model.Say{For: time.Hour}),
		say("snooze 4h", "tell nobody for four hours", model.Say{For: 4 * time.Hour}),
	}
	if columns.SaidHolds(r, s.Now) {
		choices = append(choices, say("take back", "what "+r.Said.By+" said of it holds no more", model.Say{TakeBack: true}))
	}
	sc.ask(askSay, "", choices)
}

// acceptReason says it, once there is a reason.
func (sc *screen) acceptReason() tea.Cmd {
	p := &sc.prompt
	say := p.say
	if say.Reason = strings.TrimSpace(model.CleanText(p.input.Value())); say.Reason == "" {
		p.wrong = "a reason is required: it is kept, and others read it"
		return nil
	}
	p.kind = noPrompt
	return func() tea.Msg { return sayMsg{say} }
}

// sayHint says what will be said, beside what is typed.
func (p *prompt) sayHint() string {
	r := model.Alert{Labels: p.say.Alert}
	if p.say.For > 0 {
		return "snooze " + r.Name() + " for " + periodText(p.say.For) + "  enter do  esc leave"
	}
	return "acknowledge " + r.Name() + " until it is resolved  enter do  esc leave"
}

// told does what has to do with alerts.
func (m *Model) told(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case sayMsg:
		return m.tell(msg.say)
	case saidMsg:
		m.screen.note, m.dirty = msg.words(), true
	}
	return nil
}
