package latency

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tritop/model"
)

// Whatever comes when: what is told is what came in the slots of the last hour that
// are over, and nothing that was told before changes.
func TestHeatTellsTheLastHour(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var h Heat
		want := map[came]int{}
		at, began := t0, time.Time{}
		var told model.Heat
		var copied []model.HeatCell
		for range rapid.IntRange(1, 60).Draw(t, "times") {
			at = at.Add(time.Duration(rapid.Int64Range(0, int64(4*time.Minute)).Draw(t, "later")))
			took := anyTime(t, time.Microsecond, time.Minute)
			if began.IsZero() {
				began = at.Truncate(model.HeatSlot)
			}
			h.Record(at, took)
			want[came{int32(at.Sub(began) / model.HeatSlot), model.HeatBucket(took)}]++
			if told.Begin.IsZero() && rapid.Bool().Draw(t, "look") {
				told = h.View(at)
				copied = slices.Clone(told.Cells)
			}
		}
		v := h.View(at)
		now := int32(at.Sub(began) / model.HeatSlot)
		if !slices.Equal(told.Cells, copied) {
			t.Fatal("what was told before has changed")
		}
		if v.Until != now || !v.Begin.Equal(began) {
			t.Fatalf("told from %v until slot %d, want %v and %d", v.Begin, v.Until, began, now)
		}
		wantHeat(t, v, want)
	})
}

// came is a slot and a bucket that a time came in.
type came struct {
	slot   int32
	bucket uint8
}

// wantHeat wants what came in the slots of the last hour that are over, and nothing
// else.
func wantHeat(t *rapid.T, v model.Heat, want map[came]int) {
	t.Helper()
	got := map[came]int{}
	for _, c := range v.Cells {
		got[came{c.Slot, c.Bucket}] += int(c.N)
	}
	for c, n := range want {
		if inside := c.slot < v.Until && c.slot >= v.Until-360; inside && got[c] != n || !inside && got[c] != 0 {
			t.Fatalf("%d times of slot %d (of %d) are told as %d", n, c.slot, v.Until, got[c])
		}
	}
}

// A model on 200 servers, each probed every 5 s, takes less than 200 kB.
func TestHeatIsSmall(t *testing.T) { //nolint:paralleltest // measures the heap
	r, before := seeded(), heap()
	var h Heat
	for s := range 2 * 3600 {
		for range 40 {
			h.Record(t0.Add(time.Duration(s)*time.Second), served(r))
		}
	}
	size := heap() - before
	if size > 200_000 {
		t.Errorf("%d bytes", size)
	}
	t.Logf("%d bytes, %d cells", size, len(h.over))
	runtime.KeepAlive(&h)
}
