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

// Latency is what one source says of how long requests took in one window, in ms.
// A figure that the source never gives is absent with NoSource, a percentile that
// the count does not carry with TooFew: p95 needs 20, p99 100, p99.9 1,000.
type Latency struct {
	Source     LatencySource
	Window     time.Duration // that ends now
	Lengthened bool          // Window is as long as a percentile needs, and not one of the usual ones
	N          uint64        // times in the window
	Mean       Figure
	P50        Figure
	P90        Figure
	P95        Figure
	P99        Figure
	P999       Figure
	Max        Figure
	Shares     []AtMost // of a histogram: instead of percentiles
}

// AtMost is the share of times that were at most so long.
type AtMost struct {
	Edge  float64 // ms
	Ratio float64 // 0..1
}

// Percentiles says whether it has at least the median.
func (l *Latency) Percentiles() bool { return l.P50.Known() }

// MeanLatency is what counters say: a mean of n requests, and nothing else.
func MeanLatency(window time.Duration, n uint64, mean Figure) Latency {
	no := Missing(NoSource)
	return Latency{Source: FromMean, Window: window, N: n, Mean: mean, P50: no, P90: no, P95: no, P99: no, P999: no, Max: no}
}
