package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	promodel "github.com/prometheus/common/model"
	"go.uber.org/goleak"

	"tritop/model"
	"tritop/triton"
	"tritop/triton/metrics"
	"tritop/triton/pb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve opens a world and gives what its servers are called.
func serve(t *testing.T, scenario string, servers int) (*Served, []model.ServerSpec) {
	t.Helper()
	w, err := New(Options{Scenario: scenario, Seed: 1, Servers: servers})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Serve(ctx, w, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); s.Wait() })
	return s, s.Specs()
}

func client(t *testing.T, spec model.ServerSpec) *triton.Client {
	t.Helper()
	c, err := triton.Dial(triton.Options{Address: fmt.Sprintf("127.0.0.1:%d", spec.GRPC)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func request(m, version string, data ...float32) *pb.ModelInferRequest {
	return &pb.ModelInferRequest{ModelName: m, ModelVersion: version, RawInputContents: [][]byte{floatsToRaw(data)},
		Inputs: []*pb.ModelInferRequest_InferInputTensor{{Name: "INPUT0", Datatype: "FP32", Shape: []int64{1, int64(len(data))}}}}
}

func TestGRPCFace(t *testing.T) {
	t.Parallel()
	_, specs := serve(t, "normal", 2)
	c := client(t, specs[0])
	ctx := within(t, 20*time.Second)
	if ready, err := c.Ready(ctx); err != nil || !ready {
		t.Fatal(ready, err)
	}
	if m, err := c.ServerMetadata(ctx); err != nil || m.GetVersion() != Version {
		t.Error(m, err)
	}
	before, err := c.Statistics(ctx)
	if err != nil || len(before.GetModelStats()) == 0 {
		t.Fatal(err)
	}
	cfg, err := c.ModelConfig(ctx, "search_pipeline", "3")
	if err != nil || len(cfg.GetEnsembleScheduling().GetStep()) != 2 {
		t.Error(cfg, err)
	}
}

func TestGRPCInference(t *testing.T) {
	t.Parallel()
	_, specs := serve(t, "normal", 2)
	c := client(t, specs[0])
	ctx := within(t, 20*time.Second)
	r, err := c.Infer(ctx, request("text_classifier", "", 1, 2.5))
	if err != nil || r.GetModelVersion() != "2" || fmt.Sprint(rawToFloats(r.GetRawOutputContents()[0])) != "[2 5]" {
		t.Error(r, err)
	}
	for name, c2 := range map[string]struct {
		req  *pb.ModelInferRequest
		kind triton.Kind
	}{
		"unknown model":   {request("nobody", "", 1), triton.NotFound},
		"unknown version": {request("ranker", "99", 1), triton.NotFound},
		"bad version":     {request("ranker", "x", 1), triton.Invalid},
		"no input":        {&pb.ModelInferRequest{ModelName: "ranker"}, triton.Invalid},
	} {
		if _, err := c.Infer(ctx, c2.req); triton.KindOf(err) != c2.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUnloadAndLoad(t *testing.T) {
	t.Parallel()
	_, specs := serve(t, "normal", 1)
	c := client(t, specs[0])
	ctx := within(t, 20*time.Second)
	if err := c.Unload(ctx, "ranker"); err != nil {
		t.Fatal(err)
	}
	if ready, _ := c.Ready(ctx); ready {
		t.Error("ready while a version is UNLOADING")
	}
	seen := ""
	for seen != "UNAVAILABLE unloaded" {
		idx, err := c.Index(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range idx.GetModels() {
			if m.GetName() == "ranker" {
				seen = m.GetState() + " " + m.GetReason()
			}
		}
		<-time.After(50 * time.Millisecond)
	}
	if ready, _ := c.Ready(ctx); !ready {
		t.Error("not ready after a clean unload")
	}
	if _, err := c.Infer(ctx, request("ranker", "", 1)); triton.KindOf(err) != triton.NotFound || !strings.Contains(err.Error(), "has no available versions") {
		t.Error(err)
	}
	if err := c.Load(ctx, "ranker"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Infer(ctx, request("ranker", "4", 1)); err != nil {
		t.Error(err)
	}
}

func TestHTTPFace(t *testing.T) {
	t.Parallel()
	_, specs := serve(t, "normal", 1)
	base := fmt.Sprintf("http://127.0.0.1:%d", specs[0].HTTP)
	get := func(method, path, body string) (int, string) {
		req, err := http.NewRequestWithContext(within(t, 10*time.Second), method, base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Close = true
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		b, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(b)
	}
	for _, c := range []struct {
		method, path, body string
		code               int
		word               string
	}{
		{"GET", "/v2/health/live", "", 200, ""},
		{"GET", "/v2/health/ready", "", 200, ""},
		{"GET", "/v2", "", 200, `"version":"2.66.0"`},
		{"GET", "/v2/models/ranker", "", 200, `"versions":["4"]`},
		{"GET", "/v2/models/ranker/versions/9/ready", "", 400, "Model version not ready"},
		{"GET", "/v2/models/ranker/config", "", 200, `"max_batch_size":`},
		{"GET", "/v2/models/stats", "", 200, `"model_stats"`},
		{"POST", "/v2/repository/index", "", 200, `"state":"READY"`},
		{"POST", "/v2/models/ranker/infer", `{"inputs":[{"name":"INPUT0","datatype":"FP32","shape":[1,2],"data":[[1,2]]}]}`, 200, `"data":[2,4]`},
		{"POST", "/v2/models/nobody/infer", `{"inputs":[{"name":"INPUT0","datatype":"FP32","shape":[1,1],"data":[1]}]}`, 404, "Request for unknown model"},
		{"POST", "/v2/models/ranker/infer", `{"inputs":`, 500, "failed to parse the request JSON"},
		{"GET", "/nowhere", "", 404, "Not Found"},
	} {
		if code, body := get(c.method, c.path, c.body); code != c.code || !strings.Contains(strings.ReplaceAll(body, ": ", ":"), strings.ReplaceAll(c.word, ": ", ":")) {
			t.Errorf("%s %s: %d %s", c.method, c.path, code, body)
		}
	}
	var stats struct {
		Stats []struct{ Name string } `json:"model_stats"`
	}
	if _, body := get("GET", "/v2/models/stats", ""); json.Unmarshal([]byte(body), &stats) != nil || len(stats.Stats) != 9 {
		t.Errorf("%d statistics", len(stats.Stats))
	}
}

func TestMetricsTextIsTritons(t *testing.T) {
	t.Parallel()
	w, err := New(Options{Scenario: "normal", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	w.Advance(3 * time.Second)
	s := w.Servers()[0]
	text := []byte(s.Metrics())
	p := expfmt.NewTextParser(promodel.LegacyValidation)
	families, err := p.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"nv_inference_request_success", "nv_inference_request_failure", "nv_inference_pending_request_count", "nv_inference_request_summary_us", "nv_cpu_utilization"} {
		if families[name] == nil {
			t.Errorf("family %s is missing", name)
		}
	}
	want := make(map[string]uint64)
	for _, c := range s.counters(time.Unix(0, 0)) {
		if c.Model != "search_pipeline" {
			want[c.Model+c.Version] = c.Success.Count
		}
	}
	if err := metrics.NewScanner(metrics.DefaultLimits()).Scan(text, func(m *metrics.Series, v float64) {
		if n, ok := want[m.Label("model")+m.Label("version")]; ok && m.Name == "nv_inference_request_success" && float64(n) != v {
			t.Errorf("%s: %v, statistics say %d", m.Label("model"), v, n)
		}
	}); err != nil {
		t.Error(err)
	}
	s.unload("ranker", w.now)
	w.Advance(6 * time.Second)
	if after := s.Metrics(); strings.Contains(after, `nv_inference_request_success{model="ranker"`) || !strings.Contains(after, `nv_inference_request_failure{model="ranker"`) && s.failures["ranker 4"] != nil {
		t.Error("an unloaded version must lose its series, but for its failures")
	}
}

// Faults of the wire, seen by a real client.
func TestWireFaults(t *testing.T) {
	t.Parallel()
	served, specs := serve(t, "normal", 4)
	set := func(i int, r Reach) {
		served.hosts[i].with(func(_ *World, s *Server) { s.Reach = r })
		<-time.After(3 * tickLength)
	}
	ask := func(i int) (call, connect triton.Kind) {
		_, err := client(t, specs[i]).Ready(within(t, 700*time.Millisecond))
		return triton.KindOf(err), triton.KindOf(triton.Connect(within(t, 300*time.Millisecond), fmt.Sprintf("127.0.0.1:%d", specs[i].GRPC)))
	}
	open := client(t, specs[0])
	if _, err := open.Ready(within(t, 5*time.Second)); err != nil {
		t.Fatal(err)
	}
	set(0, Hung)
	if _, err := open.Ready(within(t, 500*time.Millisecond)); triton.KindOf(err) != triton.TimedOut {
		t.Errorf("hung, open connection: %v", err)
	}
	if _, connect := ask(0); connect != triton.Other {
		t.Errorf("hung, new connection: %v", connect)
	}
	set(1, Refused)
	if call, connect := ask(1); call != triton.Refused || connect != triton.Refused {
		t.Errorf("refused: %v %v", call, connect)
	}
	set(1, Open)
	if _, err := client(t, specs[1]).Ready(within(t, 5*time.Second)); err != nil {
		t.Errorf("back on the same port: %v", err)
	}
	set(2, Silent)
	for range 3 {
		if _, connect := ask(2); connect != triton.Unreachable {
			t.Errorf("silent, new connection: %v, want no answer at all", connect)
		}
	}
	if c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", specs[2].Metric), 300*time.Millisecond); err == nil {
		t.Errorf("the metrics port of a silent server accepts: %v", c.Close())
	}
}

func TestServeSaysWhatIsWrongWithAnAddress(t *testing.T) {
	t.Parallel()
	w, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"nonsense", "127.0.0.1:99999", "127.0.0.1:x"} {
		if _, err := Serve(t.Context(), w, bad); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
	if _, err := New(Options{Scenario: "nope"}); err == nil {
		t.Error("an unknown scenario was accepted")
	}
}
