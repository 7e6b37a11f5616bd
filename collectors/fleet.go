package collectors

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tritop/collectors/probe"
	"tritop/model"
	"tritop/triton"
)

// Target is one server and how it is reached.
type Target struct {
	Spec        model.ServerSpec
	GRPC        triton.Options
	HTTPHeaders map[string]string // sent with the metrics request
	// Files tells versions of the files behind it apart (certificates): with
	// another text it is connected to anew.
	Files string
}

// Fleet is everything that is observed.
type Fleet struct {
	Targets []Target
	Probes  []probe.Spec
	Sources []Source
	Quality Quality
	Cadence Cadence
	Backoff Backoff
}

// Run observes all servers until ctx ends and closes every connection before it
// returns. An error means that something cannot be used as it is configured,
// and that nothing was started.
func (f Fleet) Run(ctx context.Context, out chan<- model.Fact) error {
	return f.Follow(ctx, out, nil)
}

// Follow is Run on a fleet that changes: what comes from changes takes the place
// of Targets, Probes and Sources. Probes there must be valid. The sender closes nothing.
func (f Fleet) Follow(ctx context.Context, out chan<- model.Fact, changes <-chan Change) error {
	if err := f.validate(); err != nil {
		return err
	}
	c := &crew{fleet: f, out: out, groups: make(map[string]*group), sources: make(map[string]employed)}
	opened := make([]*group, 0, len(f.Targets))
	for _, t := range f.Targets {
		g, err := open(t)
		if err != nil {
			for _, g := range opened {
				_ = g.client.Close() // nothing was sent
			}
			return fmt.Errorf("server %s: %w", t.Spec.Name, err)
		}
		opened = append(opened, g)
	}
	for _, g := range opened {
		c.start(ctx, g)
	}
	c.employ(ctx, f.Sources)
	defer func() {
		c.stop(slices.Collect(maps.Keys(c.groups)))
		c.dismiss(nil)
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case ch := <-changes:
			c.change(ctx, ch)
		}
	}
}

// validate says what cannot be used, all of it at once.
func (f Fleet) validate() error {
	problems := []error{f.Cadence.Validate()}
	for _, s := range f.Probes {
		if err := s.Validate(); err != nil {
			problems = append(problems, fmt.Errorf("probe of %s: %w", s.Model, err))
		}
	}
	for _, g := range f.Quality.Sets {
		if err := g.Validate(); err != nil {
			problems = append(problems, fmt.Errorf("golden set of %s: %w", g.Model, err))
		}
	}
	return errors.Join(problems...)
}
