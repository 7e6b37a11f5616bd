package sla

import (
	"time"

	"tritop/model"
)

// What outlives the process: the requests of an account, by five minutes of the
// clock on the wall. Their sum is that of the account, exactly.

// kept are the two newest buckets of an account.
type kept struct {
	before, now model.Bucket // Start of before is zero where there is none
	taken       tally        // what all buckets but the newest hold
	base        tally        // what the newest held when the account was restored
}

// follow moves on to a moment, at which so much was booked in all. Buckets never
// go back: of a clock that is set back, what happens stands in the newest.
func (k *kept) follow(now time.Time, total tally) {
	if start := now.UTC().Truncate(model.BucketStep); k.now.Start.IsZero() || start.After(k.now.Start) {
		if !k.now.Start.IsZero() {
			k.before = k.now.With(k.counts(total))
		}
		k.now, k.taken, k.base = model.Bucket{Start: start, Step: model.BucketStep}, total, tally{}
	}
}

// counts gives what the newest bucket holds.
func (k *kept) counts(total tally) (valid, bad uint64, seconds uint64) {
	in := total.minus(k.taken)
	in.add(k.base)
	return in.valid, in.bad, min(uint64(in.watched/10), uint64(model.BucketStep/time.Second))
}

// Buckets gives what is to be kept of the account: the bucket in work, and the one
// before it, which is finished; ok is false before the first look. A bucket that
// is told again replaces what was told of it before.
func (a *Account) Buckets() (finished, inWork model.Bucket, ok bool) {
	if a.ledger == nil {
		return finished, inWork, false
	}
	return a.kept.before, a.kept.now.With(a.kept.counts(a.total)), true
}

// Restore makes an account of what was kept of one, oldest first. What the clock
// did not show yet at a moment is taken for that moment's.
func Restore(buckets []model.Bucket, now time.Time) *Account {
	a := NewAccount()
	if len(buckets) == 0 {
		return a
	}
	at := func(t time.Time) time.Time {
		if t.After(now) {
			return now
		}
		return t
	}
	a.started = at(buckets[0].Start)
	a.clock.advance(a.started)
	a.ledger = newLedger(a.clock.now)
	newest := begins + max(0, now.Sub(a.started).Milliseconds())
	for i := range buckets {
		b := &buckets[i]
		a.clock.advance(at(b.Start.Add(b.Step)))
		what := tally{valid: b.Valid, bad: b.Bad, watched: uint32(10 * min(b.Seconds, uint64(b.Step/time.Second)))} //nolint:gosec // a bucket is no longer than a year
		what.seen = what.watched
		from := begins + max(0, at(b.Start).Sub(a.started).Milliseconds())
		a.recall(a.clock.now, newest)
		a.add(min(from, a.clock.now), a.clock.now, what)
		a.enter(at(b.Start))
		a.months[len(a.months)-1].add(what)
		a.spending.book(a.clock.now, what, "")
	}
	a.Look(now, 0)
	a.kept.taken = a.total
	if last := buckets[len(buckets)-1]; last.Step == model.BucketStep {
		a.kept.now, a.kept.before = model.Bucket{Start: last.Start, Step: last.Step}, model.Bucket{}
		a.kept.base = tally{valid: last.Valid, bad: last.Bad, watched: uint32(10 * last.Seconds)} //nolint:gosec // as above
	}
	return a
}

// recall closes the buckets that end up to a time, of those that will still be
// kept at a later one.
func (l *ledger) recall(now, newest int64) {
	for i := range l.tiers {
		if p := &tierPlan[i]; newest-now <= p.grain*int64(p.keep) {
			l.tiers[i].close(floor(now, p.grain), p.keep, l.total)
		}
	}
	l.now = max(l.now, now)
}

// Carry books in a restored account what another one has counted: it was begun
// while the past was still being read.
func (a *Account) Carry(from *Account) {
	if from.ledger == nil {
		return
	}
	a.Look(from.started, 0)
	a.Look(from.last, 0)
	a.add(a.was, a.clock.now, from.total)
	a.months[len(a.months)-1].add(from.total)
	a.owes = from.owes
	for _, e := range from.spending.episodes {
		for _, v := range e.versions {
			a.spending.book(a.clock.now, tally{bad: v.bad}, v.version)
		}
	}
}
