package health

import (
	"time"
)

// The endpoint machine: whether an endpoint of a service is fit to be sent requests
// to. It is a pure function of its last value, one piece of evidence or the time,
// and the rules. Acting on it is not its business.

// EndpointState is the word for an endpoint.
type EndpointState int

// The states. EndpointMaint and EndpointDraining are what an operator wants; only an
// operator ends them.
const (
	EndpointUnknown    EndpointState = iota // nothing fresh is known: keeps its traffic, is no target
	EndpointHealthy                         //
	EndpointSuspect                         // failed once: asked again at once
	EndpointDown                            // failed twice in a row, at the same layer or deeper
	EndpointRecovering                      // answers again, not for long enough yet
	EndpointWarming                         // takes more and more of its share
	EndpointDegraded                        // answers, but its telemetry, users or resources are not well
	EndpointMaint                           // taken out by an operator
	EndpointDraining                        // being emptied by an operator
)

// String gives the word that scripts see.
func (s EndpointState) String() string {
	return [...]string{"UNKNOWN", "HEALTHY", "SUSPECT", "DOWN", "RECOVERING", "WARMING", "DEGRADED", "MAINT", "DRAINING"}[s]
}

// EvidenceLayer is where a piece of evidence comes from, the deepest last.
type EvidenceLayer int

// The layers. A pass of a deeper one of the first five passes those above it.
const (
	LayerConnect    EvidenceLayer = 1 + iota // TCP and TLS
	LayerLive                                // says that it lives
	LayerReady                               // says that it is ready: advice only
	LayerModelReady                          // the version that is wanted is ready
	LayerInference                           // a deep probe
	LayerTelemetry                           // metrics are fresh, the queue is served
	LayerBalancer                            // what the balancer says
	LayerUsers                               // what users see
	LayerResources                           // GPUs, memory, disks
	layers
)

// hard says whether a failure of the layer makes an endpoint unfit; others only
// weaken it.
func (l EvidenceLayer) hard() bool {
	return l == LayerConnect || l == LayerLive || l == LayerModelReady || l == LayerInference
}

// weak says whether a failure of the layer weakens an endpoint.
func (l EvidenceLayer) weak() bool {
	return l == LayerTelemetry || l == LayerUsers || l == LayerResources
}

// Sign is one piece of evidence.
type Sign struct {
	Layer  EvidenceLayer
	At     time.Time
	Passed bool
	// TimedOut tells no answer from a definite one (refused, an error, a wrong
	// output). It counts, but needs somebody else who says the same.
	TimedOut bool
	Seconded bool   // another observer (balancer, users) says the same
	Cause    string // failures of one cause are one incident
}

// EndpointRules are the figures of the machine.
type EndpointRules struct {
	Fall, Rise int           // failures and full passes in a row that decide
	Alone      int           // time-outs in a row that decide where nobody seconds them
	Dwell      time.Duration // without a failure, before it warms
	Ramp       time.Duration // of warming
	Clear      time.Duration // what weakens it has to be gone for so long
	Stale      time.Duration // evidence that is older says nothing: three intervals
	Deepest    EvidenceLayer // that there is evidence of: a full pass passes it
	Flap       FlapRules
}

// DefaultEndpointRules are those that tritop ships with, for an endpoint whose models
// are probed every 5 s.
func DefaultEndpointRules() EndpointRules {
	return EndpointRules{Fall: 2, Rise: 3, Alone: 3, Dwell: 10 * time.Second, Ramp: 10 * time.Second, Clear: 30 * time.Second, Stale: 15 * time.Second,
		Deepest: LayerInference, Flap: DefaultFlapRules()}
}

// Endpoint is what the machine knows of one endpoint. The zero value knows nothing.
type Endpoint struct {
	State    EndpointState
	Since    time.Time
	Certain  bool // of DOWN: an answer said so, or somebody else did
	Flap     Flap
	row      row
	was      EndpointState // before SUSPECT or UNKNOWN
	lastFail time.Time
	seen     [layers]seen
	cleared  time.Time // since when nothing weakens it; zero: something does
}

// row are failures or passes in a row.
type row struct {
	fails  int
	layer  EvidenceLayer // of the failures: the last one's
	passes int           // full ones
	sure   bool          // one of the failures was an answer, or seconded
}

