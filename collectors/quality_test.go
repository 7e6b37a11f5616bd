package collectors

import (
	"strings"
	"testing"
	"time"

	"tritop/collectors/probe"
	"tritop/health"
	"tritop/model"
	"tritop/triton/pb"
)

// graded is a fleet of one server with a golden set of two cases.
func graded(t *testing.T, f *fake, change func(*probe.Golden)) Fleet {
	t.Helper()
	set := probe.Golden{Model: "m", Cases: []probe.Spec{spec("m"), spec("m")}}
	if change != nil {
		change(&set)
	}
	fl := fleet([]Target{f.start(t, "a", nil)})
	fl.Quality = Quality{Sets: []probe.Golden{set}, Every: 100 * time.Millisecond, Timeout: 400 * time.Millisecond, Limits: health.Limits{Healthy: 0.95, Degraded: 0.9}}
	return fl
}

func TestGoldenSets(t *testing.T) {
	t.Parallel()
	f := newFake("m")
	facts, _ := observe(t, graded(t, f, nil))
	own := await(t, facts, "an inference that is told as our own", func(a model.Asked) bool { return a.Model == "m" })
	if own.Version != "1" || own.Counted != model.Yes || own.Server != "a" {
		t.Errorf("%+v", own)
	}
	got := await(t, facts, "a result", func(model.Checked) bool { return true })
	if got.Name != "response_quality" || got.Target != "m v1 on a" || got.Version != "1" || got.Status != model.CheckHealthy ||
		got.Message != "2 of 2 outputs right, 2 of 2 cases the same twice" || got.Details[0] != (model.Detail{Name: "score", Value: "1"}) {
		t.Errorf("%+v", got)
	}
}

func TestGoldenSetsFindWrongAndHangingModels(t *testing.T) {
	t.Parallel()
	f := newFake("m")
	facts, _ := observe(t, graded(t, f, nil))
	await(t, facts, "a result", func(model.Checked) bool { return true })
	f.set(func() { f.wrong = true })
	got := await(t, facts, "a wholly wrong one", func(c model.Checked) bool { return strings.HasPrefix(c.Message, "0 of 2") })
	if got.Status != model.CheckUnhealthy || !strings.Contains(got.Message, "2 of 2 cases the same twice; first wrong in case 1: output OUT: element 0 is") {
		t.Errorf("consistently wrong: %+v", got)
	}
	f.set(func() { f.wrong, f.inferErr = false, errBackend })
	got = await(t, facts, "one that fails", func(c model.Checked) bool { return strings.Contains(c.Message, "Stub process") })
	if got.Status != model.CheckUnhealthy {
		t.Errorf("%+v", got)
	}
	f.set(func() { f.inferErr, f.hang = nil, map[string]bool{"m": true} })
	got = await(t, facts, "one that hangs", func(c model.Checked) bool { return strings.HasPrefix(c.Message, "no answer within 400ms, after ") })
	if got.Status != model.CheckUnhealthy {
		t.Errorf("%+v", got)
	}
}

func TestAGoldenSetThatDoesNotFitIsUnknown(t *testing.T) {
	t.Parallel()
	f := newFake("m")
	f.config = &pb.ModelConfig{MaxBatchSize: 8, Backend: "python", Input: []*pb.ModelInput{{Name: "IN", DataType: pb.DataType_TYPE_FP32, Dims: []int64{4}}}}
	facts, _ := observe(t, graded(t, f, nil))
	got := await(t, facts, "a result", func(model.Checked) bool { return true })
	if got.Status != model.CheckUnknown || got.Message != "the golden set does not fit the model: case 1: input IN: shape [1], the model has [-1 4]" {
		t.Errorf("%+v", got)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := f.requests["infer"]; n != 0 {
		t.Errorf("%d inferences were sent", n)
	}
}

func TestGoldenSetsThatCannotBeSent(t *testing.T) {
	t.Parallel()
	f := newFake("m")
	fl := graded(t, f, func(g *probe.Golden) { g.Cases[1].Expect = nil })
	if err := fl.Run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "golden set of m: case 2: it expects nothing") {
		t.Errorf("%v", err)
	}
}
