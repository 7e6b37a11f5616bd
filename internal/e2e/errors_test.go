//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	"tritop/triton/pb"
)

// failing has one model for each kind of failure, so that counters can be compared.
func failing(t *testing.T) repo {
	t.Helper()
	r := newRepo(t)
	for _, m := range []string{"f_tritonerror", "f_exception", "f_noresponse", "f_crash", "f_step1", "f_step2"} {
		r.model(m, spec{})
	}
	slow := func(policy string) spec {
		return spec{batch: 1, dims: "1", params: map[string]string{"delay_s": "0.4"}, extra: "dynamic_batching { default_queue_policy { " + policy + " } }"}
	}
	r.model("f_queuefull", slow("max_queue_size: 2"))
	r.model("f_timeout", slow("default_timeout_microseconds: 100000 allow_timeout_override: true"))
	r.model("f_cancel", slow("default_timeout_microseconds: 5000000"))
	r.model("f_cancel_no_timeout", slow("max_queue_size: 0"))
	r.model("f_input", spec{batch: 2, dims: "2"})
	r.ensemble("f_ensemble", 3, "f_step1", "f_step2")
	return r
}

// kind is a failure that is sent over both protocols, and how Triton counts the
// two together.
type kind struct {
	name string // in the recorded errors
	request
}

// simple are the failures that one request causes.
var simple = []kind{
	{"per-request TritonError", request{model: "f_tritonerror", values: []float64{-1}}},
	{"exception in execute", request{model: "f_exception", values: []float64{-2}}},
	{"wrong number of responses", request{model: "f_noresponse", values: []float64{-6}}},
	{"shape", request{model: "f_input", values: []float64{1, 1, 1}, shape: []int64{1, 3}}},
	{"rank", request{model: "f_input", values: []float64{1, 1}, shape: []int64{2}}},
	{"batch too large", request{model: "f_input", values: []float64{1, 1, 1, 1, 1, 1}, shape: []int64{3, 2}}},
	{"data type", request{model: "f_input", values: []float64{1, 1}, shape: []int64{1, 2}, dtype: "FP64"}},
	{"missing input", request{model: "f_input"}},
	{"unknown input", request{model: "f_input", values: []float64{1, 1}, shape: []int64{1, 2}, input: "X"}},
	{"unknown model", request{model: "no_such_model", values: []float64{1}}},
	{"unknown version", request{model: "f_input", version: "9", values: []float64{1, 1}, shape: []int64{1, 2}}},
	{"version not a number", request{model: "f_input", version: "x", values: []float64{1, 1}, shape: []int64{1, 2}}},
	{"ensemble step exception", request{model: "f_ensemble", values: []float64{-2}}},
	{"ensemble step TritonError", request{model: "f_ensemble", values: []float64{-1}}},
	{"stub process died", request{model: "f_crash", values: []float64{-3}}},
	{"request after the stub died", request{model: "f_crash", values: []float64{1}}},
}

