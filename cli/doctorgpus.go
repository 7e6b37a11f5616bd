package cli

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"tritop/collectors"
	"tritop/collectors/nvml"
	"tritop/doctor"
	"tritop/model"
)

// gpuChecks are what doctor says of the sources of GPUs beside the servers: the
// driver of this machine, and the exporters of the configuration. All are asked
// side by side. A simulated fleet has none of them.
func (a *app) gpuChecks(ctx context.Context, p plan) []doctor.Check {
	if p.served != nil {
		return nil
	}
	out := make([]doctor.Check, 1+len(p.sources))
	var asking sync.WaitGroup
	asking.Go(func() { out[0] = nvmlCheck(ctx, driverOptions(), hasDriver()) })
	for i, s := range p.asides {
		if e, is := s.Options.(collectors.Exporter); is {
			asking.Go(func() { out[i+1] = sourceCheck(ctx, e) })
		}
		if q, is := s.Options.(collectors.PromLatency); is {
			asking.Go(func() { out[i+1] = latencyCheck(ctx, q) })
		}
	}
	asking.Wait()
	return out
}

// sourcePatience is how long an exporter may take, whatever its interval.
const sourcePatience = 3 * time.Second

// latencyCheck asks a Prometheus server once, and says of which models it knows
// latencies.
func latencyCheck(ctx context.Context, q collectors.PromLatency) doctor.Check {
	q.Every = sourcePatience
	f := q.Look(ctx)
	c := doctor.Check{Name: "source " + model.CleanName(q.Server.Name), Took: max(f.Took, 1)}
	names := make(map[string]bool)
	for _, m := range f.Models {
		names[m.Model] = true
	}
	switch {
	case f.Outcome != model.Answered:
		c.Status, c.Found, c.Do = doctor.Fail, model.CleanText(f.Detail), "correct url, headers or queries of this source; docs/latency.md shows a query"
	case len(names) == 0:
		c.Status, c.Found, c.Do = doctor.Warn, model.CleanText(f.Detail), "try the query in Prometheus itself, with 5m for $window"
	default:
		c.Status, c.Found = doctor.OK, "latencies of "+plural(len(names), "model")+": "+limited(slices.Sorted(maps.Keys(names)))
	}
	return c
}

// sourceCheck reads an exporter once, and says which figures of GPUs it has.
func sourceCheck(ctx context.Context, e collectors.Exporter) doctor.Check {
	e.Every = sourcePatience
	f := e.Look(ctx)
	c := doctor.Check{Name: "source " + model.CleanName(e.Name), Took: max(f.Took, 1)}
	if f.Outcome != model.Answered {
		c.Status, c.Found, c.Do = doctor.Fail, model.CleanText(f.Detail), sourceAdvice(f.Outcome, f.Detail)
		return c
	}
	has, lacks := gpuFigures(f.GPUs)
	c.Status, c.Found = doctor.OK, plural(len(f.GPUs), "GPU")+": "+strings.Join(has, ", ")
	switch {
	case len(has) == 0:
		c.Status, c.Found, c.Do = doctor.Warn, plural(len(f.GPUs), "GPU")+" without one figure that tritop uses", "DCGM_FI_DEV_GPU_UTIL, DCGM_FI_DEV_FB_USED and others in the exporter's list of fields; docs/gpus.md names them"
	case len(lacks) > 0:
		c.Do = "not there: " + strings.Join(lacks, ", ") + "; the exporter's list of fields adds what the GPUs can tell"
	}
	if f.Detail != "" {
		c.Status, c.Found = doctor.Warn, c.Found+"; "+model.CleanText(f.Detail)
	}
	return c
}

// sourceAdvice says what to change of an exporter that told nothing.
func sourceAdvice(o model.Outcome, detail string) string {
	switch {
	case o == model.Refused:
		return "start the exporter, or correct the port of its url; a DCGM exporter listens on 9400 by default"
	case o == model.Unanswered, o == model.TimedOut:
		return "check address, route and firewall: the url must be reachable from here; then the exporter's log"
	case o == model.TLSFailed, strings.Contains(detail, "HTTPS"):
		return "http:// or https:// in its url, as the exporter speaks; this machine must know who signed its certificate"
	case strings.Contains(detail, "answered 401"), strings.Contains(detail, "answered 403"):
		return "headers: {Authorization: {env: VARIABLE}} of this source in the configuration"
	case strings.Contains(detail, "answered 404"):
		return "correct the path of its url: /metrics by default"
	}
	return "correct its url: http://HOST:9400/metrics is a DCGM exporter's by default"
}

