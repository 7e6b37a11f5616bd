package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"tritop/model"
)

// objectives is their shape.
func objectives() *field {
	return listOf(obj(map[string]*field{
		"name": must(plain(name)), "model": plain(name), "group": listOf(plain(name)), "service": plain(name), "metric": must(word(model.Metrics()...)),
		"op": must(word(model.Operators()...)), "target": must(plain(target)), "window": plain(duration),
		"severity": word("critical", "warning", "info"), "even_when_idle": plain(boolean), "period": plain(duration), "runbook": plain(text),
	}))
}

// rawObjective mirrors one of them.
type rawObjective struct {
	Name     string        `yaml:"name"`
	Model    string        `yaml:"model"`
	Group    []string      `yaml:"group"`
	Service  string        `yaml:"service"`
	Metric   string        `yaml:"metric"`
	Op       string        `yaml:"op"`
	Target   string        `yaml:"target"`
	Window   time.Duration `yaml:"window"`
	Period   time.Duration `yaml:"period"`
	Severity string        `yaml:"severity"`
	Idle     bool          `yaml:"even_when_idle"`
	Runbook  string        `yaml:"runbook"`
}

// What an objective may look back on: figures come every second, percentiles are
// kept for an hour, counts for 13 months.
const (
	shortestWindow     = time.Second
	longestPercentiles = time.Hour
	longestCounts      = 400 * 24 * time.Hour
)

// objectives gives one for each model or pattern that it names. Those of a service
// come with the services.
func (o rawObjective) objectives() (out []model.Objective) {
	if o.Service != "" {
		return nil
	}
	metric, severity := model.ParseMetric(o.Metric), model.Warning
	if o.Severity != "" {
		severity, _ = model.ParseSeverity(o.Severity) // the schema has checked it, as it did the rest
	}
	op, _ := model.ParseOperator(o.Op)
	q, _ := ParseQuantity(o.Target)
	if o.Window == 0 {
		o.Window = usualWindow(metric)
	}
	for _, name := range o.models() {
		out = append(out, model.Objective{Name: model.CleanName(o.Name), Model: model.CleanName(name), Metric: metric, Op: op, Target: q.Value, Window: o.Window,
			Severity: severity, EvenWhenIdle: o.Idle, Period: o.Period, Runbook: model.CleanText(o.Runbook)})
	}
	return out
}

// models are what the objective is about: names and patterns.
func (o rawObjective) models() []string {
	switch {
	case len(o.Group) > 0:
		return o.Group
	case o.Model != "":
		return []string{o.Model}
	}
	return []string{model.EveryModel}
}

// usualWindow is that of the objectives that are built in.
func usualWindow(m model.Metric) time.Duration {
	if m == model.MetricAvailability || m == model.MetricErrorRate {
		return 300 * time.Second
	}
	return 60 * time.Second
}

// objectivesLater says which are not used yet; "" where all are.
func objectivesLater(list *yaml.Node) string {
	if slices.ContainsFunc(items(list), func(o *yaml.Node) bool { return get(o, "service") != nil }) {
		return "objectives of services"
	}
	return ""
}

func (w *walker) checkObjectives(list *yaml.Node) {
	seen := make(map[string]int)
	for i, n := range items(list) {
		at := fmt.Sprintf("objectives[%d]", i)
		w.checkTarget(n, at)
		if w.hasProblem(n) {
			continue // the schema has spoken already
		}
		var o rawObjective
		if err := n.Decode(&o); err != nil {
			_, words := saidBy(err)
			w.wrong(n, "%s: %s", at, words)
			continue
		}
		w.checkObjective(n, o, at)
		for _, name := range o.models() {
			key := o.Name + " of " + name + o.Service
			if line, twice := seen[key]; twice {
				w.wrong(n, "%s: the objective %s stands twice, first in line %d", at, key, line)
			}
			seen[key] = n.Line
		}
	}
}

