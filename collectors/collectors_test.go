package collectors

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tritop/collectors/probe"
	"tritop/model"
	"tritop/triton"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func fleet(targets []Target, probes ...probe.Spec) Fleet {
	return Fleet{Targets: targets, Probes: probes, Cadence: quick(), Backoff: DefaultBackoff()}
}

func answeredBy(name string) func(model.Polled) bool {
	return func(p model.Polled) bool {
		return p.Server == name && p.Outcome == model.Answered && len(p.Counters) > 0
	}
}

func TestAServerIsObservedWhole(t *testing.T) {
	t.Parallel()
	f := newFake("m", "n")
	target := f.start(t, "a", func(w http.ResponseWriter, r *http.Request) {
		if !r.Close {
			t.Error("the metrics request keeps its connection open")
		}
		_, _ = io.WriteString(w, "# TYPE nv_inference_pending_request_count gauge\nnv_inference_pending_request_count{model=\"m\",version=\"1\"} 4\n"+
			"# TYPE nv_inference_request_success counter\nnv_inference_request_success{model=\"m\",version=\"1\"} 5\nnv_inference_request_success{gpu_uuid=\"G\",model=\"m\",version=\"1\"} 6\n")
	})
	facts, stop := observe(t, fleet([]Target{target}, spec("m")))
	await(t, facts, "a poll", answeredBy("a"))
	await(t, facts, "its version", func(i model.Identified) bool { return i.TritonVersion == "2.66.0" })
	await(t, facts, "the index", func(i model.Indexed) bool { return len(i.Entries) == 2 && i.Entries[0].State == model.ReplicaReady })
	await(t, facts, "a configuration", func(d model.Described) bool { return d.MaxBatch == 8 && d.Platform == "python" })
	await(t, facts, "pending and summed counters", func(s model.Scraped) bool {
		return s.HTTPPort == model.Answered && len(s.Gauges) == 1 && s.Gauges[0].Value == 4 && len(s.Counters) == 1 && s.Counters[0].Success.Count == 11
	})
	p := await(t, facts, "a good probe", func(p model.Probed) bool { return p.Outcome == model.Answered })
	if p.Model != "m" || p.Version != "1" || p.Counted != model.Yes {
		t.Errorf("%+v", p)
	}
	if id, _ := f.ids.Load("m"); !strings.HasPrefix(fmt.Sprint(id), "tritop-probe-") {
		t.Errorf("the probe is not marked: %v", id)
	}
	if _, probed := f.ids.Load("n"); probed {
		t.Error("a model without a probe was probed")
	}
	stop()
	if f.most.Load() != 1 {
		t.Errorf("%d management calls at once", f.most.Load())
	}
}

func TestAHungServerDelaysNoOther(t *testing.T) {
	t.Parallel()
	hung, good := newFake("m"), newFake("m")
	hung.set(func() { hung.hang[""] = true })
	facts, _ := observe(t, fleet([]Target{hung.start(t, "hung", nil), good.start(t, "good", nil)}))
	began := time.Now()
	for range 5 {
		await(t, facts, "the good one", answeredBy("good"))
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("five polls of the good one took %s", took)
	}
	await(t, facts, "hung", func(p model.Polled) bool { return p.Server == "hung" && p.Outcome == model.TimedOut })
	hung.set(func() { hung.hang[""] = false })
	await(t, facts, "back", answeredBy("hung"))
}

func TestAHungModelDelaysNoOther(t *testing.T) {
	t.Parallel()
	var names []string
	var specs []probe.Spec
	for i := range 12 {
		names = append(names, fmt.Sprintf("m%d", i))
		specs = append(specs, spec(names[i]))
	}
	f := newFake(names...)
	f.set(func() { f.hang["m0"] = true })
	facts, stop := observe(t, fleet([]Target{f.start(t, "a", nil)}, specs...))
	for _, m := range names[1:] {
		await(t, facts, m, func(p model.Probed) bool { return p.Model == m && p.Outcome == model.Answered })
	}
	await(t, facts, "the hung one", func(p model.Probed) bool {
		return p.Model == "m0" && p.Outcome == model.TimedOut && p.Counted == model.Undecided
	})
	stop()
}

