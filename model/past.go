package model

import "math"

// What a series keeps of the time before the block in work. An hour of it has
// to be small, because a fleet has tens of thousands of series: seconds that are
// all alike need no array, and old ones are summed up in codes of 16 bits.

// value is a float32 by its bits, so that series compare like any value: a gap
// is the same as a gap, which NaN is not.
type value uint32

// gap is the only value that is no finite number.
const gap value = 0x7fc00000

func valueOf(v float64) value {
	x := float32(v)
	if x-x != 0 { // infinite, or not a number
		return gap
	}
	return value(math.Float32bits(x))
}

// number gives the value; NaN in a gap.
func (v value) number() (x float64, ok bool) {
	return float64(math.Float32frombits(uint32(v))), v != gap
}

// place is an integer that orders values as numbers do. The processor finds the
// larger of two integers without a branch, which it would guess wrong.
func (v value) place() int32 {
	bits := int32(v) //nolint:gosec // the bits
	return bits ^ bits>>31&math.MaxInt32
}

// valueAt is the number at a place.
func valueAt(place int32) float64 {
	bits := place ^ place>>31&math.MaxInt32
	return float64(math.Float32frombits(uint32(bits))) //nolint:gosec // the bits
}

// block is five minutes, one value a second.
type block [SeriesLength]value

// run is a full block, or one of which all points are flat (nil points).
type run struct {
	points *block
	flat   value
}

func (r run) at(i int) value {
	if r.points == nil {
		return r.flat
	}
	return r.points[i]
}

// past are the full blocks of a series. It is never written again: a series that
// closes a block makes another one.
type past struct {
	newest run
	older  [olderBlocks]tens // those before it, newest first
}

// olderBlocks complete the reach when the block in work has only begun.
const olderBlocks = (SeriesReach+SeriesLength-2)/SeriesLength - 1

// with gives the past with one more block; nil is a past of gaps.
func (p *past) with(full run) *past {
	q := &past{newest: full}
	if p == nil {
		for i := range q.older {
			q.older[i].flat = gap
		}
		return q
	}
	q.older[0] = p.newest.sumUp()
	copy(q.older[1:], p.older[:])
	return q
}

// over adds the seconds first to last, counted from the end of the past: -1 is
// its newest second.
func (p *past) over(to *sum, first, last int64) {
	for i := len(p.older) - 1; i >= 0; i-- {
		begin := -int64(i+2) * SeriesLength
		if first < begin+SeriesLength && last >= begin {
			to.tens(&p.older[i], int(max(first-begin, 0)), int(min(last-begin, SeriesLength-1)))
		}
	}
	if last >= -SeriesLength {
		to.run(p.newest, int(max(first+SeriesLength, 0)), int(min(last+SeriesLength, SeriesLength-1)))
	}
}

// tens is a block of which only every ten seconds are known.
type tens struct {
	points *[SeriesLength / SeriesGrain]ten // nil: flat
	flat   value
	scale  int16 // of the codes
}

// ten sums up ten seconds.
type ten struct{ least, most, mean, last code }

// sumUp makes tens of a block.
func (r run) sumUp() tens {
	if r.points == nil {
		return tens{flat: r.flat}
	}
	var points [SeriesLength / SeriesGrain]Point
	var known [SeriesLength / SeriesGrain]bool
	largest := 0.0
	for i := range points {
		s := newSum()
		s.run(r, i*SeriesGrain, i*SeriesGrain+SeriesGrain-1)
		if points[i], known[i] = s.point(); known[i] {
			largest = max(largest, -points[i].Min, points[i].Max)
		}
	}
	t := tens{points: new([SeriesLength / SeriesGrain]ten), scale: scaleOf(largest)}
	for i, p := range points {
		if known[i] {
			t.points[i] = ten{t.code(p.Min), t.code(p.Max), t.code(p.Mean), t.code(p.Last)}
		}
	}
	return t
}

