package sim

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"tritop/model"
	"tritop/triton/pb"
)

// grpcAPI speaks Triton's gRPC protocol for one server.
type grpcAPI struct {
	pb.UnimplementedGRPCInferenceServiceServer
	host *host
}

// healthAPI is the standard health service; it says the same as ServerReady.
type healthAPI struct {
	grpc_health_v1.UnimplementedHealthServer
	host *host
}

// Check answers SERVING when the server is ready.
func (a *healthAPI) Check(context.Context, *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	r := &grpc_health_v1.HealthCheckResponse{Status: grpc_health_v1.HealthCheckResponse_NOT_SERVING}
	a.host.with(func(_ *World, s *Server) {
		if s.Ready() {
			r.Status = grpc_health_v1.HealthCheckResponse_SERVING
		}
	})
	return r, nil
}

// ServerLive answers.
func (a *grpcAPI) ServerLive(context.Context, *pb.ServerLiveRequest) (*pb.ServerLiveResponse, error) {
	return &pb.ServerLiveResponse{Live: true}, nil
}

// ServerReady answers with strict readiness.
func (a *grpcAPI) ServerReady(context.Context, *pb.ServerReadyRequest) (*pb.ServerReadyResponse, error) {
	r := &pb.ServerReadyResponse{}
	a.host.with(func(_ *World, s *Server) { r.Ready = s.Ready() })
	return r, nil
}

// ModelReady answers false for what is unknown, as Triton does.
func (a *grpcAPI) ModelReady(_ context.Context, req *pb.ModelReadyRequest) (*pb.ModelReadyResponse, error) {
	if err := checkVersion(req.GetVersion()); err != nil {
		return nil, err
	}
	r := &pb.ModelReadyResponse{}
	a.host.with(func(_ *World, s *Server) {
		m := s.find(req.GetName(), req.GetVersion())
		r.Ready = m != nil && m.state == model.ReplicaReady
	})
	return r, nil
}

func checkVersion(v string) error {
	if v == "" {
		return nil
	}
	if _, err := strconv.ParseInt(v, 10, 64); err != nil {
		return status.Errorf(codes.InvalidArgument, "failed to get model version from specified version string '%s' (details: stol), version should be an integral value > 0", v)
	}
	return nil
}

var extensions = []string{"classification", "sequence", "model_repository", "model_repository(unload_dependents)", "schedule_policy", "model_configuration",
	"system_shared_memory", "cuda_shared_memory", "binary_tensor_data", "parameters", "statistics", "trace", "logging"}

// ServerMetadata answers.
func (a *grpcAPI) ServerMetadata(context.Context, *pb.ServerMetadataRequest) (*pb.ServerMetadataResponse, error) {
	return &pb.ServerMetadataResponse{Name: "triton", Version: Version, Extensions: extensions}, nil
}

// ready gives a READY version or the error that Triton gives; f runs under the
// lock of the world.
func (a *grpcAPI) ready(name, version string, f func(s *Server, r *replica)) error {
	if err := checkVersion(version); err != nil {
		return err
	}
	var err error
	a.host.with(func(_ *World, s *Server) {
		r, refusal := s.lookup(name, version)
		if r == nil {
			err = status.Error(grpcCodes[refusal.Code], refusal.Text)
			return
		}
		f(s, r)
	})
	return err
}

