//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// program is the tritop that the tests run as a user would, built once; graves
// takes what a test that was cut off leaves running.
var (
	program string
	graves  *reaper
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "tritop-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program = filepath.Join(dir, "tritop")
	if out, err := exec.Command("go", "build", "-o", program, "tritop").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "e2e: build tritop: %v\n%s", err, out)
		return 1
	}
	if graves, err = newReaper(); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer graves.end()
	return m.Run()
}

// enginesDir is where scripts/engines.sh installs.
func enginesDir() string {
	if d := os.Getenv("TRITOP_ENGINES"); d != "" {
		return d
	}
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		cache = filepath.Join(os.Getenv("HOME"), ".cache")
	}
	return filepath.Join(cache, "tritop-engines")
}

// installed gives the path of a part of the engines; without them the test is
// skipped, and in CI it fails.
func installed(t *testing.T, part string) string {
	t.Helper()
	path := filepath.Join(enginesDir(), part)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	say := t.Skipf
	if ci := strings.ToLower(os.Getenv("CI")); ci != "" && ci != "0" && ci != "false" {
		say = t.Fatalf
	}
	say("NO ENGINE: %s is missing. Install the engines with scripts/engines.sh, then run this again.", path)
	return ""
}
