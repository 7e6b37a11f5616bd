package audit

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"tritop/journal"
)

// folder is where the files lie in the state directory; a file takes the records
// of one day, or of 64 MiB.
const (
	folder    = "audit"
	ext       = ".jsonl"
	fileBytes = 64 << 20
)

// Options say where a log lies.
type Options struct {
	Dir  string // the state directory
	Boot string // of this process: tells times of one run from those of another
	FS   journal.FS
	Now  func() time.Time

	FileBytes int64 // a file that is longer is closed; 0: 64 MiB
}

// Log is an open log. Its methods may be called by any goroutine. Close it.
type Log struct {
	opt Options

	mu   sync.Mutex // guards what follows
	file journal.File
	name string
	size int64
	next uint64
	head string
	err  error // the chain is broken, or the disk could not take back half a line: nothing is added behind that
}

// ErrBroken says that the chain does not hold: what is added behind it would prove nothing.
var ErrBroken = errors.New("the chain of audit records is broken")

// Open makes the log ready: a torn last line is cut off, which is recorded. A break
// anywhere in the newest file is an error that wraps ErrBroken; the whole chain is
// Verify's work.
func Open(opt Options) (*Log, error) {
	opt.FileBytes = cmp.Or(opt.FileBytes, fileBytes)
	names, err := files(opt.FS, opt.Dir)
	if err != nil {
		return nil, err
	}
	l := &Log{opt: opt, next: 1, head: origin}
	if len(names) == 0 {
		if err := os.MkdirAll(filepath.Join(opt.Dir, folder), 0o700); err != nil {
			return nil, fmt.Errorf("making the folder of the audit log: %w", err)
		}
		return l, nil
	}
	l.name = names[len(names)-1]
	text, err := readAll(opt.FS, l.path())
	if err != nil {
		return nil, err
	}
	whole, err := l.check(text, len(names) == 1)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w: `tritop audit verify` says where; it has to be looked at before anything is done: %w", l.path(), err, ErrBroken)
	}
	if err := l.reopen(); err != nil {
		return nil, err
	}
	l.size = int64(whole)
	if whole == len(text) {
		return l, nil
	}
	if err := l.file.Truncate(int64(whole)); err != nil {
		return nil, errors.Join(fmt.Errorf("cutting half a record off %s: %w", l.path(), err), l.Close())
	}
	return l, l.Append(Record{Kind: Noticed, Action: "open", Error: fmt.Sprintf("the last %d bytes of %s were no whole record and were cut off: tritop or its machine was stopped while it wrote", len(text)-whole, l.name)})
}

// check holds a file against the chain and says how much of it is whole.
func (l *Log) check(text []byte, first bool) (whole int, err error) {
	prev := ""
	if first {
		prev = origin
	}
	err = each(text, func(line []byte, end int) error {
		h, err := hold(line)
		if err == nil && prev != "" && h.prev != prev {
			err = errMissing
		}
		if err != nil {
			return fmt.Errorf("record behind %d: %w", l.next-1, err)
		}
		l.next, l.head, prev, whole = h.seq+1, h.hash, h.hash, end
		return nil
	})
	return whole, err
}

// each gives the whole lines of a text, each with the place where it ends.
func each(text []byte, visit func(line []byte, end int) error) error {
	at := 0
	for at < len(text) {
		n := slices.Index(text[at:], '\n')
		if n < 0 {
			return nil
		}
		end := at + n + 1
		if err := visit(text[at:end-1], end); err != nil {
			return err
		}
		at = end
	}
	return nil
}

func (l *Log) path() string { return filepath.Join(l.opt.Dir, folder, l.name) }

// reopen opens the newest file to append to it.
func (l *Log) reopen() error {
	f, err := l.opt.FS.Open(l.path(), os.O_WRONLY|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return fmt.Errorf("opening the audit log: %w", err)
	}
	l.file = f
	return nil
}

// Append writes records behind the chain and returns when they are durable. Seq,
// Boot and a zero At are given here. After an error none of them is in the chain.
func (l *Log) Append(records ...Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	now := l.opt.Now()
	if err := l.turn(now); err != nil {
		return err
	}
	var buf []byte
	next, head := l.next, l.head
	for _, r := range records {
		r.Seq, r.Boot = next, l.opt.Boot
		if r.At.IsZero() {
			r.At = now
		}
		text, hash, err := line(r, head)
		if err != nil {
			return err
		}
		buf, next, head = append(buf, text...), next+1, hash
	}
	if err := l.put(buf); err != nil {
		return err
	}
	l.size, l.next, l.head = l.size+int64(len(buf)), next, head
	return nil
}

// put writes and syncs; what it could not do whole it takes back.
func (l *Log) put(buf []byte) error {
	_, err := l.file.Write(buf)
	if err == nil {
		err = l.file.Sync()
	}
	if err == nil {
		return nil
	}
	err = fmt.Errorf("writing the audit log %s: %w", l.path(), err)
	if back := l.file.Truncate(l.size); back != nil {
		l.err = fmt.Errorf("%w; nor could half a record be taken back (%w): nothing is added behind it, start tritop anew", err, back)
		return l.err
	}
	return err
}

// turn begins a new file with a new day, or behind a long one.
func (l *Log) turn(now time.Time) error {
	day := now.UTC().Format(time.DateOnly)
	if l.file != nil && l.size < l.opt.FileBytes && day <= strings.TrimSuffix(l.name, ext)[:len(day)] { // a clock that was set back goes on in the newest
		return nil
	}
	name := day + ext
	for i := 1; l.name != "" && byTime(name, l.name) <= 0; i++ {
		day = max(day, l.name[:len(day)])
		name = fmt.Sprintf("%s.%03d%s", day, i, ext)
	}
	if err := l.closeFile(); err != nil {
		return err
	}
	l.name, l.size = name, 0
	if err := l.reopen(); err != nil {
		return err
	}
	dir, err := l.opt.FS.Open(filepath.Dir(l.path()), os.O_RDONLY)
	if err != nil {
		return fmt.Errorf("opening the folder of the audit log: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close()) // its name is to last, too
}

func (l *Log) closeFile() error {
	if l.file == nil {
		return nil
	}
	f := l.file
	l.file = nil
	if err := f.Close(); err != nil {
		return fmt.Errorf("closing the audit log %s: %w", l.path(), err)
	}
	return nil
}

// Head gives the number and the hash of the newest record: kept elsewhere, it shows
// that records were cut off.
func (l *Log) Head() (seq uint64, hash string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next - 1, l.head
}

// Close closes the log; all of it is durable already.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = cmp.Or(l.err, errors.New("the audit log is closed"))
	return l.closeFile()
}

// files gives the files of a log by time; none where there is no log yet.
func files(fsys journal.FS, dir string) (names []string, err error) {
	entries, err := fsys.List(filepath.Join(dir, folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the folder of the audit log: %w", err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() && strings.HasSuffix(e.Name(), ext) && len(e.Name()) >= len(time.DateOnly)+len(ext) {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, byTime)
	return names, nil
}

// byTime orders names of files: a day comes before its further ones.
func byTime(a, b string) int {
	return strings.Compare(strings.TrimSuffix(a, ext), strings.TrimSuffix(b, ext))
}
