package collectors

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tritop/model"
	"tritop/triton"
	"tritop/triton/metrics"
)

// scraper reads the metrics text and asks whether the HTTP port accepts.
type scraper struct {
	target  Target
	cadence Cadence
	client  *http.Client
	scanner *metrics.Scanner
	buf     []byte
	http    model.Outcome // what the HTTP port did last
	reg     *registry
	loads   loads // of the last text
}

func newScraper(t Target, c Cadence, reg *registry) *scraper {
	return &scraper{target: t, cadence: c, reg: reg, client: metrics.NewHTTPClient(), scanner: metrics.NewScanner(metrics.DefaultLimits())}
}

// Name tells collectors apart.
func (s *scraper) Name() string { return "metrics " + s.target.Spec.Name }

// Collect reads until ctx ends.
func (s *scraper) Collect(ctx context.Context, out chan<- model.Fact) error {
	defer s.client.CloseIdleConnections()
	regularly(ctx, &outbox{out: out, source: s.Name(), wait: s.cadence.Metrics}, func() model.Fact { return s.scrape(ctx) })
	return nil
}

func (s *scraper) scrape(parent context.Context) model.Scraped {
	ctx, cancel := context.WithTimeout(parent, s.cadence.MetricsDeadline)
	defer cancel()
	began := time.Now()
	f := model.Scraped{Answer: model.Answer{Server: s.target.Spec.Name}, HTTPPort: s.httpPort(ctx)} // outcome unknown: not asked
	if s.target.Spec.Metric != 0 {
		if err := s.read(ctx, &f); err != nil {
			f.Outcome, f.Detail = outcome(err)
		} else {
			f.Outcome = model.Answered
		}
	}
	f.At = time.Now()
	f.Took = f.At.Sub(began)
	return f
}

// httpPort connects to the HTTP port and drops the connection as good as at
// once. No request is made: an open HTTP connection delays Triton's shutdown. A
// port that hung up is given more time to do so again, since a busy machine may
// need it: what it does not count as open cannot delay it.
func (s *scraper) httpPort(parent context.Context) model.Outcome {
	if s.target.Spec.HTTP == 0 {
		return model.OutcomeUnknown
	}
	ctx, cancel := context.WithTimeout(parent, s.cadence.Connect)
	defer cancel()
	patience := hangUp
	if s.http == model.Lost {
		patience = s.cadence.Connect
	}
	s.http, _ = outcome(triton.Accepts(ctx, address(s.target.Spec.Host, s.target.Spec.HTTP), patience))
	return s.http
}

// hangUp is how long an HTTP port that accepted may take to hang up.
const hangUp = 5 * time.Millisecond

func (s *scraper) read(ctx context.Context, f *model.Scraped) error {
	url := "http://" + address(s.target.Spec.Host, s.target.Spec.Metric) + "/metrics"
	var err error
	if s.buf, err = metrics.Fetch(ctx, s.client, url, s.target.HTTPHeaders, s.buf); err != nil {
		var fault *triton.Fault
		if errors.As(err, &fault) && fault.Kind == triton.NotTriton {
			fault.Detail += ": is this the metrics port (8002 by default)?"
		}
		return err
	}
	book := newTally(s.scanner.Help)
	if err := s.scanner.Scan(s.buf, book.visit); err != nil {
		return &triton.Fault{Op: "read metrics", Address: url, Kind: triton.TooLarge, Detail: err.Error(), Err: err}
	}
	f.Gauges, f.Counters, f.Detail = book.gauges, book.list(), book.cut()
	f.Latencies = book.times.kept
	f.Families, f.FamiliesLeft = book.families.kept, book.families.left()
	s.reg.reload(book.loads.changed(s.loads))
	s.loads = book.loads
	return nil
}

// tally gathers the samples of one text.
type tally struct {
	gauges   []model.Gauge
	counters map[version]*model.Counters
	order    []version
	loaded   map[version]bool // have a success series
	tooMany  int              // gauges beyond gaugeLimit
	lost     int              // counters of versions beyond versionLimit
	families families
	times    times
	loads    loads
}

// gaugeLimit bounds the gauges that are kept of one server, and versionLimit
// the model versions: back-ends may register any number of them.
const gaugeLimit, versionLimit = 20_000, 20_000

// counterLimit is the largest counter that is believed: a float64 counts one by
// one no further.
const counterLimit = 1 << 53

func newTally(help func(family string) string) *tally {
	return &tally{counters: make(map[version]*model.Counters), loaded: make(map[version]bool), families: families{help: help}, loads: make(loads)}
}

