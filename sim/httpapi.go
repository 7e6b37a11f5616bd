package sim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	"tritop/model"
)

// httpAPI speaks Triton's HTTP protocol for one server.
func (h *host) httpAPI() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v2/health/live", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /v2/health/ready", h.httpReady)
	mux.HandleFunc("GET /v2", func(w http.ResponseWriter, _ *http.Request) {
		sendJSON(w, map[string]any{"name": "triton", "version": Version, "extensions": extensions})
	})
	mux.HandleFunc("GET /v2/models/stats", h.httpStats)
	mux.HandleFunc("POST /v2/repository/index", h.httpIndex)
	mux.HandleFunc("POST /v2/repository/models/{model}/{action}", h.httpControl)
	for _, at := range []string{"/v2/models/{model}", "/v2/models/{model}/versions/{version}"} {
		mux.HandleFunc("GET "+at, h.httpMetadata)
		mux.HandleFunc("GET "+at+"/ready", h.httpModelReady)
		mux.HandleFunc("GET "+at+"/config", h.httpConfig)
		mux.HandleFunc("GET "+at+"/stats", h.httpStats)
		mux.HandleFunc("POST "+at+"/infer", h.httpInfer)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { httpError(w, 404, "Not Found") })
	return mux
}

func sendJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a reader that went away is its own matter
}

func httpError(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": text})
}

func (h *host) httpReady(w http.ResponseWriter, _ *http.Request) {
	ready := false
	h.with(func(_ *World, s *Server) { ready = s.Ready() })
	if !ready {
		w.WriteHeader(http.StatusBadRequest)
	}
}

func (h *host) httpModelReady(w http.ResponseWriter, r *http.Request) {
	ready := false
	h.with(func(_ *World, s *Server) {
		m := s.find(r.PathValue("model"), r.PathValue("version"))
		ready = m != nil && m.state == model.ReplicaReady
	})
	if !ready {
		httpError(w, http.StatusBadRequest, "Model version not ready")
	}
}

func (h *host) httpMetadata(w http.ResponseWriter, r *http.Request) {
	name, found := r.PathValue("model"), false
	var versions []string
	platform := ""
	h.with(func(_ *World, s *Server) {
		for _, m := range s.sorted() {
			v := strconv.Itoa(m.version)
			if m.model.name == name && m.state == model.ReplicaReady && (r.PathValue("version") == "" || r.PathValue("version") == v) {
				found, platform, versions = true, m.model.platform(), append(versions, v)
			}
		}
	})
	if !found {
		httpError(w, 404, fmt.Sprintf("Request for unknown model: '%s' is not found", name))
		return
	}
	tensor := func(n string) []map[string]any {
		return []map[string]any{{"name": n, "datatype": "FP32", "shape": []int{-1, -1}}}
	}
	sendJSON(w, map[string]any{"name": name, "versions": versions, "platform": platform, "inputs": tensor("INPUT0"), "outputs": tensor("OUTPUT0")})
}

