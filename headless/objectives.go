package headless

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tritop/jsonschema"
	"tritop/model"
)

// objective is an objective of a model and how it stands.
type objective struct {
	Name     string `json:"name"`
	Model    string `json:"model"`
	Metric   string `json:"metric"`
	Verdict  string `json:"verdict"`
	Reason   string `json:"reason,omitempty"` // why there is no verdict
	Severity string `json:"severity"`
	goal
	found
	Since       *string     `json:"since"`
	SinceReason string      `json:"since_reason,omitempty"`
	Budget      *budget     `json:"budget,omitempty"`
	Violations  []violation `json:"violations"`
}

// goal is what is wanted.
type goal struct {
	Op      string  `json:"op"`
	Target  float64 `json:"target"`
	Unit    string  `json:"unit"`
	Window  float64 `json:"window_s"`
	Idle    bool    `json:"even_when_idle,omitempty"`
	Runbook string  `json:"runbook,omitempty"`
}

// found is what there is.
type found struct {
	Value       *float64 `json:"value"`
	ValueReason string   `json:"value_reason,omitempty"`
	N           uint64   `json:"n"`
	Over        float64  `json:"over_s"`
	Source      string   `json:"source"`
	Server      string   `json:"server,omitempty"`
}

type violation struct {
	Begin  string  `json:"begin"`
	End    *string `json:"end"`
	EndWhy string  `json:"end_reason,omitempty"`
	Lasted float64 `json:"lasted_s"`
	Worst  float64 `json:"worst"`
	Source string  `json:"source"`
}

// budget is what may fail and what became of it.
type budget struct {
	Allowed   float64   `json:"allowed_ratio"`
	SLO       span      `json:"slo"`
	SLA       span      `json:"sla"`
	Rate      *float64  `json:"burn_rate"`
	RateWhy   string    `json:"burn_rate_reason,omitempty"`
	RateOver  float64   `json:"burn_rate_over_s"`
	EndsIn    *float64  `json:"ends_in_s"`
	EndsInWhy string    `json:"ends_in_s_reason,omitempty"`
	Burns     []burn    `json:"burns"`
	Spenders  []spender `json:"spent_by"`
}

type span struct {
	From        string   `json:"from"`
	Period      float64  `json:"period_s"`
	Requests    uint64   `json:"requests"`
	Failures    uint64   `json:"failures"`
	Coverage    *float64 `json:"coverage_ratio"`
	CoverageWhy string   `json:"coverage_ratio_reason,omitempty"`
	Left        *float64 `json:"left_ratio"`
	LeftWhy     string   `json:"left_ratio_reason,omitempty"`
}

type burn struct {
	Name     string   `json:"name"`
	Page     bool     `json:"page"`
	Long     float64  `json:"long_s"`
	Short    float64  `json:"short_s"`
	Factor   float64  `json:"factor"`
	AtLong   *float64 `json:"burn_rate_long"`
	LongWhy  string   `json:"burn_rate_long_reason,omitempty"`
	AtShort  *float64 `json:"burn_rate_short"`
	ShortWhy string   `json:"burn_rate_short_reason,omitempty"`
	Failures uint64   `json:"failures"`
	Few      bool     `json:"few"`
	Firing   bool     `json:"firing"`
}

type spender struct {
	Begin    string  `json:"begin"`
	End      string  `json:"end"`
	Failures uint64  `json:"failures"`
	Share    float64 `json:"share_ratio"`
	Version  string  `json:"version,omitempty"`
}

func objectivesOf(s *model.Snapshot) []objective {
	out := make([]objective, 0, len(s.Objectives))
	for i := range s.Objectives {
		out = append(out, objectiveOf(&s.Objectives[i], s.Now))
	}
	return out
}

func objectiveOf(o *model.ObjectiveState, now time.Time) objective {
	out := objective{Name: o.Name, Model: o.Model, Metric: o.Metric.String(), Verdict: o.Verdict.String(), Reason: o.Reason, Severity: o.Severity.String(),
		goal:   goal{o.Op.String(), o.Target, o.Metric.Unit(), o.Window.Seconds(), o.EvenWhenIdle, o.Runbook},
		found:  found{N: o.N, Over: o.Over.Seconds(), Source: o.Source, Server: o.Server},
		Budget: budgetOf(o.Budget), Violations: []violation{}}
	out.Value, out.ValueReason = o.Value.Told()
	out.Since, out.SinceReason = when(o.Since, "it does not fail")
	for _, v := range o.Violations {
		x := violation{Begin: stamp(v.Begin), Lasted: v.Lasted(now).Seconds(), Worst: v.Worst, Source: v.Source}
		x.End, x.EndWhy = when(v.End, "it goes on")
		out.Violations = append(out.Violations, x)
	}
	return out
}

func budgetOf(b *model.Budget) *budget {
	if b == nil {
		return nil
	}
	out := &budget{Allowed: b.Allowed, SLO: spanOf(b.SLO), SLA: spanOf(b.SLA), RateOver: b.Over.Seconds(), Burns: []burn{}, Spenders: []spender{}}
	out.Rate, out.RateWhy = b.Rate.Told()
	out.EndsInWhy = "nothing is spent now, or what is left is not known"
	if b.Ends {
		left := b.Left.Seconds()
		out.EndsIn, out.EndsInWhy = &left, ""
	}
	for _, r := range b.Burns {
		x := burn{Name: r.Name, Page: r.Page, Long: r.Long.Seconds(), Short: r.Short.Seconds(), Factor: r.Factor, Failures: r.Bad, Few: r.Few, Firing: r.Firing}
		x.AtLong, x.LongWhy = r.OverLong.Told()
		x.AtShort, x.ShortWhy = r.OverShort.Told()
		out.Burns = append(out.Burns, x)
	}
	for _, sp := range b.Spenders {
		out.Spenders = append(out.Spenders, spender{stamp(sp.Begin), stamp(sp.End), sp.Bad, sp.Share, sp.Version})
	}
	return out
}

