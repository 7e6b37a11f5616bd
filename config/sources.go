package config

import (
	"fmt"
	"net/url"
	"time"

	"go.yaml.in/yaml/v3"

	"tritop/model"
)

// The kinds of sources: metrics-url is used, prometheus comes later.
const (
	kindMetricsURL = "metrics-url"
	kindPrometheus = "prometheus"
)

// Source is a text of metrics that is read beside Triton's: a DCGM exporter's.
type Source struct {
	Name    string // the URL's host where the file names none
	URL     string
	Every   time.Duration
	Headers map[string]Secret
}

// sourceEvery is how often a source is read where the file does not say, and
// shortestSource the shortest that it may say: an exporter measures each second at best.
const sourceEvery, shortestSource = 5 * time.Second, time.Second

type rawSource struct {
	Name    string            `yaml:"name"`
	Kind    string            `yaml:"kind"`
	URL     string            `yaml:"url"`
	Every   time.Duration     `yaml:"every"`
	Headers map[string]Secret `yaml:"headers"`
}

func sourcesOf(raw []rawSource) (out []Source) {
	for _, r := range raw {
		if r.Kind != kindMetricsURL {
			continue
		}
		s := Source{Name: sourceName(r.Name, r.URL), URL: r.URL, Every: r.Every, Headers: r.Headers}
		if s.Every == 0 {
			s.Every = sourceEvery
		}
		out = append(out, s)
	}
	return out
}

// sourceName is what a source is called: its name, else the host of its URL.
func sourceName(name, address string) string {
	if name == "" {
		if u, err := url.Parse(address); err == nil {
			name = u.Host
		}
	}
	return model.CleanName(name)
}

// prometheusNames are the names of the sources that can be queried; not nil.
func prometheusNames(list *yaml.Node) []string {
	out := []string{}
	for _, s := range items(list) {
		if valueOr(get(s, "kind"), "") == kindPrometheus {
			out = append(out, sourceName(valueOr(get(s, "name"), ""), valueOr(get(s, "url"), "")))
		}
	}
	return out
}

// sourcesLater says what of the section is not used yet; "" where all is.
func sourcesLater(list *yaml.Node) string {
	for _, s := range items(list) {
		if valueOr(get(s, "kind"), "") == kindPrometheus && get(s, "queries") != nil {
			return "queries of sources of kind " + kindPrometheus
		}
	}
	return ""
}

func (w *walker) checkSources(list *yaml.Node) {
	seen := make(map[string]int)
	for i, s := range items(list) {
		at := fmt.Sprintf("sources[%d]", i)
		w.checkHeaders(get(s, "headers"), at)
		address := get(s, "url")
		if address == nil || address.Value == "" {
			continue // the schema has spoken
		}
		if u, err := url.Parse(address.Value); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
			w.wrong(address, "%s.url: want http://host:port/path or https://…, found %q", at, password.ReplaceAllString(address.Value, "$1:***@"))
			continue
		}
		if valueOr(get(s, "kind"), "") != kindMetricsURL {
			continue
		}
		given := valueOr(get(s, "name"), "")
		name := sourceName(given, address.Value)
		if line, twice := seen[name]; twice && given == "" {
			w.wrong(address, "%s: a second source of %s, first in line %d: give it a name", at, name, line)
		}
		seen[name] = s.Line
		w.checkMetricsURL(s, at)
	}
}

// checkMetricsURL finds what does not fit a text that is read as it is.
func (w *walker) checkMetricsURL(s *yaml.Node, at string) {
	if q := get(s, "queries"); q != nil {
		w.wrong(q, "%s.queries: a source of kind %s is not queried: leave them out", at, kindMetricsURL)
	}
	if every := get(s, "every"); every != nil {
		if d, err := time.ParseDuration(every.Value); err == nil && d < shortestSource {
			w.wrong(every, "%s.every: want at least %s, found %q", at, shortestSource, every.Value)
		}
	}
}
