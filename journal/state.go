package journal

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
)

// State gives what holds of some kinds. It reads everything and parses no more than
// lines of these kinds. A directory that holds no journal has no state.
func State(fsys FS, state string, kinds ...Kind) (current Current, err error) {
	dir := filepath.Join(state, folder)
	if _, err := fsys.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return current, nil
	}
	o, err := openAll(fsys, dir)
	if err != nil {
		return current, err
	}
	defer o.close()
	var marks [][]byte
	for _, k := range kinds {
		marks = append(marks, []byte(`"kind":"`+string(k)+`"`))
	}
	add := func(r Record) {
		if slices.Contains(kinds, r.Kind) {
			current.Add(r)
		}
	}
	var rep Report
	upto, err := replayState(o.states, add, nil, &rep)
	if err != nil {
		return current, err
	}
	for _, f := range o.segments {
		text, err := f.read()
		if err != nil {
			return current, err
		}
		walk(text, func(l []byte) {
			if !slices.ContainsFunc(marks, func(m []byte) bool { return bytes.Contains(l, m) }) {
				return
			}
			if r, err := parse(l); err == nil && r.Seq > upto {
				add(r)
			}
		}, func() {})
	}
	return current, nil
}
