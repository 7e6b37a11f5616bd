package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Replace writes a file anew, all of it or nothing: a reader sees the old text or
// the new one. A link stays a link; the file keeps its rights.
func Replace(file string, text []byte) error {
	target, err := filepath.EvalSymlinks(file)
	if err != nil {
		return fmt.Errorf("find the file: %w", err)
	}
	info, err := os.Stat(target)
	if err != nil {
		return fmt.Errorf("look at the file: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*")
	if err != nil {
		return fmt.Errorf("write beside the file: %w", err)
	}
	_, err = tmp.Write(text)
	err = errors.Join(err, tmp.Chmod(info.Mode().Perm()), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), target)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // it is worth nothing now
		return fmt.Errorf("write the file: %w", err)
	}
	return nil
}
