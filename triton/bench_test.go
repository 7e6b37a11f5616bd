package triton

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
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

// serverEnv makes this binary the server of BenchmarkPoll instead of the tests.
const serverEnv = "TRITOP_TEST_SERVE_FLEET"

// fleetServer serves until its input ends. BenchmarkPoll starts this binary
// again for it, so that the server's CPU time is not the client's.
func fleetServer() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := grpc.NewServer()
	pb.RegisterGRPCInferenceServiceServer(s, fleet{answer: fiftyModels()})
	_, _ = fmt.Fprintln(os.Stdout, l.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		s.Stop()
	}()
	return s.Serve(l)
}

// serveFleet starts the server and gives its address.
func serveFleet(b *testing.B) string {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serverEnv+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(address)
}

// cost is what a poll takes.
type cost struct{ wall, cpu time.Duration }

// BenchmarkPoll prints how long a poll of 50 models takes with this client, and
// how much CPU time, as a multiple of the bare generated client's on the same
// server in another process. The two take turns, so that whatever else runs on
// the machine hits both; the figures are the medians of the rounds.
func BenchmarkPoll(b *testing.B) {
	address := serveFleet(b)
	ours, err := Dial(Options{Address: address, Headers: map[string]string{"triton-grpc-protocol-k": "v"}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = ours.Close() })
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	generated := pb.NewGRPCInferenceServiceClient(conn)
	bare := func(ctx context.Context) (*pb.ModelStatisticsResponse, error) {
		return generated.ModelStatistics(ctx, &pb.ModelStatisticsRequest{})
	}
	polls(b, ours.Statistics)
	polls(b, bare)
	var mine, theirs []cost
	for turn := 0; b.Loop(); turn++ {
		if turn%2 == 0 {
			mine = append(mine, polls(b, ours.Statistics))
		}
		theirs = append(theirs, polls(b, bare))
		if turn%2 == 1 {
			mine = append(mine, polls(b, ours.Statistics))
		}
	}
	wall, cpu := func(c cost) time.Duration { return c.wall }, func(c cost) time.Duration { return c.cpu }
	b.ReportMetric(ratio(mine, theirs, wall), "x-bare")
	b.ReportMetric(ratio(mine, theirs, cpu), "x-bare-cpu")
	b.ReportMetric(float64(median(mine, wall))/1e3, "us/poll")
	b.ReportMetric(float64(median(mine, cpu))/1e3, "cpu-us/poll")
	b.ReportMetric(0, "ns/op") // of a round of both: says nothing
}

// polls is one round: the mean of a few polls, for the CPU clock is coarse.
func polls(b *testing.B, poll func(context.Context) (*pb.ModelStatisticsResponse, error)) cost {
	b.Helper()
	const times = 25
	used, began := cpuTime(b), time.Now()
	for range times {
		ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
		r, err := poll(ctx)
		cancel()
		if err != nil || len(r.GetModelStats()) != 50 {
			b.Fatal(len(r.GetModelStats()), err)
		}
	}
	return cost{time.Since(began) / times, (cpuTime(b) - used) / times}
}

// cpuTime is what this process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func ratio(a, b []cost, of func(cost) time.Duration) float64 {
	return float64(median(a, of)) / float64(median(b, of))
}

func median(c []cost, of func(cost) time.Duration) time.Duration {
	sorted := slices.Clone(c)
	slices.SortFunc(sorted, func(a, b cost) int { return cmp.Compare(of(a), of(b)) })
	return of(sorted[len(sorted)/2])
}
