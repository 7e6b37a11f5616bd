package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tritop/alerts"
	"tritop/model"
)

var start = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// post office: an outbox, its clock, and what was delivered, "15:04:05 to: name state, …".
type office struct {
	t *testing.T
	*Outbox
	now  time.Time
	list map[string]*model.Alert
	log  []string
	fail map[string]bool
}

func newOffice(t *testing.T, receivers ...Receiver) *office {
	t.Helper()
	return &office{t: t, Outbox: newOutbox(receivers, DefaultTiming()), now: start, list: make(map[string]*model.Alert), fail: make(map[string]bool)}
}

func alert(name, server string, severity model.Severity) model.Alert {
	labels := []model.Label{{Name: "alertname", Value: name}, {Name: "fleet", Value: "prod"}, {Name: "server", Value: server}, {Name: "severity", Value: severity.String()}}
	return model.Alert{Labels: labels, Severity: severity, Summary: name + " of " + server, Page: severity == model.Critical}
}

func (o *office) fires(a model.Alert) *office {
	a.State, a.Since, a.Fired = model.AlertFiring, o.now, o.now
	o.list[a.Key()] = &a
	return o
}

func (o *office) resolves(a model.Alert) *office {
	b := *o.list[a.Key()]
	b.State, b.Resolved, b.Said = model.AlertResolved, o.now, model.Said{}
	o.list[a.Key()] = &b
	return o
}

// pass lets so much time go by, a look a second; everything is kept at once.
func (o *office) pass(d time.Duration) *office {
	for end := o.now.Add(d); o.now.Before(end); o.now = o.now.Add(time.Second) {
		var list []model.Alert
		for _, a := range o.list {
			list = append(list, *a)
		}
		o.Take(list, o.now)
		o.hush()
		_, kept := o.Unkept()
		kept()
		for _, j := range o.due(o.now, false) {
			var err error
			if o.fail[j.target.to] {
				err = errors.New("refused")
			} else {
				o.log = append(o.log, fmt.Sprintf("%s %s: %s", o.now.Sub(start), j.target.to, words(j)))
			}
			o.done(j, err, o.now)
		}
	}
	return o
}

func words(j Job) string {
	var out []string
	for _, m := range j.messages {
		out = append(out, m.Alert.Label("server")+" "+stageWords[m.stage])
	}
	return strings.Join(out, ", ")
}

func (o *office) told(want ...string) *office {
	o.t.Helper()
	if !slices.Equal(o.log, want) {
		o.t.Errorf("delivered\n%s\nwant\n%s", strings.Join(o.log, "\n"), strings.Join(want, "\n"))
	}
	o.log = nil
	return o
}

var (
	manager = Receiver{Name: "am", Kind: Alertmanager, URLs: []string{"http://am:9093"}}
	hooks   = Receiver{Name: "ops", Kind: Webhook, URLs: []string{"http://ops"}}
	a, b, c = alert(alerts.CheckFailing, "a", model.Critical), alert(alerts.CheckFailing, "b", model.Warning), alert(alerts.ServerDown, "c", model.Critical)
)

func TestAnAlertmanagerIsToldAgainAndAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t, manager)
	o.fires(a).pass(130*time.Second).told("0s am: a firing", "1m0s am: a firing", "2m0s am: a firing")
	o.resolves(a).pass(10*time.Minute).told("2m10s am: a resolved", "3m10s am: a resolved", "4m10s am: a resolved", "5m10s am: a resolved", "6m10s am: a resolved")
	if len(o.items[a.Key()].episodes) > 0 {
		t.Error("what everybody knows is kept")
	}
}

// Webhooks and commands: what belongs together comes together.
func TestGroups(t *testing.T) {
	t.Parallel()
	o := newOffice(t, hooks)
	o.fires(a).pass(10 * time.Second).fires(b).pass(25 * time.Second).told("30s ops: a firing, b firing")
	o.resolves(b).pass(4*time.Minute + 54*time.Second).told() // the interval
	o.pass(2 * time.Second).told("5m30s ops: a firing, b resolved")
	o.pass(5 * time.Hour).told("4h5m30s ops: a firing")
	o.resolves(a).pass(time.Minute).told("5h5m31s ops: a resolved")
	o.pass(10 * time.Hour).told()
	o.fires(a).fires(c).pass(32*time.Second).told("15h7m1s ops: a firing", "15h7m2s ops: c firing")
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	critical := Receiver{Name: "pager", Kind: Alertmanager, URLs: []string{"http://x:1", "http://y:2/secret"}, Severities: []model.Severity{model.Critical}}
	o := newOffice(t, critical, manager)
	o.fires(a).fires(b).pass(time.Second).told("0s pager (x:1): a firing", "0s pager (y:2): a firing", "0s am: a firing, b firing")
}

