package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"tritop/model"
)

// The kinds of sources.
const (
	kindMetricsURL = "metrics-url"
	kindPrometheus = "prometheus"
)

// Source is what is read beside Triton: the text of a DCGM exporter, or a
// Prometheus server.
type Source struct {
	Name    string // the URL's host where the file names none
	URL     string
	Every   time.Duration
	Headers map[string]Secret
	Queries map[string]string // by name, of QueryNames
	Prom    bool              // it is a Prometheus server
}

// The names of queries of a Prometheus server.
const (
	QueryLatencySeconds = "latency_seconds" // buckets of users' latency by le and model, le in seconds
	QueryLatencyMs      = "latency_ms"      // the same, le in milliseconds
)

// queryNames are all of them.
var queryNames = []string{QueryLatencySeconds, QueryLatencyMs}

// windowMark stands in a query for the length of the window.
const windowMark = "$window"

// sourceEvery is how often a source is read where the file does not say, and
// shortestSource the shortest that it may say: an exporter measures each second at best.
const sourceEvery, shortestSource = 5 * time.Second, time.Second

// promEvery is the same for a Prometheus server, which scrapes each 15 s by default.
const promEvery = 15 * time.Second

type rawSource struct {
	Name    string            `yaml:"name"`
	Kind    string            `yaml:"kind"`
	URL     string            `yaml:"url"`
	Every   time.Duration     `yaml:"every"`
	Headers map[string]Secret `yaml:"headers"`
	Queries map[string]string `yaml:"queries"`
}

func sourcesOf(raw []rawSource) (out []Source) {
	for _, r := range raw {
		s := Source{Name: sourceName(r.Name, r.URL), URL: r.URL, Every: r.Every, Headers: r.Headers, Queries: r.Queries, Prom: r.Kind == kindPrometheus}
		switch {
		case s.Every == 0 && s.Prom:
			s.Every = promEvery
		case s.Every == 0:
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

// Where is the address without what may be secret in it: password and query.
func (s Source) Where() string {
	u, err := url.Parse(s.URL)
	if err != nil {
		return s.Name // the file was checked
	}
	return model.CleanName((&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String())
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
		given := valueOr(get(s, "name"), "")
		name := sourceName(given, address.Value)
		if line, twice := seen[name]; twice && given == "" {
			w.wrong(address, "%s: a second source of %s, first in line %d: give it a name", at, name, line)
		}
		seen[name] = s.Line
		w.checkEvery(s, at)
		if valueOr(get(s, "kind"), "") == kindPrometheus {
			w.checkQueries(get(s, "queries"), at)
		} else {
			w.checkMetricsURL(s, at)
		}
	}
}

// checkEvery finds an interval that is too short.
func (w *walker) checkEvery(s *yaml.Node, at string) {
	if every := get(s, "every"); every != nil {
		if d, err := time.ParseDuration(every.Value); err == nil && d < shortestSource {
			w.wrong(every, "%s.every: want at least %s, found %q", at, shortestSource, every.Value)
		}
	}
}

// checkQueries finds queries that nobody asks, or that say no window.
func (w *walker) checkQueries(queries *yaml.Node, at string) {
	var latency *yaml.Node
	for i := 0; queries != nil && i+1 < len(queries.Content); i += 2 {
		key, query := queries.Content[i], queries.Content[i+1]
		switch {
		case !slices.Contains(queryNames, key.Value):
			w.wrong(key, "%s.queries: no query is named %q%s; there are %s", at, key.Value, Nearest(key.Value, queryNames), strings.Join(queryNames, " and "))
		case !strings.Contains(query.Value, windowMark):
			w.wrong(query, "%s.queries.%s: want %s where the query says how far it looks back, as in sum by (le, model) (increase(x_seconds_bucket[%s]))", at, key.Value, windowMark, windowMark)
		case latency != nil:
			w.wrong(key, "%s.queries: %s and %s are the same in two units: want one", at, latency.Value, key.Value)
		default:
			latency = key
		}
	}
}

// checkMetricsURL finds what does not fit a text that is read as it is.
func (w *walker) checkMetricsURL(s *yaml.Node, at string) {
	if q := get(s, "queries"); q != nil {
		w.wrong(q, "%s.queries: a source of kind %s is not queried: leave them out", at, kindMetricsURL)
	}
}
