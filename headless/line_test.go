package headless

import (
	"strings"
	"testing"
	"time"
)

func TestLineIsOneLineThatNamesTheWorst(t *testing.T) {
	t.Parallel()
	for scenario, want := range map[string]string{
		"normal":      "14:00:25Z HEALTHY; servers 6 healthy; models 8 healthy; ",
		"dead-server": "14:00:25Z UNHEALTHY eu1-gpu-02: not listening: down, or still loading its models for 19s; servers 1 unhealthy 5 healthy; models 8 degraded; ",
		"blackout":    "14:00:25Z UNKNOWN 6 servers: no data: no answer to the connection attempt for 2",
	} {
		var b strings.Builder
		if err := Line(&b, at(t, scenario, 25*time.Second)); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 1 || !strings.HasSuffix(got, "\n") {
			t.Errorf("%s:\n got %q\nwant %q…", scenario, got, want)
		}
	}
	var b strings.Builder
	if err := Line(&b, empty()); err != nil || !strings.Contains(b.String(), "servers 2 unknown; models none; - requests/s\n") {
		t.Errorf("%v %q", err, b.String())
	}
}
