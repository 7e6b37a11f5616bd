package journal

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// faulty is a disk that fails as it is told, for files that are written.
type faulty struct {
	FS
	mu       sync.Mutex
	write    error // of the next writes, after half of each
	sync     error
	truncate error
	open     error
	synced   map[string]int64 // how much of each file is durable
	length   map[string]int64
}

type faultyFile struct {
	File
	of   *faulty
	name string
}

func newFaulty() *faulty {
	return &faulty{FS: Disk{}, synced: make(map[string]int64), length: make(map[string]int64)}
}

// set changes what fails.
func (f *faulty) set(change func(*faulty)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *faulty) Open(name string, flag int) (File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open != nil && flag&(os.O_WRONLY|os.O_RDWR) != 0 {
		return nil, &os.PathError{Op: "open", Path: name, Err: f.open}
	}
	file, err := f.FS.Open(name, flag)
	if err != nil || flag&os.O_WRONLY == 0 {
		return file, err
	}
	if _, known := f.length[name]; !known {
		if info, err := f.Stat(name); err == nil {
			f.length[name], f.synced[name] = info.Size(), info.Size()
		}
	}
	return &faultyFile{file, f, name}, nil
}

func (f *faultyFile) Write(b []byte) (int, error) {
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	if f.of.write != nil {
		n, _ := f.File.Write(b[:len(b)/2])
		f.of.length[f.name] += int64(n)
		return n, &os.PathError{Op: "write", Path: f.name, Err: f.of.write}
	}
	n, err := f.File.Write(b)
	f.of.length[f.name] += int64(n)
	return n, err
}

func (f *faultyFile) Sync() error {
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	if f.of.sync != nil {
		return &os.PathError{Op: "sync", Path: f.name, Err: f.of.sync}
	}
	f.of.synced[f.name] = f.of.length[f.name]
	return nil
}

func (f *faultyFile) Truncate(n int64) error {
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	if f.of.truncate != nil {
		return &os.PathError{Op: "truncate", Path: f.name, Err: f.of.truncate}
	}
	f.of.length[f.name] = n
	return f.File.Truncate(n)
}

// A full disk: the record is refused with words, what is there stays whole and
// readable, and it goes on when there is room again, with no number lost.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	disk := newFaulty()
	o := options(t.TempDir())
	o.FS = disk
	j := open(t, o)
	keep(t, j, note(1))
	disk.set(func(f *faulty) { f.write = syscall.ENOSPC })
	for range 3 {
		says(t, j.Append(t.Context(), note(9)), syscall.ENOSPC, "write ", "0000000000000001.jsonl", "the disk is full")
	}
	says(t, j.Note(t.Context(), note(9)), syscall.ENOSPC)
	if s := j.Status(); !errors.Is(s.Err, syscall.ENOSPC) || !s.Since.Equal(when) || s.Refused != 4 {
		t.Errorf("status %+v", s)
	}
	holds(t, o.Dir, 1)
	disk.set(func(f *faulty) { f.write = nil })
	keep(t, j, note(2))
	if s := j.Status(); s != (Status{Refused: 4}) {
		t.Errorf("status %+v", s)
	}
	holds(t, o.Dir, 1, 2)
}

// A torn write that cannot be taken back: the journal goes on in a new segment.
func TestATornWriteThatStays(t *testing.T) {
	t.Parallel()
	disk := newFaulty()
	o := options(t.TempDir())
	o.FS = disk
	j := open(t, o)
	keep(t, j, note(1))
	disk.set(func(f *faulty) { f.write, f.truncate = syscall.EIO, syscall.EIO })
	says(t, j.Append(t.Context(), note(9), note(9)), syscall.EIO, "the disk reports an error")
	disk.set(func(f *faulty) { f.write, f.truncate = nil, nil })
	keep(t, j, note(2))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open(t, o)
	keep(t, j, note(3))
	all, rep := replay(t, o.Dir)
	got := slices.DeleteFunc(notes(all), func(n int) bool { return n == 9 }) // the first half of the batch may be there
	if fmt.Sprint(got) != "[1 2 3]" || rep.Repeated != 0 {
		t.Errorf("%v, %+v", notes(all), rep)
	}
}

// A sync that fails: who waited is told, and is not told otherwise by a second
// sync of the same file.
func TestASyncThatFails(t *testing.T) {
	t.Parallel()
	disk := newFaulty()
	o := options(t.TempDir())
	o.FS, o.Sync = disk, time.Hour
	j := open(t, o)
	if err := j.Note(t.Context(), note(1)); err != nil {
		t.Fatal(err)
	}
	disk.set(func(f *faulty) { f.sync = syscall.EIO })
	says(t, j.Append(t.Context(), note(2)), syscall.EIO, "sync ")
	if s := j.Status(); s.Doubt != 2 || s.Err == nil || s.Refused != 0 {
		t.Errorf("status %+v", s)
	}
	disk.set(func(f *faulty) { f.sync = nil })
	keep(t, j, note(3))
	if disk.synced[o.path(segmentName(4))] == 0 || j.Status().Err != nil {
		t.Errorf("the next record is not in a new segment: %v, %+v", disk.synced, j.Status())
	}
	holds(t, o.Dir, 1, 2, 3)
}

