package nvml

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tritop/collectors/collectorstest"
	"tritop/model"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(programs) // of driver_test.go, if it built any
		os.Exit(code)
	}))
}

// script is a helper in the language of the shell; its lines come at once.
func script(t *testing.T, text string) Options {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell on this machine: the helper cannot be played")
	}
	return Options{Command: []string{sh, "-c", text}, Host: "box", Every: 50 * time.Millisecond, First: 10 * time.Second, Late: 400 * time.Millisecond,
		Again: Pauses{First: 5 * time.Millisecond, Max: 20 * time.Millisecond, Absent: 10 * time.Millisecond}}
}

// facts gives the first n of a collector and sees it end.
func facts(t *testing.T, c *Collector, n int) []model.GPUsSampled {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	out := make(chan model.Fact)
	done := make(chan error, 1)
	go func() { done <- c.Collect(ctx, out) }()
	var got []model.GPUsSampled
	for len(got) < n {
		select {
		case f := <-out:
			if s, ok := f.(model.GPUsSampled); ok {
				got = append(got, s)
			}
		case <-ctx.Done():
			t.Fatalf("only %d facts: %+v", len(got), got)
		}
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(3 * time.Second):
		t.Fatal("it did not end with its context")
	}
	return got
}

const good = `{"v":1,"took_ms":2,"gpus":[{"index":0,"uuid":"GPU-a","name":"H\u001b[2J100","util":0.5,"mem_used":1,"mem_total":4,"power_w":null,"throttle":68},{"index":1,"uuid":"GPU-b","lost":"fell off\u0007"}]}`

// samples prints a good line again and again.
const samples = `while :; do echo '` + good + `'; sleep 0.05; done`

func TestContract(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"samples": samples, "absent": `echo '{"v":1,"absent":"no driver"}'`, "dies at once": "exit 3"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			collectorstest.Run(t, func(t *testing.T) collectorstest.Collector { return New(script(t, text)) })
		})
	}
}

func TestASampleBecomesAFact(t *testing.T) {
	t.Parallel()
	f := facts(t, New(script(t, samples)), 3)[2]
	if f.Origin != (model.Origin{Source: "nvml", Kind: "nvml", Every: 50 * time.Millisecond}) || f.Took != 2*time.Millisecond || time.Since(f.At) > time.Minute {
		t.Errorf("%+v", f)
	}
	want := []string{"0 GPU-a " + model.CleanName("H\x1b[2J100") + ": 0.5 1 4 - - - - - power cap, too hot (hardware)", "1 GPU-b : - - - - - - - - fell off�"}
	if got := say(f); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if f.GPUs[0].Host != "box" {
		t.Errorf("host %q", f.GPUs[0].Host)
	}
}

// What goes wrong is said in words, and the helper is started again.
func TestFaultsOfTheHelper(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text    string
		outcome model.Outcome
		absent  bool
		words   string
	}{
		"says that there is nothing": {`echo '{"v":1,"absent":"no driver"}'; sleep 60`, model.Failed, true, "no driver"},
		"says what went wrong":       {`echo '{"v":1,"error":"no permission"}'`, model.Failed, false, "no permission"},
		"another version":            {`echo '{"v":7,"gpus":[]}'`, model.Failed, false, "tritop-nvml is of another version of tritop (lines v7, want v1): build both together"},
		"garbage":                    {`echo 'Segmentation fault'; sleep 60`, model.Failed, false, "tritop-nvml printed what is no sample: invalid character"},
		"a line without end":         {`while :; do printf xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done`, model.Failed, false, "read what tritop-nvml prints: bufio.Scanner: token too long"},
		"dies in the loader":         {`echo 'sh: symbol lookup error: undefined symbol: nvmlX' >&2; exit 127`, model.Failed, false, "tritop-nvml ended: exit status 127: sh: symbol lookup error: undefined symbol: nvmlX"},
		"is killed":                  {`kill -9 $$`, model.Failed, false, "tritop-nvml ended: signal: killed"},
		"ends by itself":             {`exit 0`, model.Failed, false, "tritop-nvml ended by itself"},
		"ignores its end":            {`trap '' TERM INT; echo '` + good + `'; exec sleep 60`, model.TimedOut, false, "no sample within 450ms: a call into the driver hangs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := facts(t, New(script(t, c.text)), 3)
			if c.outcome == model.TimedOut { // the sample before it, each time
				got = slices.DeleteFunc(got, func(f model.GPUsSampled) bool { return f.Outcome == model.Answered })
			}
			for _, f := range got {
				if f.Outcome != c.outcome || f.Absent != c.absent || !strings.HasPrefix(f.Detail, c.words) || len(f.GPUs) > 0 {
					t.Errorf("%s, absent %v: %q, want %s %q", f.Outcome, f.Absent, f.Detail, c.outcome, c.words)
				}
			}
		})
	}
}

