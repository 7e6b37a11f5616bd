package engine

import (
	"cmp"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"tritop/health"
	"tritop/latency"
	"tritop/model"
)

// The fleet may change while it is watched. A server that stays keeps all that
// is known of it; one that leaves takes all of it along.

// fleetChanged takes over who belongs to the fleet.
func (s *State) fleetChanged(f model.FleetChanged) {
	s.advance(f.At)
	before := s.byName
	s.servers, s.byName = make([]*server, 0, len(f.Servers)), make(map[string]*server, len(f.Servers))
	stays := make(map[string]bool)
	for _, spec := range f.Servers {
		if s.byName[spec.Name] != nil {
			continue // who sends the fact refuses that
		}
		srv := before[spec.Name]
		if stays[spec.Name] = srv != nil && sameServer(srv.spec, spec); !stays[spec.Name] {
			srv = newServer(spec, len(s.servers))
			srv.joined = s.now
		}
		srv.place = len(s.servers)
		s.servers, s.byName[spec.Name] = append(s.servers, srv), srv
	}
	for _, name := range sortedNames(before) {
		if !stays[name] {
			s.leaves(before[name])
		}
	}
	s.models.arrange()
	for i, srv := range s.servers {
		switch old := before[srv.spec.Name]; {
		case old == nil:
			s.memberEvent(srv, "joined the fleet", endpoint(srv.spec))
		case old != srv:
			s.memberEvent(srv, "has another address, and is watched as a new server", "now "+endpoint(srv.spec)+", was "+endpoint(old.spec))
		default:
			s.respecify(srv, f.Servers[i])
		}
	}
	s.forgetRemoved()
	s.cfg.Fleet, s.old = f.Fleet, true
	s.probing(f.Probing)
	s.sourcesChanged(f.Sources)
	s.fleet.levels.agree(f.Objectives)
	s.tellNotices(s.cfg.Notices, f.Notices)
	s.cfg.Notices = f.Notices
	if f.Told != "" {
		s.event(model.Event{Kind: model.EventConfig, To: f.Told})
	}
}

