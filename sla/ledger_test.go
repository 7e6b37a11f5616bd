package sla

import (
	"testing"

	"pgregory.net/rapid"
)

// booked is one entry as the oracle keeps it: the true event log.
type booked struct {
	from, to int64
	what     tally
}

// truth adds up what happened in (begin, now], and by how much a stretch that is
// cut may be off.
func truth(log []booked, begin int64) (sum tally, slack uint64) {
	for _, e := range log {
		switch {
		case e.to <= begin:
		case e.from >= begin || e.from == e.to:
			sum.add(e.what)
		default:
			sum.add(e.what.minus(e.what.part(begin-e.from, e.to-e.from)))
			slack++
		}
	}
	return sum, slack
}

// windowBegin gives where a window begins: at the end of a bucket of the finest
// tier that is kept for so long.
func windowBegin(now, length int64) int64 {
	for i, p := range tierPlan {
		if i == len(tierPlan)-1 || length <= p.grain*int64(p.keep-1) {
			return floor(now-length, p.grain) * p.grain
		}
	}
	return 0
}

// Whatever is booked, in whatever order and with whatever holes, a window holds
// exactly what happened in it.
func TestALedgerAgainstATrueLog(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := rapid.Int64Range(0, 1e7).Draw(t, "start")
		l := newLedger(now)
		start := now
		var log []booked
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now += rapid.OneOf(rapid.Int64Range(0, 1500), rapid.Int64Range(0, 1500), rapid.Int64Range(0, 100_000), rapid.Int64Range(0, 5*24*3_600_000)).Draw(t, "ms")
			l.advance(now)
			for range rapid.IntRange(0, 3).Draw(t, "entries") {
				to := max(start, now-rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 3000)).Draw(t, "late"))
				from := max(start, to-rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(1, 10_000_000)).Draw(t, "gap"))
				valid := rapid.Uint64Range(0, 1e12).Draw(t, "valid")
				e := booked{from, to, tally{valid: valid, bad: rapid.Uint64Range(0, valid).Draw(t, "bad"), seen: 10, watched: 7}}
				l.add(e.from, e.to, e.what)
				log = append(log, e)
			}
			for _, length := range []int64{1000, 30_000, 60_000, 300_000, 599_000, 1_800_000, 3_600_000, 6 * 3_600_000, 24 * 3_600_000, 3 * 24 * 3_600_000, 30 * 24 * 3_600_000, 365 * 24 * 3_600_000} {
				if got, want := l.over(length), must(truth(log, windowBegin(now, length))); got != want {
					t.Fatalf("at %d, the last %d ms: %+v, want %+v", now, length, got, want)
				}
			}
		}
	})
}

func must(sum tally, _ uint64) tally { return sum }

func TestPartsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		what := tally{valid: rapid.Uint64().Draw(t, "valid"), bad: rapid.Uint64().Draw(t, "bad"), watched: rapid.Uint32().Draw(t, "watched")}
		whole := rapid.Int64Range(1, 1e12).Draw(t, "whole")
		a := rapid.Int64Range(-5, whole+5).Draw(t, "a")
		b := rapid.Int64Range(a, whole+5).Draw(t, "b")
		first, second := what.part(a, whole), what.part(b, whole)
		if first.valid > second.valid || first.bad > second.bad || second.valid > what.valid || what.part(whole, whole) != what || what.part(0, whole) != (tally{}) {
			t.Fatalf("%+v: %+v of %d, %+v of %d", what, first, a, second, b)
		}
	})
}

// After 400 days nothing grows any more, and what is kept has the promised size.
func TestALedgerIsBounded(t *testing.T) {
	t.Parallel()
	l := newLedger(0)
	for h := range int64(450 * 24) {
		l.advance(h*3_600_000 + 777)
		l.add(h*3_600_000+777, h*3_600_000+777, tally{valid: 1})
	}
	ends := 0
	for i := range l.tiers {
		ends += cap(l.tiers[i].ends)
	}
	if ends*24 > KeptBytes {
		t.Errorf("%d bytes are kept", ends*24)
	}
	if got := l.over(400 * 24 * 3_600_000); got.valid != 400*24 && got.valid != 400*24+1 {
		t.Errorf("%d of the last 400 days", got.valid)
	}
}
