package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tritop/health"
	"tritop/model"
)

// missed is a model that misses objectives now.
type missed struct {
	model.Finding
	name   string // of the model
	server string // whose figure is the worst, where it is one server's
	errors bool   // it is about requests that fail
}

// missedOf sums up the objectives of a model that fail: by the worst of them, the
// oldest first.
func missedOf(name string, states []model.ObjectiveState) (x missed, fails bool) {
	var failing []*model.ObjectiveState
	for i := range states {
		if states[i].Verdict == model.ObjectiveFail {
			failing = append(failing, &states[i])
		}
	}
	if len(failing) == 0 {
		return missed{}, false
	}
	worst := slices.MinFunc(failing, func(a, b *model.ObjectiveState) int {
		return cmp.Or(cmp.Compare(b.Failing(), a.Failing()), a.Since.Compare(b.Since))
	})
	reason := []string{worst.Miss()}
	if n := len(failing); n > 1 {
		reason = append(reason, fmt.Sprintf("%d of %d objectives fail", n, len(states)))
	}
	if spent := spentBy(failing); spent != "" {
		reason = append(reason, spent)
	}
	return missed{model.Finding{Verdict: worst.Failing(), Since: worst.Since, Reason: strings.Join(reason, " · "), Evidence: evidenceOf(worst)}, name, worst.Server,
		worst.Metric.Unit() == "ratio"}, true
}

// spentBy says when the first budget of some objectives ends.
func spentBy(of []*model.ObjectiveState) (words string) {
	var left float64
	for _, o := range of {
		if w := o.Budget.Spent(); w != "" && (words == "" || o.Budget.SLO.Left.Value < left) {
			words, left = w, o.Budget.SLO.Left.Value
		}
	}
	return words
}

// overall is the worst of some servers and of the objectives.
func (s *State) overall(servers []model.Server) (verdict model.Verdict, why string) {
	verdict, why = health.Fleet(servers)
	for i := range s.fleet.levels.missed {
		if x := &s.fleet.levels.missed[i]; x.Verdict > verdict {
			verdict, why = x.Verdict, x.name+": "+x.Reason
		}
	}
	return verdict, why
}

// miss lets models know which of their objectives fail.
func miss(models []model.Model, all []missed) {
	for i := range all {
		x := &all[i]
		at, there := slices.BinarySearchFunc(models, x.name, func(m model.Model, name string) int { return strings.Compare(m.Name, name) })
		if !there {
			continue
		}
		f := &models[at].Finding
		if f.Verdict < model.Degraded {
			*f = x.Finding
			continue
		}
		f.Verdict = model.Worse(f.Verdict, x.Verdict)
		f.Reason += " · " + x.Reason
	}
}

// fold puts what models miss into the problems that have the same cause, and gives
// what is a problem of its own.
func fold(groups map[string]*group, all []missed, s *model.Snapshot) (own []model.Problem) {
	for i := range all {
		x := &all[i]
		if g := causeOf(groups, x.name); g != nil {
			g.missed = append(g.missed, x)
			g.Verdict = model.Worse(g.Verdict, x.Verdict)
			continue
		}
		p := model.Problem{Finding: x.Finding, Object: x.name, Server: x.server, Model: x.name}
		if m := s.Model(x.name); m != nil {
			p.Servers = m.Servers
		}
		if p.Servers == 1 && p.Server == "" {
			p.Server = onlyServer(s, x.name)
		}
		if x.errors {
			p.Trend = trendOf(s, &p)
		}
		p.Change = changeBefore(s, &p)
		own = append(own, p)
	}
	return own
}

// onlyServer names a server that lists a model.
func onlyServer(s *model.Snapshot, name string) string {
	for i := range s.Servers {
		if slices.ContainsFunc(s.Servers[i].Replicas, func(r model.Replica) bool { return r.Model == name }) {
			return s.Servers[i].Name
		}
	}
	return ""
}

// causeOf finds the worst problem that makes the requests of a model fail or wait.
func causeOf(groups map[string]*group, name string) (worst *group) {
	for _, g := range groups {
		if !g.models[name] {
			continue
		}
		if worst == nil || cmp.Or(cmp.Compare(rank(g.Verdict), rank(worst.Verdict)), g.Since.Compare(worst.Since), cmp.Compare(g.Object, worst.Object)) < 0 {
			worst = g
		}
	}
	return worst
}

// breaks says which objectives a problem breaks.
func (g *group) breaks() string {
	switch len(g.missed) {
	case 0:
		return ""
	case 1:
		if x := g.missed[0]; x.name == g.Model {
			return x.Reason
		}
		return g.missed[0].name + ": " + g.missed[0].Reason
	}
	names := make([]string, len(g.missed))
	for i, x := range g.missed {
		names[i] = x.name
	}
	slices.Sort(names)
	return fmt.Sprintf("%d models miss objectives: %s", len(names), strings.Join(names, ", "))
}
