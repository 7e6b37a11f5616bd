package headless

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"tritop/model"
)

// Short prints a figure in at most six characters: 4.8k, 64, 0.2; "-" where it
// is not known.
func Short(f model.Figure) string {
	if !f.Known() || math.IsNaN(f.Value) || math.IsInf(f.Value, 0) {
		return "-"
	}
	switch v := f.Value; {
	case v >= 1e9:
		return strconv.FormatFloat(v/1e9, 'f', 1, 64) + "G"
	case v >= 1e6:
		return strconv.FormatFloat(v/1e6, 'f', 1, 64) + "M"
	case v >= 1e4:
		return strconv.FormatFloat(v/1e3, 'f', 1, 64) + "k"
	case v >= 10 || v == float64(int64(v)):
		return strconv.FormatFloat(v, 'f', 0, 64)
	default:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
}

// Percent prints a ratio with two decimals; "-" where it is not known.
func Percent(f model.Figure) string {
	if !f.Known() || math.IsNaN(f.Value) || math.IsInf(f.Value, 0) {
		return "-"
	}
	return strconv.FormatFloat(100*f.Value, 'f', 2, 64)
}

// Age prints a duration in the coarse form that people read: 42s, 3m10s, 2h05m.
func Age(d time.Duration) string {
	d = max(0, d).Truncate(time.Second)
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + "s"
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd", int(d.Hours())/24)
}
