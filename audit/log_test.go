package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tritop/journal"
)

var when = time.Date(2026, 11, 30, 23, 59, 0, 0, time.UTC)

// clock is a time that a test moves.
type clock struct{ now time.Time }

func options(dir string, c *clock) Options {
	return Options{Dir: dir, Boot: "b1", FS: journal.Disk{}, Now: func() time.Time { return c.now }}
}

func open(t *testing.T, opt Options) *Log {
	t.Helper()
	l, err := Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func drain(n int) Record {
	return Record{Kind: Intended, Actor: Actor{User: "op1", Terminal: "pts/3"}, Intent: fmt.Sprint("i", n), Gen: uint64(n), Action: "drain", Target: "a\n\x1b[2J", Reason: `it said ,"prev":"x"`,
		State: State{Before: json.RawMessage(`{"a":100}`), Wanted: json.RawMessage(`{"a":0}`)}}
}

func add(t *testing.T, l *Log, from, n int) {
	t.Helper()
	for i := range n {
		if err := l.Append(drain(from + i)); err != nil {
			t.Fatal(err)
		}
	}
}

func verify(t *testing.T, dir string) (Report, []Record) {
	t.Helper()
	var all []Record
	rep, err := Verify(journal.Disk{}, dir, func(r Record) { all = append(all, r) })
	if err != nil {
		t.Fatal(err)
	}
	return rep, all
}

func newest(t *testing.T, dir string) string {
	t.Helper()
	names, err := files(journal.Disk{}, dir)
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	return filepath.Join(dir, folder, names[len(names)-1])
}

func TestChainGoesOnOverRestartsAndDays(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), &clock{when}
	l := open(t, options(dir, c))
	add(t, l, 1, 3)
	c.now = when.Add(2 * time.Minute) // the next day
	add(t, l, 4, 2)
	c.now = when // the clock is set back
	add(t, l, 6, 1)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(drain(9)); err == nil {
		t.Error("a closed log takes records")
	}
	l = open(t, options(dir, c))
	add(t, l, 7, 1)
	rep, all := verify(t, dir)
	if rep.Records != 7 || rep.Files != 2 || len(rep.Breaks) > 0 || rep.Torn > 0 {
		t.Errorf("%+v", rep)
	}
	wantDrains(t, all)
	if seq, hash := l.Head(); seq != 7 || hash != rep.Head || hash != all[6].Hash() {
		t.Errorf("the head is %d %s, want 7 %s", seq, hash, rep.Head)
	}
}

// wantDrains compares records with those of drain, from 1 on.
func wantDrains(t *testing.T, all []Record) {
	t.Helper()
	for i, r := range all {
		if r.Seq != uint64(i+1) || r.Intent != fmt.Sprint("i", i+1) || r.Boot != "b1" || string(r.Wanted) != `{"a":0}` {
			t.Errorf("record %d is %+v", i, r)
		}
	}
}

func TestLongFilesAreClosed(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), &clock{when}
	opt := options(dir, c)
	opt.FileBytes = 1000
	add(t, open(t, opt), 1, 40)
	names, _ := files(opt.FS, dir)
	if rep, _ := verify(t, dir); rep.Records != 40 || len(rep.Breaks) > 0 || len(names) < 5 || names[1] != "2026-11-30.001.jsonl" {
		t.Errorf("%+v in %v", rep, names)
	}
	add(t, open(t, opt), 41, 1)
	c.now = when.Add(24 * time.Hour)
	add(t, open(t, opt), 42, 1)
	if rep, _ := verify(t, dir); rep.Records != 42 || len(rep.Breaks) > 0 {
		t.Errorf("%+v", rep)
	}
}

// Any byte that is another one breaks the chain, in the line that it is in or the
// one behind. Only what ends the file may look like a torn record.
func TestEveryChangeIsFound(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), &clock{when}
	add(t, open(t, options(dir, c)), 1, 3)
	path := newest(t, dir)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lastLine := strings.LastIndexByte(strings.TrimSuffix(string(text), "\n"), '\n')
	for i := range text {
		changed := slices.Clone(text)
		changed[i] ^= 1
		if err := os.WriteFile(path, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		rep, _ := verify(t, dir)
		if len(rep.Breaks) == 0 && (i <= lastLine || rep.Torn == 0) {
			t.Fatalf("byte %d of %d: nothing is found: %+v", i, len(text), rep)
		}
	}
}

func TestLinesTakenOutOrTurnedRoundAreFound(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), &clock{when}
	add(t, open(t, options(dir, c)), 1, 4)
	path := newest(t, dir)
	text, _ := os.ReadFile(path)
	lines := strings.SplitAfter(string(text), "\n")
	for name, now := range map[string]string{
		"the first is gone": lines[1] + lines[2] + lines[3], "one is gone": lines[0] + lines[2] + lines[3], "two changed places": lines[0] + lines[2] + lines[1] + lines[3],
		"one is there twice": lines[0] + lines[1] + lines[1] + lines[2] + lines[3], "a stranger": lines[0] + "{}\n" + lines[1] + lines[2] + lines[3],
	} {
		if err := os.WriteFile(path, []byte(now), 0o600); err != nil {
			t.Fatal(err)
		}
		if rep, _ := verify(t, dir); len(rep.Breaks) == 0 {
			t.Errorf("%s: not found: %+v", name, rep)
		}
		if _, err := Open(options(dir, c)); !errors.Is(err, ErrBroken) {
			t.Errorf("%s: opened: %v", name, err)
		}
	}
}

