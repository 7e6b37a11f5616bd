package draw

import (
	"math"
	"strconv"
	"time"

	"tritop/model"
	"tritop/ui/grid"
)

// AppendAmount writes a figure of a metric as people read it: ratios in percent, to
// one digit more than a goal of them has.
func AppendAmount(b []byte, m model.Metric, v, goal float64) []byte {
	if m.Unit() != "ratio" {
		return grid.AppendShort(b, v)
	}
	decimals := min(4, 1+decimalsOf(100*goal))
	if v == 0 || v == 1 {
		decimals = 0
	}
	if m == model.MetricAvailability { // 99.997 is not 100
		scale := math.Pow10(decimals)
		v = math.Floor(100*v*scale+1e-6) / scale / 100
	}
	return strconv.AppendFloat(b, 100*v, 'f', decimals, 64)
}

// AppendGoal writes the goal of an objective without its unit: <=250, >=99.99.
func AppendGoal(b []byte, o *model.Objective) []byte {
	return appendTarget(append(b, o.Op.String()...), o)
}

func appendTarget(b []byte, o *model.Objective) []byte {
	if o.Metric.Unit() != "ratio" {
		return grid.AppendShort(b, o.Target)
	}
	return strconv.AppendFloat(b, 100*o.Target, 'f', decimalsOf(100*o.Target), 64)
}

// decimalsOf is how many decimals a share in percent was written with, up to four.
func decimalsOf(percent float64) int {
	scale := 1.0
	for n := range 4 {
		if d := percent*scale - float64(int64(percent*scale+0.5)); d < 1e-7*scale && d > -1e-7*scale {
			return n
		}
		scale *= 10
	}
	return 4
}

// UnitOf is the unit of a metric's figures as AppendAmount writes them.
func UnitOf(m model.Metric) string {
	switch m.Unit() {
	case "ratio":
		return "%"
	case "per_s":
		return "/s"
	}
	return "ms"
}

var metricWords = map[model.Metric]string{model.MetricAvailability: "avail", model.MetricErrorRate: "err", model.MetricThroughput: "rps", model.MetricP50: "p50",
	model.MetricP90: "p90", model.MetricP95: "p95", model.MetricP99: "p99", model.MetricP999: "p99.9", model.MetricMean: "mean", model.MetricQueue: "queue", model.MetricCompute: "comp"}

// MetricWord is a metric in few letters.
func MetricWord(m model.Metric) string { return metricWords[m] }

// Amount writes a figure of a metric with neither unit nor goal.
func (l *Line) Amount(o *model.ObjectiveState, s grid.Style) *Line {
	if !o.Value.Known() {
		return l.Rune(l.A.Glyphs().Dash, Faint)
	}
	var buf [24]byte
	return l.bytes(AppendAmount(buf[:0], o.Metric, o.Value.Value, o.Target), s)
}

// Goal writes the goal of an objective with its operator and without its unit.
func (l *Line) Goal(o *model.Objective, s grid.Style) *Line {
	var buf [24]byte
	return l.bytes(AppendGoal(buf[:0], o), s)
}

// Target writes the goal alone.
func (l *Line) Target(o *model.Objective, s grid.Style) *Line {
	var buf [24]byte
	return l.bytes(appendTarget(buf[:0], o), s)
}

// When budgets begin to be told in red and amber: shares that are left.
const (
	budgetLow  = 0.10
	budgetHalf = 0.50
)

// BudgetStyle says how much of a budget is left by colour.
func BudgetStyle(left model.Figure) grid.Style {
	switch {
	case !left.Known():
		return Unsure
	case left.Value < budgetLow:
		return Failing
	case left.Value < budgetHalf:
		return Warning
	}
	return Fine
}

// Budget fills an area with what is left of a budget: a bar where there is room,
// and the share in percent, or EMPTY.
func Budget(a grid.Area, left model.Figure) {
	const word = 5
	if !left.Known() {
		a.PutRight(0, 0, a.W, "no data", Unsure)
		return
	}
	st := BudgetStyle(left)
	if bar := a.Sub(0, 0, a.W-word-1, 1); bar.W >= 3 {
		full := int(min(1, max(0, left.Value))*float64(bar.W) + 0.5)
		for x := range bar.W {
			if x < full {
				bar.Set(x, 0, a.Glyphs().Bar, st)
				continue
			}
			bar.Set(x, 0, a.Glyphs().BarEmpty, Faint)
		}
	}
	if left.Value <= 0 {
		a.PutRight(0, 0, a.W, "EMPTY", st)
		return
	}
	var buf [8]byte
	percent := min(100, int(100*left.Value)) // rounded down: 99.9 % is not whole, 0.4 % is not gone
	a.PutBytes(max(0, a.W-word), 0, min(word, a.W), append(strconv.AppendInt(buf[:0], int64(percent), 10), '%'), st)
}

// AppendMoment writes when something will be or was: 16:22 within a day, 12-03 16:22 else.
func AppendMoment(b []byte, t, now time.Time, zone *time.Location) []byte {
	if d := t.Sub(now); d > 20*time.Hour || d < -20*time.Hour {
		return t.In(zone).AppendFormat(b, "01-02 15:04")
	}
	return t.In(zone).AppendFormat(b, "15:04")
}

// Moment writes when something will be or was.
func (l *Line) Moment(t, now time.Time, zone *time.Location, s grid.Style) *Line {
	var buf [16]byte
	return l.bytes(AppendMoment(buf[:0], t, now, zone), s)
}

// AgeText is a duration as Age writes it.
func AgeText(d time.Duration) string {
	var buf [24]byte
	return string(appendAge(buf[:0], d))
}