func sortedNames(servers map[string]*server) []string {
	names := make([]string, 0, len(servers))
	for name := range servers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// sameServer says whether two specifications of one name are of one Triton: its
// gRPC address is what tells Tritons apart.
func sameServer(a, b model.ServerSpec) bool { return a.Host == b.Host && a.GRPC == b.GRPC }

func endpoint(s model.ServerSpec) string { return net.JoinHostPort(s.Host, strconv.Itoa(s.GRPC)) }

func (s *State) memberEvent(srv *server, what, detail string) {
	s.event(model.Event{Kind: model.EventConfig, Server: srv.spec.Name, To: what, Detail: detail})
}

// leaves forgets a server that is not observed any more.
func (s *State) leaves(srv *server) {
	for _, kind := range [...]string{"poll", "metrics", "index", "probe"} {
		s.forgetSource(kind + " " + srv.spec.Name)
	}
	for _, r := range srv.order {
		s.fleet.levels.lost(r)
		r.of.leave(r)
	}
	if s.byName[srv.spec.Name] == nil { // else another one has its name now
		s.memberEvent(srv, "left the configuration", "it was "+srv.state.String())
	}
}

func (s *State) forgetSource(name string) {
	s.sources.drop(name)
	delete(s.told, name)
}

// respecify takes over what changed about a server that stays.
func (s *State) respecify(srv *server, spec model.ServerSpec) {
	was := srv.spec
	if spec == was {
		return
	}
	srv.spec, srv.dirty = spec, true
	if spec.HTTP != was.HTTP { // what the other port did says nothing of this one
		srv.ev.HTTPBefore, srv.ev.HTTPNow, srv.ev.HTTPClosed = false, model.OutcomeUnknown, time.Time{}
	}
	if spec.Metric != was.Metric {
		srv.forgetText()
		srv.signals = signals{}
		s.forgetSource("metrics " + spec.Name)
		if s.looks["metrics "+spec.Name] != nil {
			s.forgetLook("metrics " + spec.Name)
		}
	}
	if spec.Region != was.Region || spec.Zone != was.Zone {
		s.memberEvent(srv, "is in "+place(spec)+" now", "was in "+place(was))
	}
	if spec.HTTP != was.HTTP || spec.Metric != was.Metric {
		s.memberEvent(srv, "has other ports", "now "+ports(spec)+", was "+ports(was))
	}
}

func place(s model.ServerSpec) string {
	return cmp.Or(strings.Trim(s.Region+"/"+s.Zone, "/"), "no region")
}

func ports(s model.ServerSpec) string {
	return "HTTP " + strconv.Itoa(s.HTTP) + " metrics " + strconv.Itoa(s.Metric)
}

// probing takes over which models are probed. What probes showed of a model that
// is not probed any more would never be corrected.
func (s *State) probing(p model.Probing) {
	was := s.cfg.Probed
	s.cfg.Probed = p.Probed
	for _, srv := range s.servers {
		for _, r := range srv.order {
			if m := r.key.Model; was[m] && !p.Probed[m] {
				r.ev.Probing, r.probe, srv.dirty = health.Probing{}, probeLog{}, true
				r.of.times, r.of.heat = nil, latency.Heat{}
			}
		}
		if len(p.Probed) == 0 {
			s.forgetSource("probe " + srv.spec.Name)
		}
	}
	if p.Every == 0 {
		return
	}
	intervals := map[string]time.Duration{"probe": p.Every}
	for kind, every := range s.cfg.Intervals {
		if kind != "probe" {
			intervals[kind] = every
		}
	}
	s.cfg.Intervals = intervals
	for _, src := range s.sources.sorted {
		if src.Kind == "probe" {
			src.Interval = p.Every
		}
	}
}

// notices are all that hold.
func (c *Config) notices() []model.Notice {
	if len(c.Kept) == 0 {
		return c.Notices
	}
	return slices.Concat(c.Notices, c.Kept)
}

// noted takes over what there is to say of the state directory.
func (s *State) noted(f model.Noted) {
	s.advance(f.At)
	s.tellNotices(s.cfg.Kept, f.Notices)
	s.cfg.Kept = f.Notices
}

// tellNotices tells of notices that began, changed or ended.
func (s *State) tellNotices(before, now []model.Notice) {
	was := make(map[string]model.Notice)
	for _, n := range before {
		was[n.Topic] = n
	}
	delete(was, "")
	for _, n := range now {
		if old, stood := was[n.Topic]; n.Topic != "" && (!stood || old.Text != n.Text) {
			s.event(model.Event{Kind: model.EventConfig, To: n.Text, Verdict: n.Verdict})
		}
		delete(was, n.Topic)
	}
	for _, n := range before { // in their order
		if _, over := was[n.Topic]; over {
			s.event(model.Event{Kind: model.EventConfig, To: n.Topic + " can be used again", Verdict: model.Healthy})
		}
	}
}

// judged leaves out servers that joined and were not asked yet: a fleet is no
// worse for growing. Where nobody was asked yet, nothing is left out.
func (s *State) judged(servers []model.Server) []model.Server {
	if !slices.ContainsFunc(s.servers, s.newcomer) {
		return servers
	}
	out := make([]model.Server, 0, len(servers))
	for i, srv := range s.servers {
		if !s.newcomer(srv) {
			out = append(out, servers[i])
		}
	}
	if len(out) == 0 {
		return servers
	}
	return out
}

// newcomer says whether a server joined so lately that its first poll may still
// be on its way.
func (s *State) newcomer(srv *server) bool {
	return !srv.joined.IsZero() && srv.ev.LastPoll.IsZero() && s.now.Sub(srv.joined) < s.cfg.Rules.Stale
}
