package alerts

import (
	"fmt"
	"slices"
	"time"

	"tritop/model"
)

// View is what is held of a fleet at one moment.
type View struct {
	Now        time.Time
	Servers    []Server // all that are configured
	Objectives []model.ObjectiveState
	Checks     []model.Check
	Sources    []model.Source
	Notices    []model.Notice
	Runbooks   map[string]string // by model
	blind      bool
	silent     int
}

// Server is what alerts look at of a server.
type Server struct {
	Name    string
	State   model.ServerState
	Finding model.Finding
	Asked   bool // it was asked once
}

// The names of alerts: they are a contract, for routes and silences.
const (
	ServerDown        = "TritonServerDown"
	ServerCannotInfer = "TritonServerCannotInfer"
	ServerDegraded    = "TritonServerDegraded"
	ServerNoData      = "TritonServerNoData"
	ObjectiveMissed   = "TritonObjectiveMissed"
	ObjectiveNoData   = "TritonObjectiveNoData"
	BudgetBurn        = "TritonBudgetBurn"
	CheckFailing      = "TritonCheckFailing"
	CheckNoData       = "TritonCheckNoData"
	Blind             = "TritopBlind"
	SourceFailing     = "TritopSourceFailing"
	Noticed           = "TritopNotice"
)

// How long conditions have to hold, and to be over (docs/alerts.md).
const (
	soon      = 15 * time.Second // of what is critical: longer than a planned restart of a small server
	unseen    = 30 * time.Second // that nothing is known of something
	aWhile    = time.Minute      // of what is not critical, and how long an alert is kept
	aLongTime = 5 * time.Minute  // of what is for information, or weakens only
)

// The kinds of subjects.
const (
	aServer    = "server"
	anObject   = "objective"
	aCheck     = "check"
	aSource    = "source"
	aNotice    = "topic"
	theFleet   = "fleet"
	labelModel = "model"
)

// subjectOf tells from labels what an alert is about.
func subjectOf(labels []model.Label) (id subjectID, rest []model.Label) {
	value := make(map[string]string)
	for _, l := range labels {
		value[l.Name] = l.Value
		if l.Name != "alertname" && l.Name != "severity" && l.Name != "fleet" {
			rest = append(rest, l)
		}
	}
	for kind, b := range map[string]string{anObject: labelModel, aCheck: "target", aSource: "", aNotice: ""} {
		if value[kind] != "" {
			return subjectID{kind, value[kind], value[b]}, rest
		}
	}
	if value[aServer] != "" {
		return subjectID{aServer, value[aServer], ""}, rest
	}
	return subjectID{kind: theFleet}, rest
}

// Follow looks at everything once and gives what changed: first what was looked at,
// in its order, then what nobody looks at any more. Time goes on in v.Now.
func (b *Book) Follow(v View) []Change {
	b.turn, b.now, b.changes = b.turn+1, v.Now, nil
	v.count()
	b.fleetSeen(&v)
	for i := range v.Servers {
		b.serverSeen(&v, &v.Servers[i])
	}
	for i := range v.Objectives {
		b.objectiveSeen(&v, &v.Objectives[i])
	}
	for i := range v.Checks {
		b.checkSeen(&v, &v.Checks[i])
	}
	b.ownSeen(&v)
	b.settle(v.gone)
	return b.changes
}

// gone says why a subject is not there any more; empty: that is not known, it is
// only not judged now.
func (v *View) gone(of *subject) string {
	switch of.id.kind {
	case aServer:
		return "the server left the configuration"
	case aNotice:
		return "over"
	}
	return ""
}

// count sees whether it is rather tritop that sees nothing: more than half of at
// least three servers give no answer at all.
func (v *View) count() {
	asked := 0
	for i := range v.Servers {
		if s := &v.Servers[i]; s.Asked {
			asked++
			if s.silent() {
				v.silent++
			}
		}
	}
	v.blind = asked >= 3 && 2*v.silent > asked
}

// silent says whether nothing at all comes from the server, not even a refusal.
func (s *Server) silent() bool {
	return s.State == model.ServerNoData || s.State == model.ServerStale
}

