package model

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// booked is the oracle: every value that a series took, for ever.
type booked struct {
	values     map[int64]float64
	begin, end int64 // seconds; of the first and the last value
}

func (b *booked) book(second int64, v float64) {
	if len(b.values) > 0 && second <= b.end {
		return
	}
	if len(b.values) == 0 {
		b.begin = second
	}
	b.values[second], b.end = float64(float32(v)), second
}

// over sums up the seconds first to last, one by one.
func (b *booked) over(first, last int64) (p Point, ok bool) {
	n := 0
	p = Point{Min: math.Inf(1), Max: math.Inf(-1)}
	for t := max(first, b.begin); t <= min(last, b.end); t++ {
		if v, there := b.values[t]; there && !math.IsNaN(v) {
			p = Point{min(p.Min, v), max(p.Max, v), p.Mean + v, v}
			n++
		}
	}
	p.Mean /= float64(n)
	return p, n > 0
}

// played is a series with the oracle of the same values.
type played struct {
	s Series
	o *booked
}

// play books values of all kinds: long runs of one, noise of some magnitude,
// gaps of a second and of hours, seconds twice.
func play(t *rapid.T, each func(played)) played {
	p := played{NewSeries(rapid.IntRange(-40, 40).Draw(t, "turn")), &booked{values: map[int64]float64{}}}
	now := int64(rapid.IntRange(-5000, 2_000_000_000).Draw(t, "from"))
	for range rapid.IntRange(1, 12).Draw(t, "stretches") {
		now += int64(rapid.SampledFrom([]int{0, 1, 1, 1, 7, 290, 301, 3500, 3599, 3600, 3601, 90_000}).Draw(t, "pause"))
		size := rapid.SampledFrom([]float64{0, 1, -3, 1e-9, 1e-40, 4e7, -2e12, 3e38, math.NaN(), math.Inf(1), 1e300}).Draw(t, "size")
		noise := rapid.SampledFrom([]float64{0, 0, 0.3, 1}).Draw(t, "noise")
		holes := rapid.SampledFrom([]int{0, 0, 3, 40}).Draw(t, "holes")
		for i := range rapid.IntRange(1, 900).Draw(t, "seconds") {
			x := math.Mod(float64(i)*0.61803398875, 1)
			if holes == 0 || i%holes != holes-1 {
				v := size * (1 - noise*x)
				p.s = p.s.Append(time.Unix(now, int64(x*999_999_999)), v)
				if v > math.MaxFloat32 {
					v = math.NaN()
				}
				p.o.book(now, v)
			}
			now++
		}
		each(p)
	}
	return p
}

// A span of the last five minutes is exact. Of an older one every ten seconds
// that it touches count, so its extremes lie between those of the span and those
// of the span with nine seconds more on both sides; whole tens are exact but for
// the codes.
func TestSeriesTellsWhatWasBooked(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := play(t, func(played) {})
		if !p.s.End().Equal(time.Unix(p.o.end, 0)) {
			t.Fatalf("it ends at %v", p.s.End())
		}
		oldest := max(p.o.begin, p.o.end-SeriesReach+1)
		if !p.s.Oldest().Equal(time.Unix(oldest, 0)) {
			t.Fatalf("the oldest is %v, want %v", p.s.Oldest(), time.Unix(oldest, 0))
		}
		p.seconds(t)
		for range 40 {
			first := p.o.end - int64(rapid.IntRange(-20, SeriesReach+100).Draw(t, "first"))
			last := first + int64(rapid.OneOf(rapid.IntRange(-1, 60), rapid.IntRange(0, SeriesReach)).Draw(t, "length"))
			p.span(t, first, last, oldest)
			p.span(t, floor(first), floor(last)+SeriesGrain-1, oldest)
		}
	})
}

func floor(second int64) int64 { return second - (second%SeriesGrain+SeriesGrain)%SeriesGrain }

// seconds compares every second, and some that no second is known of.
func (p played) seconds(t *rapid.T) {
	if p.s.Len() > SeriesLength || p.s.Len() != int(min(p.o.end-p.o.begin+1, SeriesLength)) {
		t.Fatalf("%d seconds", p.s.Len())
	}
	for at := p.o.end + 5; at > p.o.end-SeriesLength-5; at-- {
		got, ok := p.s.At(time.Unix(at, 999))
		want, known := p.o.values[at]
		known = known && !math.IsNaN(want) && at > p.o.end-SeriesLength
		if ok != known || ok && got != want {
			t.Fatalf("second %d from the end: %v %v, want %v %v", at-p.o.end, got, ok, want, known)
		}
	}
	got, ok := p.s.Last()
	if want := p.o.values[p.o.end]; ok == math.IsNaN(want) || ok && got != want {
		t.Fatalf("the last is %v %v, want %v", got, ok, want)
	}
}

