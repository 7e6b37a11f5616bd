package model

import "time"

// Series is a bounded run of values: each second of the last five minutes, and
// the least, largest, mean and last of every ten seconds of the last hour. Where
// there was no data it has gaps, which are never 0. It is a value: Append
// returns a new one and leaves the old one as it was, so that a published
// snapshot never changes. Appending is amortised O(1) because old and new share
// what they have in common; only the newest is ever appended to, by one writer.
type Series struct {
	end   int64  // the second that the last point speaks of, Unix time
	flat  value  // what all points of the block in work are, while it needs no array
	kept  int16  // seconds since the first booked one, at most SeriesReach
	n     int16  // points of the block in work; before the first that was booked they are gaps
	block *block // the block in work; nil: flat
	past  *past  // the full blocks before it; nil: gaps
}

const (
	// SeriesLength is how many seconds a series keeps one by one.
	SeriesLength = 300
	// SeriesGrain is how many seconds are told together where they are older.
	SeriesGrain = 10
	// SeriesReach is how many seconds a series keeps in all.
	SeriesReach = 3600
)

// NewSeries makes an empty series that closes its blocks of five minutes at a
// moment of its own. Thousands of series that begin together and have different
// turns (any number) do not do that work all in the same second. The zero Series
// is one of turn 0.
func NewSeries(turn int) Series {
	const turns = SeriesLength / SeriesGrain
	return Series{n: int16((turn%turns + turns) % turns * SeriesGrain)} //nolint:gosec // less than SeriesLength
}

// Append books a value at a second; seconds that were left out become gaps, a
// second that is not after the last one changes nothing. A value that is no
// finite float32 is a gap.
func (s Series) Append(at time.Time, v float64) Series {
	second := at.Unix()
	switch missing := second - s.end - 1; {
	case s.kept == 0:
		s = s.begin(second)
	case missing >= SeriesReach: // nothing is left of what it knew
		s = s.begin(second)
		s.kept = SeriesReach
	case missing > 0:
		s = s.skip(missing)
	case missing < 0:
		return s
	}
	s = s.push(valueOf(v))
	s.end = second
	return s
}

// begin makes a series of gaps; its older points will be of full ten seconds of
// the clock.
func (s Series) begin(second int64) Series {
	into := int16((second%SeriesGrain + SeriesGrain) % SeriesGrain) //nolint:gosec // less than SeriesGrain
	return Series{n: (s.n-s.n%SeriesGrain)%SeriesLength + into, flat: gap}
}

// skip books gaps.
func (s Series) skip(seconds int64) Series {
	for seconds > 0 {
		s = s.push(gap)
		seconds--
		if s.block == nil { // the rest of the block costs nothing
			more := int16(min(seconds, int64(SeriesLength-s.n))) //nolint:gosec // at most SeriesLength
			s.n += more
			s.kept = min(s.kept+more, SeriesReach)
			seconds -= int64(more)
		}
	}
	return s
}

// push books the next point. What it writes lies behind all that was published.
func (s Series) push(v value) Series {
	if s.n == SeriesLength {
		s = s.close()
	}
	switch {
	case s.n == 0:
		s.flat = v
	case s.block != nil:
	case v != s.flat:
		s.block = new(block)
		for i := range s.n {
			s.block[i] = s.flat
		}
	}
	if s.block != nil {
		s.block[s.n] = v
	}
	s.n++
	s.kept = min(s.kept+1, SeriesReach)
	return s
}

// close hands the full block to the past.
func (s Series) close() Series {
	full := run{s.block, s.flat}
	if s.past != nil || s.block != nil || s.flat != gap {
		s.past = s.past.with(full)
	}
	s.block, s.n = nil, 0
	return s
}

// Shift moves a series in time by whole seconds: the clock that its seconds came
// from was set.
func (s Series) Shift(by time.Duration) Series {
	s.end += int64(by / time.Second)
	return s
}

// Len is the number of seconds that At knows, gaps among them: at most SeriesLength.
func (s Series) Len() int { return int(min(s.kept, SeriesLength)) }

// End is the second of the last point; zero when empty.
func (s Series) End() time.Time {
	if s.kept == 0 {
		return time.Time{}
	}
	return time.Unix(s.end, 0).UTC()
}

// Oldest is the second of the oldest point, of which only Over may tell; at most
// SeriesReach seconds back. Zero when empty.
func (s Series) Oldest() time.Time {
	if s.kept == 0 {
		return time.Time{}
	}
	return time.Unix(s.end-int64(s.kept)+1, 0).UTC()
}

// Last is the newest value; ok is false where there is none or it is a gap.
func (s Series) Last() (v float64, ok bool) { return s.ago(0) }

// At gives the value of one of the last SeriesLength seconds; ok is false
// outside and in gaps.
func (s Series) At(t time.Time) (v float64, ok bool) { return s.ago(s.end - t.Unix()) }

func (s Series) ago(seconds int64) (v float64, ok bool) {
	if seconds < 0 || seconds >= int64(min(s.kept, SeriesLength)) {
		return 0, false
	}
	i := int(s.n) - 1 - int(seconds)
	switch {
	case i >= 0:
		return run{s.block, s.flat}.at(i).number()
	case s.past != nil:
		return s.past.newest.at(SeriesLength + i).number()
	}
	return 0, false
}

// Point sums up a stretch of time.
type Point struct{ Min, Max, Mean, Last float64 }

// Over sums up the seconds after from, up to and with to; ok is false where all
// of it is a gap or outside of what is kept. Of the last SeriesLength seconds it
// is exact. Of older ones it takes every ten seconds of which the span has a
// part, as a whole, so that no spike falls between two columns of a chart; their
// figures are right to 0.05 % and the mean weighs them by the part. It allocates
// nothing, and an hour costs a few microseconds.
func (s Series) Over(from, to time.Time) (p Point, ok bool) {
	first, last := max(from.Unix()+1, s.end-int64(s.kept)+1), min(to.Unix(), s.end)
	if s.kept == 0 || first > last {
		return p, false
	}
	sum := newSum()
	begin := s.end - int64(s.n) + 1 // of the block in work
	if s.past != nil && first < begin {
		s.past.over(&sum, first-begin, last-begin)
	}
	if last >= begin {
		sum.run(run{s.block, s.flat}, int(max(first-begin, 0)), int(last-begin))
	}
	return sum.point()
}
