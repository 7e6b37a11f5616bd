package collectors

import (
	"context"
	"errors"
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
	if err := f.validate(); err != nil {
		return err
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
		for _, c := range f.group(t, clients[i]) {
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

// validate says what cannot be used, all of it at once.
func (f Fleet) validate() error {
	problems := []error{f.Cadence.Validate()}
	for _, s := range f.Probes {
		if err := s.Validate(); err != nil {
			problems = append(problems, fmt.Errorf("probe of %s: %w", s.Model, err))
		}
	}
	return errors.Join(problems...)
}

// group are the collectors of one server.
func (f Fleet) group(t Target, client *triton.Client) []Collector {
	reg := &registry{}
	group := []Collector{&poller{target: t, client: client, cadence: f.Cadence, reg: reg}}
	if t.Spec.Metric != 0 || t.Spec.HTTP != 0 {
		group = append(group, newScraper(t, f.Cadence, reg))
	}
	if len(f.Probes) > 0 {
		group = append(group, &prober{target: t, client: client, cadence: f.Cadence, reg: reg, specs: f.Probes})
	}
	return group
}
