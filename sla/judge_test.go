package sla

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tritop/model"
)

func objective(m model.Metric, op model.Operator, target float64) *model.Objective {
	return &model.Objective{Name: m.String(), Model: "m", Metric: m, Op: op, Target: target, Window: time.Minute}
}

func reading(v float64, n, bad uint64) Reading {
	return Reading{Value: model.Of(v), N: n, Bad: bad, Over: time.Minute}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	const none, few, pass, fail = model.ObjectiveNoData, model.ObjectiveFew, model.ObjectivePass, model.ObjectiveFail
	for _, c := range []struct {
		name string
		o    *model.Objective
		r    Reading
		want model.ObjectiveVerdict
	}{
		{"nothing", objective(model.MetricP95, model.AtMostOp, 50), Nothing(model.NotObserved), none},
		{"no demand", objective(model.MetricErrorRate, model.AtMostOp, 0.001), Nothing(model.NoDemand), none},
		{"not a number", objective(model.MetricP95, model.AtMostOp, 50), reading(math.NaN(), 100, 0), none},
		{"19 of p95", objective(model.MetricP95, model.AtMostOp, 50), reading(10, 19, 0), few},
		{"20 of p95", objective(model.MetricP95, model.AtMostOp, 50), reading(10, 20, 0), pass},
		{"99 of p99", objective(model.MetricP99, model.AtMostOp, 100), reading(500, 99, 0), few},
		{"100 of p99", objective(model.MetricP99, model.AtMostOp, 100), reading(500, 100, 0), fail},
		{"999 of p99.9", objective(model.MetricP999, model.AtMostOp, 100), reading(5, 999, 0), few},
		{"1000 of p99.9", objective(model.MetricP999, model.AtMostOp, 100), reading(5, 1000, 0), pass},
		{"at the target", objective(model.MetricP95, model.AtMostOp, 50), reading(50, 20, 0), pass},
		{"below it is not", objective(model.MetricP95, model.Below, 50), reading(50, 20, 0), fail},
		{"above", objective(model.MetricThroughput, model.Above, 100), reading(100, 9, 0), fail},
		{"at least", objective(model.MetricThroughput, model.AtLeastOp, 100), reading(100, 9, 0), pass},
		{"equal", objective(model.MetricMean, model.Equal, 5), reading(5.01, 9, 0), pass},
		{"not equal", objective(model.MetricMean, model.Equal, 5), reading(5.02, 9, 0), fail},
		{"all is well", objective(model.MetricAvailability, model.AtLeastOp, 0.9999), reading(1, 5, 0), pass},
		{"one of 1,000 where 0.1 is allowed", objective(model.MetricAvailability, model.AtLeastOp, 0.9999), reading(0.999, 1000, 1), few},
		{"all of five", objective(model.MetricAvailability, model.AtLeastOp, 0.9999), reading(0, 5, 5), fail},
		{"one of ten", objective(model.MetricErrorRate, model.AtMostOp, 0.001), reading(0.1, 10, 1), few},
		{"one of eight where 99.99 % are to succeed", objective(model.MetricAvailability, model.AtLeastOp, 0.9999), reading(0.875, 8, 1), few},
		{"two of eight", objective(model.MetricAvailability, model.AtLeastOp, 0.9999), reading(0.75, 8, 2), fail},
		{"ten of 9,000", objective(model.MetricErrorRate, model.AtMostOp, 0.001), reading(10.0/9000, 9000, 10), fail},
		{"nine of 10,000", objective(model.MetricErrorRate, model.AtMostOp, 0.001), reading(9.0/10000, 10000, 9), pass},
		{"exactly what is allowed", objective(model.MetricAvailability, model.AtLeastOp, 0.9999), reading(9999.0/10000, 10000, 1), pass},
	} {
		if got := Judge(c.o, c.r); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestReadings(t *testing.T) {
	t.Parallel()
	seen := Counts{Valid: 600, Bad: 6, Seen: time.Minute}
	for _, c := range []struct {
		m    model.Metric
		c    Counts
		idle bool
		want model.Figure
	}{
		{model.MetricAvailability, seen, false, model.Of(0.99)},
		{model.MetricErrorRate, seen, false, model.Of(0.01)},
		{model.MetricThroughput, seen, false, model.Of(10)},
		{model.MetricThroughput, Counts{Seen: time.Minute}, false, model.Missing(model.NoDemand)},
		{model.MetricThroughput, Counts{Seen: time.Minute}, true, model.Of(0)},
		{model.MetricThroughput, Counts{Valid: 90, Seen: 9 * time.Second}, false, model.Missing(model.TooFew)},
		{model.MetricErrorRate, Counts{Seen: time.Minute}, false, model.Missing(model.NoDemand)},
		{model.MetricErrorRate, Counts{}, false, model.Missing(model.NotObserved)},
	} {
		if r := Read(c.m, c.c, time.Minute, c.idle); r.Value != c.want {
			t.Errorf("%v of %+v: %+v, want %+v", c.m, c.c, r.Value, c.want)
		}
	}
	idle := objective(model.MetricThroughput, model.AtLeastOp, 100)
	idle.EvenWhenIdle = true
	if v := Judge(idle, Read(idle.Metric, Counts{Seen: time.Minute}, time.Minute, true)); v != model.ObjectiveFail {
		t.Errorf("idle where that is a failure: %v", v)
	}
}

// More failures never make a verdict better, and neither few samples nor none ever
// are a pass.
func TestVerdictsAreMonotone(t *testing.T) {
	t.Parallel()
	o := objective(model.MetricErrorRate, model.AtMostOp, 0.001)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(1, 1e6).Draw(t, "n")
		bad := rapid.Uint64Range(0, n-1).Draw(t, "bad")
		badness := func(bad uint64) int {
			v := Judge(o, Read(o.Metric, Counts{Valid: n, Bad: bad, Seen: time.Minute}, time.Minute, false))
			return map[model.ObjectiveVerdict]int{model.ObjectivePass: 0, model.ObjectiveFew: 1, model.ObjectiveFail: 2}[v]
		}
		if badness(bad) > badness(bad+1) {
			t.Fatalf("%d of %d fail is worse than one more", bad, n)
		}
	})
}