func (t *tally) visit(s *metrics.Series, v float64) {
	t.families.visit(s, v)
	t.times.visit(s, v)
	if s.Type == metrics.GaugeType {
		t.loads.visit(s, v)
		if len(t.gauges) == gaugeLimit {
			t.tooMany++
			return
		}
		t.gauges = append(t.gauges, model.Gauge{Name: model.CleanName(s.Name), Model: model.CleanName(s.Label("model")),
			Version: model.CleanName(s.Label("version")), Label: model.CleanName(otherLabels(s)), Value: v})
		return
	}
	add, ok := counterFields[s.Name]
	if !ok || !(v >= 0) || v > counterLimit {
		return
	}
	k := version{model.CleanName(s.Label("model")), model.CleanName(s.Label("version"))}
	c := t.counters[k]
	if c == nil {
		if len(t.order) == versionLimit {
			t.lost++
			return
		}
		c = &model.Counters{Model: k.model, Version: k.version}
		t.counters[k] = c
		t.order = append(t.order, k)
	}
	t.loaded[k] = t.loaded[k] || s.Name == successSeries
	add(c, uint64(v)) // a GPU model has one series per gpu_uuid and one without: they are summed
}

// cut says what of the text was left out; "" where nothing was.
func (t *tally) cut() string {
	var out []string
	if t.tooMany > 0 {
		out = append(out, fmt.Sprintf("%d gauges, only the first %d are kept", t.tooMany+gaugeLimit, gaugeLimit))
	}
	if t.lost > 0 {
		out = append(out, fmt.Sprintf("only the first %d model versions are kept", versionLimit))
	}
	if t.times.lost > 0 {
		out = append(out, fmt.Sprintf("only the first %d summaries and histograms are kept", timesLimit))
	}
	if n := t.families.left(); n > 0 {
		out = append(out, fmt.Sprintf("%d series of families unknown to tritop, only the first %d are kept", t.families.seen, model.SignalLimit))
	}
	return strings.Join(out, "; ")
}

const successSeries = "nv_inference_request_success"

// counterFields says where each counter of the text belongs. Durations are µs.
var counterFields = map[string]func(*model.Counters, uint64){
	successSeries:                             func(c *model.Counters, v uint64) { c.Success.Count += v; c.Queue.Count += v },
	"nv_inference_request_failure":            func(c *model.Counters, v uint64) { c.Fail.Count += v },
	"nv_inference_count":                      func(c *model.Counters, v uint64) { c.Inferences += v },
	"nv_inference_exec_count":                 func(c *model.Counters, v uint64) { c.Executions += v },
	"nv_inference_request_duration_us":        func(c *model.Counters, v uint64) { c.Success.Ns += v * 1000 },
	"nv_inference_queue_duration_us":          func(c *model.Counters, v uint64) { c.Queue.Ns += v * 1000 },
	"nv_inference_compute_input_duration_us":  func(c *model.Counters, v uint64) { c.Input.Ns += v * 1000 },
	"nv_inference_compute_infer_duration_us":  func(c *model.Counters, v uint64) { c.Infer.Ns += v * 1000 },
	"nv_inference_compute_output_duration_us": func(c *model.Counters, v uint64) { c.Output.Ns += v * 1000 },
	"nv_cache_num_hits_per_model":             func(c *model.Counters, v uint64) { c.CacheHit.Count += v },
	"nv_cache_num_misses_per_model":           func(c *model.Counters, v uint64) { c.CacheMiss.Count += v },
	"nv_cache_hit_duration_per_model":         func(c *model.Counters, v uint64) { c.CacheHit.Ns += v * 1000 },
	"nv_cache_miss_duration_per_model":        func(c *model.Counters, v uint64) { c.CacheMiss.Ns += v * 1000 },
}

// list gives the counters of the versions that have more than failure series:
// Triton keeps those for ever, of versions that are gone too. Compute is not
// counted of requests that the cache answered.
func (t *tally) list() []model.Counters {
	out := make([]model.Counters, 0, len(t.order))
	for _, k := range t.order {
		if !t.loaded[k] {
			continue
		}
		c := t.counters[k]
		n := c.Success.Count - min(c.Success.Count, c.CacheHit.Count)
		c.Infer.Count, c.Input.Count, c.Output.Count = n, n, n
		out = append(out, *c)
	}
	return out
}

func otherLabels(s *metrics.Series) string {
	out := ""
	for _, l := range s.Labels {
		if l.Name == "model" || l.Name == "version" {
			continue
		}
		if out != "" {
			out += ","
		}
		out += l.Name + "=" + l.Value
	}
	return out
}
