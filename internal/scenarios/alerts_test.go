package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tritop/model"
)

// Each fault raises its alert of the server and no other; one that returns is resolved.
func TestScenariosRaiseTheirAlerts(t *testing.T) {
	t.Parallel()
	for scenario, want := range map[string][]string{
		"normal":      nil,
		"dead-server": {"TritonServerDown eu1-gpu-02 firing"},
		"hung-server": {"TritonServerDown us1-gpu-01 firing"},
		"ready-lies":  {"TritonServerCannotInfer us1-gpu-02 firing"},
		"stalled":     {"TritonServerCannotInfer ap1-gpu-01 firing"},
		"region-loss": {"TritonServerDown us1-gpu-01 firing", "TritonServerDown us1-gpu-02 firing"},
		"blackout":    {"TritopBlind  firing"}, // one, not one for each server
	} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			s := run(t, scenario, 1, 30*time.Second, func(time.Duration, *model.Snapshot) {})
			if got := firing(s); !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
	s := run(t, "dead-server", 1, 2*time.Minute, func(time.Duration, *model.Snapshot) {})
	if got := firing(s); !slices.Equal(got, []string{"TritonServerDown eu1-gpu-02 resolved"}) {
		t.Errorf("a server that is back: %q", got)
	}
}

// firing are the alerts of servers and of tritop itself that fire or have fired, by name.
func firing(s *model.Snapshot) (out []string) {
	for i := range s.Alerts {
		if a := &s.Alerts[i]; a.State != model.AlertPending && (strings.HasPrefix(a.Name(), "TritonServer") || strings.HasPrefix(a.Name(), "Tritop")) {
			out = append(out, fmt.Sprintf("%s %s %s", a.Name(), a.Label("server"), a.State))
		}
	}
	slices.Sort(out)
	return out
}
