package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tritop/collectors"
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
	notices []model.Notice
	machine []collectors.Collector // GPUs and hosts, beside the servers
	served  *simulation            // nil: real servers
}

// simulation is a served fleet that ends when it is told to, not when its
// observers do: they stop first.
type simulation struct {
	*sim.Served
	cancel context.CancelFunc
}

// close ends the simulated fleet, if there is one, and waits for it.
func (p plan) close() {
	if p.served != nil {
		p.served.cancel()
		p.served.Wait()
	}
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
	if a.demo != "" {
		if len(args) > 0 {
			return plan{}, misuse("choose what to observe", errors.New("servers and --demo exclude each other"), "leave one of them out")
		}
		if a.config != "" {
			return plan{}, misuse("choose what to observe", errors.New("--config and the simulated fleet exclude each other"), "leave one of them out")
		}
		return a.prepareDemo(ctx)
	}
	cfg, notes, err := a.configuration(len(args) > 0)
	if err != nil {
		return plan{}, err
	}
	for _, arg := range args {
		s, err := config.ParseServer(arg)
		if err != nil {
			return plan{}, misuse("read the servers", err, "a server is [name=]host[:grpc[/http/metrics]]: 10.0.0.1, eu=triton.example:8001, [::1]:8001/8000/8002")
		}
		cfg.Servers = append(cfg.Servers, s)
	}
	if len(cfg.Servers) == 0 {
		if cfg.File != "" {
			return plan{}, nobody(cfg)
		}
		return plan{}, errNothing
	}
	p, err := a.planOf(cfg)
	p.notices = append(p.notices, announcements(notes...)...)
	return p, err
}

// configuration reads the file to use. One that was found, not named, gives way
// to servers on the command line, and that is said.
func (a *app) configuration(serversNamed bool) (cfg config.Config, notices []string, err error) {
	cfg = config.Config{Fleet: "fleet"}
	file := config.Find(a.config, a.io.Getenv)
	switch {
	case file == "":
		return cfg, nil, nil
	case serversNamed && a.config == "":
		note := model.CleanText(file + " is not used: servers are named on the command line (--config " + file + " uses both)")
		_, _ = fmt.Fprintln(a.io.Err, "note: "+note)
		return cfg, []string{note}, nil
	}
	if cfg, err = config.Load(file); err != nil {
		return cfg, nil, configError(file, err)
	}
	return cfg, nil, nil
}

// nobody is the error of a configuration without servers.
func nobody(cfg config.Config) error {
	f := &failure{exitConfig, "read the configuration " + cfg.File, errors.New("it names no servers"), "add servers, or name them on the command line"}
	if slices.Contains(cfg.Later, "servers_from") {
		f.err = errors.New("it names no servers, and servers_from is not used yet")
	}
	return f
}

// announcements are notices that hold for the whole session.
func announcements(texts ...string) []model.Notice {
	out := make([]model.Notice, len(texts))
	for i, t := range texts {
		out[i].Text = t
	}
	return out
}

func (a *app) planOf(cfg config.Config) (plan, error) {
	p := plan{name: cfg.Fleet, probes: cfg.Probes, notices: announcements(a.unused()...)}
	if len(cfg.Later) > 0 {
		p.notices = append(p.notices, announcements(model.CleanName("set in "+cfg.File)+" and not used yet: "+strings.Join(cfg.Later, ", "))...)
	}
	names, claims := make(map[string]bool), make(config.Claims)
	for _, s := range cfg.Servers {
		if names[s.Spec.Name] {
			return plan{}, misuse("read the servers", fmt.Errorf("two servers are named %q", s.Spec.Name), "give one of them another name: NAME="+s.Spec.Host)
		}
		if clash := claims.Take(s); clash != nil {
			return plan{}, portTwice(s.Spec.Name, clash)
		}
		names[s.Spec.Name] = true
		t, err := a.target(s)
		if err != nil {
			return plan{}, err
		}
		p.targets = append(p.targets, t)
	}
	var err error
	p.machine, err = a.machines(cfg.Sources)
	return p, err
}

// portTwice is the error of two servers that share a port.
func portTwice(second string, c *config.Clash) error {
	if c.Port == "gRPC" && c.First.Port == "gRPC" {
		return misuse("read the servers", fmt.Errorf("%q and %q are the same address %s", c.First.Server, second, c.Address), "leave one of them out")
	}
	return misuse("read the servers", fmt.Errorf("the %s port of %q is the %s port of %q: %s", c.Port, second, c.First.Port, c.First.Server, c.Address),
		"name all three ports, host:gRPC/HTTP/metrics; 0 for one that it does not have")
}

