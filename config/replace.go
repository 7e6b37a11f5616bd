package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Replace writes a file anew. A link stays a link, and the file keeps its owner,
// its group and its rights. A reader sees the old text or the new one, all of it;
// where the owner may not be kept so, nothing can be put beside the file, or it
// has a second name, the text is written into the file as it stands.
func Replace(file string, text []byte) error { return replace(file, text, os.Chown) }

func replace(file string, text []byte, chown func(name string, uid, gid int) error) error {
	target, err := filepath.EvalSymlinks(file)
	if err != nil {
		return fmt.Errorf("find the file: %w", err)
	}
	info, err := os.Stat(target)
	switch {
	case err != nil:
		return fmt.Errorf("look at the file: %w", err)
	case !info.Mode().IsRegular():
		return errors.New("it is no regular file")
	}
	if owner, known := info.Sys().(*syscall.Stat_t); known && owner.Nlink == 1 {
		own := func(name string) error { return chown(name, int(owner.Uid), int(owner.Gid)) }
		if err = swap(target, text, info.Mode(), own); !errors.Is(err, errNotBeside) {
			return err
		}
	}
	return overwrite(target, text)
}

// errNotBeside says that no file that is the same but for its text can stand
// beside one.
var errNotBeside = errors.New("nothing can be put beside the file")

// swap writes a file beside another one and puts it in its place.
func swap(target string, text []byte, mode fs.FileMode, own func(name string) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*")
	if errors.Is(err, fs.ErrPermission) {
		return errNotBeside
	}
	if err != nil {
		return fmt.Errorf("write beside the file: %w", err)
	}
	if own(tmp.Name()) != nil {
		_, _ = tmp.Close(), os.Remove(tmp.Name()) // it is empty
		return errNotBeside
	}
	_, err = tmp.Write(text)
	err = errors.Join(err, tmp.Chmod(mode), tmp.Sync(), tmp.Close()) // after the owner: changing that takes rights away
	if err == nil {
		err = os.Rename(tmp.Name(), target)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // it is worth nothing now
		return fmt.Errorf("write the file: %w", err)
	}
	return nil
}

// overwrite writes into a file, the new text first and its end last: what is
// interrupted leaves no empty file.
func overwrite(target string, text []byte) error {
	f, err := os.OpenFile(target, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("open the file: %w", err)
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Truncate(int64(len(text)))
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write into the file: %w", err)
	}
	return nil
}
