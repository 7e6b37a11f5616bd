package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"tritop/collectors"
	"tritop/collectors/checks"
	"tritop/collectors/probe"
	"tritop/config"
	"tritop/engine"
	"tritop/model"
	"tritop/sim"
	"tritop/triton"
)

// errNothing says that neither servers nor a configuration were given.
var errNothing = errors.New("no server is named and no configuration was found")

// plan is what a session observes.
type plan struct {
	name    string
	targets []collectors.Target
	probes  []probe.Spec
	agreed  []model.Objective
	notices []model.Notice
	file    string                 // the configuration; "" where none is used
	assumed map[string]string      // by server: ports that nobody named
	sources []config.Source        // of their own, beside the servers
	machine []collectors.Collector // of tritop's own: its host and GPUs
	asides  []collectors.Source    // sources, as they are read
	checks  checking
	served  *simulation // nil: real servers
	members *members    // nil: they never change
	keeper  *keeper     // nil: nothing is kept
	alerting
}

// alerting is what becomes of alerts.
type alerting struct {
	notify []config.Notify   // who is told of them, by those who keep
	books  map[string]string // by model: where it is written what to do
}

// simulation is a served fleet that ends when it is told to, not when its
// observers do: they stop first.
type simulation struct {
	*sim.Served
	cancel context.CancelFunc
}

// close ends the simulated fleet, if there is one, and waits for it; and gives
// the state directory back.
func (p plan) close() {
	p.keeper.close()
	if p.served != nil {
		p.served.cancel()
		p.served.Wait()
	}
}

// announcements are notices that hold for the whole session.
func announcements(texts ...string) []model.Notice {
	out := make([]model.Notice, len(texts))
	for i, t := range texts {
		out[i].Text = t
	}
	return out
}

// session is a running engine with its collectors; stop ends all, waits, and
// gives the error of what failed.
type session struct {
	engine *engine.Engine
	stop   func() error
}

// prepare turns arguments and configuration into a plan; a demo starts its
// simulated servers here, and they end with ctx.
func (a *app) prepare(ctx context.Context, args []string) (plan, error) {
	if err := a.validate(); err != nil {
		return plan{}, err
	}
	if a.demo == "" {
		return a.prepareServers(ctx, args)
	}
	if len(args) > 0 {
		return plan{}, misuse("choose what to observe", errors.New("servers and --demo exclude each other"), "leave one of them out")
	}
	if a.config != "" {
		return plan{}, misuse("choose what to observe", errors.New("--config and the simulated fleet exclude each other"), "leave one of them out")
	}
	return a.prepareDemo(ctx)
}

// prepareDemo serves the simulated fleet on loopback; it is observed by the
// production collectors.
func (a *app) prepareDemo(ctx context.Context) (plan, error) {
	w, err := sim.New(sim.Options{Scenario: a.demo, Seed: a.seed})
	if err != nil {
		return plan{}, misuse("start the simulated fleet", err, "")
	}
	ctx, cancel := context.WithCancel(ctx)
	served, err := sim.Serve(ctx, w, "")
	if err != nil {
		cancel()
		return plan{}, &failure{exitEngine, "start the simulated fleet", err, ""}
	}
	p := plan{name: "demo", agreed: a.agreed(nil, false), checks: demoChecking(served), served: &simulation{served, cancel}, notices: announcements(append(a.unused(), "simulated fleet, scenario "+a.demo)...)}
	for _, s := range served.Specs() {
		p.targets = append(p.targets, collectors.Target{Spec: s, GRPC: triton.Options{Address: net.JoinHostPort(s.Host, strconv.Itoa(s.GRPC))}})
	}
	for _, pr := range sim.Probes() {
		p.probes = append(p.probes, demoProbe(pr))
	}
	return p, nil
}

func demoProbe(p sim.Probe) probe.Spec {
	values := func(in []float64) []any {
		out := make([]any, len(in))
		for i, v := range in {
			out[i] = v
		}
		return out
	}
	return probe.Spec{Model: p.Model, Inputs: []probe.Tensor{{Name: "INPUT0", Datatype: "FP32", Shape: []int64{1, int64(len(p.Input))}, Data: values(p.Input)}},
		Expect: []probe.Tensor{{Name: "OUTPUT0", Data: values(p.Output), Tolerance: 0.001}}}
}

