package sim

import (
	"math"
	"math/rand/v2"
	"time"

	"tritop/model"
)

// modelDef is one model of the fleet.
type modelDef struct {
	name     string
	versions []int
	servers  int      // how many of each six servers carry it; 0: all
	steps    []string // of an ensemble
	share    float64  // of the scenario's rate per model; steps get none of their own
	gpu      bool     // an instance on each GPU
	old      float64  // share of users that pin the version before the newest
	backend  string   // of a language model; "": python
}

// models are the eight of the built-in fleet.
var models = []modelDef{
	{name: "encoder", versions: []int{2}},
	{name: "fraud_scorer", versions: []int{7}, share: 1},
	{name: "image_embed", versions: []int{1}, servers: 4, share: 1},
	{name: "ranker", versions: []int{4}, servers: 4, share: 1},
	{name: "search_pipeline", versions: []int{3}, steps: []string{"tokenizer", "encoder"}, share: 1},
	{name: "text_classifier", versions: []int{1, 2}, share: 1, old: 0.1},
	{name: "tokenizer", versions: []int{1}},
	{name: "whisper_small", versions: []int{1}, servers: 2, share: 1},
}

// eight is the usual fleet's.
func eight() []modelDef { return models }

// workload is the traffic of a scenario: defaults of the material.
type workload struct {
	rate, swing float64 // requests per second and model: rate × (1 + swing × sin(t / period))
	period      float64
	base, per   float64 // latency N(base + per × batch, dev) ms
	dev         float64
	slow        float64 // share of slow requests …
	slowMean    float64 // … exponential with this mean, ms
	slowOnTop   bool    // on top of the usual latency, or instead of it
	ok, slowOK  float64 // share of successes
}

var normal = workload{rate: 250, swing: 0.5, period: 600, base: 8, per: 1.2, dev: 2, slow: 0.003, slowMean: 20, slowOnTop: true, ok: 0.99999, slowOK: 0.99999}

var material = workload{rate: 50, swing: 0.5, period: 10, base: 15, per: 5, dev: 5, slow: 0.05, slowMean: 100, ok: 0.999, slowOK: 0.9}

// traffic lets users send the requests of one tick. Each model's requests are
// shared by the servers that can be reached; users' balancers left the others.
func (w *World) traffic() {
	t := w.now.Seconds()
	rate := w.load.rate * (1 + w.load.swing*math.Sin(t/w.load.period)) * w.strain.traffic
	for i := range w.models {
		m := &w.models[i]
		if m.share == 0 {
			continue
		}
		var serving []*Server
		for _, s := range w.servers {
			if (s.Reach == Open || s.Reach == Silent) && s.find(m.name, "") != nil {
				serving = append(serving, s)
			}
		}
		for _, s := range serving {
			rng := w.random(s.Name, m.name, 0)
			n := poisson(rng, rate*m.share*tickLength.Seconds()/float64(len(serving)))
			for range n {
				w.userRequest(s, m, rng)
			}
			w.line(s, m, n)
		}
	}
	for _, s := range w.servers {
		s.cpu = 0.25 + 0.1*math.Sin(t/90+float64(len(s.Name))) + 0.15*(w.strain.traffic-1)
		s.work(t)
	}
}

// line shows as pending who waits in the queue of a model, by Little's law: the
// arrivals of one tick, each for as long as the strain makes it wait. An
// ensemble has no queue of its own; its steps have.
func (w *World) line(s *Server, m *modelDef, arrivals int) {
	_, wait := w.strain.on(m.name)
	if m.backend != "" {
		if r := s.find(m.name, ""); r != nil {
			r.chat.hear(arrivals, wait, w.now)
		}
		return
	}
	if wait == 0 {
		return
	}
	names := []string{m.name}
	if len(m.steps) > 0 {
		wait, names = wait/float64(len(m.steps)), m.steps
	}
	for _, name := range names {
		if r := s.find(name, ""); r != nil {
			r.pending = uint64(math.Round(float64(arrivals) * wait / float64(tickLength.Microseconds())))
		}
	}
}

// userRequest lets one user call a model.
func (w *World) userRequest(s *Server, m *modelDef, rng *rand.Rand) {
	r := s.find(m.name, "")
	if m.old > 0 && rng.Float64() < m.old {
		if older := s.before(r); older != nil {
			r = older
		}
	}
	c := call{batch: drawBatch(rng)}
	c.us, c.ok = w.load.draw(rng, c.batch)
	if rng.Float64() < r.badUsers {
		c.ok = false
	}
	w.serve(s, r, c)
	u := w.users[m.name]
	if u.Requests++; !c.ok || s.broken {
		u.Failures++
	}
	w.users[m.name] = u
}

// before gives the READY version before another one.
func (s *Server) before(r *replica) *replica {
	var best *replica
	for _, o := range s.replicas {
		if o.model == r.model && o.version < r.version && o.state == model.ReplicaReady && (best == nil || o.version > best.version) {
			best = o
		}
	}
	return best
}

