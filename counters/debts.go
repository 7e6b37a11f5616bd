package counters

import (
	"slices"
	"time"

	"tritop/model"
)

// debt is a probe of ours that Triton has counted or will count.
type debt struct {
	at     time.Time
	failed bool
	made   bool // by a probe of an ensemble, at one of its steps
	left   uint64
}

// Probed says that a probe of ours was answered after it took so long, and how
// Triton counts it.
func (b *Book) Probed(at time.Time, took time.Duration, k Key, counted model.Tri) {
	r := b.rows[k]
	switch {
	case counted == model.Undecided:
		return
	case r == nil && b.early != nil: // where the metrics text counts, a probe may come before it
		b.early[k]++
		return
	case r == nil:
		return
	}
	d := debt{at: at, failed: counted == model.No, left: 1}
	if d.failed && r.steps {
		d.left = 2
	}
	r.owe(d, at.Add(-took))
}

// TimedOut says that a probe which reached the server had no answer in time.
// When Triton gets to it, it counts most such requests as a success.
func (b *Book) TimedOut(k Key) {
	if r := b.rows[k]; r != nil {
		r.maybe++
	}
}

// Induced says that a probe of an ensemble ran this row, one of its steps.
func (b *Book) Induced(at time.Time, took time.Duration, k Key) {
	if r := b.rows[k]; r != nil {
		r.owe(debt{at: at, made: true, left: 1}, at.Add(-took))
	}
}

// debtLife is how long a probe may wait to be seen in the counters. Triton
// counts a request shortly after its answer was received.
const debtLife = 3 * time.Second

// debtsKept bounds the debts of a row whose counters nobody reads.
const debtsKept = 64

// owe books a probe of ours. An answer that came while it ran may count it
// already, and pays at once: it would look like a user until the next one.
func (r *row) owe(d debt, began time.Time) {
	r.probes++
	if !d.failed || !r.steps { // failures of an ensemble are halved in the log
		r.log.takeOut(began, &d, false)
	}
	if d.left == 0 {
		return
	}
	if len(r.debts) >= debtsKept {
		r.joinDebts()
	}
	r.debts = append(r.debts, d)
}

// joinDebts makes one of the two oldest debts of a kind.
func (r *row) joinDebts() {
	for i, d := range r.debts {
		for j := i + 1; j < len(r.debts); j++ {
			if e := &r.debts[j]; e.failed == d.failed && e.made == d.made {
				e.left += d.left
				r.debts = slices.Delete(r.debts, i, i+1)
				return
			}
		}
	}
}

// payDebts takes our own probes out of an interval. A debt that finds nothing
// to pay with was already counted in an interval before, which then pays.
func (r *row) payDebts(at time.Time, iv *Interval) {
	kept := r.debts[:0]
	for _, d := range r.debts {
		from := &iv.Successes
		if d.failed {
			from = &iv.Failures
		}
		paid := min(d.left, *from)
		*from -= paid
		d.left -= paid
		if d.made {
			iv.Induced += paid
		}
		switch {
		case d.left == 0:
		case at.Sub(d.at) < debtLife:
			kept = append(kept, d)
		default:
			r.log.takeOut(d.at.Add(-debtLife), &d, true)
		}
	}
	r.debts = kept
	late := min(r.maybe, iv.Successes)
	iv.Successes -= late
	r.maybe, r.probes = r.maybe-late, r.probes+late
}