// code is a number of 16 bits: a sign, five bits of exponent below the largest
// number of its block, ten bits behind the point. Numbers down to a billionth of
// that largest one are right to 0.05 %, smaller ones are told as a billionth.
type code uint16

const (
	codeGap  code = 0
	codeZero code = 1

	codeBits     = 10              // behind the point
	codeTop      = 31              // the exponent of the largest number
	doubleBits   = 52 - codeBits   // bits of a float64 that a code has not
	doubleBias   = 1023            // of its exponent
	doubleRounds = 1 << doubleBits // one in the last bit of a code
)

// scaleOf is the exponent of the largest number of a block, rounded as its code is.
func scaleOf(largest float64) int16 {
	return int16((math.Float64bits(largest)+doubleRounds/2)>>52) - doubleBias //nolint:gosec // 11 bits: it has no sign
}

func (t *tens) code(v float64) code {
	if v == 0 {
		return codeZero
	}
	bits := math.Float64bits(v) + doubleRounds/2
	sign := code(bits >> 63 << 15) //nolint:gosec // one bit
	e := int(bits>>52&0x7ff) - doubleBias - int(t.scale) + codeTop
	if e < 1 {
		return sign | 1<<codeBits
	}
	return sign | code(e<<codeBits) | code(bits>>doubleBits&(1<<codeBits-1)) //nolint:gosec // 5 and 10 bits
}

func (t *tens) value(c code) float64 {
	if c <= codeZero {
		return 0
	}
	e := int(c>>codeBits&codeTop) - codeTop + int(t.scale) + doubleBias
	return math.Float64frombits(uint64(c>>15)<<63 | uint64(e)<<52 | uint64(c&(1<<codeBits-1))<<doubleBits) //nolint:gosec // a float32's exponent is far from the ends
}

// sum gathers points.
type sum struct {
	p       Point
	total   float64
	seconds int
}

func newSum() sum { return sum{p: Point{Min: math.Inf(1), Max: math.Inf(-1)}} }

// run adds seconds of a block, both ends included.
func (s *sum) run(r run, first, last int) {
	if r.points == nil {
		s.flat(r.flat, last-first+1)
		return
	}
	least, most, latest, total, seconds := int32(math.MaxInt32), int32(math.MinInt32), gap, s.total, s.seconds
	for _, x := range r.points[first : last+1] {
		if x == gap {
			continue
		}
		place := x.place()
		least, most, latest = min(least, place), max(most, place), x
		v, _ := x.number()
		total += v
		seconds++
	}
	if latest == gap {
		return
	}
	s.p.Min, s.p.Max = min(s.p.Min, valueAt(least)), max(s.p.Max, valueAt(most))
	s.p.Last, _ = latest.number()
	s.total, s.seconds = total, seconds
}

// tens adds seconds of an older block.
func (s *sum) tens(t *tens, first, last int) {
	if t.points == nil {
		s.flat(t.flat, last-first+1)
		return
	}
	for i := first / SeriesGrain; i <= last/SeriesGrain; i++ {
		x := &t.points[i]
		if x.least == codeGap {
			continue
		}
		part := min(last, i*SeriesGrain+SeriesGrain-1) - max(first, i*SeriesGrain) + 1
		s.add(&Point{t.value(x.least), t.value(x.most), t.value(x.mean), t.value(x.last)}, part)
	}
}

// flat adds seconds that are all alike.
func (s *sum) flat(v value, seconds int) {
	if x, ok := v.number(); ok {
		s.add(&Point{x, x, x, x}, seconds)
	}
}

func (s *sum) add(p *Point, seconds int) {
	s.p.Min, s.p.Max, s.p.Last = min(s.p.Min, p.Min), max(s.p.Max, p.Max), p.Last
	s.total += p.Mean * float64(seconds)
	s.seconds += seconds
}

func (s *sum) point() (Point, bool) {
	if s.seconds == 0 {
		return Point{}, false
	}
	s.p.Mean = s.total / float64(s.seconds)
	return s.p, true
}
