package latency

import "tritop/model"

// Carry drops the percentiles of a summary that its count does not carry.
func Carry(l *model.Latency) {
	for i, f := range l.Each() {
		if f.Known() && l.N < Need(quantiles[i]) {
			*f = model.Missing(model.TooFew)
		}
	}
}

// AddShares adds up what two histograms say of the same window: the shares at the
// edges that both have, and the mean. The zero value adds nothing.
func AddShares(a, b model.Latency) model.Latency {
	switch {
	case a.Source == model.FromNobody:
		return b
	case b.N == 0:
		return a
	case a.N == 0:
		return b
	}
	sum := a
	sum.N, sum.Shares = a.N+b.N, nil
	of := float64(b.N) / float64(sum.N) // b's part of the whole
	if a.Mean.Known() && b.Mean.Known() {
		sum.Mean = model.Of(a.Mean.Value + (b.Mean.Value-a.Mean.Value)*of)
	}
	for _, x := range a.Shares {
		for _, y := range b.Shares {
			if x.Edge == y.Edge {
				sum.Shares = append(sum.Shares, model.AtMost{Edge: x.Edge, Ratio: x.Ratio + (y.Ratio-x.Ratio)*of})
			}
		}
	}
	return sum
}
