package roster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tritop/config"
)

// ErrNobody says that neither the configuration nor a list names a server.
var ErrNobody = errors.New("it names no servers")

// ClashError says that two servers cannot both be observed: they have one name,
// or share a port.
type ClashError struct {
	Text, Hint  string
	CommandLine bool // one of them is named there
}

// Error says which two.
func (e *ClashError) Error() string { return e.Text }

// owner is where a server comes from.
type owner struct {
	place string
	list  *list // nil: the configuration or the command line
}

// collision is a clash with whose servers they are.
type collision struct {
	first, second owner
	err           *ClashError
}

// merged is a fleet that could come into force.
type merged struct {
	servers []config.Server
	lists   []*list
	use     map[*list]bool // whose newest state is in it
	clashes map[*list]error
}

// merge puts the servers of a configuration, of the command line and of the
// lists together. A list whose newest state cannot stand beside the others keeps
// the one in force; a file that has none is an error of the whole. A name server
// may be away, or a name have no servers yet, as long as there are others.
func (r *Roster) merge(c *candidate) (*merged, error) {
	m := &merged{lists: c.lists, use: make(map[*list]bool), clashes: make(map[*list]error)}
	for _, l := range c.lists {
		if l.err != nil && !l.known && l.from.DNS == "" {
			return nil, &ListError{l.of(), l.err}
		}
		m.use[l] = l.pending()
	}
	for {
		hit := r.join(c, m)
		switch {
		case hit == nil:
			return m, m.nobody()
		case m.keep(hit.second.list, hit.err), m.keep(hit.first.list, hit.err):
		default:
			return nil, hit.err
		}
	}
}

// nobody is the error of a fleet without servers.
func (m *merged) nobody() error {
	if len(m.servers) > 0 {
		return nil
	}
	var names []string
	for _, l := range m.lists {
		if l.err != nil && !l.known {
			return &ListError{l.of(), l.err}
		}
		names = append(names, l.of())
	}
	if len(names) == 0 {
		return ErrNobody
	}
	return fmt.Errorf("%w, and neither does %s", ErrNobody, strings.Join(names, " or "))
}

// keep makes a list keep the state that is in force, where it has one.
func (m *merged) keep(l *list, why error) bool {
	if l == nil || !l.known || !m.use[l] {
		return false
	}
	m.use[l], m.clashes[l] = false, why
	return true
}

// join lines all servers up, until two of them clash.
func (r *Roster) join(c *candidate, m *merged) *collision {
	m.servers = nil
	owners, claims := make(map[string]owner), make(config.Claims)
	take := func(o owner, servers []config.Server) *collision {
		for _, s := range servers {
			name := s.Spec.Name
			if first, twice := owners[name]; twice {
				return collide(first, o, fmt.Sprintf("two servers are named %q", name), "give one of them another name: NAME="+s.Spec.Host)
			}
			if clash := claims.Take(s); clash != nil {
				hint := "name all three ports, host:gRPC/HTTP/metrics; 0 for one that it does not have"
				if clash.Port == "gRPC" && clash.First.Port == "gRPC" {
					hint = "leave one of them out"
				}
				return collide(owners[clash.First.Server], o, clash.With(name), hint)
			}
			owners[name] = o
			m.servers = append(m.servers, s)
		}
		return nil
	}
	if hit := take(owner{place: c.cfg.File}, c.cfg.Servers); hit != nil {
		return hit
	}
	if hit := take(owner{place: commandLine}, r.opt.Named); hit != nil {
		return hit
	}
	for _, l := range c.lists {
		servers := l.good
		if m.use[l] {
			servers = l.newest
		}
		if hit := take(owner{l.of(), l}, servers); hit != nil {
			return hit
		}
	}
	return nil
}

const commandLine = "the command line"

func collide(first, second owner, text, hint string) *collision {
	if first != second {
		text += fmt.Sprintf(" (one in %s, one in %s)", first.place, second.place)
	}
	return &collision{first, second, &ClashError{text, hint, first.place == commandLine || second.place == commandLine}}
}

// Check looks for what is wrong with the lists that a configuration names, as
// far as they are files. The error is config.Problems, *ListError or *ClashError.
func Check(cfg config.Config) error {
	r := New(Options{File: cfg.File})
	cfg.From = slices.DeleteFunc(slices.Clone(cfg.From), func(f config.From) bool { return f.DNS != "" })
	c := r.candidate(cfg)
	var problems config.Problems
	var unread error
	for _, l := range c.lists {
		l.read(context.Background(), nil, true)
		var ps config.Problems
		if errors.As(l.err, &ps) {
			problems = append(problems, ps...)
		} else if l.err != nil && unread == nil {
			unread = &ListError{l.of(), l.err}
		}
	}
	if len(problems) > 0 {
		return problems
	}
	if unread != nil {
		return unread
	}
	if _, err := r.merge(c); !errors.Is(err, ErrNobody) {
		return err
	}
	return nil
}

// commit puts the states of the lists into force; undo takes that back.
func (m *merged) commit(now time.Time) (undo func()) {
	before := make([]list, len(m.lists))
	for i, l := range m.lists {
		before[i] = *l
		if m.use[l] {
			l.good, l.known = l.newest, true
		}
		l.known = l.known || l.err != nil // a name without servers so far
		why := l.err
		if clash := m.clashes[l]; clash != nil {
			why = clash
		}
		l.fault.note(why, now)
	}
	return func() {
		for i, l := range m.lists {
			*l = before[i]
		}
	}
}