// start runs engine and collectors until stop is called. The context that it
// gives ends with the session, and when one of them fails.
func (a *app) start(ctx context.Context, p plan) (context.Context, *session, error) {
	cadence := collectors.DefaultCadence()
	probing := p.probing()
	opt := engine.DefaultOptions()
	opt.Fleet, opt.Notices, opt.Probed = model.CleanName(p.name), p.notices, probing.Probed
	opt.Servers, opt.Sources, opt.Objectives, opt.Checks = p.specs(), p.sourceSpecs(), p.agreed, p.checks.judged
	opt.Intervals = map[string]time.Duration{"poll": cadence.Poll, "metrics": cadence.Metrics, "index": cadence.Index, "probe": probing.Every}
	opt.Runbooks = p.books
	if p.keeper != nil {
		opt.Events, opt.LastEvent, opt.Kept = p.keeper.past.events, p.keeper.past.last, p.keeper.told
		opt.Alerts, opt.Said = p.keeper.past.alerts(), p.keeper.past.said
	}
	e, err := engine.New(opt)
	if err != nil {
		p.close()
		return nil, nil, &failure{exitEngine, "start the engine", err, ""}
	}
	logged, err := a.log()
	if err != nil {
		p.close()
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	fleet := collectors.Fleet{Targets: p.targets, Probes: p.probes, Sources: p.asides, Quality: p.checks.quality, Cadence: cadence, Backoff: collectors.DefaultBackoff()}
	changes := make(chan collectors.Change) // members send, the collectors receive, nobody closes
	var running sync.WaitGroup
	var engineErr, fleetErr error
	running.Go(func() {
		engineErr = e.Run(ctx)
		cancel()
	})
	running.Go(func() {
		fleetErr = fleet.Follow(ctx, e.Inbox(), changes)
		cancel()
	})
	beside := append(p.machine[:len(p.machine):len(p.machine)], checks.New(p.checks.runs))
	running.Go(func() { collectors.SuperviseAll(ctx, beside, e.Inbox(), fleet.Backoff) })
	if p.keeper != nil {
		running.Go(func() { p.keeper.run(ctx, e) })
	}
	if logged != nil {
		running.Go(func() { logEvents(ctx, e, logged) })
	}
	if p.members != nil {
		running.Go(func() { p.members.watch(ctx, a.hangup.reload, changes) })
	}
	return ctx, &session{engine: e, stop: sync.OnceValue(func() error {
		cancel()
		running.Wait()
		p.close()
		return a.broken("observe the fleet", errors.Join(engineErr, fleetErr))
	})}, nil
}

// specs are the servers of a plan.
func (p plan) specs() []model.ServerSpec {
	out := make([]model.ServerSpec, len(p.targets))
	for i, t := range p.targets {
		out[i] = t.Spec
	}
	return out
}

// probing is what the engine needs to know of the probes.
func (p plan) probing() model.Probing {
	out := model.Probing{Probed: make(map[string]bool), Every: collectors.DefaultCadence().Probe}
	for _, pr := range p.probes {
		out.Probed[pr.Model] = true
		out.Every = max(out.Every, pr.Every)
	}
	return out
}

// broken turns a failure of tritop itself into an error for people; a stack
// goes to the log file, never to the terminal.
func (a *app) broken(doing string, err error) error {
	if err == nil {
		return nil
	}
	f := &failure{exitEngine, doing, err, "please report it; with --log-file FILE the details are kept"}
	var crash interface{ StackTrace() []byte }
	if !errors.As(err, &crash) {
		f.hint = ""
		return f
	}
	if a.logFile == "" {
		return f
	}
	log, openErr := a.log()
	if openErr != nil {
		return f
	}
	_, writeErr := fmt.Fprintf(log, "%s %s\n%s\n", time.Now().UTC().Format(time.RFC3339Nano), err, crash.StackTrace())
	if closeErr := log.Close(); writeErr == nil && closeErr == nil {
		f.hint = "please report it with the details in " + a.logFile
	}
	return f
}

// log opens the log file, if one is named.
func (a *app) log() (*os.File, error) {
	if a.logFile == "" {
		return nil, nil
	}
	f, err := os.OpenFile(a.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY|syscall.O_NONBLOCK, 0o600) // or opening a pipe would wait for its reader
	if err != nil {
		why := config.Cause(err)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			why = errors.New("its directory does not exist")
		case errors.Is(err, syscall.ENXIO):
			why = errors.New("it is a pipe that nobody reads")
		}
		return nil, &failure{exitUsage, "open the log file " + a.logFile, why, "name a file that can be written"}
	}
	return f, nil
}

// logEvents appends every event to the log file; the screen is never drawn over.
func logEvents(ctx context.Context, e *engine.Engine, f *os.File) {
	defer func() { _ = f.Close() }()
	defer context.AfterFunc(ctx, func() { _ = f.SetWriteDeadline(time.Unix(1, 0)) })() // a pipe may take nothing more; files know no deadline
	marks := e.Subscribe(ctx)
	var last uint64
	for {
		select {
		case <-ctx.Done():
			return
		case <-marks:
		}
		for _, ev := range e.Latest().Events {
			if ev.Seq > last && !ev.Before {
				last = ev.Seq
				_, _ = fmt.Fprintf(f, "%s %s %s %s\n", ev.At.UTC().Format(time.RFC3339Nano), ev.Object(), ev.Words(), model.FirstLine(ev.Detail))
			}
		}
	}
}
