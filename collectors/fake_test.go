package collectors

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tritop/collectors/probe"
	"tritop/model"
	"tritop/triton"
	"tritop/triton/pb"
)

// fake is a Triton with faults, and with eyes: it sees whether tritop keeps its
// promises (one management call at a time, at most four probes).
type fake struct {
	pb.UnimplementedGRPCInferenceServiceServer
	eyes
	place
	mu       sync.Mutex // guards all below
	ready    bool
	models   map[string]string // name → version
	hang     map[string]bool   // models whose inference hangs; "" hangs management
	inferErr error
	statsErr error
	slow     map[string]time.Duration // how long a management call keeps Triton's one thread busy
	config   *pb.ModelConfig          // nil: a plain Python model
	thread   sync.Mutex               // the one thread that serves management
	wrong    bool
	count    uint64
	anew     map[string]uint64 // models that were loaded again, and the count then
}

// place is where the fake listens.
type place struct {
	addr string // empty: anywhere
	stop func() // ends the server
}

// eyes are what the fake saw.
type eyes struct {
	requests  map[string]int // management calls by name; guarded by the fake's mu
	managing  atomic.Int32
	most      atomic.Int32 // management calls at once
	probing   atomic.Int32
	mostProbe atomic.Int32
	twice     atomic.Int32 // probes of a model version that was being probed
	ids       sync.Map
	inside    sync.Map // model versions that are being probed
}

func newFake(models ...string) *fake {
	f := &fake{ready: true, models: map[string]string{}, hang: map[string]bool{}, anew: map[string]uint64{}, eyes: eyes{requests: map[string]int{}}}
	for _, m := range models {
		f.models[m] = "1"
	}
	return f
}

func (f *fake) set(change func()) { f.mu.Lock(); defer f.mu.Unlock(); change() }

