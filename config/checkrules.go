package config

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"tritop/collectors/checks"
	"tritop/collectors/probe"
	"tritop/health"
)

// What no single value of checks, models and business shows.

// checkKinds are the keys of each kind of custom check: those that it needs, then
// those that it may have.
var checkKinds = map[string][2][]string{
	"http":    {{"url"}, {"status", "expect", "headers"}},
	"grpc":    {{"address"}, {"service"}},
	"tcp":     {{"address"}, nil},
	"command": {{"command"}, nil},
	"promql":  {{"source", "query", "op", "target"}, nil},
}

// kindKeys are the keys that only some kinds have.
var kindKeys = []string{"url", "status", "expect", "headers", "address", "service", "command", "source", "query", "op", "target"}

// shortestCheck is the shortest interval of a check.
const shortestCheck = time.Second

func (w *walker) checkChecks(section *yaml.Node, servers, sources []string) {
	rules := health.DefaultChecks()
	for _, name := range checkNames {
		if own := get(section, name); own != nil {
			w.checkRule(own, "checks."+name, rules[name])
		}
	}
	seen := make(map[string]int)
	for i, c := range items(get(section, "custom")) {
		at := fmt.Sprintf("checks.custom[%d]", i)
		name := get(c, "name")
		w.unique(seen, name, at+": the check")
		if slices.Contains(checkNames, valueOr(name, "")) {
			w.wrong(name, "%s.name: %q is one of the seven built-in checks: choose another", at, name.Value)
		}
		w.checkTimes(c, at, customEvery, customTimeout)
		w.checkKind(c, at)
		w.known(get(c, "server"), at+".server", "server", servers)
		w.known(get(c, "source"), at+".source", "source of kind prometheus", sources)
		w.checkHeaders(get(c, "headers"), at)
	}
}

// known finds a name that is not there; nil names: which there are is not known.
func (w *walker) known(n *yaml.Node, at, what string, names []string) {
	if n != nil && names != nil && !slices.Contains(names, n.Value) {
		w.wrong(n, "%s: no %s is named %q%s", at, what, n.Value, Nearest(n.Value, names))
	}
}

// checkTimes finds a check that cannot end before it runs again.
func (w *walker) checkTimes(c *yaml.Node, at string, every, timeout time.Duration) {
	length := func(key string, usual time.Duration) time.Duration {
		if d, err := time.ParseDuration(valueOr(get(c, key), "")); err == nil {
			return d
		}
		return usual
	}
	often, n := length("every", every), cmp.Or(get(c, "every"), get(c, "timeout"))
	switch longest := length("timeout", min(timeout, often)); {
	case n == nil:
	case often < shortestCheck:
		w.wrong(n, "%s.every: want at least %s, found %q", at, shortestCheck, n.Value)
	case longest > often:
		w.wrong(n, "%s: its time-out of %s is longer than its interval of %s", at, longest, often)
	}
}

// checkRule finds limits of another unit, or in the wrong order.
func (w *walker) checkRule(own *yaml.Node, at string, rule health.CheckRule) {
	w.checkTimes(own, at, rule.Every, rule.Timeout)
	unit := "ratio"
	if rule.Healthy > 1 {
		unit = "ms"
	}
	limits := [2]float64{rule.Healthy, rule.Degraded}
	var given *yaml.Node
	for i, key := range [...]string{"healthy", "degraded"} {
		n := get(own, key)
		if n == nil {
			continue
		}
		given = n
		q, err := ParseQuantity(n.Value)
		switch {
		case err != nil:
			return // the schema has spoken
		case rule.Limits == (health.Limits{}):
			w.wrong(n, "%s.%s: this check has no limits", at, key)
			return
		case q.Unit != unit:
			w.wrong(n, "%s.%s: is measured in %s, found %q which is in %s", at, key, unit, n.Value, q.Unit)
			return
		}
		limits[i] = q.Value
	}
	if ascending := rule.Healthy < rule.Degraded; given != nil && limits[0] != limits[1] && ascending != (limits[0] < limits[1]) {
		w.wrong(given, "%s: healthy (%g) and degraded (%g) stand the wrong way round", at, limits[0], limits[1])
	}
}

// checkKind finds keys that a kind of custom check lacks, or has no use for.
func (w *walker) checkKind(c *yaml.Node, at string) {
	kind := valueOr(get(c, "kind"), "")
	keys, known := checkKinds[kind]
	if !known {
		return // the schema has spoken
	}
	for _, key := range kindKeys {
		n := get(c, key)
		switch needed := slices.Contains(keys[0], key); {
		case needed && n == nil:
			w.wrong(c, "%s: a check of kind %s needs the key %q", at, kind, key)
		case n != nil && !needed && !slices.Contains(keys[1], key):
			w.wrong(n, "%s.%s: a check of kind %s has no use for it", at, key, kind)
		}
	}
	w.checkURL(get(c, "url"), at)
	w.checkHostPort(get(c, "address"), at)
	w.checkWords(c, at)
}

