package alerts

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"tritop/model"
)

// seen is one look at one possible alert.
type seen struct {
	name     string
	severity model.Severity
	page     bool
	holds    model.Tri // Undecided: nothing is known of it now
	near     bool      // No, by so little that an alert which fires goes on
	noData   string    // why it is undecided
	summary  func() string
	runbook  string
	wait     time.Duration // how long the condition has to hold before the alert fires
	keep     time.Duration // how long it has to be over before the alert is resolved
}

// hold makes a look undecided.
func (s seen) hold(why string) seen {
	s.holds, s.noData = model.Undecided, why
	return s
}

// entry is an alert in the book.
type entry struct {
	model.Alert
	key    string
	of     *subject
	looked uint64    // the turn in which its condition was looked at last
	last   time.Time // when that was
}

// subject is what several alerts may be about: an objective of a model, a check of
// a target, a server.
type subject struct {
	id     subjectID
	labels []model.Label // without alertname and severity
	had    bool          // something was known of it once
	alerts []*entry
}

type subjectID struct{ kind, a, b string }

// Book holds the alerts of a fleet. It belongs to one goroutine.
type Book struct {
	fleet    string
	subjects map[subjectID]*subject
	byKey    map[string]*entry
	said     map[string]model.Said        // also of alerts that are not in the book now
	silences map[string]map[string]string // by Alertmanager, then by key
	turn     uint64
	now      time.Time
	changes  []Change
	list     []model.Alert // as it was listed last; nil: to be made
}

// Change is what became of an alert.
type Change struct {
	Alert model.Alert
	What  ChangeKind
}

// ChangeKind says what became of an alert.
type ChangeKind int

// The kinds of changes.
const (
	Fired ChangeKind = iota
	Resolved
)

const (
	// listed is how long a resolved alert stays in the list, and how far back its
	// fires are counted.
	listed = time.Hour
	// goneAfter is how long an alert is held whose subject is not judged any more.
	goneAfter = time.Hour
)

// New makes a book with what was kept of an earlier run: its alerts and what was
// said of alerts, by their key.
func New(fleet string, alerts []model.Alert, said map[string]model.Said, now time.Time) *Book {
	b := &Book{fleet: fleet, subjects: make(map[subjectID]*subject), byKey: make(map[string]*entry), said: make(map[string]model.Said), silences: make(map[string]map[string]string), now: now}
	for _, a := range alerts {
		if a.Name() == "" || b.byKey[a.Key()] != nil {
			continue
		}
		a.Said, a.Silence = model.Said{}, ""
		e := &entry{Alert: a, key: a.Key(), last: now}
		if a.State != model.AlertResolved && a.NoData == "" {
			e.NoData = "not judged yet since tritop started"
		}
		id, labels := subjectOf(a.Labels)
		e.of = b.subject(id)
		e.of.named(labels...)
		e.of.had = true
		e.of.alerts = append(e.of.alerts, e)
		b.byKey[e.key] = e
	}
	for key, s := range said {
		e := b.byKey[key]
		if !s.Until.IsZero() || e != nil && e.State != model.AlertResolved && !s.At.Before(e.Since) { // else it was said of a firing before
			b.said[key] = s
		}
	}
	return b
}

// subject finds or makes what alerts are about.
func (b *Book) subject(id subjectID) *subject {
	s := b.subjects[id]
	if s == nil {
		s = &subject{id: id}
		b.subjects[id] = s
	}
	return s
}

// look takes over one look at one possible alert of a subject.
func (b *Book) look(of *subject, s seen) {
	e := of.find(s.name, s.severity)
	if e == nil {
		if s.holds != model.Yes {
			return
		}
		e = b.begin(of, s)
	}
	e.looked, e.last, b.list = b.turn, b.now, nil
	if s.holds == model.No && s.near && e.State == model.AlertFiring {
		e.NoData, e.Ended = "", time.Time{}
		return
	}
	switch s.holds {
	case model.Undecided:
		if e.State != model.AlertResolved {
			e.NoData = cmp.Or(s.noData, "no data")
		}
	case model.Yes:
		b.held(e, s)
	case model.No:
		b.over(e, s)
	}
}

