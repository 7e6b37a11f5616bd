package checks

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	grpchealth "google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"tritop/collectors/prometheus"
	"tritop/health"
	"tritop/model"
)

// within runs something once under a deadline.
func within(t *testing.T, d time.Duration, run func(context.Context) Result) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	return run(ctx)
}

func wants(t *testing.T, name string, r Result, status model.CheckStatus, words string) {
	t.Helper()
	if r.Status != status || !strings.Contains(r.Message, words) {
		t.Errorf("%s: %v %q, want %v %q", name, r.Status, r.Message, status, words)
	}
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		code, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		if err != nil {
			code = 500
		}
		w.WriteHeader(code)
		_, _ = fmt.Fprint(w, "status: "+r.Header.Get("X-Key"))
	}))
	t.Cleanup(s.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, tc := range map[string]struct {
		HTTP
		status model.CheckStatus
		words  string
	}{
		"200":      {HTTP{URL: s.URL + "/200"}, model.CheckHealthy, "answered 200 OK in"},
		"204":      {HTTP{URL: s.URL + "/204"}, model.CheckHealthy, "204"},
		"503":      {HTTP{URL: s.URL + "/503"}, model.CheckUnhealthy, "answered 503 Service Unavailable"},
		"302":      {HTTP{URL: s.URL + "/302"}, model.CheckUnhealthy, "answered 302"},
		"401":      {HTTP{URL: s.URL + "/401", Status: 401}, model.CheckHealthy, "401"},
		"not 201":  {HTTP{URL: s.URL + "/200", Status: 201}, model.CheckUnhealthy, "want 201"},
		"body":     {HTTP{URL: s.URL + "/200", Headers: map[string]string{"X-Key": "up"}, Body: regexp.MustCompile("status: up$")}, model.CheckHealthy, "200"},
		"no body":  {HTTP{URL: s.URL + "/200", Body: regexp.MustCompile("status: up$")}, model.CheckUnhealthy, "does not match status: up$"},
		"refused":  {HTTP{URL: gone.URL}, model.CheckUnhealthy, "refused"},
		"nonsense": {HTTP{URL: "http://[::1"}, model.CheckUnknown, "not a usable address"},
	} {
		wants(t, name, within(t, 5*time.Second, tc.Run), tc.status, tc.words)
	}
}

func TestGRPCHealth(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, h := grpc.NewServer(), grpchealth.NewServer()
	h.SetServingStatus("down", healthpb.HealthCheckResponse_NOT_SERVING)
	healthpb.RegisterHealthServer(s, h)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	address := l.Addr().String()
	wants(t, "well", within(t, 5*time.Second, GRPC{Address: address}.Run), model.CheckHealthy, "says SERVING")
	wants(t, "down", within(t, 5*time.Second, GRPC{Address: address, Service: "down"}.Run), model.CheckUnhealthy, "says NOT_SERVING")
	wants(t, "no such service", within(t, 5*time.Second, GRPC{Address: address, Service: "x"}.Run), model.CheckUnhealthy, "unknown service")
	wants(t, "tcp", within(t, 5*time.Second, TCP{address}.Run), model.CheckHealthy, "accepts connections")
	s.Stop()
	wants(t, "gone", within(t, 5*time.Second, GRPC{Address: address}.Run), model.CheckUnhealthy, "refused")
	wants(t, "tcp gone", within(t, 5*time.Second, TCP{address}.Run), model.CheckUnhealthy, "refused")
}

func TestCommand(t *testing.T) {
	t.Parallel()
	sh := func(script string) Command { return Command{[]string{"sh", "-c", script}} }
	for name, tc := range map[string]struct {
		Command
		status model.CheckStatus
		words  string
	}{
		"well":            {sh("echo 'OK - fine | load=1;2;3'; echo more"), model.CheckHealthy, "OK - fine"},
		"degraded":        {sh("echo slow; exit 1"), model.CheckDegraded, "slow"},
		"unhealthy":       {sh("echo down >&2; exit 2"), model.CheckUnhealthy, "down"},
		"unknown":         {sh("exit 3"), model.CheckUnknown, "ended with exit status 3"},
		"killed":          {sh("kill -9 $$"), model.CheckUnknown, "signal: killed"},
		"no such program": {Command{[]string{"/nonexistent/check"}}, model.CheckUnknown, "cannot be run"},
		"no shell":        {Command{[]string{"echo", "$HOME; exit 2"}}, model.CheckHealthy, "$HOME; exit 2"},
		"endless output":  {sh("yes 0123456789 | head -c 10000000; exit 1"), model.CheckDegraded, "0123456789"},
	} {
		r := within(t, 20*time.Second, tc.Run)
		wants(t, name, r, tc.status, tc.words)
		if len(r.Message) > outputLimit {
			t.Errorf("%s: %d bytes", name, len(r.Message))
		}
		if name == "well" && (r.Details[1] != model.Detail{Name: "perfdata", Value: "load=1;2;3"} || strings.Contains(r.Message, "|")) {
			t.Errorf("%+v", r)
		}
	}
}

// What a program started does not outlive its time-out.
func TestACommandIsKilledWithItsChildren(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pid")
	began := time.Now()
	within(t, 500*time.Millisecond, Command{[]string{"sh", "-c", "sleep 600 & echo $! >" + file + "; wait"}}.Run)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Second); !ended(pid); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			t.Fatal("the child goes on")
		}
	}
}

// ended says whether a process is gone, or only waits to be buried.
func ended(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return syscall.Kill(pid, 0) != nil
	}
	return strings.Contains(string(stat), ") Z")
}

