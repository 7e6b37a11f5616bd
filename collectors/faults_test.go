package collectors

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tritop/model"
	"tritop/triton"
	"tritop/triton/pb"
)

func (f *fake) asked(name string) int { f.mu.Lock(); defer f.mu.Unlock(); return f.requests[name] }

func TestARestartIsSeen(t *testing.T) {
	t.Parallel()
	f := newFake("m")
	facts, _ := observe(t, fleet([]Target{f.start(t, "a", nil)}, spec("m")))
	before := await(t, facts, "a poll", answeredBy("a"))
	await(t, facts, "its version", func(i model.Identified) bool { return i.Outcome == model.Answered })
	await(t, facts, "its model", func(d model.Described) bool { return d.Instances == 0 })
	f.stop()
	gone := await(t, facts, "refused", func(p model.Polled) bool { return p.Outcome == model.Refused })
	if gone.Ready != model.Undecided || gone.Counters != nil || gone.Detail == "" {
		t.Errorf("what is known of a server that is gone: %+v", gone)
	}
	f.set(func() {
		f.config = &pb.ModelConfig{Backend: "python", InstanceGroup: []*pb.ModelInstanceGroup{{Count: 3}}}
	})
	f.start(t, "a", nil)
	after := await(t, facts, "back", answeredBy("a"))
	if after.Connections == before.Connections {
		t.Error("the new connection is not told")
	}
	await(t, facts, "its version again", func(i model.Identified) bool { return i.Outcome == model.Answered })
	await(t, facts, "the index again", func(i model.Indexed) bool { return len(i.Entries) == 1 })
	await(t, facts, "its new configuration", func(d model.Described) bool { return d.Instances == 3 })
	await(t, facts, "a good probe", func(p model.Probed) bool { return p.Outcome == model.Answered })
}

// A model that is loaded anew in place, on the same connection, may have another
// configuration: its counters went back, so it is described again.
func TestAReloadInPlaceIsDescribedAgain(t *testing.T) {
	t.Parallel()
	f := newFake("m", "n")
	facts, _ := observe(t, fleet([]Target{f.start(t, "a", nil)}))
	for range 2 {
		await(t, facts, "a first configuration", func(d model.Described) bool { return d.Outcome == model.Answered })
	}
	await(t, facts, "a poll", answeredBy("a"))
	index := f.asked("index")
	f.set(func() {
		f.anew["m"] = f.count
		f.config = &pb.ModelConfig{Backend: "onnxruntime", InstanceGroup: []*pb.ModelInstanceGroup{{Count: 2}}}
	})
	d := await(t, facts, "its new configuration", func(d model.Described) bool { return d.Instances == 2 })
	if d.Model != "m" || d.Platform != "onnxruntime" || f.asked("index") != index+1 {
		t.Errorf("%+v, the index was read %d times more, want once", d, f.asked("index")-index)
	}
	for range 3 {
		await(t, facts, "polls", answeredBy("a"))
	}
	if n := f.asked("config"); n != 3 {
		t.Errorf("%d configurations were read, want 2 and 1", n)
	}
}

// Triton goes on with a call that the client gave up, and all others wait
// behind it: asking a slow index at once again would hang the server for good.
func TestASlowIndexIsNotAskedAgainAtOnce(t *testing.T) {
	t.Parallel()
	f := newFake("m")
	f.set(func() { f.slow = map[string]time.Duration{"index": 60 * time.Millisecond} })
	fl := fleet([]Target{f.start(t, "a", nil)})
	fl.Cadence.SlowCall = 20 * time.Millisecond
	facts, _ := observe(t, fl)
	await(t, facts, "the index times out", func(i model.Indexed) bool { return i.Outcome == model.TimedOut })
	for range 40 {
		await(t, facts, "polls go on", answeredBy("a"))
	}
	if n := f.asked("index"); n < 2 || n > 7 {
		t.Errorf("%d calls in some 2 s, want the pauses 80, 160, 320, 640 ms between them", n)
	}
	f.set(func() { f.slow = nil })
	await(t, facts, "the index at last", func(i model.Indexed) bool { return i.Outcome == model.Answered })
}

