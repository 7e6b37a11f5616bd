//go:build gpu

package nvml

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tritop/model"
)

// make test-gpu: what tritop samples of a real driver, through bin/tritop-nvml.
func TestRealDriver(t *testing.T) {
	helper, err := filepath.Abs(filepath.Join("..", "..", "bin", HelperName))
	if err != nil {
		t.Fatal(err)
	}
	all := facts(t, New(DefaultOptions(helper, "this machine")), 1)
	if all[0].Absent {
		t.Skipf("NOT TESTED: %s", all[0].Detail)
	}
	all = facts(t, New(DefaultOptions(helper, "this machine")), 10)
	var text strings.Builder
	fmt.Fprintf(&text, "\n%d GPUs, 10 samples, one each second; the last took %s\nGPU  UUID         NAME: util  used  total  power  limit  °C  MHz  ECC  throttled\n", len(all[9].GPUs), all[9].Took.Round(time.Microsecond))
	for _, line := range say(all[9]) {
		fmt.Fprintln(&text, line)
	}
	t.Log(text.String())
	for _, f := range all {
		for i := range f.GPUs {
			if g := &f.GPUs[i]; f.Outcome != model.Answered || !g.MemTotal.Known() || !g.MemUsed.Known() || !strings.HasPrefix(g.UUID, "GPU-") || g.Lost != "" {
				t.Errorf("%s %s: %+v", f.Outcome, f.Detail, g)
			}
		}
	}
}
