package latency

import (
	"math"
	"testing"
	"time"

	"tritop/model"
)

func TestPercentilesOfBuckets(t *testing.T) {
	t.Parallel()
	b := model.ModelBuckets{Model: "m", Window: time.Minute, Count: 2000, Edges: []model.Edge{{Ms: 5, Count: 500}, {Ms: 10, Count: 1000}, {Ms: 50, Count: 990 + 1000}}}
	l := OfBuckets(b)
	// histogram_quantile(0.5) is 10, (0.9) 10 + 40 × 800 ÷ 990, (0.99) 10 + 40 × 980 ÷ 990.
	for i, want := range []float64{10, 10 + 40*800./990, 10 + 40*900./990, 10 + 40*980./990} {
		if got := l.Each()[i]; !got.Known() || math.Abs(got.Value-want) > 1e-9 {
			t.Errorf("percentile %d is %+v, want %v", i, got, want)
		}
	}
	if l.P999.Why != model.NoSource || l.Bounds[4] != (model.Between{Low: 50}) {
		t.Errorf("above the last edge: %+v between %+v", l.P999, l.Bounds[4])
	}
	if l.Bounds[0] != (model.Between{Low: 5, High: 10}) || l.N != 2000 || l.Source != model.FromPrometheus || l.Mean.Known() || l.Max.Known() || l.Window != time.Minute {
		t.Errorf("%+v", l)
	}
}

func TestBucketsThatSayNothing(t *testing.T) {
	t.Parallel()
	edges := []model.Edge{{Ms: 5, Count: 50}}
	for name, b := range map[string]model.ModelBuckets{"nothing": {}, "no requests": {Edges: edges[:0], Count: 0}, "not a number": {Edges: edges, Count: math.NaN()}, "infinite": {Edges: edges, Count: math.Inf(1)}} {
		if l := OfBuckets(b); l.N != 0 || l.P50.Why != model.NoDemand {
			t.Errorf("%s: %+v", name, l)
		}
	}
	if l := OfBuckets(model.ModelBuckets{Edges: edges, Count: 50}); !l.P95.Known() || l.P99.Why != model.TooFew {
		t.Errorf("of 50: %+v", l)
	}
	dent := OfBuckets(model.ModelBuckets{Edges: []model.Edge{{Ms: 5, Count: 60}, {Ms: 10, Count: 40}, {Ms: 20, Count: 100}}, Count: 100})
	if !dent.P90.Known() || dent.P90.Value != 10+10*30./40 {
		t.Errorf("with a dent: %+v", dent)
	}
}
