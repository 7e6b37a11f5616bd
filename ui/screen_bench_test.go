package ui

import (
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkScreenCPU is the share of a core that the whole program takes for a
// screen on which about a tenth of the cells change, at one and at ten frames a
// second, and for one that is held while news come once a second. The
// anchor is btop at the same intervals, in turns in the same run. btop's cost
// grows with the processes of the machine, so their number is told: the anchor of
// the goal was taken with about 85. The news are made before, so that they cost tritop nothing
// but a wake-up.
func BenchmarkScreenCPU(b *testing.B) {
	rounds, length := 3, 10*time.Second
	if once() {
		rounds, length = 1, time.Second
	}
	core, sent := map[string][]float64{}, map[string]float64{}
	measure := func(name string, c *child) {
		if c == nil {
			return
		}
		defer c.stop()
		if name == "held" {
			c.press(" ")
			c.await("FROZEN")
		}
		time.Sleep(length / 10) // the start is not measured
		share, bytes := c.load(length)
		core[name], sent[name] = append(core[name], share), bytes
	}
	for b.Loop() {
		for range rounds {
			measure("1s", screenOf(b, "tritop 1s"))
			measure("btop-1s", btopAt(b, time.Second))
			measure("100ms", screenOf(b, "tritop 100ms"))
			measure("btop-100ms", btopAt(b, 100*time.Millisecond))
			measure("held", screenOf(b, "tritop 1s"))
		}
	}
	for name, shares := range core {
		b.ReportMetric(100*middle(shares), "%core-"+name)
	}
	for _, at := range []string{"1s", "100ms"} {
		b.ReportMetric(sent[at]/1e3, "kB/s-"+at)
		if anchor := middle(core["btop-"+at]); anchor > 0 {
			b.ReportMetric(middle(core[at])/anchor, "x-btop-"+at)
		}
	}
	b.ReportMetric(float64(processes(b)), "processes")
	if sent["held"] > heldBytes && !once() {
		b.Errorf("a screen that is held wrote %.0f bytes a second", sent["held"])
	}
	b.ReportMetric(0, "ns/op")
}

// processes is how many the machine has.
func processes(b *testing.B) int {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		b.Fatal(err)
	}
	return len(dirs)
}

// heldBytes is what a screen that is held may write in a second: how old its
// picture is.
const heldBytes = 100

// middle is the median.
func middle(v []float64) float64 {
	d := make([]time.Duration, len(v))
	for i := range v {
		d[i] = time.Duration(v[i] * 1e12)
	}
	if len(d) == 0 {
		return 0
	}
	return float64(quantile(d, 0.5)) / 1e12
}

// BenchmarkKey is from a key to its character on the terminal, while ten frames
// a second come in between: 200×60, 200 keys each. The anchor is the same screen
// through Bubble Tea's own renderer, in turns in the same run.
func BenchmarkKey(b *testing.B) {
	rounds, keys := 4, 50
	if once() {
		rounds, keys = 1, 5
	}
	took := map[string][]time.Duration{}
	r := rand.New(rand.NewPCG(5, 6))
	for b.Loop() {
		for range rounds {
			for _, renderer := range []string{"tritop", "bubbletea"} {
				c := screenOf(b, renderer+" 100ms")
				c.press(":")
				c.await("COMMANDS")
				time.Sleep(300 * time.Millisecond)
				for range keys {
					time.Sleep(time.Duration(20+r.IntN(60)) * time.Millisecond)
					c.expect("☃") // stands nowhere else
					began := time.Now()
					c.press("☃")
					took[renderer] = append(took[renderer], c.arrived().Sub(began))
				}
				c.stop()
			}
		}
	}
	ours, stock := took["tritop"], took["bubbletea"]
	b.ReportMetric(float64(quantile(ours, 0.5))/1e6, "ms-p50")
	b.ReportMetric(float64(quantile(ours, 0.9))/1e6, "ms-p90")
	b.ReportMetric(float64(quantile(ours, 0.99))/1e6, "ms-p99")
	b.ReportMetric(float64(quantile(stock, 0.5))/1e6, "ms-p50-bubbletea")
	b.ReportMetric(float64(quantile(stock, 0.99))/1e6, "ms-p99-bubbletea")
	b.ReportMetric(float64(quantile(ours, 0.5))/float64(quantile(stock, 0.5)), "x-bubbletea-p50")
	b.ReportMetric(float64(len(ours)), "keys")
	b.ReportMetric(0, "ns/op")
}
