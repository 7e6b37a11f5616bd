package nvml

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"tritop/model"
)

// What it costs until it is said that there is nothing to read (performance.md
// G14: at most 5 ms). All of it runs beside the start, which waits for none of it.
func BenchmarkNothingToRead(b *testing.B) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		b.Skip("no shell on this machine")
	}
	for name, command := range map[string][]string{
		"no helper":               {b.TempDir() + "/" + HelperName},
		"a process that says so":  {sh, "-c", `echo '{"v":1,"absent":"no driver"}'`},
		"a process that dies":     {sh, "-c", "exit 127"},
		"a program that is no-go": {b.TempDir()},
	} {
		b.Run(name, func(b *testing.B) {
			c := New(Options{Command: command, Every: time.Second, First: time.Second, Late: time.Second})
			out := make(chan model.Fact, 1)
			for b.Loop() {
				if end := c.session(context.Background(), out); end.why == "" || end.lines > 0 {
					b.Fatalf("%+v", end)
				}
			}
		})
	}
}
