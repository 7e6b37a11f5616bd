package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// when is the time of journals in tests; it does not go on.
var when = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func options(dir string) Options {
	o := DefaultOptions(dir)
	o.Actor, o.Program, o.Now = Actor{"op1", "pts/3"}, "tritop test", func() time.Time { return when }
	return o
}

func open(t *testing.T, o Options) *Journal {
	t.Helper()
	j, _, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func reopen(t *testing.T, j *Journal, o Options) *Journal {
	t.Helper()
	done(t, j.Close())
	return open(t, o)
}

type failing interface {
	Helper()
	Fatal(args ...any)
}

func done(t failing, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// made gives a record that could be made.
func made(t failing) func(Record, error) Record {
	return func(r Record, err error) Record {
		t.Helper()
		done(t, err)
		return r
	}
}

// note is a record that says a number.
func note(n int) Record {
	return Record{Kind: "note", Data: json.RawMessage(fmt.Sprintf(`{"n":%d}`, n))}
}

func keep(t *testing.T, j *Journal, records ...Record) {
	t.Helper()
	done(t, j.Append(t.Context(), records...))
}

// jot notes the numbers 1..n without waiting for a sync.
func jot(t *testing.T, j *Journal, n int) {
	t.Helper()
	for i := range n {
		done(t, j.Note(t.Context(), note(i+1)))
	}
}

func replay(t *testing.T, dir string) ([]Record, Report) {
	t.Helper()
	var out []Record
	rep, err := Replay(Disk{}, dir, func(r Record) { out = append(out, r) })
	done(t, err)
	return out, rep
}

// state is what holds in a directory.
func state(t *testing.T, dir string) (c Current, l Ledger) {
	t.Helper()
	all, rep := replay(t, dir)
	for _, r := range all {
		c.Add(r)
		l.Add(r)
	}
	if w := rep.Words(); w != "" {
		t.Errorf("the journal has a fault: %s", w)
	}
	return c, l
}

// notes are the numbers of the notes, in their order.
func notes(records []Record) (out []int) {
	for _, r := range records {
		var p struct{ N int }
		if r.Kind == "note" && json.Unmarshal(r.Data, &p) == nil {
			out = append(out, p.N)
		}
	}
	return out
}

// holds fails the test unless a directory holds these notes and has no fault.
func holds(t *testing.T, dir string, want ...int) {
	t.Helper()
	all, rep := replay(t, dir)
	if got := notes(all); !slices.Equal(got, want) || rep.Words() != "" {
		t.Errorf("the notes are %v instead of %v; %+v", got, want, rep)
	}
}

// counted are the numbers 1..n.
func counted(n int) (out []int) {
	for i := range n {
		out = append(out, i+1)
	}
	return out
}

// says fails the test unless an error is of a kind and has words.
func says(t *testing.T, err, is error, words ...string) {
	t.Helper()
	if !errors.Is(err, is) {
		t.Fatalf("the error is %v, not %v", err, is)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("%s did not come", what)
		}
		time.Sleep(time.Millisecond)
	}
}