func (h *host) httpConfig(w http.ResponseWriter, r *http.Request) {
	var body []byte
	h.with(func(_ *World, s *Server) {
		if m := s.find(r.PathValue("model"), r.PathValue("version")); m != nil {
			body, _ = protojson.MarshalOptions{UseProtoNames: true}.Marshal(m.model.config()) // our own message
		}
	})
	if body == nil {
		httpError(w, 404, fmt.Sprintf("Request for unknown model: '%s' is not found", r.PathValue("model")))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

type jsonDuration struct {
	Count uint64 `json:"count"`
	Ns    uint64 `json:"ns"`
}

func (h *host) httpStats(w http.ResponseWriter, r *http.Request) {
	d := func(s model.Sum) jsonDuration { return jsonDuration{s.Count, s.Ns} }
	out := []map[string]any{}
	h.with(func(_ *World, s *Server) {
		for _, c := range s.counters(h.served.began) {
			if name := r.PathValue("model"); name != "" && name != c.Model || r.PathValue("version") != "" && r.PathValue("version") != c.Version {
				continue
			}
			batches := []map[string]any{}
			for _, b := range c.Batches {
				batches = append(batches, map[string]any{"batch_size": b.Size, "compute_input": jsonDuration{b.Executions, 0},
					"compute_infer": jsonDuration{b.Executions, b.Ns}, "compute_output": jsonDuration{b.Executions, 0}})
			}
			last := int64(0)
			if !c.LastInference.IsZero() {
				last = c.LastInference.UnixMilli()
			}
			out = append(out, map[string]any{"name": c.Model, "version": c.Version, "last_inference": last, "inference_count": c.Inferences, "execution_count": c.Executions,
				"inference_stats": map[string]jsonDuration{"success": d(c.Success), "fail": d(c.Fail), "queue": d(c.Queue), "compute_input": d(c.Input),
					"compute_infer": d(c.Infer), "compute_output": d(c.Output), "cache_hit": {}, "cache_miss": {}},
				"response_stats": map[string]any{}, "batch_stats": batches, "memory_usage": []any{}})
		}
	})
	sendJSON(w, map[string]any{"model_stats": out})
}

func (h *host) httpIndex(w http.ResponseWriter, _ *http.Request) {
	out := []map[string]string{}
	h.with(func(_ *World, s *Server) {
		for _, e := range s.index() {
			m := map[string]string{"name": e.Model, "version": e.Version, "state": e.State.String()}
			if e.Reason != "" {
				m["reason"] = e.Reason
			}
			out = append(out, m)
		}
	})
	sendJSON(w, out)
}

func (h *host) httpControl(w http.ResponseWriter, r *http.Request) {
	name, ok := r.PathValue("model"), true
	switch r.PathValue("action") {
	case "load":
		ok = h.load(r.Context(), name)
	case "unload":
		h.with(func(world *World, s *Server) { s.unload(name, world.now) })
	default:
		httpError(w, 404, "Not Found")
		return
	}
	if !ok {
		httpError(w, 500, fmt.Sprintf("failed to load '%s', failed to poll from model repository", name))
	}
}

// httpTensor is an input of the JSON protocol.
type httpTensor struct {
	Name       string `json:"name"`
	Datatype   string `json:"datatype"`
	Shape      []int64
	Data       json.RawMessage `json:"data"`
	Parameters struct {
		BinarySize int `json:"binary_data_size"`
	} `json:"parameters"`
}

// httpInfer runs one inference; tensors come as JSON or behind it as binary.
func (h *host) httpInfer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<20))
	if err != nil {
		httpError(w, 400, "the request could not be read")
		return
	}
	head, binary := body, []byte(nil)
	if n, err := strconv.Atoi(r.Header.Get("Inference-Header-Content-Length")); err == nil && n >= 0 && n <= len(body) {
		head, binary = body[:n], body[n:]
	}
	var req struct {
		ID         string         `json:"id"`
		Parameters map[string]any `json:"parameters"`
		Inputs     []httpTensor   `json:"inputs"`
		Outputs    []struct {
			Parameters map[string]any `json:"parameters"`
		} `json:"outputs"`
	}
	if err := json.Unmarshal(head, &req); err != nil {
		httpError(w, 500, "failed to parse the request JSON buffer: "+err.Error())
		return
	}
	if len(req.Inputs) != 1 || req.Inputs[0].Name != "INPUT0" {
		httpError(w, 400, fmt.Sprintf("[request id: <id_unknown>] expected 1 inputs but got %d inputs for model '%s'. Got input(s) [], but missing required input(s) ['INPUT0']. Please provide all required input(s).",
			len(req.Inputs), r.PathValue("model")))
		return
	}
	in := tensors{model: r.PathValue("model"), version: r.PathValue("version"), shape: req.Inputs[0].Shape}
	if req.Inputs[0].Parameters.BinarySize > 0 {
		in.data = rawToFloats(binary)
	} else {
		in.data = flatten(req.Inputs[0].Data)
	}
	res := h.infer(r.Context(), in)
	if res.Text != "" {
		httpError(w, map[Code]int{Internal: 500, NotFound: 404, Unavailable: 503, InvalidArgument: 400}[res.Code], res.Text)
		return
	}
	wantBinary := req.Parameters["binary_data_output"] == true
	for _, o := range req.Outputs {
		wantBinary = wantBinary || o.Parameters["binary_data"] == true
	}
	sendOutput(w, req.ID, in, res, wantBinary)
}

func sendOutput(w http.ResponseWriter, id string, in tensors, res result, wantBinary bool) {
	output := map[string]any{"name": "OUTPUT0", "datatype": "FP32", "shape": in.shape}
	answer := map[string]any{"model_name": in.model, "model_version": res.Version, "outputs": []any{output}}
	if id != "" {
		answer["id"] = id
	}
	if !wantBinary {
		output["data"] = res.output
		sendJSON(w, answer)
		return
	}
	raw := floatsToRaw(res.output)
	output["parameters"] = map[string]int{"binary_data_size": len(raw)}
	head, _ := json.Marshal(answer) // plain maps
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Inference-Header-Content-Length", strconv.Itoa(len(head)))
	_, _ = w.Write(append(head, raw...))
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
