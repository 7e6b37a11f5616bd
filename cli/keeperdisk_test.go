package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tritop/engine"
	"tritop/journal"
	"tritop/model"
)

// moody is a disk whose writes fail, or wait, as it is told.
type moody struct {
	journal.FS
	mu   sync.Mutex
	err  error
	hold chan struct{} // nil: writes do not wait
}

func (m *moody) is(err error, hold chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err, m.hold = err, hold
}

func (m *moody) Open(name string, flag int) (journal.File, error) {
	f, err := m.FS.Open(name, flag)
	return moodyFile{f, m}, err
}

type moodyFile struct {
	journal.File
	of *moody
}

func (f moodyFile) Write(b []byte) (int, error) {
	f.of.mu.Lock()
	err, hold := f.of.err, f.of.hold
	f.of.mu.Unlock()
	if hold != nil {
		<-hold
	}
	if err != nil {
		return 0, err
	}
	return f.File.Write(b)
}

// scripted is a keeper and the snapshots that it is shown.
type scripted struct {
	*keeper
	events []model.Event
}

func newScripted(t *testing.T, disk journal.FS) *scripted {
	t.Helper()
	opt := journal.DefaultOptions(t.TempDir())
	opt.FS = disk
	k := &keeper{opt: opt, fleet: "prod", start: time.Now()}
	k.open()
	return &scripted{keeper: k}
}

// happens shows n more events, of which a snapshot holds the last 500.
func (s *scripted) happens(n int) {
	for range n {
		s.events = append(s.events, model.Event{Seq: uint64(len(s.events) + 1), At: time.Now(), Kind: model.EventRestarted, Server: "a"})
	}
	s.write(&model.Snapshot{Events: s.events[max(0, len(s.events)-engine.EventsKept):]})
}

func (s *scripted) says() string {
	var out []string
	for _, n := range s.notices(time.Now()) {
		out = append(out, fmt.Sprint(n.Verdict, " ", n.Text))
	}
	return strings.Join(out, "\n")
}

// A disk that is full for a while: what the engine still holds is kept afterwards,
// what it does not hold any more is a gap that is told.
func TestAFullDiskForAWhile(t *testing.T) {
	t.Parallel()
	disk := &moody{FS: journal.Disk{}}
	k := newScripted(t, disk)
	k.wait(keepEnd)
	k.happens(3)
	k.wait(keepEnd)
	disk.is(syscall.ENOSPC, nil)
	k.happens(1)
	k.wait(keepEnd)
	if got := k.says(); !strings.HasPrefix(got, "DEGRADED what happens is not kept: write ") || !strings.HasSuffix(got, ": the disk is full") {
		t.Errorf("on a full disk: %q", got)
	}
	k.happens(600)
	k.wait(keepEnd)
	disk.is(nil, nil)
	k.happens(1)
	k.wait(keepEnd)
	if got := k.says(); got != "" {
		t.Errorf("afterwards: %q", got)
	}
	k.close()
	var seqs []uint64
	gap := ""
	_, err := journal.Replay(journal.Disk{}, k.opt.Dir, func(r journal.Record) {
		if _, e, ok := r.Event(); ok {
			seqs = append(seqs, e.Seq)
		} else if r.Kind == journal.KindGap {
			gap = string(r.Data)
		}
	})
	if err != nil || len(seqs) != 3+engine.EventsKept || seqs[2] != 3 || seqs[3] != 106 || seqs[len(seqs)-1] != 605 || gap != `{"fleet":"prod","from":4,"to":105}` {
		t.Errorf("%d events, from %v on; gap %s (%v)", len(seqs), seqs[:min(5, len(seqs))], gap, err)
	}
}

// A disk that hangs holds up neither the loop nor the end.
func TestADiskThatHangs(t *testing.T) {
	t.Parallel()
	disk := &moody{FS: journal.Disk{}}
	hold := make(chan struct{})
	disk.is(nil, hold)
	k := newScripted(t, disk)
	began := time.Now()
	k.wait(keepStart)
	if took := time.Since(began); took > 3*keepStart {
		t.Errorf("the start waited %s", took)
	}
	if got := k.says(); got != "DEGRADED what happens is not kept: "+k.opt.Dir+" does not answer" {
		t.Errorf("at the start: %q", got)
	}
	close(hold)
	k.wait(keepEnd)
	if got := k.says(); got != "" || k.journal == nil {
		t.Errorf("when it answers: %q", got)
	}
	hold = make(chan struct{})
	disk.is(nil, hold)
	k.happens(1)
	k.happens(1)
	if got := k.notices(time.Now().Add(2 * keepSlow)); len(got) != 1 || !strings.HasSuffix(got[0].Text, " does not answer") {
		t.Errorf("while a record is under way: %v", got)
	}
	began = time.Now()
	k.finish(&model.Snapshot{Events: k.events})
	if took := time.Since(began); took > 3*keepEnd {
		t.Errorf("the end waited %s", took)
	}
	close(hold)
	k.wait(keepEnd)
	k.close()
}

// A directory that is removed is made again.
func TestAStateDirectoryThatIsRemoved(t *testing.T) {
	t.Parallel()
	k := newScripted(t, journal.Disk{})
	k.wait(keepEnd)
	k.happens(1)
	k.wait(keepEnd)
	if err := os.RemoveAll(k.opt.Dir); err != nil {
		t.Fatal(err)
	}
	k.happens(1)
	k.wait(keepEnd)
	if got := k.says(); !strings.HasSuffix(got, "was removed while tritop ran") {
		t.Errorf("%q", got)
	}
	for range 2 { // closed, then opened
		k.again()
		k.wait(keepEnd)
	}
	k.happens(0)
	k.wait(keepEnd)
	if got := k.says(); got != "" {
		t.Errorf("made again: %q", got)
	}
	k.close()
	if events, _ := kept(t, k.opt.Dir, 1); len(events) != 1 || events[0].Seq != 2 {
		t.Errorf("%+v", events)
	}
}

// An event that was written twice, because it was not known whether it was, comes
// back once; versions that are told at each start do not come back, and count.
func TestWhatComesBack(t *testing.T) {
	t.Parallel()
	k := newScripted(t, journal.Disk{})
	k.wait(keepEnd)
	for _, e := range []model.Event{{Seq: 1, Kind: model.EventRestarted}, {Seq: 2, Kind: model.EventTrouble}, {Seq: 2, Kind: model.EventTrouble},
		{Seq: 3, Kind: model.EventIdentified, From: "2.50.0", To: "2.51.0"}, {Seq: 4, Kind: model.EventIdentified, To: "2.51.0"}} {
		e.At = k.start
		r, err := journal.EventRecord("prod", e)
		if err := errors.Join(err, k.journal.Note(t.Context(), r)); err != nil {
			t.Fatal(err)
		}
	}
	k.close()
	p := recall(k.opt, "prod")
	var got []uint64
	for _, e := range p.events {
		got = append(got, e.Seq)
	}
	if fmt.Sprint(got) != "[1 2 3]" || p.last != 4 {
		t.Errorf("%v came back, the last was %d", got, p.last)
	}
}
