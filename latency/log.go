package latency

import (
	"slices"
	"time"

	"tritop/model"
)

// spans are the windows of every log, as slots of a width.
var spans = [...]struct {
	width time.Duration
	slots int32
}{{time.Second, 10}, {time.Second, 60}, {10 * time.Second, 30}, {time.Minute, 60}}

// Windows are how long the windows of a log are, shortest first.
func Windows() []time.Duration {
	out := make([]time.Duration, len(spans))
	for i, s := range spans {
		out[i] = s.width * time.Duration(s.slots)
	}
	return out
}

// Log keeps the times of one series over 10 s, 60 s, 5 min and 1 h. It belongs to
// one goroutine.
type Log struct {
	source  model.LatencySource
	begin   time.Time     // slots are told from here, by the monotonic clock
	newest  time.Duration // when the newest time came, since the beginning
	windows [len(spans)]window
	known   [len(spans)]model.Latency // figures of the windows
	stale   [len(spans)]bool          // figures that are older than their window
	recent  recent
	longer  [len(lengthened)]longer
	view    []model.Latency // nil: older than the rest
	viewed  time.Duration   // when it was made, since the beginning
}

// NewLog makes an empty log of what a source measures. It begins at a moment,
// which no time may come long before.
func NewLog(source model.LatencySource, begin time.Time) *Log {
	l := &Log{source: source, begin: begin}
	for i, s := range spans {
		l.windows[i].width, l.windows[i].slots, l.stale[i] = s.width, s.slots, true
	}
	return l
}

// Record keeps a time that was measured at a moment. One that comes late counts as
// if it came with the newest.
func (l *Log) Record(at time.Time, took time.Duration) {
	l.newest = max(l.newest, at.Sub(l.begin))
	since, b := l.newest, bucketOf(took)
	for i := range l.windows {
		l.windows[i].add(since, b)
		l.stale[i] = true
	}
	l.recent.add(since, b)
	l.longer, l.view = [len(lengthened)]longer{}, nil
}

// View tells of the windows that have times, shortest first. Where the last
// minute does not carry p95 or p99, the shortest longer window that does is among
// them, up to ten minutes: it is told in whole seconds, as it was at most
// restView ago. Whoever gets the list must not change it; it stays the same as
// long as the figures do.
func (l *Log) View(now time.Time) []model.Latency {
	since := max(l.newest, now.Sub(l.begin))
	for i := range l.windows {
		if l.windows[i].advance(since) {
			l.stale[i], l.view = true, nil
		}
	}
	if l.view != nil && since-l.viewed < restView {
		return l.view
	}
	out := make([]model.Latency, 0, len(spans)+len(lengthened))
	for i := range l.windows {
		w := &l.windows[i]
		if l.stale[i] {
			l.stale[i] = false
			l.known[i] = model.Latency{Source: l.source, Window: w.width * time.Duration(w.slots)}
			w.all.Figures(&l.known[i], model.NotObserved)
		}
		if w.all.n > 0 {
			out = append(out, l.known[i])
		}
	}
	l.view, l.viewed = l.lengthen(out, since), since
	return l.view
}

// restView is how old the length of a window may be that ends with no slot.
const restView = 10 * time.Second

// Minute gives the figures of the last minute of what View told last.
func (l *Log) Minute() model.Latency { return l.known[minute] }

const minute = 1 // among the spans

// lengthened are the percentiles for which a window is made longer, in
// thousandths.
var lengthened = [...]uint64{950, 990}

// longest is how long a window of a minute may become: ten times that.
const longest = 10 * time.Minute

// longer is a window that is as long as a percentile needs.
type longer struct {
	known  bool
	enough bool          // there are as many times
	oldest time.Duration // when the first of them came, since the beginning
	model.Latency
}

// lengthen adds the windows that are as long as a percentile needs.
func (l *Log) lengthen(out []model.Latency, since time.Duration) []model.Latency {
	for i, q := range lengthened {
		need := Need(q)
		if l.windows[minute].all.n >= need {
			continue
		}
		x := &l.longer[i]
		if !x.known {
			l.recent.newest(int(need), x) //nolint:gosec // a hundred at most
		}
		span := max((since - x.oldest + time.Second - 1).Truncate(time.Second), time.Minute+time.Second)
		if !x.enough || span > longest {
			continue
		}
		x.Source, x.Window, x.Lengthened = l.source, span, true
		at, _ := slices.BinarySearchFunc(out, span, func(o model.Latency, span time.Duration) int { return int(o.Window - span) })
		out = slices.Insert(out, at, x.Latency)
	}
	return out
}

// recent are the newest times as they came: as many as p99 needs.
type recent struct {
	ring []dated
	next int // the oldest, once the ring is full
}

// dated is a time with the moment that it came at, in tenths of a second.
type dated struct {
	at uint32
	of bucket
}

const recentKept = 100

func (r *recent) add(since time.Duration, b bucket) {
	d := dated{uint32(since / (time.Second / 10)), b} //nolint:gosec // 13 years
	if len(r.ring) < recentKept {
		r.ring = append(r.ring, d)
		return
	}
	r.ring[r.next] = d
	r.next = (r.next + 1) % recentKept
}

// newest counts the newest k times.
func (r *recent) newest(k int, to *longer) {
	if to.known, to.enough = true, k <= len(r.ring); !to.enough {
		return
	}
	h := Histogram{few: make([]cell, 0, k)}
	for i := range k {
		d := r.ring[(r.next+len(r.ring)-k+i)%len(r.ring)]
		if i == 0 {
			to.oldest = time.Duration(d.at) * (time.Second / 10)
		}
		h.add(d.of, 1)
	}
	h.Figures(&to.Latency, model.NotObserved)
}
