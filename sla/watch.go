package sla

import (
	"time"

	"tritop/model"
)

// violationsKept is how many violations of one objective are kept.
const violationsKept = 50

// failHolds is for how long a FAIL counts after it was seen last, though by now the
// objective is met again or has too few samples. A figure that swings about its
// target is one violation, not one a second.
const failHolds = 15 * time.Second

// Watch follows how one objective of one model stands. The zero value is ready
// for use.
type Watch struct {
	violations []model.Violation // oldest first; given out, so never written again
	failed     time.Time         // when it was last seen to fail
	passes     time.Time         // since when it is met again, while that does not count yet; zero: it is not
}

// Follow takes a verdict and its figure, and gives the verdict that counts. A FAIL
// begins a violation. Only a PASS that lasts ends it, as of its beginning. While
// nothing is known, nothing has got better.
func (w *Watch) Follow(o *model.Objective, v model.ObjectiveVerdict, r Reading, now time.Time) model.ObjectiveVerdict {
	open := !w.Since().IsZero()
	if v != model.ObjectivePass {
		w.passes = time.Time{}
	}
	switch {
	case v == model.ObjectiveFail:
		w.fail(o, r, now, open)
	case v == model.ObjectiveFew && open && now.Sub(w.failed).Abs() < failHolds:
		return model.ObjectiveFail
	case v == model.ObjectivePass && open:
		return w.recover(now)
	}
	return v
}

// fail is told that an objective is not met.
func (w *Watch) fail(o *model.Objective, r Reading, now time.Time, open bool) {
	w.failed = now
	n := len(w.violations)
	if !open {
		w.violations = append(w.violations[max(0, n+1-violationsKept):n:n], model.Violation{Begin: now, Worst: r.Value.Value, Source: r.Source})
		return
	}
	if last := w.violations[n-1]; o.Op.Worse(r.Value.Value, last.Worst, o.Target) {
		last.Worst, last.Source = r.Value.Value, r.Source
		w.replace(last)
	}
}

// recover is told that an objective is met which was violated.
func (w *Watch) recover(now time.Time) model.ObjectiveVerdict {
	if w.passes.IsZero() || now.Before(w.passes) { // a clock that was set back begins anew
		w.passes = now
	}
	if now.Sub(w.passes) < failHolds {
		return model.ObjectiveFail
	}
	last := w.violations[len(w.violations)-1]
	last.End = w.passes
	w.replace(last)
	w.passes = time.Time{}
	return model.ObjectivePass
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
