package nvml

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"tritop/model"
)

// The whole path against a driver that is played by a C library: the helper as it
// is shipped, its process, its lines. NVIDIA_FAKE says what the driver does
// (testdata/fake.c).

// programs is where the programs of these tests are.
var programs = filepath.Join(os.TempDir(), fmt.Sprintf("tritop-nvml-test-%d", os.Getpid()))

// build makes the helper and three drivers, once.
var build = sync.OnceValue(func() error {
	dir, err := programs, os.MkdirAll(programs, 0o700)
	run := func(name string, args ...string) {
		if err != nil {
			return
		}
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=1", "CGO_CFLAGS=-O2 -g -Wno-deprecated-declarations")
		if out, runErr := cmd.CombinedOutput(); runErr != nil {
			err = fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), runErr, out)
		}
	}
	run("go", "build", "-o", filepath.Join(dir, HelperName), "-ldflags=-extldflags=-Wl,-z,lazy", "tritop/cmd/tritop-nvml")
	for kind, flag := range map[string]string{"new": "-DNEW", "old": "-DOLD", "empty": "-DEMPTY"} {
		_ = os.Mkdir(filepath.Join(dir, kind), 0o700) // the compiler says it if it cannot
		run(compiler(), flag, "-shared", "-fPIC", "-o", filepath.Join(dir, kind, "libnvidia-ml.so.1"), filepath.Join("testdata", "fake.c"))
	}
	return err
})

func compiler() string {
	if cc := os.Getenv("CC"); cc != "" {
		return cc
	}
	return "gcc"
}

// driver gives a helper whose loader finds that driver, "" for none, which does mode.
func driver(t *testing.T, kind, mode string, more ...string) Options {
	t.Helper()
	switch _, err := exec.LookPath(compiler()); {
	case runtime.GOOS != "linux":
		t.Skip("NOT TESTED: NVML is read on Linux only")
	case err != nil && os.Getenv("CI") != "":
		t.Fatalf("no C compiler in CI: %v", err)
	case err != nil:
		t.Skip("NOT TESTED: no C compiler on this machine, so neither the helper nor a driver to play with can be built")
	}
	if err := build(); err != nil {
		t.Fatal(err)
	}
	env, err := exec.LookPath("env")
	if err != nil {
		t.Fatal(err)
	}
	lib := filepath.Join(programs, kind)
	if kind == "" {
		lib = t.TempDir()
	}
	opt := DefaultOptions("", "box")
	opt.Command = append([]string{env, "LD_LIBRARY_PATH=" + lib, "NVIDIA_FAKE=" + mode}, more...)
	opt.Command = append(opt.Command, filepath.Join(programs, HelperName))
	opt.Every, opt.Late, opt.First = 50*time.Millisecond, 500*time.Millisecond, 5*time.Second
	opt.Again = Pauses{First: 10 * time.Millisecond, Max: 50 * time.Millisecond, Absent: 20 * time.Millisecond}
	return opt
}

// say is what a fact tells in one line for each GPU, or why it tells nothing.
func say(f model.GPUsSampled) []string {
	if f.Outcome != model.Answered {
		return []string{fmt.Sprintf("%s, absent %v: %s", f.Outcome, f.Absent, f.Detail)}
	}
	var out []string
	show := func(f model.Figure) string {
		if !f.Known() {
			return "-"
		}
		return fmt.Sprintf("%.4g", f.Value)
	}
	for i := range f.GPUs {
		g := &f.GPUs[i]
		line := fmt.Sprintf("%d %s %s:", g.Index, g.UUID, g.Name)
		for _, v := range []model.Figure{g.Util, g.MemUsed, g.MemTotal, g.PowerW, g.PowerLimitW, g.TempC, g.ClockMHz, g.ECCErrors} {
			line += " " + show(v)
		}
		out = append(out, strings.TrimSpace(line+" "+g.Throttled+g.Lost))
	}
	return out
}

