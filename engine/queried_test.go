package engine

import (
	"testing"
	"time"

	"tritop/model"
)

// What a Prometheus server says of a model stands beside what others measured, with
// its source, window and count, and not for longer than three intervals; a source
// that fails is told.
func TestLatenciesOfAPrometheusServer(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_700_000_000, 0)
	s := NewState(Config{Fleet: "f", Servers: []model.ServerSpec{{Name: "a", GRPC: 1}}})
	s.Apply(model.Ticked{Now: at})
	s.Apply(model.Polled{Answer: model.Answer{Server: "a", At: at, Outcome: model.Answered}, Live: model.Yes, Ready: model.Yes, Counters: []model.Counters{{Model: "m", Version: "1"}}})
	edges := []model.Edge{{Ms: 10, Count: 100}, {Ms: 20, Count: 200}}
	fact := model.LatenciesQueried{Answer: model.Answer{At: at, Outcome: model.Answered}, Origin: model.Origin{Source: "prometheus prod", Kind: "prometheus", Every: 10 * time.Second},
		Models: []model.ModelBuckets{{Model: "m", Window: 5 * time.Minute, Edges: edges, Count: 200}, {Model: "m", Window: time.Minute, Edges: edges, Count: 200}, {Model: "nobody", Window: time.Minute, Edges: edges, Count: 9}}}
	s.Apply(fact)
	told := func(after time.Duration) []model.Latency {
		s.Apply(model.Ticked{Now: at.Add(after)})
		snap := s.Snapshot()
		if len(snap.Models) != 1 {
			t.Fatalf("models %+v", snap.Models)
		}
		return snap.Models[0].Latency
	}
	got := told(time.Second)
	if len(got) != 2 || got[0].Window != time.Minute || got[1].Window != 5*time.Minute || got[0].Source != model.FromPrometheus || got[0].N != 200 || got[0].P50 != model.Of(10) || got[0].P999.Why != model.TooFew {
		t.Errorf("told %+v", got)
	}
	fact.At, fact.Outcome, fact.Detail, fact.Models = at.Add(10*time.Second), model.Failed, "parse error", nil
	s.Apply(fact)
	if got := told(29 * time.Second); len(got) != 2 {
		t.Errorf("within three intervals of the last answer: %+v", got)
	}
	if src := s.Snapshot().Sources; len(src) != 2 || src[1].Name != "prometheus prod" || src[1].Failures != 1 || src[1].LastErr != "failed: parse error" {
		t.Errorf("sources %+v", src)
	}
	if got := told(31 * time.Second); len(got) != 0 {
		t.Errorf("old: %+v", got)
	}
}
