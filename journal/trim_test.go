package journal

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// small is a journal of few and small segments.
func small(t *testing.T) Options {
	o := options(t.TempDir())
	o.SegmentBytes, o.TotalBytes = 1000, 4000
	return o
}

// trimmed closes a journal, which waits for the trimming, and says what lies in
// its folder.
func trimmed(t *testing.T, j *Journal) inventory {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := trim(j.w.opt, j.w.segment.name); err != nil {
		t.Fatal(err)
	}
	inv, err := take(Disk{}, j.w.opt.path(""))
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// History is bounded by size, oldest first; its numbers go on.
func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	o := small(t)
	j := open(t, o)
	const n = 300
	jot(t, j, n)
	inv := trimmed(t, j)
	var size int64
	for _, f := range inv.segments {
		if size += f.size; f.size > o.SegmentBytes {
			t.Errorf("%s has %d bytes", f.name, f.size)
		}
	}
	if size > o.TotalBytes || size < o.TotalBytes/2 || len(inv.states) == 0 {
		t.Errorf("%d bytes in %d segments, %d state files", size, len(inv.segments), len(inv.states))
	}
	all, _ := replay(t, o.Dir)
	left := len(notes(all))
	if left < 15 {
		t.Errorf("%d records are left", left)
	}
	holds(t, o.Dir, counted(n)[n-left:]...)
	keep(t, open(t, o), note(0))
	if all, _ := replay(t, o.Dir); all[len(all)-1].Seq != n+3 {
		t.Errorf("the number after all is %d", all[len(all)-1].Seq)
	}
}

// History is bounded by age; a segment that grows slowly is closed in time.
func TestHistoryGrowsOld(t *testing.T) {
	t.Parallel()
	o := options(t.TempDir())
	now := when
	o.Now = func() time.Time { return now }
	j := open(t, o)
	for day := range 100 {
		now = when.Add(time.Duration(day) * 24 * time.Hour)
		keep(t, j, note(day))
		// what the file system calls the time of the last write
		if err := os.Chtimes(o.path(j.w.segment.name), now, now); err != nil {
			t.Fatal(err)
		}
	}
	o.Now = func() time.Time { return now }
	j.w.opt = o
	inv := trimmed(t, j)
	all, _ := replay(t, o.Dir)
	got := notes(all)
	if len(got) < 90 || len(got) > 91+12 || len(inv.segments) != 8 && len(inv.segments) != 9 {
		t.Errorf("after 100 days: %d records in %d segments", len(got), len(inv.segments))
	}
}

// State outlives its segment, is replaced, is forgotten, and ends.
func TestStateOutlivesItsSegment(t *testing.T) {
	t.Parallel()
	o := small(t)
	j := open(t, o)
	keep(t, j, made(t)(AckRecord(Silence{Alert: "a", Reason: "known \x1b", Actor: Actor{"op2", "pts/9"}, At: when})),
		made(t)(SnoozeRecord(Silence{Alert: "over", Reason: "x", Until: when.Add(-time.Second)})),
		made(t)(SnoozeRecord(Silence{Alert: "soon", Reason: "x", Until: when.Add(time.Hour)})))
	for _, word := range []string{"pending", "firing"} {
		keep(t, j, made(t)(AlertRecord("a", when, word)), made(t)(AlertRecord("b", when, word)))
	}
	keep(t, j, Forget(KindAlert, "b"))
	jot(t, j, 300)
	if inv := trimmed(t, j); inv.segments[0].n < 20 {
		t.Fatalf("the first segment is still there: %v", inv.segments)
	}
	c, _ := state(t, o.Dir)
	var acks []Silence
	for _, r := range c.Of(KindAck, when) {
		s, _ := r.Silence()
		acks = append(acks, s)
	}
	if want := []Silence{{"a", "known \ufffd", when, time.Time{}, Actor{"op2", "pts/9"}}}; !slices.Equal(acks, want) {
		t.Errorf("acknowledgements: %+v", acks)
	}
	if alerts := c.Of(KindAlert, when); len(alerts) != 1 || alerts[0].Key != "a" || string(alerts[0].Data) != `"firing"` {
		t.Errorf("alerts: %+v", alerts)
	}
	if snoozes := c.Of(KindSnooze, when); len(snoozes) != 1 || snoozes[0].Key != "soon" {
		t.Errorf("snoozes: %+v", snoozes)
	}
	if snoozes := c.Of(KindSnooze, when.Add(time.Hour)); len(snoozes) != 0 {
		t.Errorf("snoozes an hour later: %+v", snoozes)
	}
	if len(c.by) != 3 {
		t.Errorf("state that is over was carried along: %v", c.by)
	}
}

