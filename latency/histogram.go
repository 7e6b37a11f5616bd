package latency

import (
	"math"
	"slices"
	"time"

	"tritop/model"
)

// Histogram counts times by bucket. Few different ones are kept as a list, many
// as an array. The zero value is ready for use.
type Histogram struct {
	n, sum uint64   // sum of the buckets' middles, ns
	few    []cell   // by bucket; not used once many is there
	many   []uint32 // by bucket
	least  bucket   // in many: there is none below
}

// cell counts the times of one bucket.
type cell struct {
	of bucket
	n  uint16
}

// fewCells is how many different buckets a list may have: a place in it is found
// in no time, and it is still a tenth of the array.
const fewCells = 2048

func find(cells []cell, b bucket) (place int, there bool) {
	return slices.BinarySearchFunc(cells, b, func(c cell, b bucket) int { return int(c.of) - int(b) })
}

// Record counts one time.
func (h *Histogram) Record(d time.Duration) { h.add(bucketOf(d), 1) }

// N is how many times were counted.
func (h *Histogram) N() uint64 { return h.n }

// Merge adds all that another one counted.
func (h *Histogram) Merge(o *Histogram) {
	for _, c := range o.few {
		h.add(c.of, uint32(c.n))
	}
	for b, n := range o.many {
		if n > 0 {
			h.add(bucket(b), n) //nolint:gosec // many is as long as there are buckets
		}
	}
}

func (h *Histogram) add(b bucket, n uint32) {
	h.n += uint64(n)
	h.sum += uint64(n) * b.middle()
	if h.many == nil && h.addFew(b, n) {
		return
	}
	if h.many == nil {
		h.spread()
	}
	if int(b) >= len(h.many) {
		h.many = append(h.many, make([]uint32, int(b)+1-len(h.many))...)
	}
	h.many[b] += n
	h.least = min(h.least, b)
}

// addFew adds to the list; false: it has no room for that.
func (h *Histogram) addFew(b bucket, n uint32) bool {
	if n > math.MaxUint16 {
		return false
	}
	i, there := find(h.few, b)
	switch {
	case there && uint32(h.few[i].n)+n <= math.MaxUint16:
		h.few[i].n += uint16(n)
		return true
	case there || len(h.few) == fewCells:
		return false
	}
	h.few = slices.Insert(h.few, i, cell{b, uint16(n)})
	return true
}

// spread makes the array out of the list.
func (h *Histogram) spread() {
	h.many, h.least = make([]uint32, bucketOf(time.Second)), math.MaxUint16
	if k := len(h.few); k > 0 {
		h.least = h.few[0].of
		h.many = slices.Grow(h.many, int(h.few[k-1].of))[:max(len(h.many), int(h.few[k-1].of)+1)]
	}
	for _, c := range h.few {
		h.many[c.of] = uint32(c.n)
	}
	h.few = nil
}

// take removes times that were added before.
func (h *Histogram) take(c cell) {
	h.n -= uint64(c.n)
	h.sum -= uint64(c.n) * c.of.middle()
	if h.many != nil {
		h.many[c.of] -= uint32(c.n)
		if h.n == 0 { // a series that has become quiet gives its room back
			*h = Histogram{}
		}
		return
	}
	i, _ := find(h.few, c.of)
	if h.few[i].n -= c.n; h.few[i].n == 0 {
		h.few = slices.Delete(h.few, i, i+1)
	}
}

// quantiles are those that are told, in thousandths.
var quantiles = [...]uint64{500, 900, 950, 990, 999}

// Need is how many times a percentile needs before it is told: as many as let one
// of them lie above it. The percentile is in thousandths.
func Need(thousandths uint64) uint64 { return (1000 + 999 - thousandths) / (1000 - thousandths) }

// Figures puts what is known into a latency: in ms, a percentile that the count
// does not carry as too few. Without any time all of it is absent for the reason
// that is given.
func (h *Histogram) Figures(to *model.Latency, none model.Absence) {
	to.N = h.n
	if h.n == 0 {
		to.Mean, to.Max, to.Percentiles = model.Missing(none), model.Missing(none), model.NoPercentiles(none)
		return
	}
	figures := to.Each()
	var ranks [len(quantiles)]uint64
	for i, q := range quantiles {
		ranks[i] = (h.n*q + 999) / 1000
	}
	at, top := h.at(ranks)
	for i, q := range quantiles {
		*figures[i] = model.Missing(model.TooFew)
		if h.n >= Need(q) {
			*figures[i] = millis(at[i].middle())
		}
	}
	to.Mean, to.Max = model.Of(float64(h.sum)/float64(h.n)/1e6), millis(top.middle())
}

func millis(ns uint64) model.Figure { return model.Of(float64(ns) / 1e6) }

// at gives the buckets of the times that have these ranks, the shortest has rank
// 1, and that of the longest.
func (h *Histogram) at(ranks [len(quantiles)]uint64) (at [len(quantiles)]bucket, top bucket) {
	below, next := uint64(0), 0
	visit := func(b bucket, n uint64) {
		below += n
		for next < len(ranks) && below >= ranks[next] {
			at[next] = b
			next++
		}
		top = b
	}
	for _, c := range h.few {
		visit(c.of, uint64(c.n))
	}
	for b := int(h.least); b < len(h.many); b++ {
		if n := h.many[b]; n > 0 {
			visit(bucket(b), uint64(n)) //nolint:gosec // many is as long as there are buckets
		}
	}
	return at, top
}
