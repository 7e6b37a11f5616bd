package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tritop/model"
)

func TestRecordsComeBack(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "state")
	o := options(dir)
	j := open(t, o)
	at := time.Date(2026, 11, 24, 9, 30, 0, 123456789, time.FixedZone("", 3600))
	keep(t, j, Record{Kind: "note", At: at, Key: "k\n\x1b[2J\xff", Until: at.Add(time.Hour), Actor: Actor{"op2", ""}, Data: json.RawMessage("{\"a\":\n [1, \"\\n<&>\"]}")})
	jot(t, j, 2)
	done(t, errors.Join(j.Close(), j.Close()))
	if err := j.Append(t.Context(), note(3)); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed journal says %v", err)
	}
	keep(t, open(t, o), note(4))
	all, rep := replay(t, dir)
	if rep != (Report{Records: len(all)}) || rep.Words() != "" {
		t.Errorf("a journal without fault: %+v", rep)
	}
	var seqs []string
	for _, r := range all {
		seqs = append(seqs, fmt.Sprint(r.Seq, r.Kind))
	}
	if got := strings.Join(seqs, " "); got != "1opened 2note 3note 4note 5opened 6note" {
		t.Fatalf("records: %s", got)
	}
	want := Record{2, at.UTC(), "note", "k\n\x1b[2J\ufffd", at.Add(time.Hour).UTC(), Actor{"op2", ""}, json.RawMessage(`{"a":[1,"\n\u003c\u0026\u003e"]}`)}
	if !reflect.DeepEqual(all[1], want) {
		t.Errorf("the record is %+v, data %s", all[1], all[1].Data)
	}
	if all[2].Actor != o.Actor || !all[2].At.Equal(when) {
		t.Errorf("a record without actor and time has %+v at %s", all[2].Actor, all[2].At)
	}
}