// Who says that it is known hears no more; the end is told to those who know of it.
func TestQuietAlerts(t *testing.T) {
	t.Parallel()
	o := newOffice(t, hooks, manager)
	said := a
	said.Said = model.Said{By: "op1", At: start, Reason: "known"}
	o.fires(said).pass(10 * time.Minute)
	if got := strings.Join(o.log, "\n"); strings.Contains(got, "ops") || !strings.Contains(got, "am: a firing") {
		t.Error(got)
	}
	o.resolves(a).pass(10 * time.Minute)
	if got := strings.Join(o.log, "\n"); strings.Contains(got, "ops") || !strings.Contains(got, "am: a resolved") {
		t.Error(got)
	}
	o = newOffice(t, hooks)
	o.fires(a).pass(40 * time.Second).told("30s ops: a firing")
	o.list[a.Key()].Said = said.Said
	o.pass(9 * time.Hour).told().resolves(a).pass(time.Second).told("9h0m40s ops: a resolved")
	// A snooze that is over lets the news through.
	o = newOffice(t, hooks)
	said.Said.Until = start.Add(time.Hour)
	o.fires(said).pass(time.Hour).told().pass(time.Minute).told("1h0m0s ops: a firing")
}

// A server that is down says enough of what runs on it.
func TestInhibition(t *testing.T) {
	t.Parallel()
	o := newOffice(t, hooks, manager)
	down := alert(alerts.ServerDown, "a", model.Critical)
	o.fires(down).fires(a).fires(b).pass(31 * time.Second)
	want := []string{"0s am: a firing, b firing, a firing", "30s ops: b firing"}
	o.told(want...).pass(time.Second).told("31s ops: a firing") // the next group
	if j := o.items[a.Key()].open(); j.Told["ops"].Stage != Untold {
		t.Error("an alert of a server that is down was told")
	}
	// When the server is back and the check still fails, it is news.
	o.resolves(down).pass(20 * time.Minute)
	if got := strings.Join(o.log, "\n"); !strings.Contains(got, "ops: a firing, b firing") {
		t.Error(got)
	}
	blind := alert(alerts.Blind, "", model.Critical)
	o = newOffice(t, hooks)
	o.fires(blind).fires(alert(alerts.ServerNoData, "x", model.Critical)).pass(2 * time.Minute).told("30s ops:  firing")
}

func TestFailuresAreTriedAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t, manager, Receiver{Name: "am2", Kind: Alertmanager, URLs: []string{"http://b"}})
	o.fail["am"] = true
	o.fires(a).pass(time.Second).told("0s am2: a firing")
	o.pass(20 * time.Minute)
	if n := o.targets[0].tries; n < 10 || n > 13 {
		t.Errorf("%d tries in 20 minutes", n)
	}
	o.log = nil
	o.resolves(a).pass(time.Hour) // it is over long before the receiver works again
	o.fail["am"], o.log = false, nil
	o.pass(6 * time.Minute)
	if len(o.log) != 1 || !strings.HasSuffix(o.log[0], "am: a resolved") {
		t.Errorf("%q", o.log)
	}
	// For ever would be too long.
	o.fail["am"] = true
	o.fires(b).pass(time.Second).resolves(b).pass(24*time.Hour + time.Second)
	if it := o.items[b.Key()]; len(it.episodes) > 0 {
		t.Errorf("%+v", it.episodes)
	}
}

// Nothing is told before it is kept, unless nothing can be kept.
func TestNothingIsToldBeforeItIsKept(t *testing.T) {
	t.Parallel()
	o := newOffice(t, manager)
	o.fires(a)
	o.Take([]model.Alert{*o.list[a.Key()]}, o.now)
	if jobs := o.due(o.now, false); len(jobs) > 0 {
		t.Errorf("%+v", jobs)
	}
	if jobs := o.due(o.now, true); len(jobs) != 1 {
		t.Errorf("%+v", jobs)
	}
}

// Whoever takes the directory over goes on where the one before it ended.
func TestTakingOver(t *testing.T) {
	t.Parallel()
	first, second := newOffice(t, manager), newOffice(t, manager)
	first.fires(a).fires(b).pass(time.Second).resolves(b).pass(time.Second)
	var kept []Kept
	for _, it := range first.items {
		it.version++
	}
	all, _ := first.Unkept()
	for _, k := range all {
		kept = append(kept, *k)
	}
	second.now = start.Add(500 * time.Millisecond) // it saw it later
	second.fires(a).fires(b)
	second.Take([]model.Alert{*second.list[a.Key()], *second.list[b.Key()]}, second.now)
	second.resolves(b)
	second.Take([]model.Alert{*second.list[a.Key()], *second.list[b.Key()]}, second.now)
	second.Restore(kept, true)
	second.now = start.Add(3 * time.Second)
	second.pass(time.Second).told()
	if e := second.items[a.Key()].open(); e == nil || !e.Alert.Fired.Equal(start) {
		t.Errorf("the firing began when the first saw it: %+v", e)
	}
	second.resolves(a).pass(time.Second).told("4s am: a resolved")
}

