package sla

import "time"

// month is what happened in one month of the calendar, UTC.
type month struct {
	begin time.Time // of the month
	from  time.Time // since when it was watched in that month
	tally
}

// monthsKept are a year and the one in work.
const monthsKept = 13

func monthOf(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// enter begins a month. A clock that is set back into an old one books there again.
func (a *Account) enter(now time.Time) {
	begin := monthOf(now)
	if n := len(a.months); n > 0 && !begin.After(a.months[n-1].begin) {
		return
	}
	from := begin
	if a.started.After(from) {
		from = a.started
	}
	a.months = append(a.months, month{begin: begin, from: from})
	if extra := len(a.months) - monthsKept; extra > 0 {
		a.months = append(a.months[:0], a.months[extra:]...)
	}
}

// bookMonths books what happened in (from, to], which may reach over the turn of a
// month.
func (a *Account) bookMonths(from, to int64, what tally) {
	done := tally{}
	for i := range a.months {
		m := &a.months[i]
		end := to
		if i < len(a.months)-1 {
			end = a.clock.now - a.last.Sub(a.months[i+1].begin).Milliseconds()
		}
		until := tally{}
		switch {
		case i == len(a.months)-1 || end >= to:
			until = what
		case end > from:
			until = what.part(end-from, to-from)
		}
		m.add(until.minus(done))
		done = until
	}
}

// thisMonth gives the month in work and how much of it is over.
func (a *Account) thisMonth() month {
	if len(a.months) == 0 {
		return month{}
	}
	return a.months[len(a.months)-1]
}

// length is how long a month is.
func (m *month) length() time.Duration { return m.begin.AddDate(0, 1, 0).Sub(m.begin) }
