// Package sleep waits, for as long as who waits is wanted.
package sleep

import (
	"context"
	"time"
)

// For waits so long; false: ctx ended before.
func For(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
