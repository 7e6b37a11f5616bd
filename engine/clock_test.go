package engine

import (
	"testing"
	"time"
	"unsafe"

	"tritop/model"
)

// setClock is t as the clock of this machine tells it when it was set by d:
// another wall time with the same monotonic reading, which no public call makes.
func setClock(t time.Time, d time.Duration) time.Time {
	type raw struct {
		wall uint64 // bit 63: has a monotonic reading; 33 bits of seconds, 30 of nanoseconds
		_    int64
		_    *time.Location
	}
	(*raw)(unsafe.Pointer(&t)).wall += uint64(d/time.Second) << 30 //nolint:gosec // a test of clocks; a step back wraps around as it should
	return t
}

// Set back by an hour, the charts stood still for an hour; asleep for one, the
// requests of the hour were those of a second.
func TestOurClockIsSet(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]time.Duration{"back an hour": -time.Hour, "back 5 s": -5 * time.Second, "ahead, or asleep": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newScript("a")
			p.now = time.Now()
			p.index("a", ready("bert", "1"))
			p.seconds(100, func() { p.poll("a", 10, 0) })
			before := len(p.Snapshot().Events)
			p.now = setClock(p.now, step)
			if step > 0 {
				p.n["bert"] += 36_000
			}
			p.seconds(10, func() { p.poll("a", 10, 0) })
			snap := p.Snapshot()
			srv := snap.Servers[0]
			if w := srv.Window; w.Rate.Value < 9.9 || w.Rate.Value > 10.1 {
				t.Errorf("%v requests/s, want 10", w.Rate)
			}
			recent := 100 // seconds that the charts tell of
			if step > 0 {
				recent = 7
			}
			for what, h := range map[string]model.History{"fleet": snap.History, "server": srv.History, "version": srv.Replicas[0].History, "model": snap.Models[0].History} {
				tells(t, what, h.Rate, snap.Now, recent)
			}
			if said := words(snap.Events[before:]); said != "" {
				t.Errorf("events:\n%s", said)
			}
		})
	}
}

// tells wants 10 wherever a chart has a value, and one in each recent second.
func tells(t *testing.T, what string, s model.Series, now time.Time, recent int) {
	t.Helper()
	for i := range 110 {
		v, ok := s.At(now.Add(-time.Duration(i) * time.Second))
		if ok && (v < 9.9 || v > 10.1) || i < recent && !ok {
			t.Errorf("%s: %v (%v) %d s ago, want 10", what, v, ok, i)
		}
	}
}

// The server's clock is not used for any figure.
func TestLastInferenceAnHourOff(t *testing.T) {
	t.Parallel()
	for name, off := range map[string]time.Duration{"behind": -time.Hour, "ahead": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newScript("a")
			n := uint64(100)
			p.fail("a", model.Refused)
			p.seconds(20, func() {
				n += 10
				c := served("bert", "1", n, 0)
				c.LastInference = p.now.Add(off)
				p.Apply(model.Polled{Answer: p.answer("a", model.Answered), Live: model.Yes, Ready: model.Yes, Connections: 1, Counters: []model.Counters{c}})
			})
			srv := p.Snapshot().Servers[0]
			if srv.State != model.ServerReady || srv.Window.Rate.Value != 10 || !srv.Replicas[0].Totals.Epoch.IsZero() {
				t.Errorf("%v %v %+v", srv.State, srv.Window.Rate, srv.Replicas[0].Totals)
			}
		})
	}
}
