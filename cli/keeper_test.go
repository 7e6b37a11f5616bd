package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tritop/collectors"
	"tritop/journal"
	"tritop/model"
)

// nobody is an address that refuses.
const nobody = "dead=127.0.0.1:1"

func down(s state) bool { return s.told("dead no data → not listening") }

// What happened survives the end of tritop: it comes first, keeps its time, is
// marked, and the numbers go on.
func TestEventsSurviveARestart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	w := watch(t, nobody, "--state-dir", dir)
	was := w.until("an event", func(s state) bool { return down(s) && s.told("fleet UNKNOWN → UNHEALTHY") }).Events
	if code := w.end(); code != exitInterrupted {
		t.Fatalf("code %d", code)
	}
	w = watch(t, nobody, "--state-dir", dir)
	is := w.until("new events behind the old ones", func(s state) bool { return len(s.Events) >= 2*len(was) })
	for i, e := range is.Events {
		if e.Seq != uint64(i+1) || e.Before != (i < len(was)) {
			t.Errorf("event %d: %+v", i, e)
		}
	}
	for i := range was {
		was[i].Before = true
	}
	if !slices.Equal(is.Events[:len(was)], was) || len(is.Notices) > 0 {
		t.Errorf("before: %+v\nafter: %+v\nnotices %q", was, is.Events, is.Notices)
	}
	w.end()
	keptOnce(t, dir, len(is.Events))
	// Another fleet has another past.
	w = watch(t, "other=127.0.0.1:1", "--state-dir", dir)
	if s := w.until("an event", func(s state) bool { return len(s.Events) > 0 }); s.told("dead ") || s.Events[0].Seq != 1 {
		t.Errorf("a past that is not its own: %+v", s.Events)
	}
	w.end()
	// In sentences nothing is told twice.
	o := command{args: []string{"watch", nobody, "--state-dir", dir, "--every", "300ms", "--for", "1s"}}.run(t.Context())
	if n := strings.Count(o.out, "dead is now not listening"); n != 1 {
		t.Errorf("told %d times:\n%s", n, o.out)
	}
}

// A second tritop on the same directory shows the past, says who holds it, keeps
// nothing, and takes over when the first ends.
func TestASecondTritopOnlyObserves(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := watch(t, nobody, "--state-dir", dir)
	first.until("an event", down)
	kept(t, dir, 1)
	second := watch(t, nobody, "--state-dir", dir)
	s := second.until("an event", func(s state) bool { return len(s.Events) > 2 })
	want := fmt.Sprintf("is in use by process %d of ", os.Getpid())
	if !s.Events[0].Before || !s.notes(want) || !s.notes("this tritop only observes, and keeps nothing") {
		t.Errorf("events %+v, notices %q", s.Events, s.Notices)
	}
	first.end()
	second.until("the taking over", func(s state) bool { return !s.notes("in use") && s.told(dir+" can be used again") })
	second.end()
	events, holders := kept(t, dir, 1)
	if len(holders) != 2 || slices.ContainsFunc(events[2:], func(e model.Event) bool { return e.Server == "dead" }) {
		t.Errorf("%d holders kept %+v", len(holders), events)
	}
}

// kept waits until so many events are kept, and gives them, and who opened the journal.
func kept(t *testing.T, dir string, n int) (events []model.Event, opened []journal.Record) {
	t.Helper()
	until(t, func() bool {
		events, opened = nil, nil
		_, err := journal.Replay(journal.Disk{}, dir, func(r journal.Record) {
			if _, e, ok := r.Event(); ok {
				events = append(events, e)
			} else if r.Kind == journal.KindOpened {
				opened = append(opened, r)
			} else if r.Kind != journal.KindAlert {
				t.Errorf("kept beside events and alerts: %+v", r)
			}
		})
		return err == nil && len(events) >= n
	})
	return events, opened
}

// keptOnce looks whether at least n events are kept, each once and in order.
func keptOnce(t *testing.T, dir string, n int) {
	t.Helper()
	all, _ := kept(t, dir, n)
	for i, e := range all {
		if e.Seq != uint64(i+1) {
			t.Errorf("event %d is kept as %+v", i, e)
		}
	}
}

