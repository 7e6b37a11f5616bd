// Package sim is a simulated fleet of Triton servers: one pure world on virtual
// time, with two faces. The direct face (Direct) gives facts in virtual time,
// for tests and simulated days. The served face (Serve) speaks Triton's gRPC,
// HTTP and metrics protocols on loopback in real time, so that the demo uses the
// production collectors.
//
// The same seed and scenario make the same world: its script of traffic,
// latencies and faults depends on virtual time only, not on how often or by
// whom it is looked at. Measured samples may differ between the faces.
package sim

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sort"
	"strconv"
	"time"

	"tritop/model"
)

// Options choose a world.
type Options struct {
	Scenario string
	Seed     uint64
	Servers  int // 0: as many as the scenario has
}

// World is the fleet. It belongs to one goroutine.
type World struct {
	opt      Options
	scenario scenario
	now      time.Duration // since the beginning
	tick     uint64
	servers  []*Server
	models   []modelDef
	load     workload // of the users now
	strain   strain
	users    map[string]Users
}

// Users is what became of users' requests of one model since the beginning: the
// truth, whoever looks.
type Users struct{ Requests, Failures uint64 }

// Users gives the truth of a model that users call.
func (w *World) Users(name string) Users { return w.users[name] }

// strain is what a script adds to the workload.
type strain struct {
	traffic float64  // times as many requests
	compute float64  // times as long in the back-end …
	wait    float64  // and µs in the queue before that …
	only    []string // for these models; none: for all
}

// on gives the strain on one model.
func (x strain) on(name string) (compute, wait float64) {
	if len(x.only) > 0 && !slices.Contains(x.only, name) {
		return 1, 0
	}
	return x.compute, x.wait
}

// tickLength is the grain of virtual time.
const tickLength = 200 * time.Millisecond

// FaultAt is when the fault of a scenario begins.
const FaultAt = 5 * time.Second

// Reach says what a connection to a server meets.
type Reach int

// The ways in which a server can be met.
const (
	Open    Reach = iota
	Refused       // nothing listens
	Hung          // connections are accepted, nothing is answered
	Silent        // not even connections are answered
)

// Server is one simulated Triton.
type Server struct {
	Name, Region, Zone string
	Reach              Reach
	Epoch              int // counts processes
	replicas           []*replica
	failures           map[string]*[4]uint64 // metrics: by "model version" and reason; never vanish before the process ends
	broken             bool                  // every inference fails although all is READY
	stalledModel       string                // nothing of this model is completed
	cpu                float64
	gpus               []gpu // none: the text has no GPU series
}

// replica is one model version on one server.
type replica struct {
	model    *modelDef
	version  int
	state    model.ReplicaState
	reason   string
	stateAt  time.Duration // when a LOADING or UNLOADING ends
	badUsers float64       // share of users' requests that fail
	pending  uint64
	stats    tally // statistics API: restart with the model object
	prom     tally // metrics text: restart with the series
	second   tally // what of prom the second GPU did
	last     time.Duration
	recent   []float64 // latencies (µs) of the newest requests, for the summaries
	chat     chat      // of a language model
}

// tally are cumulative counts.
type tally struct {
	success, fail     uint64
	successNs, failNs uint64
	queueNs           uint64
	inputNs, inferNs  uint64
	outputNs          uint64
	inferences, execs uint64
	batches           [5]uint64 // executions of batch 1, 2, 4, 8, 16
	batchNs           [5]uint64
}

var batchSizes = [5]uint64{1, 2, 4, 8, 16}

// New makes a world at its beginning.
func New(opt Options) (*World, error) {
	if opt.Scenario == "" {
		opt.Scenario = "normal"
	}
	sc, ok := scenarios[opt.Scenario]
	if !ok {
		return nil, fmt.Errorf("no scenario is named %q", opt.Scenario)
	}
	if opt.Servers == 0 {
		opt.Servers = sc.servers
	}
	if opt.Servers < 1 || opt.Servers > 500 {
		return nil, fmt.Errorf("%d servers: want 1 to 500", opt.Servers)
	}
	w := &World{opt: opt, scenario: sc, models: sc.fleet(), load: sc.load, strain: strain{traffic: 1, compute: 1}, users: make(map[string]Users)}
	regions := []string{"eu1", "us1", "ap1"}
	per := max(1, (opt.Servers+len(regions)-1)/len(regions))
	for i := range opt.Servers {
		region := regions[(i/per)%len(regions)]
		s := &Server{Name: fmt.Sprintf("%s-gpu-%02d", region, i%per+1), Region: region, Zone: fmt.Sprintf("%s%c", region, 'a'+i%per%3)}
		w.servers = append(w.servers, s)
		s.boot(w.models, i)
		s.fit(w.models)
	}
	return w, nil
}