func (of *subject) find(name string, severity model.Severity) *entry {
	for _, e := range of.alerts {
		if e.Severity == severity && e.Name() == name {
			return e
		}
	}
	return nil
}

// begin puts an alert into the book.
func (b *Book) begin(of *subject, s seen) *entry {
	labels := append([]model.Label{{Name: "alertname", Value: s.name}, {Name: "severity", Value: s.severity.String()}}, of.labels...)
	if b.fleet != "" {
		labels = append(labels, model.Label{Name: "fleet", Value: b.fleet})
	}
	slices.SortFunc(labels, func(x, y model.Label) int { return cmp.Compare(x.Name, y.Name) })
	e := &entry{Alert: model.Alert{Labels: labels, Severity: s.severity, Since: b.now}, key: model.AlertKey(labels), of: of}
	of.alerts, b.byKey[e.key] = append(of.alerts, e), e
	return e
}

// held goes on with an alert whose condition holds.
func (b *Book) held(e *entry, s seen) {
	if e.State == model.AlertResolved {
		e.LastFired, e.LastResolved = e.Fired, e.Resolved
		e.State, e.Since, e.Fired, e.Resolved = model.AlertPending, b.now, time.Time{}, time.Time{}
	}
	e.NoData, e.Ended = "", time.Time{}
	e.Page, e.Summary, e.Runbook = s.page, s.summary(), s.runbook
	if e.State == model.AlertPending && b.now.Sub(e.Since) >= s.wait {
		e.State, e.Fired, e.LastFired, e.LastResolved = model.AlertFiring, b.now, time.Time{}, time.Time{}
		e.Fires = append(within(e.Fires, b.now), b.now)
		b.change(e, Fired)
	}
	b.countFlaps(e)
}

// over goes on with an alert whose condition does not hold.
func (b *Book) over(e *entry, s seen) {
	e.NoData = ""
	switch e.State {
	case model.AlertPending:
		if e.LastResolved.IsZero() {
			b.drop(e)
			return
		}
		e.State, e.Fired, e.Resolved = model.AlertResolved, e.LastFired, e.LastResolved // as it was
		e.LastFired, e.LastResolved = time.Time{}, time.Time{}
	case model.AlertFiring:
		if e.Ended.IsZero() {
			e.Ended = b.now
		}
		if b.now.Sub(e.Ended) >= s.keep {
			b.resolve(e)
		}
	case model.AlertResolved:
	}
}

// resolve ends an alert. What was said of it until then holds no more; a snooze
// holds on, for the next time.
func (b *Book) resolve(e *entry) {
	e.State, e.Resolved, e.NoData = model.AlertResolved, b.now, ""
	if s := b.said[e.key]; s.Until.IsZero() {
		delete(b.said, e.key)
	}
	b.countFlaps(e)
	b.change(e, Resolved)
}

// finish ends an alert whose subject is not there any more.
func (b *Book) finish(e *entry, why string) {
	if e.State == model.AlertPending {
		b.drop(e)
		return
	}
	e.Summary += " (" + why + ")"
	b.resolve(e)
}

func (b *Book) change(e *entry, what ChangeKind) {
	b.changes = append(b.changes, Change{b.view(e), what})
}

func (b *Book) drop(e *entry) {
	delete(b.byKey, e.key)
	if s := b.said[e.key]; s.Until.IsZero() {
		delete(b.said, e.key)
	}
	e.of.alerts = slices.DeleteFunc(e.of.alerts, func(o *entry) bool { return o == e })
	b.list = nil
}

// within gives those times that are not older than the hour, in an array of their own.
func within(times []time.Time, now time.Time) []time.Time {
	return slices.DeleteFunc(slices.Clone(times), func(t time.Time) bool { return now.Sub(t) >= listed })
}

// countFlaps counts how often an alert fired again within the hour.
func (b *Book) countFlaps(e *entry) {
	if len(e.Fires) > 0 && b.now.Sub(e.Fires[0]) >= listed {
		e.Fires, b.list = within(e.Fires, b.now), nil
	}
	e.Flaps = max(0, len(e.Fires)-1)
}

