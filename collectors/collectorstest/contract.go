// Package collectorstest is the contract of every collector as a test: real,
// simulated or fake. Tests of collectors call Run; nobody else does.
package collectorstest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"tritop/model"
)

// Collector is collectors.Collector, said again so that the tests inside that
// package can use the contract.
type Collector interface {
	Name() string
	Collect(ctx context.Context, out chan<- model.Fact) error
}

// soon is how long a collector may take to return after its context ended.
const soon = 2 * time.Second

// patience is how long a fact may be waited for.
const patience = 10 * time.Second

// Run checks what every collector promises. fresh gives a collector that was
// never run, and whose facts come within a second or so.
func Run(t *testing.T, fresh func(t *testing.T) Collector) {
	t.Helper()
	t.Run("has a name", func(t *testing.T) {
		t.Parallel()
		c := fresh(t)
		if first, again := c.Name(), c.Name(); first == "" || first != again {
			t.Errorf("name %q, then %q", first, again)
		}
	})
	t.Run("sends clean facts and ends with its context", func(t *testing.T) { t.Parallel(); endsWithContext(t, fresh(t), 3) })
	t.Run("runs again after it ended", func(t *testing.T) {
		t.Parallel()
		c := fresh(t)
		endsWithContext(t, c, 1)
		endsWithContext(t, c, 1)
	})
	t.Run("returns although nobody takes its facts", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		out := make(chan model.Fact) // never read
		returns(t, run(ctx, fresh(t), out))
		open(t, out)
	})
	t.Run("returns when it is cancelled before it begins", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		returns(t, run(ctx, fresh(t), make(chan model.Fact)))
	})
}

// endsWithContext takes n facts and cancels.
func endsWithContext(t *testing.T, c Collector, n int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := make(chan model.Fact)
	done := run(ctx, c, out)
	limit := time.After(patience)
	for range n {
		select {
		case f, ok := <-out:
			if !ok {
				t.Fatal("it closed the channel of facts")
			}
			clean(t, f)
		case err := <-done:
			t.Fatalf("it returned before its context ended: %v", err)
		case <-limit:
			t.Fatalf("no fact within %s", patience)
		}
	}
	cancel()
	returns(t, done)
	open(t, out)
}

func run(ctx context.Context, c Collector, out chan<- model.Fact) <-chan error {
	done := make(chan error, 1) // the goroutine ends although nobody asks
	go func() { done <- c.Collect(ctx, out) }()
	return done
}

func returns(t *testing.T, done <-chan error) {
	t.Helper()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("it ended with its context, and says: %v", err)
		}
	case <-time.After(soon):
		t.Fatalf("it did not return within %s after its context ended", soon)
	}
}

// open checks that the channel was neither closed nor is written to any more.
func open(t *testing.T, out chan model.Fact) {
	t.Helper()
	select {
	case f, ok := <-out:
		t.Errorf("after its return: %v, open %v", f, ok)
	default:
	}
}

// clean checks that nothing from outside can draw on a screen.
func clean(t *testing.T, f model.Fact) {
	t.Helper()
	if text := fmt.Sprintf("%v", f); strings.ContainsAny(text, "\x1b\x07\x00\u202e") {
		t.Errorf("a control character came through: %q", text)
	}
}
