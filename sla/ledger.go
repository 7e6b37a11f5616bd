package sla

import "math/bits"

// tally is what is added up. All of it only grows.
type tally struct {
	valid, bad uint64 // requests and failures; of a mean: how many, and nanoseconds
	watched    uint32 // tenths of a second that were observed, by the share of servers that answered
	seen       uint32 // tenths of a second in which at least one answered
}

func (a *tally) add(b tally) {
	a.valid += b.valid
	a.bad += b.bad
	a.watched += b.watched
	a.seen += b.seen
}

func (a tally) minus(b tally) tally {
	return tally{a.valid - b.valid, a.bad - b.bad, a.watched - b.watched, a.seen - b.seen}
}

// part is what of it belongs to the first of two lengths of time. Parts that
// follow on one another add up to the whole.
func (a tally) part(of, whole int64) tally {
	if of >= whole {
		return a
	}
	if of <= 0 {
		return tally{}
	}
	share := func(n uint64) uint64 {
		hi, lo := bits.Mul64(n, uint64(of)) //nolint:gosec // not negative
		q, _ := bits.Div64(hi, lo, uint64(whole))
		return q
	}
	return tally{share(a.valid), share(a.bad), uint32(share(uint64(a.watched))), uint32(share(uint64(a.seen)))} //nolint:gosec // less than what it is a part of
}

// ledger keeps totals at the end of buckets, so that any window costs two of
// them: of the last minutes every second, of the last months every hour.
type ledger struct {
	now   int64 // ms
	total tally
	tiers [len(tierPlan)]tier
}

// tier are the newest ends of buckets of one length.
type tier struct {
	began int64   // the number of the bucket before the first
	end   int64   // the number of the newest full bucket
	n     int     // how many ends are known
	ends  []tally // a ring by number
}

// tierPlan says how long buckets are, in ms, and how many are kept: a second of 10
// minutes, then control.md C9: 10 s of 6 h, a minute of 3 days, an hour of 13
// months. One more than the longest window has is kept: it begins inside a bucket.
var tierPlan = [...]struct {
	grain int64
	keep  int
}{{1000, 601}, {10_000, 6*360 + 1}, {60_000, 3*1440 + 1}, {3_600_000, 13 * 31 * 24}}

// KeptBytes is what the ledger of one account keeps at most: after 13 months.
const KeptBytes = (601 + 6*360 + 1 + 3*1440 + 1 + 13*31*24) * 24

// newLedger begins at a time.
func newLedger(now int64) *ledger {
	l := &ledger{now: now}
	for i := range l.tiers {
		t, b := &l.tiers[i], floor(now, tierPlan[i].grain)
		t.began, t.end = b-1, b-1
		t.close(b, tierPlan[i].keep, tally{})
	}
	return l
}

func floor(a, b int64) int64 {
	q := a / b
	if a < 0 && q*b != a {
		q--
	}
	return q
}

// advance closes the buckets that end up to a time.
func (l *ledger) advance(now int64) {
	for i := range l.tiers {
		l.tiers[i].close(floor(now, tierPlan[i].grain), tierPlan[i].keep, l.total)
	}
	l.now = max(l.now, now)
}

func (t *tier) close(to int64, keep int, total tally) {
	if to-t.end > int64(keep) { // all that is kept is alike
		t.end, t.n = to-int64(keep), 0
	}
	for t.end < to {
		t.end++
		t.push(keep, total)
	}
}

// push keeps the total at the end of the newest bucket. The ring grows with what
// it holds: most fleets are not watched for months.
func (t *tier) push(keep int, total tally) {
	if len(t.ends) < keep {
		t.grow(keep)
	}
	t.ends[place(t.end, t.ends)] = total
	t.n = min(t.n+1, len(t.ends))
}

func (t *tier) grow(keep int) {
	if t.n < len(t.ends) {
		return
	}
	bigger := make([]tally, min(keep, max(64, 2*len(t.ends))))
	for b := t.end - int64(t.n); b < t.end; b++ {
		bigger[place(b, bigger)] = t.ends[place(b, t.ends)]
	}
	t.ends = bigger
}

func place(b int64, ring []tally) int64 {
	n := int64(len(ring))
	return (b%n + n) % n
}

// add books what happened in (from, to], evenly where that is a stretch of time.
func (l *ledger) add(from, to int64, what tally) {
	l.total.add(what)
	for i := range l.tiers {
		t, grain := &l.tiers[i], tierPlan[i].grain
		for b := t.end; b > t.end-int64(t.n); b-- {
			switch at := b * grain; {
			case at >= to:
				t.ends[place(b, t.ends)].add(what)
				continue
			case at > from:
				t.ends[place(b, t.ends)].add(what.part(at-from, to-from))
				continue
			}
			break // what is older ended before
		}
	}
}

// over gives what happened in the last ms, from the end of a bucket on: of the
// finest buckets that are kept for so long.
func (l *ledger) over(length int64) tally {
	for i := range l.tiers {
		if last := i == len(l.tiers)-1; last || length <= tierPlan[i].grain*int64(tierPlan[i].keep-1) {
			return l.total.minus(l.tiers[i].upTo(floor(l.now-length, tierPlan[i].grain)))
		}
	}
	return l.total
}

// upTo gives the total at the end of a bucket: nothing before the first.
func (t *tier) upTo(b int64) tally {
	first := t.end - int64(t.n) + 1
	switch {
	case t.n == 0 || b < first && first == t.began+1:
		return tally{}
	case b < first:
		return t.ends[place(first, t.ends)]
	}
	return t.ends[place(min(b, t.end), t.ends)]
}
