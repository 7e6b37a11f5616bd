package helper

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tritop/collectors/nvml"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a library that follows a script.
type fake struct {
	open    []error // of each Open; then none
	opens   int
	count   int
	lost    func(opens, i int) string
	failing error // of Read
	reads   int
}

func (f *fake) Open() error {
	f.opens++
	if f.opens <= len(f.open) {
		return f.open[f.opens-1]
	}
	return nil
}
func (f *fake) Close()              {}
func (f *fake) Driver() string      { return "1.2" }
func (f *fake) Count() (int, error) { return f.count, nil }
func (f *fake) Read(i int) (nvml.Device, error) {
	f.reads++
	d := nvml.Device{Index: i, UUID: fmt.Sprint("GPU-", i)}
	if f.lost != nil {
		d.Lost = f.lost(f.opens, i)
	}
	return d, f.failing
}

// lines runs a library for a while in virtual time.
func lines(t *testing.T, lib Library, length time.Duration) (out []nvml.Line) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), length)
		defer cancel()
		var text bytes.Buffer
		if err := Run(ctx, lib, time.Second, &text); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(text.String()) {
			var l nvml.Line
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			if l.Version != nvml.LineVersion {
				t.Errorf("version %d in %q", l.Version, line)
			}
			out = append(out, l)
		}
	})
	return out
}

func TestALineAtEachInterval(t *testing.T) {
	t.Parallel()
	got := lines(t, &fake{count: 2}, 4500*time.Millisecond)
	if len(got) != 5 || len(got[0].GPUs) != 2 || got[4].GPUs[1].UUID != "GPU-1" || got[0].Driver != "1.2" {
		t.Errorf("%+v", got)
	}
}

func TestTheLastLineSaysWhy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lib    *fake
		absent bool
		why    string
	}{
		"no library":         {&fake{open: []error{&AbsentError{"no driver"}}}, true, "no driver"},
		"a wrapped absence":  {&fake{open: []error{fmt.Errorf("load: %w", &AbsentError{"no driver"})}}, true, "no driver"},
		"no GPU":             {&fake{}, true, "the NVIDIA driver works and has no GPU"},
		"the driver refuses": {&fake{open: []error{errors.New("no permission")}}, false, "no permission"},
		"a read that fails":  {&fake{count: 1, failing: errors.New("gone")}, false, "gone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := lines(t, c.lib, time.Minute)
			if len(got) != 1 {
				t.Fatalf("%+v", got)
			}
			absent, failed := c.why, ""
			if !c.absent {
				absent, failed = "", c.why
			}
			if got[0].Absent != absent || got[0].Error != failed {
				t.Errorf("%+v, want %q, absent %v", got[0], c.why, c.absent)
			}
		})
	}
}

func TestALostGPUIsLookedForAnew(t *testing.T) {
	t.Parallel()
	lib := &fake{count: 2, lost: func(opens, i int) string {
		if opens < 3 && i == 1 {
			return "gone"
		}
		return ""
	}}
	got := lines(t, lib, 29500*time.Millisecond)
	var lost []string
	for i, l := range got {
		if l.GPUs[0].Lost != "" {
			t.Errorf("line %d: the other one is lost too", i)
		}
		lost = append(lost, l.GPUs[1].Lost)
	}
	if strings.Join(lost, " ") != strings.Repeat("gone ", 21)+strings.Repeat(" ", 8) || lib.opens != 3 {
		t.Errorf("lost %q, opened %d times", lost, lib.opens)
	}
}

func TestADriverThatIsGoneWhenItIsOpenedAgain(t *testing.T) {
	t.Parallel()
	lib := &fake{count: 1, open: []error{nil, errors.New("the library is of another version")}, lost: func(int, int) string { return "gone" }}
	got := lines(t, lib, time.Minute)
	if last := got[len(got)-1]; last.Error != "the library is of another version" || len(got) != 12 {
		t.Errorf("%d lines, the last is %+v", len(got), last)
	}
}

func TestAReaderThatIsGoneEndsIt(t *testing.T) {
	t.Parallel()
	if err := Run(t.Context(), &fake{count: 1}, time.Second, broken{}); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("error %v", err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("closed") }

func TestWordsOfReturnCodes(t *testing.T) {
	t.Parallel()
	for r, want := range map[result]string{9: "the NVIDIA driver is not loaded", 15: "the GPU is lost: it fell off the bus, or cannot be reached", 777: "error 777 of the driver"} {
		if got := r.words(); got != want {
			t.Errorf("%d: %q", r, got)
		}
	}
	if !result(15).lost() || !result(16).lost() || result(3).lost() || result(0).lost() {
		t.Error("codes of a GPU that is out of reach")
	}
}
