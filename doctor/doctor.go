// Package doctor tries everything that tritop needs of a server, one step after
// another, and says of each what was tried, what answered, how long it took and
// what to change.
//
// It promises to end: every step has a deadline, what cannot be learned after a
// failed step is skipped, and servers are examined side by side. It changes
// nothing on a server; the probes of the configuration are sent once. Only cli
// and headless import it.
package doctor

import (
	"context"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"tritop/collectors/probe"
	"tritop/model"
	"tritop/triton"
)

// Status is what came of a check, the worst last.
type Status int

// The statuses. The zero value was not tried.
const (
	Skipped Status = iota
	OK
	Warn
	Fail
)

// String gives the word.
func (s Status) String() string { return [...]string{"skipped", "ok", "warn", "fail"}[s] }

// Check is one thing that was tried.
type Check struct {
	Name   string
	Status Status
	Found  string        // what answered
	Do     string        // what to change, or could be; "" nothing
	Took   time.Duration // 0: nothing was waited for
}

// Report is what was found at one server.
type Report struct {
	Name, Address string
	Checks        []Check
}

// Worst gives the worst status of some checks.
func Worst(checks []Check) (worst Status) {
	for _, c := range checks {
		worst = max(worst, c.Status)
	}
	return worst
}

// Target is a server and how it is reached.
type Target struct {
	Spec        model.ServerSpec
	GRPC        triton.Options
	HTTPHeaders map[string]string
	Assumed     string // ports that nobody named, each with its name (gRPC, HTTP, metrics); "" where all were
}

// assumes says whether nobody named a port: "HTTP" or "metrics".
func (t Target) assumes(port string) bool { return strings.Contains(t.Assumed, port) }

// Options say what is tried, and for how long.
type Options struct {
	Probes []probe.Spec
	Step   time.Duration // the deadline of a step
	Probe  time.Duration // the deadline of a probe that names none
}

// DefaultOptions is what the command uses: as patient as a person who waits.
func DefaultOptions() Options {
	return Options{Step: 3 * time.Second, Probe: 10 * time.Second}
}

// atOnce is how many servers are examined side by side.
const atOnce = 32

// Examine examines all targets and gives their reports in the same order. It
// returns early, with what it has, when ctx ends.
func Examine(ctx context.Context, targets []Target, opt Options) []Report {
	out, places := make([]Report, len(targets)), make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i, t := range targets {
		all.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			out[i] = examine(ctx, t, opt)
		})
	}
	all.Wait()
	return out
}

// examine asks the three ports of a server side by side; what is asked of one
// port comes one after another.
func examine(ctx context.Context, t Target, opt Options) Report {
	r := Report{Name: t.Spec.Name, Address: address(t.Spec.Host, t.Spec.GRPC)}
	if t.Assumed != "" {
		r.Checks = append(r.Checks, Check{Name: "ports", Status: OK, Found: "assumed: " + t.Assumed})
	}
	base := steps{target: t, opt: opt}
	resolved := base
	if !resolved.name(ctx) {
		r.Checks = append(r.Checks, resolved.checks...)
		return r
	}
	g, w, m := grpcSteps{steps: base}, webSteps{steps: base}, metricSteps{steps: base}
	var ports sync.WaitGroup
	ports.Go(func() { g.run(ctx) })
	ports.Go(func() { w.run(ctx) })
	ports.Go(func() { m.run(ctx) })
	ports.Wait()
	g.countedElsewhere(m.counts)
	if !g.proved {
		r.doubt(t)
		w.doubt("HTTP")
		m.doubt("metrics")
	}
	switch {
	case !g.accepts && w.accepts && (w.proved || !t.assumes("HTTP")):
		g.checks[0].Do = "HTTP accepts: is gRPC switched off (--allow-grpc), or on another port?"
	case !g.accepts:
		w.likeGRPC()
		m.likeGRPC()
	}
	for _, checks := range [][]Check{resolved.checks, g.checks, w.checks, m.checks, {clock(g.clock, w.clock)}} {
		r.Checks = append(r.Checks, checks...)
	}
	return r
}

