package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tritop/config"
	"tritop/journal"
	"tritop/model"
	"tritop/notify"
)

// What the keeper does for alerts: it keeps their states, has receivers told once
// that is kept, and keeps what people say before it has effect. Only the process
// that holds the state directory tells receivers.
type alertKeeper struct {
	courier *notify.Courier // nil: no alerts are kept (tests)
	says    chan saying     // screens send, the keeper receives
	ended   chan struct{}   // closed when nobody receives any more
	waiting []saying        // not kept yet
	acked   map[string]bool // by the key of an alert: an acknowledgement is kept
	facts   []model.Fact    // not sent to the engine yet
}

// saying is what somebody says about an alert, and what becomes of it.
type saying struct {
	what model.Say
	done chan error // one slot
}

func newAlertKeeper(receivers []notify.Receiver) alertKeeper {
	return alertKeeper{courier: notify.New(receivers, notify.DefaultTiming()), says: make(chan saying), ended: make(chan struct{}), acked: make(map[string]bool)}
}

// receivers are those of the configuration with their secrets read.
func (a *app) receivers(all []config.Notify) (out []notify.Receiver, err error) {
	for _, n := range all {
		if n.Kind == config.NotifyBell {
			continue // the screen's own
		}
		headers, err := a.secrets(n.Headers, "the receiver "+n.Name)
		if err != nil {
			return nil, err
		}
		out = append(out, notify.Receiver{Name: n.Name, Kind: notify.Kind(n.Kind), URLs: n.URLs, Command: n.Command, Severities: n.Severities, Headers: headers})
	}
	return out, nil
}

// actorWords is an actor as people read it.
func actorWords(a journal.Actor) string {
	if a.Terminal == "" {
		return a.User
	}
	return a.User + " at " + a.Terminal
}

// pastAlerts is what is kept of the alerts of a fleet.
type pastAlerts struct {
	kept []notify.Kept
	said map[string]model.Said // by the key of an alert
}

// alerts are those of the past, for the engine.
func (p *pastAlerts) alerts() (out []model.Alert) {
	for i := range p.kept {
		out = append(out, p.kept[i].Alert)
	}
	return out
}

// recallAlerts reads what is kept of alerts. A record that is none of ours is left
// alone.
func recallAlerts(opt journal.Options, fleet string) (p pastAlerts, err error) {
	current, err := journal.State(opt.FS, opt.Dir, journal.KindAlert, journal.KindAck, journal.KindSnooze)
	if err != nil {
		return p, err
	}
	now := opt.Now()
	for _, r := range current.Of(journal.KindAlert, now) {
		var k notify.Kept
		if key, ours := strings.CutPrefix(r.Key, fleet+" "); ours && json.Unmarshal(r.Data, &k) == nil && k.Alert.Key() == key {
			p.kept = append(p.kept, k)
		}
	}
	p.said = make(map[string]model.Said)
	for _, kind := range []journal.Kind{journal.KindAck, journal.KindSnooze} {
		for _, r := range current.Of(kind, now) {
			s, ok := r.Silence()
			if key, ours := strings.CutPrefix(s.Alert, fleet+" "); ok && ours && s.At.After(p.said[key].At) {
				p.said[key] = model.Said{By: model.CleanText(actorWords(s.Actor)), At: s.At, Reason: s.Reason, Until: s.Until}
			}
		}
	}
	return p, nil
}

// recalled hands over what was kept. observed says that another process held the
// directory until now.
func (k *alertKeeper) recalled(p pastAlerts, observed bool) {
	if k.courier == nil {
		return
	}
	k.courier.Restore(p.kept, observed)
	for key, s := range p.said {
		k.acked[key] = s.Until.IsZero()
	}
}

// observes says who tells of alerts while another process holds the directory;
// empty: nobody is to be told.
func (k *alertKeeper) observes() string {
	if k.courier == nil || !k.courier.Any() {
		return ""
	}
	return "; the other one tells of alerts"
}

// telling says whether receivers may be told, and whether that need not wait until
// it is kept: duplicates are better than silence.
func (k *keeper) telling(now time.Time) (may, free bool) {
	var held *journal.HeldError
	switch {
	case errors.As(k.err, &held):
		return false, false
	case k.journal != nil:
		return true, k.journal.Status().Err != nil || k.busy != nil && now.Sub(k.since) > keepSlow
	case k.err != nil:
		return true, true
	}
	slow := now.Sub(k.start) > keepSlow // it does not answer
	return slow, slow
}

// follow takes the alerts of a snapshot over and has receivers told.
func (k *keeper) follow(ctx context.Context, s *model.Snapshot) {
	if k.alerts.courier == nil {
		return
	}
	now := time.Now()
	k.alerts.courier.Take(s.Alerts, now)
	if may, free := k.telling(now); may {
		k.alerts.courier.Step(ctx, now, free)
	}
}