// Where the call is answered, but slowly, it takes a fifth of Triton's time at most.
func TestAnIndexThatTakesLongIsReadLessOften(t *testing.T) {
	t.Parallel()
	f := newFake("m")
	f.set(func() { f.slow, f.ready = map[string]time.Duration{"index": 100 * time.Millisecond}, false })
	facts, _ := observe(t, fleet([]Target{f.start(t, "a", nil)}))
	first := await(t, facts, "an index", func(i model.Indexed) bool { return i.Outcome == model.Answered })
	second := await(t, facts, "another", func(i model.Indexed) bool { return i.Outcome == model.Answered })
	if pause := second.At.Sub(first.At); pause < 4*first.Took {
		t.Errorf("the index took %s and is read again after %s", first.Took, pause)
	}
}

func TestStatisticsThatFailForGood(t *testing.T) {
	t.Parallel()
	f := newFake("m")
	f.set(func() {
		f.statsErr = status.Error(codes.InvalidArgument, "Request for unknown model: '/a::m' is not found")
	})
	facts, _ := observe(t, fleet([]Target{f.start(t, "a", nil)}, spec("m")))
	p := await(t, facts, "it says so", func(p model.Polled) bool { return p.StatsDetail != "" })
	if p.Outcome != model.Answered || p.Ready != model.Yes || p.Counters != nil || !strings.Contains(p.StatsDetail, "/a::m") {
		t.Errorf("%+v", p)
	}
	await(t, facts, "a configuration all the same", func(d model.Described) bool { return d.Model == "m" })
	await(t, facts, "a probe all the same", func(p model.Probed) bool { return p.Outcome == model.Answered })
	f.set(func() { f.statsErr = nil })
	await(t, facts, "statistics again", func(p model.Polled) bool { return p.StatsDetail == "" && len(p.Counters) == 1 })
}

// A model that is just unloaded fails the statistics once; nothing is said then.
func TestStatisticsThatFailOnceSayNothing(t *testing.T) {
	t.Parallel()
	f := newFake("m")
	facts, _ := observe(t, fleet([]Target{f.start(t, "a", nil)}))
	await(t, facts, "a poll", answeredBy("a"))
	f.set(func() {
		f.statsErr = status.Error(codes.InvalidArgument, "Request for unknown model: 'm' is not found")
	})
	p := await(t, facts, "without counters", func(p model.Polled) bool { return p.Outcome == model.Answered && p.Counters == nil })
	if p.StatsDetail != "" {
		t.Errorf("after one failure: %q", p.StatsDetail)
	}
}

// Steps of ensembles must be known soon, or they are counted twice; a server
// with many models must not be asked many things at once.
func TestManyConfigurationsAreReadSoonAndOneByOne(t *testing.T) {
	t.Parallel()
	f := newFake()
	for i := range 300 {
		f.models[fmt.Sprintf("m%03d", i)] = "1"
	}
	facts, stop := observe(t, fleet([]Target{f.start(t, "a", nil)}))
	seen := map[string]bool{}
	for len(seen) < 300 {
		d := await(t, facts, "a configuration", func(d model.Described) bool { return d.Outcome == model.Answered })
		if seen[d.Model] {
			t.Errorf("%s is read twice", d.Model)
		}
		seen[d.Model] = true
	}
	stop()
	if f.most.Load() != 1 {
		t.Errorf("%d management calls at once", f.most.Load())
	}
	if polls := f.asked("statistics"); polls < 300/describeLimit {
		t.Errorf("only %d polls meanwhile", polls)
	}
}

