package health

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tritop/model"
)

func recent(ms ...float64) (r Recent) {
	for _, v := range ms {
		r.Add(time.Duration(v * float64(time.Millisecond)))
	}
	return r
}

func TestEndpointCheck(t *testing.T) {
	t.Parallel()
	limits := DefaultChecks()[CheckEndpoint].Limits
	ready := model.Finding{Verdict: model.Healthy}
	for name, tc := range map[string]struct {
		state  model.ServerState
		f      model.Finding
		times  Recent
		want   model.CheckStatus
		folded bool
		words  string
	}{
		"fast":           {model.ServerReady, ready, recent(2, 3, 1), model.CheckHealthy, false, "live and ready in 2.0 ms (median of 3)"},
		"below":          {model.ServerReady, ready, recent(99, 99, 99), model.CheckHealthy, false, "99 ms"},
		"at the limit":   {model.ServerReady, ready, recent(100, 100), model.CheckDegraded, false, "healthy is below 100 ms"},
		"slow":           {model.ServerReady, ready, recent(500, 500), model.CheckUnhealthy, false, "degraded is below 500 ms"},
		"slow once":      {model.ServerReady, ready, recent(2, 2, 700), model.CheckHealthy, false, "median of 3"},
		"slow at first":  {model.ServerReady, ready, recent(700), model.CheckUnknown, false, "one slow answer is not judged"},
		"the last five":  {model.ServerReady, ready, recent(2, 2, 2, 700, 700, 700), model.CheckUnhealthy, false, "median of 5"},
		"not asked":      {model.ServerReady, ready, Recent{}, model.CheckUnknown, false, "not asked yet"},
		"refused":        {model.ServerNotListening, model.Finding{Verdict: model.Unhealthy, Reason: "not listening: down"}, recent(2), model.CheckUnhealthy, true, "not listening"},
		"loading":        {model.ServerNotReady, model.Finding{Verdict: model.Degraded, Reason: "not ready"}, recent(2), model.CheckDegraded, true, "not ready"},
		"no data":        {model.ServerNoData, model.Finding{}, recent(2), model.CheckUnknown, true, "no data"},
		"HTTP is closed": {model.ServerReady, model.Finding{Verdict: model.Degraded, Reason: "its HTTP port"}, recent(2), model.CheckDegraded, true, "its HTTP port"},
	} {
		if j := limits.Endpoint(tc.state, tc.f, tc.times); j.Status != tc.want || j.Folded != tc.folded || !strings.Contains(j.Message, tc.words) {
			t.Errorf("%s: %+v", name, j)
		}
	}
}

func TestInferenceCheck(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	limits := DefaultChecks()[CheckInference].Limits
	good := Inference{Ready: true, Runs: 9, Times: recent(8, 9, 9), Last: now.Add(-time.Second), Stale: 25 * time.Second}
	with := func(change func(*Inference)) Inference { e := good; change(&e); return e }
	for name, tc := range map[string]struct {
		e     Inference
		want  model.CheckStatus
		words string
	}{
		"good":         {good, model.CheckHealthy, "answered as expected in 9.0 ms"},
		"slow":         {with(func(e *Inference) { e.Times = recent(60, 60) }), model.CheckDegraded, "healthy is below 50 ms"},
		"one failed":   {with(func(e *Inference) { e.Failed = "boom\nmore" }), model.CheckHealthy, "the last probe failed and is repeated: boom"},
		"none yet":     {with(func(e *Inference) { e.Times = Recent{} }), model.CheckUnknown, "no probe was answered yet"},
		"first failed": {with(func(e *Inference) { e.Times, e.Failed = Recent{}, "boom" }), model.CheckUnknown, "boom"},
		"probes stop":  {with(func(e *Inference) { e.Last = now.Add(-26 * time.Second) }), model.CheckUnknown, "the last probe was at 13:59:34Z"},
		"unloaded":     {with(func(e *Inference) { e.Ready = false }), model.CheckNotApplicable, "not loaded"},
		"cannot infer": {with(func(e *Inference) {
			e.Trouble, e.Finding = model.CannotInfer, model.Finding{Verdict: model.Unhealthy, Reason: "says ready, cannot infer"}
		}), model.CheckUnhealthy, "cannot infer"},
		"server gone": {with(func(e *Inference) { e.Trouble, e.Finding.Reason = model.ServerUnreached, "the server is hung" }), model.CheckUnknown, "the server is hung"},
		"loading": {with(func(e *Inference) {
			e.Trouble, e.Finding = model.RepairPending, model.Finding{Verdict: model.Degraded, Reason: "LOADING"}
		}), model.CheckDegraded, "LOADING"},
		"users' errors": {with(func(e *Inference) { e.Trouble = model.UserErrors }), model.CheckHealthy, "answered as expected"},
	} {
		if j := limits.Inference(tc.e, now); j.Status != tc.want || !strings.Contains(j.Message, tc.words) {
			t.Errorf("%s: %+v", name, j)
		}
	}
}

