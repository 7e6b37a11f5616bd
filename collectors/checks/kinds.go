package checks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"tritop/collectors/prometheus"
	"tritop/health"
	"tritop/model"
	"tritop/triton"
	"tritop/triton/metrics"
)

// bodyLimit is how much of an answer is looked at.
const bodyLimit = 1 << 20

// HTTP wants an answer to a GET.
type HTTP struct {
	URL     string
	Headers map[string]string
	Status  int            // 0: any of 200 to 299
	Body    *regexp.Regexp // nil: any
}

// Run asks once.
func (h HTTP) Run(ctx context.Context) Result {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL, http.NoBody)
	if err != nil {
		return unknown("not a usable address")
	}
	for k, v := range h.Headers {
		req.Header.Set(k, v)
	}
	client := metrics.NewHTTPClient()
	defer client.CloseIdleConnections()
	began := time.Now()
	resp, err := client.Do(req)
	if err != nil {
		_, detail := triton.NetworkKind(err)
		return unhealthy("%s", detail)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, bodyLimit))
	took := time.Since(began)
	switch want := h.Status; {
	case err != nil:
		_, detail := triton.NetworkKind(err)
		return unhealthy("in the middle of the answer: %s", detail)
	case want != 0 && resp.StatusCode != want:
		return unhealthy("answered %s, want %d", resp.Status, want)
	case want == 0 && resp.StatusCode/100 != 2:
		return unhealthy("answered %s", resp.Status)
	case h.Body != nil && !h.Body.Match(body):
		return unhealthy("answered %s, and the body does not match %s", resp.Status, h.Body)
	}
	return healthy("answered %s in %s", resp.Status, inWords(took))
}

func inWords(d time.Duration) string { return health.Milliseconds(float64(d) / 1e6) }

// GRPC asks grpc.health.v1 in plain text.
type GRPC struct {
	Address string
	Service string // empty: the whole server
}

// Run asks once.
func (g GRPC) Run(ctx context.Context) Result {
	conn, err := grpc.NewClient("passthrough:///"+g.Address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return unknown("not a usable address: %v", err)
	}
	defer func() { _ = conn.Close() }()
	began := time.Now()
	r, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{Service: g.Service})
	if err != nil {
		return unhealthy("%s", status.Convert(err).Message())
	}
	if s := r.GetStatus(); s != healthpb.HealthCheckResponse_SERVING {
		return unhealthy("says %s", s)
	}
	return healthy("says SERVING in %s", inWords(time.Since(began)))
}

// TCP wants a connection to be accepted.
type TCP struct{ Address string }

// Run connects once.
func (t TCP) Run(ctx context.Context) Result {
	began := time.Now()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", t.Address)
	if err != nil {
		_, detail := triton.NetworkKind(err)
		return unhealthy("%s", detail)
	}
	_ = conn.Close()
	return healthy("accepts connections, in %s", inWords(time.Since(began)))
}

// PromQL compares the value of a query with a target.
type PromQL struct {
	Client *prometheus.Client
	Query  string
	Op     string // < > <= >= ==
	Target float64
}

// equal is how far values may lie apart that are ==.
const equal = 0.01

// Holds compares.
func Holds(v float64, op string, target float64) bool {
	switch op {
	case "<":
		return v < target
	case ">":
		return v > target
	case "<=":
		return v <= target
	case ">=":
		return v >= target
	}
	return math.Abs(v-target) <= equal
}

// Run asks once. What Prometheus has no value of is unknown.
func (p PromQL) Run(ctx context.Context) Result {
	s, ok, err := p.Client.One(ctx, p.Query, time.Time{})
	switch {
	case err != nil:
		return unknown("%s", err.Error())
	case !ok || math.IsNaN(s.Value):
		return unknown("no data: the query has no value now")
	}
	v, want := strconv.FormatFloat(s.Value, 'g', 6, 64), p.Op+" "+strconv.FormatFloat(p.Target, 'g', 6, 64)
	details := []model.Detail{{Name: "value", Value: v}, {Name: "want", Value: want}}
	if !Holds(s.Value, p.Op, p.Target) {
		return Result{model.CheckUnhealthy, fmt.Sprintf("%s, want %s", v, want), details}
	}
	return Result{model.CheckHealthy, fmt.Sprintf("%s, as wanted (%s)", v, want), details}
}

// errNoValue says that a figure is not there now.
var errNoValue = errors.New("it has no value now")
