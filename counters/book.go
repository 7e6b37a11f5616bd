// Package counters turns Triton's cumulative counters into honest differences
// and windows.
//
// It promises that no difference is ever negative or absurd: restarts, reloads,
// unloads and gaps are recognised, and tritop's own probes are taken out of
// what is said about users. It is pure arithmetic on values and times; the
// engine is its one user, from one goroutine.
package counters

import (
	"time"

	"tritop/model"
)

// Book keeps what is needed to difference the counters of one server.
type Book struct {
	rows    map[Key]*row
	last    time.Time      // of the last complete answer; zero: none yet
	restart bool           // a new process answered: every series starts at 0
	early   map[Key]uint64 // probes of ours before the first answer: it counts them already
}

// Key names one model version on the server.
type Key struct{ Model, Version string }

// Change is what one poll changed in one row.
type Change struct {
	Key
	Appeared bool // it was not in the last answer
	Reset    bool // its counters started again at 0
}

type row struct {
	prev   model.Counters
	seen   bool // in the newest answer
	log    Log
	debts  []debt
	probes uint64
	epoch  time.Time
	steps  bool // an ensemble: Triton counts each failure of it twice
}

// debt is a probe of ours that Triton has counted or will count.
type debt struct {
	at     time.Time
	failed bool
	made   bool // by a probe of an ensemble, at one of its steps
	left   uint64
}

// NewBook makes an empty book.
func NewBook() *Book { return &Book{rows: make(map[Key]*row), early: make(map[Key]uint64)} }

// Restarted says that the next answer comes from a new process.
func (b *Book) Restarted() { b.restart = true }

// Began says that the server's process began after this moment, because it was
// seen not to listen then: what its first answer counts was counted since.
func (b *Book) Began(at time.Time) {
	if b.last.IsZero() {
		b.last = at
	}
}

// WentBack says whether an answer shows counters that restarted.
func (b *Book) WentBack(answer []model.Counters) bool {
	for _, c := range answer {
		if r := b.rows[Key{c.Model, c.Version}]; r != nil && wentBack(r.prev, c) {
			return true
		}
	}
	return false
}

// Ensemble says that a row is an ensemble (or is not).
func (b *Book) Ensemble(k Key, is bool) {
	if r := b.rows[k]; r != nil {
		r.steps = is
	}
}

// Poll books one complete answer of the statistics call. It gives what changed
// and which rows vanished since the answer before.
func (b *Book) Poll(at time.Time, answer []model.Counters) (changed []Change, vanished []Key) {
	first := b.last.IsZero()
	for _, r := range b.rows {
		r.seen = false
	}
	for _, c := range answer {
		k := Key{c.Model, c.Version}
		r := b.rows[k]
		switch {
		case r == nil && first:
			r = &row{prev: c, log: NewLog(at), probes: b.early[k]} // our first look: a baseline, no difference
			b.rows[k] = r
			changed = append(changed, Change{Key: k, Appeared: true})
		case r == nil:
			r = &row{log: NewLog(b.last), epoch: at} // it was not there a moment ago, so it began at 0
			b.rows[k] = r
			changed = append(changed, Change{Key: k, Appeared: true})
			r.book(at, c)
		case b.restart || wentBack(r.prev, c):
			r.prev, r.epoch, r.debts, r.probes = model.Counters{}, at, nil, 0
			changed = append(changed, Change{Key: k, Reset: true})
			r.book(at, c)
		default:
			r.book(at, c)
		}
		r.seen = true
	}
	for k, r := range b.rows {
		if !r.seen {
			vanished = append(vanished, k)
			delete(b.rows, k)
		}
	}
	b.last, b.restart, b.early = at, false, nil
	return changed, vanished
}

// wentBack says whether counters restarted. Fields of one answer are read
// without one lock, so nanoseconds alone prove nothing.
func wentBack(prev, cur model.Counters) bool {
	return cur.Success.Count < prev.Success.Count || cur.Fail.Count < prev.Fail.Count ||
		cur.Inferences < prev.Inferences || cur.Executions < prev.Executions
}

func (r *row) book(at time.Time, c model.Counters) {
	p := r.prev
	r.prev = c
	iv := Interval{
		To:        at,
		All:       back(c.Success.Count, p.Success.Count) + back(c.Fail.Count, p.Fail.Count),
		Failures:  back(c.Fail.Count, p.Fail.Count),
		Success:   diff(c.Success, p.Success),
		Queue:     diff(c.Queue, p.Queue),
		Compute:   model.Sum{Count: back(c.Infer.Count, p.Infer.Count), Ns: diff(c.Input, p.Input).Ns + diff(c.Infer, p.Infer).Ns + diff(c.Output, p.Output).Ns},
		Successes: back(c.Success.Count, p.Success.Count),
	}
	r.payDebts(at, &iv)
	if r.steps { // each failed request of an ensemble is counted twice
		iv.All -= iv.Failures - (iv.Failures+1)/2
		iv.Failures = (iv.Failures + 1) / 2
	}
	r.log.Add(iv)
}

func back(cur, prev uint64) uint64 {
	if cur < prev {
		return 0
	}
	return cur - prev
}

func diff(cur, prev model.Sum) model.Sum {
	return model.Sum{Count: back(cur.Count, prev.Count), Ns: back(cur.Ns, prev.Ns)}
}

// Probed says that a probe of ours was answered, and how Triton counts it.
func (b *Book) Probed(at time.Time, k Key, counted model.Tri) {
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
	r.probes++
	d := debt{at: at, failed: counted == model.No, left: 1}
	if d.failed && r.steps {
		d.left = 2
	}
	r.debts = append(r.debts, d)
}

// Induced says that a probe of an ensemble ran this row, one of its steps.
func (b *Book) Induced(at time.Time, k Key) {
	if r := b.rows[k]; r != nil {
		r.probes++
		r.debts = append(r.debts, debt{at: at, made: true, left: 1})
	}
}

// debtLife is how long a probe may wait to be seen in the counters. Triton
// counts a request shortly after its answer was received.
const debtLife = 3 * time.Second

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
			r.log.takeOut(d.at.Add(-debtLife), d)
		}
	}
	r.debts = kept
}

// Row gives the newest cumulative counters of a row and since when they count
// (zero: since before we first looked); ok is false where there is none.
func (b *Book) Row(k Key) (c model.Counters, probes uint64, epoch time.Time, ok bool) {
	r := b.rows[k]
	if r == nil {
		return model.Counters{}, 0, time.Time{}, false
	}
	return r.prev, r.probes, r.epoch, true
}

// Log gives the intervals of a row; nil where there is none.
func (b *Book) Log(k Key) *Log {
	if r := b.rows[k]; r != nil {
		return &r.log
	}
	return nil
}

// Last is when the last complete answer came; zero: never.
func (b *Book) Last() time.Time { return b.last }
