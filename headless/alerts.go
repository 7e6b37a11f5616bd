package headless

import (
	"fmt"
	"strings"
	"time"

	"tritop/jsonschema"
	"tritop/model"
)

// alert is one alert: firing, pending, or resolved within the last hour.
type alert struct {
	Name     string            `json:"name"`
	State    string            `json:"state"`
	Severity string            `json:"severity"`
	Page     bool              `json:"page"`
	Labels   map[string]string `json:"labels"`
	Summary  string            `json:"summary"`
	Runbook  string            `json:"runbook"`
	lifetime
	Flaps    int        `json:"flaps"`
	NoData   string     `json:"no_data"`
	Said     *said      `json:"said"`
	SaidR    string     `json:"said_reason,omitempty"`
	Silence  string     `json:"silence"`
	Delivery []delivery `json:"delivery"`
}

// lifetime are the moments of an alert.
type lifetime struct {
	Since     string  `json:"since"`
	Fired     *string `json:"fired"`
	FiredR    string  `json:"fired_reason,omitempty"`
	Resolved  *string `json:"resolved"`
	ResolvedR string  `json:"resolved_reason,omitempty"`
}

type said struct {
	By     string  `json:"by"`
	At     string  `json:"at"`
	Reason string  `json:"reason"`
	Until  *string `json:"until"`
	UntilR string  `json:"until_reason,omitempty"`
}

type delivery struct {
	To    string  `json:"to"`
	Last  *string `json:"last"`
	LastR string  `json:"last_reason,omitempty"`
	Tries int     `json:"failed_tries"`
	Err   string  `json:"error"`
}

func alertsOf(s *model.Snapshot) []alert {
	out := []alert{}
	for i := range s.Alerts {
		out = append(out, alertOf(&s.Alerts[i]))
	}
	return out
}

func alertOf(a *model.Alert) alert {
	out := alert{Name: a.Name(), State: a.State.String(), Severity: a.Severity.String(), Page: a.Page, Labels: make(map[string]string), Summary: a.Summary,
		Runbook: a.Runbook, Flaps: a.Flaps, NoData: a.NoData, Silence: a.Silence, Delivery: []delivery{}}
	for _, l := range a.Labels {
		out.Labels[l.Name] = l.Value
	}
	out.Since = stamp(a.Since)
	out.Fired, out.FiredR = when(a.Fired, "it has not fired yet")
	out.Resolved, out.ResolvedR = when(a.Resolved, "it is not resolved")
	out.SaidR = "nobody said anything"
	if !a.Said.At.IsZero() {
		out.SaidR = ""
		out.Said = &said{By: a.Said.By, At: stamp(a.Said.At), Reason: a.Said.Reason}
		out.Said.Until, out.Said.UntilR = when(a.Said.Until, "until it is resolved")
	}
	for _, d := range a.Delivery {
		one := delivery{To: d.To, Tries: d.Tries, Err: d.Err}
		one.Last, one.LastR = when(d.Last, "it took nothing yet")
		out.Delivery = append(out.Delivery, one)
	}
	return out
}

// alertLines writes the alerts that fire: what, since when, who knows of it.
func alertLines(b *strings.Builder, s *model.Snapshot) {
	first := true
	for i := range s.Alerts {
		a := &s.Alerts[i]
		if a.State != model.AlertFiring {
			continue
		}
		if first {
			b.WriteString("\nALERTS\n")
			first = false
		}
		wrapped(b, fmt.Sprintf("%-10s ", a.Severity), alertWords(a, s.Now), 11)
	}
}

// alertWords is an alert in one sentence.
func alertWords(a *model.Alert, now time.Time) string {
	text := fmt.Sprintf("%s: %s, fires for %s", a.Name(), a.Summary, Age(now.Sub(a.Fired)))
	if a.NoData != "" {
		text += "; not known now (" + a.NoData + ")"
	}
	switch {
	case a.Said.At.IsZero():
	case a.Said.Until.IsZero():
		text += fmt.Sprintf("; acknowledged by %s: %s", a.Said.By, a.Said.Reason)
	default:
		text += fmt.Sprintf("; snoozed until %s by %s: %s", a.Said.Until.UTC().Format("15:04:05Z"), a.Said.By, a.Said.Reason)
	}
	if a.Silence != "" {
		text += "; silenced by " + a.Silence
	}
	return text
}

// alertNotes says of alerts in the schema what their types do not.
func alertNotes() map[string]jsonschema.Schema {
	about := func(text string) jsonschema.Schema { return jsonschema.Schema{"description": text} }
	return map[string]jsonschema.Schema{
		"alerts":          about("Firing ones first, then pending, then resolved of the last hour (docs/alerts.md)."),
		"alerts.state":    {"enum": words(model.AlertPending, model.AlertFiring, model.AlertResolved)},
		"alerts.severity": {"enum": words(model.Info, model.Warning, model.Critical)},
		"alerts.page":     about("Somebody has to be woken."),
		"alerts.labels":   about("Its identity; alertname and severity are among them."),
		"alerts.since":    {"format": "date-time", "description": "Since when its condition holds."},
		"alerts.flaps":    about("How often it fired again within the hour."),
		"alerts.no_data":  about("Not empty: nothing is known of its condition now, and its state is held."),
		"alerts.silence":  about("Of an Alertmanager: by whom, until when and why."),
	}
}
