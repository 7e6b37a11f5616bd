package latency

import (
	"math"

	"tritop/model"
)

// OfBuckets gives the percentiles of summed buckets as PromQL's histogram_quantile
// does: straight between the edges of a bucket, the first of which begins at 0. One
// that lies above the last edge is absent, for nobody knows where; Bounds says of
// each known or unknown one between which edges it lies.
func OfBuckets(b model.ModelBuckets) model.Latency {
	l := model.Latency{Source: model.FromPrometheus, Window: b.Window, Mean: model.Missing(model.NoSource), Max: model.Missing(model.NoSource), Percentiles: model.NoPercentiles(model.NoDemand)}
	if !(b.Count >= 0.5) || math.IsInf(b.Count, 0) { // nothing, or no number
		return l
	}
	l.N, l.Bounds = uint64(math.Round(b.Count)), new([5]model.Between)
	for i, p := range l.Each() {
		low, high, value := place(b, float64(quantiles[i])/1000*b.Count)
		l.Bounds[i] = model.Between{Low: low, High: high}
		if *p = model.Of(value); high == 0 {
			*p = model.Missing(model.NoSource)
		}
	}
	Carry(&l)
	return l
}

// place finds the bucket that a rank lies in, and where in it.
func place(b model.ModelBuckets, rank float64) (low, high, value float64) {
	below := 0.0
	for _, e := range b.Edges {
		count := max(below, e.Count) // scrapes of several servers may make a dent
		if count >= rank && count > below {
			return low, e.Ms, low + (e.Ms-low)*(rank-below)/(count-below)
		}
		low, below = e.Ms, count
	}
	return low, 0, 0
}
