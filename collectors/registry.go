package collectors

import (
	"maps"
	"sync"

	"tritop/collectors/probe"
	"tritop/triton/pb"
)

// registry is what the collectors of a server tell each other.
type registry struct {
	mu        sync.Mutex // guards all below
	ready     map[version]bool
	described map[version]description
	up        bool
	changes   uint64    // of ready
	reloads   []version // that the poll has not heard of yet
}

// set takes over the READY versions. The caller keeps the map, and never writes
// to it again.
func (r *registry) set(ready map[version]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !maps.Equal(r.ready, ready) {
		r.ready = ready
		r.changes++
	}
}

// answering says whether the server answered the last poll.
func (r *registry) answering(up bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.up = up
}

// description is what the configuration of a version says.
type description struct {
	platform string
	form     *pb.ModelConfig // inputs, outputs and batching only; nil: it was not read yet
}

// describe says on what a version runs, and what it takes and gives.
func (r *registry) describe(v version, platform string, c *pb.ModelConfig) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.described == nil {
		r.described = make(map[version]description)
	}
	r.described[v] = description{platform, &pb.ModelConfig{MaxBatchSize: c.GetMaxBatchSize(), Input: c.GetInput(), Output: c.GetOutput()}}
	for old := range r.described {
		if len(r.described) <= 2*len(r.ready)+64 {
			break
		}
		if !r.ready[old] {
			delete(r.described, old)
		}
	}
}

// platform is what describe said last; "" where it said nothing yet.
func (r *registry) platform(v version) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.described[v].platform
}

// form is what a version takes and gives; nil where it is not known yet.
func (r *registry) form(v version) *pb.ModelConfig {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.described[v].form
}

// look says whether the server answers, and with what number of changes.
func (r *registry) look() (up bool, changes uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.up, r.changes
}

// versions gives the READY versions that a probe is for.
func (r *registry) versions(s probe.Spec) []version {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []version
	for v := range r.ready {
		if v.model == s.Model && (s.Version == "" || s.Version == v.version) {
			out = append(out, v)
		}
	}
	return out
}
