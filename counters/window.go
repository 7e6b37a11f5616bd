package counters

import (
	"math"
	"time"

	"tritop/model"
)

// Interval is what happened between two answers.
type Interval struct {
	From, To  time.Time
	All       uint64 // requests, our probes included
	Successes uint64 // users' successes
	Induced   uint64 // of a step: what probes of its ensembles ran, already taken out of the users'
	Failures  uint64 // users' failures
	// The durations belong to all successes, our probes included: Triton does
	// not say which request took how long, so probes cannot be taken out here.
	Success, Queue, Compute model.Sum
}

// WindowLength is the window of every figure that names no other.
const WindowLength = 60 * time.Second

// Log are the intervals of the last minute of one row, oldest first.
type Log struct {
	intervals []Interval
	last      time.Time
}

// NewLog begins a log at a moment.
func NewLog(at time.Time) Log { return Log{last: at} }

// Add books an interval from the last moment on.
func (l *Log) Add(iv Interval) {
	if !iv.To.After(l.last) {
		return // a clock that stood or went back: nothing can be said per second
	}
	if wall := iv.To.Round(0).Sub(l.last.Round(0)); wall-iv.To.Sub(l.last) > clockJump {
		l.intervals, l.last = l.intervals[:0], iv.To // nobody knows how long this interval was
		return
	}
	iv.From, l.last = l.last, iv.To
	l.intervals = append(l.intervals, iv)
	old := 0
	for old < len(l.intervals) && iv.To.Sub(l.intervals[old].To) >= WindowLength {
		old++
	}
	if old > 32 || old == len(l.intervals) {
		l.intervals = append(l.intervals[:0], l.intervals[old:]...)
	}
}

// clockJump is how much more the clock of this machine may gain than its
// monotonic one, which stands still while the machine sleeps.
const clockJump = 2 * time.Second

// takeOut removes probes that were booked as users' before their answer was
// known. Triton counts some errors of Python models as successes, so a failed
// probe whose failure never came (overdue) is taken out of those.
func (l *Log) takeOut(since time.Time, d *debt, overdue bool) {
	n := d.left
	for i := len(l.intervals) - 1; i >= 0 && n > 0 && l.intervals[i].To.After(since); i-- {
		iv := &l.intervals[i]
		if d.failed {
			paid := min(n, iv.Failures)
			iv.Failures, n = iv.Failures-paid, n-paid
		}
		if d.failed && !overdue {
			continue
		}
		paid := min(n, iv.Successes)
		iv.Successes, n = iv.Successes-paid, n-paid
		if d.made {
			iv.Induced += paid
		}
	}
	d.left = n
}

// Sums are the totals of a window. An interval that is only partly inside,
// because answers were missing, counts by its share.
type Sums struct {
	Seconds             float64
	Rate                float64 // users' requests per second; of a sum of rows, theirs together
	All                 float64
	Successes, Failures float64
	Induced             float64
	Success             [2]float64 // count, ns
	Queue, Compute      [2]float64
}

// Over sums the intervals of the given length before now.
func (l *Log) Over(now time.Time, length time.Duration) Sums {
	var s Sums
	if l == nil {
		return s
	}
	begin := now.Add(-length)
	first := len(l.intervals) // a chart looks back on three of sixty
	for first > 0 && l.intervals[first-1].To.After(begin) {
		first--
	}
	for i := first; i < len(l.intervals); i++ {
		iv := &l.intervals[i]
		inside := iv.To.Sub(later(iv.From, begin)).Seconds()
		if inside <= 0 {
			continue
		}
		share := inside / iv.To.Sub(iv.From).Seconds()
		s.Seconds += inside
		s.All += share * float64(iv.All)
		s.Successes += share * float64(iv.Successes)
		s.Failures += share * float64(iv.Failures)
		s.Induced += share * float64(iv.Induced)
		add(&s.Success, iv.Success, share)
		add(&s.Queue, iv.Queue, share)
		add(&s.Compute, iv.Compute, share)
	}
	s.setRate()
	return s
}

func (s *Sums) setRate() {
	if s.Rate = 0; s.Seconds > 0 {
		s.Rate = (s.Successes + s.Failures) / s.Seconds
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func add(to *[2]float64, x model.Sum, share float64) {
	to[0] += share * float64(x.Count)
	to[1] += share * float64(x.Ns)
}

// Plus adds two sums of the same window: rows of one model, servers of a fleet.
// One that was observed for a part of it only has a rate all the same, so rates
// are added, and not the counts divided by the longer time.
func (s Sums) Plus(o Sums) Sums {
	s.Seconds = max(s.Seconds, o.Seconds)
	s.Rate += o.Rate
	s.All += o.All
	s.Successes += o.Successes
	s.Failures += o.Failures
	s.Induced += o.Induced
	for i := range 2 {
		s.Success[i] += o.Success[i]
		s.Queue[i] += o.Queue[i]
		s.Compute[i] += o.Compute[i]
	}
	return s
}

// WithoutSteps takes out of a step's sums what its ensembles made it do: each
// of their requests (all: a probe of an ensemble runs its steps too) ran it
// `times` times. What was already taken out as induced is not taken out again.
func (s Sums) WithoutSteps(ensemble Sums, times int) Sums {
	n := ensemble.All * float64(times)
	s.All = max(0, s.All-n)
	before := min(s.Induced, n)
	s.Induced, n = s.Induced-before, n-before
	taken := min(s.Successes, n)
	s.Successes -= taken
	s.Failures = max(0, s.Failures-min(n-taken, ensemble.Failures*float64(times)))
	s.setRate()
	return s
}

// Window gives the figures of a sum. Nothing observed is not zero requests.
func (s Sums) Window() model.Window {
	w := model.Window{Seconds: s.Seconds}
	if s.Seconds <= 0 {
		none := model.Missing(model.NotObserved)
		w.Rate, w.ErrorRatio, w.MeanMs, w.QueueMs, w.ComputeMs = none, none, none, none, none
		return w
	}
	users := s.Successes + s.Failures
	w.Requests, w.Failures = uint64(math.Round(users)), uint64(math.Round(s.Failures))
	w.Rate = model.Of(math.Round(s.Rate*1e6) / 1e6) // the same in whatever order its rows were added
	w.ErrorRatio = ratio(s.Failures, users)
	w.MeanMs = meanMs(s.Success)
	w.QueueMs = meanMs(s.Queue)
	w.ComputeMs = meanMs(s.Compute)
	return w
}

func ratio(part, whole float64) model.Figure {
	if whole <= 0 {
		return model.Missing(model.NoDemand)
	}
	return model.Of(part / whole)
}

func meanMs(sum [2]float64) model.Figure {
	if sum[0] <= 0 {
		return model.Missing(model.NoDemand)
	}
	return model.Of(sum[1] / sum[0] / 1e6)
}
