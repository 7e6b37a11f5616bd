package counters

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tritop/model"
)

var meterStart = time.Unix(1_700_000_000, 0)

func after(seconds float64) time.Time {
	return meterStart.Add(time.Duration(seconds * float64(time.Second)))
}

func is(t *testing.T, what string, got model.Figure, want float64) {
	t.Helper()
	if !got.Known() || math.Abs(got.Value-want) > 1e-9*max(1, math.Abs(want)) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestMeterOfACounter(t *testing.T) {
	t.Parallel()
	var m Meter
	if f := m.Rate(after(0)); f.Why != model.NotObserved {
		t.Errorf("before any reading: %v", f)
	}
	m.Add(after(0), 1e6, 0) // what it counted before we looked is nobody's rate
	if f := m.Rate(after(0)); f.Why != model.NotObserved {
		t.Errorf("after one reading: %v", f)
	}
	for s := 2.0; s <= 200; s += 2 {
		m.Add(after(s), 1e6+5*s, 0)
	}
	is(t, "5 a second", m.Rate(after(200)), 5)
	if len(m.steps) > 64 {
		t.Errorf("%d steps are kept", len(m.steps))
	}
	m.Add(after(202), 20, 0) // a new process has counted 20
	is(t, "after a reset", m.Rate(after(202)), (58*5+20)/60.0)
	m.Add(after(202), 9999, 0)
	m.Add(after(100), 9999, 0)
	is(t, "a clock that stands or goes back", m.Rate(after(202)), (58*5+20)/60.0)
	m.Add(after(322), 20+120*7, 0) // two minutes without an answer
	is(t, "after a gap", m.Rate(after(322)), 7)
}

func TestMeterOfAHistogram(t *testing.T) {
	t.Parallel()
	var m Meter
	m.Add(after(0), 1000, 10)
	m.Add(after(2), 1000, 10)
	if f := m.Mean(after(2)); f.Why != model.NoDemand {
		t.Errorf("nothing was observed: %v", f)
	}
	m.Add(after(4), 1003, 14)
	is(t, "0.75 each", m.Mean(after(4)), 0.75)
	m.Add(after(6), 1001, 15) // an observation of -2
	is(t, "with a negative one", m.Mean(after(6)), 0.2)
	m.Add(after(8), 30, 1) // anew: one of 30
	is(t, "after a reset", m.Mean(after(8)), 31.0/6)
	m.Add(after(67.9), 30, 1)
	if f := m.Mean(after(68.1)); f.Why != model.NoDemand {
		t.Errorf("a minute later: %v", f)
	}
}

// While the machine sleeps its monotonic clock stands: nobody knows how long that was.
func TestMeterOverSleep(t *testing.T) {
	t.Parallel()
	var m Meter
	at := time.Now() // with a monotonic reading
	m.Add(at, 0, 0)
	m.Add(at.Add(time.Second), 5, 0)
	woken := setClock(at.Add(2*time.Second), time.Hour)
	m.Add(woken, 1e6, 0)
	if f := m.Rate(woken); f.Known() {
		t.Errorf("%v", f)
	}
	m.Add(setClock(at.Add(4*time.Second), time.Hour), 1e6+20, 0)
	is(t, "from then on", m.Rate(setClock(at.Add(4*time.Second), time.Hour)), 10)
}

// Whatever it reads, a rate is never negative, and what a steady counter adds is
// found again, however the readings lie.
func TestMeterNeverInvents(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var m Meter
		seconds, total, rate := 0.0, rapid.Float64Range(0, 1e6).Draw(t, "before"), rapid.Float64Range(0, 1000).Draw(t, "rate")
		for _, wait := range rapid.SliceOfN(rapid.Float64Range(0.5, 30), 2, 100).Draw(t, "waits") {
			if rapid.Float64Range(0, 1).Draw(t, "reset") < 0.1 {
				total = 0
			}
			seconds, total = seconds+wait, total+rate*wait
			m.Add(after(seconds), total, 0)
		}
		if f := m.Rate(after(seconds)); f.Value < 0 || f.Value > rate*(1+1e-6)+1e-3 {
			t.Fatalf("%v, it adds %v a second", f, rate)
		}
	})
}
