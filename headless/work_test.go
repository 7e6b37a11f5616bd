package headless

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"

	"tritop/model"
)

// metricSet is a row as a script reads it.
type metricSet struct {
	Name, Version string
	Platform      *string  `json:"platform"`
	Instances     *int     `json:"instances"`
	Total         float64  `json:"requests_total"`
	Samples       float64  `json:"samples_total"`
	PerS          float64  `json:"samples_per_s"`
	RPS           float64  `json:"rps"`
	Batch         *batches `json:"batch_size"`
	Cache         *cache   `json:"cache"`
	Users         *served  `json:"users"`
	Ensemble      []string `json:"ensemble_steps"`
}

// metricSets gives all rows of a document.
func metricSets(t *testing.T, s *model.Snapshot) (out []metricSet) {
	t.Helper()
	var d struct {
		Servers []struct{ Models []metricSet }
	}
	if err := json.Unmarshal([]byte(printed(t, s)), &d); err != nil {
		t.Fatal(err)
	}
	for _, srv := range d.Servers {
		out = append(out, srv.Models...)
	}
	return out
}

// The metric set of the material: by model, version, server and platform, requests
// by status, samples, batch sizes with their distribution, the cache.
func TestTheMetricSetOfTheMaterial(t *testing.T) {
	t.Parallel()
	s := at(t, "normal", 70*time.Second)
	work := &s.Servers[0].Replicas[0].Totals.Work
	work.CacheHit, work.CacheMiss = model.Sum{Count: 3}, model.Sum{Count: 1}
	all := metricSets(t, s)
	if c := all[0].Cache; c == nil || *c != (cache{3, 1, .75}) {
		t.Errorf("cache %+v", c)
	}
	for _, m := range all {
		if m.Platform == nil || *m.Platform == "" || m.Instances == nil || m.Users == nil || m.Users.Successes+m.Users.Failures > uint64(m.Total) {
			t.Errorf("%s: %+v", m.Name, m)
		}
	}
}

func TestSamplesAndBatchesAgree(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, m := range metricSets(t, at(t, "normal", 70*time.Second)) {
		if m.Batch == nil || m.RPS < 1 || len(m.Ensemble) > 0 {
			continue
		}
		seen++
		if b := m.Batch; b.Sum != uint64(m.Samples) || b.P50 > b.P99 || b.P99 > b.Max || math.Abs(b.Mean-float64(b.Sum)/float64(b.Count)) > 1e-9 || m.PerS < m.RPS {
			t.Errorf("%s: batches %+v, %v samples, %v a second of %v requests", m.Name, b, m.Samples, m.PerS, m.RPS)
		}
	}
	if seen == 0 {
		t.Error("no model version has batches")
	}
}

func TestTheDistributionOfBatches(t *testing.T) {
	t.Parallel()
	got := batchesOf([]model.BatchCount{{Size: 1, Executions: 50}, {Size: 2, Executions: 0}, {Size: 4, Executions: 40}, {Size: 8, Executions: 9}, {Size: 16, Executions: 1}})
	if want := (batches{Count: 100, Sum: 298, Mean: 2.98, P50: 1, P90: 4, P95: 8, P99: 8, Max: 16}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := batchesOf([]model.BatchCount{{Size: 1}}); got != (batches{}) {
		t.Errorf("of none: %+v", got)
	}
}

// A percentile of buckets says between which edges it lies.
func TestEdgesOfBuckets(t *testing.T) {
	t.Parallel()
	s := at(t, "normal", 10*time.Second)
	l := model.Latency{Source: model.FromPrometheus, Window: time.Minute, N: 200, Mean: model.Missing(model.NoSource), Max: model.Missing(model.NoSource), Percentiles: model.NoPercentiles(model.NoSource),
		Bounds: &[5]model.Between{{Low: 5, High: 10}, {}, {}, {}, {Low: 50}}}
	s.Models[0].Latency = []model.Latency{l}
	var d struct {
		Models []struct {
			Latency []struct {
				Source string
				N      int
				Edges  map[string][]*float64 `json:"bucket_edges_ms"`
			}
		}
	}
	if err := json.Unmarshal([]byte(printed(t, s)), &d); err != nil {
		t.Fatal(err)
	}
	got := d.Models[0].Latency[0]
	if got.Source != "prometheus" || got.N != 200 || len(got.Edges) != 5 || *got.Edges["p50_ms"][1] != 10 || got.Edges["p999_ms"][1] != nil {
		t.Errorf("%+v", got)
	}
	if reflect.DeepEqual(got.Edges["p50_ms"], got.Edges["p999_ms"]) {
		t.Error("the edges are alike")
	}
}
