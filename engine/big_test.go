package engine

import (
	"fmt"
	"testing"
	"time"

	"tritop/counters"
	"tritop/model"
)

// big is a state of one server with many model versions that answered for a minute.
func big(models int) (s *State, poll func()) {
	s = NewState(Config{Servers: []model.ServerSpec{{Name: "a"}}})
	now := t0
	cs := make([]model.Counters, models)
	for m := range cs {
		cs[m] = model.Counters{Model: fmt.Sprintf("m%05d", m), Version: "1"}
	}
	poll = func() {
		now = now.Add(time.Second)
		for j := range cs {
			cs[j].Success.Count += uint64(j % 3)
		}
		s.Apply(model.Polled{Answer: model.Answer{Server: "a", At: now, Outcome: model.Answered}, Live: model.Yes, Ready: model.Yes, Counters: cs})
	}
	for range 70 {
		poll()
		s.Apply(model.Ticked{Now: now})
	}
	return s, poll
}

// A server may have thousands of model versions, each with a probe: a fact about
// one of them costs no look at the others.
func TestAProbeJudgesOnlyItsOwnVersion(t *testing.T) {
	t.Parallel()
	s, _ := big(3)
	other := s.servers[0].replicas[counters.Key{Model: "m00002", Version: "1"}]
	before := other.minute.at
	for range 2 {
		s.Apply(model.Probed{Answer: model.Answer{Server: "a", At: s.now.Add(2 * time.Second), Outcome: model.Failed}, Model: "m00001", Version: "1"})
	}
	snap := s.Snapshot()
	if !other.minute.at.Equal(before) {
		t.Error("the window of another version was summed up again")
	}
	if snap.Servers[0].State != model.ServerCannotInfer || snap.Servers[0].Replicas[1].Trouble != model.CannotInfer {
		t.Errorf("%s: %+v", snap.Servers[0].State, snap.Servers[0].Replicas[1].Finding)
	}
	s.Apply(model.Ticked{Now: s.now.Add(time.Second)})
	if other.minute.at.Equal(before) {
		t.Error("time alone brings the window no further")
	}
}

// What 5,000 model versions on one server cost the engine.
func BenchmarkFiveThousandModels(b *testing.B) {
	for name, each := range map[string]func(s *State, poll func()){
		"poll": func(_ *State, poll func()) { poll() },
		"poll and tick": func(s *State, poll func()) {
			poll()
			s.Apply(model.Ticked{Now: s.now.Add(time.Millisecond)})
		},
		"tick": func(s *State, _ func()) { s.Apply(model.Ticked{Now: s.now.Add(250 * time.Millisecond)}) },
		"probe": func(s *State, _ func()) {
			s.Apply(model.Probed{Answer: model.Answer{Server: "a", At: s.now, Outcome: model.Answered}, Model: "m00001", Version: "1", Counted: model.Undecided})
		},
		"snapshot": func(s *State, _ func()) {
			s.servers[0].dirty = true
			s.Snapshot()
		},
	} {
		b.Run(name, func(b *testing.B) {
			s, poll := big(5000)
			b.ReportAllocs()
			for b.Loop() {
				each(s, poll)
			}
		})
	}
}