func TestGPUChecks(t *testing.T) {
	t.Parallel()
	limits := DefaultChecks()[CheckMemory].Limits
	gpu := func(used float64, change func(*model.GPU)) *model.GPU {
		g := &model.GPU{Source: "dcgm", Finding: model.Finding{Verdict: model.Healthy}, GPUFigures: model.NoGPUFigures(model.NoSource)}
		g.MemUsed, g.MemTotal = model.Of(used*(80<<30)), model.Of(80<<30)
		if change != nil {
			change(g)
		}
		return g
	}
	for name, tc := range map[string]struct {
		g              *model.GPU
		gpu, memory    model.CheckStatus
		advance        string
		before         model.CheckStatus
		words, memory2 string
	}{
		"well":                {g: gpu(0.5, nil), gpu: model.CheckHealthy, memory: model.CheckHealthy, words: "answers", memory2: "50 % of 80 GiB used"},
		"fuller":              {g: gpu(0.8, nil), gpu: model.CheckHealthy, memory: model.CheckDegraded, memory2: "80 %"},
		"full":                {g: gpu(0.9, nil), gpu: model.CheckHealthy, memory: model.CheckUnhealthy, memory2: "90 %"},
		"full in advance":     {g: gpu(0.95, nil), gpu: model.CheckHealthy, memory: model.CheckDegraded, advance: "assistant", memory2: "assistant allocates in advance"},
		"below again":         {g: gpu(0.795, nil), gpu: model.CheckHealthy, memory: model.CheckDegraded, before: model.CheckDegraded},
		"well below":          {g: gpu(0.77, nil), gpu: model.CheckHealthy, memory: model.CheckHealthy, before: model.CheckDegraded},
		"from full to fuller": {g: gpu(0.895, nil), gpu: model.CheckHealthy, memory: model.CheckUnhealthy, before: model.CheckUnhealthy},
		"from full to well":   {g: gpu(0.3, nil), gpu: model.CheckHealthy, memory: model.CheckHealthy, before: model.CheckUnhealthy},
		"lost": {g: gpu(0.5, func(g *model.GPU) {
			g.Finding = model.Finding{Verdict: model.Unhealthy, Reason: "GPU lost: x"}
			g.GPUFigures = model.NoGPUFigures(model.NotObserved)
		}), gpu: model.CheckUnhealthy, memory: model.CheckUnknown, words: "GPU lost", memory2: "GPU lost"},
		"not seen":              {g: gpu(0.5, func(g *model.GPU) { g.Finding = model.Finding{Reason: "cannot be read"} }), gpu: model.CheckUnknown, memory: model.CheckHealthy, words: "cannot be read"},
		"ECC":                   {g: gpu(0.5, func(g *model.GPU) { g.ECCErrors = model.Of(2) }), gpu: model.CheckUnhealthy, memory: model.CheckHealthy, words: "2 uncorrected memory errors"},
		"XID":                   {g: gpu(0.5, func(g *model.GPU) { g.XID = model.Of(79) }), gpu: model.CheckUnhealthy, memory: model.CheckHealthy, words: "XID 79"},
		"XID of an application": {g: gpu(0.5, func(g *model.GPU) { g.XID = model.Of(31) }), gpu: model.CheckHealthy, memory: model.CheckHealthy, words: "answers"},
	} {
		if j := GPU(tc.g); j.Status != tc.gpu || !strings.Contains(j.Message, tc.words) {
			t.Errorf("%s: %+v", name, j)
		}
		if j := limits.Memory(tc.g, tc.before, tc.advance); j.Status != tc.memory || !strings.Contains(j.Message, tc.memory2) {
			t.Errorf("%s: memory %+v", name, j)
		}
	}
	if !InAdvance("vllm") || InAdvance("python") {
		t.Error("back-ends that allocate in advance")
	}
}

