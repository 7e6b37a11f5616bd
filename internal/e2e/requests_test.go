//go:build e2e

package e2e

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/status"

	"tritop/triton/pb"
)

// request is one inference. The zero value of a field is the ordinary thing.
type request struct {
	model, version string
	values         []float64
	shape          []int64 // nil: as many as there are values
	dtype          string  // FP32
	input          string  // INPUT0
	deadline       time.Duration
}

// answer is what came of it: the name of the gRPC code or the HTTP status.
type answer struct{ code, text string }

const good = "OK"

func (r request) filled() request {
	if r.shape == nil {
		r.shape = []int64{int64(len(r.values))}
	}
	if r.dtype == "" {
		r.dtype = "FP32"
	}
	if r.input == "" {
		r.input = "INPUT0"
	}
	if r.deadline == 0 {
		r.deadline = 30 * time.Second
	}
	return r
}

func (r request) message() *pb.ModelInferRequest {
	r = r.filled()
	m := &pb.ModelInferRequest{ModelName: r.model, ModelVersion: r.version}
	if len(r.values) == 0 {
		return m
	}
	m.Inputs = []*pb.ModelInferRequest_InferInputTensor{{Name: r.input, Datatype: r.dtype, Shape: r.shape}}
	var raw []byte
	for _, v := range r.values {
		if r.dtype == "FP64" {
			raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
		} else {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(v)))
		}
	}
	m.RawInputContents = [][]byte{raw}
	return m
}

// send runs an inference over gRPC.
func (r request) send(ctx context.Context, api pb.GRPCInferenceServiceClient) answer {
	ctx, cancel := context.WithTimeout(ctx, r.filled().deadline)
	defer cancel()
	_, err := api.ModelInfer(ctx, r.message())
	return answerOf(err)
}

func answerOf(err error) answer {
	st := status.Convert(err)
	names := map[string]string{"Internal": "INTERNAL", "InvalidArgument": "INVALID_ARGUMENT", "NotFound": "NOT_FOUND", "Unavailable": "UNAVAILABLE",
		"DeadlineExceeded": "DEADLINE_EXCEEDED", "Unimplemented": "UNIMPLEMENTED", "OK": good}
	return answer{names[st.Code().String()], st.Message()}
}

// sendHTTP runs it over HTTP.
func (r request) sendHTTP(s *server) answer {
	r = r.filled()
	path := "/v2/models/" + r.model
	if r.version != "" {
		path += "/versions/" + r.version
	}
	inputs := []any{}
	if len(r.values) > 0 {
		inputs = append(inputs, map[string]any{"name": r.input, "shape": r.shape, "datatype": r.dtype, "data": r.values})
	}
	body, err := json.Marshal(map[string]any{"inputs": inputs})
	must(s.t, err)
	code, text, err := s.request("POST", path+"/infer", string(body))
	must(s.t, err)
	return answer{httpCode(code), text}
}

// plainHTTP keeps no connection open: that would hold up Triton's shutdown.
var plainHTTP = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// request makes one HTTP request on a connection of its own.
func (s *server) request(method, path, body string, headers ...string) (code int, text string, err error) {
	req, err := http.NewRequest(method, "http://"+at(s.http)+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := plainHTTP.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

var pendingLine = regexp.MustCompile(`(?m)^nv_inference_pending_request_count\{model="([^"]*)",version="\d+"\} (\d+)`)

// pending asks how many requests of a model wait; -1 where Triton does not say.
func (s *server) pending(model string) int {
	resp, err := plainHTTP.Get("http://" + at(s.metrics) + "/metrics")
	if err != nil {
		return -1
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return -1
	}
	for _, m := range pendingLine.FindAllStringSubmatch(string(text), -1) {
		if n, err := strconv.Atoi(m[2]); m[1] == model && err == nil {
			return n
		}
	}
	return -1
}

// repeat sends the same request n times, one after another; each has to succeed.
func repeat(t *testing.T, api pb.GRPCInferenceServiceClient, n int, r request) {
	t.Helper()
	for range n {
		if a := r.send(t.Context(), api); a.code != good {
			t.Fatalf("request to %s: %+v", r.model, a)
		}
	}
}

// burst sends n requests at once, in order by 20 ms, and gives a function that
// waits for their answers.
func burst(t *testing.T, api pb.GRPCInferenceServiceClient, n int, r request) (wait func() []answer) {
	t.Helper()
	_, err := api.ServerLive(t.Context(), &pb.ServerLiveRequest{}) // connect first
	must(t, err)
	out := make([]answer, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { out[i] = r.send(t.Context(), api) })
		time.Sleep(20 * time.Millisecond)
	}
	return func() []answer { all.Wait(); return out }
}

func httpCode(n int) string { return fmt.Sprint(n) }
