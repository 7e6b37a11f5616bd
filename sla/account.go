package sla

import (
	"time"

	"tritop/model"
)

// Increment is what became known of one row between two looks at it. Probes that
// turn out to be ours later are taken back, so a part of it may be negative.
type Increment struct {
	From, To   time.Time // it happened after From and up to To
	Valid, Bad int64     // users' requests, and those of them that failed
	Version    string    // of the row
	// Durations belong to all successes, our own probes included.
	Request, Queue, Compute model.Sum
}

// gapAfter is how long a pause between two answers may be before what happened in
// it is spread over it, instead of being booked at its end (control.md C9: three
// intervals of a second).
const gapAfter = 3 * time.Second

// Account is what became of the users' requests of one model, for as long as it
// is watched.
type Account struct {
	clock
	*ledger
	started  time.Time // the first look
	owes     [2]int64  // valid and bad that were booked and turned out to be none
	months   []month   // oldest first
	spending spending
	kept     kept
}

// NewAccount makes an empty account.
func NewAccount() *Account { return &Account{} }

// Look moves on to a moment. Of the time since the last one, a share of the
// servers was observed: 0..1. It comes before what is booked of that time. The
// first look only begins the account.
func (a *Account) Look(now time.Time, observed float64) {
	first := a.last.IsZero()
	took := a.clock.advance(now)
	if first {
		a.ledger, a.started = newLedger(a.clock.now), now
	}
	a.ledger.advance(a.clock.now)
	a.enter(now)
	a.kept.follow(now, a.total)
	if took <= 0 || observed <= 0 {
		return
	}
	tenths := func(ms int64) uint32 { return uint32(ms / 100) } //nolint:gosec // not negative, and less than 13 years
	if took > gapAfter.Milliseconds() {                         // nobody looked in between
		return
	}
	// Whole tenths are booked, as far as time went on since the account began: what
	// rounding leaves out now is booked by a later look.
	seen := tenths(a.clock.now) - tenths(a.was)
	share := uint32(min(1, observed)*float64(seen) + 0.5)
	what := tally{watched: share, seen: seen}
	a.add(a.was, a.clock.now, what)
	a.months[len(a.months)-1].add(what)
}

// Book takes an increment of a row. Look comes first.
func (a *Account) Book(inc Increment) {
	what := tally{valid: a.settle(0, inc.Valid), bad: a.settle(1, inc.Bad)}
	if what == (tally{}) {
		return
	}
	from, to := max(begins, a.of(inc.From)), max(begins, a.of(inc.To)) // none is lost of what was counted before the first look
	if to-from <= gapAfter.Milliseconds() {
		from = to
	}
	a.add(from, to, what)
	a.bookMonths(from, to, what)
	a.spending.book(to, what, inc.Version)
}

// settle pays what was booked too much with what comes now.
func (a *Account) settle(which int, n int64) uint64 {
	n -= a.owes[which]
	a.owes[which] = max(0, -n)
	return uint64(max(0, n)) //nolint:gosec // not negative
}

// Began is when the account was first looked at; zero: never.
func (a *Account) Began() time.Time { return a.started }

// Counts are the requests of one window.
type Counts struct {
	Valid, Bad uint64
	Seen       time.Duration // how much of the window was observed at all
	Watched    time.Duration // by the share of servers that answered
}

func (a tally) counts() Counts {
	const tenth = 100 * time.Millisecond
	return Counts{a.valid, a.bad, time.Duration(a.seen) * tenth, time.Duration(a.watched) * tenth}
}

// Over gives the requests of the last stretch of time before the newest look. The
// window begins at the end of a bucket: up to a second earlier where it is at
// most ten minutes, then 10 s, a minute (from six hours on), an hour (from three days on).
func (a *Account) Over(window time.Duration) Counts {
	if a.ledger == nil {
		return Counts{}
	}
	return a.over(window.Milliseconds()).counts()
}
