package headless

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"tritop/model"
)

// columns is what the table is made for. Names are never cut below the longest
// that anyone has to tell apart, so a long one may reach further.
const columns = 80

// Table writes the verdict for people: the verdict first, then what is not well,
// one line per cause with what it rests on, then one line per server. 80
// columns, no colour.
func Table(w io.Writer, s *model.Snapshot) error {
	var b strings.Builder
	head := s.Verdict.String() + "  " + s.Fleet
	if s.Why != "" {
		head += ": " + plainSigns(s.Why)
	}
	wrapped(&b, "", head, 11)
	for _, n := range s.Notices {
		wrapped(&b, "note: ", notice(n), 6)
	}
	for i := range s.Problems {
		problem(&b, s, &s.Problems[i])
	}
	alertLines(&b, s)
	serverLines(&b, s)
	gpuLines(&b, s)
	objectiveLines(&b, s)
	checkLines(&b, s)
	sourceLines(&b, s)
	b.WriteString("\n")
	wrapped(&b, "", fmt.Sprintf("%s, %s, %s requests/s by users (without probes).", plural(s.Totals.Servers, "server"), plural(s.Totals.Models, "model"), Short(s.Totals.Rate)), 0)
	wrapped(&b, "", fmt.Sprintf("Triton counts %s requests and %s failures, probes included.", Short(s.Totals.Requests), Short(s.Totals.Failures)), 0)
	if n := s.Totals.Undescribed; n > 0 {
		wrapped(&b, "note: ", fmt.Sprintf("the configuration of %s is not known yet: steps of an ensemble among them count twice.", plural(n, "model version")), 6)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}

// problem writes one cause: what, since when, where, on the strength of what,
// and what changed just before.
func problem(b *strings.Builder, s *model.Snapshot, p *model.Problem) {
	b.WriteString("\n")
	text := p.Object + ": " + plainSigns(p.Reason)
	if !p.Since.IsZero() {
		text += ", for " + Age(s.Now.Sub(p.Since))
	}
	wrapped(b, fmt.Sprintf("%-10s ", p.Verdict), text, 11)
	for _, where := range struck(s, p) {
		wrapped(b, strings.Repeat(" ", 11), where, 11)
	}
	if p.Objectives != "" {
		wrapped(b, strings.Repeat(" ", 11), plainSigns(p.Objectives), 11)
	}
	if p.Evidence != "" {
		wrapped(b, strings.Repeat(" ", 11), model.FirstLine(p.Evidence), 11)
	}
	if c := p.Change; c.Seq != 0 {
		wrapped(b, strings.Repeat(" ", 11), fmt.Sprintf("changed just before, at %s: %s %s", c.At.UTC().Format("15:04:05Z"), c.Object(), c.Words()), 11)
	}
}

// struck says what a cause strikes, where the problem itself only counts it.
func struck(s *model.Snapshot, p *model.Problem) []string {
	if p.Versions == 0 {
		return struckServers(s, p)
	}
	var servers, versions []string
	for i := range s.Servers {
		srv := &s.Servers[i]
		here := false
		for j := range srv.Replicas {
			if r := &srv.Replicas[j]; sameTrouble(r, p) {
				here = true
				versions = append(versions, r.Model+" v"+r.Version)
			}
		}
		if here {
			servers = append(servers, srv.Name)
		}
	}
	if p.Model != "" {
		return []string{"on " + list(servers)}
	}
	return []string{list(versions)}
}

// struckServers names the servers in the same state. One whose reason is another
// than the problem's says its own.
func struckServers(s *model.Snapshot, p *model.Problem) (out []string) {
	if p.Servers < 2 || p.Model != "" { // an objective is missed, wherever the model is
		return nil
	}
	at := slices.IndexFunc(s.Servers, func(srv model.Server) bool { return srv.Name == p.Server })
	if at < 0 {
		return nil
	}
	var same []string
	for i := range s.Servers {
		srv := &s.Servers[i]
		switch {
		case srv.State != s.Servers[at].State:
		case srv.Finding.Reason == p.Reason:
			same = append(same, srv.Name)
		default:
			out = append(out, srv.Name+": "+srv.Finding.Reason)
		}
	}
	if len(same) > 0 {
		out = append([]string{"on " + list(same)}, out...)
	}
	return out
}

// sameTrouble says whether a model version is one of those that a problem is about.
func sameTrouble(r *model.Replica, p *model.Problem) bool {
	same := r.Finding.Verdict == p.Verdict || p.Objectives != "" && r.Finding.Verdict == model.Degraded // what it breaks may be worse
	if r.Trouble == model.NoTrouble || r.Trouble == model.ServerUnreached || !same {
		return false
	}
	if p.Model != "" {
		return r.Model == p.Model && r.Version == p.Version
	}
	return r.Server == p.Server && r.Finding.Reason == p.Reason
}

// list joins names; many are cut.
func list(names []string) string {
	const most = 20
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

func serverLines(b *strings.Builder, s *model.Snapshot) {
	width := len("SERVER")
	for i := range s.Servers {
		width = max(width, utf8.RuneCountInString(s.Servers[i].Name))
	}
	fmt.Fprintf(b, "\n%-*s VERDICT   STATE                       RPS   ERR %% SERVING  SINCE\n", width, "SERVER")
	for _, i := range order(s.Servers) {
		srv := &s.Servers[i]
		ready := 0
		for j := range srv.Replicas {
			if srv.Replicas[j].State == model.ReplicaReady && srv.Replicas[j].Trouble == model.NoTrouble {
				ready++
			}
		}
		fmt.Fprintf(b, "%-*s %-9s %-24s %6s %7s %7s %6s\n", width, srv.Name, srv.Finding.Verdict, state(srv), Short(srv.Window.Rate), Percent(srv.Window.ErrorRatio),
			fmt.Sprintf("%d/%d", ready, len(srv.Replicas)), since(srv.Finding.Since, s.Now))
	}
}

// state is the word for a server; one that nothing proves says so.
func state(s *model.Server) string {
	if s.Unproven && s.State == model.ServerReady {
		return "ready by its own word"
	}
	return s.State.String()
}

func since(t, now time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return Age(now.Sub(t))
}

// order puts what fails first, then what cannot be seen, then the rest by name.
func order(servers []model.Server) []int {
	rank := []model.Verdict{model.Unhealthy, model.Unknown, model.Degraded, model.Healthy}
	out := make([]int, len(servers))
	for i := range out {
		out[i] = i
	}
	sort.SliceStable(out, func(a, b int) bool {
		return slices.Index(rank, servers[out[a]].Finding.Verdict) < slices.Index(rank, servers[out[b]].Finding.Verdict)
	})
	return out
}

// wrapped writes a text with what leads it, in lines of 80 columns; those after
// the first are indented.
func wrapped(b *strings.Builder, lead, text string, indent int) {
	b.WriteString(lead)
	at, margin := utf8.RuneCountInString(lead), utf8.RuneCountInString(lead)
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if at > margin && at+1+n > columns {
			b.WriteString("\n" + strings.Repeat(" ", indent))
			at, margin = indent, indent
		}
		if at > margin {
			b.WriteString(" ")
			at++
		}
		b.WriteString(word)
		at += n
	}
	b.WriteString("\n")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
