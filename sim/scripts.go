package sim

import (
	"math"
	"time"
)

// slowModel lets one model compute ten times slower everywhere. Its users wait
// for their answers before they ask again, so the queue grows to a length and
// no further: busy, not stalled, and inside the deadline of a probe.
func slowModel(w *World) {
	if w.now >= FaultAt {
		w.strain = strain{traffic: 1, compute: 10, wait: w.filling(), only: []string{"fraud_scorer"}}
	}
}

// surge quadruples the traffic within ten seconds. What the fleet cannot do at
// once waits.
func surge(w *World) {
	if w.now >= FaultAt {
		ramp := min(1, (w.now-FaultAt).Seconds()/10)
		w.strain = strain{traffic: 1 + 3*ramp, compute: 1, wait: w.filling()}
	}
}

// filling is the wait in a queue since the fault, in µs: it grows for a minute
// towards 600 ms, which the least timeout of a probe (1.2 s) outlives.
func (w *World) filling() float64 {
	return 600e3 * (1 - math.Exp(-(w.now-FaultAt).Seconds()/20))
}

// flapping refuses connections in one server's place again and again. The
// process behind goes on, so its counters do: it is the way to it that fails.
// The outages are 8 s of each 20 s and so placed that one has begun 3 s before
// a check of 25 s ends; of the first, the part before FaultAt is left out.
func flapping(w *World) {
	const period, down, second = 20 * time.Second, 8 * time.Second, 22 * time.Second
	s := w.victim(1)
	s.Reach = Open
	if w.now >= FaultAt && (w.now+period-second%period)%period < down {
		s.Reach = Refused
	}
}

// regionLoss takes away all servers of the region of the third.
func regionLoss(w *World) {
	if w.now < FaultAt {
		return
	}
	for _, s := range w.servers {
		if s.Region == w.victim(2).Region {
			s.Reach = Refused
		}
	}
}

// The phases of the material's demonstration. 1 % of failures stays below the
// rule of 5 % even where few requests are made.
var (
	phaseNormal    = workload{rate: 250, period: 600, base: 25, dev: 4, ok: 0.99999}
	phaseDegraded  = workload{rate: 250, period: 600, base: 45, dev: 8, ok: 0.99}
	phaseRecovery  = workload{rate: 250, period: 600, base: 30, dev: 5, ok: 0.999}
	phaseRecovered = workload{rate: 250, period: 600, base: 30, dev: 5, ok: 0.99999}
)

// recoveredAt is when the last errors of the phases are over.
const recoveredAt = time.Minute

// inPhases is degraded for ten seconds and recovers for good: its objectives are
// met again once a window of five minutes has forgotten the errors.
func inPhases(w *World) {
	switch {
	case w.now >= recoveredAt:
		w.load = phaseRecovered
	case w.now >= FaultAt+10*time.Second:
		w.load = phaseRecovery
	case w.now >= FaultAt:
		w.load = phaseDegraded
	}
}