// call is one request of a user and how it ends.
type call struct {
	batch int     // index into batchSizes
	us    float64 // in the back-end and on the way
	wait  float64 // µs, in a queue longer than usual
	ok    bool
}

// serve lets a replica work on one request, counts it as Triton does, and gives
// how long it took in µs.
func (w *World) serve(s *Server, r *replica, c call) float64 {
	if r.model.backend != "" {
		return w.converse(s, r, c)
	}
	compute, wait := w.strain.on(r.model.name)
	c.us, c.wait = c.us*compute, wait
	switch {
	case s.stalledModel == r.model.name:
		r.pending = min(r.pending+1, 5000)
		return 0
	case s.broken:
		c.us, c.ok = 1e6, false
	}
	if len(r.model.steps) == 0 {
		r.count(s, c, w.now)
		return c.us + c.wait
	}
	for i, name := range r.model.steps {
		step := s.find(name, "")
		if step == nil {
			c.ok = false
			break
		}
		last := i == len(r.model.steps)-1
		step.count(s, call{c.batch, c.us / 2, c.wait / 2, c.ok || !last && !s.broken}, w.now)
		if !c.ok && (last || s.broken) {
			break
		}
	}
	r.countEnsemble(s, c, w.now)
	return c.us + c.wait
}

// draw gives one request's latency in µs and whether it succeeds.
func (l workload) draw(rng *rand.Rand, batch int) (us float64, ok bool) {
	ms := rng.NormFloat64()*l.dev + l.base + l.per*float64(batchSizes[batch])
	good := l.ok
	if rng.Float64() < l.slow {
		extra := rng.ExpFloat64() * l.slowMean
		good = l.slowOK
		if l.slowOnTop {
			ms += extra
		} else {
			ms = extra
		}
	}
	return math.Max(ms, 0.5) * 1000, rng.Float64() < good
}

func drawBatch(rng *rand.Rand) int {
	switch p := rng.Float64(); {
	case p < 0.3:
		return 0
	case p < 0.5:
		return 1
	case p < 0.7:
		return 2
	case p < 0.9:
		return 3
	}
	return 4
}

// count books one request in statistics and metrics.
func (r *replica) count(s *Server, c call, now time.Duration) {
	ns, waited := uint64(c.us*1000), uint64(c.wait*1000)
	queued := ns / 12
	if r.model.backend != "" { // it takes each request at once and lets it wait itself
		queued = 200_000
	}
	for _, t := range r.tallies(s) {
		switch {
		case t == nil:
			continue
		case !c.ok:
			t.fail++
			t.failNs += ns + waited
			continue
		}
		t.success++
		t.successNs += ns + waited
		t.queueNs += queued + waited
		t.inputNs += ns / 50
		t.inferNs += ns * 8 / 10
		t.outputNs += ns / 50
		t.inferences += batchSizes[c.batch]
		t.execs++
		t.batches[c.batch]++
		t.batchNs[c.batch] += ns * 84 / 100
	}
	if !c.ok {
		s.failed(r, "BACKEND", 1)
		return
	}
	r.last = now
	if r.recent = append(r.recent, c.us+c.wait); len(r.recent) > 512 {
		r.recent = append(r.recent[:0], r.recent[256:]...)
	}
}

// countEnsemble books one request of an ensemble: no queue of its own, and each
// failure counts twice.
func (r *replica) countEnsemble(s *Server, c call, now time.Duration) {
	ns, waited := uint64(c.us*1000), uint64(c.wait*1000)
	for _, t := range []*tally{&r.stats, &r.prom} {
		if !c.ok {
			t.fail += 2
			t.failNs += ns + waited
			continue
		}
		t.success++
		t.successNs += ns + waited
		t.queueNs += 2000
		t.inputNs += ns / 50
		t.inferNs += ns * 8 / 10
		t.outputNs += ns / 50
		t.inferences += batchSizes[c.batch]
		t.execs++
		t.batches[c.batch]++
		t.batchNs[c.batch] += ns * 84 / 100
	}
	if !c.ok {
		s.failed(r, "OTHER", 2)
		return
	}
	r.last = now
}

var reasons = [4]string{"BACKEND", "CANCELED", "OTHER", "REJECTED"}

func (s *Server) failed(r *replica, reason string, n uint64) {
	key := r.key()
	if s.failures[key] == nil {
		s.failures[key] = new([4]uint64)
	}
	for i, name := range reasons {
		if name == reason {
			s.failures[key][i] += n
		}
	}
}

// poisson draws from a Poisson distribution; large means by the normal one.
func poisson(rng *rand.Rand, mean float64) int {
	if mean > 30 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*rng.NormFloat64())))
	}
	limit, p, n := math.Exp(-mean), 1.0, 0
	for {
		p *= rng.Float64()
		if p <= limit {
			return n
		}
		n++
	}
}
