package collectors

import (
	"context"
	"reflect"
	"sync"
)

// Source is a collector of its own beside those of the servers, that the
// configuration names: an exporter.
type Source struct {
	Name    string // as its facts name it; no two share one
	Options any    // what it is made of: with others it is made anew
	Make    func() Collector
}

// employed is a source that runs.
type employed struct {
	Source
	duty *duty
}

// Source is the exporter as one of a fleet.
func (e Exporter) Source() Source {
	c := NewExporter(e)
	return Source{Name: c.Name(), Options: e, Make: func() Collector { return c }}
}

// dismiss ends the sources that leave or are made of something else now, and
// waits for them.
func (c *crew) dismiss(now []Source) {
	stays := make(map[string]bool)
	for _, s := range now {
		old, runs := c.sources[s.Name]
		stays[s.Name] = runs && reflect.DeepEqual(old.Options, s.Options)
	}
	var ending sync.WaitGroup
	for name, old := range c.sources {
		if !stays[name] {
			delete(c.sources, name)
			ending.Go(old.duty.end)
		}
	}
	ending.Wait()
}

// employ starts the sources that do not run yet.
func (c *crew) employ(ctx context.Context, now []Source) {
	for _, s := range now {
		if _, runs := c.sources[s.Name]; !runs {
			c.sources[s.Name] = employed{s, c.engage(ctx, s.Make())}
		}
	}
}
