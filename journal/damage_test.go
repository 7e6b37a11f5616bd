package journal

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// written is a state directory with n notes; it gives the text of its segment.
func written(t *testing.T, n int) (dir string, text []byte) {
	t.Helper()
	dir = t.TempDir()
	j := open(t, options(dir))
	jot(t, j, n)
	done(t, j.Close())
	text, err := os.ReadFile(filepath.Join(dir, folder, segmentName(1)))
	if err != nil {
		t.Fatal(err)
	}
	return dir, text
}

// damaged writes a segment, opens the journal, adds a note, and gives the notes
// that are there then, with the report of the opening and of the reading.
func damaged(t *testing.T, dir string, text []byte) (got []int, opening, reading Report) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(dir, folder)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, folder, segmentName(1)), text, 0o600); err != nil {
		t.Fatal(err)
	}
	j, opening, err := Open(options(dir))
	if err != nil {
		t.Fatal(err)
	}
	keep(t, j, note(1000))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	all, reading := replay(t, dir)
	return notes(all), opening, reading
}

// A file that ends anywhere: all whole records are there, in order, the rest lies
// aside, and the journal goes on.
func TestEveryTruncation(t *testing.T) {
	t.Parallel()
	const n = 4
	dir, text := written(t, n)
	for cut := range len(text) + 1 {
		whole := bytes.Count(text[:cut], []byte("\n"))
		want := append(counted(max(0, whole-1)), 1000) // the first record says who opened it
		got, opening, reading := damaged(t, dir, text[:cut])
		if !slices.Equal(got, want) {
			t.Fatalf("cut at %d: %v instead of %v", cut, got, want)
		}
		tail := cut - bytes.LastIndexByte(text[:cut], '\n') - 1
		if opening.Torn.Bytes != int64(tail) || reading.Words() != "" {
			t.Fatalf("cut at %d: %+v, then %q", cut, opening, reading.Words())
		}
		if tail == 0 {
			continue
		}
		kept, err := os.ReadFile(filepath.Join(dir, folder, opening.Torn.Kept))
		if err != nil || !bytes.Equal(kept, text[cut-tail:cut]) || !strings.HasSuffix(opening.Torn.Kept, ".torn") {
			t.Fatalf("cut at %d: aside lies %q (%v)", cut, kept, err)
		}
	}
}

// Any one byte that is another: at most the records that it is in are gone, none
// is changed, and what is gone is told.
func TestEveryCorruption(t *testing.T) {
	t.Parallel()
	const n = 4
	dir, text := written(t, n)
	for at := range text {
		for _, flip := range []byte{0x01, 0x80, text[at] ^ '\n', text[at]} { // the last two make a line feed and a zero
			if flip == 0 {
				continue
			}
			bad := bytes.Clone(text)
			bad[at] ^= flip
			hit := bytes.Count(text[:at], []byte("\n")) // the record of this byte; the first has no note
			got, opening, reading := damaged(t, dir, bad)
			want := append(counted(n), 1000)
			want = slices.DeleteFunc(want, func(i int) bool {
				return i == hit || text[at] == '\n' && i == hit+1 // two lines became one
			})
			if !slices.Equal(got, want) {
				t.Fatalf("byte %d ^ %#x: %v instead of %v", at, flip, got, want)
			}
			if opening.Words() == "" {
				t.Fatalf("byte %d ^ %#x: nothing is told: %+v, %+v", at, flip, opening, reading)
			}
		}
	}
}

