package engine

import (
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"
	"time"

	"tritop/model"
)

const gpuA, gpuB = "GPU-aaaaaaaa-0000", "GPU-bbbbbbbb-0000"

// gauges is the text of a server with some GPUs, half busy.
func gauges(uuids ...string) []model.Gauge {
	out := []model.Gauge{{Name: model.GaugeCPU, Value: 0.25}, {Name: model.GaugeMemUsed, Value: 40}, {Name: model.GaugeMemTotal, Value: 160}}
	for _, u := range uuids {
		label := "gpu_uuid=" + u
		out = append(out, model.Gauge{Name: model.GaugeGPUUtil, Label: label, Value: 0.5}, model.Gauge{Name: model.GaugeGPUMem, Label: label, Value: 20},
			model.Gauge{Name: model.GaugeGPUMemAll, Label: label, Value: 80}, model.Gauge{Name: model.GaugeGPUPower, Label: label, Value: 300})
	}
	return out
}

// scrape answers with a text, and a poll before it.
func (p *script) scrape(server string, gauges []model.Gauge) {
	p.poll(server, 10, 0)
	a := p.answer(server, model.Answered)
	a.Detail = ""
	p.Apply(model.Scraped{Answer: a, Gauges: gauges})
}

// sample is a look of the driver, whatever comes of it.
func (p *script) sample(kind string, o model.Outcome, gpus ...model.GPUSample) {
	f := model.GPUsSampled{Answer: p.answer("", o), Origin: model.Origin{Source: kind, Kind: kind, Every: time.Second}, GPUs: gpus}
	if o == model.Answered {
		f.Detail = ""
	}
	p.Apply(f)
}

func driverSample(uuid string, util float64) model.GPUSample {
	f := model.NoGPUFigures(model.NoSource)
	f.Util, f.TempC = model.Of(util), model.Of(61)
	return model.GPUSample{UUID: uuid, Name: "H100", Host: "box", Index: 3, GPUFigures: f}
}

func (p *script) gpu(t *testing.T, uuid string) model.GPU {
	t.Helper()
	for _, g := range p.Snapshot().GPUs {
		if g.UUID == uuid {
			return g
		}
	}
	t.Fatalf("no GPU %s in the snapshot", uuid)
	return model.GPU{}
}

// show gives a figure as a short text, with the reason where it is missing.
func show(f model.Figure) string {
	if !f.Known() {
		return f.Why.String()
	}
	return fmt.Sprint(f.Value)
}

// told is what a GPU says in one line.
func told(g model.GPU) string {
	out := fmt.Sprintf("%s %s of %s %v by %s at %s: %s", g.Finding.Verdict, model.ShortGPU(g.UUID), g.Host, g.Servers, g.Source, g.At.Format("15:04:05"), show(g.Util))
	if g.Finding.Reason != "" {
		out += fmt.Sprintf("; since %s %s, %s", g.Finding.Since.Format("15:04:05"), g.Finding.Reason, g.Finding.Evidence)
	}
	return out
}

