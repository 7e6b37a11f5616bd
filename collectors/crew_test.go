package collectors

import (
	"context"
	"io"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"

	"tritop/collectors/probe"
	"tritop/model"
)

// links counts the connections of a server.
type links struct {
	now, ever atomic.Int32
}

func (l *links) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (l *links) HandleRPC(context.Context, stats.RPCStats)                         {}
func (l *links) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (l *links) HandleConn(_ context.Context, s stats.ConnStats) {
	switch s.(type) {
	case *stats.ConnBegin:
		l.now.Add(1)
		l.ever.Add(1)
	case *stats.ConnEnd:
		l.now.Add(-1)
	}
}

// watched is a server that counts its connections.
func watched(t *testing.T, name string, models ...string) (*fake, *links, Target) {
	t.Helper()
	f, l := newFake(models...), &links{}
	return f, l, f.start(t, name, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "# TYPE x gauge\nx 1\n") }, grpc.StatsHandler(l))
}

// follow runs a fleet that changes; change waits until the change was taken.
func follow(t *testing.T, f Fleet) (facts <-chan model.Fact, change func(targets []Target, probes ...probe.Spec)) {
	t.Helper()
	facts, changes := followed(t, f)
	return facts, func(targets []Target, probes ...probe.Spec) {
		changes <- Change{Targets: targets, Probes: probes, Fact: model.FleetChanged{At: time.Now()}}
	}
}

// followed runs a fleet until the test ends.
func followed(t *testing.T, f Fleet) (facts <-chan model.Fact, to chan<- Change) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, changes, done := make(chan model.Fact, 4096), make(chan Change), make(chan error, 1)
	go func() { done <- f.Follow(ctx, out, changes) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return out, changes
}

// serverOf is who a fact is about.
func serverOf(f model.Fact) string {
	switch f := f.(type) {
	case model.Polled:
		return f.Server
	case model.Scraped:
		return f.Server
	case model.Indexed:
		return f.Server
	case model.Identified:
		return f.Server
	case model.Described:
		return f.Server
	case model.Probed:
		return f.Server
	case model.Asked:
		return f.Server
	case model.Checked:
		return f.Server
	case model.Ticked, model.FleetChanged, model.Noted, model.SourceFailed, model.SourceDropped:
	}
	return ""
}

// sort reads facts until the change and some of each of those servers after it,
// and says who spoke before and after.
func sort(t *testing.T, facts <-chan model.Fact, until ...string) (before, after map[string]int) {
	t.Helper()
	before, after = map[string]int{}, map[string]int{}
	to, limit := before, time.After(20*time.Second)
	for slices.ContainsFunc(until, func(name string) bool { return after[name] < 3 }) {
		select {
		case f := <-facts:
			if _, is := f.(model.FleetChanged); is {
				to = after
				continue
			}
			to[serverOf(f)]++
		case <-limit:
			t.Fatalf("nothing of %s after the change: %v %v", until, before, after)
		}
	}
	return before, after
}

// Servers join and leave: nothing comes of one before it joined or after it
// left, its connections are closed, and the others keep theirs.
func TestServersJoinAndLeave(t *testing.T) {
	t.Parallel()
	_, stays, a := watched(t, "a", "m")
	_, leaves, b := watched(t, "b", "m")
	_, joins, c := watched(t, "c", "m")
	facts, change := follow(t, fleet([]Target{a, b}, spec("m")))
	await(t, facts, "a probe of b", func(p model.Probed) bool { return p.Server == "b" })
	await(t, facts, "a probe of a", func(p model.Probed) bool { return p.Server == "a" })
	change([]Target{c, a}, spec("m"))
	before, after := sort(t, facts, "a", "c")
	if after["b"] > 0 || before["c"] > 0 {
		t.Errorf("before %v, after %v", before, after)
	}
	for deadline := time.Now().Add(5 * time.Second); leaves.now.Load() > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the connection to the server that left is open")
		}
	}
	if stays.ever.Load() != 1 || stays.now.Load() != 1 || joins.now.Load() != 1 {
		t.Errorf("the one that stays made %d connections, %d are open; the one that joined has %d", stays.ever.Load(), stays.now.Load(), joins.now.Load())
	}
	await(t, facts, "a probe of c", func(p model.Probed) bool { return p.Server == "c" })
}

