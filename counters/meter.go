package counters

import (
	"time"

	"tritop/model"
)

// Meter follows one cumulative figure of the metrics text of which nothing is
// known but that it grows: a counter, or the sum and the count of a histogram.
// Where it fell it began again at 0. The zero value is ready for use.
type Meter struct {
	steps []meterStep // of the last minute, oldest first, without holes between them
	begin time.Time   // of the first step
	last  time.Time   // of the newest reading; zero: none yet
	sum   float64     // the newest reading
	count float64
}

// meterStep is what was added up to a moment, since the step before.
type meterStep struct {
	to         time.Time
	sum, count float64
}

// Add takes a reading. The first is a baseline. Of a histogram the count tells
// whether it began again, since what it sums up may be negative; the count of a
// counter is 0.
func (m *Meter) Add(at time.Time, sum, count float64) {
	if !m.last.IsZero() && !at.After(m.last) {
		return // a clock that stood or went back: nothing can be said per second
	}
	step := meterStep{to: at, sum: sum - m.sum, count: count - m.count}
	if step.count < 0 || step.sum < 0 && count == 0 {
		step.sum, step.count = sum, count
	}
	slept := at.Round(0).Sub(m.last.Round(0))-at.Sub(m.last) > clockJump
	first := m.last.IsZero()
	m.last, m.sum, m.count = at, sum, count
	if first || slept { // nobody knows how long that was
		m.steps, m.begin = m.steps[:0], at
		return
	}
	m.steps = append(m.steps, step)
	old := 0
	for old < len(m.steps) && at.Sub(m.steps[old].to) >= WindowLength {
		old++
	}
	if old > 16 {
		m.begin = m.steps[old-1].to
		m.steps = append(m.steps[:0], m.steps[old:]...)
	}
}

// over sums up the last minute before now. A step that is only partly inside
// counts by its share.
func (m *Meter) over(now time.Time) (seconds, sum, count float64) {
	since, from, i := now.Add(-WindowLength), m.begin, 0
	for i < len(m.steps) && !m.steps[i].to.After(since) {
		from = m.steps[i].to
		i++
	}
	if i == len(m.steps) {
		return 0, 0, 0
	}
	begin, first := later(from, since), &m.steps[i]
	share := first.to.Sub(begin).Seconds() / first.to.Sub(from).Seconds()
	seconds = m.steps[len(m.steps)-1].to.Sub(begin).Seconds()
	sum, count = share*first.sum, share*first.count
	for _, s := range m.steps[i+1:] {
		sum, count = sum+s.sum, count+s.count
	}
	return seconds, sum, count
}

// Rate gives how much was added per second of the last minute before now, as far
// as it was watched.
func (m *Meter) Rate(now time.Time) model.Figure {
	seconds, sum, _ := m.over(now)
	if seconds <= 0 {
		return model.Missing(model.NotObserved)
	}
	return model.Of(sum / seconds)
}

// Mean gives the mean of what was observed in the last minute before now.
func (m *Meter) Mean(now time.Time) model.Figure {
	mean, _ := m.MeanOf(now)
	return mean
}

// MeanOf gives the mean of what was observed in the last minute before now, and
// how much the count grew in it.
func (m *Meter) MeanOf(now time.Time) (mean model.Figure, count float64) {
	seconds, sum, count := m.over(now)
	switch {
	case seconds <= 0:
		return model.Missing(model.NotObserved), count
	case count <= 0:
		return model.Missing(model.NoDemand), count
	}
	return model.Of(sum / count), count
}