// A file that ends anywhere, as a kill leaves it, goes on behind its last whole record.
func TestTornAnywhere(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), &clock{when}
	add(t, open(t, options(dir, c)), 1, 2)
	path := newest(t, dir)
	text, _ := os.ReadFile(path)
	for n := range text {
		if err := os.WriteFile(path, text[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		whole := strings.Count(string(text[:n]), "\n")
		l, err := Open(options(dir, c))
		if err != nil {
			t.Fatalf("after %d bytes: %v", n, err)
		}
		add(t, l, 7, 1)
		_ = l.Close()
		rep, all := verify(t, dir)
		cut := 0
		if n > 0 && text[n-1] != '\n' {
			cut = 1
		}
		if len(rep.Breaks) > 0 || rep.Torn > 0 || len(all) != whole+cut+1 {
			t.Fatalf("after %d bytes: %d records, %+v", n, len(all), rep)
		}
		if cut == 1 && (all[whole].Kind != Noticed || !strings.Contains(all[whole].Error, "no whole record")) {
			t.Fatalf("after %d bytes the cut is not recorded: %+v", n, all[whole])
		}
	}
}

// fullDisk writes half and fails while it is full.
type fullDisk struct {
	journal.Disk
	full, stuck bool
}

type fullFile struct {
	journal.File
	disk *fullDisk
}

func (d *fullDisk) Open(name string, flag int) (journal.File, error) {
	f, err := d.Disk.Open(name, flag)
	if err != nil {
		return nil, err
	}
	return fullFile{f, d}, nil
}

func (f fullFile) Write(b []byte) (int, error) {
	if f.disk.full {
		n, _ := f.File.Write(b[:len(b)/2])
		return n, syscall.ENOSPC
	}
	return f.File.Write(b)
}

func (f fullFile) Truncate(n int64) error {
	if f.disk.stuck {
		return syscall.EIO
	}
	return f.File.Truncate(n)
}

func TestFullDiskLeavesTheChainWhole(t *testing.T) {
	t.Parallel()
	dir, c, disk := t.TempDir(), &clock{when}, &fullDisk{}
	opt := options(dir, c)
	opt.FS = disk
	l := open(t, opt)
	add(t, l, 1, 2)
	disk.full = true
	if err := l.Append(drain(3)); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v", err)
	}
	disk.full = false
	add(t, l, 3, 1)
	disk.full, disk.stuck = true, true
	if err := l.Append(drain(4)); !errors.Is(err, syscall.ENOSPC) || !errors.Is(err, syscall.EIO) {
		t.Errorf("%v", err)
	}
	disk.full, disk.stuck = false, false
	if err := l.Append(drain(4)); !errors.Is(err, syscall.EIO) {
		t.Errorf("behind half a record it goes on: %v", err)
	}
	add(t, open(t, opt), 5, 1) // the next start cuts it off
	rep, all := verify(t, dir)
	if len(rep.Breaks) > 0 || len(all) != 5 || all[3].Kind != Noticed || all[2].Intent != "i3" {
		t.Errorf("%d records, %+v", len(all), rep)
	}
}

func TestNothingYet(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rep, all := verify(t, dir)
	if rep.Records != 0 || len(all) != 0 || rep.Head != origin {
		t.Errorf("%+v", rep)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("looking left %v, %v", left, err)
	}
}

func FuzzVerify(f *testing.F) {
	text, hash, err := line(drain(1), origin)
	if err != nil {
		f.Fatal(err)
	}
	again, _, err := line(drain(2), hash)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(slices.Clone(text), again...))
	f.Add([]byte("{\"prev\":\"\n\n,\"prev\":\""))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, folder, "2026-11-30.jsonl"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		before, _ := verify(t, dir)
		l, err := Open(options(dir, &clock{when}))
		if err != nil {
			return
		}
		defer func() { _ = l.Close() }()
		if err := l.Append(drain(3)); err != nil {
			t.Fatal(err)
		}
		if after, _ := verify(t, dir); len(after.Breaks) != len(before.Breaks) {
			t.Errorf("breaks before: %v, after: %v", before.Breaks, after.Breaks)
		}
	})
}

// BenchmarkAppend is a durable record; its anchor is a bare write and fsync of as
// many bytes. BenchmarkVerify holds a chain of 100,000 records; its goal is a
// million in 5 s.
func BenchmarkAppend(b *testing.B) {
	l, err := Open(options(b.TempDir(), &clock{when}))
	if err != nil {
		b.Fatal(err)
	}
	bare, err := os.Create(filepath.Join(b.TempDir(), "bare"))
	if err != nil {
		b.Fatal(err)
	}
	text, _, _ := line(drain(1), origin)
	var ours, anchor time.Duration
	for b.Loop() {
		began := time.Now()
		if err := l.Append(drain(1)); err != nil {
			b.Fatal(err)
		}
		between := time.Now()
		_, err := bare.Write(text)
		if err := errors.Join(err, bare.Sync()); err != nil {
			b.Fatal(err)
		}
		ours, anchor = ours+between.Sub(began), anchor+time.Since(between)
	}
	b.ReportMetric(float64(ours)/float64(anchor), "x-bare")
	b.ReportMetric(float64(ours.Microseconds())/float64(b.N), "µs-record")
}

func BenchmarkVerify(b *testing.B) {
	const n = 100_000
	dir := b.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
		b.Fatal(err)
	}
	var text []byte
	prev := origin
	for i := range n {
		r := drain(i)
		r.Seq = uint64(i + 1)
		one, hash, err := line(r, prev)
		if err != nil {
			b.Fatal(err)
		}
		text, prev = append(text, one...), hash
	}
	if err := os.WriteFile(filepath.Join(dir, folder, "2026-11-30.jsonl"), text, 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if rep, err := Verify(journal.Disk{}, dir, nil); err != nil || rep.Records != n || len(rep.Breaks) > 0 {
			b.Fatal(rep, err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*10, "s-per-million")
}
