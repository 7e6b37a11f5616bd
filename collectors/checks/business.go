package checks

import (
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tritop/collectors/prometheus"
	"tritop/health"
	"tritop/model"
	"tritop/triton"
	"tritop/triton/metrics"
)

// Figure is a named figure of a business: of a Prometheus query, or of a text in
// Prometheus' format.
type Figure struct {
	Name    string
	Client  *prometheus.Client // with Query
	Query   string
	URL     string // with Metric
	Headers map[string]string
	Metric  Selector
}

// Selector chooses series of a text: those of a name with these labels. Their sum
// is the figure.
type Selector struct {
	Name   string
	Labels map[string]string
}

// ParseSelector reads name{label="value", …}.
func ParseSelector(s string) (Selector, error) {
	name, rest, braces := strings.Cut(strings.TrimSpace(s), "{")
	out := Selector{Name: strings.TrimSpace(name), Labels: make(map[string]string)}
	if !isMetricName(out.Name) {
		return out, fmt.Errorf("%q is no name of a metric", name)
	}
	if !braces {
		return out, nil
	}
	rest, closed := strings.CutSuffix(strings.TrimSpace(rest), "}")
	if !closed {
		return out, fmt.Errorf("the { of %q is not closed", s)
	}
	for rest = strings.TrimSpace(rest); rest != ""; {
		label, more, equals := strings.Cut(rest, "=")
		label, more = strings.TrimSpace(label), strings.TrimSpace(more)
		quoted, err := strconv.QuotedPrefix(more)
		if !equals || err != nil || !isMetricName(label) {
			return out, fmt.Errorf(`want label="value" with , between them, found %q`, rest)
		}
		if out.Labels[label], err = strconv.Unquote(quoted); err != nil {
			return out, fmt.Errorf("the value %s: %w", quoted, err)
		}
		rest = strings.TrimSpace(more[len(quoted):])
		if comma, ok := strings.CutPrefix(rest, ","); ok {
			rest = strings.TrimSpace(comma)
		} else if rest != "" {
			return out, fmt.Errorf(`want , between labels, found %q`, rest)
		}
	}
	return out, nil
}

func isMetricName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '_' && r != ':' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) && (s[0] < '0' || s[0] > '9')
}

// sum adds up what a text has of the selector.
func (s Selector) sum(all []reading) (float64, bool) {
	total, found := 0.0, false
	for _, r := range all {
		if r.series.Name == s.Name && s.fits(r.series) {
			total, found = total+r.value, true
		}
	}
	return total, found
}

func (s Selector) fits(of *metrics.Series) bool {
	for k, v := range s.Labels {
		if of.Label(k) != v {
			return false
		}
	}
	return true
}

// reading is one sample of a text.
type reading struct {
	series *metrics.Series
	value  float64
}

// Business works out a formula over figures: the score of a business.
type Business struct {
	Formula health.Formula
	Figures []Figure // at least those that the formula names
	Limits  health.Limits
}

// Run reads the figures and works the formula out. A figure that cannot be read
// makes the score unknown.
func (b Business) Run(ctx context.Context) Result {
	client := metrics.NewHTTPClient()
	defer client.CloseIdleConnections()
	r := reader{client: client, texts: make(map[string][]reading)}
	values := make(map[string]float64)
	var details []model.Detail
	for i := range b.Figures {
		f := &b.Figures[i]
		v, err := r.read(ctx, f)
		if err != nil {
			return Result{model.CheckUnknown, fmt.Sprintf("the figure %s: %v", f.Name, err), details}
		}
		values[f.Name] = v
		details = append(details, model.Detail{Name: f.Name, Value: strconv.FormatFloat(v, 'g', 10, 64)})
	}
	score, err := b.Formula.Value(values)
	if err != nil {
		return Result{model.CheckUnknown, "no data: " + err.Error(), details}
	}
	out := Result{Status: b.Limits.Above(score), Details: details}
	out.Message = fmt.Sprintf("score %.4g", score)
	switch out.Status {
	case model.CheckDegraded:
		out.Message += fmt.Sprintf(": healthy is above %g", b.Limits.Healthy)
	case model.CheckUnhealthy:
		out.Message += fmt.Sprintf(": degraded is above %g", b.Limits.Degraded)
	case model.CheckUnknown, model.CheckHealthy, model.CheckNotApplicable:
	}
	return out
}

// reader reads each text once per run.
type reader struct {
	client *http.Client
	texts  map[string][]reading
}

func (r *reader) read(ctx context.Context, f *Figure) (float64, error) {
	if f.Client != nil {
		s, ok, err := f.Client.One(ctx, f.Query, time.Time{})
		if err == nil && (!ok || math.IsNaN(s.Value)) {
			err = errNoValue
		}
		return s.Value, err
	}
	key := f.URL + "\x00" + strings.Join(slices.Sorted(maps.Keys(f.Headers)), "\x00")
	all, known := r.texts[key]
	if !known {
		text, err := metrics.Fetch(ctx, r.client, f.URL, f.Headers, nil)
		if err == nil {
			err = metrics.NewScanner(metrics.DefaultLimits()).Scan(text, func(s *metrics.Series, v float64) { all = append(all, reading{s, v}) })
		}
		if err != nil {
			return 0, fmt.Errorf("%s", triton.DetailOf(err)) //nolint:err113 // for people
		}
		r.texts[key] = all
	}
	v, found := f.Metric.sum(all)
	if !found {
		return 0, fmt.Errorf("the text has no series %s", f.Metric.Name) //nolint:err113 // for people
	}
	return v, nil
}
