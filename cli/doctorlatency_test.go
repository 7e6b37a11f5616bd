package cli

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tritop/collectors"
	"tritop/collectors/prometheus"
)

// What a Prometheus server answers to the query of a source.
func TestDoctorOfAPrometheusServer(t *testing.T) {
	t.Parallel()
	vector := func(series string) string {
		return `{"status":"success","data":{"resultType":"vector","result":[` + series + `]}}`
	}
	for name, c := range map[string]struct {
		answer, want string
		parts        []string
	}{
		"buckets": {vector(`{"metric":{"model":"bert","le":"+Inf"},"value":[1,"5"]}`), "source prod ok latencies of 1 model: bert", nil},
		"nothing": {vector(""), "source prod warn the query gives no series", []string{"with 5m for $window"}},
		"refused": {`{"status":"error","errorType":"bad_data","error":"1:6: parse error"}`, "source prod fail 1:6: parse error", []string{"docs/latency.md"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, c.answer) }))
			defer srv.Close()
			q := collectors.PromLatency{Server: prometheus.Source{Name: "prod", URL: srv.URL}, Every: time.Minute, Query: "x[$window]", Unit: 1}
			saysCheck(t, name, latencyCheck(t.Context(), q), c.want, c.parts...)
		})
	}
}
