package scenarios

import (
	"strings"
	"testing"
	"time"

	"tritop/model"
)

// waiting sums what waits for a model ("": for any) in the whole fleet.
func waiting(s *model.Snapshot, name string) (sum float64) {
	for i := range s.Servers {
		for _, r := range s.Servers[i].Replicas {
			if name == "" || r.Model == name {
				sum += r.Pending.Value
			}
		}
	}
	return sum
}

// mean gives the mean of the seconds of a series up to a time of the scenario.
func mean(t *testing.T, s model.Series, from, to time.Duration) float64 {
	t.Helper()
	sum, n := 0.0, 0
	for at := from; at < to; at += time.Second {
		if v, ok := s.At(start.Add(at)); ok {
			sum += float64(v)
			n++
		}
	}
	if n == 0 {
		t.Fatalf("no figure from %s to %s", from, to)
	}
	return sum / float64(n)
}

func allHealthy(t *testing.T, at time.Duration, s *model.Snapshot) {
	t.Helper()
	if at > 3*time.Second && s.Verdict != model.Healthy {
		t.Errorf("%s: %v: %s", at, s.Verdict, s.Why)
	}
}

// serversHealthy wants all servers well, whatever the checks say.
func serversHealthy(t *testing.T, at time.Duration, s *model.Snapshot) {
	t.Helper()
	for i := range s.Servers {
		if srv := &s.Servers[i]; at > 3*time.Second && srv.Finding.Verdict != model.Healthy {
			t.Errorf("%s: %s is %v: %s", at, srv.Name, srv.Finding.Verdict, srv.Finding.Reason)
		}
	}
}

// wantChecks wants events of one check, at most so many, and nothing else but who the
// servers are, what it costs (objectives, alerts) and the verdict.
func wantChecks(t *testing.T, s *model.Snapshot, name string, most int) {
	t.Helper()
	n := 0
	for _, e := range s.Events {
		switch {
		case e.Kind == model.EventCheck && strings.HasPrefix(e.To, name+" is "):
			n++
		case e.Kind == model.EventObjective, e.Kind == model.EventAlert:
		case e.Kind != model.EventIdentified && e.Kind != model.EventVerdict:
			t.Errorf("%s %s %s", e.At, e.Object(), e.Words())
		}
	}
	if n == 0 || n > most {
		t.Errorf("%d events of %s", n, name)
	}
}

func modelOf(t *testing.T, s *model.Snapshot, name string) *model.Model {
	t.Helper()
	for i := range s.Models {
		if s.Models[i].Name == name {
			return &s.Models[i]
		}
	}
	t.Fatalf("no model %s", name)
	return nil
}

func TestSurgeFillsTheQueuesAndStallsNothing(t *testing.T) {
	t.Parallel()
	var pending []float64
	s := run(t, "surge", 1, 3*time.Minute, func(at time.Duration, s *model.Snapshot) {
		serversHealthy(t, at, s)
		if at == 5*time.Second || at == 10*time.Second || at == 15*time.Second || at == 25*time.Second {
			pending = append(pending, waiting(s, ""))
		}
	})
	if pending[0] != 0 || pending[1] < 50 || pending[2] < 2*pending[1] || pending[3] < 1.3*pending[2] {
		t.Errorf("pending at 5, 10, 15 and 25 s: %v", pending)
	}
	before, after := mean(t, s.History.Rate, 3*time.Second, 6*time.Second), mean(t, s.History.Rate, 20*time.Second, 30*time.Second)
	if f := after / before; f < 3.7 || f > 4.3 {
		t.Errorf("%.0f/s became %.0f/s: ×%.2f", before, after, f)
	}
	if q := s.Models[1].Window.QueueMs; q.Value < 300 {
		t.Errorf("%s waits %.0f ms", s.Models[1].Name, q.Value)
	}
	if s.Verdict != model.Unhealthy || !strings.Contains(s.Why, "p99") {
		t.Errorf("%v: %s", s.Verdict, s.Why)
	}
	wantChecks(t, s, "model_inference", 3*31) // each of them once or twice, by way of degraded
}