// doubt says of the assumed ports of a server that does not answer on its gRPC
// port that they stand and fall with that one.
func (r *Report) doubt(t Target) {
	if t.assumes("HTTP") || t.assumes("metrics") {
		r.Checks[0].Do = "correct the gRPC port first, or name all three: host:gRPC/HTTP/metrics, or grpc, http and metrics in the configuration"
	}
}

func address(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }

// steps are checks that come one after another.
type steps struct {
	target  Target
	opt     Options
	checks  []Check
	accepts bool // the port does
	proved  bool // a Triton answers on it
}

// doubt takes back what was found wrong with a port that nobody named and where
// no Triton answers: the gRPC port does not answer either, and the fault is there.
func (s *steps) doubt(port string) {
	if s.proved || !s.target.assumes(port) || Worst(s.checks) < Warn {
		return
	}
	number := map[string]int{"HTTP": s.target.Spec.HTTP, "metrics": s.target.Spec.Metric}[port]
	s.checks, s.accepts = nil, false
	s.skip(port+" port", strconv.Itoa(number)+" is assumed: as for the gRPC port")
}

// likeGRPC mends the advice about a port that does not accept, where the gRPC
// port does not either: the server is away, and nothing is switched off.
func (s *steps) likeGRPC() {
	for i := range s.checks {
		if s.checks[i].Status == Fail && !s.accepts {
			s.checks[i].Do = "as for the gRPC port: the whole server is away"
		}
	}
}

// try runs a step under its deadline.
func (s *steps) try(parent context.Context, name string, step func(ctx context.Context) Check) Check {
	ctx, cancel := context.WithTimeout(parent, s.opt.Step)
	defer cancel()
	began := time.Now()
	c := step(ctx)
	c.Name, c.Took = name, max(time.Since(began), 1) // it was tried
	s.add(c)
	return c
}

// add takes over a check; what a server says in it cannot draw on a terminal.
func (s *steps) add(c Check) {
	c.Name, c.Found, c.Do = model.CleanText(c.Name), model.CleanText(c.Found), model.CleanText(c.Do)
	s.checks = append(s.checks, c)
}

func (s *steps) skip(name, why string) { s.add(Check{Name: name, Found: why}) }

// connect tries a port; ok says whether it accepts.
func (s *steps) connect(ctx context.Context, name string, port int) (ok bool) {
	at := address(s.target.Spec.Host, port)
	s.accepts = s.try(ctx, name, func(ctx context.Context) Check {
		err := triton.Connect(ctx, at)
		if err == nil {
			return Check{Status: OK, Found: strconv.Itoa(port) + " accepts connections"}
		}
		return Check{Status: Fail, Found: strconv.Itoa(port) + ": " + triton.DetailOf(err), Do: portAdvice(name, triton.KindOf(err))}
	}).Status == OK
	return s.accepts
}

// name resolves the server's name.
func (s *steps) name(ctx context.Context) (ok bool) {
	host := s.target.Spec.Host
	if net.ParseIP(host) != nil {
		s.skip("name", host+" is an address")
		return true
	}
	return s.try(ctx, "name", func(ctx context.Context) Check {
		found, err := net.DefaultResolver.LookupHost(ctx, host)
		switch {
		case err != nil:
			return Check{Status: Fail, Found: host + " cannot be resolved", Do: "correct the name, or give the address; `getent hosts " + host + "` shows what this machine knows"}
		case len(found) > 1:
			return Check{Status: OK, Found: host + " is " + some(found), Do: "several addresses may be several servers: tritop keeps to the one that answers; list them one by one"}
		}
		return Check{Status: OK, Found: host + " is " + found[0]}
	}).Status == OK
}
