package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strconv"
	"strings"
	"time"

	"tritop/collectors"
	"tritop/config"
	"tritop/model"
	"tritop/roster"
	"tritop/triton"
)

// members turns what the roster reads into what is observed.
type members struct {
	app    *app
	file   string // the configuration; "": none
	roster *roster.Roster
	always []model.Notice // that hold for the whole session
	known  map[string]member
	asides []collectors.Source // of the configuration that was read last
}

// member is a server and how it is reached.
type member struct {
	server config.Server
	target collectors.Target
}

// prepareServers makes a plan of the servers of the command line, the
// configuration and its lists.
func (a *app) prepareServers(ctx context.Context, args []string) (plan, error) {
	file, notes := a.configuration(len(args) > 0)
	var named []config.Server
	for _, arg := range args {
		s, err := config.ParseServer(arg)
		if err != nil {
			return plan{}, misuse("read the servers", err, "a server is [name=]host[:grpc[/http/metrics]]: 10.0.0.1, eu=triton.example:8001, [::1]:8001/8000/8002")
		}
		named = append(named, s)
	}
	if file == "" && len(named) == 0 {
		return plan{}, errNothing
	}
	m := &members{app: a, file: file, always: announcements(append(a.unused(), notes...)...), known: make(map[string]member)}
	m.roster = roster.New(roster.Options{File: file, Named: named, Resolver: a.resolver()})
	found, err := m.roster.Start(ctx)
	if err != nil {
		return plan{}, rosterError(file, err)
	}
	found.Anew = true
	p, err := m.plan(found)
	if err != nil {
		return plan{}, err
	}
	if p.checks, err = a.checking(found.Checks); err != nil {
		return plan{}, err
	}
	p.machine = a.machines()
	return p, nil
}

// configuration gives the file to use. One that was found, not named, gives way
// to servers on the command line, and that is said.
func (a *app) configuration(serversNamed bool) (file string, notes []string) {
	file = config.Find(a.config, a.io.Getenv)
	if file == "" || !serversNamed || a.config != "" {
		return file, nil
	}
	note := model.CleanText(file + " is not used: servers are named on the command line (--config " + file + " uses both)")
	_, _ = fmt.Fprintln(a.io.Err, "note: "+note)
	return "", []string{note}
}

func (a *app) resolver() roster.Resolver {
	if a.io.Resolver != nil {
		return a.io.Resolver
	}
	return net.DefaultResolver
}

// listHint says what a list of servers looks like.
const listHint = `a list is [{"targets": ["10.0.0.1:8001"], "labels": {"name": "triton-a", "region": "eu"}}], in JSON or YAML`

// rosterError says which file or list cannot be used, and why.
func rosterError(file string, err error) error {
	var problems config.Problems
	var clash *roster.ClashError
	var list *roster.ListError
	switch {
	case errors.As(err, &problems) && problems[0].File != file:
		return &failure{exitConfig, "read the lists of servers that " + file + " names", problems, listHint}
	case errors.As(err, &problems):
		return problems
	case errors.As(err, &clash):
		f := &failure{exitConfig, "read the servers", clash, clash.Hint}
		if clash.CommandLine {
			f.code = exitUsage
		}
		return f
	case errors.As(err, &list):
		return &failure{exitConfig, "read the servers of " + list.Of, list.Err, list.Hint()}
	case errors.Is(err, roster.ErrNobody):
		return &failure{exitConfig, "read the configuration " + file, err, "add servers, or name them on the command line"}
	}
	return configError(file, err)
}

// plan makes targets of the members. A server that is known already keeps its
// secrets, unless the configuration was read again.
func (m *members) plan(found roster.Members) (plan, error) {
	p := plan{name: found.Fleet, probes: found.Probes, agreed: m.app.agreed(found.Objectives, found.Agreed), sources: readable(found.Sources), members: m, notices: m.always, alerting: alerting{found.Notify, found.Runbooks}, file: m.file, assumed: make(map[string]string)}
	p.notices = append(p.notices[:len(p.notices):len(p.notices)], found.Notices...)
	if len(found.Later) > 0 {
		p.notices = append(p.notices, announcements(model.CleanName("set in "+m.file)+" and not used yet: "+strings.Join(found.Later, ", "))...)
	}
	known := make(map[string]member, len(found.Servers))
	for _, s := range found.Servers {
		old, have := m.known[s.Spec.Name]
		if found.Anew || !have || !reflect.DeepEqual(old.server, s) {
			t, err := m.app.target(s)
			if err != nil {
				return plan{}, err
			}
			old = member{s, t}
		}
		known[s.Spec.Name] = old
		p.targets, p.assumed[s.Spec.Name] = append(p.targets, old.target), s.Assumed
	}
	p.asides = m.asides
	if found.Anew {
		var err error
		if p.asides, err = m.app.asides(p.sources); err != nil {
			return plan{}, err
		}
	}
	m.known, m.asides = known, p.asides
	return p, nil
}

// watch reads the members again until ctx ends and sends each change.
func (m *members) watch(ctx context.Context, again <-chan struct{}, changes chan<- collectors.Change) {
	m.roster.Watch(ctx, again, func(found roster.Members) error {
		p, err := m.plan(found)
		if err != nil {
			return err
		}
		fact := model.FleetChanged{At: time.Now(), Fleet: model.CleanName(p.name), Servers: p.specs(), Probing: p.probing(), Objectives: p.agreed, Sources: p.sourceSpecs(), Notices: p.notices, Told: found.Told}
		select {
		case changes <- collectors.Change{Targets: p.targets, Probes: p.probes, Sources: p.asides, Fact: fact}:
		case <-ctx.Done():
		}
		return nil
	})
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
		sum := sha256.New()
		for _, file := range []string{s.TLS.CA, s.TLS.Cert, s.TLS.Key} {
			if file == "" {
				continue
			}
			text, again, err := config.Read(file)
			if err == nil && !again {
				err = errors.New("it is a pipe, and each connection reads it again")
			}
			if err != nil {
				return wrong("the TLS file "+file, config.Cause(err))
			}
			_, _ = fmt.Fprintf(sum, "%d %s", len(text), text) // a hash takes everything
		}
		t.Files = fmt.Sprintf("%x", sum.Sum(nil))
	}
	client, err := triton.Dial(t.GRPC) // connects to nobody yet; the collectors dial their own
	if err != nil {
		return wrong("the options", err)
	}
	_ = client.Close() // nothing was sent
	return t, nil
}