// onlySlow wants the checks of one model unhealthy on all servers, as one problem.
func onlySlow(t *testing.T, s *model.Snapshot, name string) {
	t.Helper()
	for i := range s.Checks {
		c := &s.Checks[i]
		if slow := c.Model == name; slow != (c.Status == model.CheckUnhealthy) && c.Status != model.CheckNotApplicable {
			t.Errorf("%s of %s is %v: %s", c.Name, c.Target, c.Status, c.Message)
		}
	}
	if len(s.Problems) != 1 || s.Problems[0].Object != name || s.Problems[0].Servers != 6 || s.Verdict != model.Unhealthy {
		t.Errorf("%v, problems %+v", s.Verdict, s.Problems)
	}
}

func TestSlowModelIsSlowEverywhereAndAlone(t *testing.T) {
	t.Parallel()
	s := run(t, "slow-model", 1, 2*time.Minute, func(at time.Duration, s *model.Snapshot) { serversHealthy(t, at, s) })
	onlySlow(t, s, "fraud_scorer")
	for _, m := range s.Models {
		ms := mean(t, m.History.Compute, 60*time.Second, 90*time.Second)
		if slow := m.Name == "fraud_scorer"; slow != (ms > 80) {
			t.Errorf("%s computes for %.0f ms", m.Name, ms)
		}
	}
	slow := modelOf(t, s, "fraud_scorer")
	if was, is := mean(t, slow.History.Compute, time.Second, 5*time.Second), mean(t, slow.History.Compute, 60*time.Second, 90*time.Second); is < 9*was || is > 11*was {
		t.Errorf("%.1f ms became %.1f ms", was, is)
	}
	if w := waiting(s, "fraud_scorer"); w < 50 || w != waiting(s, "") {
		t.Errorf("%.0f of %.0f wait for the slow model", w, waiting(s, ""))
	}
	if slow.Window.Failures != 0 {
		t.Errorf("%d failures", slow.Window.Failures)
	}
}

func TestPhasesAreSeenInTheFigures(t *testing.T) {
	t.Parallel()
	s := servers(t, "phases", 1, time.Minute, nil)
	m := modelOf(t, s, "fraud_scorer")
	for _, c := range []struct {
		name               string
		from, to           time.Duration
		lowest, highest    float64 // ms
		errorsOver, errors float64
	}{
		{"normal", 1 * time.Second, 5 * time.Second, 20, 26, 0, 0.003},
		{"degraded", 7 * time.Second, 15 * time.Second, 38, 46, 0.003, 0.05},
		{"recovery", 17 * time.Second, 60 * time.Second, 25, 31, 0.0001, 0.003},
	} {
		ms := mean(t, m.History.Compute, c.from, c.to) + mean(t, m.History.Queue, c.from, c.to)
		if ms < c.lowest || ms > c.highest {
			t.Errorf("%s: %.1f ms", c.name, ms)
		}
		if e := mean(t, m.History.Errors, c.from, c.to); e < c.errorsOver || e > c.errors {
			t.Errorf("%s: %.4f of the requests fail", c.name, e)
		}
	}
	if s.Verdict != model.Healthy {
		t.Errorf("%v: %s", s.Verdict, s.Why)
	}
}

// In 65 s the server goes three times (5, 22, 42 s) and comes back three times
// (10, 30, 50 s); it goes again at 62 s.
func TestFlappingTellsEachTime(t *testing.T) {
	t.Parallel()
	down := map[bool]int{}
	s := servers(t, "flapping", 1, 65*time.Second, func(at time.Duration, s *model.Snapshot) {
		if at > 8*time.Second {
			down[s.Servers[1].State == model.ServerNotListening]++
		}
		for i, other := range s.Servers {
			if i != 1 && at > 3*time.Second && other.Finding.Verdict != model.Healthy {
				t.Errorf("%s: %s is %v", at, other.Name, other.State)
			}
		}
	})
	gone, back := 0, 0
	for _, e := range s.Events {
		if e.Kind == model.EventServerState && e.Server == s.Servers[1].Name {
			gone += strings.Count(e.To, "not listening")
			if e.To == "ready" {
				back++
			}
		}
		if e.Kind == model.EventRestarted {
			t.Errorf("a restart: %s", e.Words())
		}
	}
	if gone != 4 || back != 3 {
		t.Errorf("gone %d times, back %d times", gone, back)
	}
	if down[true] < 15 || down[false] < 28 {
		t.Errorf("seconds seen down and up: %v", down)
	}
}

