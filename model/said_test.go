package model

import (
	"testing"
	"time"
)

func TestObjectivesInWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		o           Objective
		value       Figure
		miss, words string
	}{
		{Objective{Name: "latency_p99", Metric: MetricP99, Op: AtMostOp, Target: 100}, Of(412.3), "p99 412 ms > 100 ms", "latency_p99 412 ms, goal ≤ 100 ms"},
		{Objective{Name: "latency_p99", Metric: MetricP99, Op: AtMostOp, Target: 100}, Of(100.04), "p99 100.04 ms > 100 ms", "latency_p99 100.04 ms, goal ≤ 100 ms"},
		{Objective{Name: "latency_p99", Metric: MetricP99, Op: AtMostOp, Target: 100}, Of(98), "p99 98 ms ≤ 100 ms", "latency_p99 98 ms, goal ≤ 100 ms"},
		{Objective{Name: "availability", Metric: MetricAvailability, Op: AtLeastOp, Target: 0.9999}, Of(0.99988523), "availability 99.9885 % < 99.99 %", "availability 99.9885 %, goal ≥ 99.99 %"},
		{Objective{Name: "availability", Metric: MetricAvailability, Op: AtLeastOp, Target: 0.9999}, Of(0.8333), "availability 83.3 % < 99.99 %", "availability 83.3 %, goal ≥ 99.99 %"},
		{Objective{Name: "none fail", Metric: MetricErrorRate, Op: AtMostOp, Target: 0.001}, Of(0.16666), "errors 16.7 % > 0.1 %", "none fail 16.7 %, goal ≤ 0.1 %"},
		{Objective{Name: "throughput", Metric: MetricThroughput, Op: AtLeastOp, Target: 100}, Of(52.14), "throughput 52.1/s < 100/s", "throughput 52.1/s, goal ≥ 100/s"},
		{Objective{Name: "throughput", Metric: MetricThroughput, Op: Above, Target: 100}, Of(0), "throughput 0/s ≤ 100/s", "throughput 0/s, goal > 100/s"},
		{Objective{Name: "latency_mean", Metric: MetricMean, Op: Equal, Target: 5}, Of(5.02), "mean 5.02 ms ≠ 5 ms", "latency_mean 5.02 ms, goal = 5 ms"},
		{Objective{Name: "latency_p95", Metric: MetricP95, Op: Below, Target: 50}, Of(50), "p95 50 ms ≥ 50 ms", "latency_p95 50 ms, goal < 50 ms"},
		{Objective{Name: "latency_p95", Metric: MetricP95, Op: Below, Target: 50}, Missing(NoDemand), "p95 – ≥ 50 ms", "latency_p95 –, goal < 50 ms"},
	} {
		s := ObjectiveState{Objective: c.o, Value: c.value}
		if s.Miss() != c.miss || s.Words() != c.words {
			t.Errorf("%q and %q, want %q and %q", s.Miss(), s.Words(), c.miss, c.words)
		}
	}
}

func TestWhatIsLeftOfABudgetInWords(t *testing.T) {
	t.Parallel()
	span := BudgetSpan{Period: BudgetPeriod, Left: Of(0.09)}
	for _, c := range []struct {
		b    *Budget
		want string
	}{
		{nil, ""},
		{&Budget{SLO: BudgetSpan{Left: Missing(NotObserved)}, Ends: true}, ""},
		{&Budget{SLO: span}, ""},
		{&Budget{SLO: span, Ends: true, Left: 110 * time.Minute}, "budget gone in 1h50m"},
		{&Budget{SLO: span, Ends: true, Left: 40 * 24 * time.Hour}, ""},
		{&Budget{SLO: BudgetSpan{Period: BudgetPeriod, Left: Of(-0.2)}}, "budget spent"},
	} {
		if got := c.b.Spent(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	for d, want := range map[time.Duration]string{-time.Second: "0s", 45 * time.Second: "45s", 190 * time.Second: "3m10s", 2 * time.Hour: "2h", 292 * time.Hour: "12d4h"} {
		if got := BriefSpan(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}

func TestCovers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "", true}, {"*", "bert", true}, {"bert", "bert", true}, {"bert", "bert-qa", false}, {"bert-*", "bert-qa", true}, {"bert-*", "bert-", true},
		{"bert-*", "albert-qa", false}, {"*-qa", "bert-qa", true}, {"b*-q*a", "bert-qa", true}, {"b*-q*a", "bert-b", false}, {"aa*aa", "aaa", false}, {"*x*", "axb", true}, {"[", "[", true},
	} {
		if got := (&Objective{Model: c.pattern}).Covers(c.name); got != c.want {
			t.Errorf("%q covers %q: %v", c.pattern, c.name, got)
		}
	}
}