// journal is what is kept in the property below: one record per alert.
type journal map[string][]byte

func (j journal) write(t *rapid.T, all map[string]*Kept) {
	for key, k := range all {
		if k == nil {
			delete(j, key)
			continue
		}
		text, err := json.Marshal(k)
		if err != nil {
			t.Fatal(err)
		}
		j[key] = text
	}
}

func (j journal) read(t *rapid.T) (kept []Kept, list []model.Alert) {
	for key, text := range j {
		var k Kept
		if err := json.Unmarshal(text, &k); err != nil || k.Alert.Key() != key {
			t.Fatalf("%s: %v, %s", key, err, text)
		}
		kept, list = append(kept, k), append(list, k.Alert)
	}
	return kept, list
}

// world is a server, tritop, its journal and two receivers.
type world struct {
	t     *rapid.T
	kept  journal
	now   time.Time
	heard map[string]map[string]Stage // by receiver, then by firing
	book  *alerts.Book
	box   *Outbox
}

// boot starts tritop with what is kept.
func (w *world) boot() {
	all, list := w.kept.read(w.t)
	w.box, w.book = newOutbox([]Receiver{manager, hooks}, DefaultTiming()), alerts.New("prod", list, nil, w.now)
	w.box.Restore(all, false)
}

// step looks at the server once. tritop may die before anything is kept (0), before
// it is known that it is (1), or before it is known what was sent (2).
func (w *world) step(bad bool, dies int, fails func() bool) {
	v := alerts.View{Now: w.now, Servers: []alerts.Server{{Name: "a", Asked: true, State: model.ServerReady, Finding: model.Finding{Verdict: model.Healthy}}}}
	if bad {
		v.Servers[0].State, v.Servers[0].Finding = model.ServerHung, model.Finding{Verdict: model.Unhealthy, Reason: "hung"}
	}
	w.book.Follow(v)
	w.box.Take(w.book.List(), w.now)
	w.box.hush()
	if dies == 0 {
		w.boot()
		return
	}
	all, done := w.box.Unkept()
	w.kept.write(w.t, all)
	if dies == 1 {
		w.boot()
		return
	}
	done()
	for _, j := range w.box.due(w.now, false) {
		err := errors.New("refused")
		if !fails() {
			hear(w.t, w.heard[j.target.to], j)
			err = nil
		}
		w.box.done(j, err, w.now)
	}
	if dies == 2 {
		w.boot()
	}
}

// I19 at the receivers, with kills at every step: whatever fails and whenever
// tritop dies, each receiver hears of each firing that was kept, hears of its end,
// and never hears after the end that it fires.
func TestDeliveryProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &world{t: t, kept: make(journal), now: start, heard: map[string]map[string]Stage{"am": {}, "ops": {}}}
		w.boot()
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			w.now = w.now.Add(time.Duration(rapid.IntRange(1, 120).Draw(t, "seconds")) * time.Second)
			dies := -1
			if rapid.IntRange(0, 4).Draw(t, "kill") == 0 {
				dies = rapid.IntRange(0, 2).Draw(t, "where")
			}
			w.step(rapid.Bool().Draw(t, "bad"), dies, func() bool { return rapid.IntRange(0, 2).Draw(t, "fails") == 0 })
		}
		for range 40 { // all is well at last, nobody dies, and everybody listens
			w.now = w.now.Add(6 * time.Minute)
			w.step(false, -1, func() bool { return false })
		}
		for to, firings := range w.heard {
			for firing, stage := range firings {
				if stage != ToldOver {
					t.Fatalf("%s never heard of the end of %s", to, firing)
				}
			}
		}
		if len(w.heard["am"]) < len(w.heard["ops"]) {
			t.Fatalf("the Alertmanager heard of %d firings, the webhook of %d", len(w.heard["am"]), len(w.heard["ops"]))
		}
	})
}

func hear(t *rapid.T, firings map[string]Stage, j Job) {
	for _, m := range j.messages {
		firing := fingerprint(m.Alert.Labels) + m.Alert.Fired.String()
		if firings[firing] == ToldOver && m.stage == ToldFiring {
			t.Fatalf("%s fires after its end", firing)
		}
		firings[firing] = m.stage
	}
}
