package ui

import (
	"math/rand/v2"
	"slices"
	"time"

	"tritop/engine"
	"tritop/model"
	"tritop/sim"
)

// fleet is a simulated fleet after some time.
func fleet(scenario string, servers int, length time.Duration) (*model.Snapshot, error) {
	w, err := sim.New(sim.Options{Scenario: scenario, Seed: 1, Servers: servers})
	if err != nil {
		return nil, err
	}
	d := sim.NewDirect(w, time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC))
	st := engine.NewState(engine.Config{Fleet: "busy", Servers: d.Specs(), Probed: d.Probed()})
	d.Until(length, st.Apply)
	return st.Snapshot(), nil
}

// busy gives a minute of a fleet in which everything that can change does, each
// second: every figure and every chart. Of the overview at 200×60 that is about
// a tenth of the cells; a real fleet changes a hundredth.
func busy() ([]*model.Snapshot, error) {
	const lead = 300 // seconds of history before
	base, err := fleet("ready-lies", 60, 25*time.Second)
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(3, 4))
	s := *base
	s.Started = base.Now.Add(-lead * time.Second)
	var out []*model.Snapshot
	for k := range lead + 60 {
		s.Now = base.Now.Add(time.Duration(k) * time.Second)
		s.Servers, s.Models, s.Sources = slices.Clone(s.Servers), slices.Clone(s.Models), slices.Clone(s.Sources)
		shake(r, &s.History, &model.Window{}, s.Now)
		for i := range s.Servers {
			s.Servers[i].LastAnswer = s.Now
			shake(r, &s.Servers[i].History, &s.Servers[i].Window, s.Now)
			if k >= lead {
				shakeServer(r, &s.Servers[i], &base.Servers[i])
			}
		}
		for i := range s.Models {
			shake(r, &s.Models[i].History, &s.Models[i].Window, s.Now)
		}
		for i := range s.Sources {
			s.Sources[i].LastOK = s.Now
		}
		if k >= lead {
			next := s
			next.Seq = uint64(k)
			out = append(out, &next)
		}
	}
	return out, nil
}

// shakeServer changes what hangs on a server: gauges and replicas.
func shakeServer(r *rand.Rand, s, was *model.Server) {
	s.Gauges, s.Replicas = slices.Clone(was.Gauges), slices.Clone(was.Replicas)
	for j := range s.Gauges {
		s.Gauges[j].Value *= 0.5 + r.Float64()
	}
	for j := range s.Replicas {
		w := &s.Replicas[j].Window
		w.Rate, w.ErrorRatio, w.QueueMs = model.Of(1000*r.Float64()), model.Of(r.Float64()), model.Of(100*r.Float64())
	}
}

// shake changes every figure.
func shake(r *rand.Rand, h *model.History, w *model.Window, now time.Time) {
	rate, share, queue, compute := 100+900*r.Float64(), r.Float64(), 10*r.Float64(), 100*r.Float64()
	h.Rate, h.Errors = h.Rate.Append(now, rate), h.Errors.Append(now, share)
	h.Queue, h.Compute, h.Probe = h.Queue.Append(now, queue), h.Compute.Append(now, compute), h.Probe.Append(now, compute)
	w.Rate, w.ErrorRatio, w.QueueMs, w.ComputeMs = model.Of(rate), model.Of(share), model.Of(queue), model.Of(compute)
}
