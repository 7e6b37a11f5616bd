package sim

import (
	"fmt"
	"slices"
	"time"

	"tritop/model"
)

// Scenario is what people see of a scenario.
type Scenario struct {
	Name, Description string
	Expected          model.Verdict // of check, with the objectives that are built in, after 25 s; of phases after seven minutes
}

// scenario is a workload and a script.
type scenario struct {
	Scenario
	load    workload
	act     func(*World) // called once per tick
	servers int          // usual number
	fleet   func() []modelDef
}

func quiet(*World) {}

// between says whether the world is in a stretch of time now.
func (w *World) between(from, to time.Duration) bool { return w.now >= from && w.now < to }

// victim is the server that a fault strikes.
func (w *World) victim(i int) *Server { return w.servers[i%len(w.servers)] }

// scenarios are the built-in ones. The fault begins at FaultAt.
var scenarios = map[string]scenario{
	"normal":      {Scenario{"normal", "a healthy fleet under its usual load", model.Healthy}, normal, quiet, 6, eight},
	"material":    {Scenario{"material", "the load of the user's material: slow and uneven, misses its own objectives", model.Unhealthy}, material, quiet, 6, eight},
	"dead-server": {Scenario{"dead-server", "one server crashes and comes back after 30 s with empty counters", model.Unhealthy}, normal, deadServer, 6, eight},
	"hung-server": {Scenario{"hung-server", "one server accepts connections and answers nothing", model.Unhealthy}, normal, hungServer, 6, eight},
	"ready-lies":  {Scenario{"ready-lies", "one server says ready, and every inference fails after a second", model.Unhealthy}, normal, readyLies, 6, eight},
	"stalled":     {Scenario{"stalled", "requests of one model wait on one server and none is completed", model.Unhealthy}, normal, stalled, 6, eight},
	"bad-version": {Scenario{"bad-version", "a new version is READY, its probe is right, and 20 % of users' requests fail", model.Unhealthy}, normal, badVersion, 6, eight},
	"blackout":    {Scenario{"blackout", "no connection gets any answer; the users' traffic is fine", model.Unknown}, normal, blackout, 6, eight},
	"slow-model":  {Scenario{"slow-model", "one model computes ten times slower on every server, and its queue grows", model.Unhealthy}, normal, slowModel, 6, eight},
	"flapping":    {Scenario{"flapping", "one server refuses connections for 8 s and is back for 12 s, again and again", model.Unhealthy}, normal, flapping, 6, eight},
	"surge":       {Scenario{"surge", "four times the traffic within 10 s: queues grow, nothing fails", model.Unhealthy}, normal, surge, 6, eight},
	"phases":      {Scenario{"phases", "25 ms, then 45 ms with more errors, then recovery at 30 ms; healthy again after six minutes", model.Healthy}, phaseNormal, inPhases, 6, eight},
	"region-loss": {Scenario{"region-loss", "every server of one region refuses connections", model.Unhealthy}, normal, regionLoss, 6, eight},
	"gpu-lost":    {Scenario{"gpu-lost", "the metrics of one server no longer show one of its two GPUs", model.Unhealthy}, normal, gpuLost, 6, onGPUs},
	"llm":         {Scenario{"llm", "prompts of two language models grow: their KV caches fill, requests wait, the first token comes late", model.Degraded}, normal, longPrompts, 6, withLLMs},
	"big":         {Scenario{"big", "200 healthy servers with 20 models each, under little load", model.Healthy}, thin, quiet, 200, many},
}

// Scenarios lists them, normal and material first.
func Scenarios() []Scenario {
	var out []Scenario
	for _, s := range scenarios {
		out = append(out, s.Scenario)
	}
	rank := func(s Scenario) int { return slices.Index([]string{"normal", "material"}, s.Name) }
	slices.SortFunc(out, func(a, b Scenario) int {
		ra, rb := rank(a), rank(b)
		switch {
		case ra >= 0 && rb >= 0:
			return ra - rb
		case ra >= 0:
			return -1
		case rb >= 0:
			return 1
		case a.Name < b.Name:
			return -1
		}
		return 1
	})
	return out
}

func deadServer(w *World) {
	s := w.victim(1)
	switch down := w.between(FaultAt, FaultAt+30*time.Second); {
	case down:
		s.Reach = Refused
	case s.Reach == Refused:
		s.Reach = Open
		s.boot(w.models, 1)
	}
}

func hungServer(w *World) {
	if w.now >= FaultAt {
		w.victim(2).Reach = Hung
	}
}

func readyLies(w *World) {
	if w.now >= FaultAt {
		w.victim(3).broken = true
	}
}

func stalled(w *World) {
	if w.now >= FaultAt {
		w.victim(4).stalledModel = "fraud_scorer"
	}
}

func blackout(w *World) {
	if w.now >= FaultAt {
		for _, s := range w.servers {
			s.Reach = Silent
		}
	}
}

// badVersion loads version 3 of text_classifier beside the others, everywhere.
func badVersion(w *World) {
	if w.now < FaultAt {
		return
	}
	for i, s := range w.servers {
		if s.find("text_classifier", "3") != nil || w.now < FaultAt+time.Duration(i)*400*time.Millisecond {
			continue
		}
		old := s.find("text_classifier", "2")
		s.replicas = append(s.replicas, &replica{model: old.model, version: 3, state: model.ReplicaLoading,
			stateAt: w.now + 1600*time.Millisecond, badUsers: 0.2})
	}
}

// key names a replica in the failure counters.
func (r *replica) key() string { return fmt.Sprintf("%s %d", r.model.name, r.version) }