// checkTarget finds a target in a unit that the metric is not measured in.
func (w *walker) checkTarget(o *yaml.Node, at string) {
	metric, figure := get(o, "metric"), get(o, "target")
	if metric == nil || figure == nil {
		return
	}
	m := model.ParseMetric(metric.Value)
	if q, err := ParseQuantity(figure.Value); err == nil && m != model.MetricNone && m.Unit() != q.Unit {
		w.wrong(figure, "%s.target: %s is measured in %s, found %q which is in %s", at, metric.Value, m.Unit(), figure.Value, q.Unit)
	}
}

// checkObjective finds what cannot be judged.
func (w *walker) checkObjective(n *yaml.Node, o rawObjective, at string) {
	m := model.ParseMetric(o.Metric)
	longest, kept := longestCounts, "counts are kept for "+days(longestCounts)
	if m.Permille() > 0 {
		longest, kept = longestPercentiles, "percentiles are kept for an hour"
	}
	share := m.Unit() == "ratio"
	switch window := get(n, "window"); {
	case window == nil:
	case o.Window < shortestWindow:
		w.wrong(window, "%s.window: want at least %s, found %q: figures come once a second", at, shortestWindow, window.Value)
	case o.Window > longest:
		w.wrong(window, "%s.window: want at most %s, found %q: %s", at, days(longest), window.Value, kept)
	}
	switch period := get(n, "period"); {
	case period == nil:
	case !share:
		w.wrong(period, "%s.period: %s has no error budget: leave it out", at, o.Metric)
	case o.Period < 24*time.Hour || o.Period > longestCounts:
		w.wrong(period, "%s.period: want 24h to %s, found %q", at, days(longestCounts), period.Value)
	}
	if idle := get(n, "even_when_idle"); o.Idle && m != model.MetricThroughput {
		w.wrong(idle, "%s.even_when_idle: only throughput can be judged without requests", at)
	}
	if given := named(n); len(given) > 1 {
		w.wrong(n, "%s: want one of model, group and service, found %s", at, strings.Join(given, " and "))
	}
	if group := get(n, "group"); group != nil && len(o.Group) == 0 {
		w.wrong(group, "%s.group: want names of models or patterns such as bert-*, found none", at)
	}
}

// named are the keys that say what an objective is about.
func named(o *yaml.Node) (out []string) {
	for _, key := range []string{"model", "group", "service"} {
		if get(o, key) != nil {
			out = append(out, key)
		}
	}
	return out
}

// days writes a duration in days where it is longer than two.
func days(d time.Duration) string {
	if d > 48*time.Hour {
		return strconv.Itoa(int(d/(24*time.Hour))) + " days (" + strconv.Itoa(int(d/time.Hour)) + "h)"
	}
	return d.String()
}

// shownObjective is an objective as it is printed.
type shownObjective struct {
	Name     string  `yaml:"name" json:"name"`
	Model    string  `yaml:"model" json:"model"`
	Metric   string  `yaml:"metric" json:"metric"`
	Op       string  `yaml:"op" json:"op"`
	Target   string  `yaml:"target" json:"-"`
	Figure   float64 `yaml:"-" json:"target"`
	Unit     string  `yaml:"-" json:"unit"`
	Window   string  `yaml:"window" json:"-"`
	WindowS  float64 `yaml:"-" json:"window_s"`
	Severity string  `yaml:"severity" json:"severity"`
	Idle     bool    `yaml:"even_when_idle,omitempty" json:"even_when_idle,omitempty"`
	Period   string  `yaml:"period,omitempty" json:"-"`
	PeriodS  float64 `yaml:"-" json:"period_s,omitempty"`
	Runbook  string  `yaml:"runbook,omitempty" json:"runbook,omitempty"`
}

func showObjective(o model.Objective) shownObjective {
	s := shownObjective{Name: o.Name, Model: o.Model, Metric: o.Metric.String(), Op: o.Op.String(), Figure: o.Target, Unit: o.Metric.Unit(), WindowS: o.Window.Seconds(),
		Window: o.Window.String(), Severity: o.Severity.String(), Idle: o.EvenWhenIdle, PeriodS: o.Period.Seconds(), Runbook: o.Runbook}
	s.Target = strings.ReplaceAll(o.Metric.Format(o.Target, 12), " ", "")
	if o.Period > 0 {
		s.Period = o.Period.String()
	}
	return s
}
