//go:build long && !race

package scenarios

import (
	"testing"
	"time"

	"tritop/sim"
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
