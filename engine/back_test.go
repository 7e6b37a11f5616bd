package engine

import (
	"strings"
	"testing"

	"tritop/model"
)

// http is a look at the HTTP port beside a metrics text.
func (p *script) http(server string, port, text model.Outcome) {
	p.Apply(model.Scraped{Answer: p.answer(server, text), HTTPPort: port})
}

// While a server is away its HTTP port refuses too. When it comes back, what the
// port did then is no shutdown: "stopping: takes no new HTTP connections" stood
// there until the port was asked again.
func TestAServerThatComesBackIsNotStopping(t *testing.T) {
	t.Parallel()
	for _, away := range []model.Outcome{model.Refused, model.Lost, model.TimedOut, model.Unanswered, model.Malformed} {
		for _, seconds := range []int{1, 2, 5, 15} {
			p := newScript("a")
			p.index("a", ready("bert", "1"))
			p.seconds(5, func() { p.poll("a", 10, 0); p.http("a", model.Answered, model.Answered) })
			p.seconds(seconds, func() { p.http("a", model.Refused, model.Refused); p.fail("a", away) })
			p.seconds(2, func() { p.poll("a", 10, 0) })
			if s := p.Snapshot().Servers[0]; s.State != model.ServerReady {
				t.Errorf("%s for %d s, and back: %v: %s", away, seconds, s.State, s.Finding.Reason)
			}
			p.seconds(3, func() { p.http("a", model.Answered, model.Answered); p.poll("a", 10, 0) })
			if said := words(p.Snapshot().Events); strings.Contains(said, "stopping") {
				t.Errorf("%s for %d s: events\n%s", away, seconds, said)
			}
		}
	}
}

// A look at the port that began before the server was back and ended after it
// (the metrics text took its time) is about the time before.
func TestALookFromBeforeIsNoShutdown(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.index("a", ready("bert", "1"))
	p.seconds(5, func() { p.poll("a", 10, 0); p.http("a", model.Answered, model.Answered) })
	p.seconds(3, func() { p.fail("a", model.TimedOut) })
	p.seconds(1, func() { p.poll("a", 10, 0) })
	p.seconds(1, func() {
		late := p.answer("a", model.TimedOut)
		late.Took = 1500e6
		p.Apply(model.Scraped{Answer: late, HTTPPort: model.Refused})
	})
	p.seconds(1, func() { p.poll("a", 10, 0) })
	if s := p.Snapshot().Servers[0]; s.State != model.ServerReady {
		t.Errorf("%v: %s", s.State, s.Finding.Reason)
	}
}

// A server that is really being stopped says so again when it was away for a
// moment: at the next look at its HTTP port.
func TestAServerThatStopsIsStoppingAfterAMissedPoll(t *testing.T) {
	t.Parallel()
	for away, want := range map[model.Outcome]string{model.Unanswered: "a ready → stopping", model.TimedOut: "a ready → stopping\na stopping → hung\na hung → stopping"} {
		p := newScript("a")
		p.index("a", ready("bert", "1"))
		p.seconds(5, func() { p.poll("a", 10, 0); p.http("a", model.Answered, model.Answered) })
		p.seconds(3, func() { p.http("a", model.Refused, model.Answered); p.poll("a", 10, 0) })
		p.seconds(1, func() { p.fail("a", away) })
		p.seconds(1, func() { p.poll("a", 10, 0) })
		p.seconds(2, func() { p.http("a", model.Refused, model.Answered); p.poll("a", 10, 0) })
		if s := p.Snapshot().Servers[0]; s.State != model.ServerStopping {
			t.Errorf("%s: %v: %s", away, s.State, s.Finding.Reason)
		}
		var said []string
		for _, e := range p.Snapshot().Events {
			if e.Kind == model.EventServerState {
				said = append(said, e.Object()+" "+e.Words())
			}
		}
		if got := strings.Join(said, "\n"); got != want {
			t.Errorf("%s: events\n%s", away, got)
		}
	}
}
