package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"tritop/triton"
	"tritop/triton/metrics"
)

// webSteps are what is asked of the HTTP port. Each connection is closed at once:
// an open one delays a Triton's shutdown.
type webSteps struct {
	steps
	client *http.Client
	clock  skew
}

func (w *webSteps) run(ctx context.Context) {
	if w.target.Spec.HTTP == 0 {
		w.skip(httpPort, "none in the configuration (http: 0)")
		return
	}
	if !w.connect(ctx, httpPort, w.target.Spec.HTTP) {
		return
	}
	w.client = metrics.NewHTTPClient()
	defer w.client.CloseIdleConnections()
	w.try(ctx, "HTTP live", w.live)
	if !w.proved {
		w.clock = skew{} // whoever that is: its clock is not the server's
	}
}

// live asks for /v2/health/live, and who answers: a metrics port says 200 to
// every path.
func (w *webSteps) live(ctx context.Context) Check {
	status, _, err := w.get(ctx, "/v2/health/live")
	switch {
	case err != nil:
		return w.noHTTP(err)
	case status == http.StatusForbidden:
		return Check{Status: Warn, Found: "health is restricted (403)", Do: "headers: {KEY: {env: VARIABLE}} of this server in the configuration, as --http-restricted-api says"}
	case status == http.StatusNotFound:
		return Check{Status: Fail, Found: "an HTTP server that is no Triton (404 for /v2/health/live)", Do: "give Triton's HTTP port (8000 by default)"}
	case status != http.StatusOK:
		return Check{Status: Fail, Found: fmt.Sprintf("/v2/health/live answers %d %s", status, http.StatusText(status)), Do: "look at the server's log"}
	}
	status, body, err := w.get(ctx, "/v2")
	var who struct{ Name, Version string }
	switch {
	case err != nil:
		return w.noHTTP(err)
	case status == http.StatusForbidden:
		return Check{Status: OK, Found: "live; metadata is restricted"}
	case status == http.StatusOK && len(bytes.TrimSpace(body)) == 0:
		return Check{Status: Fail, Found: "200 without any text to every path, as a metrics port answers", Do: "give Triton's HTTP port (8000 by default): is it the metrics port?"}
	case json.Unmarshal(body, &who) != nil || who.Version == "":
		return Check{Status: Fail, Found: "an HTTP server that is no Triton (/v2 does not say who it is)", Do: "give Triton's HTTP port (8000 by default)"}
	}
	w.proved = true
	return Check{Status: OK, Found: "live, " + who.Name + " " + who.Version}
}

func (w *webSteps) noHTTP(err error) Check {
	kind, detail := triton.NetworkKind(err)
	c := Check{Status: Fail, Found: detail, Do: "look at the server's log, then at firewalls and proxies"}
	switch {
	case kind == triton.NotTriton:
		c.Do = "give Triton's HTTP port (8000 by default): is it the gRPC port?"
	case strings.Contains(err.Error(), "HTTPS"):
		c.Found, c.Do = "TLS is spoken on this port", "Triton's HTTP port has no TLS: this is a proxy, or another port"
	}
	return c
}

// bodyLimit is how much of an answer is read.
const bodyLimit = 64 << 10

// get asks for a path, and learns the server's time where the answer tells it.
func (w *webSteps) get(ctx context.Context, path string) (status int, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address(w.target.Spec.Host, w.target.Spec.HTTP)+path, http.NoBody)
	if err != nil {
		return 0, nil, fmt.Errorf("make the request: %w", err)
	}
	for k, v := range w.target.HTTPHeaders {
		req.Header.Set(k, v)
	}
	began := time.Now()
	resp, err := w.client.Do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("ask: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if theirs, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		w.clock = between("its HTTP answers", theirs, began, time.Now(), time.Second)
	}
	body, err = io.ReadAll(io.LimitReader(resp.Body, bodyLimit))
	if err != nil {
		return 0, nil, fmt.Errorf("read the answer: %w", err)
	}
	return resp.StatusCode, body, nil
}

// metricSteps are what is asked of the metrics port.
type metricSteps struct {
	steps
	counts   bool // the text holds counters that count
	families map[string]bool
	gpus     map[string]bool
}

