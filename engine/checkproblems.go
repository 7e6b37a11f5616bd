package engine

import (
	"fmt"
	"slices"
	"strings"

	"tritop/health"
	"tritop/model"
)

// checkProblems gives one problem per cause of checks that are not well: a model
// that is slow on many servers, or many GPUs that are full, stand once.
func checkProblems(s *model.Snapshot, bad []model.Check) (out []model.Problem) {
	type cause struct {
		name, model string
		status      model.CheckStatus
	}
	at := make(map[cause]int)
	counts := make(map[cause]int)
	servers := make(map[cause]map[string]bool)
	for i := range bad {
		c := &bad[i]
		k := cause{c.Name, c.Model, c.Status}
		n, known := at[k]
		if !known {
			n = len(out)
			at[k], servers[k] = n, make(map[string]bool)
			out = append(out, model.Problem{Object: c.Target, Server: c.Server, Model: c.Model,
				Finding: model.Finding{Verdict: c.Verdict(), Since: c.Since, Reason: health.CheckWords(c), Evidence: evidenceOfCheck(c)}})
		}
		p := &out[n]
		if c.Since.Before(p.Since) {
			p.Since = c.Since
		}
		if counts[k]++; counts[k] > 1 {
			p.Object = fmt.Sprintf("%d × %s", counts[k], c.Name)
			if c.Model != "" {
				p.Object = c.Model
			}
		}
		if c.Server != "" && !servers[k][c.Server] {
			servers[k][c.Server] = true
			p.Servers++
			for _, r := range regionOf(s, c.Server) {
				if !slices.Contains(p.Regions, r) {
					p.Regions = append(p.Regions, r)
				}
			}
		}
	}
	return out
}

// joined puts what checks say of a model into the line of its objectives: it is one
// cause.
func joined(missed, checks []model.Problem) []model.Problem {
	for _, c := range checks {
		i := slices.IndexFunc(missed, func(p model.Problem) bool { return c.Model != "" && p.Model == c.Model })
		if i < 0 {
			missed = append(missed, c)
			continue
		}
		p := &missed[i]
		p.Verdict = max(p.Verdict, c.Verdict) // neither is unknown
		if c.Since.Before(p.Since) {
			p.Since = c.Since
		}
		p.Regions = c.Regions
		p.Evidence += "; " + c.Reason
	}
	return missed
}

// evidenceOfCheck says what a check stands on beside its message, and why it alerts.
func evidenceOfCheck(c *model.Check) string {
	var out []string
	for _, d := range c.Details {
		if d.Name == "evidence" {
			out = append(out, d.Value)
		}
	}
	if c.Failing != "" {
		out = append(out, "failed "+c.Failing)
	}
	return strings.Join(out, "; ")
}

// tellsOf says whether a check tells already that a GPU is lost.
func tellsOf(bad []model.Check, g *model.GPU) bool {
	return slices.ContainsFunc(bad, func(c model.Check) bool {
		return c.Name == health.CheckGPU && c.Target == g.Host+" "+model.ShortGPU(g.UUID)
	})
}
