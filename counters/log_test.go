package counters

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tritop/model"
)

// span is an interval as the oracle keeps it.
type span struct {
	from time.Time
	Interval
}

// plainly sums intervals one by one.
func plainly(spans []span, begin time.Time) (s Sums) {
	for _, iv := range spans {
		inside := min(iv.To.Sub(iv.from), iv.To.Sub(begin)).Seconds()
		if inside <= 0 {
			continue
		}
		share := inside / iv.To.Sub(iv.from).Seconds()
		s.Seconds += inside
		s.All += share * float64(iv.All)
		s.Successes += share * float64(iv.Successes)
		s.Failures += share * float64(iv.Failures)
		s.Induced += share * float64(iv.Induced)
		s.Samples += share * float64(iv.Samples)
		s.Queue[0] += share * float64(iv.Queue.Count)
		s.Compute[1] += share * float64(iv.Compute.Ns)
	}
	return s
}

// takeOut pays a probe from the newest intervals.
func takeOut(spans []span, since time.Time, d debt, overdue bool) {
	for i := len(spans) - 1; i >= 0 && spans[i].To.After(since); i-- {
		iv := &spans[i]
		if d.failed {
			paid := min(d.left, iv.Failures)
			iv.Failures, d.left = iv.Failures-paid, d.left-paid
		}
		if !d.failed || overdue {
			paid := min(d.left, iv.Successes)
			iv.Successes, d.left = iv.Successes-paid, d.left-paid
			if d.made {
				iv.Induced += paid
			}
		}
	}
}

// Running totals say the same as the intervals do, whatever is missing between
// them and taken out of them.
func TestALogIsTheSumOfItsIntervals(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := at(0)
		l := NewLog(now)
		var spans []span
		for range rapid.IntRange(1, 150).Draw(t, "answers") {
			from := now
			now = now.Add(time.Duration(rapid.SampledFrom([]int{1000, 1000, 1000, 900, 2300, 61_000}).Draw(t, "pause")) * time.Millisecond)
			iv := Interval{To: now, All: rapid.Uint64Range(0, 90).Draw(t, "all"), Successes: rapid.Uint64Range(0, 5).Draw(t, "ok"), Samples: rapid.Uint64Range(0, 40).Draw(t, "samples"), Failures: rapid.Uint64Range(0, 2).Draw(t, "fail"),
				Queue: model.Sum{Count: rapid.Uint64Range(0, 9).Draw(t, "queued")}, Compute: model.Sum{Ns: rapid.Uint64Range(0, 1e9).Draw(t, "ns")}}
			l.Add(iv)
			spans = append(spans, span{from, iv})
			if rapid.IntRange(0, 5).Draw(t, "probe") == 0 {
				d := debt{failed: rapid.Bool().Draw(t, "failed"), made: rapid.Bool().Draw(t, "made"), left: rapid.Uint64Range(1, 3).Draw(t, "probes")}
				since, overdue := now.Add(-time.Duration(rapid.IntRange(0, 6000).Draw(t, "since"))*time.Millisecond), rapid.Bool().Draw(t, "overdue")
				takeOut(spans, since, d, overdue)
				l.takeOut(since, &d, overdue)
			}
			length := time.Duration(rapid.SampledFrom([]int{3000, 60_000, 17_500}).Draw(t, "length")) * time.Millisecond
			asked := now.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "later")) * time.Millisecond)
			got, want := l.Over(asked, length), plainly(spans, asked.Add(-length))
			for i, pair := range [...][2]float64{{got.Seconds, want.Seconds}, {got.All, want.All}, {got.Successes, want.Successes}, {got.Failures, want.Failures},
				{got.Induced, want.Induced}, {got.Samples, want.Samples}, {got.Queue[0], want.Queue[0]}, {got.Compute[1], want.Compute[1]}} {
				if math.Abs(pair[0]-pair[1]) > 1e-9*(1+pair[1]) {
					t.Fatalf("figure %d: %v, want %v", i, pair[0], pair[1])
				}
			}
		}
	})
}

func TestALogKeepsAMinute(t *testing.T) {
	t.Parallel()
	l := NewLog(at(0))
	for i := range 500 {
		l.Add(Interval{To: at(float64(i + 1)), Successes: 1})
	}
	if s := l.Over(at(500), WindowLength); s.Successes != 60 || cap(l.marks) > 64 {
		t.Errorf("%v successes, room for %d marks", s.Successes, cap(l.marks))
	}
}