// seen is the last evidence of one layer.
type seen struct {
	at  time.Time
	bad bool
}

// Move is one change of state.
type Move struct {
	At       time.Time
	From, To EndpointState
	Layer    EvidenceLayer // whose evidence made it; 0: time did
}

// Observe takes one piece of evidence.
func (r EndpointRules) Observe(e Endpoint, s Sign) (Endpoint, []Move) {
	if s.Layer < LayerConnect || s.Layer >= layers {
		return e, nil
	}
	e.seen[s.Layer] = seen{s.At, !s.Passed}
	var moves []Move
	switch {
	case s.Layer.hard() && s.Passed:
		moves = r.pass(&e, s)
	case s.Layer.hard():
		moves = r.fail(&e, s)
	}
	e, more := r.settle(e, s.At, s.Layer)
	return e, append(moves, more...)
}

// Tick lets time pass.
func (r EndpointRules) Tick(e Endpoint, now time.Time) (Endpoint, []Move) {
	if e.State != EndpointUnknown && e.State != EndpointMaint && e.State != EndpointDraining && !r.fresh(&e, now) {
		return r.Lose(e, now)
	}
	return r.settle(e, now, 0)
}

// Lose makes an endpoint unknown: nothing was heard, or we are the ones who are cut
// off.
func (r EndpointRules) Lose(e Endpoint, now time.Time) (Endpoint, []Move) {
	if e.State == EndpointUnknown || e.State == EndpointMaint || e.State == EndpointDraining {
		return e, nil
	}
	if e.State != EndpointSuspect {
		e.was = e.State
	}
	e.row = row{}
	return e, e.move(EndpointUnknown, now, 0)
}

// Hold takes an endpoint out by an operator's word: EndpointMaint or EndpointDraining.
func (r EndpointRules) Hold(e Endpoint, to EndpointState, now time.Time) (Endpoint, []Move) {
	if to != EndpointMaint && to != EndpointDraining || e.State == to {
		return e, nil
	}
	return e, e.move(to, now, 0)
}

// Resume ends that: the endpoint has to recover first.
func (r EndpointRules) Resume(e Endpoint, now time.Time) (Endpoint, []Move) {
	if e.State != EndpointMaint && e.State != EndpointDraining {
		return e, nil
	}
	e.row, e.lastFail = row{}, now
	return e, e.move(EndpointRecovering, now, 0)
}

// Share is how much of its weight an endpoint may take now, 0..1.
func (r EndpointRules) Share(e Endpoint, now time.Time) float64 {
	switch e.State {
	case EndpointDown, EndpointRecovering, EndpointMaint, EndpointDraining:
		return 0
	case EndpointWarming:
		switch warm := now.Sub(e.Since); {
		case warm < r.Ramp/3:
			return 0.25
		case warm < 2*r.Ramp/3:
			return 0.5
		}
	case EndpointUnknown, EndpointHealthy, EndpointSuspect, EndpointDegraded:
	}
	return 1
}

// Target says whether traffic may be moved to an endpoint.
func (e *Endpoint) Target() bool {
	return (e.State == EndpointHealthy || e.State == EndpointDegraded) && !e.Flap.Suppressed
}

func (e *Endpoint) move(to EndpointState, at time.Time, layer EvidenceLayer) []Move {
	m := Move{at, e.State, to, layer}
	e.State, e.Since = to, at
	return []Move{m}
}

// pass takes evidence that a hard layer is well.
func (r EndpointRules) pass(e *Endpoint, s Sign) []Move {
	if s.Layer < e.row.layer || s.Layer < r.Deepest {
		return nil // what failed, or was never tried, lies deeper
	}
	e.row = row{passes: e.row.passes + 1}
	switch e.State {
	case EndpointUnknown, EndpointSuspect:
		return e.move(e.back(), s.At, s.Layer)
	case EndpointDown:
		e.row.passes = 1
		return e.move(EndpointRecovering, s.At, s.Layer)
	case EndpointHealthy, EndpointRecovering, EndpointWarming, EndpointDegraded, EndpointMaint, EndpointDraining:
	}
	return nil
}

