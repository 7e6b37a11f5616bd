package engine

import (
	"testing"
	"time"

	"tritop/model"
)

// A trend needs both stretches, and a difference that counts.
func TestTrendOfAProblem(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	series := func(before, after float64, seconds int) (s model.Series) {
		for i := range seconds {
			v := before
			if i >= seconds-20 {
				v = after
			}
			s = s.Append(now.Add(time.Duration(i-seconds+1)*time.Second), v)
		}
		return s
	}
	for name, c := range map[string]struct {
		errors model.Series
		want   model.Trend
	}{
		"grows":           {series(0.1, 0.3, 60), model.TrendRising},
		"eases":           {series(0.3, 0.1, 60), model.TrendFalling},
		"stays":           {series(0.3, 0.31, 60), model.TrendSteady},
		"a trifle more":   {series(0, 0.004, 60), model.TrendSteady},
		"no errors":       {series(0, 0, 60), model.TrendUnknown},
		"not seen before": {series(0.3, 0.3, 15), model.TrendUnknown},
		"nothing":         {model.Series{}, model.TrendUnknown},
	} {
		s := &model.Snapshot{Now: now, Models: []model.Model{{Name: "m", History: model.History{Errors: c.errors}}}}
		if got := trendOf(s, &model.Problem{Model: "m"}); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
