package roster

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"tritop/config"
)

func TestNamesWithSRVRecords(t *testing.T) {
	t.Parallel()
	timed(t, func(b *bench) {
		srv := func(target string, port uint16) *net.SRV { return &net.SRV{Target: target, Port: port} }
		b.dns.records["_t._tcp.x"] = []*net.SRV{srv("b.x.", 9001), srv("a.x.", 8001), srv("b.x.", 9001)}
		b.write("tritop.yaml", "version: 1\nservers_from: [{dns: _t._tcp.x}]\n")
		b.run()
		b.shows("a.x:8001 b.x:9001")
		if s := b.taken[0].Servers[1].Spec; s.Host != "b.x" || s.HTTP != 9000 || s.Metric != 9002 {
			t.Errorf("%+v", s)
		}
		b.dns.set(func() { b.dns.records["_t._tcp.x"] = []*net.SRV{srv("c.x.", 8001)} })
		b.shows("a.x:8001 b.x:9001")
		b.wait(everyDNS)
		b.shows("c.x:8001")
		for want, change := range map[string]func(){
			"the name has no SRV records":    func() { b.dns.records = nil },
			"server misbehaving":             func() { b.dns.err = &net.DNSError{Err: "server misbehaving"} },
			"no answer from the name server": func() { b.dns.silent = true },
			"it names no servers any more":   func() { b.dns.silent, b.dns.err, b.dns.records = false, nil, map[string][]*net.SRV{"_t._tcp.x": {}} },
			"an SRV record cannot be used: server": func() {
				b.dns.silent, b.dns.err, b.dns.records = false, nil, map[string][]*net.SRV{"_t._tcp.x": {srv(".", 1)}}
			},
		} {
			b.dns.set(change)
			b.wait(everyDNS + dnsPatience)
			b.shows("c.x:8001", "dns _t._tcp.x: "+want, "1 server")
			b.dns.set(func() {
				b.dns.silent, b.dns.err, b.dns.records = false, nil, map[string][]*net.SRV{"_t._tcp.x": {srv("c.x.", 8001)}}
			})
			b.wait(everyDNS + dnsPatience)
			b.shows("c.x:8001")
		}
		asked := 0
		b.dns.set(func() { asked = -b.dns.asked })
		b.wait(10 * time.Minute)
		if b.dns.set(func() { asked += b.dns.asked }); asked > 21 {
			t.Errorf("asked %d times in ten minutes", asked)
		}
	})
}

func TestTheStart(t *testing.T) {
	t.Parallel()
	named, err := config.ParseServer("n=10.9.9.9:8001")
	if err != nil {
		t.Fatal(err)
	}
	const only = "version: 1\nservers_from: [{file: t.json}]\n"
	for name, c := range map[string]struct {
		cfg, list string
		named     bool
		servers   string
		err       string
	}{
		"both":                    {cfg: base, list: targets("b=10.0.0.2:8001"), named: true, servers: "a n b"},
		"a list alone":            {cfg: only, list: targets("b=10.0.0.2:8001"), servers: "b"},
		"an empty list":           {cfg: base, list: "[]", servers: "a"},
		"an empty list and named": {cfg: only, list: "", named: true, servers: "n"},
		"an empty list alone":     {cfg: only, list: "[]", err: "it names no servers, and neither does "},
		"a broken list":           {cfg: base, list: "[{", err: "t.json:1:1: neither JSON nor YAML"},
		"no list":                 {cfg: base, list: "-", err: "t.json: the file does not exist"},
		"a list that clashes":     {cfg: base, list: targets("a=10.0.0.2:8001"), err: `two servers are named "a"`},
		"named that clash":        {cfg: base, list: targets("n=10.0.0.2:8001"), named: true, err: "one in the command line, one in "},
		"a broken configuration":  {cfg: "version: 2\n", err: ":1:10: version: want 1"},
		"no name server":          {cfg: "version: 1\nservers_from: [{dns: x}]\n", err: "dns x: the name has no SRV records"},
		"no name server, others":  {cfg: "version: 1\nservers: [{name: a, host: h}]\nservers_from: [{dns: x}]\n", servers: "a"},
		"only named":              {named: true, servers: "n"},
	} {
		timed(t, func(b *bench) {
			if c.cfg != "" {
				b.write("tritop.yaml", c.cfg)
			}
			if c.list != "-" {
				b.write("t.json", c.list)
			}
			if c.named {
				b.named = []config.Server{named}
			}
			_, m, err := b.start()
			if got := namesOf(m); got != c.servers || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %q %v, want %q %q", name, got, err, c.servers, c.err)
			}
		})
	}
}

// All that is wrong with lists that are files is found without starting.
func TestCheck(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	check := func() error {
		cfg, err := config.Load(b.path("tritop.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		return Check(cfg)
	}
	b.write("tritop.yaml", "version: 1\nservers: [{name: a, host: h}]\nservers_from: [{file: t.json}, {file: u.json}, {dns: nobody.asks.it}]\n")
	if err := check(); err == nil || !strings.Contains(err.Error(), "t.json: the file does not exist") {
		t.Error(err)
	}
	b.write("t.json", "[{")
	b.write("u.json", "{}")
	var ps config.Problems
	if err := check(); !errors.As(err, &ps) || len(ps) != 2 {
		t.Errorf("not all problems at once: %v", err)
	}
	b.write("t.json", "[]")
	b.write("u.json", targets("a=10.0.0.2:8001"))
	if err := check(); err == nil || !strings.Contains(err.Error(), `two servers are named "a"`) {
		t.Error(err)
	}
	b.write("u.json", "")
	if err := check(); err != nil {
		t.Error(err)
	}
}
