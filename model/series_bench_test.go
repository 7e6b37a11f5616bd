package model

import (
	"fmt"
	"math"
	"runtime"
	"testing"
	"time"
)

// The fleet of the goal: 200 servers with 20 models each, five series for each
// replica, server, model and the fleet, for an hour.
const (
	replicas = 200 * 20
	others   = 200 + 20 + 1
)

// hour books an hour into all series of the fleet, a second after the other, and
// gives them. What a figure is like is named by its place: rate, errors, queue,
// compute, probe.
func hour(value func(series, second int) float64) []Series {
	all := make([]Series, 5*(replicas+others))
	for i := range all {
		all[i] = NewSeries(i)
	}
	for second := range SeriesReach + SeriesLength {
		at := time.Unix(1_700_000_000+int64(second), 0)
		for i := range all {
			all[i] = all[i].Append(at, value(i, second))
		}
	}
	return all
}

func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// BenchmarkHistoryMemory books the histories of 4,000 model versions. "any": every
// value of every series is another one. "fleet": as a healthy fleet is, with a
// probe on one model in twenty every five seconds, and no errors. The anchor are
// rings of float64 for the same points (300 and 4 × 360).
func BenchmarkHistoryMemory(b *testing.B) {
	wave := func(i, second int) float64 { return float64(uint32(i*2654435761+second*40503)) / 1e5 } //nolint:gosec // noise
	for name, value := range map[string]func(i, second int) float64{
		"any": wave,
		"fleet": func(i, second int) float64 {
			switch i % 5 {
			case 1:
				return 0
			case 4:
				if i/5%20 != 0 || second%5 != 0 {
					return math.NaN()
				}
			}
			return wave(i, second)
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				before := heap()
				began := time.Now()
				all := hour(value)
				took := time.Since(began)
				used := heap() - before
				rings := make([][]float64, len(all))
				for i := range rings {
					rings[i] = make([]float64, SeriesLength+4*SeriesReach/SeriesGrain)
				}
				anchor := heap() - before - used
				seconds := float64(len(all) * SeriesReach)
				b.ReportMetric(used/1e6, "MB")
				b.ReportMetric(used/seconds, "B/sample")
				b.ReportMetric(anchor/1e6, "MB-float64")
				b.ReportMetric(anchor/used, "x-float64")
				b.ReportMetric(float64(took)/seconds, "ns/append")
				runtime.KeepAlive(all)
				runtime.KeepAlive(rings)
			}
		})
	}
}

// BenchmarkOver reads an hour as a chart of 200 columns, and as one column.
func BenchmarkOver(b *testing.B) {
	var s Series
	for second := range SeriesReach + 200 {
		s = s.Append(time.Unix(1_700_000_000+int64(second), 0), math.Mod(float64(second)*0.618, 1))
	}
	for _, columns := range []int{200, 1} {
		b.Run(fmt.Sprintf("hour in %d", columns), func(b *testing.B) {
			width := SeriesReach * time.Second / time.Duration(columns)
			b.ReportAllocs()
			for b.Loop() {
				for i := range columns {
					to := s.End().Add(-time.Duration(i) * width)
					if _, ok := s.Over(to.Add(-width), to); !ok {
						b.Fatal("no data")
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(columns), "ns/column")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/SeriesReach, "ns/sample")
		})
	}
}
