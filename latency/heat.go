package latency

import (
	"slices"
	"time"

	"tritop/model"
)

// Heat keeps the times of the last hour by slots of ten seconds, coarser than a
// log does. The zero value is ready for use; it belongs to one goroutine.
type Heat struct {
	begin time.Time
	slot  int32            // the one that is not over
	open  []model.HeatCell // of that one, by bucket
	over  []model.HeatCell // snapshots share them: they are added to and never changed
}

// Record keeps a time that was measured at a moment. One that comes late counts as
// if it came now.
func (h *Heat) Record(at time.Time, took time.Duration) {
	if h.begin.IsZero() {
		h.begin = at.Truncate(model.HeatSlot)
	}
	h.advance(at)
	b := model.HeatBucket(took)
	i, there := slices.BinarySearchFunc(h.open, b, func(c model.HeatCell, b uint8) int { return int(c.Bucket) - int(b) })
	if there && h.open[i].N < 1<<16-1 {
		h.open[i].N++
		return
	}
	h.open = slices.Insert(h.open, i, model.HeatCell{Bucket: b, N: 1})
}

// advance closes the slots that are over, and forgets those of more than an hour
// ago.
func (h *Heat) advance(now time.Time) {
	slot := int32(now.Sub(h.begin) / model.HeatSlot) //nolint:gosec // 680 years
	if slot <= h.slot {
		return
	}
	for _, c := range h.open {
		c.Slot = h.slot
		h.over = append(h.over, c)
	}
	h.slot, h.open = slot, h.open[:0]
	oldest := slot - int32(model.HeatSpan/model.HeatSlot)
	from, _ := slices.BinarySearchFunc(h.over, oldest, func(c model.HeatCell, slot int32) int { return int(c.Slot - slot) })
	h.over = h.over[from:]
}

// View gives what is known; it stays as it is.
func (h *Heat) View(now time.Time) model.Heat {
	if h.begin.IsZero() {
		return model.Heat{}
	}
	h.advance(now)
	return model.Heat{Begin: h.begin, Until: h.slot, Cells: h.over[:len(h.over):len(h.over)]}
}

// Shift moves all of it in time: the clock was set.
func (h *Heat) Shift(by time.Duration) {
	if !h.begin.IsZero() {
		h.begin = h.begin.Add(by)
	}
}
