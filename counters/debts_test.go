package counters

import (
	"testing"
	"time"

	"tritop/model"
)

func one(ok, fail uint64) []model.Counters { return []model.Counters{stats("m", ok, fail)} }

func users(b *Book) uint64 { return b.Log(key).Over(b.Last(), WindowLength).Window().Requests }

// A probe whose answer came just before the poll that sees a reload may be one
// of the new model object: it was shown as a user.
func TestAResetKeepsTheProbesOfTheNewObject(t *testing.T) {
	t.Parallel()
	b := NewBook()
	b.Poll(at(0), one(100, 0))
	b.Probed(at(0.5), 5*time.Millisecond, key, model.Yes)
	b.Poll(at(1), one(1, 0))
	_, probes, epoch, _ := b.Row(key)
	if users(b) != 0 || probes != 1 || !epoch.Equal(at(1)) {
		t.Errorf("%d requests of users, %d probes since %v, want 0 and 1 since the reload", users(b), probes, epoch)
	}
	b.Probed(at(1.5), 5*time.Millisecond, key, model.Yes)
	b.Poll(at(30), one(0, 0))
	b.Poll(at(31), one(1, 0))
	if _, probes, _, _ := b.Row(key); probes != 0 || users(b) != 1 {
		t.Errorf("long after a probe: %d probes and %d requests of users, want 0 and 1", probes, users(b))
	}
}

// 1,000,000 probes without an answer that counts took 42 MB.
func TestDebtsThatNobodyPaysAreBounded(t *testing.T) {
	t.Parallel()
	b := NewBook()
	b.Poll(at(0), one(0, 0))
	const n = 10_000
	for i := range n {
		b.Probed(at(float64(i)), 5*time.Millisecond, key, model.TriOf(i%3 > 0))
		b.Induced(at(float64(i)), 5*time.Millisecond, key)
	}
	if got := len(b.rows[key].debts); got > debtsKept {
		t.Errorf("%d debts are kept, want at most %d", got, debtsKept)
	}
	failed := uint64(n/3 + 1)
	b.Poll(at(n), one(2*n-failed+7, failed))
	if got := b.Log(key).Over(at(n), 2*n*time.Second).Window(); got.Requests != 7 || got.Failures != 0 {
		t.Errorf("%d requests of users, %d failed, want 7 and none", got.Requests, got.Failures)
	}
}

// Triton counts a probe that timed out when it gets to it, minutes later perhaps.
func TestAProbeThatTimedOutIsNoUserLater(t *testing.T) {
	t.Parallel()
	b := NewBook()
	b.Poll(at(0), one(0, 0))
	for range 20 {
		b.TimedOut(key)
	}
	b.Poll(at(100), one(0, 0))
	b.Poll(at(101), one(21, 0))
	if _, probes, _, _ := b.Row(key); users(b) != 1 || probes != 20 {
		t.Errorf("%d requests of users and %d probes, want 1 and 20", users(b), probes)
	}
	b.TimedOut(key)
	b.Poll(at(102), one(0, 0)) // loaded anew: the old object had it
	b.Poll(at(103), one(3, 0))
	if _, probes, _, _ := b.Row(key); users(b) != 4 || probes != 0 {
		t.Errorf("after a reload: %d requests of users in the window and %d probes, want 4 and none", users(b), probes)
	}
}

// The poll counts a probe before its answer reaches the engine: a blip in the charts.
func TestALateProbeIsTakenOutAtOnce(t *testing.T) {
	t.Parallel()
	for name, counted := range map[string]model.Tri{"a success": model.Yes, "a failure": model.No} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := NewBook()
			b.Poll(at(0), one(0, 0))
			ok, bad := uint64(1), uint64(0)
			if counted == model.No {
				ok, bad = 0, 1
			}
			b.Poll(at(1), one(ok, bad))
			b.Probed(at(1.02), 30*time.Millisecond, key, counted)
			if n := users(b); n != 0 {
				t.Errorf("%d requests of users, none was made", n)
			}
			b.Poll(at(2), one(ok+1, bad)) // it is paid: this one is a user
			if n := users(b); n != 1 {
				t.Errorf("%d requests of users, one was made", n)
			}
		})
	}
}
