package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func pipe(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		t.Skipf("SKIPPED: no pipes here: %v", err)
	}
	return file
}

// A pipe is a configuration where somebody writes to it; nobody waits for ever
// where nobody does.
func TestPipes(t *testing.T) {
	t.Parallel()
	began := time.Now()
	if _, err := Load(pipe(t)); err == nil || !strings.Contains(err.Error(), "a pipe that nobody writes to") || time.Since(began) > 3*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
	file := pipe(t)
	w, err := os.OpenFile(file, os.O_RDWR, 0) // a writer that is there before the reader
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	began = time.Now()
	if _, _, err := Read(file); err == nil || !strings.Contains(err.Error(), "not written to its end within 5s") || time.Since(began) > 10*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
	r, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	go func() {
		_, _ = out.WriteString("version: 1\n")
		time.Sleep(50 * time.Millisecond) // a program that writes slowly
		_, _ = out.WriteString("fleet: piped\n")
		_ = out.Close()
	}()
	text, again, err := Read(fmt.Sprintf("/dev/fd/%d", r.Fd()))
	if err != nil || string(text) != "version: 1\nfleet: piped\n" || again {
		t.Errorf("%q %v %v", text, again, err)
	}
}

func TestWhatIsNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for file, want := range map[string]string{dir: "a directory", "/dev/zero": "neither a file nor a pipe", filepath.Join(dir, "no"): "the file does not exist"} {
		_, _, err := Read(file)
		if err == nil || !strings.Contains(Cause(err).Error(), want) {
			t.Errorf("%s: %v, want %s", file, err, want)
		}
	}
	if plain := errors.New("x"); !errors.Is(Cause(plain), plain) {
		t.Error("the cause of another error is another")
	}
}
