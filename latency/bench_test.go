package latency

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"tritop/model"
)

// served draws what a server of 8 ms with a tail of one in a hundred measures.
func served(r *rand.Rand) time.Duration {
	ms := 8 * math.Exp(0.25*r.NormFloat64())
	if r.IntN(100) == 0 {
		ms *= 5 * math.Exp(0.5*r.NormFloat64())
	}
	return time.Duration(ms * 1e6)
}

// seeded gives the same draws each time.
func seeded() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) } //nolint:gosec // no secret

// aMinute is one window of a minute, without the rest of a log.
func aMinute() *window { return &window{width: time.Second, slots: 60} }

// What a second costs that is over, with all percentiles of the minute, at 1,000
// times a second; beside it the windowed histogram of HdrHistogram.
func BenchmarkRotation(b *testing.B) {
	r, w := seeded(), aMinute()
	hdr := hdrhistogram.NewWindowed(60, 1, int64(time.Minute/time.Microsecond), 3)
	var ours, theirs time.Duration
	var l model.Latency
	second, compared := time.Duration(0), 0
	turn := func() {
		second += time.Second
		for range 999 {
			took := served(r)
			w.add(second, bucketOf(took))
			_ = hdr.Current.RecordValue(took.Microseconds())
		}
		began := time.Now()
		w.add(second+time.Second, bucketOf(served(r))) // of the next second: this one is over
		w.all.Figures(&l, model.NotObserved)
		ours += time.Since(began)
		if compared++; compared%20 == 0 { // it is slow
			began = time.Now()
			hdr.Rotate()
			_ = hdr.Merge().ValueAtPercentilesSlice([]float64{50, 90, 95, 99, 99.9, 100})
			theirs += 20 * time.Since(began)
		} else {
			hdr.Rotate()
		}
	}
	for range 100 {
		turn()
	}
	ours, theirs, compared = 0, 0, 0
	b.ReportAllocs()
	for b.Loop() {
		turn()
	}
	b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N), "ns/rotation")
	if theirs > 0 {
		b.ReportMetric(float64(theirs.Nanoseconds())/float64(b.N), "ns/windowed")
		b.ReportMetric(float64(theirs)/float64(ours), "x-faster")
	}
}

// What one time costs, in all windows of a log.
func BenchmarkRecord(b *testing.B) {
	for name, perSecond := range map[string]int{"1000 a second": 1000, "one in 5 s": 0} {
		b.Run(name, func(b *testing.B) {
			r, l, now := seeded(), NewLog(model.FromProbe, t0), t0
			b.ReportAllocs()
			for b.Loop() {
				step := 5 * time.Second
				if perSecond > 0 {
					step = time.Second / time.Duration(perSecond)
				}
				now = now.Add(step)
				l.Record(now, served(r))
			}
		})
	}
}

// What a look costs: at a log of probes that got one since, and at a busy one.
func BenchmarkView(b *testing.B) {
	for name, step := range map[string]time.Duration{"1000 a second": time.Millisecond, "one in 5 s": 5 * time.Second} {
		b.Run(name, func(b *testing.B) {
			r, l, now := seeded(), NewLog(model.FromProbe, t0), t0
			for range min(int(time.Hour/step), 300_000) {
				now = now.Add(step)
				l.Record(now, served(r))
			}
			b.ReportAllocs()
			for b.Loop() {
				now = now.Add(step)
				l.Record(now, served(r))
				l.View(now)
			}
		})
	}
}

// heap gives the bytes that live.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // far below
}

// A minute at 1,000 times a second stays below half a megabyte.
func TestAMinuteOfABusySeries(t *testing.T) { //nolint:paralleltest // measures the heap
	r := seeded()
	before := heap()
	w := aMinute()
	for i := range 130_000 {
		w.add(time.Duration(i)*time.Millisecond, bucketOf(served(r)))
	}
	size := heap() - before
	if size > 500_000 {
		t.Errorf("%d bytes for a minute of 1,000 times a second", size)
	}
	t.Logf("%d bytes", size)
	runtime.KeepAlive(w)
}

// Probes are few: all windows of one, after an hour of a probe every 5 s, take a
// four-thousandth of 100 MB at most.
func TestProbesAreSparse(t *testing.T) { //nolint:paralleltest // measures the heap
	const series = 200
	r := seeded()
	before := heap()
	logs := make([]*Log, series)
	for i := range logs {
		logs[i] = NewLog(model.FromProbe, t0)
	}
	for s := 0; s < 3700; s += 5 {
		at := t0.Add(time.Duration(s) * time.Second)
		for _, l := range logs {
			l.Record(at, served(r))
			l.View(at)
		}
	}
	size := (heap() - before) / series
	if size > 25_000 {
		t.Errorf("%d bytes for a series", size)
	}
	t.Logf("%d bytes a series, %.1f MB for 4,000", size, float64(size)*4000/1e6)
	runtime.KeepAlive(logs)
}

// What an hour of 1,000 times a second takes: a whole fleet's log, say.
func BenchmarkAnHour(b *testing.B) {
	for b.Loop() {
		r, before := seeded(), heap()
		l, now := NewLog(model.FromProbe, t0), t0
		for range 3_700_000 {
			now = now.Add(time.Millisecond)
			l.Record(now, served(r))
		}
		b.ReportMetric(float64(heap()-before)/1e6, "MB")
		runtime.KeepAlive(l)
	}
}