func (f *fake) manage(ctx context.Context, name string) error {
	for n := f.managing.Add(1); n > f.most.Load(); {
		f.most.Store(n)
	}
	defer f.managing.Add(-1)
	f.mu.Lock()
	f.requests[name]++
	hung, slow := f.hang[""], f.slow[name]
	f.mu.Unlock()
	f.thread.Lock() // a call that the client gave up keeps it busy all the same
	time.Sleep(slow)
	f.thread.Unlock()
	if hung {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func (f *fake) ServerReady(ctx context.Context, _ *pb.ServerReadyRequest) (*pb.ServerReadyResponse, error) {
	if err := f.manage(ctx, "ready"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return &pb.ServerReadyResponse{Ready: f.ready}, nil
}

func (f *fake) ServerLive(ctx context.Context, _ *pb.ServerLiveRequest) (*pb.ServerLiveResponse, error) {
	return &pb.ServerLiveResponse{Live: true}, f.manage(ctx, "live")
}

func (f *fake) ServerMetadata(ctx context.Context, _ *pb.ServerMetadataRequest) (*pb.ServerMetadataResponse, error) {
	return &pb.ServerMetadataResponse{Version: "2.66.0"}, f.manage(ctx, "metadata")
}

func (f *fake) ModelConfig(ctx context.Context, r *pb.ModelConfigRequest) (*pb.ModelConfigResponse, error) {
	f.mu.Lock()
	c := f.config
	f.mu.Unlock()
	if c != nil {
		return &pb.ModelConfigResponse{Config: c}, f.manage(ctx, "config")
	}
	return &pb.ModelConfigResponse{Config: &pb.ModelConfig{Name: r.GetName(), MaxBatchSize: 8, Backend: "python"}}, f.manage(ctx, "config")
}

func (f *fake) ModelStatistics(ctx context.Context, _ *pb.ModelStatisticsRequest) (*pb.ModelStatisticsResponse, error) {
	if err := f.manage(ctx, "statistics"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.statsErr != nil {
		return nil, f.statsErr
	}
	f.count += 3
	r := &pb.ModelStatisticsResponse{}
	for m, v := range f.models {
		r.ModelStats = append(r.ModelStats, &pb.ModelStatistics{Name: m, Version: v, InferenceStats: &pb.InferStatistics{Success: &pb.StatisticDuration{Count: f.count - f.anew[m]}}})
	}
	return r, nil
}

func (f *fake) RepositoryIndex(ctx context.Context, _ *pb.RepositoryIndexRequest) (*pb.RepositoryIndexResponse, error) {
	if err := f.manage(ctx, "index"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	r := &pb.RepositoryIndexResponse{}
	for m, v := range f.models {
		r.Models = append(r.Models, &pb.RepositoryIndexResponse_ModelIndex{Name: m, Version: v, State: "READY"})
	}
	return r, nil
}

func (f *fake) ModelInfer(ctx context.Context, r *pb.ModelInferRequest) (*pb.ModelInferResponse, error) {
	for n := f.probing.Add(1); n > f.mostProbe.Load(); {
		f.mostProbe.Store(n)
	}
	defer f.probing.Add(-1)
	f.ids.Store(r.GetModelName(), r.GetId())
	key := r.GetModelName() + " " + r.GetModelVersion()
	if _, twice := f.inside.LoadOrStore(key, true); twice {
		f.twice.Add(1)
	}
	defer f.inside.Delete(key)
	f.mu.Lock()
	slow := f.slow["infer"]
	hang, err, wrong := f.hang[r.GetModelName()], f.inferErr, f.wrong
	f.mu.Unlock()
	time.Sleep(slow)
	switch {
	case hang:
		<-ctx.Done()
		return nil, ctx.Err()
	case err != nil:
		return nil, err
	}
	raw := r.GetRawInputContents()[0]
	if wrong {
		raw = append([]byte{1}, raw[1:]...)
	}
	return &pb.ModelInferResponse{ModelName: r.GetModelName(), ModelVersion: r.GetModelVersion(), RawOutputContents: [][]byte{raw},
		Outputs: []*pb.ModelInferResponse_InferOutputTensor{{Name: "OUT", Datatype: "FP32", Shape: []int64{1}}}}, nil
}

// start serves the fake and gives a target with short deadlines around it.
func (f *fake) start(t *testing.T, name string, text http.HandlerFunc, opts ...grpc.ServerOption) Target {
	t.Helper()
	l, err := net.Listen("tcp", cmp.Or(f.addr, "127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	f.addr = l.Addr().String()
	s := grpc.NewServer(opts...)
	pb.RegisterGRPCInferenceServiceServer(s, f)
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	f.stop = func() { s.Stop(); <-done }
	t.Cleanup(f.stop)
	spec := model.ServerSpec{Name: name, Host: "127.0.0.1", GRPC: port(l.Addr().String())}
	if text != nil {
		w := httptest.NewServer(text)
		t.Cleanup(w.Close)
		spec.Metric = port(w.Listener.Addr().String())
		spec.HTTP = spec.Metric
	}
	return Target{Spec: spec, GRPC: triton.Options{Address: l.Addr().String()}}
}

func port(addr string) int {
	_, p, _ := net.SplitHostPort(addr)
	n, _ := strconv.Atoi(p)
	return n
}

func quick() Cadence {
	c := DefaultCadence()
	c.Poll, c.PollDeadline, c.Metrics, c.MetricsDeadline = 40*time.Millisecond, 400*time.Millisecond, 50*time.Millisecond, 300*time.Millisecond
	c.SlowCall = 500 * time.Millisecond
	c.Index, c.IndexUnready, c.Connect, c.Probe, c.ProbeAgain = time.Hour, 80*time.Millisecond, 200*time.Millisecond, 60*time.Millisecond, 10*time.Millisecond
	return c
}

func spec(m string) probe.Spec {
	return probe.Spec{Model: m, Timeout: 300 * time.Millisecond, Inputs: []probe.Tensor{{Name: "IN", Datatype: "FP32", Shape: []int64{1}, Data: []any{7}}},
		Expect: []probe.Tensor{{Name: "OUT", Data: []any{7}}}}
}

// observe runs a fleet and gives the facts; stop ends it and waits.
func observe(t *testing.T, f Fleet) (facts <-chan model.Fact, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out := make(chan model.Fact, 4096)
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx, out) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(stop)
	return out, stop
}

// await reads facts until one satisfies, for at most ten seconds.
func await[F model.Fact](t *testing.T, facts <-chan model.Fact, what string, ok func(F) bool) F {
	t.Helper()
	limit := time.After(10 * time.Second)
	last := "none"
	for {
		select {
		case f := <-facts:
			if got, is := f.(F); is {
				if ok(got) {
					return got
				}
				last = fmt.Sprintf("%+v", got)
			}
		case <-limit:
			t.Fatalf("no fact for: %s; the last of its kind: %s", what, last)
		}
	}
}

var errBackend = status.Error(codes.Internal, "Stub process 'm_0_0' is not healthy.")