// What standard tools see: each line is one JSON object.
func TestLinesAreJSON(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, options(dir))
	keep(t, j, note(7))
	text, err := os.ReadFile(filepath.Join(dir, "journal", "0000000000000001.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	want := `{"v":1,"n":2,"at":"2026-11-24T12:00:00Z","kind":"note","by":{"user":"op1","terminal":"pts/3"},"data":{"n":7},"crc":"`
	if len(lines) != 2 || !strings.HasPrefix(lines[1], want) || !json.Valid([]byte(lines[1])) {
		t.Errorf("lines: %s", lines)
	}
}

func TestOnlyOneHoldsTheDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, options(dir))
	keep(t, j, note(1))
	_, _, err := Open(options(dir))
	var held *HeldError
	if !errors.As(err, &held) || held.Holder.PID != os.Getpid() || held.Holder.User != "op1" || !held.Holder.Since.Equal(when) {
		t.Fatalf("a second one gets %v", err)
	}
	if want := fmt.Sprintf("is in use by process %d of op1 on ", os.Getpid()); !strings.Contains(err.Error(), want) || !strings.HasSuffix(err.Error(), ", since 2026-11-24 12:00:00Z") {
		t.Errorf("it says %q", err)
	}
	if all, _ := replay(t, dir); len(notes(all)) != 1 {
		t.Error("a second one cannot read")
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, options(dir))
}

func TestNobodyElseReadsIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // that is what is tested
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil { //nolint:gosec // that is what is tested
		t.Fatal(err)
	}
	open(t, options(dir))
	for name, want := range map[string]os.FileMode{"lock": 0o600, "journal": 0o700, "journal/0000000000000001.jsonl": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has %v (%v)", name, info.Mode().Perm(), err)
		}
	}
}

func TestRecordsThatCannotBeKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, options(dir))
	for what, r := range map[string]Record{
		"no kind":     {Data: json.RawMessage(`1`)},
		"no JSON":     {Kind: "note", Data: json.RawMessage(`{`)},
		"too long":    {Kind: "note", Data: json.RawMessage(`"` + strings.Repeat("x", lineLimit) + `"`)},
		"just over":   {Kind: "note", Data: json.RawMessage(`"` + strings.Repeat("x", lineLimit-50) + `"`)},
		"of year 1e5": {Kind: "note", At: time.Date(100000, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if err := j.Append(t.Context(), note(1), r); err == nil || !strings.HasPrefix(err.Error(), "keep a record") {
			t.Errorf("%s: %v", what, err)
		}
	}
	keep(t, j, note(2))
	if all, rep := replay(t, dir); fmt.Sprint(notes(all)) != "[2]" || rep.Missing != 0 {
		t.Errorf("kept %v, %+v", notes(all), rep)
	}
	if s := j.Status(); s.Err != nil {
		t.Errorf("a bad record is the fault of who made it: %+v", s)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := j.Append(cancelled, note(3)); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("a context that is over: %v", err)
	}
}

// gated holds syncs of segments up, and counts them.
type gated struct {
	FS
	syncs *atomic.Int64
	gate  chan struct{} // each sync takes one
}

type gatedFile struct {
	File
	of gated
}

func (g gated) Open(name string, flag int) (File, error) {
	f, err := g.FS.Open(name, flag)
	if err != nil || flag&os.O_APPEND == 0 {
		return f, err
	}
	return gatedFile{f, g}, nil
}

func (f gatedFile) Sync() error {
	f.of.syncs.Add(1)
	<-f.of.gate
	return f.File.Sync()
}

// Whoever waits while a sync is under way shares the next one.
func TestCallersShareASync(t *testing.T) {
	t.Parallel()
	o := options(t.TempDir())
	g := gated{Disk{}, new(atomic.Int64), make(chan struct{}, 10)}
	o.FS, o.Sync = g, time.Hour
	g.gate <- struct{}{} // for the opening
	j := open(t, o)
	const callers = 100
	var all sync.WaitGroup
	ask := func(i int) {
		all.Go(func() {
			if err := j.Append(t.Context(), note(i)); err != nil {
				t.Error(err)
			}
		})
	}
	ask(0)
	for g.syncs.Load() < 2 {
		runtime.Gosched()
	}
	for i := range callers {
		ask(i + 1)
	}
	for len(j.inbox) < callers {
		runtime.Gosched()
	}
	g.gate <- struct{}{}
	g.gate <- struct{}{}
	all.Wait()
	if n := g.syncs.Load(); n != 3 {
		t.Errorf("%d syncs: one for the opening, one for the first, one for all others were to be", n)
	}
	if got, _ := replay(t, o.Dir); len(notes(got)) != callers+1 {
		t.Errorf("%d of %d records are there", len(notes(got)), callers+1)
	}
}

func TestEventsComeBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, options(dir))
	for k := model.EventServerState; k <= model.EventGPU; k++ {
		e := model.Event{Seq: uint64(k), At: when.Add(time.Duration(k)), Kind: k, Server: "a", Model: "m", Version: "2", GPU: "GPU-1", From: "x", To: "y", Detail: "d\n\x1b[2J", Verdict: model.Degraded}
		for _, fleet := range []string{"prod", "other"} {
			r, err := EventRecord(fleet, e)
			if err != nil {
				t.Fatal(err)
			}
			keep(t, j, r)
		}
	}
	prod := func(r Record) bool { fleet, _, ok := r.Event(); return ok && fleet == "prod" }
	last, err := Last(Disk{}, dir, 3, KindEvent, prod)
	if err != nil || len(last) != 3 {
		t.Fatalf("%d events, %v", len(last), err)
	}
	_, e, _ := last[2].Event()
	want := model.Event{Seq: uint64(model.EventGPU), At: when.Add(time.Duration(model.EventGPU)), Kind: model.EventGPU, Server: "a", Model: "m", Version: "2", GPU: "GPU-1", From: "x", To: "y", Detail: "d\n\ufffd[2J", Verdict: model.Degraded}
	if e != want {
		t.Errorf("the event is %+v", e)
	}
	if all, err := Last(Disk{}, dir, 1000, KindEvent, prod); err != nil || len(all) != int(model.EventGPU) {
		t.Errorf("%d events, %v", len(all), err)
	}
	if none, err := Last(Disk{}, filepath.Join(dir, "none"), 3, KindEvent, prod); err != nil || none != nil {
		t.Errorf("without a journal: %v, %v", none, err)
	}
}
