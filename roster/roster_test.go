package roster

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tritop/config"
	"tritop/model"
)

// A list may change, and whatever becomes of it the last good one stays until a
// better one is there.
func TestAListChanges(t *testing.T) {
	t.Parallel()
	timed(t, func(b *bench) {
		b.write("tritop.yaml", base)
		b.write("t.json", targets("b=10.0.0.2:8001"))
		b.run()
		b.shows("a b")
		b.write("t.json", targets("b=10.0.0.2:8001", "c=10.0.0.3:8001"))
		b.shows("a b c")
		for what, text := range map[string]string{b.path("t.json") + ":1:1: neither JSON nor YAML": "[{", "it names no servers any more": "[]", "names no servers any": "",
			":1:15: target \"h:x\"": `[{"targets": ["h:x"]}]`} {
			b.write("t.json", text)
			b.shows("a b c", what, "the last good list stays in force: 2 servers")
		}
		began := time.Now() // of the fault that is told, not of those before it
		b.remove("t.json")
		b.shows("a b c", "t.json: the file does not exist")
		if m, n := b.wait(time.Minute); n > 0 || len(m.Notices) != 1 || m.Notices[0].Verdict != model.Degraded || m.Notices[0].Topic != "t.json" ||
			m.Notices[0].Since.Before(began) || m.Notices[0].Since.Sub(began) > round {
			t.Errorf("%d changes in a minute: %+v, began %s", n, m.Notices, began)
		}
		b.write("t.json", targets("c=10.0.0.3:8001"))
		b.shows("a c")
		if _, n := b.wait(time.Minute); n > 0 {
			t.Errorf("%d changes, and nothing changed", n)
		}
	})
}

// A mounted ConfigMap is a link to a link that is pointed elsewhere.
func TestALinkIsPointedElsewhere(t *testing.T) {
	t.Parallel()
	timed(t, func(b *bench) {
		for folder, text := range map[string]string{"..1": targets("b=10.0.0.2:8001"), "..2": targets("c=10.0.0.3:8001")} {
			if err := os.Mkdir(b.path(folder), 0o700); err != nil {
				t.Fatal(err)
			}
			b.write(filepath.Join(folder, "t.json"), text)
		}
		link := func(to, name string) {
			if err := errors.Join(os.Symlink(to, b.path(name+".new")), os.Rename(b.path(name+".new"), b.path(name))); err != nil {
				t.Fatal(err)
			}
		}
		link("..1", "..data")
		link("..data/t.json", "t.json")
		b.write("tritop.yaml", base)
		b.run()
		b.shows("a b")
		link("..2", "..data")
		b.shows("a c")
	})
}

// What a file's size and time do not tell, its text does.
func TestTheTextTells(t *testing.T) {
	t.Parallel()
	timed(t, func(b *bench) {
		b.write("tritop.yaml", base)
		b.write("t.json", targets("b=10.0.0.2:8001"))
		b.run()
		info, err := os.Stat(b.path("t.json"))
		if err != nil {
			t.Fatal(err)
		}
		text := targets("c=10.0.0.3:8001")
		if err := errors.Join(os.WriteFile(b.path("t.json"), []byte(text), 0o600), os.Chtimes(b.path("t.json"), info.ModTime(), info.ModTime())); err != nil {
			t.Fatal(err)
		}
		b.shows("a c")
	})
}

// A file that is away or half written for a moment is not told of.
func TestAWriterInTheMiddle(t *testing.T) {
	t.Parallel()
	timed(t, func(b *bench) {
		b.write("tritop.yaml", base)
		b.write("t.json", targets("b=10.0.0.2:8001"))
		b.run()
		synctest.Wait()
		for range 40 { // at every moment of a round
			b.remove("t.json")
			time.Sleep(settleTime / 2)
			b.write("t.json", "[{")
			time.Sleep(settleTime / 2)
			b.write("t.json", targets("b=10.0.0.2:8001"))
			time.Sleep(settleTime + settleTime/3)
		}
		if _, n := b.wait(round); n > 0 {
			t.Errorf("%d changes", n)
		}
	})
}

