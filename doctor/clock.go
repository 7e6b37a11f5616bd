package doctor

import (
	"fmt"
	"time"

	"tritop/triton/pb"
)

// skew is how far a server's clock is ahead of ours, as far as that was seen.
type skew struct {
	by    string // what told it; "" nothing did
	ahead time.Duration
}

// clockLimit is how far two clocks may differ.
const clockLimit = 2 * time.Second

// between compares a time that a server gave with the span of ours in which it
// must lie; slack is the step of its clock.
func between(by string, theirs, from, to time.Time, slack time.Duration) skew {
	switch s := (skew{by: by}); {
	case theirs.Before(from.Add(-slack)):
		s.ahead = theirs.Sub(from)
		return s
	case theirs.After(to):
		s.ahead = theirs.Sub(to)
		return s
	default:
		return s
	}
}

// lastOf gives the time of the last inference of a model version, as the server's
// clock said.
func lastOf(stats *pb.ModelStatisticsResponse, model, version string) time.Time {
	for _, m := range stats.GetModelStats() {
		if m.GetName() == model && m.GetVersion() == version && m.GetLastInference() > 0 {
			return time.UnixMilli(int64(min(m.GetLastInference(), 1<<53)))
		}
	}
	return time.Time{}
}

// clock says how the server's clock and ours differ, by the first that told.
func clock(seen ...skew) Check {
	for _, s := range seen {
		if s.by == "" {
			continue
		}
		c := Check{Name: "clock", Status: OK, Found: fmt.Sprintf("within %s of ours, by %s", clockLimit, s.by)}
		if s.ahead.Abs() > clockLimit {
			word := "ahead of"
			if s.ahead < 0 {
				word = "behind"
			}
			c.Status, c.Found = Warn, fmt.Sprintf("%s %s ours, by %s", s.ahead.Abs().Round(time.Second), word, s.by)
			c.Do = "set the clocks (NTP): times in logs and in tritop do not fit together"
		}
		return c
	}
	return Check{Name: "clock", Found: "nothing that answered told its time"}
}
