package headless

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"tritop/doctor"
	"tritop/jsonschema"
	"tritop/model"
)

// DoctorSchemaName names the document of Findings as JSON.
const DoctorSchemaName = "tritop/doctor/v1"

// Findings are what doctor found: around tritop, and at each server.
type Findings struct {
	At           time.Time
	Surroundings []doctor.Check
	Servers      []doctor.Report
}

// Worst is the worst status of all.
func (f Findings) Worst() doctor.Status {
	worst := doctor.Worst(f.Surroundings)
	for _, s := range f.Servers {
		worst = max(worst, doctor.Worst(s.Checks))
	}
	return worst
}

// doctorDocument is tritop/doctor/v1.
type doctorDocument struct {
	Schema       string         `json:"schema"`
	At           string         `json:"at"`
	Worst        string         `json:"worst"`
	Surroundings []doctorCheck  `json:"surroundings"`
	Servers      []doctorServer `json:"servers"`
}

type doctorServer struct {
	Name    string        `json:"name"`
	Address string        `json:"address"`
	Worst   string        `json:"worst"`
	Checks  []doctorCheck `json:"checks"`
}

type doctorCheck struct {
	Name       string   `json:"name"`
	Status     string   `json:"status"`
	Found      string   `json:"found"`
	Do         string   `json:"do"`
	TookMs     *float64 `json:"took_ms"`
	TookReason string   `json:"took_ms_reason,omitempty"`
}

// DoctorJSON writes the findings as one document.
func DoctorJSON(w io.Writer, f Findings) error {
	d := doctorDocument{Schema: DoctorSchemaName, At: stamp(f.At), Worst: f.Worst().String(), Surroundings: doctorChecks(f.Surroundings), Servers: []doctorServer{}}
	for _, s := range f.Servers {
		d.Servers = append(d.Servers, doctorServer{s.Name, s.Address, doctor.Worst(s.Checks).String(), doctorChecks(s.Checks)})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		return fmt.Errorf("write the findings as JSON: %w", err)
	}
	return nil
}

func doctorChecks(checks []doctor.Check) []doctorCheck {
	out := []doctorCheck{}
	for _, c := range checks {
		d := doctorCheck{Name: c.Name, Status: c.Status.String(), Found: c.Found, Do: c.Do, TookReason: "nothing was waited for"}
		if c.Took > 0 {
			ms := float64(c.Took.Microseconds()) / 1000
			d.TookMs, d.TookReason = &ms, ""
		}
		out = append(out, d)
	}
	return out
}

// DoctorSchema is the JSON Schema of tritop/doctor/v1.
func DoctorSchema() (jsonschema.Schema, error) {
	s := jsonschema.Of(doctorDocument{})
	status := jsonschema.Schema{"enum": words(doctor.Skipped, doctor.OK, doctor.Warn, doctor.Fail)}
	for path, more := range map[string]jsonschema.Schema{
		"schema": {"const": DoctorSchemaName}, "at": {"format": "date-time"}, "worst": status, "servers.worst": status,
		"surroundings.status": status, "servers.checks.status": status,
		"servers.checks.found": {"description": "What answered."},
		"servers.checks.do":    {"description": "What to change, or what could be; empty where there is nothing to do."},
	} {
		if err := s.Note(path, more); err != nil {
			return nil, fmt.Errorf("describe %s: %w", DoctorSchemaName, err)
		}
	}
	return s.Document(DoctorSchemaName, "What doctor tried, what answered, and what to change."), nil
}

// glyphs say a status at a glance, beside its word.
func glyphs(ascii bool) map[doctor.Status]string {
	if ascii {
		return map[doctor.Status]string{doctor.Skipped: "-", doctor.OK: "+", doctor.Warn: "!", doctor.Fail: "x"}
	}
	return map[doctor.Status]string{doctor.Skipped: "·", doctor.OK: "✓", doctor.Warn: "!", doctor.Fail: "✗"}
}

// doctorIndent is where the text of a check begins: glyph, word and name are
// before it.
const doctorIndent = 28

// DoctorTable writes the findings for people: one line a check, and what to do
// about it below, in 80 columns.
func DoctorTable(w io.Writer, f Findings, ascii bool) error {
	var b strings.Builder
	t := doctorTable{b: &b, glyphs: glyphs(ascii), arrow: "→ "}
	if ascii {
		t.arrow = "-> "
	}
	t.section("this machine", f.Surroundings)
	for _, s := range f.Servers {
		title := s.Name
		if s.Address != s.Name {
			title += "  " + s.Address
		}
		t.section(title, s.Checks)
	}
	counts := make(map[doctor.Status]int)
	for _, checks := range f.all() {
		for _, c := range checks {
			counts[c.Status]++
		}
	}
	fmt.Fprintf(&b, "%d ok, %d warn, %d fail, %d skipped\n", counts[doctor.OK], counts[doctor.Warn], counts[doctor.Fail], counts[doctor.Skipped])
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the findings: %w", err)
	}
	return nil
}

func (f Findings) all() [][]doctor.Check {
	out := [][]doctor.Check{f.Surroundings}
	for _, s := range f.Servers {
		out = append(out, s.Checks)
	}
	return out
}

type doctorTable struct {
	b      *strings.Builder
	glyphs map[doctor.Status]string
	arrow  string
}

func (t doctorTable) section(title string, checks []doctor.Check) {
	if len(checks) == 0 {
		return
	}
	t.b.WriteString(model.CleanText(title) + "\n")
	for _, c := range checks {
		lead := fmt.Sprintf("  %s %-7s %-15s ", t.glyphs[c.Status], c.Status, c.Name)
		text := c.Found
		if c.Took > 0 {
			text += " (" + took(c.Took) + ")"
		}
		wrapped(t.b, lead, text, doctorIndent)
		if c.Do != "" {
			wrapped(t.b, strings.Repeat(" ", doctorIndent)+t.arrow, c.Do, doctorIndent+len([]rune(t.arrow)))
		}
	}
	t.b.WriteString("\n")
}

// took gives a time in two or three digits.
func took(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
