package headless

import (
	"fmt"
	"io"
	"strings"
	"time"

	"tritop/model"
)

// Line writes the state as one line of short sentences, for pipes and for people
// who listen to it: when, the verdict, the worst problem, how many of what are
// how, the users' rate, what is wrong with the configuration.
func Line(w io.Writer, s *model.Snapshot) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s.", s.Now.UTC().Format("15:04:05Z"), s.Verdict)
	if len(s.Problems) > 0 {
		p := &s.Problems[0]
		fmt.Fprintf(&b, " %s", p.Object)
		if !p.Since.IsZero() {
			fmt.Fprintf(&b, ", for %s", spokenAge(s.Now.Sub(p.Since)))
		}
		fmt.Fprintf(&b, ": %s.", spoken(firstLine(p.Reason)))
		if more := len(s.Problems) - 1; more > 0 {
			fmt.Fprintf(&b, " %s.", plural(more, "more problem"))
		}
	} else if s.Why != "" {
		fmt.Fprintf(&b, " %s.", spoken(s.Why))
	}
	var servers, models [4]int
	for i := range s.Servers {
		servers[s.Servers[i].Finding.Verdict]++
	}
	for i := range s.Models {
		models[s.Models[i].Finding.Verdict]++
	}
	fmt.Fprintf(&b, " %s. %s.", tally(servers, "server"), tally(models, "model"))
	if rate := s.Totals.Rate; rate.Known() {
		fmt.Fprintf(&b, " %s requests per second.", Short(rate))
	} else {
		b.WriteString(" The rate of requests is not known.")
	}
	for _, n := range s.Notices {
		if n.Verdict > model.Healthy {
			fmt.Fprintf(&b, " Note: %s.", notice(n))
		}
	}
	b.WriteString("\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the line: %w", err)
	}
	return nil
}

// tally says how many are of which verdict, worst first.
func tally(n [4]int, what string) string {
	var parts []string
	all := 0
	for _, v := range [...]model.Verdict{model.Unhealthy, model.Degraded, model.Unknown, model.Healthy} {
		if all += n[v]; n[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[v], strings.ToLower(v.String())))
		}
	}
	switch {
	case all == 0:
		return "No " + what + "s"
	case len(parts) == 1 && all > 1:
		_, verdict, _ := strings.Cut(parts[0], " ")
		return fmt.Sprintf("%d %ss, all %s", all, what, verdict)
	}
	return fmt.Sprintf("%s, %s", plural(all, what), strings.Join(parts, ", "))
}

// spokenAge is a duration as it is read out.
func spokenAge(d time.Duration) string {
	switch d = max(0, d); {
	case d < 2*time.Minute:
		return plural(int(d.Seconds()), "second")
	case d < 2*time.Hour:
		return plural(int(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return plural(int(d.Hours()), "hour")
	}
	return plural(int(d.Hours())/24, "day")
}