// answer is what Over says of the seconds first to last.
type answer struct {
	first, last int64
	Point
	ok bool
}

func (p played) ask(first, last int64) answer {
	got, ok := p.s.Over(time.Unix(first-1, 5e8), time.Unix(last, 5e8))
	return answer{first, last, got, ok}
}

func (a answer) String() string {
	return fmt.Sprintf("from %s to %s: %+v %v", time.Unix(a.first, 0), time.Unix(a.last, 0), a.Point, a.ok)
}

// span compares one span.
func (p played) span(t *rapid.T, first, last, oldest int64) {
	a := p.ask(first, last)
	want, known := p.o.over(max(first, oldest), last)
	if first > p.o.end-SeriesLength {
		a.exact(t, want, known)
		return
	}
	around, knownAround := p.o.over(first-SeriesGrain+1, last+SeriesGrain-1)
	if known && !a.ok || a.ok && !knownAround {
		t.Fatalf("known %v, around %v: %s", known, knownAround, a)
	}
	if a.ok {
		p.older(t, a, around, want, known)
	}
	if p.whole(a, oldest) {
		a.tens(t, p.o, p.near(first, last))
	}
}

// older compares a span that was summed up.
func (p played) older(t *rapid.T, a answer, around, want Point, known bool) {
	slack := 0.0005*max(-around.Min, around.Max) + 1e-9*p.near(a.first, a.last)
	a.between(t, around, slack)
	if known && (a.Min > want.Min+slack || a.Max < want.Max-slack) {
		t.Fatalf("the extremes of %+v are not in %s", want, a)
	}
}

// whole says whether a span is of whole tens that were summed up, among numbers
// that may share a block.
func (p played) whole(a answer, oldest int64) bool {
	small := math.Inf(1)
	for at := a.first; at <= a.last; at++ {
		if v := math.Abs(p.o.values[at]); v > 0 {
			small = min(small, v)
		}
	}
	tens := floor(a.first) == a.first && floor(a.last+1) == a.last+1 && a.first >= oldest && a.last <= p.o.end-2*SeriesLength
	return tens && a.ok && p.near(a.first, a.last) < 1e8*small
}

// near gives the largest number that may share a block with a span: smaller than
// a billionth of it cannot be told.
func (p played) near(first, last int64) (huge float64) {
	for at := first - SeriesLength; at <= last+SeriesLength; at++ {
		if v := math.Abs(p.o.values[at]); v > huge {
			huge = v
		}
	}
	return huge
}

func (a answer) exact(t *rapid.T, want Point, known bool) {
	switch {
	case a.ok != known, a.ok && (a.Min != want.Min || a.Max != want.Max || a.Last != want.Last):
		t.Fatalf("want %+v %v: %s", want, known, a)
	case a.ok && math.Abs(a.Mean-want.Mean) > 1e-12*max(-want.Min, want.Max):
		t.Fatalf("want the mean of %+v: %s", want, a)
	}
}

func (a answer) between(t *rapid.T, around Point, slack float64) {
	if a.Min < around.Min-slack || a.Max > around.Max+slack {
		t.Fatalf("nothing around is outside of %+v: %s", around, a)
	}
	if a.Mean < a.Min-slack || a.Mean > a.Max+slack || a.Last < a.Min || a.Last > a.Max {
		t.Fatalf("in what order? %s", a)
	}
}

// tens wants whole tens exactly, but for the codes.
func (a answer) tens(t *rapid.T, o *booked, huge float64) {
	want := Point{Min: math.Inf(1), Max: math.Inf(-1)}
	n := 0.0
	for at := a.first; at <= a.last; at += SeriesGrain {
		if ten, ok := o.over(at, at+SeriesGrain-1); ok {
			want = Point{min(want.Min, ten.Min), max(want.Max, ten.Max), want.Mean + ten.Mean, ten.Last}
			n++
		}
	}
	right := func(got, want float64) bool { return math.Abs(got-want) <= 0.0005*math.Abs(want) }
	if !right(a.Min, want.Min) || !right(a.Max, want.Max) || !right(a.Last, want.Last) || math.Abs(a.Mean-want.Mean/n) > 0.0005*huge {
		t.Fatalf("want %+v, mean of %v: %s", want, n, a)
	}
}