// The chance of many events is what adding up the chances of fewer leaves.
func TestChance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n        uint64
		expected float64
		want     float64
	}{{0, 3, 1}, {1, 1, 1 - 1/math.E}, {2, 1, 1 - 2/math.E}, {3, 0.5, 0.014388}, {6, 1, 0.000594}} {
		if got := atLeast(c.n, c.expected); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%d where %g are expected: %g, want %g", c.n, c.expected, got, c.want)
		}
	}
}

// violated lets an objective fail from second 1 to 6, with what else may come.
func violated() (w *Watch, o *model.Objective) {
	w, o = &Watch{}, objective(model.MetricErrorRate, model.AtMostOp, 0.001)
	for i, step := range []struct {
		v     model.ObjectiveVerdict
		value float64
	}{{model.ObjectivePass, 0}, {model.ObjectiveFail, 0.2}, {model.ObjectiveFail, 0.5}, {model.ObjectiveFail, 0.3}, {model.ObjectiveNoData, 0}, {model.ObjectiveFew, 0.9}, {model.ObjectiveFail, 0.4}} {
		w.Follow(o, step.v, reading(step.value, 100, 50), second(i))
	}
	return w, o
}

func second(s int) time.Time { return zero.Add(time.Duration(s) * time.Second) }

func TestAFailureBegins(t *testing.T) {
	t.Parallel()
	w, _ := violated()
	given := w.Violations()
	if len(given) != 1 || given[0].Worst != 0.5 || !given[0].End.IsZero() || !w.Since().Equal(second(1)) || given[0].Lasted(second(9)) != 8*time.Second {
		t.Errorf("%+v since %v", given, w.Since())
	}
}