// What was kept aside once is not written over by the next.
func TestTornTailsStay(t *testing.T) {
	t.Parallel()
	dir, text := written(t, 1)
	name := filepath.Join(dir, folder, segmentName(1))
	for i := range 3 {
		if err := os.WriteFile(name, fmt.Appendf(bytes.Clone(text), "torn %d", i), 0o600); err != nil {
			t.Fatal(err)
		}
		j, rep, err := Open(options(dir))
		if err != nil || rep.Torn.Bytes != 6 {
			t.Fatalf("%+v, %v", rep, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	torn, err := filepath.Glob(filepath.Join(dir, folder, "*.torn"))
	if err != nil || len(torn) != 3 {
		t.Errorf("aside lie %v (%v)", torn, err)
	}
	all, _ := replay(t, dir)
	if found := string(all[len(all)-1].Data); !strings.Contains(found, "were no whole record and lie in 0000000000000001-") {
		t.Errorf("the record of the opening says %s", found)
	}
}

// Lines of a newer tritop are counted and stay where they are.
func TestNewerRecordsStay(t *testing.T) {
	t.Parallel()
	dir, text := written(t, 2)
	newer := bytes.Clone(text)
	line, err := Record{Seq: 9, Kind: "note", Key: "k"}.appendLine(nil)
	if err != nil {
		t.Fatal(err)
	}
	newer = append(newer, resum(bytes.Replace(line, []byte(`"v":1`), []byte(`"v":2`), 1))...)
	got, opening, reading := damaged(t, dir, newer)
	if fmt.Sprint(got) != "[1 2 1000]" || opening.Torn.Bytes != 0 || opening.Newer != 1 || reading.Newer != 1 {
		t.Errorf("%v, %+v, %+v", got, opening, reading)
	}
	if all, _ := replay(t, dir); all[len(all)-1].Seq != 11 {
		t.Errorf("the number of the newer record was taken again: %d", all[len(all)-1].Seq)
	}
}

// Files that are none of ours do no harm.
func TestOtherFilesInTheFolder(t *testing.T) {
	t.Parallel()
	dir, _ := written(t, 2)
	in := func(name string) string { return filepath.Join(dir, folder, name) }
	for _, name := range []string{"1.jsonl", "0000000000000000.jsonl", "x.jsonl", "state-1.jsonl", "99999999999999999999.jsonl", "-000000000000001.jsonl", "README"} {
		if err := os.WriteFile(in(name), []byte("hello\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(in(segmentName(50)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/zero", in(segmentName(60))); err != nil {
		t.Fatal(err)
	}
	j := open(t, options(dir))
	keep(t, j, note(3))
	if all, rep := replay(t, dir); fmt.Sprint(notes(all)) != "[1 2 3]" || rep.Words() != "" {
		t.Errorf("%v, %+v", notes(all), rep)
	}
}

// A segment whose lines are there twice, as a copy that went wrong leaves them.
func TestRepeatedLines(t *testing.T) {
	t.Parallel()
	dir, text := written(t, 3)
	got, opening, reading := damaged(t, dir, append(bytes.Clone(text), text...))
	if fmt.Sprint(got) != "[1 2 3 1000]" || opening.Repeated != 4 || reading.Words() != "4 repeated records were skipped" {
		t.Errorf("%v, %+v, %q", got, opening, reading.Words())
	}
}

// All segments are gone and a state file is there: the numbers go on behind it.
func TestNumbersGoOnBehindTheState(t *testing.T) {
	t.Parallel()
	o := small(t)
	j := open(t, o)
	keep(t, j, Record{Kind: "thing", Key: "k", Data: []byte(`1`)})
	jot(t, j, 100)
	inv := trimmed(t, j)
	newest := inv.states[len(inv.states)-1]
	for _, f := range inv.segments {
		done(t, os.Remove(o.path(f.name)))
	}
	keep(t, open(t, o), Record{Kind: "thing", Key: "k", Data: []byte(`2`)})
	all, _ := replay(t, o.Dir)
	if last := all[len(all)-1].Seq; last != newest.n+2 {
		t.Errorf("behind the state of record %d comes record %d", newest.n, last)
	}
	if c, _ := state(t, o.Dir); len(c.Of("thing", when)) != 1 || string(c.Of("thing", when)[0].Data) != `2` {
		t.Errorf("what holds is %v", c.by)
	}
}
