package collectors

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tritop/collectors/prometheus"
	"tritop/model"
	"tritop/triton"
)

// PromLatency asks a Prometheus server for histograms of models' latencies.
type PromLatency struct {
	Server prometheus.Source
	Every  time.Duration
	// Query gives buckets by `le` and `model`, summed over servers; WindowMark in it
	// is replaced by each of Windows.
	Query string
	Unit  float64 // ms per unit of `le`: 1000 of seconds
}

// WindowMark stands in a query for the length of the window.
const WindowMark = "$window"

// promWindows are asked for.
var promWindows = [...]time.Duration{time.Minute, 5 * time.Minute}

// The limits of one answer: models, and buckets of a model.
const promModels, promEdges = 1000, 200

// promDeadline is the longest that all queries of a round may take.
const promDeadline = 10 * time.Second

// NewPromLatency makes the collector. An error says what is wrong with the address.
func NewPromLatency(p PromLatency) (Collector, error) {
	client, err := prometheus.New(p.Server)
	if err != nil {
		return nil, fmt.Errorf("use the Prometheus server: %w", err)
	}
	return &promLatency{PromLatency: p, client: client}, nil
}

// Source is the collector as one of a fleet.
func (p PromLatency) Source() (Source, error) {
	c, err := NewPromLatency(p)
	if err != nil {
		return Source{}, err
	}
	return Source{Name: c.Name(), Options: p, Make: func() Collector { return c }}, nil
}

// Look asks once.
func (p PromLatency) Look(ctx context.Context) model.LatenciesQueried {
	client, err := prometheus.New(p.Server)
	if err != nil {
		return model.LatenciesQueried{Answer: model.Answer{At: time.Now(), Outcome: model.Failed, Detail: err.Error()}}
	}
	defer client.Close()
	return (&promLatency{p, client}).look(ctx)
}

type promLatency struct {
	PromLatency
	client *prometheus.Client
}

// Name tells collectors apart.
func (p *promLatency) Name() string { return "prometheus " + model.CleanName(p.Server.Name) }

// Collect asks until ctx ends.
func (p *promLatency) Collect(ctx context.Context, out chan<- model.Fact) error {
	defer p.client.Close()
	regularly(ctx, &outbox{out: out, source: p.Name(), wait: p.Every}, func() model.Fact { return p.look(ctx) })
	return nil
}

func (p *promLatency) look(parent context.Context) model.LatenciesQueried {
	ctx, cancel := context.WithTimeout(parent, min(p.Every, promDeadline))
	defer cancel()
	began := time.Now()
	f := model.LatenciesQueried{Origin: model.Origin{Source: p.Name(), Kind: "prometheus", Every: p.Every}}
	var err error
	for _, w := range promWindows {
		var more []model.ModelBuckets
		if more, err = p.ask(ctx, w); err != nil {
			f.Models = nil
			break
		}
		f.Models = append(f.Models, more...)
	}
	f.Outcome, f.Detail = outcome(err)
	if err == nil && len(f.Models) == 0 {
		f.Detail = "the query gives no series: no such metric, or nothing was scraped lately"
	}
	f.At = time.Now()
	f.Took = f.At.Sub(began)
	return f
}

// ask gives the buckets of one window.
func (p *promLatency) ask(ctx context.Context, window time.Duration) ([]model.ModelBuckets, error) {
	text := strconv.Itoa(int(window.Seconds())) + "s"
	samples, err := p.client.Query(ctx, strings.ReplaceAll(p.Query, WindowMark, text), time.Time{})
	if err != nil {
		return nil, err // a fault of triton's kinds, as outcome wants it
	}
	byModel := make(map[string]*promHistogram)
	for i := range samples {
		if why := gather(byModel, &samples[i], p.Unit); why != "" {
			return nil, p.wrong(why)
		}
	}
	var out []model.ModelBuckets
	for _, name := range slices.Sorted(maps.Keys(byModel)) {
		h := byModel[name]
		if !h.whole {
			return nil, p.wrong("model " + name + " has no bucket le=\"+Inf\": keep all of them")
		}
		slices.SortFunc(h.Edges, func(a, b model.Edge) int { return cmp.Compare(a.Ms, b.Ms) })
		h.Model, h.Window = name, window
		out = append(out, h.ModelBuckets)
	}
	return out, nil
}

func (p *promLatency) wrong(why string) error {
	return &triton.Fault{Op: "query Prometheus", Address: p.Server.Name, Kind: triton.Invalid, Detail: why}
}

// promHistogram is a histogram in the making.
type promHistogram struct {
	model.ModelBuckets
	whole bool // the bucket of all was there
}

// gather puts a sample where it belongs, or says why it belongs nowhere.
func gather(byModel map[string]*promHistogram, s *prometheus.Sample, unit float64) (why string) {
	name, le := s.Labels["model"], s.Labels["le"]
	edge, err := strconv.ParseFloat(le, 64)
	switch {
	case name == "":
		return "a series has no label model: sum by (le, model), with label_replace where the model stands in another label"
	case err != nil || math.IsNaN(edge):
		return fmt.Sprintf("a series of model %s has the label le=%q: the query has to give buckets, sum by (le, model)", name, le)
	case len(s.Labels) != 2:
		return "a series of model " + name + " has other labels than le and model: sum by (le, model) what is of several servers"
	case byModel[name] == nil && len(byModel) == promModels:
		return fmt.Sprintf("there are more than %d models", promModels)
	case byModel[name] == nil:
		byModel[name] = &promHistogram{}
	}
	h := byModel[name]
	if math.IsInf(edge, 1) {
		h.Count, h.whole = s.Value, true
		return ""
	}
	if h.Edges = append(h.Edges, model.Edge{Ms: edge * unit, Count: s.Value}); len(h.Edges) > promEdges {
		return fmt.Sprintf("model %s has more than %d buckets", name, promEdges)
	}
	return ""
}
