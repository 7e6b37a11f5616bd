//go:build long && !race

package scenarios

import (
	"testing"
	"time"

	"tritop/model"
	"tritop/sim"
	"tritop/sla"
)

// make test-long: a day of a healthy fleet and one of a server that comes and
// goes, from hour 2 to the end.
func TestADayKeepsNothing(t *testing.T) {
	for _, scenario := range []string{"normal", "flapping"} {
		t.Run(scenario, func(t *testing.T) {
			steady(t, scenario, soak(t, sim.Options{Scenario: scenario, Seed: 3}, 24*time.Hour), 7)
		})
	}
}

// A day of the healthy fleet meets all its objectives and raises nothing.
func TestADayOfNormalRaisesNothing(t *testing.T) {
	s := play{"normal", 5, 24 * time.Hour, sla.Profile(sla.ProfileDefault)}.run(t, nil)
	for _, e := range s.Events {
		if e.Kind != model.EventIdentified {
			t.Errorf("%s %s %s", e.At, e.Object(), e.Words())
		}
	}
	for i := range s.Objectives {
		if o := &s.Objectives[i]; o.Verdict != model.ObjectivePass || len(o.Violations) > 0 {
			t.Errorf("%s %s: %v %+v", o.Model, o.Name, o.Verdict, o.Violations)
		}
	}
	if s.Verdict != model.Healthy || len(s.Objectives) != 32 {
		t.Errorf("%v, %d objectives", s.Verdict, len(s.Objectives))
	}
}
