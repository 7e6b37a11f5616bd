package sla

import (
	"testing"
	"time"

	"tritop/counters"
	"tritop/model"
)

func TestMeans(t *testing.T) {
	t.Parallel()
	var m Means
	if r := m.Over(time.Minute); r.Value.Why != model.NotObserved {
		t.Errorf("before the first look %+v", r)
	}
	m.Look(zero)
	if r := m.Over(time.Minute); r.Value.Why != model.NoDemand {
		t.Errorf("without requests %+v", r)
	}
	for s := range 120 {
		at := zero.Add(time.Duration(s+1) * time.Second)
		m.Look(at)
		took := uint64(2_000_000)
		if s >= 60 {
			took = 4_000_000
		}
		m.Book(at.Add(-time.Second), at, model.Sum{Count: 10, Ns: 10 * took})
	}
	if r := m.Over(50 * time.Second); r.Value != model.Of(4) || r.N != 510 {
		t.Errorf("%+v", r)
	}
	if r := m.Over(10 * time.Minute); r.Value != model.Of(3) || r.N != 1200 {
		t.Errorf("%+v", r)
	}
}

// A tap gives each request once, and begins anew with another log.
func TestATap(t *testing.T) {
	t.Parallel()
	var tap Tap
	log := counters.NewLog(zero)
	add := func(s int, ok, fail uint64) {
		log.Add(counters.Interval{To: zero.Add(time.Duration(s) * time.Second), Successes: ok, Failures: fail, Success: model.Sum{Count: ok, Ns: 1000 * ok}})
	}
	add(1, 5, 1)
	if inc, news := tap.Take(&log); !news || inc.Valid != 6 || inc.Bad != 1 || inc.Request.Ns != 5000 || !inc.From.Equal(zero) {
		t.Errorf("%+v", inc)
	}
	if inc, news := tap.Take(&log); news {
		t.Errorf("twice: %+v", inc)
	}
	for s := range 200 { // more than a log keeps one by one
		add(s+2, 1, 0)
	}
	if inc, _ := tap.Take(&log); inc.Valid != 200 || !inc.From.Equal(zero.Add(time.Second)) || !inc.To.Equal(zero.Add(201*time.Second)) {
		t.Errorf("%+v", inc)
	}
}

func TestATapOnAnotherLog(t *testing.T) {
	t.Parallel()
	var tap Tap
	log := counters.NewLog(zero)
	log.Add(counters.Interval{To: zero.Add(time.Second), Successes: 7})
	tap.Take(&log)
	if _, news := tap.Take(nil); news {
		t.Error("something of nothing")
	}
	other := counters.NewLog(zero.Add(300 * time.Second))
	other.Add(counters.Interval{To: zero.Add(301 * time.Second), Successes: 3})
	if inc, _ := tap.Take(&other); inc.Valid != 3 || !inc.From.Equal(zero.Add(300*time.Second)) {
		t.Errorf("of another log %+v", inc)
	}
}