// boot starts a process with everything loaded and every counter at 0.
func (s *Server) boot(models []modelDef, index int) {
	s.Epoch++
	s.failures = make(map[string]*[4]uint64)
	s.replicas = nil
	for i := range models {
		m := &models[i]
		if m.servers > 0 && index%6 >= m.servers {
			continue
		}
		for _, v := range m.versions {
			s.replicas = append(s.replicas, &replica{model: m, version: v, state: model.ReplicaReady})
		}
	}
}

// Servers gives the servers in their order.
func (w *World) Servers() []*Server { return w.servers }

// Now is the virtual time since the beginning.
func (w *World) Now() time.Duration { return w.now }

// Advance moves the world to a virtual time; earlier times change nothing.
func (w *World) Advance(to time.Duration) {
	for time.Duration(w.tick+1)*tickLength <= to {
		w.tick++
		w.now = time.Duration(w.tick) * tickLength
		w.scenario.act(w)
		for _, s := range w.servers {
			s.settle(w.now)
		}
		w.traffic()
	}
}

// settle ends loads and unloads whose time has come.
func (s *Server) settle(now time.Duration) {
	for _, r := range s.replicas {
		if r.stateAt == 0 || now < r.stateAt {
			continue
		}
		r.stateAt = 0
		switch r.state {
		case model.ReplicaLoading:
			r.state, r.reason, r.stats, r.prom, r.second, r.chat = model.ReplicaReady, "", tally{}, tally{}, tally{}, chat{}
		case model.ReplicaUnloading:
			r.state, r.reason, r.pending = model.ReplicaUnavailable, "unloaded", 0
			r.stats, r.prom, r.second, r.chat = tally{}, tally{}, tally{}, chat{}
		case model.ReplicaUnknown, model.ReplicaReady, model.ReplicaUnavailable:
		}
	}
}

// Ready is strict readiness: not while any version loads, unloads or has failed.
func (s *Server) Ready() bool {
	for _, r := range s.replicas {
		if r.state == model.ReplicaLoading || r.state == model.ReplicaUnloading ||
			r.state == model.ReplicaUnavailable && r.reason != "unloaded" {
			return false
		}
	}
	return true
}

// find gives the replica of a version; "" is the highest READY one.
func (s *Server) find(name, version string) *replica {
	var best *replica
	for _, r := range s.replicas {
		if r.model.name != name {
			continue
		}
		if version != "" {
			if strconv.Itoa(r.version) == version {
				return r
			}
			continue
		}
		if r.state == model.ReplicaReady && (best == nil || r.version > best.version) {
			best = r
		}
	}
	return best
}

// known says whether the server has a model of that name.
func (s *Server) known(name string) bool {
	for _, r := range s.replicas {
		if r.model.name == name {
			return true
		}
	}
	return false
}

// load begins to load a model: versions that are READY and unchanged stay.
func (s *Server) load(name string, now time.Duration) bool {
	if !s.known(name) {
		return false
	}
	for _, r := range s.replicas {
		if r.model.name == name && (r.state == model.ReplicaUnavailable || r.state == model.ReplicaUnloading) { // beside what is unloading
			r.state, r.stateAt = model.ReplicaLoading, now+1500*time.Millisecond
		}
	}
	return true
}

// unload begins to unload a model; it ends later.
func (s *Server) unload(name string, now time.Duration) {
	for _, r := range s.replicas {
		if r.model.name == name && r.state == model.ReplicaReady {
			r.state, r.stateAt = model.ReplicaUnloading, now+1200*time.Millisecond
		}
	}
}

// sorted gives the replicas by name, then version, as Triton lists them.
func (s *Server) sorted() []*replica {
	out := append([]*replica(nil), s.replicas...)
	sort.SliceStable(out, func(i, j int) bool {
		if out[i].model.name != out[j].model.name {
			return out[i].model.name < out[j].model.name
		}
		return out[i].version < out[j].version
	})
	return out
}

// random gives the numbers of one replica in one tick: a function of seed,
// names and virtual time alone.
func (w *World) random(server, what string, version int) *rand.Rand {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s/%s/%d", server, what, version)
	return rand.New(rand.NewPCG(w.opt.Seed^h.Sum64(), w.tick*0x9e3779b97f4a7c15))
}
