package journal

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// childOf tells this test binary to be the process that writes and is killed: a
// state directory, and "small" where segments are to go.
const childOf = "JOURNAL_TEST_CHILD"

func TestMain(m *testing.M) {
	if of := os.Getenv(childOf); of != "" {
		dir, size, _ := strings.Cut(of, "|")
		if err := child(context.Background(), dir, size == "small"); err != nil {
			say("error", err)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// killed are the options of a journal whose process is killed: short segments,
// so that kills fall between one and the next.
func killed(dir string, trimmed bool) Options {
	o := options(dir)
	o.SegmentBytes, o.TotalBytes, o.Sync = 1500, 1<<30, time.Millisecond
	if trimmed {
		o.TotalBytes = 6000
	}
	return o
}

// child writes 1, 2, 3 … for ever, after what is there already. It says what it
// is about to write ("try n") and what was acknowledged as durable ("got n").
func child(ctx context.Context, dir string, trimmed bool) error {
	j, _, err := Open(killed(dir, trimmed))
	if err != nil {
		return err
	}
	n := 0
	if _, err := Replay(Disk{}, dir, func(r Record) {
		if got := notes([]Record{r}); len(got) > 0 {
			n = got[0]
		}
	}); err != nil {
		return err
	}
	rnd := rand.New(rand.NewPCG(uint64(n), 0))
	for {
		batch := make([]Record, 0, 8)
		for range rnd.IntN(4) + 1 {
			n++
			batch = append(batch, note(n))
		}
		batch = append(batch, Record{Kind: "thing", Key: "k", Data: json.RawMessage(fmt.Sprint(n))})
		budget, err := BudgetRecord("o", Bucket{when, BucketStep, uint64(n), uint64(n), 0})
		if err != nil {
			return err
		}
		say("try", n)
		if rnd.IntN(3) == 0 {
			err = j.Note(ctx, append(batch, budget)...)
		} else if err = j.Append(ctx, append(batch, budget)...); err == nil {
			say("got", n)
		}
		if err != nil {
			return err
		}
	}
}

// say tells the parent something, at once.
func say(what ...any) { _, _ = fmt.Fprintln(os.Stdout, what...) }

// kill starts a child, kills it at some moment, and gives the last number that
// was acknowledged and the last that was tried.
func kill(t *testing.T, dir, size string, rnd *rand.Rand) (got, tried int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childOf+"="+dir+"|"+size)
	out, err := cmd.StdoutPipe()
	done(t, err)
	done(t, cmd.Start())
	lines, early := bufio.NewScanner(out), rnd.IntN(10) == 0 // now and then before it began
	for first := true; early || lines.Scan(); first = false {
		if first {
			moment := time.AfterFunc(time.Duration(rnd.IntN(20000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
			defer moment.Stop()
		}
		if early {
			early = false
			continue
		}
		word, number, _ := strings.Cut(lines.Text(), " ")
		switch n := 0; word {
		case "try", "got":
			_, err := fmt.Sscan(number, &n)
			done(t, err)
			if tried = n; word == "got" {
				got = n
			}
		default:
			t.Fatalf("the child says %q", lines.Text())
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the child was not killed")
	}
	return got, tried
}

// kills kills one child after another on one directory. After each, what was
// acknowledged is there once and in order, and nothing that was not tried.
func kills(t *testing.T, seed uint64, times int) {
	rnd := rand.New(rand.NewPCG(seed, 9))
	size, dir := "", t.TempDir()
	if seed%2 == 1 {
		size = "small"
	}
	got, tried, before := 0, 0, 0
	for i := range times {
		if g, n := kill(t, dir, size, rnd); n > 0 {
			got, tried = max(got, g), n
		}
		all, rep := replay(t, dir)
		is := notes(all)
		last := 0
		if len(is) > 0 {
			last = is[len(is)-1]
		}
		want := counted(last)[last-len(is):]
		if !slices.Equal(is, want) || size == "" && len(is) != last || last < max(got, before) || last > max(tried, before) || rep.Words() != "" {
			t.Fatalf("seed %d, kill %d: acknowledged up to %d, tried up to %d, there are %v; %+v", seed, i, got, tried, is, rep)
		}
		before = last
		survived(t, all, got, tried)
	}
	if got == 0 {
		t.Fatalf("of %d children none wrote a record: this shows nothing", times)
	}
}

// survived looks at the state beside the notes.
func survived(t *testing.T, all []Record, got, tried int) {
	t.Helper()
	var c Current
	var l Ledger
	for _, r := range all {
		c.Add(r)
		l.Add(r)
	}
	n := 0
	for _, r := range c.Of("thing", when) {
		done(t, json.Unmarshal(r.Data, &n))
	}
	if n < got || n > tried {
		t.Fatalf("acknowledged up to %d, tried up to %d, the state says %d", got, tried, n)
	}
	if b := l.Buckets("o"); got > 0 && (len(b) != 1 || b[0].Good < uint64(got) || b[0].Good > uint64(tried)) {
		t.Fatalf("acknowledged up to %d, tried up to %d, the budget says %+v", got, tried, b)
	}
}

// 200 kills on 20 directories, half of which lose old segments meanwhile.
func TestKilledAtAnyPoint(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			kills(t, seed, 10)
		})
	}
}
