package hostile

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"

	"tritop/collectors"
	"tritop/engine"
	"tritop/model"
	"tritop/triton"
	"tritop/triton/pb"
)

// server is a Triton with models of any name.
type server struct {
	pb.UnimplementedGRPCInferenceServiceServer
	names []string
	hung  atomic.Bool
}

func (s *server) ServerReady(ctx context.Context, _ *pb.ServerReadyRequest) (*pb.ServerReadyResponse, error) {
	if s.hung.Load() {
		<-ctx.Done()
	}
	return &pb.ServerReadyResponse{Ready: true}, nil
}

func (s *server) ServerMetadata(context.Context, *pb.ServerMetadataRequest) (*pb.ServerMetadataResponse, error) {
	return &pb.ServerMetadataResponse{Version: evil}, nil
}

func (s *server) ModelStatistics(context.Context, *pb.ModelStatisticsRequest) (*pb.ModelStatisticsResponse, error) {
	r := &pb.ModelStatisticsResponse{}
	for _, n := range s.names {
		r.ModelStats = append(r.ModelStats, &pb.ModelStatistics{Name: n, Version: "1", InferenceStats: &pb.InferStatistics{Success: &pb.StatisticDuration{Count: 7}}})
	}
	return r, nil
}

func (s *server) RepositoryIndex(context.Context, *pb.RepositoryIndexRequest) (*pb.RepositoryIndexResponse, error) {
	r := &pb.RepositoryIndexResponse{}
	for _, n := range s.names {
		r.Models = append(r.Models, &pb.RepositoryIndexResponse_ModelIndex{Name: n, Version: "1", State: "READY"},
			&pb.RepositoryIndexResponse_ModelIndex{Name: n, Version: "2", State: "UNAVAILABLE", Reason: "failed: " + evil})
	}
	return r, nil
}

func (s *server) ModelConfig(_ context.Context, r *pb.ModelConfigRequest) (*pb.ModelConfigResponse, error) {
	return &pb.ModelConfigResponse{Config: &pb.ModelConfig{Name: r.GetName(), Platform: evil}}, nil
}

// listen serves on an address until the function that it gives is called.
func (s *server) listen(t *testing.T, address string) (at string, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer()
	pb.RegisterGRPCInferenceServiceServer(g, s)
	done := make(chan struct{})
	go func() { defer close(done); _ = g.Serve(l) }()
	return l.Addr().String(), func() { g.Stop(); <-done }
}

func target(name, address string, metrics int) collectors.Target {
	port, _ := net.LookupPort("tcp", address[len("127.0.0.1:"):])
	return collectors.Target{Spec: model.ServerSpec{Name: name, Host: "127.0.0.1", GRPC: port, Metric: metrics}, GRPC: triton.Options{Address: address}}
}

// watch runs collectors and engine until stop, which waits for them.
func watch(t *testing.T, cadence collectors.Cadence, targets ...collectors.Target) (e *engine.Engine, stop func()) {
	t.Helper()
	opt := engine.DefaultOptions()
	for _, s := range targets {
		opt.Servers = append(opt.Servers, s.Spec)
	}
	e, err := engine.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	go func() { ended <- e.Run(ctx) }()
	go func() {
		ended <- collectors.Fleet{Targets: targets, Cadence: cadence, Backoff: collectors.DefaultBackoff()}.Run(ctx, e.Inbox())
	}()
	return e, func() {
		cancel()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	}
}

// until waits for a snapshot that satisfies.
func until(t *testing.T, e *engine.Engine, what string, ok func(*model.Snapshot) bool) *model.Snapshot {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	marks := e.Subscribe(ctx)
	for {
		if s := e.Latest(); ok(s) {
			return s
		}
		select {
		case <-marks:
		case <-ctx.Done():
			t.Fatalf("never: %s", what)
		}
	}
}
