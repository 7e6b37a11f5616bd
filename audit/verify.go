package audit

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"tritop/journal"
)

// Report is what Verify found.
type Report struct {
	Records uint64
	Files   int
	Head    string  // hash of the newest whole record
	Breaks  []Break // empty: the chain holds
	Torn    int     // bytes at the very end that are no whole record: tritop was stopped while it wrote
}

// Break is a place where the chain does not hold.
type Break struct {
	File   string
	Line   int
	Behind uint64 // number of the last record before it that holds
	Why    string
}

func (b Break) String() string {
	return fmt.Sprintf("%s, line %d, behind record %d: %s", b.File, b.Line, b.Behind, b.Why)
}

// Verify reads a whole log, oldest first, holds it against the chain, and gives each
// record to visit (nil: nobody). It needs no lock and changes nothing.
func Verify(fsys journal.FS, dir string, visit func(Record)) (rep Report, err error) {
	names, err := files(fsys, dir)
	if err != nil {
		return rep, err
	}
	rep.Files, rep.Head = len(names), origin
	last := uint64(0)
	for i, name := range names {
		text, err := readAll(fsys, filepath.Join(dir, folder, name))
		if err != nil {
			return rep, err
		}
		n, whole := 0, 0
		err = each(text, func(line []byte, end int) error {
			n++
			whole = end
			h, err := hold(line)
			if err == nil && (h.prev != rep.Head || h.seq != last+1) {
				err = errMissing
			}
			if err != nil {
				rep.Breaks = append(rep.Breaks, Break{name, n, last, err.Error()})
			}
			if errors.Is(err, errTorn) {
				return nil
			}
			rep.Records, rep.Head, last = rep.Records+1, h.hash, h.seq
			return give(&h, visit)
		})
		if err != nil {
			return rep, err
		}
		switch {
		case whole == len(text):
		case i == len(names)-1:
			rep.Torn = len(text) - whole
		default:
			rep.Breaks = append(rep.Breaks, Break{name, n + 1, last, errTorn.Error()})
		}
	}
	return rep, nil
}

func give(h *held, visit func(Record)) error {
	if visit == nil {
		return nil
	}
	if r, err := h.record(); err == nil { // one that is not was told as a break already, or is of a newer tritop
		visit(r)
	}
	return nil
}

func readAll(fsys journal.FS, path string) ([]byte, error) {
	f, err := fsys.Open(path, os.O_RDONLY)
	if err != nil {
		return nil, fmt.Errorf("reading the audit log: %w", err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("reading the audit log %s: %w", path, err)
	}
	return text, nil
}