// back is where an endpoint was before nothing was known of it, or it failed once.
// One that was down has to recover first.
func (e *Endpoint) back() EndpointState {
	switch e.was {
	case EndpointDown, EndpointRecovering:
		return EndpointRecovering
	case EndpointWarming, EndpointDegraded:
		return e.was
	case EndpointUnknown, EndpointHealthy, EndpointSuspect, EndpointMaint, EndpointDraining:
	}
	return EndpointHealthy
}

// failed counts a failure: one of the same layer or deeper is one more, another
// begins anew.
func (r row) failed(s Sign) row {
	sure := !s.TimedOut || s.Seconded
	if r.fails > 0 && s.Layer >= r.layer {
		return row{fails: r.fails + 1, layer: s.Layer, sure: r.sure || sure}
	}
	return row{fails: 1, layer: s.Layer, sure: sure}
}

// fail takes evidence that a hard layer is not.
func (r EndpointRules) fail(e *Endpoint, s Sign) []Move {
	e.lastFail = s.At
	e.row = e.row.failed(s)
	switch e.State {
	case EndpointUnknown, EndpointHealthy, EndpointDegraded, EndpointWarming:
		if e.State != EndpointUnknown {
			e.was = e.State
		}
		return e.move(EndpointSuspect, s.At, s.Layer)
	case EndpointSuspect:
		if e.row.fails >= r.Alone || e.row.sure && e.row.fails >= r.Fall {
			return r.falls(e, s, r.Flap.Down)
		}
	case EndpointRecovering:
		return r.falls(e, s, r.Flap.Again)
	case EndpointDown:
		e.Certain = e.Certain || e.row.sure
	case EndpointMaint, EndpointDraining:
	}
	return nil
}

// falls makes an endpoint DOWN, for so many points of damping.
func (r EndpointRules) falls(e *Endpoint, s Sign, points float64) []Move {
	e.Certain = e.row.sure
	e.Flap = r.Flap.Add(e.Flap, points, s.Cause, s.At)
	return e.move(EndpointDown, s.At, s.Layer)
}

// settle makes the moves that time, or what weakens an endpoint, allow.
func (r EndpointRules) settle(e Endpoint, now time.Time, layer EvidenceLayer) (Endpoint, []Move) {
	e.Flap = r.Flap.At(e.Flap, now)
	weak := r.weakened(&e, now)
	switch {
	case weak:
		e.cleared = time.Time{}
	case e.cleared.IsZero():
		e.cleared = now
	}
	if to := r.next(&e, weak, now); to != e.State {
		return e, e.move(to, now, layer)
	}
	return e, nil
}

// next is the state that follows now without another failure or pass.
func (r EndpointRules) next(e *Endpoint, weak bool, now time.Time) EndpointState {
	switch e.State {
	case EndpointRecovering:
		if r.recovered(e, now) {
			return EndpointWarming
		}
	case EndpointWarming:
		if now.Sub(e.Since) >= r.Ramp && !weak {
			return EndpointHealthy
		}
	case EndpointHealthy:
		if weak {
			return EndpointDegraded
		}
	case EndpointDegraded:
		if !weak && now.Sub(e.cleared) >= r.Clear {
			return EndpointHealthy
		}
	case EndpointUnknown, EndpointSuspect, EndpointDown, EndpointMaint, EndpointDraining:
	}
	return e.State
}

// recovered says whether a recovering endpoint may take requests again.
func (r EndpointRules) recovered(e *Endpoint, now time.Time) bool {
	return e.row.passes >= r.Rise && now.Sub(e.lastFail) >= r.Dwell && !e.Flap.Suppressed
}

// weakened says whether a layer that weakens is bad, by evidence of now.
func (r EndpointRules) weakened(e *Endpoint, now time.Time) bool {
	for l := LayerConnect; l < layers; l++ {
		if l.weak() && e.seen[l].bad && now.Sub(e.seen[l].at) <= r.Stale {
			return true
		}
	}
	return false
}

// fresh says whether anything of the hard layers was heard lately.
func (r EndpointRules) fresh(e *Endpoint, now time.Time) bool {
	for l := LayerConnect; l < layers; l++ {
		if l.hard() && !e.seen[l].at.IsZero() && now.Sub(e.seen[l].at) <= r.Stale {
			return true
		}
	}
	return false
}