// prom answers queries by their text.
func prom(t *testing.T, answers map[string]string) *prometheus.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := answers[r.URL.Query().Get("query")]
		if strings.HasPrefix(body, "!") {
			w.WriteHeader(http.StatusBadRequest)
			body = `{"status":"error","errorType":"bad_data","error":"` + body[1:] + `"}`
		} else if body != "" {
			body = `{"status":"success","data":{"resultType":"scalar","result":[1,"` + body + `"]}}`
		} else {
			body = `{"status":"success","data":{"resultType":"vector","result":[]}}`
		}
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	c, err := prometheus.New(prometheus.Source{Name: "prom", URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPromQL(t *testing.T) {
	t.Parallel()
	c := prom(t, map[string]string{"disk": "0.83", "nan": "NaN", "bad(": "!1:4: parse error: unclosed"})
	for name, tc := range map[string]struct {
		query, op string
		target    float64
		status    model.CheckStatus
		words     string
	}{
		"holds":      {"disk", "<", 0.9, model.CheckHealthy, "0.83, as wanted (< 0.9)"},
		"does not":   {"disk", "<=", 0.8, model.CheckUnhealthy, "0.83, want <= 0.8"},
		"above":      {"disk", ">", 0.8, model.CheckHealthy, ""},
		"at least":   {"disk", ">=", 0.84, model.CheckUnhealthy, ""},
		"about":      {"disk", "==", 0.835, model.CheckHealthy, ""},
		"none":       {"x", "<", 1, model.CheckUnknown, "no data"},
		"not number": {"nan", "<", 1, model.CheckUnknown, "no data"},
		"bad":        {"bad(", "<", 1, model.CheckUnknown, "1:4: parse error: unclosed"},
	} {
		wants(t, name, within(t, 5*time.Second, PromQL{Client: c, Query: tc.query, Op: tc.op, Target: tc.target}.Run), tc.status, tc.words)
	}
}

const shop = `# HELP decisions_total Decisions.
# TYPE decisions_total counter
decisions_total{decision="approve",region="eu"} 800
decisions_total{decision="approve",region="us"} 50
decisions_total{decision="block",region="eu"} 100
decisions_total{decision="review",region="eu"} 50
# TYPE fraud_detected_total counter
fraud_detected_total 96
# TYPE fraud_missed_total counter
fraud_missed_total 4
# TYPE false_positives_total counter
false_positives_total 18
`

// The material's example: fraud, with its decisions.
func TestBusiness(t *testing.T) {
	t.Parallel()
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { asked++; _, _ = io.WriteString(w, shop) }))
	t.Cleanup(s.Close)
	c := prom(t, map[string]string{"satisfaction": "0.9"})
	figure := func(name, metric string) Figure {
		sel, err := ParseSelector(metric)
		if err != nil {
			t.Fatal(err)
		}
		return Figure{Name: name, URL: s.URL, Metric: sel}
	}
	figures := []Figure{figure("approved", `decisions_total{decision="approve"}`), figure("all", "decisions_total"), figure("detected", "fraud_detected_total"),
		figure("missed", "fraud_missed_total"), figure("wrong", "false_positives_total"), {Name: "satisfaction", Client: c, Query: "satisfaction"}}
	run := func(formula string, figures []Figure) Result {
		f, err := health.ParseFormula(formula)
		if err != nil {
			t.Fatal(err)
		}
		return within(t, 5*time.Second, Business{f, figures, health.Limits{Healthy: 0.9, Degraded: 0.8}}.Run)
	}
	r := run("mean(detected/(detected+missed), 1-wrong/(all-detected-missed), satisfaction)", figures)
	wants(t, "well", r, model.CheckHealthy, "score 0.9467")
	if len(r.Details) != 6 || r.Details[0] != (model.Detail{Name: "approved", Value: "850"}) || r.Details[1].Value != "1000" || asked != 1 {
		t.Errorf("%+v, asked %d times", r.Details, asked)
	}
	wants(t, "degraded", run("approved/all", figures), model.CheckDegraded, "score 0.85: healthy is above 0.9")
	wants(t, "unhealthy", run("wrong/all", figures), model.CheckUnhealthy, "degraded is above 0.8")
	wants(t, "divides by nothing", run("wrong/(all-all)", figures), model.CheckUnknown, "no data: the result is no number")
	wants(t, "no such series", run("x", []Figure{figure("x", "absent_total")}), model.CheckUnknown, "the figure x: the text has no series absent_total")
	wants(t, "no value", run("y", []Figure{{Name: "y", Client: c, Query: "none"}}), model.CheckUnknown, "the figure y: it has no value now")
	s.Close()
	wants(t, "gone", run("all", figures[1:2]), model.CheckUnknown, "the figure all: connection refused")
}

func TestSelectors(t *testing.T) {
	t.Parallel()
	s, err := ParseSelector(` a:b_1 { x = "1,{}" , y="\"q\"" , }`)
	if err != nil || s.Name != "a:b_1" || s.Labels["x"] != "1,{}" || s.Labels["y"] != `"q"` {
		t.Errorf("%+v %v", s, err)
	}
	for _, bad := range []string{"", "1a", "a{", `a{x="1"`, "a{x}", "a{x=1}", `a{x="1" y="2"}`, `a{="1"}`, "a b"} {
		if s, err := ParseSelector(bad); err == nil {
			t.Errorf("%q: %+v", bad, s)
		}
	}
}