func (m *metricSteps) run(ctx context.Context) {
	if m.target.Spec.Metric == 0 {
		m.skip(metricsPort, "none in the configuration (metrics: 0): no GPUs, no pending requests")
		return
	}
	if !m.connect(ctx, metricsPort, m.target.Spec.Metric) {
		return
	}
	m.families, m.gpus = make(map[string]bool), make(map[string]bool)
	if m.try(ctx, "metrics", m.read).Status == OK {
		m.judge()
	}
}

func (m *metricSteps) read(ctx context.Context) Check {
	client := metrics.NewHTTPClient()
	defer client.CloseIdleConnections()
	text, err := metrics.Fetch(ctx, client, "http://"+address(m.target.Spec.Host, m.target.Spec.Metric)+"/metrics", m.target.HTTPHeaders, nil)
	if err != nil {
		c := Check{Status: Fail, Found: triton.DetailOf(err), Do: "look at the server's log, then at firewalls and proxies"}
		if triton.KindOf(err) == triton.NotTriton {
			c.Do = "give Triton's metrics port (8002 by default)"
		}
		return c
	}
	err = metrics.NewScanner(metrics.DefaultLimits()).Scan(text, func(s *metrics.Series, _ float64) {
		m.families[s.Family] = true
		if gpu := s.Label("gpu_uuid"); gpu != "" {
			m.gpus[gpu] = true
		}
	})
	var wrong *metrics.SyntaxError
	if errors.As(err, &wrong) {
		return Check{Status: Fail, Found: wrong.Error(), Do: "give Triton's metrics port (8002 by default); if it is, please report it"}
	}
	return Check{Status: OK, Found: fmt.Sprintf("%d KiB, %d families: %s", (len(text)+1023)>>10, len(m.families), m.kinds())}
}

// kinds names the families that tritop uses.
func (m *metricSteps) kinds() string {
	var out []string
	others := len(m.families)
	for _, k := range []struct{ word, prefix string }{
		{"requests", "nv_inference_request_success"}, {"failures", "nv_inference_request_failure"}, {"durations", "nv_inference_request_duration_us"},
		{"pending", "nv_inference_pending_request_count"}, {"summaries", "nv_inference_request_summary_us"}, {"first responses", "nv_inference_first_response_histogram_ms"},
		{"cache", "nv_cache_"}, {"GPUs", "nv_gpu_"}, {"CPU", "nv_cpu_"}, {"pinned memory", "nv_pinned_memory_"},
	} {
		if m.has(k.prefix) {
			out = append(out, k.word)
		}
	}
	for name := range m.families {
		if strings.HasPrefix(name, "nv_") {
			others--
		}
	}
	if others > 0 {
		out = append(out, fmt.Sprintf("%d of back-ends", others))
	}
	if len(out) == 0 {
		return "nothing of Triton's"
	}
	return strings.Join(out, ", ")
}

func (m *metricSteps) has(prefix string) bool {
	for name := range m.families {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// judge says what the families mean that are there, and that are not.
func (m *metricSteps) judge() {
	m.proved = m.has("nv_")
	counters, durations := m.has("nv_inference_request_success"), m.has("nv_inference_request_duration_us")
	m.counts = counters && durations
	switch {
	case !m.proved:
		m.add(Check{Name: "counters", Status: Fail, Found: "metrics, but none of a Triton", Do: "give Triton's metrics port (8002 by default)"})
	case !counters:
		m.add(Check{Name: "counters", Status: OK, Found: "none yet: no model is loaded"})
	case !durations:
		m.add(Check{Name: "counters", Status: Warn, Found: "they stand still: requests are there and their durations are not", Do: "take --metrics-config counter_latencies=false away"})
	case !m.has("nv_inference_request_summary_us"):
		m.add(Check{Name: "summaries", Status: OK, Found: "off, as by default: of users' latency only means are known",
			Do: "--metrics-config summary_latencies=true gives percentiles; it costs fast models throughput"})
	default:
		m.add(Check{Name: "summaries", Status: OK, Found: "on: percentiles of users' latency are there"})
	}
	if m.has("nv_gpu_") {
		m.add(Check{Name: "GPUs", Status: OK, Found: plural(max(len(m.gpus), 1), "GPU") + " in the metrics text"})
		return
	}
	m.skip("GPUs", "none in the metrics text: no GPU, or one that Triton cannot read (MIG, a build without DCGM, --allow-gpu-metrics=false)")
}
