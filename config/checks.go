package config

import (
	"cmp"
	"net/url"
	"path/filepath"
	"time"

	"tritop/collectors/probe"
	"tritop/health"
	"tritop/model"
)

// Checks are what the file says of health checks.
type Checks struct {
	Rules   map[string]health.CheckRule // of the seven
	Models  map[string]ModelChecks
	Golden  []probe.Golden
	Custom  []CustomCheck
	Figures []Figure
	Scores  []Score
	Queried []Source // of kind prometheus
}

// ModelChecks are what a model's checks have of their own.
type ModelChecks struct {
	Inference health.Limits // in ms; zero: those of the rule
	InAdvance bool          // it allocates the memory of its GPU in advance
}

// CustomCheck is a check of the configuration. Which of the fields are set depends
// on the kind.
type CustomCheck struct {
	Name, Kind     string
	Layer          model.Layer
	Critical       bool
	Server         string // to look at; empty: none
	Every, Timeout time.Duration
	URL            string // http
	Headers        map[string]Secret
	Status         int
	Expect         string
	Ask
}

// Ask is what the kinds but http ask.
type Ask struct {
	Address, Service string   // grpc, tcp
	Command          []string // command
	Source, Query    string   // promql
	Op               string
	Target           float64
}

// Label says what a check is of.
func (c *CustomCheck) Label() string {
	text := cmp.Or(c.Address, c.Source)
	switch c.Kind {
	case "http":
		if u, err := url.Parse(c.URL); err == nil {
			text = u.Redacted()
		}
	case "command":
		text = filepath.Base(c.Command[0])
	}
	return model.CleanName(text)
}

// Figure is a named figure of a business: a query of a source, or a metric of a text.
type Figure struct {
	Name, Source, Query, URL, Metric string
	Headers                          map[string]Secret
}

// Score is a formula over figures.
type Score struct {
	Name    string
	Formula health.Formula
}

// What custom checks have where they do not say.
const customEvery, customTimeout = 30 * time.Second, 5 * time.Second

type rawChecks struct {
	Custom []rawCustom         `yaml:"custom"`
	Seven  map[string]rawCheck `yaml:",inline"`
}

type rawCheck struct {
	Enabled  *bool         `yaml:"enabled"`
	Every    time.Duration `yaml:"every"`
	Timeout  time.Duration `yaml:"timeout"`
	Critical *bool         `yaml:"critical"`
	Healthy  string        `yaml:"healthy"`
	Degraded string        `yaml:"degraded"`
}

type rawCustom struct {
	Name     string            `yaml:"name"`
	Kind     string            `yaml:"kind"`
	Layer    string            `yaml:"layer"`
	Critical bool              `yaml:"critical"`
	Server   string            `yaml:"server"`
	Every    time.Duration     `yaml:"every"`
	Timeout  time.Duration     `yaml:"timeout"`
	URL      string            `yaml:"url"`
	Headers  map[string]Secret `yaml:"headers"`
	Status   int               `yaml:"status"`
	Expect   string            `yaml:"expect"`
	rawAsk   `yaml:",inline"`
}

type rawAsk struct {
	Address string   `yaml:"address"`
	Service string   `yaml:"service"`
	Command []string `yaml:"command"`
	Source  string   `yaml:"source"`
	Query   string   `yaml:"query"`
	Op      string   `yaml:"op"`
	Target  float64  `yaml:"target"`
}

type rawModel struct {
	Name      string `yaml:"name"`
	Runbook   string `yaml:"runbook"`
	GoldenSet string `yaml:"golden_set"`
	InAdvance bool   `yaml:"allocates_in_advance"`
	Limits    struct {
		Healthy  time.Duration `yaml:"healthy"`
		Degraded time.Duration `yaml:"degraded"`
	} `yaml:"limits"`
}

type rawFigure struct {
	Name    string            `yaml:"name"`
	Source  string            `yaml:"source"`
	Query   string            `yaml:"query"`
	URL     string            `yaml:"url"`
	Metric  string            `yaml:"metric"`
	Formula string            `yaml:"formula"`
	Headers map[string]Secret `yaml:"headers"`
}

// checks turns what was read into what is used; golden are the sets by model.
func (r *raw) checks(golden []probe.Golden) Checks {
	c := Checks{Rules: health.DefaultChecks(), Models: make(map[string]ModelChecks), Golden: golden}
	for name, own := range r.Checks.Seven {
		c.Rules[name] = own.rule(c.Rules[name])
	}
	for i := range r.Checks.Custom {
		c.Custom = append(c.Custom, r.Checks.Custom[i].check())
	}
	inference := c.Rules[health.CheckInference].Limits
	for _, m := range r.Models {
		own := ModelChecks{InAdvance: m.InAdvance}
		if m.Limits.Healthy+m.Limits.Degraded > 0 {
			own.Inference = health.Limits{Healthy: cmp.Or(ms(m.Limits.Healthy), inference.Healthy), Degraded: cmp.Or(ms(m.Limits.Degraded), inference.Degraded)}
		}
		c.Models[model.CleanName(m.Name)] = own
	}
	for _, f := range r.Business {
		if f.Formula == "" {
			c.Figures = append(c.Figures, Figure{f.Name, f.Source, f.Query, f.URL, f.Metric, f.Headers})
			continue
		}
		if formula, err := health.ParseFormula(f.Formula); err == nil { // the walker has spoken
			c.Scores = append(c.Scores, Score{model.CleanName(f.Name), formula})
		}
	}
	for _, s := range r.Sources {
		if s.Kind == kindPrometheus {
			c.Queried = append(c.Queried, Source{Name: sourceName(s.Name, s.URL), URL: s.URL, Headers: s.Headers})
		}
	}
	return c
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }

// rule puts what the file says of one of the seven over its default.
func (own rawCheck) rule(r health.CheckRule) health.CheckRule {
	r.Off = own.Enabled != nil && !*own.Enabled
	r.Every = cmp.Or(own.Every, r.Every)
	r.Timeout = cmp.Or(own.Timeout, min(r.Timeout, r.Every))
	if own.Critical != nil {
		r.Critical = *own.Critical
	}
	if q, err := ParseQuantity(own.Healthy); err == nil && own.Healthy != "" {
		r.Healthy = q.Value
	}
	if q, err := ParseQuantity(own.Degraded); err == nil && own.Degraded != "" {
		r.Degraded = q.Value
	}
	return r
}

func (c *rawCustom) check() CustomCheck {
	out := CustomCheck{Name: model.CleanName(c.Name), Kind: c.Kind, Layer: model.Application, Critical: c.Critical, Server: model.CleanName(c.Server),
		Every: cmp.Or(c.Every, customEvery), URL: c.URL, Headers: c.Headers, Status: c.Status, Expect: c.Expect, Ask: Ask(c.rawAsk)}
	out.Timeout = cmp.Or(c.Timeout, min(customTimeout, out.Every))
	for _, l := range model.Layers() {
		if l.String() == c.Layer {
			out.Layer = l
		}
	}
	return out
}