// checkWords finds patterns and commands that cannot be used.
func (w *walker) checkWords(c *yaml.Node, at string) {
	if n := get(c, "expect"); n != nil {
		if _, err := regexp.Compile(n.Value); err != nil {
			w.wrong(n, "%s.expect: not a regular expression: %s", at, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
	}
	if n := get(c, "command"); n != nil && n.Kind == yaml.SequenceNode && (len(n.Content) == 0 || strings.TrimSpace(n.Content[0].Value) == "") {
		w.wrong(n, "%s.command: want a program and its arguments, each an item of the list: no shell reads them", at)
	}
}

// checkURL finds an address that cannot be asked by HTTP.
func (w *walker) checkURL(n *yaml.Node, at string) {
	if n == nil || n.Value == "" {
		return // the schema has spoken
	}
	if u, err := url.Parse(n.Value); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		w.wrong(n, "%s.url: want http://host:port/path or https://…, found %q", at, password.ReplaceAllString(n.Value, "$1:***@"))
	}
}

// checkHostPort finds what nobody can connect to.
func (w *walker) checkHostPort(n *yaml.Node, at string) {
	if n == nil || n.Value == "" {
		return
	}
	host, port, err := net.SplitHostPort(n.Value)
	if p, portErr := strconv.Atoi(port); err != nil || host == "" || portErr != nil || p < 1 || p > 65535 {
		w.wrong(n, "%s.address: want host:port, found %q", at, n.Value)
	}
}

// checkModels finds limits in the wrong order, and reads the golden sets.
func (w *walker) checkModels(list *yaml.Node) (sets []probe.Golden) {
	usual := health.DefaultChecks()[health.CheckInference].Limits
	for i, m := range items(list) {
		at := fmt.Sprintf("models[%d]", i)
		limit := func(key string, usual float64) float64 {
			if d, err := time.ParseDuration(valueOr(get(get(m, "limits"), key), "")); err == nil {
				return ms(d)
			}
			return usual
		}
		if h, d := limit("healthy", usual.Healthy), limit("degraded", usual.Degraded); h > d {
			w.wrong(get(m, "limits"), "%s.limits: healthy (%g ms) is above degraded (%g ms)", at, h, d)
		}
		file := get(m, "golden_set")
		if name := valueOr(get(m, "name"), ""); file != nil && file.Value != "" && name != "" {
			if set := w.golden(file, at, name); set != nil {
				sets = append(sets, *set)
			}
		}
	}
	return sets
}

// checkBusiness finds figures without a source and formulas that cannot be worked out.
func (w *walker) checkBusiness(list *yaml.Node, sources []string) {
	var figures []string
	for _, f := range items(list) {
		if get(f, "formula") == nil {
			figures = append(figures, valueOr(get(f, "name"), ""))
		}
	}
	for i, f := range items(list) {
		at := fmt.Sprintf("business[%d]", i)
		w.checkHeaders(get(f, "headers"), at)
		if formula := get(f, "formula"); formula != nil {
			w.checkFormula(f, formula, at, figures)
			continue
		}
		w.checkFigure(f, at, sources)
	}
}

func (w *walker) checkFigure(f *yaml.Node, at string, sources []string) {
	keys := 0
	for i, key := range [...]string{"source", "query", "url", "metric"} {
		if get(f, key) != nil {
			keys |= 1 << i
		}
	}
	if name := get(f, "name"); name != nil && !health.IsFormulaName(name.Value) {
		w.wrong(name, "%s.name: %q cannot stand in a formula: want letters, digits and _, no digit first, and not min, max or mean", at, name.Value)
	}
	if keys != 0b0011 && keys != 0b1100 { // source and query; url and metric
		w.wrong(f, "%s: want a source and a query, or a url and a metric, or a formula over others", at)
		return
	}
	w.known(get(f, "source"), at+".source", "source of kind prometheus", sources)
	w.checkURL(get(f, "url"), at)
	if n := get(f, "metric"); n != nil {
		if _, err := checks.ParseSelector(n.Value); err != nil {
			w.wrong(n, "%s.metric: %v", at, err)
		}
	}
}

// checkFormula says where in the file a formula is wrong.
func (w *walker) checkFormula(f, formula *yaml.Node, at string, figures []string) {
	for _, key := range [...]string{"source", "query", "url", "metric"} {
		if n := get(f, key); n != nil {
			w.wrong(n, "%s.%s: a formula is worked out of other figures: leave it out", at, key)
		}
	}
	parsed, err := health.ParseFormula(formula.Value)
	if err != nil {
		place := *formula
		if e, ok := err.(*health.FormulaError); ok && formula.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 { //nolint:errorlint // it is never wrapped
			place.Column += e.Column - 1
			if formula.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
				place.Column++
			}
		}
		w.wrong(&place, "%s.formula: %v", at, err)
		return
	}
	for _, n := range parsed.Names() {
		w.known(&yaml.Node{Line: formula.Line, Column: formula.Column, Value: n}, at+".formula", "figure", append([]string{}, figures...))
	}
}
