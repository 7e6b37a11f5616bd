package headless

import (
	"fmt"
	"strings"

	"tritop/jsonschema"
	"tritop/model"
)

// check is the newest result of one health check.
type check struct {
	Name           string            `json:"name"`
	Layer          string            `json:"layer"`
	Target         string            `json:"target"`
	Server         string            `json:"server,omitempty"`
	Model          string            `json:"model,omitempty"`
	Status         string            `json:"status"`
	Critical       bool              `json:"critical"`
	Message        string            `json:"message"`
	Duration       *float64          `json:"duration_ms"`
	DurationReason string            `json:"duration_ms_reason,omitempty"`
	At             string            `json:"at"`
	Since          string            `json:"since"`
	Failing        string            `json:"failing,omitempty"`
	Details        map[string]string `json:"details"`
}

func checksOf(all []model.Check) []check {
	out := make([]check, len(all))
	for i := range all {
		c := &all[i]
		v := check{Name: c.Name, Layer: c.Layer.String(), Target: c.Target, Server: c.Server, Model: c.Model, Status: c.Status.String(), Critical: c.Critical,
			Message: c.Message, At: stamp(c.At), Since: stamp(c.Since), Failing: c.Failing, Details: make(map[string]string, len(c.Details))}
		v.Duration, v.DurationReason = c.TookMs.Told()
		for _, d := range c.Details {
			v.Details[d.Name] = d.Value
		}
		out[i] = v
	}
	return out
}

// checkSectionNotes says of the checks what their types do not.
func checkSectionNotes(notes map[string]jsonschema.Schema) map[string]jsonschema.Schema {
	notes["checks.layer"] = jsonschema.Schema{"enum": words(model.Layers()...)}
	notes["checks.status"] = jsonschema.Schema{"enum": words(model.CheckUnknown, model.CheckHealthy, model.CheckDegraded, model.CheckUnhealthy, model.CheckNotApplicable),
		"description": "not_applicable: about something that tritop cannot see; it takes no part in the verdict."}
	notes["checks.duration_ms"] = jsonschema.Schema{"description": "Of the last run, milliseconds; null where nothing was sent."}
	notes["checks.at"] = jsonschema.Schema{"format": "date-time"}
	notes["checks.since"] = jsonschema.Schema{"format": "date-time", "description": "Since when it has this status."}
	notes["checks.failing"] = jsonschema.Schema{"description": "Why it raises an alert: 3 failures in a row, or a fifth of the last 20 runs."}
	notes["checks.details"] = jsonschema.Schema{"description": "The figures that it was judged by, as text."}
	return notes
}

// checkLines writes the checks that are not well, one line each, and counts the
// others. What a server's own verdict says is not said again.
func checkLines(b *strings.Builder, s *model.Snapshot) {
	if len(s.Checks) == 0 {
		return
	}
	lines := notWell(s.Checks)
	const most = 20
	b.WriteString("\n")
	for _, l := range lines[:min(most, len(lines))] {
		wrapped(b, "", l, 11)
	}
	if len(lines) > most {
		wrapped(b, "", fmt.Sprintf("and %d checks more that are not healthy.", len(lines)-most), 0)
	}
	counts, folded := countChecks(s.Checks)
	if folded > 0 {
		wrapped(b, "", fmt.Sprintf("%s not healthy because of a server above.", plural(folded, "check")), 0)
	}
	wrapped(b, "", fmt.Sprintf("%s healthy, %d unknown, %d do not apply here.", plural(counts[model.CheckHealthy], "check"), counts[model.CheckUnknown], counts[model.CheckNotApplicable]), 0)
}

// notWell are the checks to tell of, the worst first.
func notWell(all []model.Check) (lines []string) {
	for _, status := range []model.CheckStatus{model.CheckUnhealthy, model.CheckDegraded} {
		for i := range all {
			if c := &all[i]; c.Status == status && !c.Folded {
				text := fmt.Sprintf("%-10s %s %s: %s", c.Status, c.Name, c.Target, model.FirstLine(c.Message))
				if c.Failing != "" {
					text += ", failed " + c.Failing
				}
				lines = append(lines, text)
			}
		}
	}
	return lines
}

// countChecks counts by status; folded are those that a server's verdict tells of.
func countChecks(all []model.Check) (counts map[model.CheckStatus]int, folded int) {
	counts = make(map[model.CheckStatus]int)
	for i := range all {
		if c := &all[i]; c.Folded && c.Verdict() >= model.Degraded {
			folded++
		} else {
			counts[c.Status]++
		}
	}
	return counts, folded
}
