package sla

import (
	"testing"
	"time"

	"tritop/counters"
	"tritop/model"
)

// fleet is 200 servers with 20 models and five objectives each.
type fleet struct {
	at         time.Time
	logs       []counters.Log
	taps       []Tap
	accounts   []*Account
	samples    []Samples
	objectives []model.Objective
	watches    []Watch
}

const (
	benchServers = 200
	benchModels  = 20
)

func newFleet() *fleet {
	f := &fleet{at: zero, logs: make([]counters.Log, benchServers*benchModels), taps: make([]Tap, benchServers*benchModels),
		accounts: make([]*Account, benchModels), samples: make([]Samples, benchModels), objectives: Profile(ProfileMaterial)}
	for i := range f.logs {
		f.logs[i] = counters.NewLog(zero)
	}
	for i := range f.accounts {
		f.accounts[i] = NewAccount()
		f.accounts[i].Look(zero, 1)
		for p := range 24_000 { // ten minutes of probes every 5 s
			f.samples[i].Add(zero.Add(time.Duration(p-24_000)*25*time.Millisecond), float64(5+p%7))
		}
	}
	f.watches = make([]Watch, benchModels*len(f.objectives))
	return f
}

// answer lets every server answer its poll, and a fifth of the probes.
func (f *fleet) answer(n int) {
	f.at = f.at.Add(time.Second)
	for i := range f.logs {
		f.logs[i].Add(counters.Interval{To: f.at, Successes: 10, Failures: uint64(n % 5 / 4)})
		if i%5 == n%5 {
			f.samples[i%benchModels].Add(f.at, float64(5+i%7))
		}
	}
}

// second books what is new of one model and judges its objectives.
func (f *fleet) second(m int) {
	a := f.accounts[m]
	a.Look(f.at, 1)
	for i := m; i < len(f.logs); i += benchModels {
		if inc, news := f.taps[i].Take(&f.logs[i]); news {
			a.Book(inc)
		}
	}
	for j := range f.objectives {
		o := &f.objectives[j]
		r := f.samples[m].Percentile(model.MetricP95, o.Window, f.at, "probe")
		if o.Metric.Permille() == 0 {
			r = Read(o.Metric, a.Over(o.Window), o.Window, false)
			a.Budget(o, f.at)
		}
		f.watches[m*len(f.objectives)+j].Follow(o, Judge(o, r), r, f.at)
	}
}

// A second of the fleet: what is new in 4,000 rows is booked, and 100 objectives
// are judged with their budgets. It may take a tenth of a core: 100 ms.
func BenchmarkSecond(b *testing.B) {
	f := newFleet()
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		f.answer(n)
		for m := range f.accounts {
			f.second(m)
		}
	}
}

// Were there five objectives for each model of each server, 20,000 of them.
func BenchmarkJudge20000(b *testing.B) {
	a := NewAccount()
	at := zero
	for range 4000 {
		at = at.Add(time.Second)
		a.Look(at, 1)
		a.Book(Increment{From: at, To: at, Valid: 100, Bad: 1})
	}
	objectives := Profile(ProfileMaterial)
	for b.Loop() {
		for i := range 20_000 {
			o := &objectives[i%len(objectives)]
			var r Reading
			if o.Metric.Permille() > 0 {
				r = Reading{Value: model.Of(5), N: 1000, Over: o.Window}
			} else {
				r = Read(o.Metric, a.Over(o.Window), o.Window, false)
			}
			if Judge(o, r) == model.ObjectiveNoData {
				b.Fatal("no verdict")
			}
		}
	}
}
