package sim

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tritop/model"
	"tritop/triton"
	"tritop/triton/pb"
)

// What NVIDIA's client noticed, compared with a real Triton (internal/e2e does
// the whole comparison).

// ask makes one HTTP request without Go's own decompression.
func ask(t *testing.T, spec model.ServerSpec, path string, body io.Reader, headers ...string) (int, string, http.Header) {
	t.Helper()
	method := http.MethodGet
	if body != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(within(t, 10*time.Second), method, fmt.Sprintf("http://127.0.0.1:%d%s", spec.HTTP, path), body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b), resp.Header
}

const inference = `{"inputs":[{"name":"INPUT0","datatype":"FP32","shape":[1,2],"data":[1,2.5]}]}`

func TestHTTPErrorsAreTritons(t *testing.T) {
	t.Parallel()
	_, specs := serve(t, "normal", 1)
	for _, c := range []struct {
		path, body string
		code       int
		words      string
	}{
		{"/v2/models/nobody/stats", "", 400, "requested model 'nobody' is not available"},
		{"/v2/models/text_classifier/versions/9", "", 404, "'text_classifier' version 9 is not found"},
		{"/v2/models/nobody/config", "", 404, "'nobody' is not found"},
		{"/v2/models/nobody/infer", inference, 404, "'nobody' is not found"},
		{"/v2/models/text_classifier/infer", strings.Replace(inference, "INPUT0", "X", 1), 400, "unexpected inference input 'X' for model 'text_classifier'"},
		{"/v2/models/text_classifier/infer", strings.Replace(inference, "FP32", "FP64", 1), 400, "data-type is 'FP64', but model 'text_classifier' expects 'FP32'"},
		{"/v2/models/text_classifier/infer", strings.Replace(inference, "[1,2]", "[2]", 1), 400, "Expected [-1,-1], got [2]. NOTE: Setting a non-zero max_batch_size"},
		{"/v2/models/text_classifier/infer", strings.Replace(inference, `{"inp`, `{"outputs":[{"name":"X"}],"inp`, 1), 400, "unexpected inference output 'X'"},
		{"/v2/models/text_classifier/infer", `{"id":"mine","inputs":[]}`, 400, "[request id: mine] expected 1 inputs but got 0 inputs"},
	} {
		var body io.Reader
		if c.body != "" {
			body = strings.NewReader(c.body)
		}
		if code, text, _ := ask(t, specs[0], c.path, body); code != c.code || !strings.Contains(text, c.words) {
			t.Errorf("%s %s: %d %s, want %d with %q", c.path, c.body, code, text, c.code, c.words)
		}
	}
}

func TestHTTPInferenceIsCompressed(t *testing.T) {
	t.Parallel()
	_, specs := serve(t, "normal", 1)
	for name, c := range map[string]struct {
		pack   func(io.Writer) io.WriteCloser
		unpack func(io.Reader) (io.Reader, error)
	}{
		"gzip":    {func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
		"deflate": {func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }},
	} {
		var packed bytes.Buffer
		w := c.pack(&packed)
		_, _ = io.WriteString(w, inference)
		_ = w.Close()
		code, text, h := ask(t, specs[0], "/v2/models/text_classifier/infer", &packed, "Content-Encoding", name, "Accept-Encoding", name)
		if code != 200 || h.Get("Content-Encoding") != name {
			t.Fatalf("%s: %d %q %s", name, code, h.Get("Content-Encoding"), text)
		}
		r, err := c.unpack(strings.NewReader(text))
		if err != nil {
			t.Fatal(name, err)
		}
		if b, err := io.ReadAll(r); err != nil || !strings.Contains(string(b), `"data":[2,5]`) {
			t.Errorf("%s: %s %v", name, b, err)
		}
	}
	if code, text, _ := ask(t, specs[0], "/v2/models/text_classifier/infer", strings.NewReader("no gzip"), "Content-Encoding", "gzip"); code != 400 {
		t.Errorf("a broken gzip: %d %s", code, text)
	}
}

// The configuration over HTTP has numbers where protobuf's JSON has strings, and
// all its defaults.
func TestHTTPConfigurationIsTritons(t *testing.T) {
	t.Parallel()
	_, specs := serve(t, "normal", 1)
	_, text, _ := ask(t, specs[0], "/v2/models/search_pipeline/config", nil)
	var c struct {
		Input []struct {
			Dims     []int64
			Optional *bool
		}
		BatchInput []any `json:"batch_input"`
		Ensemble   struct {
			Step []struct {
				Version int64             `json:"model_version"`
				In      map[string]string `json:"input_map"`
				Out     map[string]string `json:"output_map"`
			}
		} `json:"ensemble_scheduling"`
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if len(c.Input) != 1 || c.Input[0].Dims[0] != -1 || c.Input[0].Optional == nil || c.BatchInput == nil {
		t.Errorf("%s", text)
	}
	if s := c.Ensemble.Step; len(s) != 2 || s[0].Version != -1 || s[0].Out["OUTPUT0"] != s[1].In["INPUT0"] || s[1].Out["OUTPUT0"] != "OUTPUT0" {
		t.Errorf("the steps are no chain: %+v", s)
	}
}

// A load while the unload is still going on brings the model back.
func TestALoadDuringAnUnload(t *testing.T) {
	t.Parallel()
	_, specs := serve(t, "normal", 1)
	c, ctx := client(t, specs[0]), within(t, 20*time.Second)
	if err := c.Unload(ctx, "text_classifier"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Infer(ctx, request("text_classifier", "1", 1)); triton.KindOf(err) != triton.NotReady {
		t.Errorf("it is not unloading: %v", err)
	}
	if err := c.Load(ctx, "text_classifier"); err != nil {
		t.Fatal(err)
	}
	if ready, err := c.ModelReady(ctx, "text_classifier", ""); err != nil || !ready {
		t.Errorf("after the load ready is %v, %v", ready, err)
	}
	r := request("text_classifier", "", 1)
	r.Outputs = []*pb.ModelInferRequest_InferRequestedOutputTensor{{Name: "X"}}
	if _, err := c.Infer(ctx, r); triton.KindOf(err) != triton.Invalid {
		t.Errorf("an output that does not exist: %v", err)
	}
}
