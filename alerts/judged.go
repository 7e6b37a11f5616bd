package alerts

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"tritop/model"
)

// What objectives and checks say of alerts.

// fewestBad is how many requests have to have failed before a share of requests
// raises an alert: one failure of a few thousand is no news at night.
const fewestBad = 10

func (b *Book) objectiveSeen(v *View, o *model.ObjectiveState) {
	of := b.subject(subjectID{anObject, o.Name, o.Model})
	known := o.Verdict == model.ObjectivePass || o.Verdict == model.ObjectiveFail
	if len(of.alerts) == 0 && o.Verdict == model.ObjectivePass && !burns(o.Budget) {
		of.had = true
		return
	}
	of.named(model.Label{Name: labelModel, Value: o.Model}, model.Label{Name: anObject, Value: o.Name})
	b.look(of, missed(o, v.Runbooks[o.Model]))
	if o.Budget != nil {
		for _, page := range []bool{true, false} {
			b.look(of, burning(o, page, v.Runbooks[o.Model]))
		}
	}
	unseen := seen{name: ObjectiveNoData, severity: model.Warning, holds: model.TriOf(of.had && lacks(o)), wait: aWhile, runbook: v.Runbooks[o.Model],
		summary: func() string { return fmt.Sprintf("%s of %s: %s", o.Name, o.Model, noDataWords(o.Reason)) }}
	switch {
	case v.blind:
		unseen = unseen.hold("most servers give no answer")
	case o.Verdict == model.ObjectiveNoData && o.Value.Why == model.OutOfReach:
		unseen = unseen.hold(noDataWords(o.Reason))
	}
	b.look(of, unseen)
	of.had = of.had || known
}

// lacks says whether data is missing that should be there: that nobody asks a model
// is no fault, and what a server withholds that gives no answer is told by its own
// alert.
func lacks(o *model.ObjectiveState) bool {
	return o.Verdict == model.ObjectiveNoData && o.Value.Why != model.NoDemand && o.Value.Why != model.OutOfReach
}

// missed is the look at an objective itself.
func missed(o *model.ObjectiveState, runbook string) seen {
	s := seen{name: ObjectiveMissed, severity: o.Severity, page: o.Severity == model.Critical && o.Budget == nil, keep: aWhile, runbook: runbook,
		wait: [...]time.Duration{model.Info: aLongTime, model.Warning: aWhile, model.Critical: soon}[o.Severity],
		summary: func() string {
			return fmt.Sprintf("%s of %s is %s, wanted %s %s, over %s, of %d requests", o.Name, o.Model, amount(o.Value.Value, o.Metric), o.Op, amount(o.Target, o.Metric), o.Over, o.N)
		}}
	switch o.Verdict {
	case model.ObjectiveFail:
		s.holds = model.TriOf(!fewBad(o))
		s.near = true
	case model.ObjectivePass:
		s.holds, s.near = model.No, near(o)
	case model.ObjectiveNoData, model.ObjectiveFew:
		s = s.hold(noDataWords(o.Reason))
	}
	return s
}

// fewBad says whether a share of requests is missed by so few that it proves nothing.
func fewBad(o *model.ObjectiveState) bool {
	bad := o.Value.Value
	switch o.Metric {
	case model.MetricAvailability:
		bad = 1 - bad
	case model.MetricErrorRate:
	case model.MetricNone, model.MetricThroughput, model.MetricP50, model.MetricP90, model.MetricP95, model.MetricP99, model.MetricP999,
		model.MetricMean, model.MetricQueue, model.MetricCompute:
		return false
	}
	return math.Round(bad*float64(o.N)) < fewestBad
}

// easing is by how much of the target a figure has to be better before an alert
// begins to end; of an availability it is of the share that may fail.
const easing = 0.05

// near says whether an objective is met by little only.
func near(o *model.ObjectiveState) bool {
	slack := easing * o.Target
	if o.Metric == model.MetricAvailability {
		slack = easing * (1 - o.Target)
	}
	switch o.Op {
	case model.Above, model.AtLeastOp:
		return !o.Op.Holds(o.Value.Value, o.Target+slack)
	case model.Below, model.AtMostOp:
		return !o.Op.Holds(o.Value.Value, o.Target-slack)
	case model.Equal:
	}
	return false
}

