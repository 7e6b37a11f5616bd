package triton

import (
	"context"
	"fmt"
	"net"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"tritop/triton/pb"
)

// fleet answers with the statistics of 50 models of 5 batch sizes: about 19 KB.
type fleet struct {
	pb.UnimplementedGRPCInferenceServiceServer
	answer *pb.ModelStatisticsResponse
}

func (f fleet) ModelStatistics(context.Context, *pb.ModelStatisticsRequest) (*pb.ModelStatisticsResponse, error) {
	return f.answer, nil
}

func fiftyModels() *pb.ModelStatisticsResponse {
	r := &pb.ModelStatisticsResponse{}
	n := uint64(1)
	d := func() *pb.StatisticDuration {
		n = n*6364136223846793005 + 1442695040888963407
		return &pb.StatisticDuration{Count: n >> 44, Ns: n >> 24}
	}
	for m := range 50 {
		s := &pb.ModelStatistics{Name: fmt.Sprintf("model_with_a_name_%02d", m), Version: "1", LastInference: 1786000000000, InferenceCount: d().Count, ExecutionCount: d().Count,
			InferenceStats: &pb.InferStatistics{Success: d(), Fail: d(), Queue: d(), ComputeInput: d(), ComputeInfer: d(), ComputeOutput: d(), CacheHit: d(), CacheMiss: d()}}
		for _, size := range []uint64{1, 2, 4, 8, 16} {
			s.BatchStats = append(s.BatchStats, &pb.InferBatchStatistics{BatchSize: size, ComputeInput: d(), ComputeInfer: d(), ComputeOutput: d()})
		}
		r.ModelStats = append(r.ModelStats, s)
	}
	return r
}

// BenchmarkPoll prints how long a poll of 50 models takes with this client, as a
// multiple of the bare generated client's on the same server. The two take
// turns, so that whatever else runs on the machine hits both.
func BenchmarkPoll(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := grpc.NewServer()
	pb.RegisterGRPCInferenceServiceServer(s, fleet{answer: fiftyModels()})
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	b.Cleanup(func() { s.Stop(); <-done })
	ours, err := Dial(Options{Address: l.Addr().String(), Headers: map[string]string{"triton-grpc-protocol-k": "v"}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = ours.Close() })
	conn, err := grpc.NewClient("passthrough:///"+l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	bare := pb.NewGRPCInferenceServiceClient(conn)
	timed := func(poll func(context.Context) (*pb.ModelStatisticsResponse, error)) time.Duration {
		ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		if r, err := poll(ctx); err != nil || len(r.GetModelStats()) != 50 {
			b.Fatal(len(r.GetModelStats()), err)
		}
		return time.Since(began)
	}
	var mine, theirs []time.Duration
	for b.Loop() {
		mine = append(mine, timed(ours.Statistics))
		theirs = append(theirs, timed(func(ctx context.Context) (*pb.ModelStatisticsResponse, error) {
			return bare.ModelStatistics(ctx, &pb.ModelStatisticsRequest{})
		}))
	}
	b.ReportMetric(float64(median(mine))/float64(median(theirs)), "x-bare")
	b.ReportMetric(float64(median(mine))/1e3, "us/poll")
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