func TestAFailingProbeIsDecidedSoon(t *testing.T) {
	t.Parallel()
	f := newFake("m")
	fl := fleet([]Target{f.start(t, "a", nil)}, spec("m"))
	fl.Cadence.Probe = 3 * time.Second
	facts, _ := observe(t, fl)
	await(t, facts, "good", func(p model.Probed) bool { return p.Outcome == model.Answered })
	f.set(func() { f.inferErr = errBackend })
	one := await(t, facts, "failed", func(p model.Probed) bool { return p.Outcome == model.Failed })
	two := await(t, facts, "failed again", func(p model.Probed) bool { return p.Outcome == model.Failed })
	if pause := two.At.Sub(one.At); pause > time.Second || one.Counted != model.No || !strings.Contains(one.Detail, "not healthy") {
		t.Errorf("after %s: %+v", pause, one)
	}
	f.set(func() { f.inferErr, f.wrong = nil, true })
	w := await(t, facts, "wrong", func(p model.Probed) bool { return p.Outcome == model.WrongAnswer })
	if w.Counted != model.Yes || !strings.Contains(w.Detail, "output OUT: element 0 is") {
		t.Errorf("%+v", w)
	}
}

func TestTheIndexIsReadWhenSomethingChanges(t *testing.T) {
	t.Parallel()
	f := newFake("m")
	facts, _ := observe(t, fleet([]Target{f.start(t, "a", nil)}))
	await(t, facts, "the first index", func(i model.Indexed) bool { return len(i.Entries) == 1 })
	f.set(func() { f.models["n"] = "3" })
	await(t, facts, "a version appeared", func(i model.Indexed) bool { return len(i.Entries) == 2 })
	f.set(func() { delete(f.models, "n") })
	await(t, facts, "a version vanished", func(i model.Indexed) bool { return len(i.Entries) == 1 })
	f.set(func() { f.ready = false })
	await(t, facts, "not ready", func(p model.Polled) bool { return p.Ready == model.No && p.Live == model.Yes })
	for range 3 {
		await(t, facts, "the index while not ready", func(i model.Indexed) bool { return true })
	}
}

func TestWhatIsNotATriton(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts in the kernel, never answers
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := free.Addr().String()
	_ = free.Close()
	f := newFake("m")
	target := f.start(t, "x", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "# TYPE a gauge\n") })
	metricsPort := address("127.0.0.1", target.Spec.Metric)
	for name, c := range map[string]struct {
		addr string
		want model.Outcome
	}{
		"nothing listens":              {closed, model.Refused},
		"accepts and is silent":        {silent.Addr().String(), model.TimedOut},
		"the metrics port, or an HTTP": {metricsPort, model.Foreign},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			facts, _ := observe(t, fleet([]Target{{Spec: model.ServerSpec{Name: "a", Host: "127.0.0.1", GRPC: port(c.addr)}, GRPC: triton.Options{Address: c.addr}}}))
			p := await(t, facts, c.want.String(), func(p model.Polled) bool { return p.Outcome == c.want })
			if p.Detail == "" {
				t.Error("no reason is given")
			}
		})
	}
}

