package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Reading needs no lock and writes nothing: it works beside the process that
// writes, and in a directory that is full or read-only.

// Report says what was found that should not be. Its zero value is a journal
// without fault.
type Report struct {
	Records    int    // that were read
	Unreadable int    // lines that are broken: skipped
	Newer      int    // lines that a newer tritop wrote: skipped
	Repeated   int    // lines whose number was there before: skipped
	Missing    uint64 // numbers between the first and the last that no record has
	Tail       int64  // bytes behind the last whole record: torn, or being written at this moment
	Torn       Torn   // what was cut off when the journal was opened
}

// Torn is a tail that was cut off a segment.
type Torn struct {
	Segment, Kept string // file names; Kept is where the tail lies now
	At, Bytes     int64  // from where, how many
}

// Words says what is wrong in one line; empty: nothing.
func (r Report) Words() string {
	var parts []string
	say := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	if r.Torn.Bytes > 0 {
		parts = append(parts, fmt.Sprintf("the last %d bytes of %s were no whole record and lie in %s now", r.Torn.Bytes, r.Torn.Segment, r.Torn.Kept))
	}
	say(r.Unreadable, "broken lines were skipped")
	say(r.Repeated, "repeated records were skipped")
	say(r.Newer, "records of a newer tritop were skipped")
	say(int(r.Missing), "records are missing")
	return strings.Join(parts, "; ")
}

// walk calls take for each line that carries its own check sum and bad for each
// other one before the last of these. It gives the end of the last whole line.
func walk(text []byte, take func(line []byte), bad func()) (end int) {
	pending := 0 // broken lines since the last whole one
	for at := 0; ; {
		n := bytes.IndexByte(text[at:], '\n')
		if n < 0 {
			return end
		}
		if l := text[at : at+n]; isWhole(l) {
			for ; pending > 0; pending-- {
				bad()
			}
			take(l)
			end = at + n + 1
		} else {
			pending++
		}
		at += n + 1
	}
}

// opened are files that were opened together: that one is removed later does not
// matter.
type opened struct {
	states, segments []openFile
}

type openFile struct {
	file
	f File
}

func (o *opened) close() {
	for _, f := range slices.Concat(o.states, o.segments) {
		_ = f.f.Close() // nothing was written
	}
}

func (f openFile) read() ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(f.f, fileLimit))
	if err != nil {
		return nil, explain("read", f.name, err)
	}
	return text, nil
}

// openAll opens all that there is. The process that writes may remove files
// between the look and the opening; then it looks again.
func openAll(fsys FS, dir string) (o *opened, err error) {
	const tries = 5
	for range tries {
		inv, lookErr := take(fsys, dir)
		if lookErr != nil {
			return nil, lookErr
		}
		o = &opened{}
		if o.states, err = openEach(fsys, dir, inv.states); err == nil {
			if o.segments, err = openEach(fsys, dir, inv.segments); err == nil {
				return o, nil
			}
		}
		o.close()
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return nil, err
}

func openEach(fsys FS, dir string, files []file) (out []openFile, err error) {
	for _, f := range files {
		h, err := fsys.Open(filepath.Join(dir, f.name), os.O_RDONLY)
		if err != nil {
			return out, explain("read", filepath.Join(dir, f.name), err)
		}
		out = append(out, openFile{f, h})
	}
	return out, nil
}

// Replay gives every record that a state directory holds: first what held when
// older segments went, then the segments, oldest first. A directory that holds
// no journal gives none.
func Replay(fsys FS, state string, give func(Record)) (Report, error) {
	dir := filepath.Join(state, folder)
	var rep Report
	if _, err := fsys.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return rep, nil
	}
	o, err := openAll(fsys, dir)
	if err != nil {
		return rep, err
	}
	defer o.close()
	upto, err := replayState(o.states, give, nil, &rep)
	if err != nil {
		return rep, err
	}
	var last uint64
	for _, f := range o.segments {
		text, err := f.read()
		if err != nil {
			return rep, err
		}
		end := rep.segment(text, &last, func(r Record) {
			if r.Key == "" || r.Seq > upto {
				give(r)
			}
		}, nil)
		rep.Tail = int64(len(text) - end)
	}
	return rep, nil
}

