package collectors

import (
	"maps"
	"sync"

	"tritop/collectors/probe"
)

// registry is what the collectors of a server tell each other.
type registry struct {
	mu        sync.Mutex // guards all below
	ready     map[version]bool
	platforms map[version]string
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

// describe says on what a version runs.
func (r *registry) describe(v version, platform string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.platforms == nil {
		r.platforms = make(map[version]string)
	}
	r.platforms[v] = platform
	for old := range r.platforms {
		if len(r.platforms) <= 2*len(r.ready)+64 {
			break
		}
		if !r.ready[old] {
			delete(r.platforms, old)
		}
	}
}

// platform is what describe said last; "" where it said nothing yet.
func (r *registry) platform(v version) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.platforms[v]
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