// Two servers of one name or address: both are named, and what was good stays.
func TestClashes(t *testing.T) {
	t.Parallel()
	timed(t, func(b *bench) {
		b.write("tritop.yaml", "version: 1\nservers: [{name: a, host: 10.0.0.1}]\nservers_from: [{file: t.json}, {file: u.json}]\n")
		b.write("t.json", targets("b=10.0.0.2:8001"))
		b.write("u.json", targets("c=10.0.0.3:8001"))
		b.run()
		b.write("u.json", targets("a=10.0.0.9:8001"))
		b.shows("a b c", `two servers are named "a"`, "one in "+b.path("tritop.yaml")+", one in "+b.path("u.json"), "1 server")
		b.write("u.json", targets("x=10.0.0.2:8001"))
		b.shows("a b c", `"b" and "x" are the same address 10.0.0.2:8001`, "t.json, one in ")
		b.write("u.json", targets("c=10.0.0.3:8001"))
		b.shows("a b c")
		// A server moves from one list to the other, in either order.
		b.write("t.json", targets("b=10.0.0.2:8001", "c=10.0.0.3:8001"))
		b.shows("a b c", `two servers are named "c"`)
		b.write("u.json", targets("d=10.0.0.4:8001"))
		b.shows("a b c d")
		b.write("u.json", targets("d=10.0.0.4:8001", "c=10.0.0.3:8001"))
		b.shows("a b c d", `two servers are named "c"`)
		b.write("t.json", targets("b=10.0.0.2:8001"))
		b.shows("a b d c")
	})
}

// The configuration is taken over as a whole, or not at all.
func TestTheConfigurationChanges(t *testing.T) {
	t.Parallel()
	timed(t, func(b *bench) {
		b.write("tritop.yaml", base)
		b.write("t.json", targets("b=10.0.0.2:8001"))
		b.run()
		b.write("tritop.yaml", "version: 1\nfleet: g\nservers: [{name: z, host: 10.0.0.26}]\nservices: [{name: s, endpoints: [{server: z}]}]\n")
		b.shows("z")
		if m, _ := b.wait(0); m.Fleet != "g" || !m.Anew || m.Told != b.path("tritop.yaml")+" was read again: fleet, servers, servers_from, services changed" || strings.Join(m.Later, " ") != "services" {
			t.Errorf("%+v", m)
		}
		for text, want := range map[string]string{
			"version: 1\nservers: [{name: z, hots: h}]\n":                `tritop.yaml:2:11: servers[0]: the key "host" is missing (and 1 more problem)`,
			"version: 1\nfleet: x\n":                                     "it names no servers",
			"version: 1\nservers: []\nservers_from: [{file: no.json}]\n": "no.json: the file does not exist",
			"": "the file is empty",
			"version: 1\nservers: [{name: b, host: h}, {name: b, host: i}]\nx: ":          "more problem",
			base + "probes: [{model: m}]\n":                                               "probes[0]",
			"version: 1\nservers: [{name: b, host: h}]\nservers_from: [{file: t.json}]\n": `two servers are named "b"`,
		} {
			b.write("tritop.yaml", text)
			b.shows("z", want, "the configuration from before stays in force")
		}
		b.remove("tritop.yaml")
		b.shows("z", "tritop.yaml: the file does not exist")
		b.write("tritop.yaml", base)
		b.shows("a b")
	})
}

// Sources are taken over as servers are.
func TestSourcesChange(t *testing.T) {
	t.Parallel()
	timed(t, func(b *bench) {
		const plain = "version: 1\nservers: [{name: a, host: h}]\n"
		b.write("tritop.yaml", plain)
		b.run()
		b.write("tritop.yaml", plain+"sources: [{kind: metrics-url, url: \"http://x:9400/metrics\"}]\n")
		b.shows("a")
		if m, _ := b.wait(0); !strings.HasSuffix(m.Told, "was read again: sources changed") || len(m.Sources) != 1 || m.Sources[0].Name != "x:9400" {
			t.Errorf("%+v", m)
		}
		b.write("tritop.yaml", plain)
		b.shows("a")
		if m, _ := b.wait(0); len(m.Sources) > 0 {
			t.Errorf("%+v", m)
		}
	})
}