func TestRegionLossTakesOneRegion(t *testing.T) {
	t.Parallel()
	s := servers(t, "region-loss", 1, 2*time.Minute, nil)
	for _, srv := range s.Servers {
		if lost := srv.State == model.ServerNotListening; lost != (srv.Region == "us1") {
			t.Errorf("%s is %v", srv.Name, srv.State)
		}
	}
	if m := modelOf(t, s, "fraud_scorer"); m.Serving != 4 || m.Window.Rate.Value < 200 {
		t.Errorf("the users of the lost region went nowhere: %d servers, %.0f/s", m.Serving, m.Window.Rate.Value)
	}
}

// The limit is generous: on two busy cores a minute of the big fleet takes
// about two seconds, so more than thirty means that something is quadratic.
func TestBigFinishesInTime(t *testing.T) {
	t.Parallel()
	began := time.Now()
	s := servers(t, "big", 1, time.Minute, nil)
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("a minute took %s", took)
	}
	if len(s.Servers) != 200 || len(s.Models) != 20 {
		t.Fatalf("%d servers, %d models", len(s.Servers), len(s.Models))
	}
	for i := range s.Servers {
		if n := len(s.Servers[i].Replicas); n != 20 {
			t.Errorf("%s has %d models", s.Servers[i].Name, n)
		}
	}
	if r := s.Totals.Rate.Value; r < 1800 || r > 2300 {
		t.Errorf("%.0f requests/s", r)
	}
}

// lostGPUs are those of a snapshot that are gone.
func lostGPUs(s *model.Snapshot) (out []model.GPU) {
	for i := range s.GPUs {
		if s.GPUs[i].Finding.Verdict == model.Unhealthy {
			out = append(out, s.GPUs[i])
		}
	}
	return out
}

func TestGPULostIsLostAndTheFleetGoesOn(t *testing.T) {
	t.Parallel()
	s := run(t, "gpu-lost", 1, 30*time.Second, func(at time.Duration, s *model.Snapshot) {
		serversHealthy(t, at, s)
		if want := len(lostGPUs(s)) > 0; at > 3*time.Second && want != (s.Verdict == model.Unhealthy) || !want && at > 3*time.Second && s.Verdict != model.Healthy {
			t.Errorf("%s: %v: %s, lost: %v", at, s.Verdict, s.Why, want)
		}
		if at == 4*time.Second && (len(s.GPUs) != 2*len(s.Servers) || len(lostGPUs(s)) > 0) {
			t.Errorf("before the fault: %d GPUs, lost %v", len(s.GPUs), lostGPUs(s))
		}
	})
	lost := lostGPUs(s)
	if len(lost) != 1 || lost[0].Host != s.Servers[1].Name || lost[0].Any() || len(s.GPUs) != 2*len(s.Servers) {
		t.Fatalf("%d GPUs, lost %+v", len(s.GPUs), lost)
	}
	if since := lost[0].Finding.Since.Sub(s.Started); since < 5*time.Second || since > 8*time.Second {
		t.Errorf("lost after %s", since)
	}
	var told []string
	for _, e := range s.Events {
		if e.Kind == model.EventGPU {
			told = append(told, e.Object()+" "+e.Words())
		}
	}
	if want := lost[0].Host + " " + model.ShortGPU(lost[0].UUID) + " GPU lost"; len(told) != 1 || told[0] != want {
		t.Errorf("events of GPUs %q, want %q", told, want)
	}
}

func TestEveryServerTellsOfItsHost(t *testing.T) {
	t.Parallel()
	s := servers(t, "normal", 1, 10*time.Second, func(time.Duration, *model.Snapshot) {})
	if len(s.Hosts) != len(s.Servers) || len(s.GPUs) > 0 {
		t.Errorf("%d hosts of %d servers, GPUs %v", len(s.Hosts), len(s.Servers), s.GPUs)
	}
	for i := range s.Hosts {
		if h := &s.Hosts[i]; !h.CPU.Known() || !h.MemAll.Known() || h.CPUs.Len() == 0 {
			t.Errorf("%+v", h)
		}
	}
}
