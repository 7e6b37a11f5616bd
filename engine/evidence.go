package engine

import (
	"slices"
	"time"

	"tritop/counters"
	"tritop/health"
	"tritop/model"
)

// word is what the server says of itself.
type word struct {
	live    model.Tri
	version string
	asked   health.Recent // how long the last answers to "are you ready" took
}

// What is known of a model version outlives a missed answer, but neither the
// process or model object that it is about, nor the source that it comes from.

// gaugeText is what is kept of the newest metrics text.
type gaugeText struct {
	gauges  []model.Gauge
	gaugeAt time.Time // zero: none, or too old to speak of now
}

// forget drops what speaks against a model object that is no more.
func (r *replica) forget() {
	r.ev.Probing, r.ev.StallScans, r.probe.recent = health.Probing{}, 0, health.Recent{}
}

// forget drops what was known of a process that is no more.
func (srv *server) forget() {
	srv.ev.HTTPBefore = false
	for _, r := range srv.order {
		r.forget()
	}
}

// doubt keeps of a server that is out of reach what was decided while it
// answered. The rest may be the server's own fault, not the model's.
func (s *State) doubt(srv *server) {
	srv.ev.Ready = model.Undecided
	for _, r := range srv.order {
		if r.ev.ProbeFails < s.cfg.Rules.ProbeFails || r.ev.ProbeDecided.After(srv.ev.LastAnswered) {
			r.ev.Probing = health.Probing{}
		}
		if r.ev.StallScans < s.cfg.Rules.StallScans {
			r.ev.StallScans = 0
		}
	}
}

// failedProbe counts a probe that says something about the model.
func (s *State) failedProbe(r *replica, f model.Probed) {
	r.ev.ProbeFails++
	r.ev.ProbeAt, r.ev.ProbeDetail = f.At, f.Detail
	if r.ev.ProbeFails == s.cfg.Rules.ProbeFails {
		r.ev.ProbeDecided = f.At
	}
}

// moved ends the stall watch of versions that completed something.
func (srv *server) moved() {
	for _, r := range srv.order {
		if r.ev.StallScans > 0 && srv.completed(r.key) != r.atStall {
			r.ev.StallScans = 0
		}
	}
}

// completed is how many requests of a model version Triton has counted.
func (srv *server) completed(k counters.Key) uint64 {
	c, _, _, _ := srv.book.Row(k)
	return c.Success.Count + c.Fail.Count
}

// textInterval is how often the metrics text comes where nothing else is said.
const textInterval = 2 * time.Second

// expire drops gauges when the text did not come for three intervals and the
// time that the third may take to fail.
func (s *State) expire(srv *server) {
	interval := s.cfg.Intervals["metrics"]
	if interval == 0 {
		interval = textInterval
	}
	if srv.gaugeAt.IsZero() || s.now.Sub(srv.gaugeAt) < 4*interval {
		return
	}
	srv.forgetText()
}

// forgetText drops what the metrics text told.
func (srv *server) forgetText() {
	srv.gaugeText, srv.dirty = gaugeText{}, true
	for _, r := range srv.order {
		r.ev.Pending, r.ev.StallScans = model.Missing(model.NotObserved), 0
	}
}

// replica finds or makes the record of a model version.
func (s *State) replica(srv *server, k counters.Key) *replica {
	r := srv.replicas[k]
	if r == nil {
		r = &replica{key: k, listing: listing{on: srv}, charted: charted{history: model.NewHistory(srv.place + len(srv.order))}, ev: health.Replica{Model: k.Model, Version: k.Version, Pending: model.Missing(model.NotObserved)}}
		srv.replicas[k] = r
		i, _ := slices.BinarySearchFunc(srv.order, k, func(o *replica, k counters.Key) int { return compareKeys(o.key, k) })
		srv.order = slices.Insert(srv.order, i, r)
		s.models.join(r)
	}
	return r
}

// drop forgets a model version.
func (s *State) drop(srv *server, r *replica) {
	s.fleet.levels.lost(r)
	delete(srv.replicas, r.key)
	r.of.leave(r)
	srv.order = slices.DeleteFunc(srv.order, func(o *replica) bool { return o == r })
}

// vanish drops a model version that is not listed any more and tells so.
func (s *State) vanish(srv *server, r *replica, at time.Time) {
	s.drop(srv, r)
	s.event(model.Event{Kind: model.EventVanished, At: at, Server: srv.spec.Name, Model: r.key.Model, Version: r.key.Version, From: r.state.String()})
}
