package engine

import (
	"slices"
	"time"

	"tritop/counters"
	"tritop/health"
	"tritop/model"
)

// The checks that stand on what collectors see. They send nothing.

func keyOf(name, version string) counters.Key { return counters.Key{Model: name, Version: version} }

// checkServer judges whether a server answers.
func (s *State) checkServer(srv *server) {
	if rule, on := s.rule(health.CheckEndpoint); on {
		s.put(checkKey{name: health.CheckEndpoint, server: srv.spec.Name}, rule, rule.Endpoint(srv.own.state, srv.own.finding, srv.asked))
	}
}

// inferenceBasis is all that a judgement of probes stands on: while it is the same,
// so is the judgement.
type inferenceBasis struct {
	trouble model.Trouble
	reason  string
	verdict model.Verdict
	state   model.ReplicaState
	runs    uint64
	stale   bool
}

// probeTimeout is how long a deep probe may take at most.
const probeTimeout = 10 * time.Second

// checkInference judges the deep probes of a model version.
func (s *State) checkInference(srv *server, r *replica) {
	rule, on := s.rule(health.CheckInference)
	if !on || !s.cfg.Probed[r.key.Model] {
		return
	}
	every := s.cfg.Intervals["probe"]
	if every == 0 {
		every = probeInterval
	}
	e := health.Inference{Trouble: r.trouble, Finding: r.finding, Ready: r.state == model.ReplicaReady, Runs: r.probe.runs, Times: r.probe.recent,
		Last: r.probe.last.At, Stale: believed*every + probeTimeout}
	if r.probe.row > 0 {
		e.Failed = r.probe.failed
	}
	basis := inferenceBasis{r.trouble, r.finding.Reason, r.finding.Verdict, r.state, r.probe.runs, s.now.Sub(e.Last) > e.Stale}
	k := checkKey{name: health.CheckInference, server: srv.spec.Name, model: r.key.Model, version: r.key.Version}
	if c := s.fleet.checks.byKey[k]; c != nil && c.basis == basis {
		c.turn = s.fleet.checks.turn
		return
	}
	limits := rule.Limits
	if own := s.cfg.Checks.Models[r.key.Model].Inference; own != (health.Limits{}) {
		limits = own
	}
	s.put(k, rule, limits.Inference(e, s.now)).basis = basis
}

// probeInterval is how often a deep probe comes where nothing else is said.
const probeInterval = 5 * time.Second

// checkUnprobed says of which models it cannot be known whether they infer.
func (s *State) checkUnprobed() {
	rule, on := s.rule(health.CheckInference)
	if !on {
		return
	}
	for _, m := range s.models.sorted {
		if !s.cfg.Probed[m.name] {
			s.put(checkKey{name: health.CheckInference, model: m.name}, rule, health.NotApplicable("no probe is configured (probes:, `tritop probe init`)"))
		}
	}
}

// checkMachines judges GPUs and disks.
func (s *State) checkMachines() {
	on := make(map[string]bool) // servers with a GPU that somebody tells of
	for _, g := range s.gpus {
		for _, name := range g.view.Servers {
			on[name] = true
		}
		s.checkGPU(g)
	}
	for _, h := range s.hosts {
		s.checkDisks(h)
	}
	for _, srv := range s.servers {
		if !on[srv.spec.Name] {
			s.noGPU(srv)
		}
		if rule, on := s.rule(health.CheckDisk); on {
			s.put(checkKey{name: health.CheckDisk, server: srv.spec.Name}, rule, health.NotApplicable("the disks of a remote machine: no source tells of them"))
		}
	}
}

func (s *State) checkGPU(g *gpu) {
	server := ""
	if len(g.view.Servers) > 0 {
		server = g.view.Servers[0]
	}
	part := model.ShortGPU(g.uuid)
	if server == "" && g.view.Host != "" {
		part = g.view.Host + " " + part
	}
	if rule, on := s.rule(health.CheckGPU); on {
		s.put(checkKey{name: health.CheckGPU, server: server, part: part}, rule, health.GPU(&g.view))
	}
	rule, ok := s.rule(health.CheckMemory)
	if !ok {
		return
	}
	k := checkKey{name: health.CheckMemory, server: server, part: part}
	before, advance := model.CheckUnknown, ""
	if c := s.fleet.checks.byKey[k]; c != nil {
		before = c.Status
	}
	if used := g.view.Mem(); used.Known() && used.Value >= rule.Degraded {
		advance = s.inAdvance(g)
	}
	s.put(k, rule, rule.Memory(&g.view, before, advance))
}

// inAdvance names a model on the servers of a GPU that allocates in advance.
func (s *State) inAdvance(g *gpu) string {
	for _, name := range g.view.Servers {
		srv := s.byName[name]
		if srv == nil {
			continue
		}
		for _, r := range srv.order {
			if health.InAdvance(r.about.Platform) || s.cfg.Checks.Models[r.key.Model].InAdvance {
				return r.key.Model
			}
		}
	}
	return ""
}

func (s *State) noGPU(srv *server) {
	for _, name := range [...]string{health.CheckGPU, health.CheckMemory} {
		if rule, on := s.rule(name); on {
			s.put(checkKey{name: name, server: srv.spec.Name}, rule, health.NotApplicable("no source tells of a GPU of it"))
		}
	}
}

// checkDisks judges the file systems of a host.
func (s *State) checkDisks(h *host) {
	rule, on := s.rule(health.CheckDisk)
	if !on {
		return
	}
	for _, d := range h.Disks {
		k := checkKey{name: health.CheckDisk, part: h.Name + " " + d.Mount}
		before := model.CheckUnknown
		if c := s.fleet.checks.byKey[k]; c != nil {
			before = c.Status
		}
		s.put(k, rule, rule.Disk(d, before))
	}
}

// checkRunners says which of the seven nobody makes.
func (s *State) checkRunners() {
	for name, why := range map[string]string{health.CheckQuality: "no golden set is configured (models: golden_set)", health.CheckBusiness: "no formula is configured (business:)"} {
		rule, on := s.rule(name)
		if !on || slices.ContainsFunc(s.fleet.checks.sorted, func(c *check) bool { return c.Name == name && !c.heard.IsZero() }) {
			continue
		}
		j := health.NotApplicable(why)
		if s.cfg.Checks.Runs[name] {
			j = health.Judgement{Status: model.CheckUnknown, Message: "has not run yet", TookMs: model.Missing(model.NotObserved)}
		}
		s.put(checkKey{name: name}, rule, j)
	}
}
