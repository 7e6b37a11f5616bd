package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// The lock of a state directory. One tritop at a time writes it; the system
// takes the lock back when its process ends, however it ends.

// Holder is the process that holds a state directory.
type Holder struct {
	PID      int       `json:"pid"`
	Host     string    `json:"host"`
	User     string    `json:"user"`
	Terminal string    `json:"terminal,omitempty"`
	Since    time.Time `json:"since"`
	Program  string    `json:"program,omitempty"`
}

// String says who it is.
func (h Holder) String() string {
	if h.PID == 0 {
		return "another process"
	}
	return fmt.Sprintf("process %d of %s on %s, since %s", h.PID, h.User, h.Host, h.Since.UTC().Format("2006-01-02 15:04:05Z"))
}

// HeldError says that another process holds the state directory.
type HeldError struct {
	Dir    string
	Holder Holder // without a PID: it did not say yet
}

// Error says who holds it.
func (e *HeldError) Error() string { return e.Dir + " is in use by " + e.Holder.String() }

const lockName = "lock"

// lock is the lock file while it is held.
type lock struct {
	f    *os.File
	path string
}

// acquire takes the lock and writes who holds it.
func acquire(dir string, h Holder) (*lock, error) {
	path := filepath.Join(dir, lockName)
	const tries = 10
	for range tries {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, explain("open the lock", path, err)
		}
		if err := flock(f); err != nil {
			held, _ := readHolder(f)
			_ = f.Close() // nothing was written
			if errors.Is(err, syscall.EWOULDBLOCK) {
				return nil, &HeldError{dir, held}
			}
			return nil, explain("lock", path, err)
		}
		l := &lock{f, path}
		if !l.there() { // removed between the opening and the locking
			l.release()
			continue
		}
		if err := l.sign(h); err != nil {
			l.release()
			return nil, err
		}
		return l, nil
	}
	return nil, explain("lock", path, errors.New("somebody removes it again and again"))
}

func flock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err //nolint:wrapcheck // acquire says what was being done
		}
	}
}

// sign writes who holds the lock.
func (l *lock) sign(h Holder) error {
	text, err := json.Marshal(h)
	if err != nil {
		return explain("write the lock", l.path, err)
	}
	if err := l.f.Truncate(0); err != nil {
		return explain("write the lock", l.path, err)
	}
	if _, err := l.f.WriteAt(append(text, '\n'), 0); err != nil {
		return explain("write the lock", l.path, err)
	}
	return nil
}

// there says whether the lock file is still the one that was locked.
func (l *lock) there() bool {
	ours, err := l.f.Stat()
	if err != nil {
		return false
	}
	now, err := os.Stat(l.path)
	return err == nil && os.SameFile(ours, now)
}

// release gives the lock back; who held it stays to be read. Closing alone would
// leave it to a helper that is just being started, for as long as it has a copy of
// our files.
func (l *lock) release() {
	_ = syscall.Flock(int(l.f.Fd()), syscall.LOCK_UN) // closing does it, too
	_ = l.f.Close()
}

func readHolder(f *os.File) (h Holder, ok bool) {
	text, err := io.ReadAll(io.LimitReader(f, 1<<16))
	if err != nil || json.Unmarshal(text, &h) != nil {
		return Holder{}, false
	}
	return h, true
}
