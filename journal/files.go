package journal

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// The files of a journal: what they are called, how they are reached, and what
// their errors are called.

// FS is the part of the file system that journals are written to and read from.
// Tests put faults into it.
type FS interface {
	Open(name string, flag int) (File, error) // made with 0600
	List(dir string) ([]fs.DirEntry, error)
	Rename(from, to string) error
	Remove(name string) error
	Stat(name string) (fs.FileInfo, error)
}

// File is an open file or folder; a folder can be synced and closed only.
type File interface {
	io.ReadWriteCloser
	Sync() error
	Truncate(size int64) error
}

// Disk is the file system itself.
type Disk struct{}

// Open opens or makes a file.
func (Disk) Open(name string, flag int) (File, error) {
	return os.OpenFile(name, flag, 0o600) //nolint:wrapcheck // who calls says what was being done
}

// List gives the entries of a folder by name.
func (Disk) List(dir string) ([]fs.DirEntry, error) {
	return os.ReadDir(dir) //nolint:wrapcheck // who calls says what was being done
}

// Rename replaces one file by another.
func (Disk) Rename(from, to string) error {
	return os.Rename(from, to) //nolint:wrapcheck // who calls says what was being done
}

// Remove removes a file.
func (Disk) Remove(name string) error {
	return os.Remove(name) //nolint:wrapcheck // who calls says what was being done
}

// Stat describes a file.
func (Disk) Stat(name string) (fs.FileInfo, error) {
	return os.Stat(name) //nolint:wrapcheck // who calls says what was being done
}

const (
	folder     = "journal"
	segmentExt = ".jsonl"
	tornExt    = ".torn"
	statePart  = "state-"
	newExt     = ".new" // a state file that is being written
)

// segmentName is the name of the segment that begins with a record.
func segmentName(first uint64) string { return fmt.Sprintf("%016d%s", first, segmentExt) }

// stateName is the name of the state as it was at a record.
func stateName(upto uint64) string { return statePart + segmentName(upto) }

// file is a segment or a state file.
type file struct {
	name string
	n    uint64 // the number in its name
	size int64
	info fs.FileInfo
}

// inventory is what lies in the folder of a journal, each by number.
type inventory struct {
	segments, states []file
	torn, left       []file // left: state files that were never finished
}

// take looks at what lies in a folder. What is no plain file or has another name
// is none of ours.
func take(fsys FS, dir string) (inv inventory, err error) {
	entries, err := fsys.List(dir)
	if err != nil {
		return inv, explain("read the folder", dir, err)
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // it went in the meantime
		}
		f := file{name: e.Name(), size: info.Size(), info: info}
		switch {
		case strings.HasSuffix(f.name, tornExt):
			inv.torn = append(inv.torn, f)
		case strings.HasSuffix(f.name, newExt):
			inv.left = append(inv.left, f)
		case numbered(&f, statePart):
			inv.states = append(inv.states, f)
		case numbered(&f, ""):
			inv.segments = append(inv.segments, f)
		}
	}
	byNumber := func(a, b file) int { return cmp.Compare(a.n, b.n) }
	slices.SortFunc(inv.segments, byNumber)
	slices.SortFunc(inv.states, byNumber)
	slices.SortFunc(inv.torn, func(a, b file) int { return a.info.ModTime().Compare(b.info.ModTime()) })
	return inv, nil
}

// numbered reads the number of a file's name, if it has one.
func numbered(f *file, prefix string) bool {
	digits, ok := strings.CutSuffix(strings.TrimPrefix(f.name, prefix), segmentExt)
	n, err := strconv.ParseUint(digits, 10, 64)
	if !ok || err != nil || n == 0 || n >= seqLimit || f.name != prefix+segmentName(n) {
		return false
	}
	f.n = n
	return true
}

// fileLimit is the largest file that is read: segments are cut long before it.
const fileLimit = 512 << 20

// readAll reads a whole file.
func readAll(fsys FS, name string) ([]byte, error) {
	f, err := fsys.Open(name, os.O_RDONLY)
	if err != nil {
		return nil, explain("read", name, err)
	}
	text, err := io.ReadAll(io.LimitReader(f, fileLimit+1))
	switch _ = f.Close(); { // nothing was written
	case err != nil:
		return nil, explain("read", name, err)
	case len(text) > fileLimit:
		return nil, explain("read", name, errors.New("it is too large to be one of ours"))
	}
	return text, nil
}

// syncFolder makes names durable: new, renamed and removed files.
func syncFolder(fsys FS, dir string) error {
	f, err := fsys.Open(dir, os.O_RDONLY)
	if err != nil {
		return explain("open the folder", dir, err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return explain("sync the folder", dir, err)
	}
	return nil
}

// Error is a failure with the words for it: what was being done, to what, why.
type Error struct {
	Doing, Path string
	Err         error
}

// Error says it in one line.
func (e *Error) Error() string { return e.Doing + " " + e.Path + ": " + cause(e.Err) }

// Unwrap gives what the system said.
func (e *Error) Unwrap() error { return e.Err }

// explain keeps what was being done with an error that has no words yet.
func explain(doing, path string, err error) error {
	if known := (*Error)(nil); errors.As(err, &known) {
		return err
	}
	return &Error{doing, path, err}
}

// cause says in words why the system refused.
func cause(err error) string {
	for _, known := range [...]struct {
		is    error
		words string
	}{
		{syscall.ENOSPC, "the disk is full"},
		{syscall.EDQUOT, "the quota is used up"},
		{syscall.EROFS, "the file system is read-only"},
		{syscall.EIO, "the disk reports an error (EIO)"},
		{syscall.ENOTDIR, "a part of the path is no directory"},
		{syscall.ENOLCK, "the file system has no locks"},
		{fs.ErrNotExist, "it does not exist"},
		{fs.ErrPermission, "permission denied"},
	} {
		if errors.Is(err, known.is) {
			return known.words
		}
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

func (o *Options) path(name string) string { return filepath.Join(o.Dir, folder, name) }