// segment reads the records of one segment in their order. newer gets lines that
// a newer tritop wrote; it may be nil. give may be nil, too: then lines are looked
// at and not read. It gives the end of the last whole line.
func (r *Report) segment(text []byte, last *uint64, give func(Record), newer func(line []byte)) int {
	return walk(text, func(l []byte) {
		rec, err := Record{Seq: glance(l)}, error(nil)
		if give != nil || rec.Seq == 0 {
			rec, err = parse(l)
		}
		switch {
		case errors.Is(err, errNewer):
			r.Newer++
			if newer != nil && rec.Key != "" {
				newer(l)
			}
		case err != nil:
			r.Unreadable++
		case rec.Seq <= *last:
			r.Repeated++
		default:
			if *last > 0 {
				r.Missing += rec.Seq - *last - 1
			}
			*last = rec.Seq
			r.Records++
			if give != nil {
				give(rec)
			}
		}
	}, func() { r.Unreadable++ })
}

// glance gives the number of a whole line without reading it; 0: it has to be read.
func glance(l []byte) (n uint64) {
	digits, ours := bytes.CutPrefix(l, []byte(`{"v":1,"n":`))
	for _, c := range digits {
		switch {
		case !ours || n >= seqLimit/10 || c != ',' && (c < '0' || c > '9'):
			return 0
		case c == ',':
			return n
		}
		n = n*10 + uint64(c-'0')
	}
	return 0
}

// kindState heads a state file.
const kindState Kind = "state"

// stateHead is the payload of its first line.
type stateHead struct {
	Records int `json:"records"`
}

// replayState gives the records of the newest state file that has a head, and
// the number of the last record that is in it; 0: there is none.
func replayState(states []openFile, give func(Record), newer func(line []byte), rep *Report) (upto uint64, err error) {
	for _, f := range slices.Backward(states) {
		text, err := f.read()
		if err != nil {
			return 0, err
		}
		n, missing := -1, 0
		walk(text, func(l []byte) {
			rec, err := parse(l)
			switch {
			case n < 0 && (err != nil || rec.Kind != kindState || rec.Seq != f.n):
				return // no head: none of its lines counts
			case n < 0:
				var head stateHead
				if json.Unmarshal(rec.Data, &head) == nil {
					n, missing = 0, head.Records
				}
				return
			}
			n, missing = n+1, missing-1
			if errors.Is(err, errNewer) {
				rep.Newer++
				if newer != nil {
					newer(l)
				}
				return
			}
			if err != nil {
				missing++
				return
			}
			rep.Records++
			give(rec)
		}, func() {})
		if n >= 0 {
			rep.Unreadable += max(0, missing)
			return f.n, nil
		}
		rep.Unreadable++
	}
	return 0, nil
}

// Last gives the newest n records of a kind that are wanted, oldest first. It
// reads backwards and no more than it needs.
func Last(fsys FS, state string, n int, kind Kind, wanted func(Record) bool) ([]Record, error) {
	dir := filepath.Join(state, folder)
	if _, err := fsys.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	o, err := openAll(fsys, dir)
	if err != nil {
		return nil, err
	}
	defer o.close()
	mark := []byte(`"kind":"` + string(kind) + `"`)
	var out []Record // newest first
	for _, f := range slices.Backward(o.segments) {
		text, err := f.read()
		if err != nil {
			return nil, err
		}
		var lines [][]byte
		walk(text, func(l []byte) {
			if bytes.Contains(l, mark) {
				lines = append(lines, l)
			}
		}, func() {})
		for _, l := range slices.Backward(lines) {
			if len(out) == n {
				break
			}
			if r, err := parse(l); err == nil && r.Kind == kind && wanted(r) {
				out = append(out, r)
			}
		}
		if len(out) == n {
			break
		}
	}
	slices.Reverse(out)
	return out, nil
}