// oracle is what should hold: maps, written at the same time.
type oracle struct {
	things  map[string]string
	budgets map[slot]Bucket
}

type slot struct {
	objective string
	start     int64
}

// step keeps something at random.
func (w *oracle) step(t *testing.T, j *Journal, rnd *rand.Rand) {
	key := fmt.Sprint("k", rnd.IntN(8))
	switch n := rnd.IntN(12); {
	case n == 0:
		keep(t, j, Forget("thing", key))
		delete(w.things, key)
	case n < 4:
		total := rnd.Uint64N(1000)
		b := Bucket{when.Add(-time.Duration(rnd.IntN(500)) * BucketStep), BucketStep, rnd.Uint64N(total + 1), total, rnd.Uint64N(301)}
		keep(t, j, made(t)(BudgetRecord(key, b)))
		w.budgets[slot{key, b.Start.Unix()}] = b
	default:
		data := fmt.Sprint(rnd.IntN(1000))
		done(t, j.Note(t.Context(), Record{Kind: "thing", Key: key, Data: json.RawMessage(data)}, note(1)))
		w.things[key] = data
	}
}

// Whatever is written, forgotten, trimmed and opened again: what holds is what a
// map would hold, and budgets are what they were.
func TestStateAgainstAnOracle(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		o := small(t)
		j := open(t, o)
		want := oracle{make(map[string]string), make(map[slot]Bucket)}
		for range 600 {
			if want.step(t, j, rnd); rnd.IntN(12) == 0 {
				j = reopen(t, j, o)
			}
		}
		if inv := trimmed(t, j); len(inv.states) == 0 {
			t.Fatal("nothing was trimmed")
		}
		is := oracle{make(map[string]string), make(map[slot]Bucket)}
		c, l := state(t, o.Dir)
		for _, r := range c.Of("thing", when) {
			is.things[r.Key] = string(r.Data)
		}
		for _, name := range l.Objectives() {
			for _, b := range l.Buckets(name) {
				is.budgets[slot{name, b.Start.Unix()}] = b
			}
		}
		if !maps.Equal(is.things, want.things) || !maps.Equal(is.budgets, want.budgets) {
			t.Fatalf("seed %d: %v instead of %v; %d buckets instead of %d", seed, is.things, want.things, len(is.budgets), len(want.budgets))
		}
	}
}

// crowded is a closed journal that is far too large, with state in its oldest
// segment and 100 notes.
func crowded(t *testing.T) (o Options, active string) {
	t.Helper()
	o = small(t)
	o.TotalBytes = 1 << 30
	j := open(t, o)
	keep(t, j, Record{Kind: "thing", Key: "k", Data: json.RawMessage(`1`)})
	jot(t, j, 100)
	done(t, j.Close())
	o.TotalBytes = 2000
	return o, j.w.segment.name
}

// Trimming that fails loses nothing and is told.
func TestTrimmingThatFails(t *testing.T) {
	t.Parallel()
	o, active := crowded(t)
	for what, change := range map[string]func(*faulty){
		"full": func(f *faulty) { f.write = syscall.ENOSPC }, "sync": func(f *faulty) { f.sync = syscall.EIO }, "open": func(f *faulty) { f.open = syscall.EROFS },
	} {
		disk := newFaulty()
		disk.set(change)
		o.FS = disk
		if err := trim(o, active); err == nil || !strings.Contains(err.Error(), o.Dir) {
			t.Errorf("%s: %v", what, err)
		}
		holds(t, o.Dir, counted(100)...)
	}
}