func (b *Book) fleetSeen(v *View) {
	s := seen{name: Blind, severity: model.Critical, page: true, holds: model.TriOf(v.blind), wait: soon, keep: aWhile,
		summary: func() string {
			return fmt.Sprintf("%d of %d servers give no answer at once: tritop or its network is cut off rather than they", v.silent, len(v.Servers))
		}}
	if !slices.ContainsFunc(v.Servers, func(s Server) bool { return s.Asked }) {
		s = s.hold("no server was asked yet")
	}
	b.look(b.subject(subjectID{kind: theFleet}), s)
}

func (b *Book) serverSeen(v *View, srv *Server) {
	of := b.subject(subjectID{aServer, srv.Name, ""})
	if len(of.alerts) == 0 && srv.Finding.Verdict == model.Healthy {
		return
	}
	of.named(model.Label{Name: aServer, Value: srv.Name})
	dark := srv.silent() || srv.State == model.ServerUnreadable
	known := srv.Asked && !dark && srv.Finding.Verdict != model.Unknown
	s := seen{severity: model.Critical, page: true, wait: soon, keep: aWhile, summary: func() string { return srv.Name + ": " + model.FirstLine(srv.Finding.Reason) }}
	look := func(name string, holds, known bool, s seen) {
		s.name, s.holds = name, model.TriOf(holds)
		if !known {
			s = s.hold(noDataWords(srv.Finding.Reason))
		}
		b.look(of, s)
	}
	bad, idle := srv.Finding.Verdict == model.Unhealthy, srv.State == model.ServerCannotInfer || srv.State == model.ServerStalled
	look(ServerDown, bad && !idle, known, s)
	look(ServerCannotInfer, bad && idle, known, s)
	lost := s
	lost.wait = unseen
	look(ServerNoData, dark && srv.State != model.ServerStale, srv.Asked && (known || !v.blind), lost)
	s.severity, s.page, s.wait = model.Warning, false, aLongTime
	look(ServerDegraded, srv.Finding.Verdict == model.Degraded, known, s)
}

// named gives a subject its labels.
func (of *subject) named(labels ...model.Label) {
	if of.labels == nil {
		of.labels = slices.DeleteFunc(labels, func(l model.Label) bool { return l.Value == "" })
	}
}

// ownSeen looks at what tritop itself reads and keeps.
func (b *Book) ownSeen(v *View) {
	for i := range v.Sources {
		src := &v.Sources[i]
		if src.Kind == "poll" || src.Kind == "probe" || src.Kind == "engine" { // the server's state tells
			continue
		}
		of := b.subject(subjectID{aSource, src.Name, ""})
		if len(of.alerts) == 0 && src.Failures < sourceFails {
			continue
		}
		of.named(model.Label{Name: aSource, Value: src.Name}, model.Label{Name: aServer, Value: src.Server})
		s := seen{name: SourceFailing, severity: model.Warning, holds: model.TriOf(src.Failures >= sourceFails), wait: aWhile, keep: aWhile,
			summary: func() string { return fmt.Sprintf("%s cannot be read: %s", src.Name, model.FirstLine(src.LastErr)) }}
		if srv := v.server(src.Server); srv != nil && srv.State != model.ServerReady && srv.Finding.Verdict != model.Healthy {
			s = s.hold("the server is " + srv.State.String())
		}
		b.look(of, s)
	}
	b.noticesSeen(v)
}

func (b *Book) noticesSeen(v *View) {
	for _, n := range v.Notices {
		if n.Topic == "" || n.Verdict < model.Degraded {
			continue
		}
		of := b.subject(subjectID{aNotice, n.Topic, ""})
		of.named(model.Label{Name: aNotice, Value: n.Topic})
		b.look(of, seen{name: Noticed, severity: model.Warning, holds: model.Yes, wait: aWhile, summary: func() string { return model.FirstLine(n.Text) }})
	}
}

func (v *View) server(name string) *Server {
	for i := range v.Servers {
		if v.Servers[i].Name == name {
			return &v.Servers[i]
		}
	}
	return nil
}

// sourceFails is how many failures in a row make a source fail.
const sourceFails = 3
