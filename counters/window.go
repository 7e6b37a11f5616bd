package counters

import (
	"math"
	"time"

	"tritop/model"
)

// Interval is what happened since the answer before.
type Interval struct {
	To        time.Time
	All       uint64 // requests, our probes included
	Successes uint64 // users' successes
	Induced   uint64 // of a step: what probes of its ensembles ran, already taken out of the users'
	Failures  uint64 // users' failures
	Samples   uint64 // inferences, our probes included
	// The durations belong to all successes, our probes included: Triton does
	// not say which request took how long, so probes cannot be taken out here.
	Success, Queue, Compute model.Sum
}

// WindowLength is the window of every figure that names no other.
const WindowLength = 60 * time.Second

// Log are the intervals of the last minute of one row, oldest first. It keeps
// running totals, so that a window costs two of them and not sixty intervals: a
// fleet has thousands of rows, each of which is asked several times a second.
type Log struct {
	base   time.Time // marks are told from here, by the monotonic clock
	last   time.Time // the end of the newest interval
	before totals    // at the beginning of the first one
	marks  []mark
}

// mark is the end of an interval.
type mark struct {
	to  time.Duration // since the base
	sum totals        // of all intervals up to here
}

// totals only grow.
type totals struct {
	observed                          time.Duration // an interval began this long before its end
	all, successes, induced, failures uint64
	samples                           uint64
	success, queue, compute           model.Sum
}

// NewLog begins a log at a moment.
func NewLog(at time.Time) Log { return Log{base: at, last: at} }

// Add books an interval from the last moment on.
func (l *Log) Add(iv Interval) {
	if !iv.To.After(l.last) {
		return // a clock that stood or went back: nothing can be said per second
	}
	took := iv.To.Sub(l.last)
	if wall := iv.To.Round(0).Sub(l.last.Round(0)); wall-took > clockJump { // nobody knows how long this interval was
		l.before, l.marks, l.last = l.until(len(l.marks)), l.marks[:0], iv.To
		l.before.add(&iv, 0) // no window may show it, and it is counted all the same
		return
	}
	l.last = iv.To
	m := mark{iv.To.Sub(l.base), l.until(len(l.marks))}
	m.sum.add(&iv, took)
	if n := len(l.marks); n == cap(l.marks) && n < marksKept { // append would make room for more than a minute has
		l.marks = append(make([]mark, 0, min(max(8, 2*n), marksKept)), l.marks...)
	}
	l.marks = append(l.marks, m)
	old := 0
	for m.to-l.marks[old].to >= WindowLength {
		old++
	}
	if old > 3 { // at one answer a second, marksKept are kept
		l.before = l.until(old)
		l.marks = append(l.marks[:0], l.marks[old:]...)
	}
}

// marksKept is how many marks a minute has at one answer a second, and some more.
const marksKept = 64

// until gives the totals of the first n intervals and all that went before.
func (l *Log) until(n int) totals {
	if n == 0 {
		return l.before
	}
	return l.marks[n-1].sum
}

