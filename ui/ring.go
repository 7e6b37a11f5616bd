package ui

import (
	"slices"

	"tritop/model"
	"tritop/ui/columns"
	"tritop/ui/term"
)

// Bell is what a terminal is told when an alert begins to fire.
type Bell struct {
	OSC        int              // 9 or 777, a notification of the desktop; 0: the bell alone
	Severities []model.Severity // of which alerts; none: only those that somebody has to be woken for
}

// bell remembers for whom it rang.
type bell struct {
	Bell
	on    bool
	heard bool            // a snapshot was seen: what fired before is not new
	rung  map[string]bool // alerts that fire, by their identity
}

// ring finds alerts that began to fire since the last snapshot and that nobody has
// in hand; it gives how many there are, and the first.
func (b *bell) ring(s *model.Snapshot) (n int, first *model.Alert) {
	now := make(map[string]bool)
	for i := range s.Alerts {
		r := &s.Alerts[i]
		if r.State != model.AlertFiring || !b.rings(r) {
			continue
		}
		id := r.Name() + " " + columns.AlertLabels(r)
		now[id] = true
		if b.heard && !b.rung[id] && !columns.Quieted(r, s.Now) {
			if n++; first == nil {
				first = r
			}
		}
	}
	b.rung, b.heard = now, true
	return n, first
}

// rings says whether the bell is for such an alert.
func (b *bell) rings(r *model.Alert) bool {
	if len(b.Severities) == 0 {
		return r.Page
	}
	return slices.Contains(b.Severities, r.Severity)
}

// listen rings for a snapshot, also while the picture is held: somebody has to know.
func (m *Model) listen(s *model.Snapshot) {
	if !m.bell.on || m.painter == nil {
		return
	}
	if n, first := m.bell.ring(s); n > 0 {
		m.painter.Say(term.Notify(m.bell.OSC, m.title, pageWords(n, first), m.environ))
	}
}

// pageWords say in a line what fires.
func pageWords(n int, first *model.Alert) string {
	words := first.Name() + ": " + first.Summary
	if n > 1 {
		words += " (and more)"
	}
	return words
}
