package collectors

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"tritop/collectors/probe"
	"tritop/internal/sleep"
	"tritop/model"
	"tritop/triton"
)

// Change is another list of what is observed.
type Change struct {
	Targets []Target // all of them
	Probes  []probe.Spec
	Sources []Source
	// Fact is sent after the last fact about a server that leaves, and before
	// the first about one that joins.
	Fact model.FleetChanged
}

// crew observes a fleet that changes. It belongs to the goroutine of Follow.
type crew struct {
	fleet   Fleet
	out     chan<- model.Fact
	groups  map[string]*group   // by server
	sources map[string]employed // by name
}

// group is what observes one server.
type group struct {
	target Target
	client *triton.Client
	reg    *registry
	watch  *duty // polls and metrics
	probes *duty // nil: none
}

// duty is a set of collectors that begin and end together.
type duty struct {
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// engage starts collectors, spread over a while.
func (c *crew) engage(parent context.Context, list ...Collector) *duty {
	ctx, cancel := context.WithCancel(parent)
	d := &duty{cancel: cancel}
	for _, collector := range list {
		d.running.Go(func() {
			if sleep.For(ctx, phase(c.fleet.Cadence.Poll/4)) {
				Supervise(ctx, collector, c.out, c.fleet.Backoff)
			}
		})
	}
	return d
}

// end stops collectors and waits for them.
func (d *duty) end() {
	if d != nil {
		d.cancel()
		d.running.Wait()
	}
}

// open connects to a server; nothing is asked yet.
func open(t Target) (*group, error) {
	client, err := triton.Dial(t.GRPC)
	if err != nil {
		return nil, err
	}
	return &group{target: t, client: client, reg: &registry{}}, nil
}

// start observes a server.
func (c *crew) start(ctx context.Context, g *group) {
	c.groups[g.target.Spec.Name] = g
	g.watch = c.engage(ctx, g.watchers(c.fleet)...)
	c.startProbes(ctx, g)
}

func (c *crew) startProbes(ctx context.Context, g *group) {
	if g.probes = nil; len(c.fleet.Probes) > 0 {
		g.probes = c.engage(ctx, g.prober(c.fleet))
	}
}

// watchers are the collectors of a server but for the deep probes, which may change
// while it is watched.
func (g *group) watchers(f Fleet) []Collector {
	cadence := f.Cadence
	list := []Collector{&poller{target: g.target, client: g.client, cadence: cadence, reg: g.reg}}
	if g.target.Spec.Metric != 0 || g.target.Spec.HTTP != 0 {
		list = append(list, newScraper(g.target, cadence, g.reg))
	}
	if len(f.Quality.Sets) > 0 {
		list = append(list, &judge{Quality: f.Quality, target: g.target, client: g.client, reg: g.reg})
	}
	return list
}

func (g *group) prober(f Fleet) Collector {
	return &prober{target: g.target, client: g.client, cadence: f.Cadence, reg: g.reg, specs: f.Probes}
}

// stop ends what observes some servers and closes their connections. None waits
// for another.
func (c *crew) stop(names []string) {
	var ending sync.WaitGroup
	for _, name := range names {
		g := c.groups[name]
		delete(c.groups, name)
		ending.Go(func() {
			g.watch.cancel() // both together
			g.probes.end()
			g.watch.end()
			_ = g.client.Close() // nothing is in flight any more
		})
	}
	ending.Wait()
}

// change takes over another list. Servers that stay as they are notice nothing
// of it, but for their probes where those are others.
func (c *crew) change(ctx context.Context, ch Change) {
	stays := make(map[string]bool, len(ch.Targets))
	var joining []Target
	for _, t := range ch.Targets {
		if g := c.groups[t.Spec.Name]; g != nil && reachedAlike(g.target, t) {
			stays[t.Spec.Name] = true
			continue
		}
		joining = append(joining, t)
	}
	c.stop(slices.DeleteFunc(slices.Collect(maps.Keys(c.groups)), func(name string) bool { return stays[name] }))
	others := !reflect.DeepEqual(c.fleet.Probes, ch.Probes)
	if c.fleet.Probes = ch.Probes; others { // what the old ones find must not come after the change
		c.endProbes()
	}
	c.dismiss(ch.Sources)
	if !send(ctx, c.out, ch.Fact) {
		return
	}
	if others {
		for _, g := range c.groups {
			c.startProbes(ctx, g)
		}
	}
	c.employ(ctx, ch.Sources)
	for _, t := range joining {
		g, err := open(t)
		if err != nil { // it could be used a moment ago, or the change would not have come
			send(ctx, c.out, model.SourceFailed{Source: "poll " + t.Spec.Name, At: time.Now(), Detail: model.CleanText(err.Error()), Attempt: 1})
			continue
		}
		c.start(ctx, g)
	}
}

func (c *crew) endProbes() {
	var ending sync.WaitGroup
	for _, g := range c.groups {
		ending.Go(g.probes.end)
	}
	ending.Wait()
}

// reachedAlike says whether two targets are observed in the same way: where a
// server stands changes nothing of that.
func reachedAlike(a, b Target) bool {
	b.Spec.Region, b.Spec.Zone = a.Spec.Region, a.Spec.Zone
	return reflect.DeepEqual(a, b)
}