// A server of another address is left and joined; one that only stands elsewhere
// notices nothing.
func TestWhatMakesAServerAnother(t *testing.T) {
	t.Parallel()
	_, old, a := watched(t, "a", "m")
	_, other, b := watched(t, "a", "m")
	facts, change := follow(t, fleet([]Target{a}))
	await(t, facts, "a poll", answeredBy("a"))
	a.Spec.Region, a.Spec.Zone = "eu1", "b"
	change([]Target{a})
	sort(t, facts, "a")
	if old.ever.Load() != 1 {
		t.Errorf("%d connections for a region", old.ever.Load())
	}
	change([]Target{b})
	sort(t, facts, "a")
	if other.now.Load() != 1 {
		t.Error("the new address is not connected to")
	}
	b.HTTPHeaders = map[string]string{"x-key": "1"}
	change([]Target{b})
	sort(t, facts, "a")
	if other.ever.Load() != 2 {
		t.Errorf("%d connections after another header", other.ever.Load())
	}
}

// Probes change without a word to the management ports; none of the old ones
// comes after the change.
func TestProbesChange(t *testing.T) {
	t.Parallel()
	f, link, a := watched(t, "a", "m", "n")
	facts, change := follow(t, fleet([]Target{a}, spec("m")))
	await(t, facts, "a probe of m", func(p model.Probed) bool { return p.Model == "m" })
	change([]Target{a}, spec("n"))
	await(t, facts, "the change", func(model.FleetChanged) bool { return true })
	await(t, facts, "a probe of n", func(p model.Probed) bool {
		if p.Model == "m" {
			t.Error("a probe of m after the change")
		}
		return p.Model == "n"
	})
	change([]Target{a})
	await(t, facts, "the change", func(model.FleetChanged) bool { return true })
	for range 3 {
		await(t, facts, "a poll", answeredBy("a"))
	}
	for len(facts) > 0 {
		if p, is := (<-facts).(model.Probed); is {
			t.Errorf("a probe of %s, and none is configured", p.Model)
		}
	}
	change([]Target{a}, spec("m"))
	await(t, facts, "a probe again", func(p model.Probed) bool { return p.Model == "m" && p.Outcome == model.Answered })
	if link.ever.Load() != 1 || f.twice.Load() > 0 {
		t.Errorf("%d connections, %d probes beside each other", link.ever.Load(), f.twice.Load())
	}
}

// A server that hangs is left as soon as any other.
func TestAHungServerLeavesAtOnce(t *testing.T) {
	t.Parallel()
	hung, good := newFake("m"), newFake("m")
	hung.set(func() { hung.hang[""], hung.hang["m"] = true, true })
	a, b := hung.start(t, "hung", nil), good.start(t, "good", nil)
	fl := fleet([]Target{a, b}, spec("m"))
	fl.Cadence.PollDeadline = 30 * time.Second
	facts, change := follow(t, fl)
	await(t, facts, "a poll", answeredBy("good"))
	began := time.Now()
	change([]Target{b}, spec("m"))
	sort(t, facts, "good")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

// A target that cannot be opened any more is told, and spoils nothing else.
func TestATargetThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	_, _, a := watched(t, "a", "m")
	facts, change := follow(t, fleet([]Target{a}))
	bad := a
	bad.Spec.Name, bad.GRPC.Address = "bad", "no port"
	change([]Target{bad, a})
	await(t, facts, "the failure", func(f model.SourceFailed) bool { return f.Source == "poll bad" })
	await(t, facts, "the others", answeredBy("a"))
	change([]Target{a})
	sort(t, facts, "a")
}
