package roster

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tritop/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// names answers for a name server.
type names struct {
	mu      sync.Mutex // guards all below
	records map[string][]*net.SRV
	err     error
	silent  bool
	asked   int
}

func (n *names) set(change func()) { n.mu.Lock(); defer n.mu.Unlock(); change() }

func (n *names) LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error) {
	n.mu.Lock()
	n.asked++
	silent, err, records := n.silent, n.err, n.records[service+proto+name]
	n.mu.Unlock()
	switch {
	case silent:
		<-ctx.Done()
		return "", nil, ctx.Err()
	case err != nil:
		return "", nil, err
	case records == nil:
		return "", nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return name, records, nil
}

// bench is a roster on files of its own, in virtual time.
type bench struct {
	t     *testing.T
	dir   string
	dns   *names
	named []config.Server
	again chan struct{}

	mu     sync.Mutex // guards all below
	taken  []Members
	refuse error
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return &bench{t: t, dir: t.TempDir(), dns: &names{records: map[string][]*net.SRV{}}, again: make(chan struct{}, 1)}
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// write replaces a file as most programs do.
func (b *bench) write(name, text string) {
	b.t.Helper()
	if err := os.WriteFile(b.path(name+".new"), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	if err := os.Rename(b.path(name+".new"), b.path(name)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) remove(name string) {
	b.t.Helper()
	if err := os.Remove(b.path(name)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) start() (*Roster, Members, error) {
	file := b.path("tritop.yaml")
	if _, err := os.Stat(file); err != nil {
		file = ""
	}
	r := New(Options{File: file, Named: b.named, Resolver: b.dns})
	m, err := r.Start(b.t.Context())
	return r, m, err
}

// run starts the roster and watches until the test ends.
func (b *bench) run() {
	b.t.Helper()
	r, m, err := b.start()
	if err != nil {
		b.t.Fatal(err)
	}
	b.taken = []Members{m}
	go r.Watch(b.t.Context(), b.again, func(m Members) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.refuse != nil && m.Anew {
			return b.refuse
		}
		b.taken = append(b.taken, m)
		return nil
	})
}

// wait lets time pass and gives what is in force, and how often something was
// taken over in that time.
func (b *bench) wait(d time.Duration) (Members, int) {
	b.mu.Lock()
	before := len(b.taken)
	b.mu.Unlock()
	time.Sleep(d)
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.taken[len(b.taken)-1], len(b.taken) - before
}

const round = Every + 4*settleTime

// shows wants servers by name, and a notice with each of some words; none where
// there are none.
func (b *bench) shows(servers string, notice ...string) {
	b.t.Helper()
	m, _ := b.wait(round)
	if got := namesOf(m); got != servers {
		b.t.Errorf("servers %q, want %q", got, servers)
	}
	text := fmt.Sprint(m.Notices)
	for _, w := range notice {
		if !strings.Contains(text, w) {
			b.t.Errorf("no notice says %q: %s", w, text)
		}
	}
	if len(notice) == 0 && len(m.Notices) > 0 {
		b.t.Errorf("notices: %s", text)
	}
}

func namesOf(m Members) string {
	var out []string
	for _, s := range m.Servers {
		out = append(out, s.Spec.Name)
	}
	return strings.Join(out, " ")
}

const base = "version: 1\nfleet: f\nservers: [{name: a, host: 10.0.0.1}]\nservers_from: [{file: t.json}]\n"

func targets(hosts ...string) string {
	var out []string
	for _, h := range hosts {
		name, host, _ := strings.Cut(h, "=")
		out = append(out, fmt.Sprintf(`{"targets": [%q], "labels": {"name": %q}}`, host, name))
	}
	return "[" + strings.Join(out, ",\n") + "]"
}

// timed runs a test in virtual time.
func timed(t *testing.T, f func(*bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(newBench(t)) })
}
