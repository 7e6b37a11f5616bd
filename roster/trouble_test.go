package roster

import (
	"errors"
	"testing"
	"time"
)

// Since when is told of the fault that stands, not of one before it.
func TestTroubleBeginsAnewWithAnother(t *testing.T) {
	t.Parallel()
	t0 := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	var tr trouble
	for i, step := range []struct {
		err   string
		since int
	}{{"a", 0}, {"a", 0}, {"b", 2}, {"b", 2}, {"", 2}, {"b", 5}} {
		var err error
		if step.err != "" {
			err = errors.New(step.err)
		}
		tr.note(err, t0.Add(time.Duration(i)*time.Minute))
		if got := tr.since.Sub(t0); got != time.Duration(step.since)*time.Minute {
			t.Errorf("step %d, %q: since %s", i, step.err, got)
		}
	}
}