func TestOnlyAPassThatLastsEndsAFailure(t *testing.T) {
	t.Parallel()
	w, o := violated()
	given := w.Violations()
	for s := 10; s < 25; s++ {
		if v := w.Follow(o, model.ObjectivePass, reading(0, 100, 0), second(s)); v != model.ObjectiveFail || !w.Since().Equal(second(1)) {
			t.Fatalf("at %d s: %v since %v", s, v, w.Since())
		}
	}
	if v := w.Follow(o, model.ObjectivePass, reading(0, 100, 0), second(25)); v != model.ObjectivePass {
		t.Errorf("%v", v)
	}
	if v := w.Violations()[0]; !v.End.Equal(second(10)) || !w.Since().IsZero() || v.Lasted(second(99)) != 9*time.Second {
		t.Errorf("%+v since %v", v, w.Since())
	}
	if !given[0].End.IsZero() {
		t.Error("what was given out was written again")
	}
}

// A figure that swings about its target is one violation.
func TestAFigureThatSwingsIsOneViolation(t *testing.T) {
	t.Parallel()
	o := objective(model.MetricP99, model.AtMostOp, 100)
	var w Watch
	for s := range 600 {
		v := Judge(o, reading(99.5+float64(s%2), 1000, 0))
		if got := w.Follow(o, v, reading(99.5+float64(s%2), 1000, 0), zero.Add(time.Duration(s)*time.Second)); s > 0 && got != model.ObjectiveFail {
			t.Fatalf("after %d s: %v", s, got)
		}
	}
	if n := len(w.Violations()); n != 1 {
		t.Errorf("%d violations", n)
	}
}

// So is one with hardly enough samples; when there are too few for good, nothing is
// known any more, and the violation is not over.
func TestTooFewSamplesHoldAFailureForAWhile(t *testing.T) {
	t.Parallel()
	o := objective(model.MetricP99, model.AtMostOp, 100)
	var w Watch
	for s := range 60 {
		v := model.ObjectiveFail
		if s%2 == 1 || s > 40 {
			v = model.ObjectiveFew
		}
		want := model.ObjectiveFail
		if s >= 55 {
			want = model.ObjectiveFew
		}
		if got := w.Follow(o, v, reading(500, 99, 0), second(s)); got != want {
			t.Fatalf("after %d s: %v, want %v", s, got, want)
		}
	}
	if len(w.Violations()) != 1 || !w.Since().Equal(zero) {
		t.Errorf("%+v", w.Violations())
	}
}

func TestViolationsAreBounded(t *testing.T) {
	t.Parallel()
	o := objective(model.MetricErrorRate, model.AtMostOp, 0.001)
	var w Watch
	for i := range 200 {
		w.Follow(o, model.ObjectiveFail, reading(1, 100, 50), second(40*i))
		w.Follow(o, model.ObjectivePass, reading(0, 100, 0), second(40*i+1))
		w.Follow(o, model.ObjectivePass, reading(0, 100, 0), second(40*i+21))
	}
	if n := len(w.Violations()); n != violationsKept {
		t.Errorf("%d violations are kept", n)
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	names := func(list []model.Objective) (out string) {
		for _, o := range list {
			out += o.Name + " "
		}
		return out
	}
	for profile, want := range map[string]string{
		ProfileDefault: "availability latency_p95 latency_p99 error_rate ", ProfileMaterial: "availability latency_p95 latency_p99 error_rate throughput ",
		ProfileNetflix: "availability latency_p99 ", "fast": "",
	} {
		if got := names(Profile(profile)); got != want {
			t.Errorf("%s: %s", profile, got)
		}
	}
	both := Join(Profile(ProfileDefault), Profile(ProfileNetflix))
	if names(both) != "availability latency_p95 latency_p99 error_rate " || both[2].Target != 50 || both[2].Op != model.Below {
		t.Errorf("%+v", both)
	}
	allowed, _ := Allowed(&both[0])
	if minutes := allowed * both[0].Period.Minutes(); math.Abs(minutes-52.6) > 0.01 {
		t.Errorf("%g minutes of a year may fail", minutes)
	}
}
