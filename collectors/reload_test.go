package collectors

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"

	"google.golang.org/protobuf/proto"

	"tritop/model"
	"tritop/triton/pb"
)

// The model "warm" of the recorded server ran its warm-up and nothing else: a new
// object of it has the same counts.
func TestANewObjectIsSeenByItsFigures(t *testing.T) {
	t.Parallel()
	var resp pb.ModelStatisticsResponse
	if err := proto.Unmarshal([]byte(golden(t, "stats/idle.binpb")), &resp); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(resp.GetModelStats(), func(m *pb.ModelStatistics) bool { return m.GetName() == "warm" })
	was := resp.GetModelStats()[i]
	for name, c := range map[string]struct {
		change func(m *pb.ModelStatistics)
		anew   bool
	}{
		"nothing": {func(*pb.ModelStatistics) {}, false},
		"one request more": {func(m *pb.ModelStatistics) {
			m.InferenceStats.Success.Count, m.InferenceStats.Success.Ns, m.InferenceCount, m.ExecutionCount, m.LastInference = 4, 21e6, 4, 4, m.GetLastInference()+500
		}, false},
		"one failure more": {func(m *pb.ModelStatistics) { m.InferenceStats.Fail = &pb.StatisticDuration{Count: 1, Ns: 5} }, false},
		"its warm-up again": {func(m *pb.ModelStatistics) {
			m.InferenceStats.Success.Ns, m.LastInference = m.GetInferenceStats().GetSuccess().GetNs()+100, m.GetLastInference()+500
		}, true},
		"its warm-up again, quicker, and a request": {func(m *pb.ModelStatistics) {
			m.InferenceStats.Success.Count, m.InferenceStats.Success.Ns = 4, 10e6
		}, true},
		"no warm-up now": {func(m *pb.ModelStatistics) { m.InferenceStats, m.InferenceCount, m.ExecutionCount = nil, 0, 0 }, true},
	} {
		is, ok := proto.Clone(was).(*pb.ModelStatistics)
		if !ok {
			t.Fatal("no copy")
		}
		c.change(is)
		if got := cumulativeOf(is).anew(cumulativeOf(was)); got != c.anew {
			t.Errorf("%s: anew is %v", name, got)
		}
	}
}

// A model that nobody asks anything has no figure that a new object of it would
// start again; how long its load took is another time, though.
func TestAnIdleModelThatIsLoadedAgainIsDescribedAgain(t *testing.T) {
	t.Parallel()
	var took atomic.Int64
	took.Store(1234)
	f := newFake("m", "n")
	target := f.start(t, "a", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, fmt.Sprintf(`# TYPE nv_model_load_duration_secs gauge
nv_model_load_duration_secs{model="m",version="1"} 0.%d
nv_model_load_duration_secs{gpu_uuid="A",model="m",version="1"} 0
nv_model_load_duration_secs{model="n",version="1"} 0.5
nv_model_load_duration_secs{model="gone",version="1"} 0.%d
`, took.Load(), took.Load()))
	})
	facts, _ := observe(t, fleet([]Target{target}))
	for range 2 {
		await(t, facts, "a first configuration", func(d model.Described) bool { return d.Outcome == model.Answered })
	}
	for range 3 {
		await(t, facts, "texts", func(s model.Scraped) bool { return s.Outcome == model.Answered })
	}
	if n := f.asked("config"); n != 2 {
		t.Errorf("%d configurations were read before anything happened, want 2", n)
	}
	took.Store(4321)
	f.set(func() {
		f.config = &pb.ModelConfig{Backend: "onnxruntime", InstanceGroup: []*pb.ModelInstanceGroup{{Count: 2}}}
	})
	if d := await(t, facts, "its new configuration", func(d model.Described) bool { return d.Instances == 2 }); d.Model != "m" {
		t.Errorf("%+v", d)
	}
	for range 5 {
		await(t, facts, "polls", answeredBy("a"))
	}
	if n := f.asked("config"); n != 3 {
		t.Errorf("%d configurations were read, want 2 and 1", n)
	}
}