// sendFailing sends every recorded kind of failure and says what Triton has to
// have counted after them. What is not in the counts is not counted by Triton:
// every kind of bad input, the full queue, all management calls.
func sendFailing(t *testing.T, s *server) map[string]counted {
	t.Helper()
	api, seen := s.api(), newRecorded(t, s.dir)
	for _, k := range simple {
		seen.check(t, k.name, "grpc", k.send(t.Context(), api))
		seen.check(t, k.name, "http", k.sendHTTP(s))
	}
	code, text, err := s.request("POST", "/v2/models/f_input/infer", "{")
	must(t, err)
	seen.check(t, "malformed JSON", "http", answer{httpCode(code), text})

	one := request{values: []float64{1}, shape: []int64{1, 1}}
	for _, c := range []struct {
		name, model string
		n           int
		deadline    time.Duration
		meanwhile   func()
	}{
		{"queue full, 6 at once", "f_queuefull", 6, 0, func() {
			r := one
			r.model = "f_queuefull"
			seen.check(t, "queue full", "http", r.sendHTTP(s))
		}},
		{"queue timeout 100 ms, 3 at once, each executes 400 ms", "f_timeout", 3, 0, nil},
		{"client deadline 150 ms, 3 at once", "f_cancel", 3, 150 * time.Millisecond, nil},
		{"client deadline 150 ms, 3 at once", "f_cancel_no_timeout", 3, 150 * time.Millisecond, nil},
	} {
		r := one
		r.model, r.deadline = c.model, c.deadline
		wait := burst(t, api, c.n, r)
		if c.meanwhile != nil {
			c.meanwhile()
		}
		seen.checkAll(t, c.name, c.model, wait())
	}
	// Requests whose client gave up still execute: 3 of 0.4 s, one after another.
	eventually(t, 10*time.Second, "the given-up requests are executed", func() bool { return successes(t, api, "f_cancel_no_timeout", "1") == 3 })
	management(t, s, api, seen)
	seen.complete(t)
	return map[string]counted{
		"f_tritonerror:1":       {2, 0, map[string]int{"1": 2}}, // two errors to the client, two successes to Triton
		"f_exception:1":         {2, 2, map[string]int{"1": 2}},
		"f_noresponse:1":        {2, 2, map[string]int{"1": 2}},
		"f_crash:1":             {4, 4, map[string]int{}},
		"f_step1:1":             {4, 2, map[string]int{"1": 4}}, // exceptions fail, TritonErrors "succeed"
		"f_step2:1":             {0, 0, map[string]int{}},
		"f_ensemble:3":          {8, 8, map[string]int{}}, // four requests, each failure counted twice
		"f_queuefull:1":         {3, 0, map[string]int{"1": 3}},
		"f_timeout:1":           {3, 2, map[string]int{"1": 1}},
		"f_cancel:1":            {3, 2, map[string]int{"1": 1}},
		"f_cancel_no_timeout:1": {3, 0, map[string]int{"1": 3}},
		"f_input:1":             {0, 0, map[string]int{}},
	}
}

// management sends the calls that Triton refuses; none of them counts.
func management(t *testing.T, s *server, api pb.GRPCInferenceServiceClient, seen *recorded) {
	t.Helper()
	text := func(v string) *pb.ModelRepositoryParameter {
		return &pb.ModelRepositoryParameter{ParameterChoice: &pb.ModelRepositoryParameter_StringParam{StringParam: v}}
	}
	load := func(name, model, key string, value *pb.ModelRepositoryParameter) {
		req := &pb.RepositoryModelLoadRequest{ModelName: model}
		if key != "" {
			req.Parameters = map[string]*pb.ModelRepositoryParameter{key: value}
		}
		seen.check(t, name, "grpc", call(api.RepositoryModelLoad, req))
	}
	load("load unknown", "no_such_model", "", nil)
	load("load with broken JSON", "f_input", "config", text("{"))
	load("load with another name", "f_input", "config", text(`{"name": "other"}`))
	load("load with a version that does not exist", "f_input", "config", text(`{"backend": "python", "version_policy": {"specific": {"versions": [9]}}}`))
	load("load with unknown parameter", "f_input", "zzz", text("a"))
	load("load, config not a string", "f_input", "config", &pb.ModelRepositoryParameter{ParameterChoice: &pb.ModelRepositoryParameter_BoolParam{BoolParam: true}})
	seen.check(t, "unload unknown", "grpc", call(api.RepositoryModelUnload, &pb.RepositoryModelUnloadRequest{ModelName: "no_such_model"}))
	seen.check(t, "index with repository name", "grpc", call(api.RepositoryIndex, &pb.RepositoryIndexRequest{RepositoryName: "x"}))
	seen.check(t, "metadata unknown", "grpc", call(api.ModelMetadata, &pb.ModelMetadataRequest{Name: "no_such_model"}))
	seen.check(t, "config unknown", "grpc", call(api.ModelConfig, &pb.ModelConfigRequest{Name: "no_such_model"}))
	seen.check(t, "ready unknown", "grpc", call(api.ModelReady, &pb.ModelReadyRequest{Name: "no_such_model"}))
	seen.check(t, "statistics unknown", "grpc", call(api.ModelStatistics, &pb.ModelStatisticsRequest{Name: "no_such_model"}))
	seen.check(t, "statistics unknown version", "grpc", call(api.ModelStatistics, &pb.ModelStatisticsRequest{Name: "f_input", Version: "9"}))
	for _, c := range [][4]string{
		{"load unknown", "POST", "/v2/repository/models/no_such_model/load", ""},
		{"load with unknown parameter", "POST", "/v2/repository/models/f_input/load", `{"parameters": {"zzz": "a"}}`},
		{"unload unknown", "POST", "/v2/repository/models/no_such_model/unload", ""},
		{"metadata unknown", "GET", "/v2/models/no_such_model", ""},
		{"ready unknown", "GET", "/v2/models/no_such_model/ready", ""},
		{"statistics unknown", "GET", "/v2/models/no_such_model/stats", ""},
		{"unknown path", "GET", "/v2/", ""},
		{"wrong method", "GET", "/v2/repository/index", ""},
	} {
		code, body, err := s.request(c[1], c[2], c[3])
		must(t, err)
		seen.check(t, c[0], "http", answer{httpCode(code), body})
	}
}