// settle goes on with the alerts that nobody looked at in this turn, and forgets
// what is long over.
func (b *Book) settle(gone func(*subject) string) {
	for _, key := range slices.Sorted(maps.Keys(b.byKey)) { // so that the changes have one order
		switch e := b.byKey[key]; {
		case e.State == model.AlertResolved && b.now.Sub(e.Resolved) >= listed:
			b.drop(e)
		case e.looked == b.turn || e.State == model.AlertResolved:
			b.countFlaps(e)
		default:
			b.list = nil
			b.unlooked(e, gone(e.of))
		}
	}
	for key, s := range b.said {
		if !s.Quiet(b.now) {
			delete(b.said, key)
			b.list = nil
		}
	}
}

// unlooked goes on with an alert that nobody looked at.
func (b *Book) unlooked(e *entry, gone string) {
	if e.last.IsZero() { // it was read back before the time was known
		e.last = b.now
	}
	switch {
	case gone != "":
		b.finish(e, gone)
	case b.now.Sub(e.last) >= goneAfter:
		b.finish(e, "not judged any more for an hour")
	default:
		e.NoData = cmp.Or(e.NoData, "not judged any more")
	}
}

// view is an alert as others see it.
func (b *Book) view(e *entry) model.Alert {
	a := e.Alert
	a.Said = b.said[e.key]
	return a
}

// List gives all alerts: firing ones first, then pending, then resolved ones of
// the last hour; each newest first. The list is never written again.
func (b *Book) List() []model.Alert {
	if b.list != nil || len(b.byKey) == 0 {
		return b.list
	}
	b.list = make([]model.Alert, 0, len(b.byKey))
	for _, e := range b.byKey {
		b.list = append(b.list, b.view(e))
	}
	rank := [...]int{model.AlertFiring: 0, model.AlertPending: 1, model.AlertResolved: 2}
	newest := func(a *model.Alert) time.Time {
		switch a.State {
		case model.AlertFiring:
			return a.Fired
		case model.AlertResolved:
			return a.Resolved
		case model.AlertPending:
		}
		return a.Since
	}
	slices.SortFunc(b.list, func(x, y model.Alert) int {
		return cmp.Or(cmp.Compare(rank[x.State], rank[y.State]), newest(&y).Compare(newest(&x)), cmp.Compare(x.Key(), y.Key()))
	})
	return b.list
}

// Say takes over what somebody said about an alert. It gives the alert; ok is
// false where there is none of that identity, or nothing to take back.
func (b *Book) Say(f model.AlertSaid) (a model.Alert, ok bool) {
	e := b.byKey[model.AlertKey(f.Alert)]
	if e == nil {
		return a, false
	}
	_, said := b.said[e.key]
	if f.TakeBack {
		delete(b.said, e.key)
	} else {
		s := model.Said{By: f.By, At: f.At, Reason: f.Reason}
		if f.For > 0 {
			s.Until = f.At.Add(f.For)
		}
		b.said[e.key] = s
	}
	b.list = nil
	return b.view(e), said || !f.TakeBack
}

// Told takes over what came of telling a receiver of alerts.
func (b *Book) Told(f model.AlertsTold) {
	for _, key := range f.Alerts {
		e := b.byKey[key]
		if e == nil {
			continue
		}
		e.Delivery, b.list = slices.Clone(e.Delivery), nil // what was listed is never written again
		at := slices.IndexFunc(e.Delivery, func(d model.Delivery) bool { return d.To == f.To })
		if at < 0 {
			e.Delivery, at = append(e.Delivery, model.Delivery{To: f.To}), len(e.Delivery)
		}
		if d := &e.Delivery[at]; f.Err == "" {
			*d = model.Delivery{To: f.To, Last: f.At}
		} else {
			d.Tries, d.Err = d.Tries+1, f.Err
		}
	}
}

// Silenced takes over which alerts are silenced at an Alertmanager.
func (b *Book) Silenced(f model.AlertsSilenced) {
	b.silences[f.From], b.list = f.By, nil
	for key, e := range b.byKey {
		e.Silence = ""
		for _, from := range slices.Sorted(maps.Keys(b.silences)) {
			e.Silence = cmp.Or(e.Silence, b.silences[from][key])
		}
	}
}
