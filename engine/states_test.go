package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tritop/model"
)

func TestStatesInOrder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		play    func(p *script)
		state   model.ServerState
		verdict model.Verdict
		events  []string // all those of the server, in this order
	}{
		"quiet start": {func(*script) {}, model.ServerReady, model.Healthy, nil},
		"killed and back": {func(p *script) {
			p.seconds(4, func() { p.fail("a", model.Refused) })
			p.n["bert"] = 0
			p.seconds(3, func() { p.poll("a", 10, 0) })
		}, model.ServerReady, model.Healthy, []string{"a ready → not listening", "a restarted (new process)", "a not listening → ready"}},
		"refused again after a restart": {func(p *script) {
			p.seconds(4, func() { p.fail("a", model.Refused) })
			p.n["bert"] = 0
			p.seconds(3, func() { p.poll("a", 10, 0) })
			p.seconds(3, func() { p.fail("a", model.Refused) })
		}, model.ServerStarting, model.Degraded, []string{"a ready → not listening", "a restarted (new process)", "a not listening → ready", "a ready → starting"}},
		"stopped in order": {func(p *script) {
			p.seconds(2, func() { p.fail("a", model.Exiting) })
			p.seconds(2, func() { p.fail("a", model.Refused) })
		}, model.ServerNotListening, model.Unhealthy, []string{"a ready → stopping", "a stopping → not listening"}},
		"hung and continued": {func(p *script) {
			p.seconds(5, func() { p.fail("a", model.TimedOut); p.probe("a", model.TimedOut) })
			p.seconds(1, func() { p.poll("a", 10, 0) })
		}, model.ServerReady, model.Healthy, []string{"a ready → hung", "a hung → ready"}},
		"silent": {func(p *script) {
			p.seconds(12, func() { p.fail("a", model.Unanswered) })
		}, model.ServerNoData, model.Unknown, []string{"a ready → stale", "a stale → no data"}},
		"says ready, cannot infer": {func(p *script) {
			p.seconds(2, func() { p.poll("a", 10, 0); p.probe("a", model.Failed) })
		}, model.ServerCannotInfer, model.Unhealthy, []string{"a bert v1 says ready, cannot infer", "a ready → says ready, cannot infer"}},
		"cannot infer, with missed polls in it": {func(p *script) {
			for range 4 {
				p.seconds(2, func() { p.poll("a", 10, 0); p.probe("a", model.Failed) })
				p.seconds(1, func() { p.fail("a", model.Unanswered); p.probe("a", model.TimedOut) })
			}
		}, model.ServerCannotInfer, model.Unhealthy, []string{"a bert v1 says ready, cannot infer", "a ready → says ready, cannot infer"}},
		"stalled, with missed polls in it": {func(p *script) {
			for range 4 {
				p.seconds(5, func() { p.poll("a", 0, 0); p.pending("a", 3) })
				p.seconds(1, func() { p.fail("a", model.Unanswered) })
			}
		}, model.ServerStalled, model.Unhealthy, []string{"a bert v1 stalled: requests wait, none is completed", "a ready → stalled", "a alert fires: TritonServerCannotInfer (critical)"}},
		"probes refused by a full queue": {func(p *script) {
			p.seconds(5, func() { p.poll("a", 10, 0); p.probe("a", model.Busy) })
		}, model.ServerReady, model.Healthy, nil},
		"one failed probe": {func(p *script) {
			p.seconds(1, func() { p.poll("a", 10, 0); p.probe("a", model.Failed) })
		}, model.ServerReady, model.Healthy, nil},
		"stalled": {func(p *script) {
			p.seconds(8, func() {
				p.poll("a", 0, 0)
				p.Apply(model.Scraped{Answer: p.answer("a", model.Answered), Gauges: []model.Gauge{{Name: model.GaugePending, Model: "bert", Version: "1", Value: 3}}})
			})
		}, model.ServerStalled, model.Unhealthy, []string{"a bert v1 stalled: requests wait, none is completed", "a ready → stalled"}},
		"a queue that moves is not stalled": {func(p *script) {
			p.seconds(8, func() {
				p.poll("a", 1, 0)
				p.Apply(model.Scraped{Answer: p.answer("a", model.Answered), Gauges: []model.Gauge{{Name: model.GaugePending, Model: "bert", Version: "1", Value: 300}}})
			})
		}, model.ServerReady, model.Healthy, nil},
		"users' errors": {func(p *script) {
			p.seconds(20, func() { p.poll("a", 8, 2) })
		}, model.ServerReady, model.Degraded, []string{"a bert v1 6.7 % of users' requests fail"}},
		"a load in progress": {func(p *script) {
			p.seconds(1, func() {
				p.Apply(model.Polled{Answer: p.answer("a", model.Answered), Live: model.Yes, Ready: model.No, Connections: 1,
					Counters: []model.Counters{{Model: "bert", Version: "1", Success: model.Sum{Count: p.n["bert"]}, Inferences: p.n["bert"], Executions: p.n["bert"]}}})
				p.index("a", ready("bert", "1"), model.IndexEntry{Model: "bert", Version: "2", State: model.ReplicaLoading})
			})
		}, model.ServerNotReady, model.Degraded, []string{"a bert v2 appeared LOADING", "a ready → not ready"}},
		"HTTP closes first": {func(p *script) {
			p.Apply(model.Scraped{Answer: p.answer("a", model.Answered), HTTPPort: model.Answered})
			p.seconds(2, func() {
				p.poll("a", 10, 0)
				p.Apply(model.Scraped{Answer: p.answer("a", model.Answered), HTTPPort: model.Refused})
			})
		}, model.ServerStopping, model.Degraded, []string{"a ready → stopping"}},
		"killed, HTTP is asked first": {func(p *script) {
			p.Apply(model.Scraped{Answer: p.answer("a", model.Answered), HTTPPort: model.Answered})
			p.seconds(1, func() { p.poll("a", 10, 0) })
			p.now = p.now.Add(500 * time.Millisecond)
			p.Apply(model.Scraped{Answer: p.answer("a", model.Refused), HTTPPort: model.Refused})
			p.now = p.now.Add(500 * time.Millisecond)
			p.fail("a", model.Refused)
		}, model.ServerNotListening, model.Unhealthy, []string{"a ready → not listening"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newScript("a", "b")
			p.index("a", ready("bert", "1"))
			p.index("b", ready("bert", "1"))
			both := func() { p.poll("a", 10, 0) }
			p.seconds(5, both)
			before := len(p.Snapshot().Events)
			c.play(p)
			snap := p.Snapshot()
			a := snap.Servers[0]
			if a.State != c.state || a.Finding.Verdict != c.verdict {
				t.Errorf("%v %v (%s), want %v %v", a.State, a.Finding.Verdict, a.Finding.Reason, c.state, c.verdict)
			}
			if c.verdict != model.Healthy && (a.Finding.Since.IsZero() || a.Finding.Reason == "") {
				t.Errorf("no since or reason: %+v", a.Finding)
			}
			var said []string
			for _, e := range snap.Events[before:] {
				if e.Server == "a" {
					said = append(said, e.Object()+" "+e.Words())
				}
			}
			if !slices.Equal(said, c.events) {
				t.Errorf("events\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(c.events, "\n"))
			}
		})
	}
}
