package model

import (
	"math"
	"time"
)

// Metric is what an objective is about.
type Metric int

// The metrics.
const (
	MetricNone         Metric = iota
	MetricAvailability        // users' requests that succeeded, of all
	MetricErrorRate           // users' requests that failed, of all
	MetricThroughput          // users' requests per second
	MetricP50                 // percentiles of how long users' requests took
	MetricP90
	MetricP95
	MetricP99
	MetricP999
	MetricMean    // means by Triton's counters: of the whole request,
	MetricQueue   // in the queue,
	MetricCompute // and of its computing
)

var metricWords = [...]string{"", "availability", "error_rate", "throughput", "latency_p50", "latency_p90", "latency_p95", "latency_p99", "latency_p999",
	"latency_mean", "queue_mean", "compute_mean"}

// String gives the name in the configuration.
func (m Metric) String() string { return metricWords[m] }

// Metrics are the names of all.
func Metrics() []string { return append([]string(nil), metricWords[1:]...) }

// ParseMetric reads a name; MetricNone where there is no such metric.
func ParseMetric(name string) Metric {
	for m := MetricAvailability; int(m) < len(metricWords); m++ {
		if metricWords[m] == name {
			return m
		}
	}
	return MetricNone
}

// Unit is what figures of the metric are in: "ratio", "per_s" or "ms".
func (m Metric) Unit() string {
	if m == MetricAvailability || m == MetricErrorRate {
		return "ratio"
	}
	if m == MetricThroughput {
		return "per_s"
	}
	return "ms"
}

// Permille is the percentile in thousandths (950 of p95); 0: the metric is none.
func (m Metric) Permille() int {
	return map[Metric]int{MetricP50: 500, MetricP90: 900, MetricP95: 950, MetricP99: 990, MetricP999: 999}[m]
}

// Needs is how many samples a percentile stands on at least: ceil(1 / (1 - q)), so
// 20 of p95, 100 of p99, 1,000 of p99.9. Any other metric needs one.
func (m Metric) Needs() int {
	rest := 1000 - m.Permille()
	return (1000 + rest - 1) / rest
}

// Operator says how a figure stands to its target where the objective is met.
type Operator int

// The operators.
const (
	Below Operator = iota
	Above
	AtMostOp
	AtLeastOp
	Equal // within 0.01 of the unit
)

var operatorWords = [...]string{"<", ">", "<=", ">=", "=="}

// String gives the sign.
func (o Operator) String() string { return operatorWords[o] }

// Operators are the signs of all.
func Operators() []string { return append([]string(nil), operatorWords[:]...) }

// ParseOperator reads a sign.
func ParseOperator(sign string) (o Operator, ok bool) {
	for i, w := range operatorWords {
		if w == sign {
			return Operator(i), true
		}
	}
	return 0, false
}

// Holds says whether the figure meets the target.
func (o Operator) Holds(value, target float64) bool {
	switch o {
	case Below:
		return value < target
	case Above:
		return value > target
	case AtMostOp:
		return value <= target
	case AtLeastOp:
		return value >= target
	case Equal:
		return math.Abs(value-target) <= 0.01
	}
	return false
}

// Worse says whether one figure is further from meeting a target than another.
func (o Operator) Worse(value, than, target float64) bool {
	switch o {
	case Above, AtLeastOp:
		return value < than
	case Below, AtMostOp:
		return value > than
	case Equal:
	}
	return math.Abs(value-target) > math.Abs(than-target)
}

// Severity is how much it matters that an objective is not met.
type Severity int

// The severities.
const (
	Info Severity = iota
	Warning
	Critical
)

var severityWords = [...]string{"info", "warning", "critical"}

// String gives the word.
func (s Severity) String() string { return severityWords[s] }

// ParseSeverity reads a word.
func ParseSeverity(word string) (s Severity, ok bool) {
	for i, w := range severityWords {
		if w == word {
			return Severity(i), true
		}
	}
	return 0, false
}

// EveryModel is the Model of an objective that each model has.
const EveryModel = "*"

// Objective is what operators agreed on.
type Objective struct {
	Name         string
	Model        string // a name, or a pattern in which * stands for anything; EveryModel: each
	Metric       Metric
	Op           Operator
	Target       float64 // in the metric's unit
	Window       time.Duration
	Severity     Severity
	EvenWhenIdle bool          // of a throughput: no request is a failure, not a lack of data
	Period       time.Duration // of the budget of a ratio; 0: BudgetPeriod
	Runbook      string        // what to do where it is not met: an address or a text; "": nobody wrote it down
}

// BudgetPeriod is what an error budget is for where nothing else is said.
const BudgetPeriod = 30 * 24 * time.Hour

// ObjectiveVerdict says whether an objective is met. The zero value means that
// nothing is known.
type ObjectiveVerdict int

// The verdicts. Neither of the first two is ever shown as a pass.
const (
	ObjectiveNoData ObjectiveVerdict = iota // no samples, or old ones
	ObjectiveFew                            // fewer than the figure needs
	ObjectivePass
	ObjectiveFail
)

// String gives the word that scripts see.
func (v ObjectiveVerdict) String() string { return [...]string{"NO_DATA", "FEW", "PASS", "FAIL"}[v] }

// ObjectiveState is an objective of one model and how it stands.
type ObjectiveState struct {
	Objective  // Model is a name
	Verdict    ObjectiveVerdict
	Value      Figure
	N          uint64        // samples that the value stands on
	Over       time.Duration // what the value looks back on: Window, or longer where Window held too few
	Source     string        // who measured it: triton, or a source of latency; "": nobody
	Server     string        // whose figure it is, of a source that cannot be added up: the worst server's; "": all servers'
	Reason     string        // why there is no verdict; empty with one
	Since      time.Time     // since when it fails; zero: it does not
	Violations []Violation   // of the time that is kept, oldest first; the last may be open
	Budget     *Budget       // nil: the objective is not about a share of requests
}

// Failing gives what a FAIL makes of the fleet: UNHEALTHY where it is critical,
// else DEGRADED; Healthy for a pass, Unknown where nothing is known.
func (o *ObjectiveState) Failing() Verdict {
	switch {
	case o.Verdict == ObjectiveFail && o.Severity == Critical:
		return Unhealthy
	case o.Verdict == ObjectiveFail:
		return Degraded
	case o.Verdict == ObjectivePass:
		return Healthy
	}
	return Unknown
}

// Violation is one time in which an objective was not met. What was seen while
// nothing was known of it ends none.
type Violation struct {
	Begin  time.Time
	End    time.Time // zero: it goes on
	Worst  float64   // in the unit of the objective
	Source string    // of the worst figure
}

// Lasted is how long it was, or is by now.
func (v *Violation) Lasted(now time.Time) time.Duration {
	if !v.End.IsZero() {
		now = v.End
	}
	return max(0, now.Sub(v.Begin))
}
