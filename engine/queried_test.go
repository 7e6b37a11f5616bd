package engine

import (
	"testing"
	"time"

	"tritop/model"
)

// asking is a state with one model, and what a Prometheus server says of it.
func asking() (*State, model.LatenciesQueried) {
	at := time.Unix(1_700_000_000, 0)
	s := NewState(Config{Fleet: "f", Servers: []model.ServerSpec{{Name: "a", GRPC: 1}}})
	s.Apply(model.Ticked{Now: at})
	s.Apply(model.Polled{Answer: model.Answer{Server: "a", At: at, Outcome: model.Answered}, Live: model.Yes, Ready: model.Yes, Counters: []model.Counters{{Model: "m", Version: "1"}}})
	edges := []model.Edge{{Ms: 10, Count: 100}, {Ms: 20, Count: 200}}
	return s, model.LatenciesQueried{Answer: model.Answer{At: at, Outcome: model.Answered}, Origin: model.Origin{Source: "prometheus prod", Kind: "prometheus", Every: 10 * time.Second},
		Models: []model.ModelBuckets{{Model: "m", Window: 5 * time.Minute, Edges: edges, Count: 200}, {Model: "m", Window: time.Minute, Edges: edges, Count: 200}, {Model: "nobody", Window: time.Minute, Edges: edges, Count: 9}}}
}

// toldAt gives what is said of the model then.
func toldAt(t *testing.T, s *State, at time.Time) []model.Latency {
	t.Helper()
	s.Apply(model.Ticked{Now: at})
	snap := s.Snapshot()
	if len(snap.Models) != 1 {
		t.Fatalf("models %+v", snap.Models)
	}
	return snap.Models[0].Latency
}

// What a Prometheus server says of a model stands beside what others measured, with
// its source, window and count.
func TestLatenciesOfAPrometheusServer(t *testing.T) {
	t.Parallel()
	s, fact := asking()
	s.Apply(fact)
	got := toldAt(t, s, fact.At.Add(time.Second))
	if len(got) != 2 || got[0].Window != time.Minute || got[1].Window != 5*time.Minute {
		t.Fatalf("told %+v", got)
	}
	if l := got[0]; l.Source != model.FromPrometheus || l.N != 200 || l.P50 != model.Of(10) || l.P999.Why != model.TooFew {
		t.Errorf("told %+v", l)
	}
}

// A source that fails is told as one, and what it said holds for three intervals.
func TestAPrometheusServerThatFails(t *testing.T) {
	t.Parallel()
	s, fact := asking()
	s.Apply(fact)
	at := fact.At
	fact.At, fact.Outcome, fact.Detail, fact.Models = at.Add(10*time.Second), model.Failed, "parse error", nil
	s.Apply(fact)
	if got := toldAt(t, s, at.Add(29*time.Second)); len(got) != 2 {
		t.Errorf("within three intervals of the last answer: %+v", got)
	}
	if src := s.Snapshot().Sources; len(src) != 2 || src[1].Name != "prometheus prod" || src[1].Failures != 1 || src[1].LastErr != "failed: parse error" {
		t.Errorf("sources %+v", src)
	}
	if got := toldAt(t, s, at.Add(31*time.Second)); len(got) != 0 {
		t.Errorf("old: %+v", got)
	}
}

// One that leaves the configuration takes along what it told.
func TestAPrometheusServerThatLeaves(t *testing.T) {
	t.Parallel()
	s, fact := asking()
	s.sourcesChanged([]model.SourceSpec{{Name: fact.Source}})
	s.Apply(fact)
	s.sourcesChanged(nil)
	if got := toldAt(t, s, fact.At.Add(time.Second)); len(got) != 0 {
		t.Errorf("told after it left: %+v", got)
	}
}
