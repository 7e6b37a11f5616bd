package latency

import (
	"slices"
	"time"
)

// window keeps the times of the last so many slots. It goes on when a time comes
// or somebody asks, and costs nothing in between. The slot that is not over yet
// counts, so what it tells of is up to a slot shorter than its length, and never
// longer.
type window struct {
	width time.Duration // of a slot
	slots int32
	ring  []slot // those that have times, oldest first
	all   Histogram
	spare []cell // the room of a slot that is over
}

// slot is a list of what came in it, by bucket; a bucket of very many stands
// there more than once.
type slot struct {
	at    int32
	cells []cell
}

// add counts a time that came so long after the beginning.
func (w *window) add(since time.Duration, b bucket) {
	at := int32(since / w.width) //nolint:gosec // 68 years of seconds
	w.advance(since)
	k := len(w.ring) - 1
	if k < 0 || w.ring[k].at < at {
		w.open(at)
		k = len(w.ring) - 1
	}
	s := &w.ring[k]
	i, there := find(s.cells, b)
	if there && s.cells[i].n < 1<<16-1 {
		s.cells[i].n++
	} else {
		s.cells = slices.Insert(s.cells, i, cell{b, 1})
	}
	w.all.add(b, 1)
}

// open begins a slot. The one before it will not grow any more.
func (w *window) open(at int32) {
	if k := len(w.ring) - 1; k >= 0 {
		if was := w.ring[k].cells; cap(was)-len(was) > len(was)/8 {
			w.ring[k].cells = append(make([]cell, 0, len(was)), was...)
		}
	}
	w.ring = append(w.ring, slot{at, w.spare})
	w.spare = nil
}

// advance forgets the slots that are over; it says whether there were any.
func (w *window) advance(since time.Duration) bool {
	oldest := int32(since/w.width) - w.slots + 1 //nolint:gosec // as in add
	over := 0
	for over < len(w.ring) && w.ring[over].at < oldest {
		for _, c := range w.ring[over].cells {
			w.all.take(c)
		}
		over++
	}
	if over == 0 {
		return false
	}
	w.spare = w.ring[0].cells[:0]
	w.ring = slices.Delete(w.ring, 0, over)
	return true
}
