package engine

import (
	"fmt"
	"time"

	"tritop/model"
	"tritop/sla"
)

// judgeLevel judges the objectives of a model.
func (s *State) judgeLevel(l *level) {
	all := &s.fleet.levels
	m := s.models.byName[l.name]
	lists, answers := s.answering(m)
	if finished, inWork, ok := l.account.Buckets(); ok {
		for _, b := range [...]model.Bucket{finished, inWork} {
			if b.Model = l.name; !b.Start.IsZero() {
				all.kept.Buckets = append(all.kept.Buckets, b)
			}
		}
	}
	if lists == 0 && !l.named(all.agreed) {
		return
	}
	from := len(all.states)
	for _, g := range l.goals {
		r := figureOf{}
		switch {
		case lists == 0:
			r.why = "no server lists this model"
		case answers == 0:
			r.why = "no server of the model answers"
		default:
			r = s.figure(l, m, &g.Objective)
		}
		s.judgeGoal(l, g, r)
		all.states = append(all.states, g.state)
	}
	if x, fails := missedOf(l.name, all.states[from:]); fails {
		all.missed = append(all.missed, x)
	}
}

// figureOf is the figure of an objective, and where it is from.
type figureOf struct {
	sla.Reading
	server string // whose it is, where it is one server's only
	why    string // there is none because of this; empty: the reading says why
}

// judgeGoal brings the state of an objective up to date and tells when it begins
// to fail, and when it is met again.
func (s *State) judgeGoal(l *level, g *goal, f figureOf) {
	verdict := model.ObjectiveNoData
	if f.why == "" {
		verdict = sla.Judge(&g.Objective, f.Reading)
	}
	was := g.state
	counts := g.watch.Follow(&g.Objective, verdict, f.Reading, s.now)
	g.state = model.ObjectiveState{Objective: g.Objective, Verdict: counts, Value: f.Value, N: f.N, Over: f.Over, Source: f.Source, Server: f.server,
		Violations: g.watch.Violations(), Budget: l.account.Budget(&g.Objective, s.now)}
	switch st := &g.state; counts {
	case model.ObjectiveFail:
		st.Since = g.watch.Since()
		if !f.Value.Known() { // it held
			st.Value, st.N, st.Over, st.Source, st.Server = was.Value, was.N, was.Over, was.Source, was.Server
		}
	case model.ObjectiveFew, model.ObjectiveNoData:
		st.Reason = reasonOf(&g.Objective, counts, f)
		if f.why != "" {
			st.Value = model.Missing(model.NotObserved)
		}
	case model.ObjectivePass:
	}
	fails := !g.watch.Since().IsZero()
	if fails == g.told {
		return
	}
	g.told = fails
	e := model.Event{Kind: model.EventObjective, Model: l.name, To: g.state.Words(), Detail: evidenceOf(&g.state), Verdict: g.state.Failing()}
	if !fails {
		e.To += ": met again"
	}
	s.event(e)
}

// evidenceOf says what a figure stands on.
func evidenceOf(o *model.ObjectiveState) string {
	text := fmt.Sprintf("over %s, %d samples, source %s", model.BriefSpan(o.Over), o.N, o.Source)
	if o.Server != "" {
		text += ", the worst server: " + o.Server
	}
	return text
}

// reasonOf says why there is no verdict.
func reasonOf(o *model.Objective, v model.ObjectiveVerdict, f figureOf) string {
	switch {
	case f.why != "":
		return f.why
	case v == model.ObjectiveNoData && f.Value.Known():
		return "not a number"
	case v == model.ObjectiveNoData:
		return f.Value.Why.String()
	case o.Metric.Permille() > 0:
		return fmt.Sprintf("%d of the %d samples that %s needs", f.N, o.Metric.Needs(), o.Metric.Short())
	case !f.Value.Known():
		return "not observed for long enough"
	}
	return fmt.Sprintf("%d of %d requests failed: too few to tell", f.Bad, f.N)
}

// figure reads the figure of an objective.
func (s *State) figure(l *level, m *fleetModel, o *model.Objective) figureOf {
	switch {
	case o.Metric.Permille() > 0:
		return s.percentile(l, m, o)
	case o.Metric >= model.MetricMean:
		return figureOf{Reading: l.sinceBegan(l.means[o.Metric].Over(o.Window), s.now)}
	}
	return figureOf{Reading: l.sinceBegan(sla.Read(o.Metric, l.account.Over(o.Window), o.Window, o.EvenWhenIdle), s.now)}
}

// sinceBegan says of what looks back further than tritop has looked how far that is.
func (l *level) sinceBegan(r sla.Reading, now time.Time) sla.Reading {
	if began := now.Sub(l.account.Began()).Truncate(time.Second); r.Over > began {
		r.Over = max(began, time.Second)
	}
	return r
}

// percentile reads a percentile from the best source that has it. That of a
// balancer belongs before the others.
func (s *State) percentile(l *level, m *fleetModel, o *model.Objective) figureOf {
	if f := s.queriedPercentile(o); f.N > 0 {
		return f
	}
	worst, few, summaries := s.worstSummary(m, o)
	if worst.N > 0 {
		return worst
	}
	probes := figureOf{Reading: l.probes.Percentile(o.Metric, o.Window, s.now, model.FromProbe.String())}
	switch {
	case probes.Value.Known():
		return probes
	case few.N > probes.N:
		return few
	case probes.N > 0:
		return probes
	case summaries:
		return figureOf{Reading: sla.Nothing(model.NoDemand)}
	case s.cfg.Probed[l.name]:
		return figureOf{why: "no data: no probe was answered in the last " + model.BriefSpan(o.Window)}
	}
	return figureOf{why: "no data: nothing measures it; " + model.FromProbe.SwitchOn()}
}

// worstSummary gives a percentile by Triton's summaries, which are of the last
// 60 s and of one server each: nobody can add them up, so the worst of those with
// enough requests stands for all. few is the one with the most requests of the
// others; there says whether there are summaries at all.
func (s *State) worstSummary(m *fleetModel, o *model.Objective) (worst, few figureOf, there bool) {
	worst.Reading, few.Reading = sla.Nothing(model.NotObserved), sla.Nothing(model.NotObserved)
	for _, r := range m.rows {
		if len(r.text.series) == 0 || !reached(r.on) {
			continue
		}
		for _, f := range s.summariesOf(r, o.Metric) {
			there = true
			switch need := uint64(o.Metric.Needs()); { //nolint:gosec // 1,000 at most
			case f.N < need && f.N > few.N:
				f.Value = model.Missing(model.TooFew)
				few = f
			case f.N < need || !f.Value.Known():
			case worst.N == 0 || o.Op.Worse(f.Value.Value, worst.Value.Value, o.Target):
				worst = f
			}
		}
	}
	return worst, few, there
}

// summariesOf gives a percentile of whole requests by each summary of a row: of a
// model on several GPUs there is one of each.
func (s *State) summariesOf(r *replica, m model.Metric) (out []figureOf) {
	whole, _ := r.text.tell(r.on, s.now, s.second)
	for i := range whole {
		if x := &whole[i]; x.Source == model.FromSummary && x.Phase == model.WholeRequest {
			out = append(out, figureOf{Reading: sla.Reading{Value: percentileOf(x, m), N: x.N, Over: x.Window, Source: x.Source.String()}, server: r.on.spec.Name})
		}
	}
	return out
}

// percentileOf gives the percentile that a metric is about.
func percentileOf(l *model.Latency, m model.Metric) model.Figure {
	return *l.Each()[m-model.MetricP50]
}
