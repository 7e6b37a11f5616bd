package sim

import (
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// httpTensor is an input of the JSON protocol.
type httpTensor struct {
	Name       string          `json:"name"`
	Datatype   string          `json:"datatype"`
	Shape      []int64         `json:"shape"`
	Data       json.RawMessage `json:"data"`
	Parameters struct {
		BinarySize int `json:"binary_data_size"`
	} `json:"parameters"`
}

// httpRequest is the head of a request.
type httpRequest struct {
	ID         string         `json:"id"`
	Parameters map[string]any `json:"parameters"`
	Inputs     []httpTensor   `json:"inputs"`
	Outputs    []struct {
		Name       string         `json:"name"`
		Parameters map[string]any `json:"parameters"`
	} `json:"outputs"`
}

// wantsBinary says whether the output is wanted behind the JSON, not in it.
func (q httpRequest) wantsBinary() bool {
	for _, o := range q.Outputs {
		if o.Parameters["binary_data"] == true {
			return true
		}
	}
	return q.Parameters["binary_data_output"] == true
}

// httpInfer runs one inference; tensors come as JSON or behind it as binary.
func (h *host) httpInfer(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	if err != nil {
		httpError(w, 400, "the request could not be read")
		return
	}
	head, binary := body, []byte(nil)
	if n, err := strconv.Atoi(r.Header.Get("Inference-Header-Content-Length")); err == nil && n >= 0 && n <= len(body) {
		head, binary = body[:n], body[n:]
	}
	var req httpRequest
	if err := json.Unmarshal(head, &req); err != nil {
		httpError(w, 500, "failed to parse the request JSON buffer: "+err.Error())
		return
	}
	in := tensors{model: r.PathValue("model"), version: r.PathValue("version"), id: req.ID}
	for _, t := range req.Inputs {
		in.names = append(in.names, t.Name)
		in.datatype, in.shape, in.data = t.Datatype, t.Shape, flatten(t.Data)
		if t.Parameters.BinarySize > 0 {
			in.data = rawToFloats(binary)
		}
	}
	for _, o := range req.Outputs {
		in.wanted = append(in.wanted, o.Name)
	}
	res := h.infer(r.Context(), in)
	if res.Text != "" {
		httpError(w, httpCodes[res.Code], res.Text)
		return
	}
	out, closeOut := compressed(w, r)
	sendOutput(w, out, in, res, req.wantsBinary())
	closeOut()
}

// readBody reads a request, which Triton's clients may have compressed.
func readBody(r *http.Request) ([]byte, error) {
	const limit = 64 << 20
	in := io.LimitReader(r.Body, limit)
	var err error
	switch r.Header.Get("Content-Encoding") {
	case "gzip":
		in, err = gzip.NewReader(in)
	case "deflate":
		in, err = zlib.NewReader(in)
	}
	if err != nil {
		return nil, fmt.Errorf("read a compressed request: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(in, limit))
	if err != nil {
		return nil, fmt.Errorf("read a request: %w", err)
	}
	return b, nil
}

// compressed gives a writer for the answer that compresses it where the client
// asked for that; the function ends it.
func compressed(w http.ResponseWriter, r *http.Request) (out io.Writer, end func()) {
	accept := r.Header.Get("Accept-Encoding")
	switch {
	case strings.Contains(accept, "gzip"):
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		return z, func() { _ = z.Close() } // a reader that went away is its own matter
	case strings.Contains(accept, "deflate"):
		w.Header().Set("Content-Encoding", "deflate")
		z := zlib.NewWriter(w)
		return z, func() { _ = z.Close() }
	}
	return w, func() {}
}

func sendOutput(w http.ResponseWriter, out io.Writer, in tensors, res result, wantBinary bool) {
	output := map[string]any{"name": "OUTPUT0", "datatype": "FP32", "shape": in.shape}
	answer := map[string]any{"model_name": in.model, "model_version": res.Version, "outputs": []any{output}}
	if in.id != "" {
		answer["id"] = in.id
	}
	if !wantBinary {
		output["data"] = res.output
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(out).Encode(answer) // a reader that went away is its own matter
		return
	}
	raw := floatsToRaw(res.output)
	output["parameters"] = map[string]int{"binary_data_size": len(raw)}
	head, _ := json.Marshal(answer) // plain maps
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Inference-Header-Content-Length", strconv.Itoa(len(head)))
	_, _ = out.Write(append(head, raw...))
}

// flatten reads numbers from nested JSON arrays.
func flatten(raw json.RawMessage) []float32 {
	var out []float32
	for _, word := range strings.FieldsFunc(string(raw), func(r rune) bool { return strings.ContainsRune("[], \t\n", r) }) {
		if v, err := strconv.ParseFloat(word, 32); err == nil {
			out = append(out, float32(v))
		}
	}
	return out
}
