package journal

import (
	"io/fs"
	"os"
	"sync"
	"time"
)

// writer is the goroutine that writes. It owns the segment: what is asked for
// while it syncs waits and is then written and synced together.
type writer struct {
	opt  Options
	lock *lock

	segment  segment
	next     uint64 // the number of the next record
	unsynced uint64 // records that were written and not synced
	buf      []byte
	gone     error // the directory was taken away: for good
	trims    trims

	mu     sync.Mutex // guards status
	status Status
	closed error // of the last sync; read when the goroutine is gone
}

// segment is the file that is written to.
type segment struct {
	f     File // nil: the next record makes a new one
	name  string
	size  int64
	info  fs.FileInfo // of the file when it was opened
	began time.Time   // its first record; zero: none yet
}

// batchLimit is how many requests are written together.
const batchLimit = 256

// run writes what is asked for until end is closed.
func (w *writer) run(inbox <-chan request, end <-chan struct{}) {
	tick := time.NewTicker(w.opt.Sync)
	defer tick.Stop()
	for {
		select {
		case r := <-inbox:
			_ = w.write(w.gather(r, inbox)) // each was told
		case <-tick.C:
			w.idle()
		case <-end:
			w.finish(inbox)
			return
		}
	}
}

// gather takes what waits beside a request.
func (w *writer) gather(first request, inbox <-chan request) []request {
	batch := []request{first}
	for len(batch) < batchLimit {
		select {
		case r := <-inbox:
			batch = append(batch, r)
		default:
			return batch
		}
	}
	return batch
}

// idle syncs what nobody waited for and looks after the directory.
func (w *writer) idle() {
	if err := w.look(); err != nil {
		w.report(err, 0)
		return
	}
	if w.unsynced > 0 {
		if err := w.sync(); err != nil {
			w.report(err, 0)
		}
	}
	w.trims.collect(w)
}

// look finds out whether the directory and the segment are still ours.
func (w *writer) look() error {
	if w.gone != nil {
		return w.gone
	}
	if !w.lock.there() {
		w.gone = explain("keep records in", w.opt.Dir, ErrGone)
		return w.gone
	}
	if w.segment.f == nil {
		return nil
	}
	info, err := w.opt.FS.Stat(w.opt.path(w.segment.name))
	if err == nil && os.SameFile(info, w.segment.info) {
		return nil
	}
	w.spoil() // the next record makes a new one
	return nil
}

// finish writes what still waits, syncs, and gives the directory back.
func (w *writer) finish(inbox <-chan request) {
	for {
		select {
		case r := <-inbox:
			_ = w.write(w.gather(r, inbox)) // each was told
			continue
		default:
		}
		break
	}
	if w.unsynced > 0 && w.gone == nil {
		w.closed = w.sync()
	}
	w.abandon()
}

// abandon closes everything and gives the directory back.
func (w *writer) abandon() {
	w.trims.wait()
	if w.segment.f != nil {
		_ = w.segment.f.Close() // it was synced, or the error was told
		w.segment.f = nil
	}
	w.lock.release()
}

// write writes a batch in one piece, syncs it if one of it asks for that, and
// tells each how it went.
func (w *writer) write(batch []request) error {
	n, durable := w.encode(batch)
	if n == 0 {
		return nil // each was told
	}
	written := w.put(n)
	synced := written
	if written == nil && durable {
		synced = w.sync()
	}
	switch {
	case written != nil:
		w.report(written, n)
	case synced != nil:
		w.report(synced, 0)
	default:
		w.well()
	}
	for _, r := range batch {
		switch {
		case r.records == nil: // it was told that it cannot be
		case r.durable:
			r.done <- synced
		default:
			r.done <- written
		}
	}
	return synced
}

// encode makes the text of a batch. Who asks for what cannot be written is told,
// and taken out.
func (w *writer) encode(batch []request) (n uint64, durable bool) {
	w.buf = w.buf[:0]
	for i := range batch {
		r := &batch[i]
		before, numbered := len(w.buf), n
		var err error
		for _, rec := range r.records {
			if rec.At.IsZero() {
				rec.At = w.opt.Now()
			}
			if rec.Actor == (Actor{}) {
				rec.Actor = w.opt.Actor
			}
			rec.Seq = w.next + n
			if w.buf, err = rec.appendLine(w.buf); err != nil {
				break
			}
			n++
		}
		if err != nil {
			w.buf, n = w.buf[:before], numbered
			r.records = nil
			r.done <- err
			continue
		}
		durable = durable || r.durable
	}
	return n, durable
}
