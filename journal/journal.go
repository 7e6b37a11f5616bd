package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options say where a journal lies and how it is kept.
type Options struct {
	Dir     string // the state directory
	Actor   Actor  // of records that name none
	Program string // what writes, with its version

	SegmentBytes int64         // a segment that is longer is closed
	TotalBytes   int64         // all segments together; the oldest go
	Age          time.Duration // of a segment's last record; older ones go
	Sync         time.Duration // what nobody waits for is durable after this at the latest

	FS  FS
	Now func() time.Time
}

// DefaultOptions keep history for 90 days and 64 MiB.
func DefaultOptions(dir string) Options {
	return Options{Dir: dir, SegmentBytes: 4 << 20, TotalBytes: 64 << 20, Age: 90 * 24 * time.Hour, Sync: time.Second, FS: Disk{}, Now: time.Now}
}

func (o *Options) validate() error {
	switch {
	case o.Dir == "":
		return errors.New("journal options: no state directory is named")
	case o.SegmentBytes <= 0 || o.SegmentBytes > fileLimit/4 || o.TotalBytes < o.SegmentBytes || o.Age <= 0 || o.Sync <= 0:
		return fmt.Errorf("journal options: segments of %d of %d bytes, kept %s and synced after %s", o.SegmentBytes, o.TotalBytes, o.Age, o.Sync)
	case o.FS == nil || o.Now == nil:
		return errors.New("journal options: no file system or clock")
	}
	return nil
}

// Journal is an open journal: this process holds its directory. Its methods may
// be called by any goroutine. Close it.
type Journal struct {
	w     *writer
	inbox chan request
	end   chan struct{} // closed by Close
	done  chan struct{} // closed when the writer is gone
	close func() error
}

// ErrClosed says that the journal was closed.
var ErrClosed = errors.New("the journal is closed")

// ErrGone says that the directory, or the lock in it, was removed while it was
// held. Close the journal and open it again.
var ErrGone = errors.New("it, or the lock in it, was removed while tritop ran")

// request is records that somebody wants to be kept.
type request struct {
	records []Record
	durable bool
	done    chan error // one slot
}

// Open takes the state directory and makes the journal ready: a torn tail is cut
// off and kept aside, which the report tells. Where another process holds the
// directory the error is a *HeldError: it can be read (Replay, Last), not written.
func Open(opt Options) (*Journal, Report, error) {
	if err := opt.validate(); err != nil {
		return nil, Report{}, err
	}
	if err := makeFolders(opt.Dir); err != nil {
		return nil, Report{}, err
	}
	l, err := acquire(opt.Dir, opt.holder())
	if err != nil {
		return nil, Report{}, err
	}
	w := &writer{opt: opt, lock: l}
	rep, err := w.start()
	if err != nil {
		w.abandon()
		return nil, rep, err
	}
	j := &Journal{w: w, inbox: make(chan request, 256), end: make(chan struct{}), done: make(chan struct{})}
	ended := sync.OnceFunc(func() { close(j.end) })
	j.close = func() error {
		ended()
		<-j.done
		return w.closed
	}
	go func() {
		defer close(j.done)
		w.run(j.inbox, j.end)
	}()
	return j, rep, nil
}

// makeFolders makes what is missing, for nobody but us to read. The folder of the
// journal is closed to others even where the state directory is open to them.
func makeFolders(state string) error {
	dir := filepath.Join(state, folder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return explain("make the directory", dir, err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return explain("look at the directory", dir, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a directory needs the execute bit
			return explain("close to others the directory", dir, err)
		}
	}
	return nil
}

func (o *Options) holder() Holder {
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	return Holder{os.Getpid(), host, o.Actor.User, o.Actor.Terminal, o.Now().UTC(), o.Program}
}

// Append keeps records, in their order, and returns when they are durable: they
// survive a cut of power. Several callers share one sync. After an error they
// may be there or not; of several the first may be there without the rest.
func (j *Journal) Append(ctx context.Context, records ...Record) error {
	return j.ask(ctx, records, true)
}

// Note keeps records and returns when they are written: they survive the end of
// this process, and a cut of power once they are synced (Options.Sync).
func (j *Journal) Note(ctx context.Context, records ...Record) error {
	return j.ask(ctx, records, false)
}

func (j *Journal) ask(ctx context.Context, records []Record, durable bool) error {
	if len(records) == 0 {
		return nil
	}
	r := request{records, durable, make(chan error, 1)}
	select {
	case j.inbox <- r:
	case <-j.done:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("keep a record: %w", ctx.Err())
	}
	select {
	case err := <-r.done:
		return err
	case <-j.done:
		select {
		case err := <-r.done: // it was the last
			return err
		default:
			return ErrClosed
		}
	case <-ctx.Done():
		return fmt.Errorf("keep a record: it is not known whether it was: %w", ctx.Err())
	}
}

// Status is how the journal is doing.
type Status struct {
	Err     error     // why nothing can be kept at the moment; nil: it can
	Since   time.Time // since when
	Refused uint64    // records that were not kept since the journal was opened
	Doubt   uint64    // records whose sync failed: they may be lost when the power goes
	Trim    error     // why old segments could not be removed; nil: they could
}

// Status says how the journal is doing.
func (j *Journal) Status() Status {
	j.w.mu.Lock()
	defer j.w.mu.Unlock()
	return j.w.status
}

// Close makes everything durable and gives the directory back. It may be called
// more than once.
func (j *Journal) Close() error { return j.close() }
