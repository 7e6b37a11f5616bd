package model

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Objectives in words, the same in every place.

// Short names the metric as lines on a screen do: "p99", "errors".
func (m Metric) Short() string {
	return [...]string{"", "availability", "errors", "throughput", "p50", "p90", "p95", "p99", "p99.9", "mean", "queue", "compute"}[m]
}

// Format writes a figure of the metric with its unit to so many significant
// digits: "412 ms", "0.26 %", "52.1/s". Of an availability it is the share that
// fails that has them: "99.9885 %".
func (m Metric) Format(v float64, digits int) string {
	switch m.Unit() {
	case "ratio":
		v *= 100
		if m == MetricAvailability {
			return significant(v, 100-v, digits) + " %"
		}
		return significant(v, v, digits) + " %"
	case "per_s":
		return significant(v, v, digits) + "/s"
	}
	return significant(v, v, digits) + " ms"
}

// significant writes v with as many decimals as another figure needs for its
// significant digits, at most 6, and none that is 0.
func significant(v, of float64, digits int) string {
	decimals := 0
	if of = math.Abs(of); of > 0 {
		decimals = min(max(0, digits-1-int(math.Floor(math.Log10(of)))), 6)
	}
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// usualDigits is how many significant digits a figure has that stands alone.
const usualDigits = 3

// pair writes a figure and the target so that they differ where they do.
func (o *ObjectiveState) pair() (value, target string) {
	target = o.Metric.Format(o.Target, 2*usualDigits)
	if !o.Value.Known() {
		return "–", target
	}
	for digits := usualDigits; ; digits++ {
		value = o.Metric.Format(o.Value.Value, digits)
		if value != target || o.Value.Value == o.Target || digits > 4*usualDigits {
			return value, target
		}
	}
}

// mathSigns are the operators as people write them.
var mathSigns = [...]string{"<", ">", "≤", "≥", "="}

// missedBy are the signs between a figure and the target that it misses.
var missedBy = [...]string{"≥", "≤", ">", "<", "≠"}

// Goal is what is wanted, in words: "≤ 100 ms".
func (o *Objective) Goal() string {
	return mathSigns[o.Op] + " " + o.Metric.Format(o.Target, 2*usualDigits)
}

// Miss says by what the objective is missed: "p99 412 ms > 100 ms".
func (o *ObjectiveState) Miss() string {
	value, target := o.pair()
	sign := missedBy[o.Op]
	if o.Value.Known() && o.Op.Holds(o.Value.Value, o.Target) { // met again, but not for long enough yet
		sign = mathSigns[o.Op]
	}
	return o.Metric.Short() + " " + value + " " + sign + " " + target
}

// Words is the objective with its figure and goal: "latency_p99 412 ms, goal ≤ 100 ms".
func (o *ObjectiveState) Words() string {
	value, target := o.pair()
	return o.Name + " " + value + ", goal " + mathSigns[o.Op] + " " + target
}

// Spent says in words when the budget ends: "budget gone in 1h50m", "budget
// spent"; empty where nothing is known or it lasts for its whole period.
func (b *Budget) Spent() string {
	switch {
	case b == nil || !b.SLO.Left.Known():
		return ""
	case b.SLO.Left.Value <= 0:
		return "budget spent"
	case !b.Ends || b.Left >= b.SLO.Period:
		return ""
	}
	return "budget gone in " + BriefSpan(b.Left)
}

// BriefSpan writes a duration by its two largest units: "45s", "3m10s", "1h50m", "12d4h".
func BriefSpan(d time.Duration) string {
	d = max(0, d)
	const day = 24 * time.Hour
	for _, u := range []struct {
		big, small time.Duration
		b, s       string
	}{{day, time.Hour, "d", "h"}, {time.Hour, time.Minute, "h", "m"}, {time.Minute, time.Second, "m", "s"}} {
		if d < u.big {
			continue
		}
		out := strconv.FormatInt(int64(d/u.big), 10) + u.b
		if rest := d % u.big / u.small; rest > 0 {
			out += strconv.FormatInt(int64(rest), 10) + u.s
		}
		return out
	}
	return strconv.FormatInt(int64(d/time.Second), 10) + "s"
}

// Covers says whether the objective is about a model: Model is its name, or a
// pattern in which * stands for anything.
func (o *Objective) Covers(name string) bool {
	parts := strings.Split(o.Model, "*")
	if len(parts) == 1 {
		return o.Model == name
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(name) < len(first)+len(last) || !strings.HasPrefix(name, first) || !strings.HasSuffix(name, last) {
		return false
	}
	name = name[len(first) : len(name)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		name = name[i+len(part):]
	}
	return true
}

// Named says whether the objective names its model, and does not match it.
func (o *Objective) Named() bool { return !strings.Contains(o.Model, "*") }
