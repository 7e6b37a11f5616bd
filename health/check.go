package health

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"tritop/model"
)

// The seven built-in checks.
const (
	CheckGPU       = "gpu_availability"
	CheckMemory    = "memory_usage" // of GPUs
	CheckDisk      = "disk_space"
	CheckInference = "model_inference"
	CheckEndpoint  = "api_endpoint"
	CheckQuality   = "response_quality"
	CheckBusiness  = "business_metrics"
)

// Limits part healthy from degraded, and degraded from unhealthy: times in ms and
// used shares (0..1) below them, scores (0..1) above them.
type Limits struct{ Healthy, Degraded float64 }

// CheckRule says how a check is judged. One that the engine judges sends nothing;
// of it Timeout has no meaning, since the evidence came under deadlines of its own.
type CheckRule struct {
	Layer          model.Layer
	Off            bool
	Every, Timeout time.Duration
	Critical       bool
	Limits
}

// DefaultChecks are the rules of the seven.
func DefaultChecks() map[string]CheckRule {
	return map[string]CheckRule{
		CheckGPU:       {Layer: model.Infrastructure, Every: 30 * time.Second, Timeout: 5 * time.Second, Critical: true},
		CheckMemory:    {Layer: model.Infrastructure, Every: 15 * time.Second, Timeout: 3 * time.Second, Critical: true, Limits: Limits{0.8, 0.9}},
		CheckDisk:      {Layer: model.Infrastructure, Every: time.Minute, Timeout: 5 * time.Second, Limits: Limits{0.8, 0.9}},
		CheckInference: {Layer: model.Application, Every: 30 * time.Second, Timeout: 10 * time.Second, Critical: true, Limits: Limits{50, 100}},
		CheckEndpoint:  {Layer: model.Application, Every: 15 * time.Second, Timeout: 5 * time.Second, Critical: true, Limits: Limits{100, 500}},
		CheckQuality:   {Layer: model.Business, Every: 2 * time.Minute, Timeout: 15 * time.Second, Limits: Limits{0.95, 0.9}},
		CheckBusiness:  {Layer: model.Business, Every: 3 * time.Minute, Timeout: 10 * time.Second, Limits: Limits{0.9, 0.8}},
	}
}

// Judgement is what a check found.
type Judgement struct {
	Status  model.CheckStatus
	Message string
	Details []model.Detail
	TookMs  model.Figure
	Since   time.Time // where it is known better than "when it was first judged so"
	// Told: what it found has an event of its own. Folded: the verdict of a server
	// holds it too, so that it counts and is listed there.
	Told, Folded bool
}

func unknown(why model.Absence, message string) Judgement {
	return Judgement{Status: model.CheckUnknown, Message: message, TookMs: model.Missing(why)}
}

// NotApplicable is the judgement of what tritop cannot see.
func NotApplicable(why string) Judgement {
	return Judgement{Status: model.CheckNotApplicable, Message: why, TookMs: model.Missing(model.NoSource)}
}

// Recent are the last few times of something, in ms. One that was slow for once is
// no slow server: their median is judged.
type Recent struct {
	ms   [5]float64
	n    int // that were added
	last float64
}

// Add takes one more.
func (r *Recent) Add(d time.Duration) {
	r.last = float64(d) / 1e6
	r.ms[r.n%len(r.ms)] = r.last
	r.n++
}

// Median gives the middle one and how many there are; 0 where there is none.
func (r Recent) Median() (ms float64, n int) {
	n = min(r.n, len(r.ms))
	if n == 0 {
		return 0, 0
	}
	sorted := slices.Clone(r.ms[:n])
	slices.Sort(sorted)
	return sorted[(n-1)/2], n
}

// below judges a figure that is good while it is small.
func (l Limits) below(v float64) model.CheckStatus {
	switch {
	case v < l.Healthy:
		return model.CheckHealthy
	case v < l.Degraded:
		return model.CheckDegraded
	}
	return model.CheckUnhealthy
}

// Above judges a score, which is good while it is high.
func (l Limits) Above(v float64) model.CheckStatus {
	switch {
	case v > l.Healthy:
		return model.CheckHealthy
	case v > l.Degraded:
		return model.CheckDegraded
	}
	return model.CheckUnhealthy
}

// slack is by how much a share has to fall below a limit before it counts as
// below again, so that one that lies at the limit is not told again and again.
const slack = 0.02

// sticky judges a share that has a status already.
func (l Limits) sticky(share float64, before model.CheckStatus) model.CheckStatus {
	now := l.below(share)
	if now < before && before <= model.CheckUnhealthy && l.below(share+slack) > now {
		return l.below(share + slack)
	}
	return now
}

// Milliseconds writes a time for people: 0.35 ms, 2.1 ms, 48 ms.
func Milliseconds(ms float64) string {
	switch {
	case ms < 1:
		return strconv.FormatFloat(ms, 'f', 2, 64) + " ms"
	case ms < 10:
		return strconv.FormatFloat(ms, 'f', 1, 64) + " ms"
	}
	return strconv.FormatFloat(ms, 'f', 0, 64) + " ms"
}

