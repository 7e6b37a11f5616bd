package actuators

import (
	"context"
	"fmt"
	"time"
)

// drainPoll is the time between two looks at what is in flight: an endpoint that
// has nothing in two looks in a row is drained.
const drainPoll = 100 * time.Millisecond

// Drain waits until nothing is in flight on an endpoint that takes nothing new. At
// the end of ctx it gives how many requests still were, and an error that says so.
func Drain(ctx context.Context, d Driver, endpoint string) (left int, err error) {
	tick := time.NewTicker(drainPoll)
	defer tick.Stop()
	for empty := 0; ; {
		o, err := d.Observe(ctx)
		if err != nil && ctx.Err() == nil {
			return left, err
		}
		if err == nil {
			left, empty = InFlight(&o, endpoint), empty+1
			if left > 0 {
				empty = 0
			}
			if empty == 2 {
				return 0, nil
			}
		}
		select {
		case <-ctx.Done():
			return left, fmt.Errorf("draining %s: %d requests were still in flight at the deadline: %w", endpoint, left, ctx.Err())
		case <-tick.C:
		}
	}
}