func (p *script) tells(t *testing.T, uuid, want string) {
	t.Helper()
	if got := told(p.gpu(t, uuid)); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// last is the newest point of a series as a text.
func last(s model.Series) string {
	v, ok := s.Last()
	return fmt.Sprint(v, ok)
}

// gpuEvents are what was told of GPUs.
func (p *script) gpuEvents() (out []string) {
	for _, e := range p.events {
		if e.Kind == model.EventGPU {
			out = append(out, e.Object()+" "+e.Words())
		}
	}
	return out
}

func TestGPUsOfTheMetricsText(t *testing.T) {
	t.Parallel()
	p := newScript("a", "b")
	p.seconds(5, func() { p.scrape("b", gauges(gpuB)); p.scrape("a", gauges(gpuA)) })
	p.tells(t, gpuA, "HEALTHY GPU-aaaaaaaa of a [a] by triton at 14:00:05: 0.5")
	p.tells(t, gpuB, "HEALTHY GPU-bbbbbbbb of b [b] by triton at 14:00:05: 0.5")
	g := p.gpu(t, gpuA)
	got := map[string]string{"index": fmt.Sprint(g.Index), "used": show(g.MemUsed), "total": show(g.MemTotal), "share": show(g.Mem()), "power": show(g.PowerW), "limit": show(g.PowerLimitW),
		"temperature": show(g.TempC), "clock": show(g.ClockMHz), "ECC": show(g.ECCErrors), "throttled": g.Throttled,
		"utils": last(g.History.Util), "mems": last(g.History.Mem), "powers": last(g.History.Power), "temperatures": last(g.History.Temp)}
	none := "not available from this source"
	want := map[string]string{"index": "-1", "used": "20", "total": "80", "share": "0.25", "power": "300", "limit": none,
		"temperature": none, "clock": none, "ECC": none, "throttled": "",
		"utils": "0.5 true", "mems": "0.25 true", "powers": "300 true", "temperatures": "NaN false"}
	if !maps.Equal(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}
	s := p.Snapshot()
	if len(s.GPUs) != 2 || s.GPUs[0].UUID != gpuA || len(s.Hosts) != 2 {
		t.Fatalf("GPUs %+v, hosts %+v", s.GPUs, s.Hosts)
	}
	h := s.Hosts[0]
	if got := strings.Join([]string{h.Name, h.Source, show(h.CPU), show(h.MemUsed), show(h.MemAll), last(h.CPUs), last(h.Mems)}, " "); got != "a triton 0.25 40 160 0.25 true 0.25 true" {
		t.Errorf("host %s", got)
	}
}

func TestAGPUThatIsGoneIsLost(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.seconds(5, func() { p.scrape("a", gauges(gpuA, gpuB)) })
	p.seconds(1, func() { p.scrape("a", gauges(gpuA)) })
	p.tells(t, gpuB, "HEALTHY GPU-bbbbbbbb of a [a] by triton at 14:00:05: 0.5") // one text may be without it
	p.seconds(3, func() { p.scrape("a", gauges(gpuA)) })
	p.tells(t, gpuB, "UNHEALTHY GPU-bbbbbbbb of a [a] by triton at 14:00:05: no data; since 14:00:06 "+
		"GPU lost: the metrics text of a is read and does not name it any more, last figures at 14:00:05Z")
	if g := p.gpu(t, gpuB); g.Any() || last(g.History.Util) != "NaN false" {
		t.Errorf("it goes on in the chart, or has figures: %+v", g)
	}
	if s := p.Snapshot(); s.Verdict != model.Unhealthy || s.Servers[0].Finding.Verdict != model.Healthy || len(s.Problems) != 1 || s.Problems[0].Object != "a GPU-bbbbbbbb" || s.Problems[0].Verdict != model.Unhealthy ||
		s.Problems[0].Evidence != "last figures at 14:00:05Z" {
		t.Errorf("fleet %s, server %+v, problems %+v", s.Verdict, s.Servers[0].Finding, s.Problems)
	}
	p.seconds(2, func() { p.scrape("a", gauges(gpuA, gpuB)) })
	p.tells(t, gpuB, "HEALTHY GPU-bbbbbbbb of a [a] by triton at 14:00:11: 0.5")
	if got := strings.Join(p.gpuEvents(), "; "); got != "a GPU-bbbbbbbb GPU lost; a GPU-bbbbbbbb GPU is back" {
		t.Errorf("events: %s", got)
	}
}

func TestASilentServerMakesItsGPUsUnknownNotLost(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.seconds(5, func() { p.scrape("a", gauges(gpuA)) })
	silent := func() {
		p.Apply(model.Polled{Answer: p.answer("a", model.TimedOut)})
		p.Apply(model.Scraped{Answer: p.answer("a", model.TimedOut)})
	}
	p.seconds(6, silent)
	if g := p.gpu(t, gpuA); !g.Util.Known() {
		t.Error("its figures are missing within three intervals")
	}
	p.seconds(20, silent)
	g := p.gpu(t, gpuA)
	if g.Finding.Verdict != model.Unknown || g.Finding.Reason != "the metrics text of a cannot be read" || g.Any() || g.Util.Why != model.OutOfReach {
		t.Errorf("%+v", g)
	}
	if h := p.Snapshot().Hosts[0]; h.CPU.Known() || h.MemUsed.Known() || h.CPU.Why != model.OutOfReach {
		t.Errorf("its host is %+v", h)
	}
	if len(p.gpuEvents()) > 0 {
		t.Errorf("events %v", p.gpuEvents())
	}
	p.seconds(3, func() { p.scrape("a", gauges()) }) // it answers again, and has it no more
	if g := p.gpu(t, gpuA); g.Finding.Verdict != model.Unhealthy {
		t.Errorf("%+v", g.Finding)
	}
}

func TestTheBestSourceThatAnswersSpeaks(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.seconds(3, func() {
		p.scrape("a", gauges(gpuA))
		p.sample("dcgm", model.Answered, driverSample(gpuA, 0.7))
		p.sample("nvml", model.Answered, driverSample(gpuA, 0.9), driverSample(gpuB, 0.1))
	})
	p.tells(t, gpuA, "HEALTHY GPU-aaaaaaaa of a [a] by nvml at 14:00:03: 0.9")
	p.tells(t, gpuB, "HEALTHY GPU-bbbbbbbb of box [] by nvml at 14:00:03: 0.1")
	p.seconds(5, func() {
		p.scrape("a", gauges(gpuA))
		p.sample("dcgm", model.Answered, driverSample(gpuA, 0.7))
		p.sample("nvml", model.TimedOut)
	})
	p.tells(t, gpuA, "HEALTHY GPU-aaaaaaaa of a [a] by dcgm at 14:00:08: 0.7")
	p.seconds(5, func() { p.scrape("a", gauges(gpuA)); p.sample("dcgm", model.Failed) })
	p.tells(t, gpuA, "HEALTHY GPU-aaaaaaaa of a [a] by triton at 14:00:13: 0.5")
	p.tells(t, gpuB, "UNKNOWN GPU-bbbbbbbb of box [] by nvml at 14:00:03: no data; since 14:00:03 the driver (NVML) cannot be read, last figures at 14:00:03Z")
	if g := p.gpu(t, gpuA); g.Name != "H100" || g.Index != 3 || g.PowerW != model.Of(300) || g.TempC.Known() {
		t.Errorf("identity of all, figures of one: %+v", g)
	}
	if !strings.Contains(fmt.Sprint(p.events), "nvml cannot be read") {
		t.Errorf("no event tells of the source: %v", p.events)
	}
}

// Triton goes on showing a GPU that fell off the bus, with its last figures.
func TestTheDriversWordOfALostGPUStands(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.seconds(3, func() { p.scrape("a", gauges(gpuA)); p.sample("nvml", model.Answered, driverSample(gpuA, 0.9)) })
	gone := driverSample(gpuA, 0)
	gone.Lost, gone.GPUFigures = "the GPU is lost", model.NoGPUFigures(model.NotObserved)
	p.seconds(1, func() { p.scrape("a", gauges(gpuA)); p.sample("nvml", model.Answered, gone) })
	g := p.gpu(t, gpuA)
	if g.Finding.Verdict != model.Unhealthy || g.Finding.Reason != "GPU lost: the driver (NVML) says: the GPU is lost" || !g.Finding.Since.Equal(p.now) || g.Any() {
		t.Errorf("%+v", g)
	}
	since := p.now
	p.seconds(4, func() { p.sample("nvml", model.Answered, gone) })
	if g := p.gpu(t, gpuA); !g.Finding.Since.Equal(since) || g.Finding.Evidence != "last figures at 14:00:03Z" {
		t.Errorf("%+v", g.Finding)
	}
	if got := fmt.Sprint(p.gpuEvents()); got != "[a GPU-aaaaaaaa GPU lost]" {
		t.Errorf("events %s", got)
	}
}

func TestWhatTritonCouldNotReadIsNoFigure(t *testing.T) {
	t.Parallel()
	label := "gpu_uuid=" + gpuA
	p := newScript("a")
	p.seconds(2, func() {
		p.scrape("a", []model.Gauge{{Name: model.GaugeGPUUtil, Label: label}, {Name: model.GaugeGPUMem, Label: label}, {Name: model.GaugeGPUMemAll, Label: label},
			{Name: model.GaugeGPUPower, Label: label}, {Name: model.GaugeCPU, Value: math.NaN()}})
	})
	if g := p.gpu(t, gpuA); g.Any() || g.Finding.Verdict != model.Unknown || g.Finding.Reason != "the metrics text of a has no figures of it" {
		t.Errorf("%+v", g)
	}
	if hosts := p.Snapshot().Hosts; len(hosts) > 0 {
		t.Errorf("a host of which nothing is known: %+v", hosts)
	}
	p.seconds(2, func() { p.scrape("a", []model.Gauge{{Name: model.GaugeGPUUtil, Label: label, Value: 0}}) })
	if g := p.gpu(t, gpuA); g.Util != model.Of(0) || g.MemTotal.Why != model.NoSource { // on such a GPU Triton reads nothing else
		t.Errorf("%+v", g.GPUFigures)
	}
}

func TestATextThatWasCutLosesNoGPU(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	p.seconds(2, func() { p.scrape("a", gauges(gpuA)) })
	p.seconds(5, func() {
		p.poll("a", 10, 0)
		p.Apply(model.Scraped{Answer: p.answer("a", model.Answered), Gauges: gauges()}) // its detail says what was left out
	})
	if g := p.gpu(t, gpuA); g.Finding.Verdict != model.Healthy || !g.Util.Known() {
		t.Errorf("%+v", g)
	}
	p.seconds(5, func() {
		p.poll("a", 10, 0)
		p.Apply(model.Scraped{Answer: p.answer("a", model.Answered), Gauges: gauges()})
	})
	if g := p.gpu(t, gpuA); g.Finding.Verdict != model.Unknown || g.Any() || g.Finding.Reason != "the metrics text of a was not read to its end and does not name it" {
		t.Errorf("long after its last figures: %+v", g)
	}
}

func TestNamesOfGPUsWithoutEndAreBounded(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	n := 0
	p.seconds(40, func() {
		var many []string
		for range 30 {
			n++
			many = append(many, fmt.Sprintf("GPU-%d", n))
		}
		p.scrape("a", gauges(many...))
	})
	if got := len(p.Snapshot().GPUs); got > textGPUs || got < 30 {
		t.Errorf("%d GPUs are kept", got)
	}
	p.seconds(1, func() {
		var many []string
		for range 5000 {
			n++
			many = append(many, fmt.Sprintf("GPU-%d", n))
		}
		p.scrape("a", gauges(many...))
	})
	if got := len(p.Snapshot().GPUs); got != textGPUs {
		t.Errorf("%d GPUs are kept of 5000 at once", got)
	}
}

func TestAMachineWithoutADriverHasANoteAndNoSource(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	absent := model.GPUsSampled{Answer: p.answer("", model.Failed), Origin: model.Origin{Source: "nvml", Kind: "nvml", Every: time.Second}, Absent: true}
	absent.Detail = "this machine has no NVIDIA driver"
	p.seconds(5, func() { p.Apply(absent) })
	s := p.Snapshot()
	if s.GPUNote != absent.Detail || len(s.Sources) > 0 || len(s.Events) > 0 {
		t.Errorf("note %q, sources %+v, events %v", s.GPUNote, s.Sources, s.Events)
	}
	p.seconds(2, func() { p.sample("nvml", model.Answered, driverSample(gpuA, 0.9)) })
	if s := p.Snapshot(); s.GPUNote != "" || len(s.Sources) != 1 || !s.Sources[0].Works(s.Now) || s.Sources[0].Interval != time.Second {
		t.Errorf("with a driver: note %q, sources %+v", s.GPUNote, s.Sources)
	}
}

func TestTheHostOfTritopItself(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	sampled := func() {
		p.Apply(model.HostSampled{Answer: model.Answer{At: p.now, Outcome: model.Answered}, Origin: model.Origin{Source: "host", Kind: "local", Every: 2 * time.Second},
			Host: model.Host{Name: "box", Source: "local", CPU: model.Of(0.5), MemUsed: model.Of(1), MemAll: model.Of(4), Disks: []model.Disk{{Mount: "/", Used: model.Of(3), All: model.Of(4)}}}})
	}
	p.seconds(3, sampled)
	before := p.Snapshot()
	if h := before.Hosts[0]; h.CPU != model.Of(0.5) || len(h.Disks) != 1 || h.CPUs.Len() != 3 || !h.At.Equal(p.now) {
		t.Errorf("%+v", h)
	}
	p.seconds(7, func() {})
	if h := p.Snapshot().Hosts[0]; h.CPU.Known() || h.MemAll.Known() || h.Disks[0].Used.Known() || h.Disks[0].Mount != "/" {
		t.Errorf("after three intervals without a sample: %+v", h)
	}
	if !before.Hosts[0].Disks[0].Used.Known() {
		t.Error("what was published was written again")
	}
}

func TestMachinesOfAServerThatIsObservedNoMore(t *testing.T) {
	t.Parallel()
	p := newScript("a", "b")
	p.seconds(3, func() { p.scrape("a", gauges(gpuA)); p.scrape("b", gauges(gpuA, gpuB)) })
	delete(p.byName, "b")
	p.servers = p.servers[:1]
	p.seconds(1, func() { p.scrape("a", gauges(gpuA)) })
	s := p.Snapshot()
	if len(s.GPUs) != 1 || s.GPUs[0].UUID != gpuA || fmt.Sprint(s.GPUs[0].Servers) != "[a]" || len(s.Hosts) != 1 {
		t.Errorf("GPUs %+v, hosts %+v", s.GPUs, s.Hosts)
	}
	other := *p.servers[0] // another machine under the name
	p.servers[0], p.byName["a"] = &other, &other
	p.seconds(4, func() { p.scrape("a", gauges(gpuB)) })
	if s := p.Snapshot(); len(s.GPUs) != 1 || s.GPUs[0].UUID != gpuB || len(p.gpuEvents()) > 0 {
		t.Errorf("the GPU of the machine before is lost: %+v, %v", s.GPUs, p.gpuEvents())
	}
}
