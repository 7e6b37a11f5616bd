package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tritop/alerts"
	"tritop/config"
	"tritop/engine"
	"tritop/journal"
	"tritop/model"
	"tritop/notify"
)

// errDead is what everything answers after a kill.
var errDead = errors.New("killed")

// fate lets a process live for so many steps: writes to the disk and calls to the
// receiver. The last of them is done, and nobody learns of it.
type fate struct {
	journal.FS
	mu     sync.Mutex
	steps  int // so far
	limit  int // 0: it lives on
	silent bool
}

// step says whether a step is done, and whether the process learns of it.
func (f *fate) step() (done, learns bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.steps++
	return f.limit == 0 || f.steps < f.limit || f.steps == f.limit && !f.silent, f.limit == 0 || f.steps < f.limit
}

func (f *fate) dead() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.limit > 0 && f.steps >= f.limit
}

func (f *fate) Open(name string, flag int) (journal.File, error) {
	file, err := f.FS.Open(name, flag)
	return fatedFile{file, f}, err
}

type fatedFile struct {
	journal.File
	of *fate
}

func (f fatedFile) Write(b []byte) (int, error) {
	done, learns := f.of.step()
	if done {
		if n, err := f.File.Write(b); err != nil || learns {
			return n, err
		}
	}
	return 0, errDead
}

// Truncate is not done after a kill: nobody takes half a write back.
func (f fatedFile) Truncate(n int64) error {
	if f.of.dead() {
		return errDead
	}
	return f.File.Truncate(n)
}

// pager is an Alertmanager that keeps what it takes, by firing.
type pager struct {
	*httptest.Server
	mu    sync.Mutex
	fate  *fate
	heard map[string][]string // "firing" or "resolved", by when it began
}

func newPager(t *testing.T) *pager {
	t.Helper()
	p := &pager{heard: make(map[string][]string)}
	p.Server = httptest.NewServer(http.HandlerFunc(p.take))
	t.Cleanup(p.Close)
	return p
}

