package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// pipePatience is how long a pipe may take to be written.
const pipePatience = 5 * time.Second

// Read reads the text of a file, at most one byte more than is allowed. A pipe
// is read too, as far as it is written soon; again says whether the same can be
// read another time. Whatever else is no file is refused: a device may never end.
func Read(file string) (text []byte, again bool, err error) {
	f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK, 0) // or opening a pipe would wait for its writer
	if err != nil {
		return nil, false, err //nolint:wrapcheck // it says itself what was done to which file
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, false, fmt.Errorf("look at: %w", err)
	}
	switch mode := info.Mode(); {
	case mode.IsDir():
		return nil, false, errors.New("it is a directory")
	case mode&fs.ModeNamedPipe != 0:
		text, err = readPipe(f)
		return text, false, err
	case !mode.IsRegular():
		return nil, false, errors.New("it is neither a file nor a pipe")
	}
	if text, err = io.ReadAll(io.LimitReader(f, sizeLimit+1)); err != nil {
		return nil, false, fmt.Errorf("read: %w", err)
	}
	return text, true, nil
}

func readPipe(f *os.File) ([]byte, error) {
	if err := f.SetReadDeadline(time.Now().Add(pipePatience)); err != nil {
		return nil, fmt.Errorf("read the pipe: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(f, sizeLimit+1))
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, fmt.Errorf("it is a pipe that was not written to its end within %s", pipePatience)
	case err != nil:
		return nil, fmt.Errorf("read the pipe: %w", err)
	case len(text) == 0:
		return nil, errors.New("it is a pipe that nobody writes to")
	}
	return text, nil
}

// Cause takes the path and the call out of an error of the operating system:
// whoever prints it says already what was being done to which file.
func Cause(err error) error {
	var p *fs.PathError
	switch {
	case !errors.As(err, &p):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("the file does not exist")
	}
	return p.Err
}

// beside gives the path of a file that another one names: from the folder of
// that one, unless it is a pipe.
func beside(of, file string) string {
	if filepath.IsAbs(file) || strings.HasPrefix(of, "/dev/") || strings.HasPrefix(of, "/proc/") {
		return file
	}
	return filepath.Join(filepath.Dir(of), file)
}