func TestAnEnsembleIsDescribed(t *testing.T) {
	t.Parallel()
	f := newFake("e")
	f.set(func() {
		f.config = &pb.ModelConfig{Platform: "ensemble", InstanceGroup: []*pb.ModelInstanceGroup{{Count: 2, Gpus: []int32{0, 1}}, {Count: 1}},
			ModelTransactionPolicy: &pb.ModelTransactionPolicy{Decoupled: true},
			SchedulingChoice: &pb.ModelConfig_EnsembleScheduling{EnsembleScheduling: &pb.ModelEnsembling{
				Step: []*pb.ModelEnsembling_Step{{ModelName: "one", ModelVersion: -1}, {ModelName: evil, ModelVersion: 3}}}}}
	})
	facts, _ := observe(t, fleet([]Target{f.start(t, "a", nil)}))
	d := await(t, facts, "its configuration", func(d model.Described) bool { return d.Outcome == model.Answered })
	if d.Platform != "ensemble" || d.Instances != 5 || !d.Decoupled || len(d.Steps) != 2 || d.Steps[0] != "one" || !slices.Equal(d.StepVersions, []string{"", "3"}) || strings.Contains(d.Steps[1], "\x1b") {
		t.Errorf("%+v", d)
	}
}

func TestWhichCallHungIsSaid(t *testing.T) {
	t.Parallel()
	f := newFake("m")
	facts, _ := observe(t, fleet([]Target{f.start(t, "a", nil)}))
	await(t, facts, "a poll", answeredBy("a"))
	f.set(func() { f.hang[""] = true })
	p := await(t, facts, "hung", func(p model.Polled) bool { return p.Outcome == model.TimedOut })
	if !strings.Contains(p.Detail, "though a new connection is accepted") || !strings.Contains(p.Detail, "no answer within 400ms") {
		t.Errorf("%q", p.Detail)
	}
}

func TestWhatCannotRunIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	good := Target{Spec: model.ServerSpec{Name: "a"}, GRPC: triton.Options{Address: "127.0.0.1:1"}}
	for name, c := range map[string]struct {
		change func(*Fleet)
		why    []string
	}{
		"a probe":             {func(f *Fleet) { f.Probes = append(f.Probes, spec("")) }, []string{"names no model"}},
		"two probes":          {func(f *Fleet) { f.Probes = append(f.Probes, spec(""), spec("")) }, []string{"no model", "\n"}},
		"a cadence":           {func(f *Fleet) { f.Cadence.Metrics = 0 }, []string{"cadence of metrics", "at least 1ms"}},
		"an address":          {func(f *Fleet) { f.Targets = append(f.Targets, Target{Spec: model.ServerSpec{Name: "b"}}) }, []string{"server b"}},
		"a header that kills": {func(f *Fleet) { f.Targets[0].GRPC.Headers = map[string]string{"triton_grpc_error": "true"} }, []string{"server a", "never sent"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fleet([]Target{good}, spec("m"))
			c.change(&f)
			out := make(chan model.Fact) // a fact would block
			err := f.Run(t.Context(), out)
			if err == nil {
				t.Fatal("it ran")
			}
			for _, w := range c.why {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q, want %q in it", err, w)
				}
			}
		})
	}
}

// Triton's own HTTP and metrics ports hang up on a gRPC client without a word:
// the poll asks them what they speak, seldom, and says what to change.
func TestAWrongPortIsNamed(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	var gets atomic.Int32
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				head := make([]byte, 4)
				if _, err := io.ReadFull(c, head); err == nil && string(head) == "GET " {
					gets.Add(1)
					_, _ = io.WriteString(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
				}
			}()
		}
	}()
	target := newFake("m").start(t, "a", nil)
	target.GRPC.Address = l.Addr().String()
	facts, _ := observe(t, fleet([]Target{target}))
	// A machine that is busy may not hear the first answer in time; it is asked again soon.
	await(t, facts, "the diagnosis", func(p model.Polled) bool { return p.Outcome == model.Foreign })
	asked := gets.Load()
	for range 10 {
		await(t, facts, "a poll", func(p model.Polled) bool {
			if p.Outcome != model.Foreign || !strings.Contains(p.Detail, "an HTTP server answers on this port") {
				t.Errorf("%+v", p.Answer)
			}
			return true
		})
	}
	if n := gets.Load(); n != asked || asked == 0 {
		t.Errorf("%d requests to find out, and %d once it was known", asked, n)
	}
}