func call[Q, A any](f func(context.Context, Q, ...grpc.CallOption) (A, error), req Q) answer {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_, err := f(ctx, req)
	return answerOf(err)
}

// elsewhere are recorded kinds that need a server of their own: those of a
// restricted protocol are in TestRestrictedProtocol; a load in another control
// mode is no inference and shows nowhere.
var elsewhere = []string{"restricted", "load in mode none", "unload in mode none", "metrics port, other path", "load with unknown backend"}

// recorded are the errors that the goldens hold.
type recorded struct {
	dir  string
	rows []recordedError
	used map[string]bool
}

type recordedError struct {
	Case, Transport, Model, Text string
	Code                         any
}

func newRecorded(t *testing.T, dir string) *recorded {
	t.Helper()
	b, err := os.ReadFile("../../triton/testdata/goldens/errors.jsonl")
	must(t, err)
	r := &recorded{dir: dir, used: make(map[string]bool)}
	for line := range strings.Lines(string(b)) {
		var e recordedError
		must(t, json.Unmarshal([]byte(line), &e))
		if f, ok := e.Code.(float64); ok {
			e.Code = httpCode(int(f))
		}
		r.rows = append(r.rows, e)
	}
	return r
}

var (
	lineNumber = regexp.MustCompile(`model\.py\(\d+\)`)
	spaces     = regexp.MustCompile(`\s+`)
)

func (r *recorded) plain(text string) string {
	text = strings.ReplaceAll(text, r.dir, "<repo>")
	return spaces.ReplaceAllString(lineNumber.ReplaceAllString(text, "model.py(N)"), " ")
}

// check compares an answer with the recorded one of the same case.
func (r *recorded) check(t *testing.T, name, transport string, got answer) {
	t.Helper()
	for _, e := range r.rows {
		if e.Case != name || e.Transport != transport {
			continue
		}
		r.used[name] = true
		if e.Code != got.code || r.plain(e.Text) != r.plain(got.text) {
			t.Errorf("%s over %s: %s %q, recorded is %v %q", name, transport, got.code, r.plain(got.text), e.Code, r.plain(e.Text))
		}
		return
	}
	t.Errorf("no error is recorded of %s over %s", name, transport)
}

// checkAll compares the answers of requests that were sent at once, in any order.
func (r *recorded) checkAll(t *testing.T, name, model string, got []answer) {
	t.Helper()
	var have, want []string
	for _, a := range got {
		have = append(have, a.code+" "+firstWords(a.text))
	}
	for _, e := range r.rows {
		if e.Case == name && e.Model == model {
			want = append(want, e.Code.(string)+" "+firstWords(e.Text))
		}
	}
	r.used[name] = true
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Errorf("%s to %s: %q, recorded is %q", name, model, have, want)
	}
}

// firstWords leaves out what is the client library's: Go and C word a deadline differently.
func firstWords(text string) string {
	if strings.Contains(strings.ToLower(text), "deadline") {
		return "deadline"
	}
	return text
}

// complete says which recorded kinds were not sent.
func (r *recorded) complete(t *testing.T) {
	t.Helper()
	for _, e := range r.rows {
		if !r.used[e.Case] && !slices.Contains(elsewhere, e.Case) {
			t.Errorf("the recorded kind %q is not sent", e.Case)
		}
	}
}
