package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tritop/model"
)

func at(name, host string, change ...func(*model.ServerSpec)) model.ServerSpec {
	s := model.ServerSpec{Name: name, Host: host, GRPC: 8001, HTTP: 8000, Metric: 8002}
	for _, c := range change {
		c(&s)
	}
	return s
}

// fleet makes the fleet consist of some servers; bert is probed.
func (p *script) fleet(servers ...model.ServerSpec) {
	p.Apply(model.FleetChanged{At: p.now, Fleet: "test", Servers: servers, Probing: model.Probing{Probed: map[string]bool{"bert": true}, Every: 5 * time.Second}})
}

func (p *script) serverNamed(t *testing.T, name string) model.Server {
	t.Helper()
	for _, s := range p.Snapshot().Servers {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no server %s", name)
	return model.Server{}
}

// wantNoSource wants that none of some sources is left.
func wantNoSource(t *testing.T, s *model.Snapshot, which func(*model.Source) bool) {
	t.Helper()
	for i := range s.Sources {
		if which(&s.Sources[i]) {
			t.Errorf("the source %s is left", s.Sources[i].Name)
		}
	}
}

func names(s *model.Snapshot) string {
	var out []string
	for i := range s.Servers {
		out = append(out, s.Servers[i].Name)
	}
	return strings.Join(out, " ")
}

// Servers join and leave; the others keep state, history and counters.
func TestServersJoinAndLeave(t *testing.T) {
	t.Parallel()
	p := newScript("a", "b")
	p.seconds(30, func() { p.poll("a", 10, 0); p.poll("b", 10, 0); p.probe("a", model.Answered) })
	before, kept := p.serverNamed(t, "a"), p.Snapshot()
	sum := hash(kept)

	p.fleet(at("c", "10.0.0.3"), at("a", "127.0.0.1"))
	s := p.Snapshot()
	after := p.serverNamed(t, "a")
	if names(s) != "c a" || s.Totals.Servers != 2 || !strings.Contains(words(s.Events), "b left the configuration\nc joined the fleet") {
		t.Errorf("%s\n%s", names(s), words(s.Events))
	}
	wantNoSource(t, s, func(src *model.Source) bool { return src.Server == "b" })
	if after.State != model.ServerReady || after.History.Rate.Len() != before.History.Rate.Len() || after.Window != before.Window ||
		after.Replicas[0].Totals != before.Replicas[0].Totals || after.Replicas[0].Probe.Runs != 30 {
		t.Errorf("a was %+v and is %+v", before, after)
	}
	if hash(kept) != sum {
		t.Error("a snapshot from before changed")
	}
}

// A server that joined makes the fleet no worse until it had time to answer.
func TestAServerThatWasNotAskedYet(t *testing.T) {
	t.Parallel()
	p := newScript("a", "b")
	p.seconds(3, func() { p.poll("a", 10, 0); p.poll("b", 10, 0) })
	p.fleet(at("c", "10.0.0.3"), at("a", "127.0.0.1"))
	if s := p.Snapshot(); s.Verdict != model.Healthy || len(s.Problems) != 0 {
		t.Errorf("%s: %s %v", s.Verdict, s.Why, s.Problems)
	}
	if c := p.serverNamed(t, "c"); c.State != model.ServerNoData || c.Finding.Verdict != model.Unknown {
		t.Errorf("c: %+v", c)
	}
	p.poll("b", 10, 0) // whatever still comes of it
	p.seconds(4, func() { p.poll("a", 10, 0) })
	if s := p.Snapshot(); names(s) != "c a" || s.Verdict != model.Degraded || len(s.Problems) != 1 {
		t.Errorf("c is never asked: %s %s %v", names(s), s.Verdict, s.Problems)
	}
	p.seconds(3, func() { p.poll("a", 10, 0); p.poll("c", 10, 0) })
	if s := p.Snapshot(); s.Verdict != model.Healthy {
		t.Errorf("%s: %s", s.Verdict, s.Why)
	}
}

// In the first moments the servers that were asked do not speak for the others,
// and that these were not asked yet is no trouble of theirs.
func TestTheBeginningIsNoVerdict(t *testing.T) {
	t.Parallel()
	p := newScript("a", "b", "c")
	p.poll("a", 10, 0)
	s := p.Snapshot()
	if s.Verdict != model.Unknown || s.Why != "no data yet: 2 of 3 servers were not asked yet" || len(s.Problems) != 0 {
		t.Errorf("%s: %s %v", s.Verdict, s.Why, s.Problems)
	}
	p.seconds(4, func() { p.poll("a", 10, 0); p.poll("b", 10, 0) })
	if s := p.Snapshot(); s.Verdict != model.Degraded || len(s.Problems) != 1 || s.Problems[0].Object != "c" {
		t.Errorf("c is never asked: %s: %s %v", s.Verdict, s.Why, s.Problems)
	}
}

// A fleet that grows or shrinks changes no verdict by that alone.
func TestJoiningIsNoVerdict(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.seconds(5, func() { p.poll("a", 10, 0) })
	p.fleet(at("a", "127.0.0.1"), at("b", "127.0.0.1"))
	p.Apply(model.Ticked{Now: p.now.Add(250 * time.Millisecond)})
	p.seconds(2, func() { p.poll("a", 10, 0); p.poll("b", 10, 0) })
	p.fleet(at("b", "127.0.0.1"))
	p.seconds(2, func() { p.poll("b", 10, 0) })
	for _, e := range p.Snapshot().Events {
		if e.Kind == model.EventVerdict || e.Kind == model.EventServerState {
			t.Errorf("%s %s", e.Object(), e.Words())
		}
	}
}

// What changes about a server of the same address leaves its history alone; one
// of another address is another server.
func TestServersThatChange(t *testing.T) {
	t.Parallel()
	p := newScript("a", "b", "d")
	p.seconds(20, func() {
		for _, s := range []string{"a", "b", "d"} {
			p.poll(s, 10, 0)
			p.Apply(model.Scraped{Answer: p.answer(s, model.Answered), HTTPPort: model.Answered, Gauges: []model.Gauge{{Name: "g", Value: 1}}})
		}
	})
	p.fleet(at("a", "127.0.0.1", func(s *model.ServerSpec) { s.Region = "eu1" }), at("b", "10.0.0.9"),
		at("d", "127.0.0.1", func(s *model.ServerSpec) { s.HTTP, s.Metric = 0, 0 }))
	for name, want := range map[string]string{"a": "eu1 ready 20 points 1 gauges", "b": " no data 0 points 0 gauges", "d": " ready 20 points 0 gauges"} {
		s := p.serverNamed(t, name)
		if got := fmt.Sprintf("%s %s %d points %d gauges", s.Region, s.State, s.History.Rate.Len(), len(s.Gauges)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	text := words(p.Snapshot().Events)
	for _, w := range []string{"a is in eu1 now", "b has another address, and is watched as a new server", "d has other ports"} {
		if !strings.Contains(text, w) {
			t.Errorf("no event %q in\n%s", w, text)
		}
	}
	if strings.Contains(text, "left") || strings.Contains(text, "joined") {
		t.Error(text)
	}
	wantNoSource(t, p.Snapshot(), func(src *model.Source) bool { return src.Name == "metrics d" || src.Server == "b" })
}

// What probes showed of a model ends when it is not probed any more.
func TestProbesThatGo(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.index("a", ready("bert", "1"))
	p.seconds(5, func() { p.poll("a", 1, 0); p.probe("a", model.Failed) })
	if s := p.serverNamed(t, "a"); s.State != model.ServerCannotInfer {
		t.Fatalf("%s", s.State)
	}
	p.Apply(model.FleetChanged{At: p.now, Fleet: "renamed", Servers: []model.ServerSpec{at("a", "127.0.0.1")}})
	p.seconds(2, func() { p.poll("a", 1, 0) })
	s := p.Snapshot()
	if s.Servers[0].State != model.ServerReady || s.Servers[0].Replicas[0].Probe.Configured || s.Fleet != "renamed" {
		t.Errorf("%s %+v", s.Servers[0].State, s.Servers[0].Replicas[0].Probe)
	}
	wantNoSource(t, s, func(src *model.Source) bool { return src.Kind == "probe" }) // it would be late for ever
	p.fleet(at("a", "127.0.0.1"))
	p.seconds(2, func() { p.poll("a", 1, 0); p.probe("a", model.Answered) })
	if r := p.serverNamed(t, "a").Replicas[0]; !r.Probe.Configured || r.Probe.Runs != 2 {
		t.Errorf("%+v", r.Probe)
	}
}

// A notice about a topic is an event when it begins, changes and ends.
func TestNoticesAreTold(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.poll("a", 1, 0)
	tell := func(told string, notices ...model.Notice) {
		p.Apply(model.FleetChanged{At: p.now, Servers: []model.ServerSpec{at("a", "127.0.0.1")}, Notices: notices, Told: told})
	}
	broken := model.Notice{Topic: "t.json", Text: "t.json:1:2: broken", Since: p.now, Verdict: model.Degraded}
	tell("", model.Notice{Text: "x is not used yet"}, broken)
	tell("", broken)
	worse := broken
	worse.Text = "t.json: gone"
	tell("", worse)
	if s := p.Snapshot(); len(s.Notices) != 1 || s.Notices[0] != worse || s.Verdict != model.Healthy {
		t.Errorf("%+v %s", s.Notices, s.Verdict)
	}
	tell("tritop.yaml was read again")
	got := words(p.Snapshot().Events)
	if want := "fleet t.json:1:2: broken\nfleet t.json: gone\nfleet t.json can be used again\nfleet tritop.yaml was read again"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// That a server is ready again is good news, whatever its model versions lack.
func TestReadyAgainIsGoodNews(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	for to, want := range map[model.ServerState]model.Verdict{model.ServerReady: model.Healthy, model.ServerNotReady: model.Degraded} {
		p.tellState(p.byName["a"], model.ServerStarting, to, model.Finding{Verdict: model.Degraded, Reason: "bert v1: LOADING"})
		events := p.Snapshot().Events
		if e := events[len(events)-1]; e.To != to.String() || e.Verdict != want || e.Detail != "bert v1: LOADING" {
			t.Errorf("%s: %+v", to, e)
		}
	}
}
