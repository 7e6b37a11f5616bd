package engine

import (
	"fmt"
	"time"

	"tritop/alerts"
	"tritop/model"
)

// Alerting is what alerts need from outside: what was kept of them before this run,
// and where it is written what to do.
type Alerting struct {
	Alerts   []model.Alert
	Said     map[string]model.Said // by the key of an alert
	Runbooks map[string]string     // by model
}

// alerting is what the state keeps of alerts.
type alerting struct {
	book    *alerts.Book // nil before the first look
	looked  time.Time
	servers []alerts.Server // scratch
	failing map[string]bool // receivers whose failure was told
}

// lookEvery is how often conditions are looked at.
const lookEvery = time.Second

// alertBook is made when the time is known for the first time: what was kept is
// held from then on.
func (s *State) alertBook() *alerts.Book {
	if s.fleet.alerts.book == nil {
		s.fleet.alerts.book = alerts.New(s.cfg.Fleet, s.cfg.Alerts, s.cfg.Said, s.now)
		s.fleet.alerts.failing = make(map[string]bool)
	}
	return s.fleet.alerts.book
}

// followAlerts looks at all conditions once a second, and tells what changed.
func (s *State) followAlerts() {
	a, book := &s.fleet.alerts, s.alertBook()
	if !a.looked.IsZero() && s.now.Sub(a.looked) < lookEvery {
		return
	}
	a.looked = s.now
	a.servers = a.servers[:0]
	for _, srv := range s.servers {
		a.servers = append(a.servers, alerts.Server{Name: srv.spec.Name, State: srv.state, Finding: srv.finding, Asked: !srv.ev.LastPoll.IsZero()})
	}
	v := alerts.View{Now: s.now, Servers: a.servers, Objectives: s.fleet.levels.states, Checks: s.viewChecks(), Sources: s.sources.view(s.now), Notices: s.cfg.notices(), Runbooks: s.cfg.Runbooks}
	for _, c := range book.Follow(v) {
		s.alertChanged(c)
	}
}

func (s *State) alertChanged(c alerts.Change) {
	al := &c.Alert
	switch c.What {
	case alerts.Fired:
		verdict := model.Degraded
		if al.Severity == model.Critical {
			verdict = model.Unhealthy
		}
		s.alertEvent(al, "fires", al.Summary, verdict)
	case alerts.Resolved:
		s.alertEvent(al, "resolved after "+al.Resolved.Sub(al.Fired).Truncate(time.Second).String(), al.Summary, model.Healthy)
	}
}

// alertEvent makes an event of an alert: about its server, or else its model.
func (s *State) alertEvent(a *model.Alert, what, detail string, verdict model.Verdict) {
	e := model.Event{Kind: model.EventAlert, Server: a.Label("server"), To: fmt.Sprintf("alert %s: %s (%s)", what, a.Name(), a.Severity), Detail: detail, Verdict: verdict}
	if e.Server == "" {
		e.Model = a.Label("model")
	}
	s.event(e)
}

// alertSaid takes over what somebody said.
func (s *State) alertSaid(f model.AlertSaid) {
	s.advance(f.At)
	a, ok := s.alertBook().Say(f)
	switch {
	case !ok:
	case f.TakeBack:
		s.alertEvent(&a, "is to be told again, by "+f.By, f.Reason, model.Unknown)
	case f.For > 0:
		s.alertEvent(&a, fmt.Sprintf("snoozed until %s by %s", a.Said.Until.UTC().Format("15:04:05Z"), f.By), f.Reason, model.Unknown)
	default:
		s.alertEvent(&a, "acknowledged by "+f.By, f.Reason, model.Unknown)
	}
}

// alertsTold takes over what came of telling a receiver. That it fails, and that it
// does not any more, is an event each.
func (s *State) alertsTold(f model.AlertsTold) {
	s.advance(f.At)
	s.alertBook().Told(f)
	switch failing := s.fleet.alerts.failing; {
	case f.Err != "" && !failing[f.To]:
		failing[f.To] = true
		s.event(model.Event{Kind: model.EventAlert, To: "alerts are not delivered to " + f.To, Detail: f.Err, Verdict: model.Degraded})
	case f.Err == "" && failing[f.To]:
		delete(failing, f.To)
		s.event(model.Event{Kind: model.EventAlert, To: "alerts are delivered to " + f.To + " again", Verdict: model.Healthy})
	}
}

func (s *State) alertsSilenced(f model.AlertsSilenced) {
	s.advance(f.At)
	s.alertBook().Silenced(f)
}
