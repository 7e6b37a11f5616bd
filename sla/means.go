package sla

import (
	"math"
	"time"

	"tritop/model"
)

// Means keep how long requests of one model took in sum, for objectives on a mean.
type Means struct {
	clock
	*ledger
}

// Look moves on to a moment.
func (m *Means) Look(now time.Time) {
	first := m.last.IsZero()
	m.clock.advance(now)
	if first {
		m.ledger = newLedger(m.clock.now)
	}
	m.ledger.advance(m.clock.now)
}

// Book takes what became known of one row; Look comes first.
func (m *Means) Book(from, to time.Time, what model.Sum) {
	if what.Count == 0 {
		return
	}
	begin, end := max(begins, m.of(from)), max(begins, m.of(to))
	if end-begin <= gapAfter.Milliseconds() {
		begin = end
	}
	m.add(begin, end, tally{valid: what.Count, bad: what.Ns})
}

// Over gives the mean of the last stretch of time, in ms.
func (m *Means) Over(window time.Duration) Reading {
	if m.ledger == nil {
		return Nothing(model.NotObserved)
	}
	t := m.over(window.Milliseconds())
	if t.valid == 0 {
		return Nothing(model.NoDemand)
	}
	return Reading{Value: model.Of(math.Round(float64(t.bad)/float64(t.valid)) / 1e6), N: t.valid, Over: window, Source: "mean"}
}
