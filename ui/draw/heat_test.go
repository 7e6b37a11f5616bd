package draw

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tritop/model"
)

// Percentiles of a stretch of time are those of the times that came in it, within a
// sixteenth; too few times carry none.
func TestPercentilesOfHeat(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // no secret
	begin := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	h := &model.Heat{Begin: begin, Until: 12}
	var times []float64 // of the slots 3 to 8, ms
	for slot := range int32(12) {
		for range 40 {
			ms := 8 * math.Exp(0.4*r.NormFloat64())
			if slot >= 3 && slot < 9 {
				times = append(times, ms)
			}
			h.Cells = append(h.Cells, model.HeatCell{Slot: slot, N: 1, Bucket: model.HeatBucket(time.Duration(ms * 1e6))})
		}
	}
	slices.Sort(times)
	var c counts
	c.between(h, begin.Add(30*time.Second), begin.Add(90*time.Second))
	if c.n != uint64(len(times)) {
		t.Fatalf("%d times, want %d", c.n, len(times))
	}
	for _, m := range []model.Metric{model.MetricP50, model.MetricP90, model.MetricP99} {
		want := times[(len(times)*m.Permille()+999)/1000-1]
		if got := c.percentile(m); math.Abs(got-want) > want/15 {
			t.Errorf("%v is %g, want %g", m, got, want)
		}
	}
	if got := c.percentile(model.MetricP999); got != 0 {
		t.Errorf("%d times give p99.9: %g", c.n, got)
	}
	if got, want := c.longest(), times[len(times)-1]; math.Abs(got-want) > want/15 {
		t.Errorf("the longest is %g, want %g", got, want)
	}
	var early counts
	if early.between(h, begin.Add(-time.Hour), begin.Add(-time.Minute)); early.n != 0 {
		t.Errorf("%d times before the beginning", early.n)
	}
}