// ModelMetadata answers with inputs and outputs.
func (a *grpcAPI) ModelMetadata(_ context.Context, req *pb.ModelMetadataRequest) (*pb.ModelMetadataResponse, error) {
	out := &pb.ModelMetadataResponse{Name: req.GetName(),
		Inputs:  []*pb.ModelMetadataResponse_TensorMetadata{{Name: "INPUT0", Datatype: "FP32", Shape: []int64{-1, -1}}},
		Outputs: []*pb.ModelMetadataResponse_TensorMetadata{{Name: "OUTPUT0", Datatype: "FP32", Shape: []int64{-1, -1}}}}
	err := a.ready(req.GetName(), req.GetVersion(), func(s *Server, r *replica) {
		out.Platform = r.model.platform()
		for _, o := range s.sorted() {
			if o.model == r.model && o.state == model.ReplicaReady && (req.GetVersion() == "" || o == r) {
				out.Versions = append(out.Versions, strconv.Itoa(o.version))
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ModelConfig answers with the effective configuration.
func (a *grpcAPI) ModelConfig(_ context.Context, req *pb.ModelConfigRequest) (*pb.ModelConfigResponse, error) {
	var c *pb.ModelConfig
	if err := a.ready(req.GetName(), req.GetVersion(), func(_ *Server, r *replica) { c = r.model.config() }); err != nil {
		return nil, err
	}
	return &pb.ModelConfigResponse{Config: c}, nil
}

// ModelStatistics answers for all READY versions, or the named one.
func (a *grpcAPI) ModelStatistics(_ context.Context, req *pb.ModelStatisticsRequest) (*pb.ModelStatisticsResponse, error) {
	out := &pb.ModelStatisticsResponse{}
	a.host.with(func(_ *World, s *Server) {
		for _, c := range s.counters(a.host.served.began) {
			if (req.GetName() == "" || req.GetName() == c.Model) && (req.GetVersion() == "" || req.GetVersion() == c.Version) {
				out.ModelStats = append(out.ModelStats, statistics(c))
			}
		}
	})
	if req.GetName() != "" && len(out.ModelStats) == 0 {
		return nil, status.Errorf(codes.InvalidArgument, "requested model '%s' is not available", req.GetName())
	}
	return out, nil
}

func statistics(c model.Counters) *pb.ModelStatistics {
	d := func(s model.Sum) *pb.StatisticDuration { return &pb.StatisticDuration{Count: s.Count, Ns: s.Ns} }
	m := &pb.ModelStatistics{Name: c.Model, Version: c.Version, InferenceCount: c.Inferences, ExecutionCount: c.Executions,
		InferenceStats: &pb.InferStatistics{Success: d(c.Success), Fail: d(c.Fail), Queue: d(c.Queue), ComputeInput: d(c.Input), ComputeInfer: d(c.Infer),
			ComputeOutput: d(c.Output), CacheHit: d(c.CacheHit), CacheMiss: d(c.CacheMiss)}}
	if !c.LastInference.IsZero() {
		m.LastInference = uint64(c.LastInference.UnixMilli())
	}
	for _, b := range c.Batches {
		input, infer, output := phases(b)
		m.BatchStats = append(m.BatchStats, &pb.InferBatchStatistics{BatchSize: b.Size, ComputeInput: d(input), ComputeInfer: d(infer), ComputeOutput: d(output)})
	}
	return m
}

// RepositoryIndex lists every version that was ever loaded.
func (a *grpcAPI) RepositoryIndex(_ context.Context, req *pb.RepositoryIndexRequest) (*pb.RepositoryIndexResponse, error) {
	if req.GetRepositoryName() != "" {
		return nil, status.Error(codes.Unimplemented, "'repository_name' specification is not supported")
	}
	out := &pb.RepositoryIndexResponse{}
	a.host.with(func(_ *World, s *Server) {
		for _, e := range s.index() {
			if !req.GetReady() || e.State == model.ReplicaReady {
				out.Models = append(out.Models, &pb.RepositoryIndexResponse_ModelIndex{Name: e.Model, Version: e.Version, State: e.State.String(), Reason: e.Reason})
			}
		}
	})
	return out, nil
}

// RepositoryModelLoad loads a model and answers when that is done.
func (a *grpcAPI) RepositoryModelLoad(ctx context.Context, req *pb.RepositoryModelLoadRequest) (*pb.RepositoryModelLoadResponse, error) {
	if !a.host.load(ctx, req.GetModelName()) {
		return nil, status.Errorf(codes.Internal, "failed to load '%s', failed to poll from model repository", req.GetModelName())
	}
	return &pb.RepositoryModelLoadResponse{}, nil
}

// load begins a load and waits for its end, or for the caller's patience; the
// load goes on without the caller.
func (h *host) load(ctx context.Context, name string) bool {
	ok := false
	h.with(func(w *World, s *Server) { ok = s.load(name, w.now) })
	tick := time.NewTicker(tickLength)
	defer tick.Stop()
	for ok {
		loading := false
		h.with(func(_ *World, s *Server) {
			for _, r := range s.replicas {
				loading = loading || r.model.name == name && r.state == model.ReplicaLoading
			}
		})
		if !loading {
			break
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return true
		}
	}
	return ok
}

// RepositoryModelUnload begins to unload and answers before that is done.
func (a *grpcAPI) RepositoryModelUnload(_ context.Context, req *pb.RepositoryModelUnloadRequest) (*pb.RepositoryModelUnloadResponse, error) {
	a.host.with(func(w *World, s *Server) { s.unload(req.GetModelName(), w.now) })
	return &pb.RepositoryModelUnloadResponse{}, nil
}

// ModelInfer runs one inference.
func (a *grpcAPI) ModelInfer(ctx context.Context, req *pb.ModelInferRequest) (*pb.ModelInferResponse, error) {
	if err := checkVersion(req.GetModelVersion()); err != nil {
		return nil, err
	}
	in := fromRequest(req)
	r := a.host.infer(ctx, in)
	if r.Text != "" {
		return nil, status.Error(grpcCodes[r.Code], r.Text)
	}
	return &pb.ModelInferResponse{ModelName: req.GetModelName(), ModelVersion: r.Version, Id: req.GetId(), RawOutputContents: [][]byte{floatsToRaw(r.output)},
		Outputs: []*pb.ModelInferResponse_InferOutputTensor{{Name: "OUTPUT0", Datatype: "FP32", Shape: in.shape}}}, nil
}

var grpcCodes = map[Code]codes.Code{OK: codes.OK, Internal: codes.Internal, NotFound: codes.NotFound, Unavailable: codes.Unavailable, InvalidArgument: codes.InvalidArgument}

func fromRequest(req *pb.ModelInferRequest) tensors {
	in := tensors{model: req.GetModelName(), version: req.GetModelVersion(), id: req.GetId()}
	for _, t := range req.GetInputs() {
		in.names = append(in.names, t.GetName())
		in.datatype, in.shape, in.data = t.GetDatatype(), t.GetShape(), t.GetContents().GetFp32Contents()
	}
	for _, o := range req.GetOutputs() {
		in.wanted = append(in.wanted, o.GetName())
	}
	if len(req.GetRawInputContents()) > 0 {
		in.data = rawToFloats(req.GetRawInputContents()[0])
	}
	return in
}

// ModelStreamInfer answers each request of a stream with one response.
func (a *grpcAPI) ModelStreamInfer(stream grpc.BidiStreamingServer[pb.ModelInferRequest, pb.ModelStreamInferResponse]) error {
	for {
		req, err := stream.Recv()
		if err == io.EOF { //nolint:errorlint // grpc gives it unwrapped
			return nil
		}
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		out := &pb.ModelStreamInferResponse{}
		if out.InferResponse, err = a.ModelInfer(stream.Context(), req); err != nil {
			out.ErrorMessage, out.InferResponse = status.Convert(err).Message(), &pb.ModelInferResponse{Id: req.GetId(), ModelName: req.GetModelName()}
		}
		out.InferResponse.Parameters = map[string]*pb.InferParameter{"triton_final_response": {ParameterChoice: &pb.InferParameter_BoolParam{BoolParam: true}}}
		if err := stream.Send(out); err != nil {
			return fmt.Errorf("send: %w", err)
		}
	}
}