// percent writes a share: 87 %, 87.5 %.
func percent(share float64) string {
	return strconv.FormatFloat(float64(int64(share*1000+0.5))/10, 'f', -1, 64) + " %"
}

// timed judges the median of some times.
func (l Limits) timed(what string, times Recent) Judgement {
	ms, n := times.Median()
	j := Judgement{Status: l.below(ms), Message: what + " in " + Milliseconds(ms), TookMs: model.Of(times.last)}
	switch {
	case n > 1:
		j.Message += fmt.Sprintf(" (median of %d)", n)
	case j.Status != model.CheckHealthy: // the first is often slow, and proves nothing alone
		return Judgement{Message: j.Message + ", one slow answer is not judged", TookMs: j.TookMs}
	}
	switch j.Status {
	case model.CheckDegraded:
		j.Message += ": healthy is below " + Milliseconds(l.Healthy)
	case model.CheckUnhealthy:
		j.Message += ": degraded is below " + Milliseconds(l.Degraded)
	case model.CheckUnknown, model.CheckHealthy, model.CheckNotApplicable:
	}
	j.Details = []model.Detail{{Name: "median_ms", Value: number(ms)}, {Name: "of", Value: strconv.Itoa(n)}, {Name: "last_ms", Value: number(times.last)},
		{Name: "healthy_below_ms", Value: number(l.Healthy)}, {Name: "degraded_below_ms", Value: number(l.Degraded)}}
	return j
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// statusOf is the status of a verdict that somebody else reached.
func statusOf(v model.Verdict) model.CheckStatus {
	return [...]model.CheckStatus{model.Unknown: model.CheckUnknown, model.Healthy: model.CheckHealthy, model.Degraded: model.CheckDegraded, model.Unhealthy: model.CheckUnhealthy}[v]
}

// Endpoint judges whether a server answers, by its state and by how long the last
// answers to "are you ready" took.
func (l Limits) Endpoint(state model.ServerState, f model.Finding, times Recent) Judgement {
	if state != model.ServerReady || f.Verdict != model.Healthy {
		return Judgement{Status: statusOf(f.Verdict), Message: cmp.Or(f.Reason, state.String()), Folded: true, Told: true, TookMs: model.Missing(model.OutOfReach)}
	}
	if _, n := times.Median(); n == 0 {
		return unknown(model.NotObserved, "not asked yet")
	}
	return l.timed("live and ready", times)
}

// Inference is the evidence about one model version's deep probes.
type Inference struct {
	Trouble model.Trouble
	Finding model.Finding
	Ready   bool // the version is READY
	Runs    uint64
	Times   Recent    // of good probes
	Last    time.Time // when the last probe ended
	Failed  string    // why the last one failed; empty: it was good
	Stale   time.Duration
}

// Inference judges it. A first failure changes nothing: the next probe follows at
// once, and two in a row are a trouble of the model version.
func (l Limits) Inference(e Inference, now time.Time) Judgement {
	switch e.Trouble {
	case model.ServerUnreached:
		return Judgement{Status: model.CheckUnknown, Message: e.Finding.Reason, Folded: true, Told: true, TookMs: model.Missing(model.OutOfReach)}
	case model.CannotInfer, model.ReplicaStalled, model.RepairPending:
		return Judgement{Status: statusOf(e.Finding.Verdict), Message: e.Finding.Reason, Folded: true, Told: true, TookMs: model.Missing(model.NotObserved),
			Details: []model.Detail{{Name: "evidence", Value: FirstLine(e.Finding.Evidence)}}}
	case model.NoTrouble, model.UserErrors:
	}
	if !e.Ready {
		return NotApplicable("not loaded")
	}
	_, n := e.Times.Median()
	switch {
	case n == 0:
		return unknown(model.NotObserved, cmp.Or(e.Failed, "no probe was answered yet"))
	case now.Sub(e.Last) > e.Stale:
		return unknown(model.NotObserved, "the last probe was at "+clock(e.Last))
	}
	j := l.timed("answered as expected", e.Times)
	if e.Failed != "" {
		j.Message += "; the last probe failed and is repeated: " + FirstLine(e.Failed)
	}
	return j
}

// applicationXIDs are errors of the program that used the GPU, not of the GPU.
var applicationXIDs = []float64{13, 31, 43, 45, 68, 69}

// GPU judges whether an expected GPU answers and is sound.
func GPU(g *model.GPU) Judgement {
	j := Judgement{TookMs: model.Missing(model.NoSource), Details: []model.Detail{{Name: "source", Value: g.Source}}}
	switch {
	case g.Finding.Verdict == model.Unhealthy:
		j.Status, j.Message, j.Since, j.Told = model.CheckUnhealthy, g.Finding.Reason, g.Finding.Since, true
		j.Details = append(j.Details, model.Detail{Name: "evidence", Value: g.Finding.Evidence})
	case g.Finding.Verdict != model.Healthy:
		j.Message = g.Finding.Reason
	case g.ECCErrors.Known() && g.ECCErrors.Value > 0:
		j.Status, j.Message = model.CheckUnhealthy, fmt.Sprintf("%.0f uncorrected memory errors since the driver was loaded", g.ECCErrors.Value)
	case g.XID.Known() && g.XID.Value > 0 && !slices.Contains(applicationXIDs, g.XID.Value):
		j.Status, j.Message = model.CheckUnhealthy, fmt.Sprintf("the driver reported XID %.0f", g.XID.Value)
	default:
		j.Status, j.Message = model.CheckHealthy, "answers"
	}
	for _, d := range []struct {
		name string
		f    model.Figure
	}{{"ecc_uncorrected", g.ECCErrors}, {"xid", g.XID}} {
		if d.f.Known() {
			j.Details = append(j.Details, model.Detail{Name: d.name, Value: number(d.f.Value)})
		}
	}
	return j
}

// inAdvance are back-ends and platforms that take the memory of a GPU before they
// need it: a full one says nothing there.
var inAdvance = []string{"vllm", "tensorrtllm", "tensorrt_llm", "tensorflow", "tensorflow_graphdef", "tensorflow_savedmodel"}

// InAdvance says whether a platform or back-end allocates in advance.
func InAdvance(platform string) bool { return slices.Contains(inAdvance, platform) }

// Memory judges the used memory of a GPU. advance names a model that allocates in
// advance there; empty: none does.
func (l Limits) Memory(g *model.GPU, before model.CheckStatus, advance string) Judgement {
	used := g.Mem()
	if !used.Known() {
		return unknown(used.Why, cmp.Or(g.Finding.Reason, used.Why.String()))
	}
	j := l.usage(used.Value, g.MemUsed.Value, g.MemTotal.Value, before)
	if advance != "" && j.Status == model.CheckUnhealthy {
		j.Status = model.CheckDegraded
		j.Message += ", " + advance + " allocates in advance"
	}
	return j
}

// Disk judges the used share of a file system.
func (l Limits) Disk(d model.Disk, before model.CheckStatus) Judgement {
	used := model.Share(d.Used, d.All)
	if !used.Known() {
		return unknown(used.Why, used.Why.String())
	}
	return l.usage(used.Value, d.Used.Value, d.All.Value, before)
}

func (l Limits) usage(share, used, all float64, before model.CheckStatus) Judgement {
	return Judgement{Status: l.sticky(share, before), Message: fmt.Sprintf("%s of %s used", percent(share), gib(all)), TookMs: model.Missing(model.NoSource),
		Details: []model.Detail{{Name: "used_ratio", Value: number(share)}, {Name: "used_bytes", Value: strconv.FormatFloat(used, 'f', 0, 64)},
			{Name: "total_bytes", Value: strconv.FormatFloat(all, 'f', 0, 64)}, {Name: "healthy_below", Value: number(l.Healthy)}, {Name: "degraded_below", Value: number(l.Degraded)}}}
}

func gib(bytes float64) string { return strconv.FormatFloat(bytes/(1<<30), 'f', 0, 64) + " GiB" }

// When a check alerts: so many failures in a row, or that share of so many runs.
const (
	failuresInRow = 3
	runsKept      = 20
	failureShare  = 0.2
)

// Runs are the last runs of a check. A run that found nothing out is none.
type Runs struct {
	failed uint32 // of the last runsKept, the newest in the lowest bit
	n, row int
}

// Add takes one more. Degraded is a failure too.
func (r *Runs) Add(s model.CheckStatus) {
	var bit uint32
	switch s {
	case model.CheckUnknown, model.CheckNotApplicable:
		return
	case model.CheckHealthy:
		r.row = 0
	case model.CheckDegraded, model.CheckUnhealthy:
		r.row++
		bit = 1
	}
	r.failed = (r.failed<<1 | bit) & (1<<runsKept - 1)
	r.n = min(r.n+1, runsKept)
}

// Failing says why the check alerts: "3 in a row", "5 of the last 20"; "" where it
// does not.
func (r Runs) Failing() string {
	fails := 0
	for bits := r.failed; bits != 0; bits &= bits - 1 {
		fails++
	}
	switch {
	case r.row >= failuresInRow:
		return fmt.Sprintf("%d in a row", r.row)
	case r.n == runsKept && float64(fails) >= failureShare*runsKept:
		return fmt.Sprintf("%d of the last %d", fails, runsKept)
	}
	return ""
}

// WithChecks is the verdict over a fleet where some checks are not well: they make
// it worse, never better.
func WithChecks(v model.Verdict, why string, checks []model.Check) (model.Verdict, string) {
	var worst *model.Check
	others := 0 // of the same check
	for i := range checks {
		switch c := &checks[i]; {
		case c.Verdict() > max(v, model.Healthy):
			v, worst, others = c.Verdict(), c, 0
		case worst != nil && c.Name == worst.Name && c.Status == worst.Status:
			others++
		}
	}
	if worst == nil {
		return v, why
	}
	why = worst.Target
	if others > 0 {
		why += fmt.Sprintf(" and %d more", others)
	}
	return v, why + ": " + CheckWords(worst)
}

// CheckWords says what a check found. Of a GPU the words stand alone.
func CheckWords(c *model.Check) string {
	if c.Name == CheckGPU {
		return c.Message
	}
	return c.Name + ": " + c.Message
}
