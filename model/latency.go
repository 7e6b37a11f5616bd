package model

import "time"

// LatencySource says who measured a latency.
type LatencySource int

// The sources, the best for users' latency last; none stands for nobody.
const (
	FromNobody     LatencySource = iota
	FromMean                     // Triton's counters: a mean, and no percentile ever
	FromProbe                    // tritop's own deep probes: of batch 1, and few
	FromHistogram                // Triton's histogram of first responses: shares up to its edges, and no percentile
	FromSummary                  // Triton's summaries: percentiles of users, of one server, of the last 60 s only, without a maximum
	FromPrometheus               // a histogram of a Prometheus server
	FromBalancer                 // what a balancer measured
)

// String gives the word that scripts see.
func (s LatencySource) String() string {
	return [...]string{"", "mean", "probe", "triton-histogram", "triton-summary", "prometheus", "balancer"}[s]
}

// SwitchOn says what has to be done so that the source can tell; "" where there
// is nothing to do.
func (s LatencySource) SwitchOn() string {
	return [...]string{"", "", "configure a probe of the model: tritop probe init SERVER MODEL",
		"start Triton (24.11 or later) with --metrics-config histogram_latencies=true",
		"start Triton with --metrics-config summary_latencies=true; models with a response cache have none", "", ""}[s]
}

// Phase is the part of a request that a latency is of; the zero value is all of it.
type Phase int

// The phases, as far as Triton's metrics text tells them apart.
const (
	WholeRequest Phase = iota
	InQueue
	ComputeInput
	ComputeInfer
	ComputeOutput
	FirstResponse // until the first response; of a model that gives one response it is the whole
)

// String gives the word that scripts see.
func (p Phase) String() string {
	return [...]string{"request", "queue", "compute_input", "compute_infer", "compute_output", "first_response"}[p]
}

// Latency is what one source says of how long requests took in one window, in ms.
// A figure that the source never gives is absent with NoSource, a percentile that
// the count does not carry with TooFew: p95 needs 20, p99 100, p99.9 1,000.
type Latency struct {
	Source     LatencySource
	Window     time.Duration // that ends now
	Lengthened bool          // Window is as long as a percentile needs, and not one of the usual ones
	N          uint64        // times in the window
	Mean       Figure
	Percentiles
	Max    Figure
	Shares []AtMost // of a histogram: instead of percentiles
	Phase  Phase
	// Bounds are, of each percentile in the order of Each, the edges of its bucket;
	// nil where the source has no buckets or no percentiles.
	Bounds *[5]Between
	Part   string // the GPU whose instances it is about, where their figures cannot be added up; empty: all of it
}

// Percentiles are the times that so many of all times do not exceed.
type Percentiles struct{ P50, P90, P95, P99, P999 Figure }

// NoPercentiles are absent ones, all for one reason.
func NoPercentiles(why Absence) Percentiles {
	no := Missing(why)
	return Percentiles{no, no, no, no, no}
}

// Each gives the percentiles in the order of their thousandths: 500, 900, 950,
// 990, 999.
func (p *Percentiles) Each() [5]*Figure {
	return [...]*Figure{&p.P50, &p.P90, &p.P95, &p.P99, &p.P999}
}

// AtMost is the share of times that were at most so long.
type AtMost struct {
	Edge  float64 // ms
	Ratio float64 // 0..1
}

// Latency is what the counters say of users' request times: a mean, and nothing
// else; ok is false where they say nothing.
func (w *Window) Latency() (l Latency, ok bool) {
	l = Latency{Source: FromMean, Window: time.Duration(w.Seconds * float64(time.Second)), N: w.Requests, Mean: w.MeanMs, Percentiles: NoPercentiles(NoSource), Max: Missing(NoSource)}
	return l, w.MeanMs.Known()
}

// LatencySample is what one metrics text says of how long a phase of the requests
// of one model version took.
type LatencySample struct {
	Model, Version string
	Part           string // as in Latency
	Phase          Phase
	Count          float64 // how many were observed since the series began
	Sum            float64 // of these, ms
	Percentiles            // of a summary, ms, by the last 60 s of the server; one that it does not print is NoSource, Nan is NotObserved
	Edges          []Edge  // of a histogram, ascending; then there are no percentiles
}

// Edge is how many of the observed times were at most so long.
type Edge struct {
	Ms    float64
	Count float64
}
