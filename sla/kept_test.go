package sla

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tritop/counters"
	"tritop/model"
)

// journal is what was written of one account.
type journal map[time.Time]model.Bucket

func (j journal) write(a *Account) {
	finished, inWork, ok := a.Buckets()
	if !ok {
		return
	}
	if !finished.Start.IsZero() {
		j[finished.Start] = finished
	}
	j[inWork.Start] = inWork
}

func (j journal) read() []model.Bucket {
	var out []model.Bucket
	for _, b := range j {
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b model.Bucket) int { return a.Start.Compare(b.Start) })
	return out
}

// However often tritop ends and begins again, and whatever it did not see in
// between, the sums are those of what was written.
func TestBudgetsSurviveRestarts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at, j, a := zero, journal{}, NewAccount()
		var valid, bad, watched uint64
		month := at.Month()
		for range rapid.IntRange(1, 6).Draw(t, "lives") {
			a.Look(at, 1)
			for range rapid.IntRange(0, 20).Draw(t, "minutes") {
				n, f := rapid.Int64Range(0, 50).Draw(t, "valid"), rapid.Int64Range(0, 5).Draw(t, "bad")
				for range 60 {
					at = at.Add(time.Second)
					a.Look(at, 1)
					a.Book(Increment{From: at.Add(-time.Second), To: at, Valid: n + f, Bad: f, Version: "1"})
					valid, bad, watched = valid+uint64(n+f), bad+uint64(f), watched+1
				}
				j.write(a)
			}
			at = at.Add(time.Duration(rapid.Int64Range(0, 20_000).Draw(t, "away")) * time.Second)
			a = Restore(j.read(), at)
			a.Look(at, 1)
			if c := a.Over(20 * day); c.Valid != valid || c.Bad != bad {
				t.Fatalf("%d and %d, in truth %d and %d", c.Valid, c.Bad, valid, bad)
			}
			if c := a.Over(20 * day); uint64(c.Watched.Seconds()) > watched || uint64(c.Watched.Seconds())+60 < watched {
				t.Fatalf("%s were watched, in truth %d s", c.Watched, watched)
			}
			if b := a.Budget(availability(0.999), at); at.Month() == month && b != nil && (b.SLA.Valid != valid || b.SLA.Bad != bad) {
				t.Fatalf("of the month %d and %d, in truth %d and %d", b.SLA.Valid, b.SLA.Bad, valid, bad)
			}
		}
	})
}

// What is restored stands in windows where it belongs, to the length of a bucket.
func TestRestoredRequestsStandWhereTheyWere(t *testing.T) {
	t.Parallel()
	var buckets []model.Bucket
	const days = 40
	for i := range days * 24 { // what is old was summed by the hour
		buckets = append(buckets, model.Bucket{Start: zero.Add(time.Duration(i) * hour), Step: hour, Valid: 1000, Bad: 1, Seconds: 3600})
	}
	end := zero.Add(days * day)
	for i := range 12 * 24 {
		buckets = append(buckets, model.Bucket{Start: end.Add(time.Duration(i) * model.BucketStep), Step: model.BucketStep, Valid: 100, Bad: 2, Seconds: 300})
	}
	now := end.Add(day)
	a := Restore(buckets, now)
	a.Look(now, 1)
	for _, c := range []struct {
		window     time.Duration
		valid, bad uint64
	}{{hour, 1200, 24}, {6 * hour, 6 * 1200, 6 * 24}, {day, 24 * 1200, 24 * 24}, {3 * day, 24*1200 + 48*1000, 24*24 + 48}, {30 * day, 24*1200 + 29*24*1000, 24*24 + 29*24}} {
		got := a.Over(c.window)
		if got.Valid < c.valid || got.Valid > c.valid+1000 || got.Bad < c.bad || got.Bad > c.bad+2 {
			t.Errorf("in %s: %+v, want %d and %d", c.window, got, c.valid, c.bad)
		}
	}
	if c := a.Over(400 * day); c.Valid != days*24*1000+24*1200 || !a.Began().Equal(zero) {
		t.Errorf("in all %+v since %v", c, a.Began())
	}
	if b := a.Budget(availability(0.999), now); b.SLO.Coverage.Value < 0.99 || len(b.Spenders) == 0 {
		t.Errorf("%+v", b.SLO)
	}
}

// What was counted while the past was still being read is not lost.
func TestCarry(t *testing.T) {
	t.Parallel()
	live := newDrive(zero.Add(hour))
	live.run(30, 10, 1)
	a := Restore([]model.Bucket{{Start: zero, Step: model.BucketStep, Valid: 500, Bad: 5, Seconds: 300}}, zero.Add(hour))
	a.Carry(live.a)
	live.a = a
	live.run(10, 10, 1)
	if c := a.Over(day); c.Valid != 900 || c.Bad != 45 {
		t.Errorf("%+v", c)
	}
	if s := a.Budget(availability(0.999), live.at).Spenders; len(s) != 2 || s[0].Bad != 40 || s[0].Version != "3" {
		t.Errorf("%+v", s)
	}
	if _, b, _ := a.Buckets(); b.Valid != 400 || b.Bad != 40 || !b.Start.Equal(zero.Add(hour)) {
		t.Errorf("%+v", b)
	}
}

// A clock that is set back does not make a bucket begin that was told before.
func TestBucketsNeverGoBack(t *testing.T) {
	t.Parallel()
	d := newDrive(zero)
	d.run(400, 1, 0)
	d.at = d.at.Add(-hour)
	d.run(300, 1, 0)
	finished, inWork, _ := d.a.Buckets()
	if finished.Valid != 299 || inWork.Valid != 401 || inWork.Seconds > 300 || !inWork.Start.Equal(zero.Add(model.BucketStep)) {
		t.Errorf("%+v, then %+v", finished, inWork)
	}
}

// What a row counted between the last look and its end is taken after its end.
func TestTheRestOfARowThatWent(t *testing.T) {
	t.Parallel()
	first, second := counters.NewLog(zero), counters.NewLog(zero.Add(3*time.Second))
	first.Add(counters.Interval{To: zero.Add(time.Second), Successes: 5})
	var tap Tap
	tap.Take(&first)
	first.Add(counters.Interval{To: zero.Add(2 * time.Second), Successes: 7, Failures: 1})
	second.Add(counters.Interval{To: zero.Add(4 * time.Second), Successes: 2})
	for _, want := range []int64{8, 2, 0} {
		if inc, _ := tap.Take(&second); inc.Valid != want {
			t.Errorf("%+v, want %d", inc, want)
		}
	}
	second.Add(counters.Interval{To: zero.Add(5 * time.Second), Successes: 3})
	if inc, news := tap.Take(nil); !news || inc.Valid != 3 {
		t.Errorf("%+v", inc)
	}
	if inc, news := tap.Take(nil); news {
		t.Errorf("%+v", inc)
	}
}