// What the driver of testdata says, a name that would draw on a screen among it.
var (
	name0, name1 = model.CleanName("Fake \x1b[2J H100"), model.CleanName("Fake \x1b[2J H101")
	first        = "0 GPU-00000000-fake " + name0 + ": 0.71 3.329e+10 8.59e+10 412.4 700 61 1980 3"
	second       = "1 GPU-00000001-fake " + name1 + ": 0.71 3.329e+10 8.59e+10 412.4 700 61 1980 - power cap, too hot (hardware)"
	gone         = "1 GPU-00000001-fake " + name1 + ": - - - - - - - - the GPU is lost: it fell off the bus, or cannot be reached"
)

func TestADriver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind, mode string
		more       []string
		facts      int // of which the last is looked at
		want       []string
	}{
		"works":              {kind: "new", facts: 3, want: []string{first, second}},
		"of long ago":        {kind: "old", facts: 3, want: []string{"0 GPU 0 of box " + name0 + ": 0.71 3.436e+10 8.59e+10 - - 61 - - power cap", "1 GPU 1 of box " + name1 + ": 0.71 3.436e+10 8.59e+10 - - 61 - - power cap"}},
		"loses a GPU":        {kind: "new", mode: "lost", facts: 5, want: []string{first, gone}},
		"hangs midway":       {kind: "new", mode: "hang", facts: 3, want: []string{"timed out, absent false: no sample within 550ms: a call into the driver hangs"}},
		"ends the process":   {kind: "new", mode: "die", facts: 3, want: []string{"failed, absent false: tritop-nvml ended: exit status 2: SIGABRT: abort"}},
		"has no GPU":         {kind: "new", mode: "none", facts: 1, want: []string{"failed, absent true: the NVIDIA driver works and has no GPU"}},
		"is not loaded":      {kind: "new", mode: "init=9", facts: 2, want: []string{"failed, absent true: the NVIDIA driver is not loaded"}},
		"was updated":        {kind: "new", mode: "init=18", facts: 1, want: []string{"failed, absent false: initialise the NVIDIA driver: library and driver are of different versions (after an update: restart the machine)"}},
		"may not be used":    {kind: "new", mode: "init=4", facts: 1, want: []string{"failed, absent false: initialise the NVIDIA driver: no permission"}},
		"fails oddly":        {kind: "new", mode: "init=777", facts: 1, want: []string{"failed, absent false: initialise the NVIDIA driver: error 777 of the driver"}},
		"is another library": {kind: "empty", facts: 1, want: []string{"failed, absent false: this NVIDIA library cannot be used: it has no nvmlInit_v2 (too old, or not NVIDIA's)"}},
		"is not there": {kind: "", facts: 1, want: []string{
			"failed, absent true: no NVIDIA driver on this machine: libnvidia-ml.so.1: cannot open shared object file: No such file or directory"}},
		"under an eager loader": {kind: "new", more: []string{"LD_BIND_NOW=1"}, facts: 1, want: []string{"failed, absent false: tritop-nvml ended: exit status 127: "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := facts(t, New(driver(t, c.kind, c.mode, c.more...)), c.facts)
			got := say(all[len(all)-1])
			if len(got) != len(c.want) {
				t.Fatalf("%q\nwant %q", got, c.want)
			}
			for i, want := range c.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("%q\nwant %q", got[i], want)
				}
			}
		})
	}
}

// What tritop's own environment says to the loader must not end the helper.
func TestAnEagerLoaderOfOursDoesNotReachTheHelper(t *testing.T) {
	opt := driver(t, "new", "")
	t.Setenv("LD_BIND_NOW", "1")
	if got := say(facts(t, New(opt), 1)[0]); len(got) != 2 || got[0] != first {
		t.Errorf("%q", got)
	}
}

func TestADriverThatHangsAtItsStart(t *testing.T) {
	t.Parallel()
	opt := driver(t, "new", "hang-init")
	opt.First = 300 * time.Millisecond
	c := New(opt)
	began := time.Now()
	got := say(facts(t, c, 2)[1])
	if got[0] != "timed out, absent false: no sample within 300ms: a call into the driver hangs" || time.Since(began) > 10*time.Second {
		t.Errorf("%q after %s", got, time.Since(began))
	}
}
