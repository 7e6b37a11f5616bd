// Package roster knows who belongs to the fleet: the servers of the command
// line, of the configuration, and of lists that are kept elsewhere.
//
// It reads them again while tritop runs, and promises that what is wrong never
// takes the place of what was right: a file or list that becomes broken, empty,
// missing or contradictory leaves the last good one in force, and a notice says
// so. Only cli imports it.
package roster

import (
	"context"
	"net"
	"reflect"
	"slices"
	"strings"
	"time"

	"tritop/collectors/probe"
	"tritop/config"
	"tritop/model"
)

// Resolver asks for SRV records; *net.Resolver is one.
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
}

// Options say what the fleet is made of.
type Options struct {
	File     string          // the configuration; "": none
	Named    []config.Server // on the command line: they never change
	Resolver Resolver
}

// Members are the fleet and what is asked of it.
type Members struct {
	Fleet      string
	Servers    []config.Server // of the configuration, the command line, then the lists
	Probes     []probe.Spec
	Objectives []model.Objective // of the configuration
	Agreed     bool              // the configuration has that section
	Sources    []config.Source   // for figures of others than the servers
	Checks     config.Checks     // only those of the start are used
	Notify     []config.Notify   // who is told of alerts; only those of the start are used
	Runbooks   map[string]string // by model; only those of the start are used
	Later      []string          // sections that are set and not used yet
	Notices    []model.Notice
	Told       string // what was read again and came of it, in words; "": nothing but lists
	Anew       bool   // the configuration was read again, so its secrets are to be, too
}

// Roster is the present state of it all. It belongs to one goroutine.
type Roster struct {
	opt     Options
	file    content
	broken  error // why the file as it is now is no configuration
	started config.Config
	force   *candidate // in force
	next    *candidate // could be read, and waits until it can be used; nil: none
	fault   trouble    // of the configuration
	restart trouble    // sections that only a restart takes over
	last    Members    // accepted
}

// candidate is a configuration with its lists.
type candidate struct {
	cfg   config.Config
	lists []*list
}

// New makes a roster; nothing is read before Start.
func New(opt Options) *Roster {
	return &Roster{opt: opt, force: &candidate{cfg: config.Config{Fleet: config.DefaultFleet}}}
}

// Start reads everything for the first time. Nothing is in force yet, so what is
// wrong is an error: config.Problems, *ClashError, *ListError, ErrNobody, or why
// the configuration could not be read.
func (r *Roster) Start(ctx context.Context) (Members, error) {
	if r.opt.File != "" {
		if err := r.file.read(r.opt.File); err != nil {
			return Members{}, err
		}
		cfg, err := config.Parse(r.opt.File, r.file.text)
		if err != nil {
			return Members{}, err
		}
		r.force = r.candidate(cfg)
	}
	r.started = r.force.cfg
	now := time.Now()
	r.readLists(ctx, true)
	m, err := r.merge(r.force)
	if err != nil {
		return Members{}, err
	}
	m.commit(now)
	r.last = r.members(r.force, m.servers)
	return r.last, nil
}

// Every is how often files are read again; DNS names are asked every 30 s.
const Every = 2 * time.Second

const everyDNS = 30 * time.Second

// Watch reads again what changes until ctx ends, and all of it at each mark in
// again. What accept refuses is not in force; it is told again when something
// changes.
func (r *Roster) Watch(ctx context.Context, again <-chan struct{}, accept func(Members) error) {
	tick := time.NewTicker(Every)
	defer tick.Stop()
	for {
		all := false
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-again:
			all = true
		}
		r.round(ctx, all, accept)
	}
}

// round looks at everything once.
func (r *Roster) round(ctx context.Context, all bool, accept func(Members) error) {
	news := r.readConfig(ctx, all)
	news = r.readLists(ctx, all) || news
	if ctx.Err() == nil && (news || all) {
		r.settle(time.Now(), all, accept)
	}
}

// readConfig reads the configuration where it changed, and says whether that is
// news.
func (r *Roster) readConfig(ctx context.Context, all bool) (news bool) {
	if r.opt.File == "" || !r.file.again {
		return false
	}
	asked := all && r.broken == nil // what is broken and did not change is broken still
	if !r.file.changed(ctx, r.opt.File) && !asked {
		return false
	}
	if r.next = nil; r.file.err != nil {
		r.broken = config.Cause(r.file.err)
		return true
	}
	cfg, err := config.Parse(r.opt.File, r.file.text)
	if r.broken = err; err == nil {
		r.next = r.candidate(cfg)
	}
	return true
}

// candidate takes over lists that are known already.
func (r *Roster) candidate(cfg config.Config) *candidate {
	c := &candidate{cfg: cfg}
	for _, from := range cfg.From {
		i := slices.IndexFunc(r.force.lists, func(l *list) bool { return l.from == from })
		if i < 0 {
			c.lists = append(c.lists, &list{from: from})
			continue
		}
		c.lists = append(c.lists, r.force.lists[i])
	}
	return c
}

// settle puts into force what can be, and tells what cannot.
func (r *Roster) settle(now time.Time, all bool, accept func(Members) error) {
	bad := r.broken
	if r.next != nil {
		if bad = r.adopt(r.next, now, all, accept); bad == nil {
			return
		}
	}
	before := r.fault
	r.fault.note(bad, now)
	if err := r.adopt(r.force, now, all, accept); err != nil {
		r.fault = before
		r.fault.note(err, now)
		m := r.members(r.force, r.last.Servers)
		_ = accept(m) // the servers are those that were accepted before
		r.last = m
	}
}

// adopt puts a configuration with its lists into force, where all of it can be
// used.
func (r *Roster) adopt(c *candidate, now time.Time, all bool, accept func(Members) error) error {
	m, err := r.merge(c)
	if err != nil {
		return err
	}
	fault, restart := r.fault, r.restart
	undo := m.commit(now)
	if c == r.next {
		r.fault.note(nil, now)
		r.restart.note(restartOf(c.cfg, r.started), now)
	}
	members := r.members(c, m.servers)
	same := reflect.DeepEqual(members, r.last)
	switch {
	case c == r.next:
		members.Anew, members.Told = true, r.told(c, all)+r.standing(members, all)
	case all:
		members.Told = strings.TrimPrefix(r.asBefore()+r.standing(members, all), "; ")
	}
	if members.Told == "" && same {
		return nil
	}
	if err := accept(members); err != nil {
		undo()
		r.fault, r.restart = fault, restart
		return err
	}
	if c == r.next {
		r.force, r.next = c, nil
	}
	members.Told, members.Anew = "", false
	r.last = members
	return nil
}

// members gathers what is told of a configuration.
func (r *Roster) members(c *candidate, servers []config.Server) Members {
	m := Members{Fleet: c.cfg.Fleet, Servers: servers, Probes: c.cfg.Probes, Objectives: c.cfg.Objectives, Agreed: c.cfg.Agreed, Sources: c.cfg.Sources, Checks: c.cfg.Checks, Notify: c.cfg.Notify, Runbooks: c.cfg.Runbooks, Later: c.cfg.Later}
	if err := r.restart.err; err != nil {
		m.Notices = append(m.Notices, model.Notice{Text: model.CleanText(r.opt.File) + ": " + err.Error(), Since: r.restart.since})
	}
	if n, bad := r.notice(); bad {
		m.Notices = append(m.Notices, n)
	}
	for _, l := range c.lists {
		if n, bad := l.notice(); bad {
			m.Notices = append(m.Notices, n)
		}
	}
	return m
}
