package collectors

import (
	"context"
	"fmt"
	"sync"

	"tritop/collectors/probe"
	"tritop/model"
	"tritop/triton"
)

// Target is one server and how it is reached.
type Target struct {
	Spec        model.ServerSpec
	GRPC        triton.Options
	HTTPHeaders map[string]string // sent with the metrics request
}

// Fleet is everything that is observed.
type Fleet struct {
	Targets []Target
	Probes  []probe.Spec
	Cadence Cadence
	Backoff Backoff
}

// Run observes all servers until ctx ends and closes every connection before it
// returns. An error means that something cannot be used as it is configured,
// and that nothing was started.
func (f Fleet) Run(ctx context.Context, out chan<- model.Fact) error {
	specs, problem := cleanSpecs(f.Probes)
	if problem != "" {
		return fmt.Errorf("prepare probes: %s", problem)
	}
	clients := make([]*triton.Client, 0, len(f.Targets))
	defer func() {
		for _, c := range clients {
			_ = c.Close() // nothing is in flight any more
		}
	}()
	for _, t := range f.Targets {
		c, err := triton.Dial(t.GRPC)
		if err != nil {
			return fmt.Errorf("server %s: %w", t.Spec.Name, err)
		}
		clients = append(clients, c)
	}
	var running sync.WaitGroup
	for i, t := range f.Targets {
		for _, c := range f.group(t, clients[i], specs) {
			running.Go(func() {
				if sleep(ctx, phase(f.Cadence.Poll/4)) {
					Supervise(ctx, c, out, f.Backoff)
				}
			})
		}
	}
	running.Wait()
	return nil
}

// group are the collectors of one server.
func (f Fleet) group(t Target, client *triton.Client, specs []probe.Spec) []Collector {
	reg := &registry{}
	group := []Collector{&poller{target: t, client: client, cadence: f.Cadence, reg: reg}}
	if t.Spec.Metric != 0 || t.Spec.HTTP != 0 {
		group = append(group, newScraper(t, f.Cadence))
	}
	if len(specs) > 0 {
		group = append(group, &prober{target: t, client: client, cadence: f.Cadence, reg: reg, specs: specs})
	}
	return group
}
