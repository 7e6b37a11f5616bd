package prometheus_test

import (
	"context"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tritop/collectors/prometheus"
	"tritop/triton"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client makes one of a server that answers every query so.
func client(t *testing.T, h http.HandlerFunc) *prometheus.Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := prometheus.New(prometheus.Source{Name: "prom", URL: s.URL + "/prefix", Headers: map[string]string{"X-Scope-OrgID": "a"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func answers(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// queries are answers of a Prometheus 2.42.
var queries = map[string]string{
	`up{job="a&b"}`: `{"status":"success","data":{"resultType":"vector","result":[
		{"metric":{"__name__":"up","job":"a\u001b[2Jb"},"value":[1700000000.25,"1"]},{"metric":{},"value":[1700000000,"NaN"]},{"metric":{},"value":[1700000000,"-Inf"]}]}}`,
	"1/3":    `{"status":"success","data":{"resultType":"scalar","result":[1700000000.25,"0.3333333333333333"]}}`,
	"absent": `{"status":"success","data":{"resultType":"vector","result":[]}}`,
}

var asked = time.UnixMilli(1700000000250)

// server answers queries and looks at how it is asked.
func server(t *testing.T) *prometheus.Client {
	t.Helper()
	return client(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/prefix/api/v1/query" || r.Header.Get("X-Scope-OrgID") != "a" || r.Method != http.MethodGet {
			t.Errorf("asked %s %s with %v", r.Method, r.URL.Path, r.Header)
		}
		if got := r.URL.Query().Get("time"); got != "1700000000.250" {
			t.Errorf("time %q", got)
		}
		_, _ = io.WriteString(w, queries[r.URL.Query().Get("query")])
	})
}

func TestQuery(t *testing.T) {
	t.Parallel()
	got, err := server(t).Query(t.Context(), `up{job="a&b"}`, asked)
	if err != nil || len(got) != 3 {
		t.Fatalf("%v %v", got, err)
	}
	if got[0].Value != 1 || !got[0].At.Equal(asked) || strings.Contains(got[0].Labels["job"], "\x1b") {
		t.Errorf("%+v", got[0])
	}
	if !math.IsNaN(got[1].Value) || !math.IsInf(got[2].Value, -1) {
		t.Errorf("%+v", got[1:])
	}
}

func TestOne(t *testing.T) {
	t.Parallel()
	c := server(t)
	if s, ok, err := c.One(t.Context(), "1/3", asked); err != nil || !ok || s.Value != 1.0/3 {
		t.Errorf("%+v %v %v", s, ok, err)
	}
	if _, ok, err := c.One(t.Context(), "absent", asked); err != nil || ok {
		t.Errorf("no series: %v %v", ok, err)
	}
	if _, _, err := c.One(t.Context(), `up{job="a&b"}`, asked); err == nil || !strings.Contains(err.Error(), "gives 3 series, want one") {
		t.Errorf("%v", err)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		code int
		body string
		kind triton.Kind
		want string
	}{
		"its own words": {400, `{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:5: parse error: unclosed left parenthesis"}`,
			triton.Invalid, `query Prometheus at prom: invalid parameter "query": 1:5: parse error: unclosed left parenthesis`},
		"execution":    {422, `{"status":"error","errorType":"execution","error":"multiple matches for labels"}`, triton.Internal, "multiple matches"},
		"no reason":    {503, `{"status":"error"}`, triton.Internal, "answered 503 Service Unavailable without a reason"},
		"controls":     {400, `{"status":"error","errorType":"bad_data","error":"\u001b[2Jx"}`, triton.Invalid, "�[2Jx"},
		"range":        {200, `{"status":"success","data":{"resultType":"matrix","result":[]}}`, triton.Invalid, "gives a matrix, want one value"},
		"histogram":    {200, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{}]}]}}`, triton.Invalid, "gives a histogram"},
		"bad pair":     {200, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1]}]}}`, triton.NotTriton, "want a pair"},
		"bad value":    {200, `{"status":"success","data":{"resultType":"scalar","result":[1,"x"]}}`, triton.NotTriton, "want a pair"},
		"absurd time":  {200, `{"status":"success","data":{"resultType":"scalar","result":[1e300,"1"]}}`, triton.NotTriton, "want a pair"},
		"a web page":   {200, `<html>Grafana</html>`, triton.NotTriton, "no Prometheus answers there"},
		"null":         {200, `null`, triton.NotTriton, "no Prometheus answers there"},
		"not found":    {404, `404 page not found`, triton.NotTriton, "want the address before /api/v1"},
		"no key":       {401, ``, triton.Restricted, "a header is missing or wrong"},
		"redirect":     {302, ``, triton.NotTriton, "redirects are not followed"},
		"proxy":        {502, `bad gateway`, triton.Internal, "answered 502 Bad Gateway"},
		"far too much": {200, strings.Repeat(" ", prometheus.BodyLimit+1), triton.TooLarge, "larger than 8 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := client(t, answers(tc.code, tc.body)).Query(t.Context(), "up(", time.Time{})
			if err == nil || triton.KindOf(err) != tc.kind || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\x1b") {
				t.Errorf("kind %v: %v", triton.KindOf(err), err)
			}
		})
	}
}

// A server that hangs is given up at the caller's deadline; one that is not there
// is told apart.
func TestDeadline(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	c := client(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Query(ctx, "up", time.Time{}); triton.KindOf(err) != triton.TimedOut {
		t.Errorf("kind %v: %v", triton.KindOf(err), err)
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	c, err := prometheus.New(prometheus.Source{Name: "prom", URL: gone.URL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Query(t.Context(), "up", time.Time{}); triton.KindOf(err) != triton.Refused {
		t.Errorf("kind %v: %v", triton.KindOf(err), err)
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "prom:9090", "ftp://prom", "http://", "http://user:geheim@ho st/", ":"} {
		if _, err := prometheus.New(prometheus.Source{Name: "p", URL: bad}); err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1,"2"]}]}}`)
	f.Add(`{"status":"success","data":{"resultType":"scalar","result":[1,"+Inf"]}}`)
	f.Add(`{"status":"error","error":"\u0007"}`)
	f.Fuzz(func(t *testing.T, body string) {
		s := httptest.NewServer(answers(200, body))
		defer s.Close()
		c, err := prometheus.New(prometheus.Source{Name: "prom", URL: s.URL})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Query(t.Context(), "x", time.Time{}); err != nil && strings.ContainsAny(err.Error(), "\x1b\x07") {
			t.Errorf("%q", err)
		}
	})
}
