package cli

import (
	"regexp"

	"tritop/collectors"
	"tritop/collectors/checks"
	"tritop/collectors/probe"
	"tritop/collectors/prometheus"
	"tritop/config"
	"tritop/engine"
	"tritop/health"
	"tritop/model"
	"tritop/sim"
)

// checking is how the fleet's health is checked.
type checking struct {
	judged  engine.Checks
	quality collectors.Quality
	runs    []checks.Check
}

// checking makes the checks of a configuration.
func (a *app) checking(c config.Checks) (checking, error) {
	out := checking{judged: engine.Checks{Rules: c.Rules, Models: make(map[string]engine.ModelChecks), Runs: make(map[string]bool)}}
	for name, m := range c.Models {
		out.judged.Models[name] = engine.ModelChecks{Inference: m.Inference, InAdvance: m.InAdvance}
	}
	out.grade(c.Golden)
	sources := make(map[string]*prometheus.Client)
	for _, s := range c.Queried {
		headers, err := a.secrets(s.Headers, "source "+s.Name)
		if err != nil {
			return checking{}, err
		}
		if sources[s.Name], err = prometheus.New(prometheus.Source{Name: s.Name, URL: s.URL, Headers: headers}); err != nil {
			return checking{}, &failure{exitConfig, "use the sources", err, ""}
		}
	}
	for i := range c.Custom {
		own, err := a.custom(&c.Custom[i], sources)
		if err != nil {
			return checking{}, err
		}
		out.runs = append(out.runs, own)
	}
	return out, a.score(&out, c, sources)
}

// grade takes up golden sets, unless their check is off.
func (c *checking) grade(sets []probe.Golden) {
	rule := c.judged.Rules[health.CheckQuality]
	if rule.Off || len(sets) == 0 {
		return
	}
	c.judged.Runs[health.CheckQuality] = true
	c.quality = collectors.Quality{Sets: sets, Every: rule.Every, Timeout: rule.Timeout, Critical: rule.Critical, Limits: rule.Limits}
}

// score takes up the formulas of a business, unless their check is off.
func (a *app) score(out *checking, c config.Checks, sources map[string]*prometheus.Client) error {
	rule := out.judged.Rules[health.CheckBusiness]
	if rule.Off {
		return nil
	}
	var figures []checks.Figure
	for _, f := range c.Figures {
		headers, err := a.secrets(f.Headers, "figure "+f.Name)
		if err != nil {
			return err
		}
		selector, err := checks.ParseSelector(f.Metric)
		if err != nil && f.Metric != "" {
			return &failure{exitConfig, "read the figure " + f.Name, err, ""}
		}
		figures = append(figures, checks.Figure{Name: f.Name, Client: sources[f.Source], Query: f.Query, URL: f.URL, Headers: headers, Metric: selector})
	}
	for _, s := range c.Scores {
		out.business(rule, s, figures)
	}
	return nil
}

func (c *checking) business(rule health.CheckRule, s config.Score, figures []checks.Figure) {
	c.judged.Runs[health.CheckBusiness] = true
	c.runs = append(c.runs, checks.Check{Check: model.Check{Name: health.CheckBusiness, Layer: rule.Layer, Target: s.Name, Critical: rule.Critical},
		Every: rule.Every, Timeout: rule.Timeout, Run: checks.Business{Formula: s.Formula, Figures: figures, Limits: rule.Limits}.Run})
}

// custom makes one check of the configuration.
func (a *app) custom(c *config.CustomCheck, sources map[string]*prometheus.Client) (checks.Check, error) {
	out := checks.Check{Check: model.Check{Name: c.Name, Layer: c.Layer, Target: c.Label(), Server: c.Server, Critical: c.Critical}, Every: c.Every, Timeout: c.Timeout}
	switch c.Kind {
	case "http":
		headers, err := a.secrets(c.Headers, "check "+c.Name)
		if err != nil {
			return out, err
		}
		h := checks.HTTP{URL: c.URL, Headers: headers, Status: c.Status}
		if c.Expect != "" {
			if h.Body, err = regexp.Compile(c.Expect); err != nil {
				return out, &failure{exitConfig, "read the check " + c.Name, err, ""}
			}
		}
		out.Run = h.Run
	case "grpc":
		out.Run = checks.GRPC{Address: c.Address, Service: c.Service}.Run
	case "tcp":
		out.Run = checks.TCP{Address: c.Address}.Run
	case "command":
		out.Run = checks.Command{Argv: c.Command}.Run
	default:
		out.Run = checks.PromQL{Client: sources[c.Source], Query: c.Query, Op: c.Op, Target: c.Target}.Run
	}
	return out, nil
}

// secrets reads headers; of names what they are of.
func (a *app) secrets(headers map[string]config.Secret, of string) (map[string]string, error) {
	out := make(map[string]string, len(headers))
	for k, secret := range headers {
		v, err := secret.Value(a.io.Getenv)
		if err != nil {
			return nil, &failure{exitConfig, "read the header " + k + " of " + of, config.Cause(err), ""}
		}
		out[k] = v
	}
	return out, nil
}

// demoChecking checks a simulated fleet: a golden set of one model, and the fraud
// figures of the material out of a text that the simulation publishes.
func demoChecking(served *sim.Served) checking {
	c := checking{judged: engine.Checks{Rules: health.DefaultChecks(), Runs: make(map[string]bool)}}
	for _, p := range sim.Probes() {
		if p.Model == sim.GoldenModel {
			c.grade([]probe.Golden{{Model: p.Model, Cases: []probe.Spec{demoProbe(p)}}})
		}
	}
	var figures []checks.Figure
	for name, metric := range sim.BusinessFigures() {
		if selector, err := checks.ParseSelector(metric); err == nil { // the simulation names its own
			figures = append(figures, checks.Figure{Name: name, URL: served.BusinessURL(), Metric: selector})
		}
	}
	if formula, err := health.ParseFormula(sim.BusinessFormula); err == nil { // as above
		c.business(c.judged.Rules[health.CheckBusiness], config.Score{Name: "fraud", Formula: formula}, figures)
	}
	return c
}
