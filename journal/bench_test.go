package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"tritop/model"
)

// A record of usual size.
func usual(b *testing.B) Record {
	return made(b)(EventRecord("prod", model.Event{Seq: 4711, At: when, Kind: model.EventTrouble, Server: "eu1-gpu-03", Model: "bert-large", Version: "7",
		To: "12 % of requests fail", Detail: "31 of 258 requests in 60 s · statistics", Verdict: model.Degraded}))
}

func openFor(b *testing.B) *Journal {
	b.Helper()
	j, _, err := Open(options(b.TempDir()))
	done(b, err)
	b.Cleanup(func() { _ = j.Close() })
	return j
}

// BenchmarkAppend keeps single records that are durable before the next: one
// caller, and 64 that share syncs. anchor is a bare write and fsync of the same
// text.
func BenchmarkAppend(b *testing.B) {
	r := usual(b)
	b.Run("anchor", func(b *testing.B) { anchor(b, r, true) })
	b.Run("one", func(b *testing.B) {
		j := openFor(b)
		for b.Loop() {
			done(b, j.Append(b.Context(), r))
		}
	})
	b.Run("64callers", func(b *testing.B) {
		j := openFor(b)
		const callers = 64
		b.ResetTimer()
		var all sync.WaitGroup
		for k := range callers {
			all.Go(func() {
				for range (b.N + callers - 1 - k) / callers {
					if err := j.Append(b.Context(), r); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
	})
}

// BenchmarkNote keeps single records that are synced once a second. anchor is a
// bare write of the same text.
func BenchmarkNote(b *testing.B) {
	r := usual(b)
	b.Run("anchor", func(b *testing.B) { anchor(b, r, false) })
	b.Run("one", func(b *testing.B) {
		j := openFor(b)
		for b.Loop() {
			done(b, j.Note(b.Context(), r))
		}
	})
}

func anchor(b *testing.B, r Record, durable bool) {
	b.Helper()
	r.Seq = 4711
	text, err := r.appendLine(nil)
	done(b, err)
	f, err := os.Create(filepath.Join(b.TempDir(), "f"))
	done(b, err)
	for b.Loop() {
		if _, err := f.Write(text); err != nil {
			b.Fatal(err)
		}
		if durable {
			done(b, f.Sync())
		}
	}
	done(b, f.Close())
}

// BenchmarkReplay opens a journal of 100,000 records: open takes it to write,
// last reads the newest 500 events, replay reads all. anchor reads the bytes.
func BenchmarkReplay(b *testing.B) {
	const n = 100_000
	dir := b.TempDir()
	o := options(dir)
	j, _, err := Open(o)
	done(b, err)
	r := usual(b)
	for range n / 1000 {
		batch := make([]Record, 1000)
		for i := range batch {
			batch[i] = r
		}
		done(b, j.Note(b.Context(), batch...))
	}
	done(b, j.Close())
	b.Run("anchor", func(b *testing.B) {
		for b.Loop() {
			inv, err := take(Disk{}, o.path(""))
			done(b, err)
			for _, f := range inv.segments {
				if _, err := os.ReadFile(o.path(f.name)); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			j, _, err := Open(o)
			done(b, err)
			done(b, j.Close())
		}
	})
	b.Run("last500", func(b *testing.B) {
		for b.Loop() {
			got, err := Last(Disk{}, dir, 500, KindEvent, func(r Record) bool { _, _, ok := r.Event(); return ok })
			if err != nil || len(got) != 500 {
				b.Fatal(len(got), err)
			}
		}
	})
	b.Run("replay", func(b *testing.B) {
		for b.Loop() {
			got := 0
			if _, err := Replay(Disk{}, dir, func(Record) { got++ }); err != nil || got < n {
				b.Fatal(got, err)
			}
		}
	})
	if all, err := filepath.Glob(o.path("*")); err == nil {
		b.Log(fmt.Sprint(len(all), " files"))
	}
}