func (p *pager) take(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.Method == http.MethodGet {
		_, _ = w.Write([]byte("[]"))
		return
	}
	done, learns := true, true
	if p.fate != nil {
		done, learns = p.fate.step()
	}
	var all []struct{ StartsAt, EndsAt time.Time }
	if done && json.NewDecoder(r.Body).Decode(&all) == nil {
		for _, a := range all {
			what := "firing"
			if a.EndsAt.Before(time.Now()) {
				what = "resolved"
			}
			p.heard[a.StartsAt.String()] = append(p.heard[a.StartsAt.String()], what)
		}
	}
	if !learns || !done {
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// life is one run of a keeper with a book of alerts.
type life struct {
	*keeper
	book *alerts.Book
	now  time.Time // of the book
}

func bear(t *testing.T, dir string, fs journal.FS, p *pager) *life {
	t.Helper()
	opt := journal.DefaultOptions(dir)
	opt.FS = fs
	k := &keeper{opt: opt, fleet: "prod", start: time.Now(), alerts: newAlertKeeper([]notify.Receiver{{Name: "am", Kind: notify.Alertmanager, URLs: []string{p.URL}}})}
	k.open()
	k.wait(keepEnd)
	now := time.Now().Add(-time.Hour) // behind everything that an earlier life saw
	for _, a := range k.past.kept {
		now = latest(now, a.Alert.Since, a.Alert.Fired, a.Alert.Ended, a.Alert.Resolved)
	}
	return &life{k, alerts.New("prod", k.past.alerts(), k.past.said, now), now}
}

func latest(times ...time.Time) time.Time {
	return slices.MaxFunc(times, time.Time.Compare)
}

// see shows the book a server that is down, or well, and lets the keeper do what is
// to be done.
func (l *life) see(ctx context.Context, up bool) {
	srv := alerts.Server{Name: "a", Asked: true, State: model.ServerHung, Finding: model.Finding{Verdict: model.Unhealthy, Reason: "hung"}}
	if up {
		srv.State, srv.Finding = model.ServerReady, model.Finding{Verdict: model.Healthy}
	}
	for range 4 { // its own time goes by faster: an alert fires, or is resolved
		l.now = l.now.Add(30 * time.Second)
		l.book.Follow(alerts.View{Now: l.now, Servers: []alerts.Server{srv}})
	}
	for range 3 {
		snap := &model.Snapshot{Judged: model.Judged{Alerts: l.book.List()}}
		l.follow(ctx, snap)
		l.write(snap)
		l.wait(keepEnd)
		l.follow(ctx, snap)
		l.alerts.courier.Wait()
		for len(l.alerts.results()) > 0 {
			l.alerts.took(<-l.alerts.results())
		}
	}
}

// die ends a run without a word.
func (l *life) die() {
	l.wait(keepEnd)
	if l.journal != nil {
		_ = l.journal.Close()
	}
	l.alerts.courier.Close()
}

// Killed at each step (each write to the disk, each call to the receiver, done or
// not done): the receiver hears of what was kept, and of its end.
func TestAlertsSurviveAKillAtEveryStep(t *testing.T) {
	t.Parallel()
	for _, silent := range []bool{false, true} {
		for limit := 1; ; limit++ {
			p, dir := newPager(t), t.TempDir()
			f := &fate{FS: journal.Disk{}, limit: limit, silent: silent}
			p.fate = f
			first := bear(t, dir, f, p)
			if first.journal != nil {
				first.see(t.Context(), false)
				first.see(t.Context(), true)
			}
			over := !f.dead()
			first.die()
			p.mu.Lock()
			p.fate = nil
			p.mu.Unlock()
			second := bear(t, dir, journal.Disk{}, p)
			known := len(second.past.kept)
			second.see(t.Context(), true)
			second.die()
			ended(t, p, limit, known > 0)
			if over {
				if limit < 6 {
					t.Errorf("there are %d steps only", limit)
				}
				break
			}
		}
	}
}

// ended fails the test unless all that a pager heard of is over, and it heard of
// something where something was kept.
func ended(t *testing.T, p *pager, limit int, kept bool) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if kept && len(p.heard) == 0 {
		t.Errorf("killed at step %d: an alert was kept, and nobody heard of it", limit)
	}
	for firing, words := range p.heard {
		if words[len(words)-1] != "resolved" || strings.Contains(strings.Join(words, " "), "resolved firing") {
			t.Errorf("killed at step %d: of %s was heard %q", limit, firing, words)
		}
	}
}

// A second tritop on the same directory tells nobody, and says so; it goes on where
// the first ended.
func TestOnlyTheHolderTells(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p, q := newPager(t), newPager(t)
	first, second := bear(t, dir, journal.Disk{}, p), bear(t, dir, journal.Disk{}, q)
	first.see(t.Context(), false)
	second.see(t.Context(), false)
	if len(p.heard) != 1 || len(q.heard) != 0 {
		t.Fatalf("the first told %v, the second %v", p.heard, q.heard)
	}
	if n := second.notices(time.Now()); len(n) != 1 || !strings.HasSuffix(n[0].Text, "this tritop only observes, and keeps nothing; the other one tells of alerts") {
		t.Errorf("%+v", n)
	}
	if err := second.mayHear(model.Say{Alert: second.book.List()[0].Labels, Reason: "x"}, &model.Snapshot{Judged: model.Judged{Alerts: second.book.List()}}); err == nil || !strings.HasSuffix(err.Error(), ": say it there") {
		t.Error(err)
	}
	first.die()
	second.again()
	second.wait(keepEnd)
	second.see(t.Context(), false)
	second.see(t.Context(), true)
	for firing := range p.heard { // as the first told it
		if got := strings.Join(q.heard[firing], " "); !strings.HasSuffix(got, "resolved") || len(q.heard) != 1 {
			t.Errorf("the second told %v of %s", q.heard, firing)
		}
	}
	second.die()
}

// speaker is a run in which somebody says something.
type speaker struct {
	t *testing.T
	*life
	dir   string
	pager *pager
}

// say says something about the first alert.
func (s *speaker) say(what model.Say) error {
	list := s.book.List()
	if what.Alert == nil {
		what.Alert = list[0].Labels
	}
	said := saying{what, make(chan error, 1)}
	s.hear(said, &model.Snapshot{Judged: model.Judged{Alerts: list}})
	s.see(s.t.Context(), false)
	for _, f := range s.alerts.facts {
		if f, ok := f.(model.AlertSaid); ok {
			s.book.Say(f)
		}
	}
	s.alerts.facts = nil
	return <-said.done
}

// begin starts tritop, and again ends it before, without a word.
func (s *speaker) begin() {
	s.life = bear(s.t, s.dir, journal.Disk{}, s.pager)
	s.opt.Actor = journal.Actor{User: "op1", Terminal: "pts/3"}
}

func (s *speaker) again() {
	s.die()
	s.begin()
}

// knows fails the test unless what is said of the first alert is this: by whom and
// why, until when or until it is resolved.
func (s *speaker) knows(when, want string) {
	s.t.Helper()
	said := s.book.List()[0].Said
	got := said.By + ": " + said.Reason
	if !said.Until.IsZero() {
		got += ", " + said.Until.Sub(said.At).String()
	}
	if got != want {
		s.t.Errorf("%s: %q, want %q", when, got, want)
	}
}

// What is said is kept first, then shown, and outlives tritop.
func TestSayingIsKept(t *testing.T) {
	t.Parallel()
	s := &speaker{t: t, dir: t.TempDir(), pager: newPager(t)}
	s.begin()
	s.see(t.Context(), false)
	for _, c := range []struct {
		what      model.Say
		err, want string
	}{
		{model.Say{Reason: " "}, "say why: the reason is for those who come after you", ": "},
		{model.Say{Reason: "x", For: -1}, "-1ns is no time to snooze for", ": "},
		{model.Say{Reason: "x", Alert: []model.Label{{Name: "alertname", Value: "other"}}}, "there is no such alert any more", ": "},
		{model.Say{Reason: "on it"}, "<nil>", "op1 at pts/3: on it"},
		{model.Say{Reason: "new rack", For: time.Hour}, "<nil>", "op1 at pts/3: new rack, 1h0m0s"},
		{model.Say{TakeBack: true}, "<nil>", ": "},
	} {
		if err := s.say(c.what); fmt.Sprint(err) != c.err {
			t.Errorf("%+v: %v, want %q", c.what, err, c.err)
		}
		s.knows("shown", c.want)
		s.again()
		s.knows("after a restart", c.want)
	}
	s.die()
}

// A simulated fleet keeps nothing; what is said of it is shown all the same.
func TestSayingOfADemo(t *testing.T) {
	t.Parallel()
	opt := engine.DefaultOptions()
	labels := []model.Label{{Name: "alertname", Value: "X"}, {Name: "severity", Value: "critical"}}
	opt.Alerts = []model.Alert{{Labels: labels, State: model.AlertFiring, Severity: model.Critical}}
	e, err := engine.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	b := backend{Engine: e, actor: journal.Actor{User: "op1"}}
	if err := b.Say(ctx, model.Say{Alert: labels, Reason: "looking\x1b[2J"}); err != nil {
		t.Error(err)
	}
	until(t, func() bool {
		s := e.Latest().Alerts
		return len(s) == 1 && s[0].Said.Reason == "looking�[2J" && s[0].Said.By == "op1"
	})
	if err := b.Say(ctx, model.Say{Alert: labels[1:], Reason: "x"}); err == nil || err.Error() != "acknowledge the alert : there is no such alert any more" {
		t.Error(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestWhoIsToldByTheConfiguration(t *testing.T) {
	t.Parallel()
	a := &app{io: IO{Getenv: func(k string) string { return map[string]string{"PAGER": "Bearer s3cret"}[k] }}}
	all := []config.Notify{{Name: "bell", Kind: config.NotifyBell, OSC: 9}, {Name: "pager", Kind: config.NotifyWebhook, URLs: []string{"http://x"}, Headers: map[string]config.Secret{"Authorization": {Env: "PAGER"}}}}
	got, err := a.receivers(all)
	if err != nil || len(got) != 1 || got[0].Name != "pager" || got[0].Kind != notify.Webhook || got[0].Headers["Authorization"] != "Bearer s3cret" {
		t.Errorf("%+v, %v", got, err)
	}
	all[1].Headers["Authorization"] = config.Secret{Env: "NONE"}
	if _, err := a.receivers(all); err == nil || err.Error() != "read the header Authorization of the receiver pager: the environment variable NONE is empty" {
		t.Error(err)
	}
	if b := a.bellOf(all[1:]); b != nil {
		t.Error("a terminal is rung that nobody asked for")
	}
	if b := a.bellOf(all); b == nil || b.OSC != 9 {
		t.Errorf("%+v", b)
	}
}
