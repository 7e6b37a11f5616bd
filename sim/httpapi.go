package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"tritop/model"
	"tritop/triton/pb"
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

// httpReplica gives the READY version of a path to f, under the lock of the
// world, or answers what Triton says instead.
func (h *host) httpReplica(w http.ResponseWriter, r *http.Request, f func(s *Server, r *replica)) bool {
	var refusal Answer
	h.with(func(_ *World, s *Server) {
		var found *replica
		if found, refusal = s.lookup(r.PathValue("model"), r.PathValue("version")); found != nil {
			f(s, found)
		}
	})
	if refusal.Text != "" {
		httpError(w, httpCodes[refusal.Code], refusal.Text)
	}
	return refusal.Text == ""
}

var httpCodes = map[Code]int{Internal: 500, NotFound: 404, Unavailable: 503, InvalidArgument: 400}

func (h *host) httpMetadata(w http.ResponseWriter, r *http.Request) {
	var versions []string
	platform := ""
	ok := h.httpReplica(w, r, func(s *Server, found *replica) {
		platform = found.model.platform()
		for _, m := range s.sorted() {
			if m.model == found.model && m.state == model.ReplicaReady && (r.PathValue("version") == "" || m == found) {
				versions = append(versions, strconv.Itoa(m.version))
			}
		}
	})
	if !ok {
		return
	}
	tensor := func(n string) []map[string]any {
		return []map[string]any{{"name": n, "datatype": "FP32", "shape": []int{-1, -1}}}
	}
	sendJSON(w, map[string]any{"name": r.PathValue("model"), "versions": versions, "platform": platform, "inputs": tensor("INPUT0"), "outputs": tensor("OUTPUT0")})
}

func (h *host) httpConfig(w http.ResponseWriter, r *http.Request) {
	var c *pb.ModelConfig
	if !h.httpReplica(w, r, func(_ *Server, found *replica) { c = found.model.config() }) {
		return
	}
	body, err := configJSON(c)
	if err != nil {
		httpError(w, 500, err.Error())
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
				input, infer, output := phases(b)
				batches = append(batches, map[string]any{"batch_size": b.Size, "compute_input": d(input), "compute_infer": d(infer), "compute_output": d(output)})
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
	if name := r.PathValue("model"); name != "" && len(out) == 0 {
		httpError(w, 400, fmt.Sprintf("requested model '%s' is not available", name))
		return
	}
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
