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
	rows      map[Key]*row
	last      time.Time         // of the last complete answer; zero: none yet
	suspicion suspicion         // that the next answer comes from a new process
	text      bool              // the metrics text counts, not the statistics
	anew      bool              // the next answer is of another source: a baseline
	fails     map[Key]model.Sum // of the text: failures of versions that are gone, which Triton keeps
	early     map[Key]uint64    // probes of ours before the first answer: it counts them already
}

// suspicion is why a new process may answer. Only an answer can show that it does:
// a port that refused for a moment, or a connection that broke, prove nothing.
type suspicion int

const (
	noSuspicion suspicion = iota
	reconnected
	wasGone
)

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
	maybe  uint64 // probes that timed out: Triton counts most of them when it gets to them
	probes uint64
	epoch  time.Time
	steps  bool // an ensemble: Triton counts each failure of it twice
}

// NewBook makes an empty book.
func NewBook() *Book {
	return &Book{rows: make(map[Key]*row), fails: make(map[Key]model.Sum), early: make(map[Key]uint64)}
}

// Gone says that the server was seen not to listen, or to exit: the next answer
// may come from a new process.
func (b *Book) Gone() { b.suspicion = wasGone }

// Reconnected says that the connection was made anew.
func (b *Book) Reconnected() { b.suspicion = max(b.suspicion, reconnected) }

// From says which of Triton's two accounts the next answer is: the metrics text
// or the statistics. They have different zero points, so a change is a new baseline.
func (b *Book) From(text bool) {
	if b.text != text {
		b.text, b.anew = text, !b.last.IsZero()
		clear(b.fails)
	}
}

// Restarted says whether an answer shows a new process: a figure of it went
// back or, where the old one was gone, none of them goes on.
func (b *Book) Restarted(answer []model.Counters) bool {
	if b.suspicion == noSuspicion || b.last.IsZero() || b.anew {
		return false
	}
	goesOn := false
	for _, c := range answer {
		r := b.rows[Key{c.Model, c.Version}]
		switch {
		case r == nil:
		case fell(r.prev, c):
			return true
		default:
			goesOn = goesOn || r.prev.Success.Count+r.prev.Fail.Count > 0
		}
	}
	return b.suspicion == wasGone && !goesOn
}

// Ensemble says that a row is an ensemble (or is not).
func (b *Book) Ensemble(k Key, is bool) {
	if r := b.rows[k]; r != nil {
		r.steps = is
	}
}

// Poll books one complete answer of the statistics call, or one metrics text. It
// gives what changed and which rows vanished since the answer before.
func (b *Book) Poll(at time.Time, answer []model.Counters) (changed []Change, vanished []Key) {
	restart := b.Restarted(answer)
	if restart {
		clear(b.fails)
	}
	for _, r := range b.rows {
		r.seen = false
	}
	for _, c := range answer {
		k := Key{c.Model, c.Version}
		r := b.rows[k]
		switch {
		case r == nil:
			b.rows[k] = b.appear(at, k, c)
			changed = append(changed, Change{Key: k, Appeared: true})
			continue
		case r.seen: // a name twice in one answer: the second would be differenced with the first
			continue
		case b.anew:
			r.prev, r.epoch, r.log.last, r.debts, r.maybe = c, time.Time{}, at, nil, 0
		case restart || wentBack(r.prev, c):
			r.restart(at, b.last, c, b.text)
			changed = append(changed, Change{Key: k, Reset: true})
			r.book(at, c)
		default:
			r.book(at, c)
		}
		r.seen = true
	}
	vanished = b.dropUnseen()
	b.last, b.suspicion, b.anew, b.early = at, noSuspicion, false, nil
	return changed, vanished
}

// dropUnseen forgets the rows that the newest answer does not list.
func (b *Book) dropUnseen() (vanished []Key) {
	for k, r := range b.rows {
		if r.seen {
			continue
		}
		vanished = append(vanished, k)
		if b.text && r.prev.Fail.Count > 0 {
			b.fails[k] = r.prev.Fail
		}
		delete(b.rows, k)
	}
	return vanished
}

// appear makes a row that was not in the answer before.
func (b *Book) appear(at time.Time, k Key, c model.Counters) *row {
	if b.last.IsZero() || b.anew { // our first look: a baseline, no difference
		return &row{seen: true, prev: c, log: NewLog(at), probes: b.early[k]}
	}
	r := &row{seen: true, log: NewLog(b.last), epoch: at} // it was not there a moment ago, so it began at 0
	if b.text {                                           // all but its failures, which the text never drops
		r.prev.Fail = c.Fail
		if old, known := b.fails[k]; known && old.Count <= c.Fail.Count {
			r.prev.Fail = old
		}
	}
	delete(b.fails, k)
	r.book(at, c)
	return r
}

// restart makes a row begin again at 0. What did not go back is differenced as
// ever: too little after a restart with more requests than before it, but never
// the requests of a whole life in one second.
func (r *row) restart(at, last time.Time, c model.Counters, text bool) {
	if fell(r.prev, c) {
		before := r.prev.Fail
		r.prev = model.Counters{}
		if text && before.Count <= c.Fail.Count {
			r.prev.Fail = before
		}
	}
	r.epoch, r.probes, r.maybe = at, 0, 0
	kept := r.debts[:0]
	for _, d := range r.debts { // of the old one, but for those that the new one may have answered
		if d.at.After(last) && at.Sub(d.at) < debtLife {
			kept = append(kept, d)
			r.probes++
		}
	}
	r.debts = kept
}

// wentBack says whether counters restarted.
func wentBack(prev, cur model.Counters) bool {
	return cur.Success.Count < prev.Success.Count || cur.Fail.Count < prev.Fail.Count ||
		cur.Inferences < prev.Inferences || cur.Executions < prev.Executions
}

// fell looks closer: at the times too, which tell where few requests were counted.
func fell(prev, cur model.Counters) bool {
	return wentBack(prev, cur) || cur.Success.Ns < prev.Success.Ns || cur.Queue.Ns < prev.Queue.Ns || cur.Infer.Ns < prev.Infer.Ns
}

func (r *row) book(at time.Time, c model.Counters) {
	p := r.prev
	r.prev = c
	iv := Interval{
		To:        at,
		All:       back(c.Success.Count, p.Success.Count) + back(c.Fail.Count, p.Fail.Count),
		Failures:  back(c.Fail.Count, p.Fail.Count),
		Samples:   back(c.Inferences, p.Inferences),
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
