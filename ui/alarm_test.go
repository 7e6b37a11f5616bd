package ui

import (
	"context"
	"testing"
	"time"

	"tritop/model"
)

// What an alarm gives for a snapshot reaches the terminal beside the frames.
func TestAnAlarmRings(t *testing.T) {
	t.Parallel()
	y := openTTY(t)
	b := newFake(at(t, "normal", 3*time.Second))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	alarm := func(s *model.Snapshot) []byte {
		if s.Fleet == "alarmed" {
			return []byte("\a\x1b]9;tritop: fires\x1b\\")
		}
		return nil
	}
	go func() { ended <- Run(ctx, RunOptions{Backend: b, In: y.slave, Out: y.slave, Alarm: alarm}) }()
	y.await(t, "encoder")
	b.snap.Store(&model.Snapshot{Fleet: "alarmed", Now: time.Now()})
	b.marks <- struct{}{}
	y.await(t, "\a\x1b]9;tritop: fires\x1b\\")
	cancel()
	<-ended
}
