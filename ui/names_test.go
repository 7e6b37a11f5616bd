package ui

import (
	"testing"
	"time"
)

// The palette completes servers, models and GPUs, a GPU by its host too, and says
// which name was meant by one that is not known.
func TestThePaletteKnowsNames(t *testing.T) {
	t.Parallel()
	s := open(t, withMachines(at(t, "normal", 25*time.Second)), size{120, 40}, Options{})
	uuid := s.m.snap.GPU(s.m.snap.GPUs[3].UUID)
	s.keys(":", "server eu1").shows("server eu1-gpu-01", "server eu1-gpu-02").keys("down", "tab").shows(":server eu1-gpu-02_").keys("enter").shows("SERVER eu1-gpu-02")
	s.keys(":", "gpu "+uuid.Host).shows("gpu "+uuid.UUID).keys("enter").shows("GPU GPU-").keys("esc", "esc")
	s.keys(":", "model rnaker", "enter").shows("no model is named rnaker; did you mean ranker?")
	s.keys(":", "server us1-gpu-1", "enter").shows("SERVER us1-gpu-01").keys("esc") // what was chosen in the list
	s.keys(":", "server us1-gpu-03", "enter").shows("no server is named us1-gpu-03; did you mean us1-gpu-01?")
	s.keys(":", "version ranker@44", "enter").shows("no version is named ranker@44; did you mean ranker@4?")
	s.keys(":", "evnts", "enter").shows("EVENTS") // its letters in order
	s.keys(":", "overveiw", "enter").shows("no command is named overveiw; did you mean overview?")
	s.keys(":", "model zzzzz", "enter").shows("no model is named zzzzz").hides("did you mean")
}
