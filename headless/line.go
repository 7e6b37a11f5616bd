package headless

import (
	"fmt"
	"io"
	"strings"

	"tritop/model"
)

// Line writes the state as one line of plain words, for pipes and for screen
// readers: when, the verdict, the worst problem, how many of what, the users' rate.
func Line(w io.Writer, s *model.Snapshot) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", s.Now.UTC().Format("15:04:05Z"), s.Verdict)
	if len(s.Problems) > 0 {
		p := &s.Problems[0]
		fmt.Fprintf(&b, " %s: %s", p.Object, firstLine(p.Reason))
		if !p.Since.IsZero() {
			fmt.Fprintf(&b, " for %s", Age(s.Now.Sub(p.Since)))
		}
		if more := len(s.Problems) - 1; more > 0 {
			fmt.Fprintf(&b, ", and %d more", more)
		}
	} else if s.Why != "" {
		fmt.Fprintf(&b, " %s", s.Why)
	}
	var servers, models [4]int
	for i := range s.Servers {
		servers[s.Servers[i].Finding.Verdict]++
	}
	for i := range s.Models {
		models[s.Models[i].Finding.Verdict]++
	}
	fmt.Fprintf(&b, "; servers %s; models %s; %s requests/s\n", tally(servers), tally(models), Short(s.Totals.Rate))
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the line: %w", err)
	}
	return nil
}

// tally says how many are of which verdict, worst first.
func tally(n [4]int) string {
	var parts []string
	for _, v := range [...]model.Verdict{model.Unhealthy, model.Degraded, model.Unknown, model.Healthy} {
		if n[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[v], strings.ToLower(v.String())))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, " ")
}
