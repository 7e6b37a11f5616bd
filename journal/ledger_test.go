package journal

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Summing by the hour and writing loses no request: sums over whole hours are
// those of all that was counted, as long as it is kept.
func TestSumsStayExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var l Ledger
		now := when
		counted := make(map[int64]Bucket)
		for range rapid.IntRange(1, 60).Draw(t, "records") {
			at := now.Add(-time.Duration(rapid.IntRange(0, 30*288).Draw(t, "back")) * BucketStep)
			total := rapid.Uint64Range(0, 1e6).Draw(t, "total")
			b := Bucket{at, BucketStep, rapid.Uint64Range(0, total).Draw(t, "good"), total, rapid.Uint64Range(0, 300).Draw(t, "seconds")}
			l.Add(made(t)(BudgetRecord("o", b)))
			counted[at.Unix()] = b
		}
		for range rapid.IntRange(1, 5).Draw(t, "state files") {
			now = now.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "hours")) * time.Hour)
			l.age(now)
			var next Ledger
			for _, r := range l.records(7, Actor{}) {
				next.Add(r)
			}
			l = next
		}
		all := l.Buckets("o")
		is := sums(all)
		for hour, want := range sums(slices.Collect(maps.Values(counted))) {
			if end := time.Unix(hour, 0).Add(time.Hour); now.Sub(end) <= HoursKept && is[hour] != want {
				t.Fatalf("hour %d: %v instead of %v", hour, is[hour], want)
			}
		}
		for _, b := range all {
			if age := now.Sub(b.Start.Add(b.Step)); age > HoursKept || b.Step == BucketStep && age > BucketsKept+time.Hour {
				t.Fatalf("%+v is kept for %s", b, age)
			}
		}
	})
}

// sums adds buckets up by the hour.
func sums(of []Bucket) map[int64][3]uint64 {
	out := make(map[int64][3]uint64)
	for _, b := range of {
		h := b.Start.Truncate(time.Hour).Unix()
		s := out[h]
		out[h] = [3]uint64{s[0] + b.Good, s[1] + b.Total, s[2] + b.Seconds}
	}
	return out
}

// A bucket that is told again replaces itself; one of an hour that was summed is
// not counted twice.
func TestABucketToldAgain(t *testing.T) {
	t.Parallel()
	var l Ledger
	tell := func(at time.Time, good, total uint64) {
		l.Add(made(t)(BudgetRecord("o", Bucket{at, BucketStep, good, total, 300})))
	}
	tell(when, 1, 2)
	tell(when, 5, 9)
	if got := l.Buckets("o"); len(got) != 1 || got[0].Good != 5 || got[0].Total != 9 {
		t.Errorf("%+v", got)
	}
	tell(when.Add(BucketStep), 10, 10)
	l.age(when.Add(BucketsKept + 2*time.Hour))
	tell(when, 6, 10)
	if got := l.Buckets("o"); len(got) != 1 || got[0] != (Bucket{when, time.Hour, 15, 19, 600}) {
		t.Errorf("%+v", got)
	}
	l.Add(Forget(KindBudget, "o"))
	if got := l.Objectives(); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// Rows that cannot be are left out; the others count.
func TestBucketsThatCannotBe(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		`{"start":"2026-11-24T12:00:00Z","step_s":300,"buckets":[[0,1,2,300],[1,3,2,300],[2,1,1,301],[999999999,1,1,1],[3,0,0,0]]}`: 2,
		`{"start":"2026-11-24T12:00:00Z","step_s":0,"buckets":[[0,1,2,0]]}`:                                                         0,
		`{"start":"2026-11-24T12:00:00Z","step_s":-5,"buckets":[[0,1,2,0]]}`:                                                        0,
		`{"start":"2026-11-24T12:00:00Z","step_s":9000000000000000000,"buckets":[[0,1,2,0]]}`:                                       0,
		`{"start":"yesterday","step_s":300,"buckets":[[0,1,2,0]]}`:                                                                  0,
		`{"start":"2026-11-24T12:00:00Z","step_s":300,"buckets":[[0,-1,2,0]]}`:                                                      0,
	} {
		got := Record{Kind: KindBudget, Key: "o", Data: json.RawMessage(text)}.Buckets()
		if len(got) != want || slices.ContainsFunc(got, func(b Bucket) bool { return b.Good > b.Total }) {
			t.Errorf("%s: %+v", text, got)
		}
	}
}
