//go:build e2e

package e2e

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"tritop/triton/pb"
)

// counted is what Triton is to say of a model version.
type counted struct {
	requests, failures float64
	batches            map[string]int
}

// wantCounts compares every row of a server: none may be missing, none be more.
func wantCounts(t *testing.T, s serverReport, want map[string]counted) {
	t.Helper()
	var got []string
	for _, m := range s.Models {
		key := m.Name + ":" + m.Version
		got = append(got, key)
		w := want[key]
		if m.Requests == nil || m.Failures == nil || *m.Requests != w.requests || *m.Failures != w.failures || !maps.Equal(m.Batches, w.batches) {
			t.Errorf("%s %s: requests %v, failures %v, batches %v, want %+v", s.Name, key, deref(m.Requests), deref(m.Failures), m.Batches, w)
		}
		if m.State != "READY" {
			t.Errorf("%s %s is %s, want READY", s.Name, key, m.State)
		}
	}
	slices.Sort(got)
	if all := slices.Sorted(maps.Keys(want)); !slices.Equal(got, all) {
		t.Errorf("%s has the rows %v, want %v", s.Name, got, all)
	}
}

func deref(f *float64) any {
	if f == nil {
		return nil
	}
	return *f
}

// well are models that do what they are asked.
func well(t *testing.T) repo {
	t.Helper()
	r := newRepo(t)
	r.model("classifier", spec{versions: []int{1, 2}, batch: 8, dims: "4"})
	r.model("embed", spec{})
	r.model("warm", spec{batch: 4, dims: "1", extra: `model_warmup [ { name: "w" batch_size: 1 count: 3 inputs { key: "INPUT0" value { data_type: TYPE_FP32 dims: [ 1 ] zero_data: true } } } ]`})
	r.model("cached", spec{batch: 4, dims: "1", extra: "response_cache { enable: true }"})
	r.model("tokenize", spec{})
	r.model("encode", spec{versions: []int{1, 2}})
	r.ensemble("pipeline", 3, "tokenize", "encode")
	r.model("stream", spec{extra: "model_transaction_policy { decoupled: true }", code: testdata(t, "decoupled.py")})
	return r
}