// stateRecords are those of alerts whose state is to be kept, and of what was said
// of them; done takes over what came of keeping them.
func (k *keeper) stateRecords() (out []journal.Record, done func(error)) {
	if k.alerts.courier == nil {
		return nil, func(error) {}
	}
	add := func(r journal.Record, err error) {
		if err == nil { // else it has no text: its time is no year of ours
			out = append(out, r)
		}
	}
	all, kept := k.alerts.courier.Unkept()
	for key, a := range all {
		name := k.fleet + " " + key
		if a == nil {
			out = append(out, journal.Forget(journal.KindAlert, name))
		} else {
			add(journal.AlertRecord(name, time.Now(), a))
		}
		if (a == nil || a.Alert.State == model.AlertResolved) && k.alerts.acked[key] {
			out = append(out, journal.Forget(journal.KindAck, name))
			delete(k.alerts.acked, key)
		}
	}
	said, facts := k.alerts.waiting, []model.Fact{}
	k.alerts.waiting = nil
	for _, s := range said {
		records, fact := k.saidRecords(s.what)
		out, facts = append(out, records...), append(facts, fact)
	}
	return out, func(err error) {
		if err == nil {
			kept()
		}
		for i, s := range said {
			if err == nil {
				k.alerts.facts = append(k.alerts.facts, facts[i])
			}
			s.done <- err
		}
	}
}

// saidRecords keep what somebody said, in the place of what was said before.
func (k *keeper) saidRecords(what model.Say) (out []journal.Record, fact model.AlertSaid) {
	key := model.AlertKey(what.Alert)
	fact = model.AlertSaid{By: actorWords(k.opt.Actor), At: time.Now().Truncate(time.Millisecond), Say: what}
	s := journal.Silence{Alert: k.fleet + " " + key, Reason: what.Reason, At: fact.At, Actor: k.opt.Actor}
	kind, other, record := journal.KindAck, journal.KindSnooze, journal.AckRecord
	if what.For > 0 {
		s.Until = fact.At.Add(what.For)
		kind, other, record = other, kind, journal.SnoozeRecord
	}
	out = append(out, journal.Forget(other, s.Alert))
	if what.TakeBack {
		return append(out, journal.Forget(kind, s.Alert)), fact
	}
	k.alerts.acked[key] = what.For == 0
	if r, err := record(s); err == nil {
		out = append(out, r)
	}
	return out, fact
}

// hear takes up what somebody says, or says why not.
func (k *keeper) hear(s saying, now *model.Snapshot) {
	if err := k.mayHear(s.what, now); err != nil {
		s.done <- err
		return
	}
	k.alerts.waiting = append(k.alerts.waiting, s)
}

func (k *keeper) mayHear(what model.Say, now *model.Snapshot) error {
	if err := sayable(what, now); err != nil {
		return err
	}
	var held *journal.HeldError
	switch {
	case errors.As(k.err, &held):
		return fmt.Errorf("%w: say it there", held)
	case k.err != nil:
		return fmt.Errorf("it cannot be kept: %w", k.err)
	case k.journal == nil:
		return errors.New("it cannot be kept: " + k.opt.Dir + " does not answer")
	}
	return nil
}

// sayable says what is wrong with what somebody says.
func sayable(what model.Say, now *model.Snapshot) error {
	switch {
	case !slices.ContainsFunc(now.Alerts, func(a model.Alert) bool { return a.Key() == model.AlertKey(what.Alert) }):
		return errors.New("there is no such alert any more")
	case strings.TrimSpace(what.Reason) == "" && !what.TakeBack:
		return errors.New("say why: the reason is for those who come after you")
	case what.For < 0:
		return fmt.Errorf("%s is no time to snooze for", what.For)
	}
	return nil
}

// pass sends what waits to the engine.
func (k *keeper) pass(ctx context.Context, inbox chan<- model.Fact) {
	for _, f := range k.alerts.facts {
		select {
		case inbox <- f:
		case <-ctx.Done():
			return
		}
	}
	k.alerts.facts = nil
}

// results are what came of telling receivers; nil where nobody is told.
func (k *alertKeeper) results() <-chan notify.Result {
	if k.courier == nil {
		return nil
	}
	return k.courier.Results()
}

// took books what came of a call.
func (k *alertKeeper) took(r notify.Result) {
	if f := k.courier.Took(r, time.Now()); f != nil {
		k.facts = append(k.facts, f)
	}
}

// end waits for calls under way, whose context is over, and books what came of them.
func (k *alertKeeper) end() {
	if k.courier == nil {
		return
	}
	close(k.ended)
	k.courier.Close()
	for {
		select {
		case r := <-k.courier.Results():
			k.took(r)
		default:
			return
		}
	}
}