// Records that nobody waits for are synced soon; a failure then is told by the
// status.
func TestWhatNobodyWaitsForIsSynced(t *testing.T) {
	t.Parallel()
	disk := newFaulty()
	o := options(t.TempDir())
	o.FS, o.Sync = disk, 2*time.Millisecond
	j := open(t, o)
	name := o.path(segmentName(1))
	all := func() (durable bool) {
		disk.set(func(f *faulty) { durable = f.synced[name] == f.length[name] })
		return durable
	}
	if err := j.Note(t.Context(), note(1)); err != nil {
		t.Fatal(err)
	}
	until(t, "a sync", all)
	disk.set(func(f *faulty) { f.sync = syscall.EIO })
	if err := j.Note(t.Context(), note(2)); err != nil {
		t.Fatal(err)
	}
	until(t, "the failure of a sync", func() bool { return j.Status().Doubt == 1 })
}

// The directory is gone, or somebody removed the lock: no record is said to be
// kept where nobody finds it.
func TestADirectoryThatVanishes(t *testing.T) {
	t.Parallel()
	for what, remove := range map[string]func(dir string) error{
		"all of it": os.RemoveAll,
		"the lock":  func(dir string) error { return os.Remove(filepath.Join(dir, lockName)) },
		"another one's": func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, lockName)), os.WriteFile(filepath.Join(dir, lockName), nil, 0o600))
		},
	} {
		o := options(filepath.Join(t.TempDir(), "state"))
		j := open(t, o)
		keep(t, j, note(1))
		if err := remove(o.Dir); err != nil {
			t.Fatal(err)
		}
		says(t, j.Append(t.Context(), note(2)), ErrGone, "was removed while tritop ran", o.Dir)
		if err := j.Close(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	// The segments alone: there is nothing to save, and it goes on.
	o := options(t.TempDir())
	j := open(t, o)
	keep(t, j, note(1))
	if err := os.RemoveAll(filepath.Join(o.Dir, folder)); err != nil {
		t.Fatal(err)
	}
	keep(t, j, note(2))
	holds(t, o.Dir, 2)
}

// Directories that cannot be written: Open says why, and reading works.
func TestADirectoryThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir, _ := written(t, 3)
	for what, c := range map[string]struct {
		change func(*faulty)
		is     error
		words  string
	}{
		"full":           {func(f *faulty) { f.write = syscall.ENOSPC }, syscall.ENOSPC, "the disk is full"},
		"full of inodes": {func(f *faulty) { f.open = syscall.ENOSPC }, syscall.ENOSPC, "the disk is full"},
		"quota":          {func(f *faulty) { f.write = syscall.EDQUOT }, syscall.EDQUOT, "the quota is used up"},
		"read-only":      {func(f *faulty) { f.open = syscall.EROFS }, syscall.EROFS, "the file system is read-only"},
		"not ours":       {func(f *faulty) { f.open = syscall.EACCES }, os.ErrPermission, "permission denied"},
		"broken":         {func(f *faulty) { f.sync = syscall.EIO }, syscall.EIO, "the disk reports an error"},
	} {
		disk := newFaulty()
		disk.set(c.change)
		o := options(dir)
		o.FS = disk
		_, _, err := Open(o)
		says(t, err, c.is, c.words, dir)
		all := 0
		if _, err := Replay(disk, dir, func(r Record) { all += len(notes([]Record{r})) }); err != nil || all != 3 {
			t.Errorf("%s: %d records can be read (%v)", what, all, err)
		}
	}
	j := open(t, options(dir)) // the lock was given back each time
	keep(t, j, note(4))
	holds(t, dir, 1, 2, 3, 4)
}

func TestNoDirectory(t *testing.T) {
	t.Parallel()
	plain := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := Open(options(filepath.Join(plain, "state")))
	says(t, err, syscall.ENOTDIR, "a part of the path is no directory")
	if _, _, err := Open(Options{}); err == nil {
		t.Error("options without anything are taken")
	}
}

// The power goes at any moment: what was written and not synced is there in part,
// what was acknowledged as durable is there.
func TestPowerCuts(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		o := options(t.TempDir())
		o.SegmentBytes, o.TotalBytes, o.Sync = int64(rnd.IntN(3000)+300), 1<<30, time.Hour
		durable, last := 0, 0
		for range 4 {
			disk := newFaulty()
			o.FS = disk
			j := open(t, o)
			for range rnd.IntN(30) {
				last++
				if rnd.IntN(3) > 0 {
					done(t, j.Note(t.Context(), note(last)))
					continue
				}
				keep(t, j, note(last))
				durable = last
			}
			cut := disk.unsynced(rnd) // before Close syncs
			done(t, j.Close())
			for name, at := range cut {
				done(t, os.Truncate(name, at))
			}
			all, rep := replay(t, o.Dir)
			got := notes(all)
			if n := len(got); n < durable || n > last || !slices.Equal(got, counted(n)) || rep.Repeated+rep.Unreadable > 0 {
				t.Fatalf("seed %d: %d records were durable, %d written, there are %v; %+v", seed, durable, last, got, rep)
			}
			last = len(got) // the numbers go on behind what is there
		}
	}
}

// unsynced says where files may end after the power went: at random behind what
// is durable.
func (f *faulty) unsynced(rnd *rand.Rand) map[string]int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	cut := make(map[string]int64)
	for _, name := range slices.Sorted(maps.Keys(f.length)) {
		if more := f.length[name] - f.synced[name]; more > 0 {
			cut[name] = f.synced[name] + rnd.Int64N(more+1)
		}
	}
	return cut
}
