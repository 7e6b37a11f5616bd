package latency

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"tritop/model"
)

// What histograms of several servers say together is what one would say that had
// observed all of it.
func TestSharesOfServersAreThoseOfTheirSum(t *testing.T) {
	t.Parallel()
	edges := []float64{100, 500, 2000}
	rapid.Check(t, func(t *rapid.T) {
		var merged model.Latency
		var below [3]float64
		n, sum := 0.0, 0.0
		for range rapid.IntRange(1, 5).Draw(t, "servers") {
			l := model.Latency{Source: model.FromHistogram, N: rapid.Uint64Range(0, 1000).Draw(t, "n"), Mean: model.Missing(model.NoDemand)}
			own := float64(l.N)
			if l.N > 0 {
				l.Mean = model.Of(rapid.Float64Range(1, 5000).Draw(t, "mean"))
				sum += own * l.Mean.Value
			}
			count := 0.0
			for i := range edges {
				count += math.Floor((own - count) * rapid.Float64Range(0, 1).Draw(t, "share"))
				if l.N > 0 {
					l.Shares = append(l.Shares, model.AtMost{Edge: edges[i], Ratio: count / own})
				}
				below[i] += count
			}
			n += own
			merged = AddShares(merged, l)
		}
		if float64(merged.N) != n {
			t.Fatalf("%d times, want %g", merged.N, n)
		}
		if n == 0 {
			return
		}
		if math.Abs(merged.Mean.Value-sum/n) > 1e-6 || len(merged.Shares) != len(edges) {
			t.Fatalf("mean %+v, want %g; %+v", merged.Mean, sum/n, merged.Shares)
		}
		for i, s := range merged.Shares {
			if s.Edge != edges[i] || math.Abs(s.Ratio-below[i]/n) > 1e-9 {
				t.Fatalf("at %g: %g, want %g", edges[i], s.Ratio, below[i]/n)
			}
		}
	})
}

// Servers whose models have other edges are comparable at common ones only.
func TestSharesAtCommonEdges(t *testing.T) {
	t.Parallel()
	a := model.Latency{Source: model.FromHistogram, N: 10, Shares: []model.AtMost{{Edge: 1, Ratio: 0.5}, {Edge: 5, Ratio: 1}}}
	b := model.Latency{Source: model.FromHistogram, N: 30, Shares: []model.AtMost{{Edge: 5, Ratio: 0.2}, {Edge: 9, Ratio: 1}}}
	if got := AddShares(a, b).Shares; len(got) != 1 || got[0].Edge != 5 || math.Abs(got[0].Ratio-0.4) > 1e-12 {
		t.Errorf("%+v", got)
	}
}