// A published series must keep its values for ever, whatever is appended later.
func TestSeriesPublishedValuesNeverChange(t *testing.T) {
	t.Parallel()
	type kept struct {
		s    Series
		told []Point
	}
	tell := func(s Series) (out []Point) {
		for ago := range SeriesReach / 5 {
			p, ok := s.Over(s.End().Add(-time.Duration(5*ago+5)*time.Second), s.End().Add(-time.Duration(5*ago)*time.Second))
			if !ok {
				p.Min = -1e99
			}
			out = append(out, p)
		}
		return out
	}
	rapid.Check(t, func(t *rapid.T) {
		var published []kept
		play(t, func(p played) { published = append(published, kept{p.s, tell(p.s)}) })
		for i, k := range published {
			for j, now := range tell(k.s) {
				if now != k.told[j] {
					t.Fatalf("of snapshot %d the span %d changed from %+v to %+v", i, j, k.told[j], now)
				}
			}
		}
	})
}

func TestSeriesGapsAndEdges(t *testing.T) {
	t.Parallel()
	at := time.Unix(1000, 0)
	var s Series
	if _, ok := s.Last(); ok {
		t.Fatal("an empty series has a last value")
	}
	if _, ok := s.Over(time.Time{}, at); ok || !s.End().IsZero() || !s.Oldest().IsZero() || s.Len() != 0 {
		t.Fatal("an empty series has a past")
	}
	s = s.Append(at, 1).Append(at.Add(3*time.Second), 4)
	if s.Len() != 4 {
		t.Fatalf("len %d, want 4", s.Len())
	}
	if _, ok := s.At(at.Add(time.Second)); ok {
		t.Fatal("a second that was left out has a value")
	}
	if again := s.Append(at, 9); again.Len() != 4 {
		t.Fatal("a second in the past was booked")
	}
	far := s.Append(at.Add(24*time.Hour), 5)
	if far.Len() != SeriesLength {
		t.Fatalf("after a day of nothing: %d points", far.Len())
	}
	if _, ok := far.At(at.Add(48 * time.Hour)); ok {
		t.Fatal("the future has a value")
	}
}

// A clock that was set takes the whole hour along.
func TestSeriesShift(t *testing.T) {
	t.Parallel()
	at := time.Unix(1000, 0)
	var s Series
	for i := range 2000 {
		s = s.Append(at.Add(time.Duration(i)*time.Second), float64(i/100))
	}
	by := -3607 * time.Second
	moved := s.Shift(by)
	for ago := time.Duration(0); ago < 2000*time.Second; ago += 13 * time.Second {
		from, to := s.End().Add(-ago-time.Minute), s.End().Add(-ago)
		want, ok := s.Over(from, to)
		if got, there := moved.Over(from.Add(by), to.Add(by)); got != want || there != ok {
			t.Fatalf("%s ago: %+v %v, want %+v %v", ago, got, there, want, ok)
		}
	}
	if moved = moved.Append(moved.End().Add(time.Second), 7); moved.Len() != SeriesLength {
		t.Fatal("it does not go on")
	}
}

// A code is right to 0.05 % as long as the largest number of the block is not a
// billion times larger, keeps the order and the sign, and knows zero.
func TestCodesAreRight(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		largest := float64(math.Float32frombits(rapid.Uint32Range(1, 0x7f7fffff).Draw(t, "largest")))
		block := tens{scale: scaleOf(largest)}
		last := math.Inf(-1)
		for _, share := range []float64{-1, -0.9999, -0.5, -0.001, -1e-9, 0, 1e-9, 3.3e-7, 0.25, 0.9995, 1} {
			v := largest * share
			got := block.value(block.code(v))
			if math.Abs(got-v) > math.Abs(v)/2048 || got < last {
				t.Fatalf("%g of %g: %g after %g", v, largest, got, last)
			}
			last = got
		}
		if tiny := block.value(block.code(largest * 1e-12)); tiny <= 0 || tiny > 1e-9*largest {
			t.Fatalf("%g is told of what is too small beside %g", tiny, largest)
		}
	})
}
