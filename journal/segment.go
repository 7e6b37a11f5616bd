package journal

import (
	"os"
	"time"
)

// The segment that is written to: where it ends, when the next one begins, and
// what becomes of it when the disk fails.

// open opens a segment to append to it.
func (w *writer) open(name string) error {
	path := w.opt.path(name)
	_, before := w.opt.FS.Stat(path)
	f, err := w.opt.FS.Open(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return explain("open", path, err)
	}
	info, err := w.opt.FS.Stat(path)
	if err == nil && before != nil { // its name is to last, too
		err = syncFolder(w.opt.FS, w.opt.path(""))
	}
	if err != nil {
		_ = f.Close() // nothing was written
		return explain("open", path, err)
	}
	w.segment = segment{f: f, name: name, size: info.Size(), info: info}
	return nil
}

// put appends the n records of buf to the segment. After an error nothing of it
// counts: it was taken back, or its numbers are not used again.
func (w *writer) put(n uint64) error {
	if err := w.look(); err != nil {
		return err
	}
	if err := w.room(int64(len(w.buf))); err != nil {
		return err
	}
	if _, err := w.segment.f.Write(w.buf); err != nil {
		err = explain("write", w.opt.path(w.segment.name), err)
		if w.segment.f.Truncate(w.segment.size) != nil {
			w.spoil()
			w.next += n
		}
		return err
	}
	if w.segment.began.IsZero() {
		w.segment.began = w.opt.Now()
	}
	w.segment.size += int64(len(w.buf))
	w.next += n
	w.unsynced += n
	return nil
}

// segmentsInAge is how many segments there are at least when the oldest goes for
// its age.
const segmentsInAge = 8

// room begins a new segment where there is none, or the old one is full or old.
func (w *writer) room(bytes int64) error {
	s := &w.segment
	old := !s.began.IsZero() && w.opt.Now().Sub(s.began) > w.opt.Age/segmentsInAge
	if s.f != nil && (s.size == 0 || s.size+bytes <= w.opt.SegmentBytes && !old) {
		return nil
	}
	if s.f != nil {
		if err := w.sync(); err != nil {
			return err
		}
		_ = s.f.Close() // all of it is durable
		s.f = nil
	}
	if err := makeFolders(w.opt.Dir); err != nil { // somebody may have removed it
		return err
	}
	if err := w.open(segmentName(w.next)); err != nil {
		return err
	}
	w.trim()
	return nil
}

// sync makes durable what was written. A sync that failed is not tried again: the
// system may have dropped what it could not write, and would say yes.
func (w *writer) sync() error {
	if w.unsynced == 0 {
		return nil
	}
	if err := w.segment.f.Sync(); err != nil {
		w.spoil()
		return explain("sync", w.opt.path(w.segment.name), err)
	}
	w.unsynced = 0
	return nil
}

// spoil leaves a segment as it is: the next record begins a new one.
func (w *writer) spoil() {
	w.mu.Lock()
	w.status.Doubt += w.unsynced
	w.mu.Unlock()
	w.unsynced = 0
	_ = w.segment.f.Close() // the error that matters was told
	w.segment.f = nil
}

// report takes down that something could not be kept.
func (w *writer) report(err error, refused uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.status.Err == nil {
		w.status.Since = w.opt.Now()
	}
	w.status.Err = err
	w.status.Refused += refused
}

// well takes down that it can be kept.
func (w *writer) well() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status.Err, w.status.Since = nil, time.Time{}
}
