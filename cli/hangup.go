package cli

import (
	"context"
	"os"
	"sync/atomic"
)

// hangup is what SIGHUP means: that the terminal is gone, which ends everything,
// or that somebody asks for the configuration to be read again.
//
// Where tritop had a terminal and has none any more, it is gone. A service never
// had one, and one that was started with nohup does not care: both read again.
// What is over by itself in a moment (check, snapshot) and has nothing to read
// again ends as on any other signal.
type hangup struct {
	reload chan struct{} // one slot; the session receives
	able   atomic.Bool   // a session is running that reads again
}

// listen acts on each hangup until ctx ends.
func (a *app) listen(ctx context.Context, end context.CancelFunc) {
	terminals := a.terminals()
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.io.Hangups:
		}
		if !a.hangup.able.Load() || !a.io.Detached && a.terminals() < terminals {
			end()
			return
		}
		select {
		case a.hangup.reload <- struct{}{}:
		default: // it is to read again already
		}
	}
}

// terminals counts what connects tritop to a terminal: its streams, and the
// terminal that controls its session.
func (a *app) terminals() (n int) {
	for _, stream := range []any{a.io.Out, a.io.Err} {
		if a.io.Terminal(stream) {
			n++
		}
	}
	if a.io.In != nil && a.io.Terminal(a.io.In) {
		n++
	}
	if f, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		_ = f.Close() // nothing was written
		n++
	}
	return n
}
