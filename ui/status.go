package ui

import (
	"fmt"
	"strings"

	"tritop/model"
	"tritop/ui/columns"
	"tritop/ui/draw"
)

// statusMost is how many lines of a kind the status text has.
const statusMost = 5

// writeObjectives names the objectives that are not met: the critical ones first.
func writeObjectives(b *strings.Builder, s *model.Snapshot) {
	n := 0
	for _, v := range [...]model.Verdict{model.Unhealthy, model.Degraded} {
		for i := range s.Objectives {
			o := &s.Objectives[i]
			if o.Failing() != v {
				continue
			}
			if n++; n <= statusMost {
				b.WriteString("\n- " + objectiveText(s, o))
			}
		}
	}
	if n > statusMost {
		fmt.Fprintf(b, "\n- and %d more objectives that are not met", n-statusMost)
	}
}

// objectiveText says in a line how an objective stands: for a chat. Times are UTC.
func objectiveText(s *model.Snapshot, o *model.ObjectiveState) string {
	unit := draw.UnitOf(o.Metric)
	value := "no figure"
	if o.Value.Known() {
		value = string(draw.AppendAmount(nil, o.Metric, o.Value.Value, o.Target)) + " " + unit
	}
	text := fmt.Sprintf("%s %s of %s: %s, goal %s %s", columns.ObjectiveWord(o), o.Name, o.Model, value, draw.AppendGoal(nil, &o.Objective), unit)
	if o.Source != "" {
		text += fmt.Sprintf(" (%s, n %d, over %s)", o.Source, o.N, draw.AgeText(overOf(o)))
	}
	if o.Reason != "" {
		text += ", " + o.Reason
	}
	if !o.Since.IsZero() {
		text += fmt.Sprintf(", since %sZ", o.Since.UTC().Format("15:04:05"))
	}
	switch b := o.Budget; {
	case b == nil || !b.SLO.Left.Known():
	case columns.Empty(b):
		text += ", budget EMPTY"
	default:
		text += fmt.Sprintf(", %s of the budget left", percentText(b.SLO.Left.Value))
		if b.Ends {
			text += fmt.Sprintf(", gone at %sZ", s.Now.Add(b.Left).UTC().Format("15:04"))
		}
	}
	return text
}

// writeAlerts names the alerts that fire, and who has them in hand.
func writeAlerts(b *strings.Builder, s *model.Snapshot) {
	n := 0
	for i := range s.Alerts {
		r := &s.Alerts[i]
		if r.State != model.AlertFiring {
			continue
		}
		if n++; n <= statusMost {
			b.WriteString("\n- " + alertText(s, r))
		}
	}
	if n > statusMost {
		fmt.Fprintf(b, "\n- and %d more alerts", n-statusMost)
	}
}

// alertText says in a line what an alert is: for a chat. Times are UTC.
func alertText(s *model.Snapshot, r *model.Alert) string {
	text := fmt.Sprintf("%s %s %s: %s, since %sZ", r.State, columns.AlertSeverity(r), r.Name(), r.Summary, r.Since.UTC().Format("15:04:05"))
	switch {
	case columns.SaidHolds(r, s.Now) && r.Said.Until.IsZero():
		text += fmt.Sprintf(", acknowledged by %s: %s", r.Said.By, r.Said.Reason)
	case columns.SaidHolds(r, s.Now):
		text += fmt.Sprintf(", snoozed until %sZ by %s: %s", r.Said.Until.UTC().Format("15:04"), r.Said.By, r.Said.Reason)
	case r.Silence != "":
		text += ", silenced by " + r.Silence
	}
	if r.Runbook != "" {
		text += ", runbook " + r.Runbook
	}
	return text
}

// copied is what a row is on the clipboard: its name, or all that a chat wants to know
// of an objective or an alert.
func copied(t *table, s *model.Snapshot, k int) string {
	switch t {
	case objectiveTable:
		return objectiveText(s, &s.Objectives[k])
	case alertTable:
		return alertText(s, &s.Alerts[k])
	}
	return t.name(s, k)
}