func ones(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

func TestCountsEqualWhatWasSent(t *testing.T) {
	t.Parallel()
	a, b := launch(t, "a", well(t), all, "--cache-config=local,size=1048576"), launch(t, "b", failing(t), all)
	up(t, a, b)

	sendWell(t, a)
	wantA := map[string]counted{
		"classifier:1": {5, 0, map[string]int{"1": 5}},
		"classifier:2": {13, 0, map[string]int{"2": 10, "8": 3}}, // unversioned requests go to the highest
		"embed:1":      {7, 0, map[string]int{"1": 7}},
		"warm:1":       {3, 0, map[string]int{"1": 3}}, // nobody sent anything: warm-up
		"tokenize:1":   {6, 0, map[string]int{"1": 6}}, // 4 by the pipeline, 2 directly
		"encode:1":     {9, 0, map[string]int{"1": 9}}, // directly: the pipeline takes version 2
		"encode:2":     {4, 0, map[string]int{"1": 4}},
		"pipeline:3":   {4, 0, map[string]int{"1": 4}}, // to Triton an ensemble executes too
		"cached:1":     {7, 0, map[string]int{"1": 2}}, // two different requests; the cache answered the others
		"stream:1":     {1, 0, map[string]int{"1": 1}}, // one request, three replies
	}
	wantB := sendFailing(t, b)

	r := check(t, a.arg(), b.arg(), "--for", "4s")
	wantCounts(t, r.server(t, "a"), wantA)
	wantCounts(t, r.server(t, "b"), wantB)
	// The whole: all rows but what the ensembles made their steps do.
	requests, failures := 5+13+7+3+2+9+4+7+1.0, 0.0
	for key, c := range wantB {
		if key != "f_step1:1" && key != "f_step2:1" { // called by f_ensemble only
			requests, failures = requests+c.requests, failures+c.failures
		}
	}
	if deref(r.Totals.Requests) != requests || deref(r.Totals.Failures) != failures {
		t.Errorf("totals: %v requests, %v failures, want %v and %v", deref(r.Totals.Requests), deref(r.Totals.Failures), requests, failures)
	}
	for _, m := range append(r.server(t, "a").Models, r.server(t, "b").Models...) {
		if m.Probes != 0 || m.Epoch != nil || m.RPS == nil || *m.RPS != 0 {
			t.Errorf("%s v%s: %d probes, epoch %v, rps %v, want none, unknown and 0", m.Name, m.Version, m.Probes, m.Epoch, deref(m.RPS))
		}
	}
	t.Run("probes", func(t *testing.T) { probesAreCounted(t, a, wantA) })
}

func sendWell(t *testing.T, s *server) {
	t.Helper()
	api := s.api()
	repeat(t, api, 10, request{model: "classifier", values: ones(8), shape: []int64{2, 4}})
	repeat(t, api, 3, request{model: "classifier", values: ones(32), shape: []int64{8, 4}})
	repeat(t, api, 5, request{model: "classifier", version: "1", values: ones(4), shape: []int64{1, 4}})
	repeat(t, api, 6, request{model: "embed", values: ones(1)})
	if a := (request{model: "embed", values: ones(1)}).sendHTTP(s); a.code != "200" {
		t.Fatalf("HTTP request: %+v", a)
	}
	repeat(t, api, 4, request{model: "pipeline", values: ones(3)})
	repeat(t, api, 2, request{model: "tokenize", values: ones(3)})
	repeat(t, api, 9, request{model: "encode", version: "1", values: ones(3)})
	repeat(t, api, 5, request{model: "cached", values: ones(1), shape: []int64{1, 1}})
	repeat(t, api, 2, request{model: "cached", values: []float64{2}, shape: []int64{1, 1}})
	streamed(t, api, "stream", 3)
	// Triton counts a streamed request shortly after its last reply.
	eventually(t, 5*time.Second, "the stream is counted", func() bool { return successes(t, api, "stream", "1") == 1 })
}

// streamed asks a decoupled model for n replies.
func streamed(t *testing.T, api pb.GRPCInferenceServiceClient, model string, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	stream, err := api.ModelStreamInfer(ctx)
	must(t, err)
	must(t, stream.Send(request{model: model, values: []float64{float64(n)}}.message()))
	for range n {
		reply, err := stream.Recv()
		must(t, err)
		if reply.GetErrorMessage() != "" {
			t.Fatal(reply.GetErrorMessage())
		}
	}
	must(t, stream.CloseSend())
}

// successes asks Triton itself.
func successes(t *testing.T, api pb.GRPCInferenceServiceClient, model, version string) uint64 {
	t.Helper()
	r, err := api.ModelStatistics(t.Context(), &pb.ModelStatisticsRequest{Name: model, Version: version})
	must(t, err)
	return r.GetModelStats()[0].GetInferenceStats().GetSuccess().GetCount()
}

// probesAreCounted lets tritop probe each version once and many times: Triton
// counts what tritop says that it sent, and users' figures know nothing of it.
func probesAreCounted(t *testing.T, s *server, want map[string]counted) {
	t.Helper()
	config := func(every string) string {
		return "servers: [" + s.entry() + "]\nprobes:\n  - {model: classifier, every: " + every +
			", inputs: [{name: INPUT0, datatype: FP32, shape: [1, 4], data: [1, 2, 3, 4]}]}\n" +
			"  - {model: pipeline, every: " + every + ", inputs: [{name: INPUT0, datatype: FP32, shape: [1], data: [2]}], expect: [{name: OUTPUT0, data: [4], tolerance: 0.001}]}\n"
	}
	r := checkWith(t, config("1h"), "--for", "4s").server(t, "a")
	for key, steps := range map[string]bool{"classifier:1": false, "classifier:2": false, "pipeline:3": false, "tokenize:1": true, "encode:2": true} {
		w := want[key]
		w.requests++
		w.batches = maps.Clone(w.batches)
		w.batches["1"]++
		want[key] = w
		m := r.row(t, key)
		if m.Probes != 1 {
			t.Errorf("%s: %d of its requests are tritop's own, want 1", key, m.Probes)
		}
		// The probe of the pipeline ran its steps, and measured none of them.
		if measured := slices.ContainsFunc(m.Latency, func(l latencyReport) bool { return l.Source == "probe" && l.N == 1 }); measured == steps {
			t.Errorf("%s: latency %+v, a step is %v", key, m.Latency, steps)
		}
	}
	wantCounts(t, r, want)
	manyProbes(t, s, config("300ms"))
}

// manyProbes lets tritop probe often, while nobody else sends anything.
func manyProbes(t *testing.T, s *server, config string) {
	t.Helper()
	before := successes(t, s.api(), "classifier", "2")
	r := checkWith(t, config, "--for", "4s").server(t, "a")
	m := r.row(t, "classifier:2")
	after := successes(t, s.api(), "classifier", "2")
	if sent := int(after - before); m.Probes < 8 || sent < m.Probes || sent > m.Probes+1 { // one may have been in flight at the end
		t.Errorf("tritop says that it probed %d times, Triton counted %d", m.Probes, sent)
	}
	for _, m := range r.Models {
		if m.RPS == nil || *m.RPS != 0 {
			t.Errorf("%s v%s: rps %v of users, while only tritop's probes ran", m.Name, m.Version, deref(m.RPS))
		}
	}
}
