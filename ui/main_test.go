package ui

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// No session leaves a goroutine behind, whatever was done to it. Benchmarks start
// the test binary as a screen.
func TestMain(m *testing.M) {
	if what := os.Getenv(screenVar); what != "" {
		os.Exit(beScreen(what))
	}
	code := m.Run()
	if err := leaks(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// leaks looks a few times: a tick of Bubble Tea sleeps its second out. Its input
// reader is left out: Bubble Tea gives it half a second to end, and where the
// machine is too busy for that it closes what the reader waits on.
func leaks() (err error) {
	for range 3 {
		if err = goleak.Find(goleak.IgnoreAnyFunction("github.com/charmbracelet/ultraviolet.(*TerminalReader).StreamEvents"),
			goleak.IgnoreAnyFunction("github.com/charmbracelet/ultraviolet.(*TerminalReader).StreamEvents.func1")); err == nil {
			return nil
		}
	}
	return fmt.Errorf("after all tests: %w", err)
}