// target is a server with its secrets read. Whatever of its files or variables
// cannot be used is an error of the configuration.
func (a *app) target(s config.Server) (collectors.Target, error) {
	wrong := func(what string, err error) (collectors.Target, error) {
		return collectors.Target{}, &failure{exitConfig, "read " + what + " of server " + s.Spec.Name, err, ""}
	}
	headers := make(map[string]string)
	for k, secret := range s.Headers {
		v, err := secret.Value(a.io.Getenv)
		if err != nil {
			return wrong("the header "+k, err)
		}
		headers[strings.ToLower(k)] = v
	}
	t := collectors.Target{Spec: s.Spec, HTTPHeaders: headers, GRPC: triton.Options{Address: net.JoinHostPort(s.Spec.Host, strconv.Itoa(s.Spec.GRPC)), Headers: headers}}
	if s.TLS != nil {
		t.GRPC.TLS = &triton.TLSOptions{CA: s.TLS.CA, Cert: s.TLS.Cert, Key: s.TLS.Key, ServerName: s.TLS.ServerName}
		for _, file := range []string{s.TLS.CA, s.TLS.Cert, s.TLS.Key} {
			if _, err := os.ReadFile(file); file != "" && err != nil {
				return wrong("the TLS file "+file, cause(err))
			}
		}
	}
	client, err := triton.Dial(t.GRPC) // connects to nobody yet; the collectors dial their own
	if err != nil {
		return wrong("the options", err)
	}
	_ = client.Close() // nothing was sent
	return t, nil
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
	p := plan{name: "demo", served: &simulation{served, cancel}, notices: announcements(append(a.unused(), "simulated fleet, scenario "+a.demo)...)}
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
	opt := engine.DefaultOptions()
	opt.Fleet, opt.Notices, opt.Probed = model.CleanName(p.name), p.notices, make(map[string]bool)
	for _, t := range p.targets {
		opt.Servers = append(opt.Servers, t.Spec)
	}
	cadence := collectors.DefaultCadence()
	every := cadence.Probe
	for _, pr := range p.probes {
		opt.Probed[pr.Model] = true
		every = max(every, pr.Every)
	}
	opt.Intervals = map[string]time.Duration{"poll": cadence.Poll, "metrics": cadence.Metrics, "index": cadence.Index, "probe": every}
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
	fleet := collectors.Fleet{Targets: p.targets, Probes: p.probes, Cadence: cadence, Backoff: collectors.DefaultBackoff()}
	var running sync.WaitGroup
	var engineErr, fleetErr error
	running.Go(func() {
		engineErr = e.Run(ctx)
		cancel()
	})
	running.Go(func() {
		fleetErr = fleet.Run(ctx, e.Inbox())
		cancel()
	})
	running.Go(func() { collectors.SuperviseAll(ctx, p.machine, e.Inbox(), fleet.Backoff) })
	if logged != nil {
		running.Go(func() { logEvents(ctx, e, logged) })
	}
	return ctx, &session{engine: e, stop: sync.OnceValue(func() error {
		cancel()
		running.Wait()
		p.close()
		return a.broken("observe the fleet", errors.Join(engineErr, fleetErr))
	})}, nil
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
	f, err := os.OpenFile(a.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		why := cause(err)
		if errors.Is(err, fs.ErrNotExist) {
			why = errors.New("its directory does not exist")
		}
		return nil, &failure{exitUsage, "open the log file " + a.logFile, why, "name a file that can be written"}
	}
	return f, nil
}

// logEvents appends every event to the log file; the screen is never drawn over.
func logEvents(ctx context.Context, e *engine.Engine, f *os.File) {
	defer func() { _ = f.Close() }()
	marks := e.Subscribe(ctx)
	var last uint64
	for {
		select {
		case <-ctx.Done():
			return
		case <-marks:
		}
		for _, ev := range e.Latest().Events {
			if ev.Seq > last {
				last = ev.Seq
				_, _ = fmt.Fprintf(f, "%s %s %s %s\n", ev.At.UTC().Format(time.RFC3339Nano), ev.Object(), ev.Words(), firstLine(ev.Detail))
			}
		}
	}
}
