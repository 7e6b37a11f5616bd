package engine

import (
	"strings"
	"testing"
	"time"

	"tritop/model"
)

// A source that leaves, or is at another address, takes its GPUs along: they are
// not lost. One that stays keeps them, whatever else changes.
func TestSourcesChange(t *testing.T) {
	t.Parallel()
	p := newScript("a")
	source := func(name, where string, every time.Duration) model.SourceSpec {
		return model.SourceSpec{Name: name, Where: where, Every: every}
	}
	change := func(specs ...model.SourceSpec) {
		p.Apply(model.FleetChanged{At: p.now, Fleet: "test", Servers: p.cfg.Servers, Sources: specs})
	}
	look := func(name, uuid string) {
		p.Apply(model.GPUsSampled{Answer: model.Answer{At: p.now, Outcome: model.Answered}, Origin: model.Origin{Source: name, Kind: kindDCGM, Every: time.Second},
			GPUs: []model.GPUSample{driverSample(uuid, 0.5)}})
	}
	shown := func() string {
		var out []string
		for _, g := range p.Snapshot().GPUs {
			out = append(out, g.UUID+" "+g.Finding.Verdict.String())
		}
		return strings.Join(out, ", ")
	}
	one, two := source("dcgm one", "http://h:1/m", time.Second), source("dcgm two", "http://h:2/m", time.Second)
	change(one, two)
	p.seconds(5, func() { p.poll("a", 1, 0); look("dcgm one", "GPU-1"); look("dcgm two", "GPU-2") })
	if got := shown(); got != "GPU-1 HEALTHY, GPU-2 HEALTHY" {
		t.Fatal(got)
	}
	two.Every = 2 * time.Second
	one.Where = "http://i:1/m"
	change(one, two)
	if got := shown(); got != "GPU-2 HEALTHY" {
		t.Errorf("the source at another address left its GPU: %s", got)
	}
	p.seconds(5, func() { look("dcgm one", "GPU-9"); look("dcgm two", "GPU-2") })
	if got := shown(); got != "GPU-2 HEALTHY, GPU-9 HEALTHY" && got != "GPU-9 HEALTHY, GPU-2 HEALTHY" {
		t.Error(got)
	}
	change(two)
	p.seconds(5, func() { look("dcgm two", "GPU-2") })
	s := p.Snapshot()
	if got := shown(); got != "GPU-2 HEALTHY" {
		t.Errorf("the source that left: %s", got)
	}
	wantNoSource(t, s, func(src *model.Source) bool { return src.Name == one.Name })
	told := words(s.Events)
	for _, w := range []string{"dcgm one is read from now on", "dcgm two is read every 2s now", "dcgm one has another address", "dcgm one is not read any more"} {
		if !strings.Contains(told, w) {
			t.Errorf("no event says %q:\n%s", w, told)
		}
	}
	if strings.Contains(told, "lost") {
		t.Errorf("a GPU is lost:\n%s", told)
	}
}
