package haproxy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"regexp"
	"slices"
	"strings"
	"time"

	"tritop/actuators"
	"tritop/model"
)

// Pool is where a service stands: in these backends of each of these HAProxys.
type Pool struct {
	Service  string
	Sockets  []string // paths
	Backends []string
}

// applyLimit is how long a change of all sockets may take, the reading back included.
const applyLimit = 2 * time.Second

// Driver moves the traffic of one service.
type Driver struct {
	pool     Pool
	variable string // of HAProxy: carries the number of the newest decision
	now      func() time.Time
}

// What names and variables of HAProxy are made of.
var (
	name          = regexp.MustCompile(`^[A-Za-z0-9_.:-]+$`)
	notInVariable = regexp.MustCompile(`[^A-Za-z0-9_]`)
)

// New makes the driver of a service. What is no name of HAProxy is refused: a
// command is a line of text.
func New(p Pool) (*Driver, error) {
	if len(p.Sockets) == 0 || len(p.Backends) == 0 {
		return nil, fmt.Errorf("service %s: the haproxy driver needs a socket and a backend at least", p.Service)
	}
	for _, b := range p.Backends {
		if !name.MatchString(b) {
			return nil, fmt.Errorf("service %s: %q is no name of a backend: letters, digits, _ . : and - are", p.Service, model.CleanName(b))
		}
	}
	clean := notInVariable.ReplaceAllString(p.Service, "_")
	if clean != p.Service { // two services must not share one
		clean += fmt.Sprintf("_%08x", crc32.ChecksumIEEE([]byte(p.Service)))
	}
	return &Driver{pool: p, variable: "proc.tritop_gen_" + clean, now: time.Now}, nil
}

// Observe reads all sockets, one after another.
func (d *Driver) Observe(ctx context.Context) (model.Observed, error) {
	o := model.Observed{At: d.now(), Balancers: d.pool.Sockets}
	var identities []string
	for _, socket := range d.pool.Sockets {
		places, gen, identity, err := d.read(ctx, socket)
		if err != nil {
			return o, err
		}
		o.Places, o.Gen, identities = append(o.Places, places...), max(o.Gen, gen), append(identities, identity)
	}
	o.Identity = strings.Join(identities, " ")
	return o, nil
}

func (d *Driver) read(ctx context.Context, socket string) (all []model.Place, gen uint64, identity string, err error) {
	commands := []string{"show info"}
	for _, b := range d.pool.Backends {
		commands = append(commands, "show servers state "+b, "show stat "+b+" 4 -1")
	}
	commands = append(commands, "get var "+d.variable) // last: no empty line ends its answer
	answers, err := ask(ctx, socket, commands)
	if err != nil {
		return nil, 0, "", err
	}
	about := info(answers[0])
	if about["Name"] != "HAProxy" || about["Pid"] == "" {
		return nil, 0, "", fmt.Errorf("%s is not the statistics socket of a HAProxy (a master socket is not enough): %w", socket, refused(answers[0]))
	}
	for i, b := range d.pool.Backends {
		st, err := states(answers[1+2*i])
		if err != nil {
			return nil, 0, "", fmt.Errorf("HAProxy at %s, backend %s: %w", socket, b, err)
		}
		ct, err := stats(answers[2+2*i])
		if err != nil {
			return nil, 0, "", fmt.Errorf("HAProxy at %s, backend %s: %w", socket, b, err)
		}
		list, err := places(st, ct)
		if err != nil {
			return nil, 0, "", fmt.Errorf("HAProxy at %s, backend %s: %w", socket, b, err)
		}
		for _, p := range list {
			p.Balancer, p.Backend = socket, b
			all = append(all, p)
		}
	}
	return all, stamp(answers[len(answers)-1]), about["Pid"] + "@" + about["Start_time_sec"], nil
}

// change is one place that has to become another one.
type change struct {
	place model.Place
	to    model.Setting
}

// commands of a raise set the weight before the endpoint takes anything, those of
// a cut after it takes nothing more.
func (c *change) commands() (out []string) {
	server := c.place.Backend + "/" + c.place.Endpoint
	if c.to.Weight != c.place.Weight {
		out = append(out, fmt.Sprintf("set server %s weight %d", server, c.to.Weight))
	}
	if c.to.Admin != c.place.Admin {
		out = append(out, fmt.Sprintf("set server %s state %s", server, c.to.Admin))
	}
	if !c.to.Raises(c.place.Setting) {
		slices.Reverse(out)
	}
	return out
}

// Apply brings the wanted state about on all sockets.
func (d *Driver) Apply(ctx context.Context, w model.Wanted) (model.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, applyLimit)
	defer cancel()
	began := d.now()
	before, err := d.Observe(ctx)
	r := model.Receipt{Observed: before}
	if err != nil {
		return r, err
	}
	if before.Gen > w.Gen {
		return r, fmt.Errorf("service %s: HAProxy carries decision %d, this is decision %d: it %w", d.pool.Service, before.Gen, w.Gen, actuators.ErrFenced)
	}
	changes, err := d.changes(&before, &w)
	if err != nil || len(changes) == 0 {
		r.Took = d.now().Sub(began)
		return r, err
	}
	err = d.carryOut(ctx, &r, w, changes)
	r.Took = d.now().Sub(began)
	return r, err
}

