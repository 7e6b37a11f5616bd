package engine

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tritop/model"
)

// changeReach is how long before a problem a change may lie to be named as
// "changed just before".
const changeReach = 5 * time.Minute

// group gathers the replicas and servers that one cause strikes.
type group struct {
	model.Problem
	servers  map[string]bool
	versions int
	models   map[string]bool // whose users feel it
	missed   []*missed       // objectives that it breaks
	errors   bool            // it is that users' requests fail
}

// problems gives what is not well with some servers of a snapshot, with objectives
// and with checks, one line per cause, worst first.
func problems(s *model.Snapshot, servers []model.Server, missed []missed, bad []model.Check) []model.Problem {
	groups := make(map[string]*group)
	join := func(key string, p model.Problem, server string) *group {
		g := groups[key]
		if g == nil {
			g = &group{Problem: p, servers: make(map[string]bool), models: make(map[string]bool)}
			groups[key] = g
		}
		if p.Verdict > g.Verdict || p.Verdict == g.Verdict && p.Since.Before(g.Since) {
			g.Finding = p.Finding
		}
		g.servers[server] = true
		return g
	}
	for i := range servers {
		srv := &servers[i]
		if ownTrouble(srv) {
			join("state "+srv.State.String()+" "+srv.Finding.Reason, model.Problem{Finding: srv.Finding, Object: srv.Name, Server: srv.Name}, srv.Name)
			continue
		}
		if srv.Finding.Verdict == model.Healthy { // the worst of its model versions would speak for it
			continue
		}
		struck := strikes(srv)
		for j := range srv.Replicas {
			r := &srv.Replicas[j]
			if r.Finding.Verdict < model.Degraded || r.Trouble == model.NoTrouble {
				continue
			}
			p := model.Problem{Finding: r.Finding, Object: r.Model + " v" + r.Version, Server: srv.Name, Model: r.Model, Version: r.Version}
			key := fmt.Sprintf("%d %s %s", r.Trouble, r.Model, r.Version)
			if struck[r.Trouble] > 2 {
				key = fmt.Sprintf("%d on %s", r.Trouble, srv.Name)
				p.Object, p.Model, p.Version = srv.Name, "", ""
			}
			g := join(key, p, srv.Name)
			g.versions++
			g.errors = r.Trouble == model.UserErrors
			g.models[r.Model] = r.Trouble != model.RepairPending
		}
	}
	out := append(make([]model.Problem, 0, len(groups)), quiet(s, bad)...)
	out = append(out, joined(fold(groups, missed, s), checkProblems(s, bad))...)
	for _, g := range groups {
		out = append(out, g.close(s))
	}
	slices.SortFunc(out, func(a, b model.Problem) int {
		return cmp.Or(cmp.Compare(rank(a.Verdict), rank(b.Verdict)), a.Since.Compare(b.Since), cmp.Compare(a.Object, b.Object))
	})
	return out
}

// comesAndGoes is from how many outages within flapReach on a server that is ready
// again is told as a problem: what comes and goes must not look calm in between.
const (
	comesAndGoes = 2
	flapReach    = 10 * time.Minute
)

// quiet are problems that make no server and no model fail now: GPUs that are
// gone, and servers that are ready again after several outages.
func quiet(s *model.Snapshot, bad []model.Check) (out []model.Problem) {
	for i := range s.GPUs {
		g := &s.GPUs[i]
		if g.Finding.Verdict != model.Unhealthy || tellsOf(bad, g) {
			continue
		}
		f := g.Finding
		f.Verdict = model.Degraded // what it costs is told by those that use it
		out = append(out, model.Problem{Finding: f, Object: g.Host + " " + model.ShortGPU(g.UUID), Server: g.Host, Servers: 1, Regions: regionOf(s, g.Host)})
	}
	failed := outages(s)
	for i := range s.Servers {
		srv := &s.Servers[i]
		n := failed[srv.Name]
		if n < comesAndGoes || srv.State != model.ServerReady || srv.Finding.Verdict != model.Healthy {
			continue
		}
		f := model.Finding{Verdict: model.Degraded, Since: srv.Finding.Since, Reason: fmt.Sprintf("ready again, failed %d times within 10 min", n)}
		out = append(out, model.Problem{Finding: f, Object: srv.Name, Server: srv.Name, Servers: 1, Regions: regionOf(s, srv.Name)})
	}
	return out
}

// outages counts by server how often it began to fail lately, as far as events
// are kept.
func outages(s *model.Snapshot) map[string]int {
	n := make(map[string]int)
	for i := len(s.Events) - 1; i >= 0 && s.Now.Sub(s.Events[i].At) <= flapReach; i-- {
		if e := &s.Events[i]; e.Kind == model.EventServerState && e.Verdict == model.Unhealthy {
			n[e.Server]++
		}
	}
	return n
}

func regionOf(s *model.Snapshot, server string) []string {
	if srv := s.Server(server); srv != nil && srv.Region != "" {
		return []string{srv.Region}
	}
	return nil
}

// rank puts what cannot be seen before what is only weakened.
func rank(v model.Verdict) int {
	return map[model.Verdict]int{model.Unhealthy: 0, model.Unknown: 1, model.Degraded: 2, model.Healthy: 3}[v]
}

