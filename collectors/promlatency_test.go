package collectors

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"tritop/collectors/prometheus"
	"tritop/model"
)

// vector is an answer with values by labels, written as k=v,k=v.
func vector(values map[string]float64) string {
	type series struct {
		Metric map[string]string `json:"metric"`
		Value  [2]any            `json:"value"`
	}
	var all []series
	for labels, v := range values {
		m := make(map[string]string)
		for pair := range strings.SplitSeq(labels, ",") {
			k, v, _ := strings.Cut(pair, "=")
			m[k] = v
		}
		all = append(all, series{m, [2]any{1700000000, fmt.Sprint(v)}})
	}
	text, _ := json.Marshal(map[string]any{"status": "success", "data": map[string]any{"resultType": "vector", "result": all}})
	return string(text)
}

// asked gives what comes of one look at a server that answers so.
func asked(t *testing.T, status int, answer string) (f model.LatenciesQueried, queries []string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		queries = append(queries, r.FormValue("query"))
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, answer)
	}))
	defer s.Close()
	c, err := NewPromLatency(PromLatency{Server: prometheus.Source{Name: "prod", URL: s.URL}, Every: time.Minute, Query: "sum by (le, model) (increase(x[$window]))", Unit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := make(chan model.Fact, 1)
	ended := make(chan error, 1)
	go func() { ended <- c.Collect(ctx, out) }()
	f = (<-out).(model.LatenciesQueried)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	return f, queries
}

var aAndB = map[string]float64{"model=a,le=0.1": 80, "model=a,le=0.05": 50, "model=a,le=+Inf": 100, "model=b,le=+Inf": 3, "model=b,le=0.05": 0.5}

func TestPromLatencyAsksForTwoWindows(t *testing.T) {
	t.Parallel()
	f, queries := asked(t, 200, vector(aAndB))
	if f.Outcome != model.Answered || f.Source != "prometheus prod" || f.Every != time.Minute || f.Server != "" {
		t.Errorf("%+v", f)
	}
	if len(queries) != 2 || queries[0] != "sum by (le, model) (increase(x[60s]))" || !strings.Contains(queries[1], "[300s]") {
		t.Errorf("asked %q", queries)
	}
}

func TestPromLatencyGathersBuckets(t *testing.T) {
	t.Parallel()
	f, _ := asked(t, 200, vector(aAndB))
	edges := []model.Edge{{Ms: 50, Count: 50}, {Ms: 100, Count: 80}}
	want := []model.ModelBuckets{{Model: "a", Window: time.Minute, Edges: edges, Count: 100}, {Model: "b", Window: time.Minute, Edges: []model.Edge{{Ms: 50, Count: .5}}, Count: 3}}
	for _, w := range want {
		w.Window = 5 * time.Minute
		want = append(want, w)
	}
	if !reflect.DeepEqual(f.Models, want) {
		t.Errorf("models %+v, want %+v", f.Models, want)
	}
}

func TestPromLatencySaysWhyThereIsNone(t *testing.T) {
	t.Parallel()
	for words, c := range map[string]struct {
		status int
		answer string
		how    model.Outcome
	}{
		"unclosed left parenthesis":          {400, `{"status":"error","errorType":"bad_data","error":"1:6: parse error: unclosed left parenthesis"}`, model.Failed},
		"the query gives no series":          {200, vector(nil), model.Answered},
		"has no label model":                 {200, vector(map[string]float64{"le=1": 1}), model.Failed},
		`has the label le=""`:                {200, vector(map[string]float64{"model=a": 1}), model.Failed},
		"has other labels than le and model": {200, vector(map[string]float64{"model=a,le=1,instance=x": 1}), model.Failed},
		`has no bucket le="+Inf"`:            {200, vector(map[string]float64{"model=a,le=1": 1}), model.Failed},
		"no Prometheus answers there":        {404, "not here", model.Foreign},
		"answered 401":                       {401, "", model.Restricted},
		"answered 503":                       {503, "upstream", model.Failed},
	} {
		f, _ := asked(t, c.status, c.answer)
		if f.Outcome != c.how || !strings.Contains(f.Detail, words) || len(f.Models) > 0 {
			t.Errorf("want %s %q: %s %q %d models", c.how, words, f.Outcome, f.Detail, len(f.Models))
		}
	}
	many := make(map[string]float64)
	for i := range promModels + 1 {
		many[fmt.Sprintf("model=m%d,le=+Inf", i)] = 1
	}
	if f, _ := asked(t, 200, vector(many)); !strings.Contains(f.Detail, "more than 1000 models") {
		t.Errorf("many models: %q", f.Detail)
	}
	wide := map[string]float64{"model=a,le=+Inf": 1}
	for i := range promEdges + 1 {
		wide[fmt.Sprintf("model=a,le=%d", i)] = 1
	}
	if f, _ := asked(t, 200, vector(wide)); !strings.Contains(f.Detail, "more than 200 buckets") {
		t.Errorf("many buckets: %q", f.Detail)
	}
	if _, err := NewPromLatency(PromLatency{Server: prometheus.Source{Name: "p", URL: "h:1"}}); err == nil {
		t.Error("an address that is none was accepted")
	}
}