// changes are what differs from the wanted state, in the order of the wanted
// endpoints. Each has to be in all backends of all sockets.
func (d *Driver) changes(before *model.Observed, w *model.Wanted) (out []change, err error) {
	for _, want := range w.Endpoints {
		if !name.MatchString(want.Name) {
			return nil, fmt.Errorf("%q is no name of a server in HAProxy: %w", model.CleanName(want.Name), actuators.ErrRefused)
		}
		if want.Weight < 0 || want.Weight > model.MaxWeight {
			return nil, fmt.Errorf("weight %d of %s: 0 to %d are possible: %w", want.Weight, want.Name, model.MaxWeight, actuators.ErrRefused)
		}
		found := 0
		for _, p := range before.Places {
			if p.Endpoint != want.Name {
				continue
			}
			found++
			if p.Setting != want.Setting {
				out = append(out, change{p, want.Setting})
			}
		}
		if all := len(d.pool.Sockets) * len(d.pool.Backends); found != all {
			return nil, fmt.Errorf("service %s: HAProxy has the server %s in %d of %d backends (%s): name it there, or with `as` in the configuration: %w",
				d.pool.Service, want.Name, found, all, strings.Join(d.pool.Backends, ", "), actuators.ErrRefused)
		}
	}
	return out, nil
}

// carryOut writes the raises, looks whether all of them hold, and only then cuts:
// what stops in between leaves more capacity, never less. Both cannot share a line,
// as HAProxy goes on behind a command that failed.
func (d *Driver) carryOut(ctx context.Context, r *model.Receipt, w model.Wanted, changes []change) error {
	var raises, cuts []change
	for _, c := range changes {
		if c.to.Raises(c.place.Setting) {
			raises = append(raises, c)
		} else {
			cuts = append(cuts, c)
		}
	}
	for _, batch := range [][]change{raises, cuts} {
		if len(batch) == 0 {
			continue
		}
		writes, failed := d.write(ctx, w.Gen, batch)
		r.Writes += writes
		after, err := d.Observe(ctx)
		if err != nil {
			return errors.Join(failed, err)
		}
		r.Observed = after
		part := model.Wanted{}
		for _, c := range batch {
			part.Endpoints = append(part.Endpoints, model.WantedEndpoint{Name: c.place.Endpoint, Setting: c.to})
		}
		switch differs := actuators.Differs(&after, &part); {
		case failed != nil:
			return failed
		case after.Gen > w.Gen:
			return fmt.Errorf("service %s: while it was written, HAProxy came to carry decision %d, this is %d: it %w", d.pool.Service, after.Gen, w.Gen, actuators.ErrFenced)
		case differs != "":
			return fmt.Errorf("service %s %w: %s", d.pool.Service, actuators.ErrPartial, differs)
		}
	}
	return nil
}

// write sends a batch to each socket that it concerns, one line each, and stops at
// the first that refuses.
func (d *Driver) write(ctx context.Context, gen uint64, batch []change) (writes int, err error) {
	for _, socket := range d.pool.Sockets {
		commands := []string{"experimental-mode on", fmt.Sprintf("set var %s int(%d)", d.variable, gen)}
		for _, c := range batch {
			if c.place.Balancer == socket {
				commands = append(commands, c.commands()...)
			}
		}
		if len(commands) == 2 {
			continue
		}
		answers, err := ask(ctx, socket, commands)
		writes += len(commands) - 2
		if err != nil {
			return writes, err
		}
		for i, a := range answers {
			if a != "" {
				return writes, fmt.Errorf("HAProxy at %s, `%s`: %w", socket, commands[i], refused(a))
			}
		}
	}
	return writes, nil
}

// Cut ends what is in flight on an endpoint: each of these requests fails.
func (d *Driver) Cut(ctx context.Context, endpoint string) (int, error) {
	before, err := d.Observe(ctx)
	if err != nil {
		return 0, err
	}
	cut := 0
	for _, socket := range d.pool.Sockets {
		var commands []string
		for i := range before.Places {
			if p := &before.Places[i]; p.Endpoint == endpoint && p.Balancer == socket && name.MatchString(endpoint) {
				commands, cut = append(commands, "shutdown sessions server "+p.Backend+"/"+endpoint), cut+p.InFlight
			}
		}
		if len(commands) == 0 {
			return 0, fmt.Errorf("HAProxy at %s has no server %s: %w", socket, model.CleanName(endpoint), actuators.ErrRefused)
		}
		answers, err := ask(ctx, socket, commands)
		if err != nil {
			return 0, err
		}
		if said := cmp.Or(answers...); said != "" {
			return 0, fmt.Errorf("HAProxy at %s, ending sessions of %s: %w", socket, endpoint, refused(said))
		}
	}
	return cut, nil
}