// ownTrouble says whether the server itself, not its model versions, is the cause.
func ownTrouble(srv *model.Server) bool {
	switch srv.State {
	case model.ServerReady: // what is wrong with it lies in a model version, if anything is wrong with one
		return srv.Finding.Verdict > model.Healthy && !slices.ContainsFunc(srv.Replicas, func(r model.Replica) bool { return r.Finding.Verdict > model.Healthy })
	case model.ServerCannotInfer, model.ServerStalled:
		return false
	case model.ServerNoData, model.ServerNotReady, model.ServerStarting, model.ServerStopping, model.ServerNotListening, model.ServerHung,
		model.ServerStale, model.ServerUnreadable:
	}
	return true
}

// strikes counts how many model versions of a server each trouble strikes.
func strikes(srv *model.Server) map[model.Trouble]int {
	n := make(map[model.Trouble]int)
	for i := range srv.Replicas {
		n[srv.Replicas[i].Trouble]++
	}
	return n
}

// close settles what a group is called and looks for the change before it.
func (g *group) close(s *model.Snapshot) model.Problem {
	p := g.Problem
	p.Servers, p.Versions = len(g.servers), g.versions
	p.Regions, p.Objectives = g.regions(s), g.breaks()
	if g.errors {
		p.Trend = trendOf(s, &p)
	}
	if p.Model == "" && p.Servers > 1 {
		p.Object = fmt.Sprintf("%d servers", p.Servers)
		if len(p.Regions) == 1 && p.Servers == inRegion(s, p.Regions[0]) && p.Servers < len(s.Servers) {
			p.Object = "region " + p.Regions[0]
		}
	}
	p.Change = changeBefore(s, &p)
	return p
}

// changeBefore finds what changed just before a problem began.
func changeBefore(s *model.Snapshot, p *model.Problem) model.Event {
	for i := len(s.Events) - 1; i >= 0; i-- {
		e := s.Events[i]
		if p.Since.Sub(e.At) > changeReach {
			break
		}
		if isChange(e) && !e.At.After(p.Since) && concerns(s, e, p) {
			return e
		}
	}
	return model.Event{}
}

// inRegion counts the servers of a region.
func inRegion(s *model.Snapshot, region string) (n int) {
	for i := range s.Servers {
		if s.Servers[i].Region == region {
			n++
		}
	}
	return n
}

// regions are those of the servers, in the order of the configuration.
func (g *group) regions(s *model.Snapshot) (out []string) {
	for i := range s.Servers {
		if r := s.Servers[i].Region; g.servers[s.Servers[i].Name] && r != "" && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// What a trend compares: the mean of the last stretch with that of the stretch
// before, which must differ by a tenth and by half a percent of all requests.
const (
	trendStretch = 20 * time.Second
	trendShare   = 0.1
	trendLeast   = 0.005
)

// trendOf says whether more or fewer of users' requests fail than shortly before.
func trendOf(s *model.Snapshot, p *model.Problem) model.Trend {
	var errors *model.Series
	if m := s.Model(p.Model); m != nil {
		errors = &m.History.Errors
	} else if srv := s.Server(p.Server); srv != nil && p.Model == "" {
		errors = &srv.History.Errors
	}
	if errors == nil {
		return model.TrendUnknown
	}
	now, ok := errors.Over(s.Now.Add(-trendStretch), s.Now)
	before, known := errors.Over(s.Now.Add(-2*trendStretch), s.Now.Add(-trendStretch))
	slack := max(trendLeast, trendShare*before.Mean)
	switch {
	case !ok || !known || now.Max == 0 && before.Max == 0:
		return model.TrendUnknown
	case now.Mean > before.Mean+slack:
		return model.TrendRising
	case now.Mean < before.Mean-slack:
		return model.TrendFalling
	}
	return model.TrendSteady
}

// isChange says whether an event may be a cause: something was done, not found.
func isChange(e model.Event) bool {
	switch e.Kind {
	case model.EventRestarted, model.EventAppeared, model.EventVanished, model.EventCounterReset:
		return true
	case model.EventReplicaState:
		return e.To == model.ReplicaLoading.String() || e.To == model.ReplicaUnloading.String() || e.To == model.ReplicaReady.String()
	case model.EventIdentified:
		return e.From != ""
	case model.EventGPU:
		return e.To == gpuLost
	case model.EventConfig:
		return e.Server != "" // it joined, left or moved
	case model.EventNone, model.EventServerState, model.EventTrouble, model.EventVerdict, model.EventSource, model.EventObjective, model.EventCheck, model.EventAlert:
	}
	return false
}

func concerns(s *model.Snapshot, e model.Event, p *model.Problem) bool {
	if p.Model != "" && e.Model != "" {
		return e.Model == p.Model
	}
	if p.Model != "" && p.Version == "" { // it is about the model on all servers
		srv := s.Server(e.Server)
		return e.Server == "" || srv != nil && slices.ContainsFunc(srv.Replicas, func(r model.Replica) bool { return r.Model == p.Model })
	}
	return e.Server == p.Server || e.Server == ""
}
