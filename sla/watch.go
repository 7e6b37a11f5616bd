package sla

import (
	"time"

	"tritop/model"
)

// violationsKept is how many violations of one objective are kept.
const violationsKept = 50

// Watch follows how one objective of one model stands. The zero value is ready
// for use.
type Watch struct {
	violations []model.Violation // oldest first; given out, so never written again
}

// Follow takes a verdict and its figure. A FAIL begins a violation and only a PASS
// ends it: while nothing is known, nothing has got better.
func (w *Watch) Follow(o *model.Objective, v model.ObjectiveVerdict, r Reading, now time.Time) {
	n := len(w.violations)
	open := n > 0 && w.violations[n-1].End.IsZero()
	switch {
	case v == model.ObjectiveFail && !open:
		w.violations = append(w.violations[max(0, n+1-violationsKept):n:n], model.Violation{Begin: now, Worst: r.Value.Value, Source: r.Source})
	case v == model.ObjectiveFail && o.Op.Worse(r.Value.Value, w.violations[n-1].Worst, o.Target):
		last := w.violations[n-1]
		last.Worst, last.Source = r.Value.Value, r.Source
		w.replace(last)
	case v == model.ObjectivePass && open:
		last := w.violations[n-1]
		last.End = now
		w.replace(last)
	}
}

// replace changes the newest violation. Those before it are shared with what was
// given out.
func (w *Watch) replace(last model.Violation) {
	n := len(w.violations) - 1
	w.violations = append(w.violations[:n:n], last)
}

// Violations are those that are kept, oldest first.
func (w *Watch) Violations() []model.Violation { return w.violations }

// Since is when the violation began that goes on; zero: none does.
func (w *Watch) Since() time.Time {
	if n := len(w.violations); n > 0 && w.violations[n-1].End.IsZero() {
		return w.violations[n-1].Begin
	}
	return time.Time{}
}