func TestDiskCheck(t *testing.T) {
	t.Parallel()
	limits := DefaultChecks()[CheckDisk].Limits
	for used, want := range map[float64]model.CheckStatus{0.79: model.CheckHealthy, 0.8: model.CheckDegraded, 0.9: model.CheckUnhealthy} {
		if j := limits.Disk(model.Disk{Mount: "/", Used: model.Of(used * 100), All: model.Of(100)}, model.CheckUnknown); j.Status != want {
			t.Errorf("%v: %+v", used, j)
		}
	}
	if j := limits.Disk(model.Disk{Used: model.Missing(model.NotObserved), All: model.Of(1)}, model.CheckHealthy); j.Status != model.CheckUnknown {
		t.Errorf("%+v", j)
	}
}

func TestScores(t *testing.T) {
	t.Parallel()
	l := DefaultChecks()[CheckQuality].Limits
	for v, want := range map[float64]model.CheckStatus{1: model.CheckHealthy, 0.951: model.CheckHealthy, 0.95: model.CheckDegraded, 0.9: model.CheckUnhealthy, 0: model.CheckUnhealthy} {
		if l.Above(v) != want {
			t.Errorf("%v: %v", v, l.Above(v))
		}
	}
}

// The alerting condition against counting by hand.
func TestRunsAgainstCounting(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var r Runs
		var all []bool
		for _, s := range rapid.SliceOfN(rapid.IntRange(int(model.CheckUnknown), int(model.CheckNotApplicable)), 0, 80).Draw(t, "runs") {
			status := model.CheckStatus(s)
			r.Add(status)
			if status != model.CheckUnknown && status != model.CheckNotApplicable {
				all = append(all, status != model.CheckHealthy)
			}
		}
		row, failed := 0, 0
		for i := len(all) - 1; i >= 0 && all[i]; i-- {
			row++
		}
		last := all[max(0, len(all)-20):]
		for _, f := range last {
			if f {
				failed++
			}
		}
		want := row >= 3 || len(last) == 20 && failed >= 4
		if got := r.Failing(); (got != "") != want {
			t.Fatalf("%q after %v", got, all)
		}
	})
}

func TestRunsInWords(t *testing.T) {
	t.Parallel()
	var r Runs
	for i := range 20 {
		r.Add([]model.CheckStatus{model.CheckHealthy, model.CheckDegraded, model.CheckHealthy, model.CheckHealthy}[i%4])
	}
	if r.Failing() != "5 of the last 20" {
		t.Errorf("%q", r.Failing())
	}
	for range 4 {
		r.Add(model.CheckUnhealthy)
		r.Add(model.CheckUnknown)
	}
	if r.Failing() != "4 in a row" {
		t.Errorf("%q", r.Failing())
	}
}

func TestChecksMakeTheVerdictWorseOnly(t *testing.T) {
	t.Parallel()
	check := func(s model.CheckStatus, critical bool) model.Check {
		return model.Check{Name: "c", Target: "a", Status: s, Critical: critical, Message: "m"}
	}
	for _, tc := range []struct {
		before model.Verdict
		checks []model.Check
		want   model.Verdict
		why    string
	}{
		{model.Healthy, nil, model.Healthy, "before"},
		{model.Healthy, []model.Check{check(model.CheckUnhealthy, true)}, model.Unhealthy, "a: c: m"},
		{model.Healthy, []model.Check{check(model.CheckUnhealthy, false), check(model.CheckUnhealthy, false)}, model.Degraded, "a and 1 more: c: m"},
		{model.Healthy, []model.Check{check(model.CheckDegraded, true)}, model.Degraded, "a: c: m"},
		{model.Healthy, []model.Check{check(model.CheckUnknown, true), check(model.CheckNotApplicable, true)}, model.Healthy, "before"},
		{model.Unknown, []model.Check{check(model.CheckHealthy, true)}, model.Unknown, "before"},
		{model.Unhealthy, []model.Check{check(model.CheckUnhealthy, true)}, model.Unhealthy, "before"},
	} {
		if v, why := WithChecks(tc.before, "before", tc.checks); v != tc.want || why != tc.why {
			t.Errorf("%v %q, want %v %q", v, why, tc.want, tc.why)
		}
	}
}
