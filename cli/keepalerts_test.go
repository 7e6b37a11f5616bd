package cli

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tritop/alerts"
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

// What is said is kept first, then shown, and outlives tritop.
func TestSayingIsKept(t *testing.T) {
	t.Parallel()
	dir, p := t.TempDir(), newPager(t)
	l := bear(t, dir, journal.Disk{}, p)
	l.opt.Actor = journal.Actor{User: "op1", Terminal: "pts/3"}
	l.see(t.Context(), false)
	labels := l.book.List()[0].Labels
	say := func(what model.Say) error {
		what.Alert = labels
		s := saying{what, make(chan error, 1)}
		l.hear(s, &model.Snapshot{Judged: model.Judged{Alerts: l.book.List()}})
		l.see(t.Context(), false)
		for _, f := range l.alerts.facts {
			if f, ok := f.(model.AlertSaid); ok {
				l.book.Say(f)
			}
		}
		l.alerts.facts = nil
		return <-s.done
	}
	again := func() model.Said {
		l.die()
		l = bear(t, dir, journal.Disk{}, p)
		return l.book.List()[0].Said
	}
	if err := say(model.Say{Reason: " "}); err == nil || !strings.Contains(err.Error(), "say why") {
		t.Error(err)
	}
	if err := say(model.Say{Reason: "on it"}); err != nil || l.book.List()[0].Said.By != "op1 at pts/3" {
		t.Errorf("%v, %+v", err, l.book.List()[0].Said)
	}
	if s := again(); s.Reason != "on it" || s.By != "op1 at pts/3" || !s.Until.IsZero() {
		t.Errorf("%+v", s)
	}
	if err := say(model.Say{Reason: "new rack", For: time.Hour}); err != nil {
		t.Error(err)
	}
	if s := again(); s.Reason != "new rack" || s.Until.IsZero() {
		t.Errorf("%+v", s)
	}
	if err := say(model.Say{TakeBack: true}); err != nil {
		t.Error(err)
	}
	if s := again(); !s.At.IsZero() {
		t.Errorf("%+v", s)
	}
	labels = []model.Label{{Name: "alertname", Value: "other"}}
	if err := say(model.Say{Reason: "x"}); err == nil || !strings.Contains(err.Error(), "no such alert") {
		t.Error(err)
	}
	l.die()
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
	until(t, func() bool { s := e.Latest().Alerts; return len(s) == 1 && s[0].Said.Reason == "looking�[2J" && s[0].Said.By == "op1" })
	if err := b.Say(ctx, model.Say{Alert: labels[1:], Reason: "x"}); err == nil || err.Error() != "acknowledge the alert : there is no such alert any more" {
		t.Error(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
