package triton

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tritop/triton/pb"
)

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/goldens", path))
	if err != nil {
		t.Fatal(err)
	}
	used.Store(path, true)
	return b
}

func decode[M proto.Message](t *testing.T, path string, m M) M {
	t.Helper()
	if err := proto.Unmarshal(read(t, path), m); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if err := protorange.Range(m.ProtoReflect(), func(v protopath.Values) error { // whatever is nested, too
		if inner, ok := v.Index(-1).Value.Interface().(protoreflect.Message); ok && len(inner.GetUnknown()) > 0 {
			t.Errorf("%s: %d bytes of unknown fields in %s: our .proto lacks something", path, len(inner.GetUnknown()), v.Path)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return m
}

// The JSON body of the same moment says what the bytes must decode to.
func TestStatisticsGoldens(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("testdata/goldens/stats/*.binpb")
	if len(files) < 10 {
		t.Fatalf("%d goldens", len(files))
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".binpb")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := decode(t, "stats/"+name+".binpb", &pb.ModelStatisticsResponse{})
			var want struct {
				Stats []jsonStats `json:"model_stats"`
			}
			if err := json.Unmarshal(read(t, "stats/"+name+".json"), &want); err != nil {
				t.Fatal(err)
			}
			if len(got.GetModelStats()) != len(want.Stats) {
				t.Fatalf("%d models, JSON has %d", len(got.GetModelStats()), len(want.Stats))
			}
			for _, w := range want.Stats {
				compareStats(t, got, w)
			}
		})
	}
}

type jsonDuration struct{ Count, Ns uint64 }

type jsonBatch struct {
	Size   uint64       `json:"batch_size"`
	Input  jsonDuration `json:"compute_input"`
	Infer  jsonDuration `json:"compute_infer"`
	Output jsonDuration `json:"compute_output"`
}

type jsonStats struct {
	Name, Version  string
	LastInference  uint64                  `json:"last_inference"`
	InferenceCount uint64                  `json:"inference_count"`
	ExecutionCount uint64                  `json:"execution_count"`
	Stats          map[string]jsonDuration `json:"inference_stats"`
	Batches        []jsonBatch             `json:"batch_stats"`
	Memory         []any                   `json:"memory_usage"`
	Responses      map[string]any          `json:"response_stats"`
}

func durationOf(d *pb.StatisticDuration) jsonDuration { return jsonDuration{d.GetCount(), d.GetNs()} }

// flat is everything that is counted of a model version but its batch sizes.
type flat struct {
	name, version                                 string
	last, inferences, executions, memory, replies uint64
}

func compareStats(t *testing.T, got *pb.ModelStatisticsResponse, w jsonStats) {
	t.Helper()
	i := slices.IndexFunc(got.GetModelStats(), func(g *pb.ModelStatistics) bool { return g.GetName() == w.Name && g.GetVersion() == w.Version })
	if i < 0 {
		t.Errorf("%s %s is missing", w.Name, w.Version)
		return
	}
	g := got.GetModelStats()[i]
	is := g.GetInferenceStats()
	for field, d := range map[string]*pb.StatisticDuration{"success": is.GetSuccess(), "fail": is.GetFail(), "queue": is.GetQueue(),
		"compute_input": is.GetComputeInput(), "compute_infer": is.GetComputeInfer(), "compute_output": is.GetComputeOutput(),
		"cache_hit": is.GetCacheHit(), "cache_miss": is.GetCacheMiss()} {
		if durationOf(d) != w.Stats[field] {
			t.Errorf("%s %s: %v, JSON %v", w.Name, field, d, w.Stats[field])
		}
	}
	counted := flat{g.GetName(), g.GetVersion(), g.GetLastInference(), g.GetInferenceCount(), g.GetExecutionCount(), uint64(len(g.GetMemoryUsage())), uint64(len(g.GetResponseStats()))}
	if want := (flat{w.Name, w.Version, w.LastInference, w.InferenceCount, w.ExecutionCount, uint64(len(w.Memory)), uint64(len(w.Responses))}); counted != want {
		t.Errorf("%+v, JSON %+v", counted, want)
	}
	var batches []jsonBatch
	for _, b := range g.GetBatchStats() {
		batches = append(batches, jsonBatch{b.GetBatchSize(), durationOf(b.GetComputeInput()), durationOf(b.GetComputeInfer()), durationOf(b.GetComputeOutput())})
	}
	if !slices.Equal(batches, w.Batches) {
		t.Errorf("%s: batches %v, JSON %v", g.GetName(), batches, w.Batches)
	}
}

