package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// What is done once, before the first record is written.

// start repairs the newest segment, finds the next number and keeps who took the
// directory: what cannot be written is found out now.
func (w *writer) start() (Report, error) {
	dir := w.opt.path("")
	inv, err := take(w.opt.FS, dir)
	if err != nil {
		return Report{}, err
	}
	w.next = 1
	for _, f := range inv.states {
		w.next = max(w.next, f.n+1)
	}
	var rep Report
	if n := len(inv.segments); n > 0 {
		if rep, err = w.repair(inv.segments[n-1]); err != nil {
			return rep, err
		}
	}
	found, err := Record{Kind: KindOpened}.with(struct {
		Holder
		Found string `json:"found,omitempty"`
	}{w.opt.holder(), rep.Words()})
	if err != nil {
		return rep, err
	}
	if err := w.write([]request{{records: []Record{found}, durable: true, done: make(chan error, 1)}}); err != nil {
		return rep, err
	}
	w.trim()
	return rep, nil
}

// repair reads the newest segment, cuts a torn tail off and goes on behind it.
func (w *writer) repair(f file) (rep Report, err error) {
	name := w.opt.path(f.name)
	text, err := readAll(w.opt.FS, name)
	if err != nil {
		return rep, err
	}
	var last uint64
	end := rep.segment(text, &last, nil, nil)
	w.next = max(w.next, f.n, last+1)
	var first time.Time
	walk(text[:end], func(l []byte) {
		if first.IsZero() {
			r, _ := parse(l)
			first = r.At
		}
		if rep.Newer > 0 { // their numbers are taken, too
			if r, _ := parse(l); r.Seq < seqLimit {
				w.next = max(w.next, r.Seq+1)
			}
		}
	}, func() {})
	if tail := text[end:]; len(tail) > 0 {
		kept, err := w.keepAside(f.name, int64(end), tail)
		if err != nil {
			return rep, err
		}
		rep.Torn = Torn{Segment: f.name, Kept: kept, At: int64(end), Bytes: int64(len(tail))}
	}
	if err := w.open(f.name); err != nil {
		return rep, err
	}
	w.segment.began = first
	if int64(end) == w.segment.size {
		return rep, nil
	}
	if err := errors.Join(w.segment.f.Truncate(int64(end)), w.segment.f.Sync()); err != nil {
		return rep, explain("cut the torn end off", name, err)
	}
	w.segment.size = int64(end)
	return rep, nil
}

// keepAside writes a torn tail to a file of its own.
func (w *writer) keepAside(of string, at int64, tail []byte) (name string, err error) {
	base := fmt.Sprintf("%s-%d", of[:len(of)-len(segmentExt)], at)
	name = base + tornExt
	var f File
	for n := 2; ; n++ {
		if f, err = w.opt.FS.Open(w.opt.path(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL); !errors.Is(err, fs.ErrExist) {
			break
		}
		name = fmt.Sprintf("%s-%d%s", base, n, tornExt)
	}
	if err != nil {
		return name, explain("keep the torn end aside in", w.opt.path(name), err)
	}
	_, err = f.Write(tail)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = w.opt.FS.Remove(w.opt.path(name)) // a part of it would be taken for all
		return name, explain("keep the torn end aside in", w.opt.path(name), err)
	}
	return name, syncFolder(w.opt.FS, w.opt.path(""))
}