// Who asks gets an answer, also where nothing comes of it.
func TestAskedInVain(t *testing.T) {
	t.Parallel()
	timed(t, func(b *bench) {
		b.write("tritop.yaml", base)
		b.write("t.json", targets("b=10.0.0.2:8001"))
		b.run()
		told := func(want string) {
			t.Helper()
			b.again <- struct{}{}
			if m, n := b.wait(Every / 4); n != 1 || m.Told != want {
				t.Errorf("%d: told %q\nwant %q", n, m.Told, want)
			}
		}
		file := b.path("tritop.yaml")
		told(file + " was read again as asked (SIGHUP): nothing changed in it")
		b.write("t.json", "")
		b.shows("a b", "names no servers")
		told(file + " was read again as asked (SIGHUP): nothing changed in it; as before: " + b.path("t.json") + ": it names no servers any more; the last good list stays in force: 1 server")
		b.write("tritop.yaml", "version: 2\n")
		b.shows("a b", "version: want 1", "names no servers")
		wrong := file + ":1:10: version: want 1, found \"2\"; the configuration from before stays in force"
		for range 2 {
			told(file + " was read again as asked (SIGHUP) and is as wrong as before: " + wrong + "; as before: " + b.path("t.json") + ": it names no servers any more; the last good list stays in force: 1 server")
		}
		if _, n := b.wait(time.Minute); n > 0 {
			t.Errorf("%d changes, and nothing changed", n)
		}
		b.write("tritop.yaml", "version: 3\n") // the news is told as a notice
		told("as before: " + b.path("t.json") + ": it names no servers any more; the last good list stays in force: 1 server")
	})
	named, err := config.ParseServer("n=10.9.9.9:8001")
	if err != nil {
		t.Fatal(err)
	}
	timed(t, func(b *bench) {
		b.named = []config.Server{named}
		b.run()
		b.again <- struct{}{}
		if m, n := b.wait(Every / 4); n != 1 || m.Told != "there is no configuration to read again as asked (SIGHUP)" {
			t.Errorf("%d: %+v", n, m)
		}
	})
}

// A DNS name that has no servers yet is no reason to refuse a configuration, as
// long as there are others: at the start and while running alike.
func TestANameWithoutServersYet(t *testing.T) {
	t.Parallel()
	const with = "version: 1\nservers: [{name: a, host: h}]\nservers_from: [{dns: new.x}]\n"
	for name, records := range map[string]map[string][]*net.SRV{"no such name": nil, "no records": {"new.x": {}}} {
		for _, start := range []bool{true, false} {
			timed(t, func(b *bench) {
				b.dns.records = records
				b.write("tritop.yaml", "version: 1\nservers: [{name: a, host: h}]\n")
				if start {
					b.write("tritop.yaml", with)
				}
				b.run()
				b.write("tritop.yaml", with)
				b.shows("a", "dns new.x: the name has no SRV records; no server of it is known")
				if m, _ := b.wait(0); len(m.Notices) != 1 {
					t.Errorf("%s, start %v: %+v", name, start, m.Notices)
				}
				b.dns.set(func() { b.dns.records = map[string][]*net.SRV{"new.x": {{Target: "b.x.", Port: 8001}}} })
				b.wait(everyDNS)
				b.shows("a b.x:8001")
				b.dns.set(func() { b.dns.records = records })
				b.wait(everyDNS)
				b.shows("a b.x:8001", "the last good list stays in force: 1 server")
			})
		}
	}
	timed(t, func(b *bench) { // nobody at all is no fleet
		b.write("tritop.yaml", "version: 1\nservers: [{name: a, host: h}]\n")
		b.run()
		b.write("tritop.yaml", "version: 1\nservers_from: [{dns: new.x}]\n")
		b.shows("a", "dns new.x: the name has no SRV records", "the configuration from before stays in force")
	})
}

// What waits for a list comes into force with it.
func TestAConfigurationThatWaitsForItsList(t *testing.T) {
	t.Parallel()
	timed(t, func(b *bench) {
		b.write("tritop.yaml", "version: 1\nservers: [{name: a, host: h}]\n")
		b.run()
		b.write("tritop.yaml", base)
		b.shows("a", "t.json: the file does not exist", "from before stays")
		b.write("t.json", targets("b=10.0.0.2:8001"))
		b.shows("a b")
	})
}

// A mark reads everything again at once, what did not change too; what cannot be
// used then leaves the old one in force.
func TestAsked(t *testing.T) {
	t.Parallel()
	timed(t, func(b *bench) {
		b.write("tritop.yaml", base)
		b.write("t.json", targets("b=10.0.0.2:8001"))
		b.run()
		b.again <- struct{}{}
		if m, n := b.wait(Every / 4); n != 1 || m.Told != b.path("tritop.yaml")+" was read again as asked (SIGHUP): nothing changed in it" || !m.Anew {
			t.Errorf("%d: %+v", n, m)
		}
		b.mu.Lock()
		b.refuse = errors.New("the header X of server a: the environment variable K is empty")
		b.mu.Unlock()
		b.again <- struct{}{}
		b.shows("a b", "the environment variable K is empty; the configuration from before stays")
		b.write("t.json", targets("b=10.0.0.2:8001", "c=10.0.0.3:8001")) // lists go on
		b.shows("a b c", "the environment variable K is empty")
		b.mu.Lock()
		b.refuse = nil
		b.mu.Unlock()
		b.again <- struct{}{}
		b.shows("a b c")
	})
}