func (t *totals) add(iv *Interval, took time.Duration) {
	t.observed += took
	t.all += iv.All
	t.successes += iv.Successes
	t.induced += iv.Induced
	t.failures += iv.Failures
	t.samples += iv.Samples
	for _, of := range [...]struct{ to, x *model.Sum }{{&t.success, &iv.Success}, {&t.queue, &iv.Queue}, {&t.compute, &iv.Compute}} {
		of.to.Count += of.x.Count
		of.to.Ns += of.x.Ns
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
	for i := len(l.marks) - 1; i >= 0 && n > 0 && l.base.Add(l.marks[i].to).After(since); i-- {
		sum, before := &l.marks[i].sum, l.until(i)
		var failures, successes uint64
		if d.failed {
			failures = min(n, sum.failures-before.failures)
			n -= failures
		}
		if !d.failed || overdue {
			successes = min(n, sum.successes-before.successes)
			n -= successes
		}
		for j := i; j < len(l.marks); j++ {
			sum := &l.marks[j].sum
			sum.failures, sum.successes = sum.failures-failures, sum.successes-successes
			if d.made {
				sum.induced += successes
			}
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
	Samples             float64
	Success             [2]float64 // count, ns
	Queue, Compute      [2]float64
}

// Over sums the intervals of the given length before now.
func (l *Log) Over(now time.Time, length time.Duration) Sums {
	var s Sums
	if l == nil {
		return s
	}
	begin := now.Sub(l.base) - length
	first := l.after(begin)
	if first == len(l.marks) {
		return s
	}
	m, before, end := &l.marks[first], l.until(first), l.until(len(l.marks))
	took := m.sum.observed - before.observed
	inside := min(took, m.to-begin)
	s.plus(&m.sum, &before, inside.Seconds(), inside.Seconds()/took.Seconds())
	s.plus(&end, &m.sum, (end.observed - m.sum.observed).Seconds(), 1)
	s.setRate()
	return s
}

// after finds the first interval that ends after a moment.
func (l *Log) after(moment time.Duration) int {
	n := len(l.marks)
	if n == 0 || l.marks[0].to > moment {
		return 0
	}
	i := n // a guess that is right where answers come regularly
	if begin, end := l.marks[0].to, l.marks[n-1].to; end > moment {
		i = int(int64(n) * int64(moment-begin) / int64(end-begin))
	}
	for i > 0 && l.marks[i-1].to > moment {
		i--
	}
	for i < n && l.marks[i].to <= moment {
		i++
	}
	return i
}

// plus adds a share of what was counted between two marks.
func (s *Sums) plus(end, begin *totals, seconds, share float64) {
	s.Seconds += seconds
	s.All += share * float64(end.all-begin.all)
	s.Successes += share * float64(end.successes-begin.successes)
	s.Failures += share * float64(end.failures-begin.failures)
	s.Samples += share * float64(end.samples-begin.samples)
	s.Induced += share * float64(end.induced-begin.induced)
	add(&s.Success, end.success, begin.success, share)
	add(&s.Queue, end.queue, begin.queue, share)
	add(&s.Compute, end.compute, begin.compute, share)
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

func add(to *[2]float64, end, begin model.Sum, share float64) {
	to[0] += share * float64(end.Count-begin.Count)
	to[1] += share * float64(end.Ns-begin.Ns)
}

// Beside adds a row of the same server. A version that appeared in the window had
// no requests before: its counts are divided by the time that the server was
// watched, or a change of versions would look like more traffic.
func (s *Sums) Beside(o *Sums) {
	s.Add(o)
	s.setRate()
}

// Add adds a sum of the same window of another server.
// One that was observed for a part of it only has a rate all the same, so rates
// are added, and not the counts divided by the longer time.
func (s *Sums) Add(o *Sums) {
	s.Seconds = max(s.Seconds, o.Seconds)
	s.Rate += o.Rate
	s.All += o.All
	s.Successes += o.Successes
	s.Failures += o.Failures
	s.Samples += o.Samples
	s.Induced += o.Induced
	for i := range 2 {
		s.Success[i] += o.Success[i]
		s.Queue[i] += o.Queue[i]
		s.Compute[i] += o.Compute[i]
	}
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
		w.Rate, w.ErrorRatio, w.MeanMs, w.QueueMs, w.ComputeMs, w.Samples = none, none, none, none, none, none
		return w
	}
	users := s.Successes + s.Failures
	w.Requests, w.Failures = uint64(math.Round(users)), uint64(math.Round(s.Failures))
	w.Rate = model.Of(math.Round(s.Rate*1e6) / 1e6) // the same in whatever order its rows were added
	w.Samples = model.Of(math.Round(s.Samples/s.Seconds*1e6) / 1e6)
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

// Total is what a log has counted since it began.
type Total struct {
	Successes, Failures     uint64    // users'; a probe that is found among them later is taken out again
	Request, Queue, Compute model.Sum // of all requests, as in Interval
	Began, To               time.Time
}

// Total gives the sums of all intervals, those that no window holds any more among
// them. What was counted while the machine slept is in them too.
func (l *Log) Total() Total {
	t := l.until(len(l.marks))
	return Total{t.successes, t.failures, t.success, t.queue, t.compute, l.base, l.last}
}
