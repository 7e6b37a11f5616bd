// Package report says what became of a fleet in a stretch of time: service levels,
// violations, health, alerts, events. It is made of what a state directory kept, or
// of a session that has just been watched, and written as JSON, Markdown, or one
// page of HTML that needs nothing else.
//
// It judges nothing. What nobody observed is told as such, and is never taken for
// good; what no record speaks of is "none recorded".
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"tritop/jsonschema"
	"tritop/model"
)

// Schema names the document.
const Schema = "tritop/report/v1"

// Facts are what a report is made of.
type Facts struct {
	Fleet    string
	Origin   string // where they come from, in words
	From, To time.Time
	Notes    []string        // what is to be said of the facts themselves
	Events   []model.Event   // oldest first; those before From say what was so at its beginning
	Gaps     []Span          // in which nobody observed, oldest first
	Requests []Requests      // by model; nil: none are kept
	Snapshot *model.Snapshot // the end; nil: only what was kept is known
}

// Span is a stretch of time.
type Span struct{ From, To time.Time }

// Requests are users' requests of one model (or of what a budget is kept for).
type Requests struct {
	Name    string
	Buckets []Bucket // oldest first
}

// Bucket is what became of them in a step of time.
type Bucket struct {
	Start       time.Time
	Step        time.Duration
	Good, Total uint64
	Seconds     uint64 // of the step that were observed
}

// Document is tritop/report/v1.
type Document struct {
	Schema string `json:"schema"`
	At     string `json:"at"` // the end of the span
	From   string `json:"from"`
	Fleet  string `json:"fleet"`
	Origin string `json:"origin"`
	end
	Notes      []string  `json:"notes"`
	Verdicts   []share   `json:"verdicts"`
	Objectives []level   `json:"objectives"`
	Requests   []served  `json:"requests"`
	Violations []trouble `json:"violations"`
	Health     []trouble `json:"health"`
	happened
	acts
	Charts []Chart `json:"charts"`
}

// end is how the fleet is at the end.
type end struct {
	Verdict string `json:"verdict"`
	Reason  string `json:"reason"`
}

// share is how long the fleet had a verdict.
type share struct {
	Verdict string  `json:"verdict"`
	Seconds float64 `json:"seconds"`
	Ratio   float64 `json:"ratio"`
}

// level is one objective at the end.
type level struct {
	Objective string   `json:"objective"`
	Model     string   `json:"model"`
	Severity  string   `json:"severity"`
	Verdict   string   `json:"verdict"`
	Value     *float64 `json:"value"`
	ValueWhy  string   `json:"value_reason,omitempty"`
	Op        string   `json:"op"`
	Target    float64  `json:"target"`
	Unit      string   `json:"unit"`
	basis
}

// basis is what a level stands on.
type basis struct {
	Window    float64  `json:"window_s"`
	Source    string   `json:"source"`
	N         uint64   `json:"n"`
	Budget    *float64 `json:"budget_left_ratio"`
	BudgetWhy string   `json:"budget_left_ratio_reason,omitempty"`
}

// served are users' requests of a model in the span.
type served struct {
	Name     string   `json:"name"`
	Requests uint64   `json:"requests"`
	Failures uint64   `json:"failures"`
	Success  *float64 `json:"success_ratio"`
	Why      string   `json:"success_ratio_reason,omitempty"`
	Observed float64  `json:"observed_s"`
}

// trouble is a time in which something was not well.
type trouble struct {
	Object  string   `json:"object"`
	Words   string   `json:"words"`
	Detail  string   `json:"detail,omitempty"`
	Verdict string   `json:"verdict"`
	From    string   `json:"from"`
	To      *string  `json:"to"`
	ToWhy   string   `json:"to_reason,omitempty"`
	Lasted  *float64 `json:"lasted_s"`
	LastWhy string   `json:"lasted_s_reason,omitempty"`
}

// happened are the alerts, and all events, those of alerts among them.
type happened struct {
	Alerts     []event `json:"alerts"`
	Events     []event `json:"events"`
	EventsLeft int     `json:"events_left,omitempty"` // older ones that are not listed
}

type event struct {
	At     string `json:"at"`
	Kind   string `json:"kind"`
	Object string `json:"object"`
	Words  string `json:"words"`
	Detail string `json:"detail,omitempty"`
}

