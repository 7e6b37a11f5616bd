package columns

import (
	"strings"
	"time"

	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// Alerts are the columns of the list of alerts.
var Alerts = []draw.Column[model.Alert]{
	{Title: "STATE", Width: 8, Letter: 'S', Help: "pending: its condition holds, not yet as long as it has to; firing: people are told; resolved: it has ended, within the hour",
		Cell: func(a grid.Area, r *model.Alert, d *draw.Drawing) {
			a.Put(0, 0, a.W, r.State.String(), AlertStyle(r, d.Now))
		},
		Value: func(r *model.Alert, _ *draw.Drawing) draw.Value { return draw.Words(r.State.String()) }},
	{Title: "SEV", Width: 8, Letter: 'V', Called: "severity", Help: "critical, warning or info; page: somebody has to be woken",
		Cell: func(a grid.Area, r *model.Alert, d *draw.Drawing) {
			a.Put(0, 0, a.W, AlertSeverity(r), d.Style)
		},
		Value: func(r *model.Alert, _ *draw.Drawing) draw.Value { return draw.Words(AlertSeverity(r)) }},
	named(draw.Column[model.Alert]{Title: "ALERT", Width: 16, Least: 10, Most: 28, Help: "its name (alertname)"},
		func(r *model.Alert) (string, model.Verdict) {
			if r.State == model.AlertResolved {
				return r.Name(), model.Healthy
			}
			return r.Name(), model.Degraded
		}),
	words(draw.Column[model.Alert]{Title: "SUMMARY", Width: 22, Least: 14, Most: 80, Letter: 'W', Help: "what is wrong, with the figures that decided"},
		draw.Plain, func(r *model.Alert) string { return r.Summary }),
	since(func(r *model.Alert) time.Time { return r.Since }),
	{Title: "SAID", Width: 11, Most: 24, Letter: 'A', Help: "what somebody said of it: ack (until it is resolved) or snoozed for so long, and who; silenced: by an Alertmanager",
		Cell: func(a grid.Area, r *model.Alert, d *draw.Drawing) { putSaid(a, r, d) },
		Value: func(r *model.Alert, d *draw.Drawing) draw.Value {
			switch {
			case SaidHolds(r, d.Now) && r.Said.Until.IsZero():
				return draw.Words("ack " + r.Said.By)
			case SaidHolds(r, d.Now):
				return draw.Words("snoozed " + r.Said.By)
			case r.Silence != "":
				return draw.Words("silenced")
			}
			return draw.Value{}
		}},
	{Title: "TOLD", Width: 9, Drop: 2, Letter: 'D', Called: "told", Help: "how many of its receivers took it; in red those that did not",
		Cell:  func(a grid.Area, r *model.Alert, d *draw.Drawing) { putDelivery(a, r, d.Style) },
		Value: func(r *model.Alert, _ *draw.Drawing) draw.Value { took, _ := delivered(r); return draw.Count(took) }},
	count(draw.Column[model.Alert]{Title: "FLAPS", Width: 5, Drop: 3, Letter: 'F', Help: "how often it fired again within the hour"}, func(r *model.Alert) int { return r.Flaps }),
	words(draw.Column[model.Alert]{Title: "LABELS", Width: 16, Drop: 4, Most: 70, Letter: 'L', Help: "its identity, without name and severity"},
		draw.Muted, AlertLabels),
	words(draw.Column[model.Alert]{Title: "RUNBOOK", Width: 16, Drop: 5, Most: 50, Help: "where it is written what to do"},
		draw.Muted, func(r *model.Alert) string { return r.Runbook }),
}

// AlertSeverity is how much an alert matters, in a word.
func AlertSeverity(r *model.Alert) string {
	if r.Page {
		return "page"
	}
	return r.Severity.String()
}

// AlertLabels writes the labels of an alert but name and severity.
func AlertLabels(r *model.Alert) string {
	var b strings.Builder
	for _, l := range r.Labels {
		if l.Name == "alertname" || l.Name == "severity" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(l.Name + "=" + l.Value)
	}
	return b.String()
}

// SaidHolds says whether what was said of an alert is in force.
func SaidHolds(r *model.Alert, now time.Time) bool {
	return !r.Said.At.IsZero() && (r.Said.Until.IsZero() || r.Said.Until.After(now))
}

// Quieted says whether somebody has an alert in hand: what was said of it holds, or
// an Alertmanager silences it.
func Quieted(r *model.Alert, now time.Time) bool { return SaidHolds(r, now) || r.Silence != "" }

// AlertVerdict orders alerts: firing ones that nobody has in hand first.
func AlertVerdict(r *model.Alert, now time.Time) model.Verdict {
	switch {
	case r.State == model.AlertResolved:
		return model.Healthy
	case r.State == model.AlertFiring && (r.Page || r.Severity == model.Critical) && !Quieted(r, now):
		return model.Unhealthy
	}
	return model.Degraded
}

// AlertSign stands before an alert: one that waits is not firing.
func AlertSign(a grid.Area, r *model.Alert, now time.Time) (rune, grid.Style) {
	if r.State == model.AlertPending {
		return a.Glyphs().Ellipsis, draw.Warning
	}
	return draw.VerdictGlyph(a.Glyphs(), AlertVerdict(r, now)), AlertStyle(r, now)
}

// AlertStyle is how the state of an alert is drawn.
func AlertStyle(r *model.Alert, now time.Time) grid.Style {
	if r.State == model.AlertFiring && Quieted(r, now) {
		return draw.Muted
	}
	return draw.VerdictStyle(AlertVerdict(r, now))
}

func putSaid(a grid.Area, r *model.Alert, d *draw.Drawing) {
	l := &draw.Line{A: a}
	who, _, _ := strings.Cut(r.Said.By, " ") // the terminal stands below the list
	switch {
	case SaidHolds(r, d.Now) && r.Said.Until.IsZero():
		l.Put("ack ", draw.Keyed).Put(who, draw.Plain)
	case SaidHolds(r, d.Now):
		if l.Put("zz ", draw.Keyed).Age(r.Said.Until.Sub(d.Now), draw.Keyed); l.X+1+grid.Width(who) <= a.W {
			l.Gap(1).Put(who, draw.Plain)
		}
	case r.Silence != "":
		l.Put("silenced", draw.Keyed)
	default:
		l.Rune(a.Glyphs().Dash, draw.Faint)
	}
}

// delivered counts the receivers that took the alert, and those that did not.
func delivered(r *model.Alert) (took, failed int) {
	for i := range r.Delivery {
		switch v := &r.Delivery[i]; {
		case v.Err != "":
			failed++
		case !v.Last.IsZero():
			took++
		}
	}
	return took, failed
}

func putDelivery(a grid.Area, r *model.Alert, usual grid.Style) {
	l := &draw.Line{A: a}
	took, failed := delivered(r)
	switch {
	case len(r.Delivery) == 0:
		l.Rune(a.Glyphs().Dash, draw.Faint)
	case failed > 0:
		l.Int(failed, draw.Failing).Put(" failed", draw.Failing)
	default:
		l.Int(took, usual).Put("/", usual).Int(len(r.Delivery), usual)
	}
}
