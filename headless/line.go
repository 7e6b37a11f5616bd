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
// how, the users' rate, how long requests take, what is wrong with the configuration.
func Line(w io.Writer, s *model.Snapshot) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s.", s.Now.UTC().Format("15:04:05Z"), s.Verdict)
	if len(s.Problems) > 0 {
		p := &s.Problems[0]
		fmt.Fprintf(&b, " %s", p.Object)
		if !p.Since.IsZero() {
			fmt.Fprintf(&b, ", for %s", spokenAge(s.Now.Sub(p.Since)))
		}
		fmt.Fprintf(&b, ": %s.", spoken(model.FirstLine(p.Reason)))
		if more := len(s.Problems) - 1; more > 0 {
			fmt.Fprintf(&b, " %s.", plural(more, "more problem"))
		}
	} else if s.Why != "" {
		fmt.Fprintf(&b, " %s.", spoken(s.Why))
	}
	counted(&b, s)
	if rate := s.Totals.Rate; rate.Known() {
		fmt.Fprintf(&b, " %s requests per second.", Short(rate))
	} else {
		b.WriteString(" The rate of requests is not known.")
	}
	spokenLatency(&b, s)
	if failing := s.Failing(); len(failing) > 0 {
		fmt.Fprintf(&b, " Source %s.", sourceWords(s, failing[0]))
		if more := len(failing) - 1; more > 0 {
			fmt.Fprintf(&b, " %s in trouble.", plural(more, "more source"))
		}
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

// counted says how many servers, models and GPUs are how.
func counted(b *strings.Builder, s *model.Snapshot) {
	var servers, models, gpus [4]int
	for i := range s.Servers {
		servers[s.Servers[i].Finding.Verdict]++
	}
	for i := range s.Models {
		models[s.Models[i].Finding.Verdict]++
	}
	for i := range s.GPUs {
		gpus[s.GPUs[i].Finding.Verdict]++
	}
	fmt.Fprintf(b, " %s. %s.", tally(servers, "server"), tally(models, "model"))
	if len(s.GPUs) > 0 {
		fmt.Fprintf(b, " %s.", tally(gpus, "GPU"))
	}
}

// spokenLatency says how long requests take as far as somebody measured it, by
// whom, and out of how many; and where they wait longer than they are computed.
func spokenLatency(b *strings.Builder, s *model.Snapshot) {
	for i := range s.Totals.Latency {
		l := &s.Totals.Latency[i]
		if l.Window != time.Minute || l.Phase != model.WholeRequest || l.N == 0 {
			continue
		}
		fmt.Fprintf(b, " By %s of the last 60 seconds: p50 %s, p99 %s.", plural(int(l.N), l.Source.String()), milliseconds(l.P50), milliseconds(l.P99)) //nolint:gosec // a count of one minute
	}
	var longest *model.Model
	for i := range s.Models {
		m := &s.Models[i]
		if w := &m.Window; w.Crowded() && (longest == nil || w.QueueMs.Value > longest.Window.QueueMs.Value) {
			longest = m
		}
	}
	if longest != nil {
		fmt.Fprintf(b, " Requests of %s wait %s in the queue, longer than they are computed: mean of 60 seconds.", longest.Name, milliseconds(longest.Window.QueueMs))
	}
}

// milliseconds is a time as it is read out, or why it is not known.
func milliseconds(f model.Figure) string {
	if !f.Known() {
		return f.Why.String()
	}
	return Short(f) + " milliseconds"
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