// acts are what tritop did. Nothing of it exists yet.
type acts struct {
	Failovers []any `json:"failovers"`
	Rollouts  []any `json:"rollouts"`
	Scaling   []any `json:"scaling"`
}

// eventLimit is how many events are listed.
const eventLimit = 1000

// Of makes the document.
func Of(f Facts) Document {
	d := Document{Schema: Schema, At: stamp(f.To), From: stamp(f.From), Fleet: f.Fleet, Origin: f.Origin, Notes: append([]string{}, f.Notes...), Objectives: []level{},
		Requests: []served{}, Charts: []Chart{}, acts: acts{[]any{}, []any{}, []any{}}}
	d.Verdicts, d.end = verdicts(&f)
	d.Violations, d.Health = troubles(&f)
	d.happened = eventsOf(&f)
	for _, r := range f.Requests {
		d.Requests = append(d.Requests, servedOf(r))
	}
	if s := f.Snapshot; s != nil {
		d.end = end{s.Verdict.String(), s.Why}
		for i := range s.Objectives {
			d.Objectives = append(d.Objectives, levelOf(&s.Objectives[i]))
		}
	}
	d.Charts = charts(&f)
	return d
}

func levelOf(o *model.ObjectiveState) level {
	l := level{Objective: o.Name, Model: o.Model, Severity: o.Severity.String(), Verdict: o.Verdict.String(), Op: o.Op.String(), Target: o.Target, Unit: o.Metric.Unit(),
		basis: basis{Window: max(o.Over, o.Window).Seconds(), Source: o.Source, N: o.N, BudgetWhy: "the objective has no budget"}}
	l.Value, l.ValueWhy = o.Value.Told()
	if o.Budget != nil {
		l.Budget, l.BudgetWhy = o.Budget.SLO.Left.Told()
	}
	return l
}

func servedOf(r Requests) served {
	s := served{Name: r.Name}
	for _, b := range r.Buckets {
		s.Requests, s.Failures, s.Observed = s.Requests+b.Total, s.Failures+b.Total-b.Good, s.Observed+float64(b.Seconds)
	}
	if s.Requests == 0 {
		s.Why = model.NoDemand.String()
		return s
	}
	ratio := 1 - float64(s.Failures)/float64(s.Requests)
	s.Success = &ratio
	return s
}

func eventsOf(f *Facts) happened {
	h := happened{Alerts: []event{}, Events: []event{}}
	for i := range f.Events {
		e := &f.Events[i]
		if e.At.Before(f.From) || e.At.After(f.To) {
			continue
		}
		one := event{stamp(e.At), e.Kind.String(), e.Object(), e.Words(), e.Detail}
		if h.Events = append(h.Events, one); e.Kind == model.EventAlert {
			h.Alerts = append(h.Alerts, one)
		}
	}
	if n := len(h.Events); n > eventLimit {
		h.Events, h.EventsLeft = slices.Clone(h.Events[n-eventLimit:]), n-eventLimit
	}
	return h
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// JSON writes the document for people and scripts.
func (d *Document) JSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		return fmt.Errorf("write the report as JSON: %w", err)
	}
	return nil
}

// JSONSchema is the JSON Schema of tritop/report/v1.
func JSONSchema() (jsonschema.Schema, error) {
	s := jsonschema.Of(Document{})
	verdicts := jsonschema.Schema{"enum": []string{model.Unknown.String(), model.Healthy.String(), model.Degraded.String(), model.Unhealthy.String()}}
	for path, more := range map[string]jsonschema.Schema{
		"schema": {"const": Schema}, "at": {"format": "date-time"}, "from": {"format": "date-time"}, "verdict": verdicts, "verdicts.verdict": verdicts,
		"verdicts":   {"description": "How long the fleet had which verdict; UNKNOWN is also time in which nobody observed."},
		"requests":   {"description": "Users' requests, own probes taken out, in whole steps of what was kept."},
		"violations": {"description": "Times in which an objective was not met. Without an end they may go on."},
		"health":     {"description": "Times in which a server, a model version, a GPU or a health check was not well."},
		"failovers":  {"description": "None recorded: tritop does not act yet."},
	} {
		if err := s.Note(path, more); err != nil {
			return nil, fmt.Errorf("describe %s: %w", Schema, err)
		}
	}
	return s.Document(Schema, "What became of a fleet in a stretch of time. What is not known is null, with the reason beside it."), nil
}