func TestWithoutTheHelperItSaysWhatToDo(t *testing.T) {
	t.Parallel()
	opt := script(t, "")
	opt.Command = []string{t.TempDir() + "/" + HelperName}
	for _, f := range facts(t, New(opt), 2) {
		if !f.Absent || f.Detail != "this build has no NVML: tritop-nvml is not beside tritop (make build-nvml builds it, with a C compiler)" {
			t.Errorf("%+v", f)
		}
	}
	opt.Command = []string{t.TempDir()} // is there, and is no program
	if f := facts(t, New(opt), 1)[0]; f.Absent || !strings.HasPrefix(f.Detail, "start tritop-nvml: ") {
		t.Errorf("%+v", f)
	}
}

// A call that hangs in the kernel cannot be killed. No second helper joins it.
func TestAHelperThatCannotBeEndedIsWaitedFor(t *testing.T) {
	t.Parallel()
	c := New(script(t, samples))
	hanging := make(chan struct{})
	c.stuck = hanging
	for _, f := range facts(t, c, 2) {
		if f.Outcome != model.TimedOut || !strings.Contains(f.Detail, "cannot be ended") {
			t.Errorf("%+v", f)
		}
	}
	close(hanging)
	if f := facts(t, c, 1)[0]; f.Outcome != model.Answered {
		t.Errorf("after it ended: %+v", f)
	}
}

func TestALostGPUKeepsItsUUIDWhenTheHelperStartsAnew(t *testing.T) {
	t.Parallel()
	c := New(script(t, samples))
	facts(t, c, 1)
	c.opt = script(t, `while :; do echo '{"v":1,"gpus":[{"index":1,"uuid":"","lost":"gone"},{"index":5,"uuid":"","util":0.1}]}'; sleep 0.05; done`)
	f := facts(t, c, 1)[0]
	if f.GPUs[0].UUID != "GPU-b" || f.GPUs[1].UUID != "GPU 5 of box" {
		t.Errorf("%+v", f.GPUs)
	}
}

func TestASampleThatNobodyTakesIsDropped(t *testing.T) {
	t.Parallel()
	c := New(script(t, samples))
	ctx, cancel := context.WithCancel(t.Context())
	out := make(chan model.Fact)
	done := make(chan error, 1)
	go func() { done <- c.Collect(ctx, out) }()
	dropped := 0
	for reads := 0; dropped == 0 && reads < 10; reads++ { // the helper may need long to start
		time.Sleep(time.Second) // nobody takes anything for so long
		for range 2 {
			switch f := (<-out).(type) {
			case model.GPUsSampled:
				if age := time.Since(f.At); age > 900*time.Millisecond {
					t.Errorf("a sample that is %s old", age)
				}
			case model.SourceDropped:
				dropped += f.Count
			}
		}
	}
	cancel()
	if err := <-done; err != nil || dropped == 0 {
		t.Errorf("%d drops told, error %v", dropped, err)
	}
}

func TestTheHelperGetsNoSecretAndNoEagerLoader(t *testing.T) {
	t.Parallel()
	got := environment([]string{"LD_BIND_NOW=1", "LD_LIBRARY_PATH=x", "TRITON_KEY=secret", "CUDA_VISIBLE_DEVICES=0", "NVIDIA_X=1", "HOME=y", "OLD_X=1"})
	if strings.Join(got, " ") != "LD_LIBRARY_PATH=x CUDA_VISIBLE_DEVICES=0 NVIDIA_X=1" {
		t.Errorf("%v", got)
	}
}
