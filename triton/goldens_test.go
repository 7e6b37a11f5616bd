package triton

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"tritop/triton/pb"
)

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/goldens", path))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decode[M proto.Message](t *testing.T, path string, m M) M {
	t.Helper()
	if err := proto.Unmarshal(read(t, path), m); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if n := len(m.ProtoReflect().GetUnknown()); n > 0 {
		t.Errorf("%s: %d bytes of unknown fields: our .proto lacks something", path, n)
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

type jsonStats struct {
	Name, Version  string
	LastInference  uint64                  `json:"last_inference"`
	InferenceCount uint64                  `json:"inference_count"`
	ExecutionCount uint64                  `json:"execution_count"`
	Stats          map[string]jsonDuration `json:"inference_stats"`
	Batches        []struct {
		Size  uint64       `json:"batch_size"`
		Infer jsonDuration `json:"compute_infer"`
	} `json:"batch_stats"`
}

func compareStats(t *testing.T, got *pb.ModelStatisticsResponse, w jsonStats) {
	t.Helper()
	for _, g := range got.GetModelStats() {
		if g.GetName() != w.Name || g.GetVersion() != w.Version {
			continue
		}
		is := g.GetInferenceStats()
		for field, d := range map[string]*pb.StatisticDuration{"success": is.GetSuccess(), "fail": is.GetFail(), "queue": is.GetQueue(),
			"compute_input": is.GetComputeInput(), "compute_infer": is.GetComputeInfer(), "compute_output": is.GetComputeOutput(),
			"cache_hit": is.GetCacheHit(), "cache_miss": is.GetCacheMiss()} {
			if (jsonDuration{d.GetCount(), d.GetNs()}) != w.Stats[field] {
				t.Errorf("%s %s: %v, JSON %v", w.Name, field, d, w.Stats[field])
			}
		}
		if g.GetInferenceCount() != w.InferenceCount || g.GetExecutionCount() != w.ExecutionCount || g.GetLastInference() != w.LastInference {
			t.Errorf("%s: counts differ from JSON", w.Name)
		}
		if len(g.GetBatchStats()) != len(w.Batches) {
			t.Fatalf("%s: %d batch sizes, JSON %d", w.Name, len(g.GetBatchStats()), len(w.Batches))
		}
		for i, b := range g.GetBatchStats() {
			if b.GetBatchSize() != w.Batches[i].Size || b.GetComputeInfer().GetCount() != w.Batches[i].Infer.Count {
				t.Errorf("%s: batch %d differs", w.Name, i)
			}
		}
		return
	}
	t.Errorf("%s %s is missing", w.Name, w.Version)
}

// What had been sent is what Triton counted: success for each ok request.
func TestStatisticsGoldensHoldWhatWasSent(t *testing.T) {
	t.Parallel()
	for moment, want := range map[string]map[string][2]uint64{ // model:version → success, fail
		"counts":    {"text_classifier:2": {10, 0}, "text_classifier:1": {5, 0}, "image_embed:1": {7, 0}, "warm:1": {3, 0}},
		"idle":      {"warm:1": {3, 0}},
		"summaries": {"tokenize:1": {20, 0}},
		"failures":  {"f_tritonerror:1": {2, 0}, "f_exception:1": {0, 2}, "f_noresponse:1": {0, 2}, "f_input:1": {0, 0}, "f_queuefull:1": {3, 0}, "f_timeout:1": {1, 2}},
		"features":  {"cached:1": {7, 0}, "pipeline:3": {4, 0}, "tokenize:1": {4, 0}, "encode:2": {4, 0}, "stream:1": {1, 0}},
	} {
		got := decode(t, "stats/"+moment+".binpb", &pb.ModelStatisticsResponse{})
		seen := 0
		for _, m := range got.GetModelStats() {
			w, ok := want[m.GetName()+":"+m.GetVersion()]
			if !ok {
				continue
			}
			seen++
			s := m.GetInferenceStats()
			if s.GetSuccess().GetCount() != w[0] || s.GetFail().GetCount() != w[1] {
				t.Errorf("%s %s: success %d fail %d, sent %v", moment, m.GetName(), s.GetSuccess().GetCount(), s.GetFail().GetCount(), w)
			}
		}
		if seen != len(want) {
			t.Errorf("%s: %d of %d models found", moment, seen, len(want))
		}
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

func TestConfigAndMetadataGoldens(t *testing.T) {
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
		if got.GetName() != want.GetName() || got.GetMaxBatchSize() != want.GetMaxBatchSize() || got.GetBackend() != want.GetBackend() ||
			len(got.GetInput()) != len(want.GetInput()) || len(got.GetInstanceGroup()) != len(want.GetInstanceGroup()) ||
			got.GetDynamicBatching().GetMaxQueueDelayMicroseconds() != want.GetDynamicBatching().GetMaxQueueDelayMicroseconds() {
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
	if v := decode(t, "server_metadata.binpb", &pb.ServerMetadataResponse{}); v.GetVersion() != "2.51.0" || len(v.GetExtensions()) < 10 {
		t.Errorf("server metadata: %v", v)
	}
}

func asString(v any) string { s, _ := v.(string); return s }