func burns(b *model.Budget) bool {
	if b == nil {
		return false
	}
	for i := range b.Burns {
		if b.Burns[i].Firing {
			return true
		}
	}
	return false
}

// burning is the look at the conditions of one urgency together: whichever holds,
// it is the same news.
func burning(o *model.ObjectiveState, page bool, runbook string) seen {
	s := seen{name: BudgetBurn, severity: model.Warning, page: page, holds: model.No, runbook: runbook}
	if page {
		s.severity = model.Critical
	}
	unknown := ""
	if o.Verdict == model.ObjectiveNoData && o.Value.Why != model.NoDemand {
		unknown = noDataWords(o.Reason)
	}
	for i := range o.Budget.Burns {
		c := &o.Budget.Burns[i]
		switch {
		case c.Page != page:
		case c.Firing:
			s.holds, s.noData = model.Yes, ""
			s.summary = func() string { return burnWords(o, c) }
			return s
		case !c.OverLong.Known() || !c.OverShort.Known():
			unknown = cmp.Or(unknown, "no requests in "+c.Name)
		case c.Few:
			unknown = cmp.Or(unknown, "too few failures in "+c.Name)
		}
	}
	if unknown != "" {
		s = s.hold(unknown)
	}
	return s
}

func burnWords(o *model.ObjectiveState, c *model.Burn) string {
	text := fmt.Sprintf("%s of %s: the error budget is spent %s times as fast as allowed over %s and %s over %s (limit %s), %d requests failed",
		o.Name, o.Model, short(c.OverLong.Value), c.Long, short(c.OverShort.Value), c.Short, short(c.Factor), c.Bad)
	if o.Budget.Ends {
		text += ", nothing is left in " + o.Budget.Left.Truncate(time.Minute).String()
	}
	return text
}

func (b *Book) checkSeen(v *View, c *model.Check) {
	of := b.subject(subjectID{aCheck, c.Name, c.Target})
	known := c.Status != model.CheckUnknown && c.Status != model.CheckNotApplicable
	if len(of.alerts) == 0 && known && c.Failing == "" {
		of.had = true
		return
	}
	of.named(model.Label{Name: aCheck, Value: c.Name}, model.Label{Name: labelModel, Value: c.Model}, model.Label{Name: aServer, Value: c.Server}, model.Label{Name: "target", Value: c.Target})
	grave := c.Critical && c.Status != model.CheckDegraded
	for _, severity := range []model.Severity{model.Critical, model.Warning} {
		s := seen{name: CheckFailing, severity: severity, page: severity == model.Critical, keep: aWhile, runbook: v.Runbooks[c.Model],
			holds: model.TriOf(c.Failing != "" && grave == (severity == model.Critical)),
			summary: func() string {
				return fmt.Sprintf("%s of %s failed %s: %s", c.Name, c.Target, c.Failing, model.FirstLine(c.Message))
			}}
		if !known {
			s = s.hold(noDataWords(c.Message))
		}
		b.look(of, s)
	}
	unseen := seen{name: CheckNoData, severity: model.Warning, holds: model.TriOf(of.had && c.Status == model.CheckUnknown), wait: aWhile,
		summary: func() string { return fmt.Sprintf("%s of %s: %s", c.Name, c.Target, noDataWords(c.Message)) }}
	if v.blind {
		unseen = unseen.hold("most servers give no answer")
	}
	b.look(of, unseen)
	of.had = of.had || known
}

// noDataWords says that nothing is known, and why.
func noDataWords(why string) string {
	why = model.FirstLine(why)
	if why == "" || strings.HasPrefix(why, "no data") {
		return cmp.Or(why, "no data")
	}
	return "no data: " + why
}

// amount is a figure of a metric with its unit.
func amount(value float64, m model.Metric) string {
	switch m.Unit() {
	case "ratio":
		return short(100*value) + " %"
	case "per_s":
		return short(value) + "/s"
	}
	return short(value) + " ms"
}

// short is a number in five digits at most.
func short(v float64) string { return strconv.FormatFloat(v, 'g', 5, 64) }