func spanOf(s model.BudgetSpan) span {
	out := span{From: stamp(s.From), Period: s.Period.Seconds(), Requests: s.Valid, Failures: s.Bad}
	out.Coverage, out.CoverageWhy = s.Coverage.Told()
	out.Left, out.LeftWhy = s.Left.Told()
	return out
}

// objectiveNotes says of them what their types do not.
func objectiveNotes() map[string]jsonschema.Schema {
	verdicts := words(model.ObjectiveNoData, model.ObjectiveFew, model.ObjectivePass, model.ObjectiveFail)
	out := map[string]jsonschema.Schema{"objectives.verdict": {"enum": verdicts}, "objectives.severity": {"enum": words(model.Info, model.Warning, model.Critical)}}
	for key, text := range map[string]string{
		"value":        "In unit: ms, ratio (0 to 1) or per_s.",
		"over_s":       "What the value looks back on: the window, longer where that holds too few samples, shorter where tritop has not looked for so long.",
		"server":       "Whose value it is, of a source that cannot be added up over servers: the worst.",
		"since":        "Since when it fails.",
		"budget":       "Of an objective on a share of requests: slo is the last 30 days (or the period), sla the calendar month, UTC.",
		"budget.burns": "The conditions of burn-rate alerts (docs/objectives.md).",
		"violations":   "Oldest first; the last one may go on.",
	} {
		out["objectives."+key] = jsonschema.Schema{"description": text}
	}
	return out
}

// objectiveLines writes the objectives that fail, a line each, then what is not
// known, a line for each reason. Those that pass are counted.
func objectiveLines(b *strings.Builder, s *model.Snapshot) {
	if len(s.Objectives) == 0 {
		return
	}
	var n [4]int
	for i := range s.Objectives {
		n[s.Objectives[i].Verdict]++
	}
	wrapped(b, "\n", fmt.Sprintf("OBJECTIVES %d pass, %d fail, %d have too few samples, %d no data", n[model.ObjectivePass], n[model.ObjectiveFail], n[model.ObjectiveFew], n[model.ObjectiveNoData]), 0)
	failed := 0
	for i := range s.Objectives {
		o := &s.Objectives[i]
		if o.Verdict != model.ObjectiveFail {
			continue
		}
		if failed++; failed > mostObjectives {
			continue
		}
		text := fmt.Sprintf("%s: %s, for %s, %s", o.Model, plainSigns(o.Words()), Age(s.Now.Sub(o.Since)), o.Severity)
		if left := o.Budget.Spent(); left != "" {
			text += ", " + left
		}
		wrapped(b, "FAIL     ", text, 9)
	}
	if more := failed - mostObjectives; more > 0 {
		fmt.Fprintf(b, "         and %d more\n", more)
	}
	for _, v := range [...]model.ObjectiveVerdict{model.ObjectiveFew, model.ObjectiveNoData} {
		unknownLines(b, s, v)
	}
}

// mostObjectives is how many lines the objectives that fail take.
const mostObjectives = 20

// unknownLines writes of which objectives nothing can be said, by reason. A model of
// all whose objectives that holds is named alone.
func unknownLines(b *strings.Builder, s *model.Snapshot, v model.ObjectiveVerdict) {
	var reasons []string
	of, all := make(map[string][]string), make(map[string]int)
	add := func(states []model.ObjectiveState) {
		for i := range states {
			all[states[i].Model+states[i].Reason]++
		}
		for i := range states {
			o := &states[i]
			if o.Verdict != v {
				continue
			}
			what := o.Model + " " + o.Name
			if all[o.Model+o.Reason] == len(states) {
				what = o.Model
			}
			if !slices.Contains(reasons, o.Reason) {
				reasons = append(reasons, o.Reason)
			}
			if !slices.Contains(of[o.Reason], what) {
				of[o.Reason] = append(of[o.Reason], what)
			}
		}
	}
	for from := 0; from < len(s.Objectives); {
		to := from
		for to < len(s.Objectives) && s.Objectives[to].Model == s.Objectives[from].Model {
			to++
		}
		add(s.Objectives[from:to])
		from = to
	}
	for _, reason := range reasons {
		wrapped(b, fmt.Sprintf("%-8s ", v), reason+": "+list(of[reason]), 9)
	}
}

// plainSigns writes signs as every terminal has them.
func plainSigns(text string) string {
	return strings.NewReplacer("≤", "<=", "≥", ">=", "≠", "!=", "–", "-", " · ", "; ").Replace(text)
}

// spoken writes signs as they are read out.
func spoken(text string) string {
	return strings.NewReplacer("≤ ", "at most ", "≥ ", "at least ", "≠ ", "not ", "–", "unknown", " · ", ", ", " > ", " above ", " < ", " below ").Replace(text)
}

// missedSentence makes a sentence of the event of an objective; what happened else
// says so itself.
func missedSentence(e *model.Event, why string) (string, string) {
	if e.Kind != model.EventObjective {
		return e.To, why
	}
	if words, again := strings.CutSuffix(e.To, ": met again"); again {
		return "meets again " + spoken(words), ""
	}
	return "misses " + spoken(e.To), ""
}
