package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tritop/collectors/probe"
	"tritop/triton"
)

// version names a model version.
type version struct{ model, version string }

func (v version) String() string { return v.model + ":" + v.version }

// readyVersions are those of the index, else of the statistics, which name READY
// ones only.
func (g *grpcSteps) readyVersions() (out []version) {
	for _, m := range g.index.GetModels() {
		if m.GetState() == "READY" {
			out = append(out, version{m.GetName(), m.GetVersion()})
		}
	}
	if g.index == nil {
		for _, m := range g.stats.GetModelStats() {
			out = append(out, version{m.GetName(), m.GetVersion()})
		}
	}
	return out
}

// probes sends each probe of the configuration once to every version that it is
// for, and names the models that have none.
func (g *grpcSteps) probes(ctx context.Context) {
	if g.index == nil && g.stats == nil {
		g.skip("probes", "not sent: neither repository nor statistics say what is READY")
		return
	}
	ready := g.readyVersions()
	var jobs []*job
	for i, s := range g.opt.Probes {
		for _, v := range g.wanted(i, ready) {
			jobs = append(jobs, &job{spec: s, v: v})
		}
	}
	g.send(ctx, jobs)
	for _, j := range jobs {
		g.add(j.check)
	}
	for _, s := range g.opt.Probes {
		g.missing(s, ready)
	}
	g.unprobed(ready)
	if i := slices.IndexFunc(jobs, func(j *job) bool { return j.check.Status == OK }); i >= 0 && g.stats != nil {
		g.readClock(ctx, jobs[i])
	}
}

// job is one probe of one version, and what came of it.
type job struct {
	spec  probe.Spec
	v     version
	began time.Time
	check Check
}

// probesAtOnce is how many probes a server gets at the same time, so that models
// that hang delay the others little.
const probesAtOnce = 4

// send sends all probes and waits for them.
func (g *grpcSteps) send(ctx context.Context, jobs []*job) {
	places := make(chan struct{}, probesAtOnce)
	var all sync.WaitGroup
	for _, j := range jobs {
		all.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			j.began = time.Now()
			j.check = g.probe(ctx, j.spec, j.v)
			j.check.Name, j.check.Took = "probe "+j.v.String(), max(time.Since(j.began), 1)
		})
	}
	all.Wait()
}

// wanted are the READY versions of a probe; one that another probe is pinned to
// is left to that one.
func (g *grpcSteps) wanted(i int, ready []version) (out []version) {
	s := g.opt.Probes[i]
	for _, v := range ready {
		pinned := slices.ContainsFunc(g.opt.Probes, func(o probe.Spec) bool { return o.Model == v.model && o.Version == v.version })
		if s.Model == v.model && (s.Version == v.version || s.Version == "" && !pinned) {
			out = append(out, v)
		}
	}
	return out
}

// missing says why a probe is not sent here: that may be right, or a mistyped name.
func (g *grpcSteps) missing(s probe.Spec, ready []version) {
	has := func(exactly bool) bool {
		return slices.ContainsFunc(ready, func(v version) bool {
			return v.model == s.Model && (!exactly || s.Version == "" || v.version == s.Version)
		})
	}
	switch {
	case has(true):
	case has(false):
		g.add(Check{Name: "probe " + s.Model + ":" + s.Version, Status: Warn, Found: "this version is not READY here", Do: "load it, or change the version of the probe"})
	default:
		g.skip("probe "+s.Model, "not sent: the model is not READY here")
	}
}

// probe sends one probe under its own deadline.
func (g *grpcSteps) probe(parent context.Context, s probe.Spec, v version) Check {
	limit := s.Timeout
	if limit == 0 {
		limit = g.opt.Probe
	}
	ctx, cancel := context.WithTimeout(parent, limit)
	defer cancel()
	req, err := s.Request(v.version, "tritop-doctor")
	if err != nil {
		return Check{Status: Fail, Found: "cannot be sent: " + err.Error(), Do: "correct the probe in the configuration"}
	}
	resp, err := g.client.Infer(ctx, req)
	switch {
	case err != nil && triton.KindOf(err) == triton.TimedOut:
		return Check{Status: Fail, Found: "no answer within " + limit.String(), Do: "is the model hung, or slow? A slow one needs a longer timeout in its probe"}
	case err != nil:
		return probeFailed(err)
	}
	if err := s.Check(v.version, resp); err != nil {
		return Check{Status: Fail, Found: "wrong answer: " + err.Error(), Do: "the model is broken, or the probe is: tritop probe init " + g.target.Spec.Name + " " + s.Model + " records what it answers"}
	}
	return Check{Status: OK, Found: "the right answer"}
}

// probeFailed tells a request that does not fit from a model that cannot infer.
func probeFailed(err error) Check {
	c := failed(err)
	switch kind := triton.KindOf(err); {
	case kind == triton.Invalid:
		c.Do = "correct the inputs of the probe: names, datatypes, shapes"
	case kind == triton.NotReady && (strings.Contains(c.Found, "Exceeds maximum queue size") || strings.Contains(c.Found, "Request timeout expired")):
		c.Status, c.Do = Warn, "the model is busy: more instances, or a longer queue"
	case kind == triton.Internal:
		c.Do = "the model says it is READY and cannot infer: look at the server's log, load it anew"
	}
	return c
}

// readClock learns the server's time: it noted when a probe of ours was served.
func (g *grpcSteps) readClock(parent context.Context, j *job) {
	ctx, cancel := context.WithTimeout(parent, g.opt.Step)
	defer cancel()
	stats, err := g.client.Statistics(ctx)
	if err != nil {
		return
	}
	before := lastOf(g.stats, j.v.model, j.v.version)
	if last := lastOf(stats, j.v.model, j.v.version); !last.IsZero() && !last.Equal(before) {
		g.clock = between("when it served a probe", last, j.began, time.Now(), 10*time.Millisecond)
	}
}

// unprobed names the READY models that no probe is for.
func (g *grpcSteps) unprobed(ready []version) {
	var names []string
	for _, v := range ready {
		if !slices.ContainsFunc(g.opt.Probes, func(s probe.Spec) bool { return s.Model == v.model }) {
			names = append(names, v.model)
		}
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) == 0 {
		return
	}
	g.add(Check{Name: "without probe", Status: OK, Found: fmt.Sprintf("%s by %s own word only: %s", plural(len(names), "model"), its(len(names)), some(names)),
		Do: "tritop probe init " + g.target.Spec.Name + " " + names[0] + " makes a probe, the only health that cannot lie"})
}

func its(n int) string {
	if n == 1 {
		return "its"
	}
	return "their"
}