func TestHostileMetrics(t *testing.T) {
	t.Parallel()
	endless := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, "# TYPE a gauge\n"+strings.Repeat("a 1\n", 1000)); err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond) // slow enough for the deadline to come before the limit of the size
		}
	}
	tooLarge := func(w http.ResponseWriter, r *http.Request) {
		line := strings.Repeat("a 1\n", 1<<16)
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, line); err != nil {
				return
			}
		}
	}
	slow := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, "#")
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	text := func(s string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, s) }
	}
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		want model.Outcome
		word string
	}{
		"endless":        {endless, model.TimedOut, "in the middle of the text: no answer before the deadline"},
		"endless, quick": {tooLarge, model.Malformed, "the text is larger than 32 MiB"},
		"slow-loris":     {slow, model.TimedOut, "no answer before the deadline"},
		"cut off":        {text("# TYPE a gauge\na{x=\"1"), model.Malformed, "cut off"},
		"empty":          {text(""), model.Foreign, "metrics port"},
		"a web page":     {text("<html></html>"), model.Foreign, "metrics port"},
		"escape in name": {text("# TYPE a gauge\na{model=\"\x1b[2J\",version=\"1\"} 1\n"), model.Answered, ""},
		"not found":      {http.NotFound, model.Foreign, "404"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fl := fleet([]Target{newFake("m").start(t, "a", c.h)})
			if c.want == model.Malformed { // 32 MiB have to come through
				fl.Cadence.MetricsDeadline = 5 * time.Second
			}
			facts, _ := observe(t, fl)
			s := await(t, facts, name, func(s model.Scraped) bool {
				return s.Outcome == c.want
			})
			if !strings.Contains(s.Detail, c.word) {
				t.Errorf("detail %q, want %q in it", s.Detail, c.word)
			}
			for _, g := range s.Gauges {
				if strings.Contains(g.Model, "\x1b") {
					t.Error("an escape sequence came through")
				}
			}
			await(t, facts, "polls go on", answeredBy("a"))
		})
	}
}

func TestStatisticsOfFiveThousandModels(t *testing.T) {
	t.Parallel()
	f := newFake()
	for i := range 5000 {
		f.models[fmt.Sprintf("model_%04d_%s", i, strings.Repeat("x", 100))] = "1"
	}
	fl := fleet([]Target{f.start(t, "a", nil)})
	fl.Cadence.PollDeadline = DefaultCadence().PollDeadline // with the engine behind it: internal/hostile
	facts, _ := observe(t, fl)
	await(t, facts, "5000 models", func(p model.Polled) bool { return len(p.Counters) == 5000 })
}

type broken struct{ panics bool }

func (broken) Name() string { return "broken" }
func (b broken) Collect(context.Context, chan<- model.Fact) error {
	if b.panics {
		panic("oops")
	}
	return errors.New("boom")
}

func TestSuperviseStartsAgainWithBackoff(t *testing.T) {
	t.Parallel()
	for _, panics := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			out := make(chan model.Fact)
			done := make(chan struct{})
			go func() { defer close(done); Supervise(ctx, broken{panics}, out, DefaultBackoff()) }()
			began := time.Now()
			for attempt := 1; attempt <= 10; attempt++ {
				f, ok := (<-out).(model.SourceFailed)
				if !ok || f.Source != "broken" || f.Attempt != attempt || f.Detail == "" {
					t.Fatalf("%+v, want attempt %d", f, attempt)
				}
			}
			if took := time.Since(began); took < 10*time.Second || took > 60*time.Second {
				t.Errorf("ten attempts in %s", took)
			}
			cancel()
			<-done
		})
	}
}

func TestAFullEngineDropsAndSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := make(chan model.Fact, 1)
		box := &outbox{out: out, source: "s", wait: time.Second}
		for range 4 {
			box.send(t.Context(), model.Ticked{})
		}
		<-out
		box.send(t.Context(), model.Ticked{})
		<-out
		box.tell()
		if d, ok := (<-out).(model.SourceDropped); !ok || d.Count != 3 {
			t.Fatalf("%+v", d)
		}
	})
}

func TestTimeoutOfAProbe(t *testing.T) {
	t.Parallel()
	times := func(d time.Duration, n int) []time.Duration {
		out := make([]time.Duration, n)
		for i := range out {
			out[i] = d
		}
		return out
	}
	for name, c := range map[string]struct {
		s    probe.Spec
		took []time.Duration
		want time.Duration
	}{
		"unknown":    {probe.Spec{}, nil, 2 * time.Second},
		"configured": {probe.Spec{Timeout: 5 * time.Second}, times(time.Millisecond, 50), 5 * time.Second},
		"quick":      {probe.Spec{}, times(time.Millisecond, 50), 1200 * time.Millisecond},
		"usual":      {probe.Spec{}, times(time.Second, 50), 3 * time.Second},
		"slow":       {probe.Spec{}, times(9*time.Second, 50), 10 * time.Second},
	} {
		if got := timeout(c.s, c.took); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