func TestIndexGoldens(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("testdata/goldens/index/*.binpb")
	if len(files) < 9 {
		t.Fatalf("%d goldens", len(files))
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".binpb")
		got := decode(t, "index/"+name+".binpb", &pb.RepositoryIndexResponse{})
		var want []struct{ Name, Version, State, Reason string }
		if err := json.Unmarshal(read(t, "index/"+name+".json"), &want); err != nil {
			t.Fatal(err)
		}
		if len(want) != len(got.GetModels()) {
			t.Fatalf("%s: %d entries, JSON %d", name, len(got.GetModels()), len(want))
		}
		for i, m := range got.GetModels() {
			w := want[i]
			if m.GetName() != w.Name || m.GetVersion() != w.Version || m.GetState() != w.State || m.GetReason() != w.Reason {
				t.Errorf("%s: %v, JSON %v", name, m, w)
			}
		}
	}
}

func TestConfigGoldens(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("testdata/goldens/config/*.binpb")
	if len(files) == 0 {
		t.Fatal("no goldens")
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".binpb")
		got := decode(t, "config/"+name+".binpb", &pb.ModelConfigResponse{}).GetConfig()
		want := &pb.ModelConfig{}
		if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(read(t, "config/"+name+".json"), want); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !proto.Equal(got, want) {
			t.Errorf("%s: %v\nJSON %v", name, got, want)
		}
	}
	pipeline := &pb.ModelConfig{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(read(t, "config/pipeline.json"), pipeline); err != nil {
		t.Fatal(err)
	}
	if n := len(pipeline.GetEnsembleScheduling().GetStep()); n != 2 {
		t.Errorf("the ensemble has %d steps", n)
	}
	cached := &pb.ModelConfig{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(read(t, "config/cached.json"), cached); err != nil {
		t.Fatal(err)
	}
	if !cached.GetResponseCache().GetEnable() || cached.GetMaxBatchSize() != 4 || cached.GetBackend() != "python" {
		t.Errorf("the cached model: %v", cached)
	}
}

func TestMetadataGoldens(t *testing.T) {
	t.Parallel()
	v, same := decode(t, "server_metadata.binpb", &pb.ServerMetadataResponse{}), &pb.ServerMetadataResponse{}
	if err := protojson.Unmarshal(read(t, "server_metadata.json"), same); err != nil {
		t.Fatal(err)
	}
	if v.GetVersion() != "2.51.0" || len(v.GetExtensions()) < 10 || !proto.Equal(v, same) {
		t.Errorf("server metadata: %v\nJSON %v", v, same)
	}
	m := &pb.ModelMetadataResponse{}
	if err := protojson.Unmarshal(read(t, "model_metadata.json"), m); err != nil {
		t.Fatal(err)
	}
	if m.GetPlatform() != "python" || len(m.GetVersions()) != 2 || len(m.GetInputs()) != 1 || m.GetInputs()[0].GetShape()[0] != -1 || m.GetOutputs()[0].GetDatatype() != "FP32" {
		t.Errorf("model metadata: %v", m)
	}
}

// The three replies of a decoupled model, as Triton's own library printed them.
func TestStreamGoldens(t *testing.T) {
	t.Parallel()
	blocks := strings.Split(strings.TrimSpace(string(read(t, "stream_replies.txt"))), "\n\n")
	if len(blocks) != 3 {
		t.Fatalf("%d replies", len(blocks))
	}
	for i, text := range blocks {
		r := &pb.ModelStreamInferResponse{}
		if err := prototext.Unmarshal([]byte(text), r); err != nil {
			t.Fatal(err)
		}
		in := r.GetInferResponse()
		value := math.Float32frombits(binary.LittleEndian.Uint32(in.GetRawOutputContents()[0]))
		if r.GetErrorMessage() != "" || in.GetModelName() != "stream" || in.GetModelVersion() != "1" || value != float32(i) ||
			in.GetParameters()["triton_final_response"] == nil || in.GetParameters()["triton_final_response"].GetBoolParam() {
			t.Errorf("reply %d: value %v of %v", i, value, r)
		}
	}
}

func asString(v any) string { s, _ := v.(string); return s }
