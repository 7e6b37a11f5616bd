package sla

import (
	"tritop/counters"
	"tritop/model"
)

// Tap takes from the log of one row what is new in it since the last time. The
// zero value is ready for use.
type Tap struct {
	log   *counters.Log // nil: nothing was taken yet
	total counters.Total
}

// Take gives what is new, and whether something is. A log that is another one than
// last time is of another object: first the rest of the old one is taken, if there
// is any, then the new one, which began at 0. nil is the log of a row that is gone.
func (t *Tap) Take(log *counters.Log) (inc Increment, news bool) {
	if t.log != nil && t.log != log {
		inc, news = t.take()
		t.log = nil
	}
	if news || log == nil {
		return inc, news
	}
	if t.log == nil {
		began := log.Total().Began
		*t = Tap{log: log, total: counters.Total{Began: began, To: began}}
	}
	return t.take()
}

// take gives what is new in the log.
func (t *Tap) take() (inc Increment, news bool) {
	now := t.log.Total()
	was := &t.total
	inc = Increment{From: was.To, To: now.To, Bad: diff(now.Failures, was.Failures),
		Request: sum(now.Request, was.Request), Queue: sum(now.Queue, was.Queue), Compute: sum(now.Compute, was.Compute)}
	inc.Valid = inc.Bad + diff(now.Successes, was.Successes)
	t.total = now
	return inc, inc.Valid != 0 || inc.Bad != 0 || inc.Request.Count != 0
}

func sum(now, before model.Sum) model.Sum {
	return model.Sum{Count: now.Count - before.Count, Ns: now.Ns - before.Ns}
}

func diff(now, before uint64) int64 { return int64(now - before) } //nolint:gosec // wraps back to what is meant where it fell