// gpuFigures names the figures that any of some GPUs has, and those that none has.
func gpuFigures(gpus []model.GPUSample) (has, lacks []string) {
	for _, k := range []struct {
		word  string
		known func(*model.GPUSample) bool
	}{
		{"utilisation", func(g *model.GPUSample) bool { return g.Util.Known() }},
		{"memory", func(g *model.GPUSample) bool { return g.MemUsed.Known() && g.MemTotal.Known() }},
		{"power", func(g *model.GPUSample) bool { return g.PowerW.Known() }},
		{"power limit", func(g *model.GPUSample) bool { return g.PowerLimitW.Known() }},
		{"temperature", func(g *model.GPUSample) bool { return g.TempC.Known() }},
		{"clock", func(g *model.GPUSample) bool { return g.ClockMHz.Known() }},
		{"ECC errors", func(g *model.GPUSample) bool { return g.ECCErrors.Known() }},
	} {
		found := false
		for i := range gpus {
			found = found || k.known(&gpus[i])
		}
		if found {
			has = append(has, k.word)
		} else {
			lacks = append(lacks, k.word)
		}
	}
	return has, lacks
}

// driverOptions are those of the helper beside tritop; a person waits less long
// than a session.
func driverOptions() nvml.Options {
	helper, err := nvml.Beside()
	if err != nil {
		helper = nvml.HelperName // nothing is found by that either, and that is said
	}
	opt := nvml.DefaultOptions(helper, "this machine")
	opt.First = 10 * time.Second
	return opt
}

// hasDriver says whether a driver of NVIDIA's is loaded here, by the kernel's word.
func hasDriver() bool {
	_, err := os.Stat("/proc/driver/nvidia/version")
	return err == nil
}

// nvmlCheck starts the helper for one sample, and says what the driver answers.
// Where there is no driver, that there is nothing to read is no fault.
func nvmlCheck(parent context.Context, opt nvml.Options, driver bool) doctor.Check {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	facts, done := make(chan model.Fact), make(chan struct{})
	began := time.Now()
	go func() {
		defer close(done)
		_ = nvml.New(opt).Collect(ctx, facts) // what fails is a fact
	}()
	c := doctor.Check{Name: "NVML", Found: "not asked to the end: interrupted"}
	select {
	case f := <-facts:
		if g, is := f.(model.GPUsSampled); is {
			c = driverCheck(g, driver)
			c.Took = max(time.Since(began), 1)
		}
	case <-ctx.Done():
	}
	cancel()
	<-done
	return c
}

func driverCheck(f model.GPUsSampled, driver bool) doctor.Check {
	c := doctor.Check{Name: "NVML", Found: model.CleanText(f.Detail)}
	switch {
	case f.Outcome == model.Answered:
		return driverAnswer(c, f.GPUs)
	case f.Absent && strings.Contains(f.Detail, "this build has no NVML"):
		c.Do = "nothing, where there is no GPU"
		if driver {
			c.Status, c.Do = doctor.Warn, "this machine has a driver: put tritop-nvml into the directory of tritop, or rely on an exporter's and Triton's figures"
		}
	case f.Absent && !driver:
		c.Do = "nothing, where there is no GPU; a container wants the NVIDIA runtime (--gpus all)"
	case f.Absent:
		c.Status, c.Do = doctor.Warn, "this machine has a driver: nvidia-smi says what is wrong with it"
	default:
		c.Status, c.Do = doctor.Warn, driverAdvice(f.Detail)
	}
	return c
}

// driverAnswer says which GPUs the driver names.
func driverAnswer(c doctor.Check, gpus []model.GPUSample) doctor.Check {
	var lost []string
	names := make(map[string]int)
	for i := range gpus {
		names[gpus[i].Name]++
		if gpus[i].Lost != "" {
			lost = append(lost, fmt.Sprintf("GPU %d: %s", gpus[i].Index, gpus[i].Lost))
		}
	}
	has, _ := gpuFigures(gpus)
	c.Status, c.Found = doctor.OK, "the driver answers: "+plural(len(gpus), "GPU")+": "+strings.Join(has, ", ")
	if len(names) == 1 && len(gpus) > 0 && gpus[0].Name != "" {
		c.Found = "the driver answers: " + plural(len(gpus), "GPU") + " (" + gpus[0].Name + "): " + strings.Join(has, ", ")
	}
	if len(lost) > 0 {
		c.Status, c.Found = doctor.Fail, "the driver answers and lost "+strings.Join(lost, "; ")
		c.Do = "look at `dmesg` for Xid: the GPU has to be reset, or the machine restarted"
	}
	return c
}

// driverAdvice says what to do about a helper that fails.
func driverAdvice(detail string) string {
	for _, k := range []struct{ words, do string }{
		{"permission denied", "chmod +x tritop-nvml beside tritop; is its file system mounted noexec?"},
		{"exec format error", "it is built for another machine: make build-nvml on this kind of machine"},
		{"different versions", "the driver was updated: restart the machine"},
		{"hangs", "the driver or a GPU hangs: look at `dmesg` for Xid"},
		{"another version of tritop", "build tritop and tritop-nvml together: make build build-nvml"},
		{"this NVIDIA library cannot be used", "LD_LIBRARY_PATH finds another library of that name"},
		{"symbol lookup error", "it was linked with -z now: build it with make build-nvml"},
	} {
		if strings.Contains(detail, k.words) {
			return k.do
		}
	}
	return "`tritop-nvml 1s` by hand shows what it says; other sources work without it"
}
