package headless

import (
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
	"time"

	"tritop/model"
)

// Table writes the verdict for people: the verdict first, then what is not well,
// then one line per server. 80 columns, no colour.
func Table(w io.Writer, s *model.Snapshot) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s", s.Verdict, s.Fleet)
	if s.Why != "" {
		fmt.Fprintf(&b, "  %s", s.Why)
	}
	b.WriteString("\n")
	for _, n := range s.Notices {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	troubles(&b, s)
	b.WriteString("\nSERVER               STATE        VERSION     RPS   ERR%  MODELS  SINCE  WHY\n")
	for _, i := range order(s.Servers) {
		serverLine(&b, &s.Servers[i], s.Now)
	}
	fmt.Fprintf(&b, "\n%d servers, %d models, %s requests/s by users; counted by Triton since it started: %s requests, %s failures\n",
		s.Totals.Servers, s.Totals.Models, Short(s.Totals.Rate), Short(s.Totals.Requests), Short(s.Totals.Failures))
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}

// troubles lists the model versions that are not well on servers that answer.
func troubles(b *strings.Builder, s *model.Snapshot) {
	first := true
	for i := range s.Servers {
		for j := range s.Servers[i].Replicas {
			r := &s.Servers[i].Replicas[j]
			if r.Trouble == model.NoTrouble || r.Trouble == model.ServerUnreached {
				continue
			}
			if first {
				b.WriteString("\n")
				first = false
			}
			fmt.Fprintf(b, "%-10s %s %s v%s: %s, for %s\n", r.Finding.Verdict, r.Server, r.Model, r.Version, r.Finding.Reason, Age(s.Now.Sub(r.Finding.Since)))
			if r.Finding.Evidence != "" {
				fmt.Fprintf(b, "           %s\n", firstLine(r.Finding.Evidence))
			}
		}
	}
}

// order puts what fails first, then unknown, then the rest by name.
func order(servers []model.Server) []int {
	rank := map[model.Verdict]int{model.Unhealthy: 0, model.Degraded: 1, model.Unknown: 2, model.Healthy: 3}
	out := make([]int, len(servers))
	for i := range out {
		out[i] = i
	}
	sort.SliceStable(out, func(a, b int) bool {
		return rank[servers[out[a]].Finding.Verdict] < rank[servers[out[b]].Finding.Verdict]
	})
	return out
}

func serverLine(b *strings.Builder, s *model.Server, now time.Time) {
	ready := 0
	for i := range s.Replicas {
		if s.Replicas[i].State == model.ReplicaReady && s.Replicas[i].Trouble == model.NoTrouble {
			ready++
		}
	}
	version, since := "-", "-"
	if s.TritonVersion != "" {
		version = s.TritonVersion
	}
	if !s.Finding.Since.IsZero() {
		since = Age(now.Sub(s.Finding.Since))
	}
	why := s.Finding.Reason
	if s.Unproven {
		why = "ready by its own word, no probe"
	}
	fmt.Fprintf(b, "%-20s %-12s %-8s %6s %6s  %2d/%-3d  %5s  %s\n", cut(s.Name, 20), s.Finding.Verdict, version, Short(s.Window.Rate), Percent(s.Window.ErrorRatio),
		ready, len(s.Replicas), since, why)
}

// Short prints a figure in at most six characters: 4.8k, 64, 0.2; "-" where it
// is not known.
func Short(f model.Figure) string {
	if !f.Known() {
		return "-"
	}
	switch v := f.Value; {
	case v >= 1e9:
		return strconv.FormatFloat(v/1e9, 'f', 1, 64) + "G"
	case v >= 1e6:
		return strconv.FormatFloat(v/1e6, 'f', 1, 64) + "M"
	case v >= 1e4:
		return strconv.FormatFloat(v/1e3, 'f', 1, 64) + "k"
	case v >= 10 || v == float64(int64(v)):
		return strconv.FormatFloat(v, 'f', 0, 64)
	default:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
}

// Percent prints a ratio with two decimals; "-" where it is not known.
func Percent(f model.Figure) string {
	if !f.Known() {
		return "-"
	}
	return strconv.FormatFloat(100*f.Value, 'f', 2, 64)
}

// Age prints a duration in the coarse form that people read: 42s, 3m10s, 2h05m.
func Age(d time.Duration) string {
	d = max(0, d).Truncate(time.Second)
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + "s"
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd", int(d.Hours())/24)
}

func cut(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
