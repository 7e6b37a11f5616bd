package sim

import (
	"testing"
	"time"
)

// An ensemble has no stub process of its own: a real Triton hands on the error
// of the step that failed.
func TestABrokenEnsembleNamesTheStubOfItsFirstStep(t *testing.T) {
	t.Parallel()
	w, err := New(Options{Scenario: "ready-lies", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	w.Advance(FaultAt + time.Second)
	for name, want := range map[string]string{
		"fraud_scorer":    "Stub process 'fraud_scorer_0_0' is not healthy.",
		"search_pipeline": "in ensemble 'search_pipeline', Stub process 'tokenizer_0_0' is not healthy.",
	} {
		if a := w.Infer(w.victim(3), name, "", 0); a.Code != Internal || a.Text != want {
			t.Errorf("%s: %v %q", name, a.Code, a.Text)
		}
	}
}