// Without a state directory that can be written everything else works, and that
// is said.
func TestAStateDirectoryThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	words := "what happens is not kept: make the directory " + filepath.Join(file, "state", "journal") + ": a part of the path is no directory"
	w := watch(t, "--state-dir", filepath.Join(file, "state"), nobody)
	w.until("an event beside the notice", func(s state) bool { return down(s) && s.notes(words) })
	w.end()
	nowhere := command{args: []string{"watch", nobody, "--every", "300ms", "--for", "1s"}}.run(t.Context())
	nowhere.says(t, 0, "")
	words = "UNHEALTHY. dead, "
	if !strings.Contains(nowhere.out, words) || !strings.Contains(nowhere.out, " Note: what happens is not kept: neither --state-dir nor XDG_STATE_HOME nor HOME says where") {
		t.Errorf("without any directory:\n%s", nowhere.out)
	}
}

// A journal that was torn is mended, and that is said.
func TestATornJournalIsTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := watch(t, nobody, "--state-dir", dir)
	w.until("an event", down)
	w.end()
	segments, err := filepath.Glob(filepath.Join(dir, "journal", "*.jsonl"))
	if err != nil || len(segments) != 1 {
		t.Fatalf("%v %v", segments, err)
	}
	f, err := os.OpenFile(segments[0], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(`{"v":1,"n":9`)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	w = watch(t, nobody, "--state-dir", dir)
	s := w.until("an event", down)
	if !s.notes("the journal of "+dir+" was repaired: the last 12 bytes of 0000000000000001.jsonl were no whole record") || !s.Events[0].Before {
		t.Errorf("notices %q, events %+v", s.Notices, s.Events)
	}
	w.end()
}

// A simulated fleet keeps nothing.
func TestADemoKeepsNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	command{args: []string{"watch", "--demo", "normal", "--state-dir", dir, "--every", "200ms", "--for", "500ms"}}.run(t.Context()).says(t, 0)
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the state directory of a demo: %v", err)
	}
}

// killedWatch kills a real tritop: what the screen showed is there afterwards.
func killedWatch(t *testing.T, bin string) {
	t.Parallel()
	dir := t.TempDir()
	p := process(t, bin, "watch", nobody, "--state-dir", dir, "--every", "100ms")
	until(t, func() bool { return strings.Contains(p.text(), "dead is now not listening") })
	kept(t, dir, 2) // it has a tenth of a second to write it
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.Wait()
	w := watch(t, nobody, "--state-dir", dir)
	s := w.until("new events", func(s state) bool { return len(s.Events) > 2 })
	if !s.Events[0].Before || s.Events[0].Seq != 1 || len(s.Notices) > 0 {
		t.Errorf("events %+v, notices %q", s.Events, s.Notices)
	}
	_, opened := kept(t, dir, 1)
	if want := `"pid":` + strconv.Itoa(p.Process.Pid); !strings.Contains(string(opened[0].Data), want) {
		t.Errorf("the first opening was %s", opened[0].Data)
	}
	w.end()
}

// Who it is that keeps, and whose past it is.
func TestIdentities(t *testing.T) {
	t.Parallel()
	one := plan{name: "fleet"}
	for _, arg := range []string{"b", "a"} {
		one.targets = append(one.targets, collectors.Target{Spec: model.ServerSpec{Name: arg}})
	}
	if got := one.identity(); got != "fleet of a,b" {
		t.Errorf("of the command line: %q", got)
	}
	for range 300 {
		one.targets = append(one.targets, collectors.Target{Spec: model.ServerSpec{Name: "server-with-a-name"}})
	}
	if got := one.identity(); len(got) > 2*model.NameLimit {
		t.Errorf("of many servers: %q", got)
	}
	if got := (plan{name: "prod", file: "x.yaml"}).identity(); got != "prod" {
		t.Errorf("with a name: %q", got)
	}
	if got := (plan{name: "fleet", file: "x.yaml"}).identity(); !strings.HasPrefix(got, "fleet of /") || !strings.HasSuffix(got, "/x.yaml") {
		t.Errorf("of a file without a name: %q", got)
	}
	a := &app{io: IO{Getenv: func(string) string { return "" }, Terminal: func(any) bool { return false }, Out: io.Discard}}
	if by := a.actor(); by.User == "" || by.Terminal != "" {
		t.Errorf("%+v", by)
	}
}