// Trimming that ends half-way (the state is written, its segments are still
// there) is done again, and leaves no litter.
func TestTrimmingThatEndsHalfWay(t *testing.T) {
	t.Parallel()
	o, active := crowded(t)
	o.FS = keeper{Disk{}}
	if err := trim(o, active); err == nil {
		t.Error("segments that cannot be removed are not told")
	}
	o.FS = Disk{}
	holds(t, o.Dir, counted(100)...)
	if n := things(t, o.Dir); n != 1 {
		t.Errorf("what is in the state file and in its segment is given %d times", n)
	}
	done(t, trim(o, active))
	if c, _ := state(t, o.Dir); len(c.Of("thing", when)) != 1 {
		t.Errorf("in the end %v", c.by)
	}
	all, _ := replay(t, o.Dir)
	if n := len(notes(all)); n >= 100 {
		t.Errorf("%d notes are still there", n)
	}
	if left, _ := filepath.Glob(o.path("*" + newExt)); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

// things counts the records of one kind.
func things(t *testing.T, dir string) (n int) {
	t.Helper()
	all, _ := replay(t, dir)
	for _, r := range all {
		if r.Kind == "thing" {
			n++
		}
	}
	return n
}

// keeper is a disk that removes nothing.
type keeper struct{ FS }

func (keeper) Remove(name string) error {
	return &os.PathError{Op: "remove", Path: name, Err: syscall.EPERM}
}

// A state file that lost its head gives way to the one before.
func TestAStateFileWithoutHead(t *testing.T) {
	t.Parallel()
	o := small(t)
	j := open(t, o)
	keep(t, j, Record{Kind: "thing", Key: "k", Data: json.RawMessage(`1`)})
	for range 4 {
		jot(t, j, 100)
		j = reopen(t, j, o)
	}
	inv := trimmed(t, j)
	if len(inv.states) != statesKept {
		t.Fatalf("%d state files", len(inv.states))
	}
	name := o.path(inv.states[1].name)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text[10] ^= 1
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	all, rep := replay(t, o.Dir)
	var c Current
	for _, r := range all {
		c.Add(r)
	}
	if len(c.Of("thing", when)) != 1 || rep.Words() != "1 broken lines were skipped" {
		t.Errorf("%v, %q", c.by, rep.Words())
	}
}

// Torn tails and unfinished state files do not pile up.
func TestWhatIsLeftGoes(t *testing.T) {
	t.Parallel()
	o := options(t.TempDir())
	j := open(t, o)
	for i := range 20 {
		if err := os.WriteFile(o.path(fmt.Sprintf("%016d-%d%s", 1, i, tornExt)), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(o.path(stateName(7)+newExt), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if inv := trimmed(t, j); len(inv.torn) != tornKept || len(inv.left) != 0 {
		t.Errorf("%d torn tails, %d unfinished files", len(inv.torn), len(inv.left))
	}
}

// A clock that was years ahead for one record ends neither snoozes nor budgets.
func TestAClockThatWentWrong(t *testing.T) {
	t.Parallel()
	o := small(t)
	j := open(t, o)
	keep(t, j, made(t)(SnoozeRecord(Silence{Alert: "a", Until: when.Add(time.Hour)})), made(t)(BudgetRecord("o", Bucket{when, BucketStep, 1, 2, 3})),
		Record{Kind: "note", At: when.AddDate(20, 0, 0)})
	jot(t, j, 100)
	trimmed(t, j)
	c, l := state(t, o.Dir)
	if len(c.Of(KindSnooze, when)) != 1 || len(l.Buckets("o")) != 1 {
		t.Errorf("what holds is %v, the budget %v", c.by, l.Buckets("o"))
	}
}
