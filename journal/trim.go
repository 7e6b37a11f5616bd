package journal

import (
	"errors"
	"os"
)

// Old segments go. What still holds of them is written to a state file first, so
// that at every moment either the segments or a whole state file is there.

// statesKept is how many state files stay: where the newest has lost its head,
// the one before still tells most.
const statesKept = 2

// tornKept is how many torn tails stay.
const tornKept = 8

// trims is the trimming beside the writer: it touches closed files only.
type trims struct {
	result chan error // nil: none is under way
}

// trim begins to trim, unless it is being done.
func (w *writer) trim() {
	if w.trims.result != nil {
		return
	}
	result, opt, active := make(chan error, 1), w.opt, w.segment.name
	w.trims.result = result
	go func() { result <- trim(opt, active) }()
}

// collect takes the result of a trimming that is over.
func (t *trims) collect(w *writer) {
	select {
	case err := <-t.result: // never of a nil channel
		t.result = nil
		w.mu.Lock()
		w.status.Trim = err
		w.mu.Unlock()
	default:
	}
}

// wait waits for the trimming to end.
func (t *trims) wait() {
	if t.result != nil {
		<-t.result
		t.result = nil
	}
}

// trim removes what is too old or too much. The active segment stays.
func trim(opt Options, active string) error {
	inv, err := take(opt.FS, opt.path(""))
	if err != nil {
		return err
	}
	if n := opt.surplus(inv.segments, active); n > 0 {
		upto := inv.segments[n].n - 1
		if err := opt.carry(inv, n, upto); err != nil {
			return err
		}
		inv.states = append(inv.states, file{name: stateName(upto)})
		if err := opt.remove(inv.segments[:n]); err != nil {
			return err
		}
	}
	torn := inv.torn[:max(0, len(inv.torn)-tornKept)]
	for _, f := range inv.torn[len(torn):] {
		if opt.Now().Sub(f.info.ModTime()) > opt.Age {
			torn = append(torn, f)
		}
	}
	return errors.Join(opt.remove(inv.left), opt.remove(torn), opt.remove(inv.states[:max(0, len(inv.states)-statesKept)]))
}

// surplus counts the oldest segments that are too old, or too much together.
func (o *Options) surplus(segments []file, active string) (n int) {
	var all int64
	for _, f := range segments {
		all += f.size
	}
	for _, f := range segments {
		if f.name == active || n == len(segments)-1 || all <= o.TotalBytes && o.Now().Sub(f.info.ModTime()) <= o.Age {
			return n
		}
		all -= f.size
		n++
	}
	return n
}

// carry writes what held at a record to a state file: what the last one says,
// and what the first n segments say after it.
func (o *Options) carry(inv inventory, n int, upto uint64) error {
	states, err := openEach(o.FS, o.path(""), inv.states)
	open := &opened{states: states}
	defer open.close()
	if err != nil {
		return err
	}
	var h held
	var rep Report
	from, err := replayState(states, h.add, h.addNewer, &rep)
	if err != nil {
		return err
	}
	var last uint64
	for _, f := range inv.segments[:n] {
		text, err := readAll(o.FS, o.path(f.name))
		if err != nil {
			return err
		}
		rep.segment(text, &last, func(r Record) {
			if r.Key == "" {
				h.seen(r.At)
			} else if r.Seq > from {
				h.add(r)
			}
		}, h.addNewer)
	}
	if now := o.Now(); h.at.After(now) {
		h.at = now // a clock that went wrong once ends no state
	}
	text, err := h.write(upto, o.Actor)
	if err != nil {
		return err
	}
	return o.replace(stateName(upto), text)
}

// replace writes a file whole, or not at all.
func (o *Options) replace(name string, text []byte) error {
	temporary := o.path(name + newExt)
	f, err := o.FS.Open(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return explain("write", temporary, err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = o.FS.Rename(temporary, o.path(name))
	}
	if err != nil {
		return explain("write", temporary, err)
	}
	return syncFolder(o.FS, o.path(""))
}

func (o *Options) remove(files []file) error {
	for _, f := range files {
		if err := o.FS.Remove(o.path(f.name)); err != nil {
			return explain("remove", o.path(f.name), err)
		}
	}
	return nil
}
