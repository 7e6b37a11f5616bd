package ui

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"tritop/model"
)

// withMachines gives a snapshot GPUs of each kind: with all figures, with those
// that Triton tells alone, one that is throttled, one of which nothing is known
// and one that is gone; and hosts with disks.
func withMachines(s *model.Snapshot) *model.Snapshot {
	out := *s
	out.GPUs, out.Hosts = nil, nil
	for i := range s.Servers {
		srv := &s.Servers[i]
		for k := range 2 {
			g := model.GPU{UUID: fmt.Sprintf("GPU-%08x-77aa-41f0-9b1c-0242ac1100%02x", 0x9f3a61c5*(2*i+k+1)&0xffffffff, i), Index: -1, Host: srv.Name, Servers: []string{srv.Name}, Source: "triton", At: s.Now}
			busy := 0.35 + 0.1*float64(i) + 0.05*float64(k)
			g.Finding = model.Finding{Verdict: model.Healthy, Since: s.Started}
			g.GPUFigures = model.GPUFigures{Util: model.Of(busy), MemUsed: model.Of(float64(31+4*i) * (1 << 30)), MemTotal: model.Of(80 << 30), PowerW: model.Of(90 + 400*busy),
				PowerLimitW: model.Missing(model.NotObserved), TempC: model.Missing(model.NotObserved), ClockMHz: model.Missing(model.NotObserved), ECCErrors: model.Missing(model.NotObserved)}
			if i == 0 { // NVML tells all
				g.Index, g.Source, g.Name = k, "nvml", "NVIDIA H100 80GB HBM3"
				g.TempC, g.ClockMHz, g.PowerLimitW, g.ECCErrors = model.Of(81+float64(k)), model.Of(1410), model.Of(700), model.Of(0)
				g.Throttled = "too hot (hardware)"
			}
			out.GPUs = append(out.GPUs, fillGPU(g, s, busy))
		}
		out.Hosts = append(out.Hosts, model.Host{Name: srv.Name, Source: "triton", At: s.Now, CPU: model.Of(0.15 + 0.1*float64(i)), MemUsed: model.Of(96 << 30), MemAll: model.Of(256 << 30)})
	}
	out.Hosts[0].Disks = []model.Disk{{Mount: "/", Used: model.Of(210 << 30), All: model.Of(480 << 30)}, {Mount: "/models", Used: model.Of(1.7 * (1 << 40)), All: model.Of(2 << 40)}}
	lost := &out.GPUs[len(out.GPUs)-3]
	lost.Finding = model.Finding{Verdict: model.Unhealthy, Since: s.Now.Add(-20 * time.Second), Reason: "gone: it was seen 20 s ago", Evidence: "the metrics of its server no longer show it"}
	lost.GPUFigures = model.NoGPUFigures(model.NotObserved)
	silent := &out.GPUs[len(out.GPUs)-1]
	silent.Finding = model.Finding{Verdict: model.Unknown, Since: s.Now.Add(-12 * time.Second)}
	silent.GPUFigures = model.NoGPUFigures(model.NotObserved)
	return &out
}

// fillGPU gives a GPU a past that ends now.
func fillGPU(g model.GPU, s *model.Snapshot, busy float64) model.GPU {
	for t := s.Started; !t.After(s.Now); t = t.Add(time.Second) {
		wave := math.Sin(float64(t.Unix()) / 7)
		g.History.Util = g.History.Util.Append(t, max(0, busy+0.1*wave))
		g.History.Mem = g.History.Mem.Append(t, g.MemUsed.Value/g.MemTotal.Value)
		g.History.Power = g.History.Power.Append(t, g.PowerW.Value+30*wave)
		if g.TempC.Known() {
			g.History.Temp = g.History.Temp.Append(t, g.TempC.Value-3*wave)
		}
	}
	return g
}

// Where a source of GPUs fails, every pane of GPUs says which and why, at 80
// columns to the last word; also where there is no GPU left to show.
func TestGPUSourcesThatFailAreSaid(t *testing.T) {
	t.Parallel()
	s := *withMachines(at(t, "normal", 25*time.Second))
	s.GPUNote = "the library libnvidia-ml.so.1 and the kernel module are of different versions: a reboot loads the same"
	s.Sources = append([]model.Source{{Name: "nvml", Kind: "nvml", Failures: 3, LastErr: "the driver does not answer within 2 s; its helper is started again in 30 seconds"}}, s.Sources...)
	none := s
	none.GPUs = nil
	for name, snap := range map[string]*model.Snapshot{"some": &s, "none": &none} {
		for view, z := range map[string]size{"gpus": {80, 24}, "overview": {160, 45}, "wall": {160, 50}} {
			text := strings.Join(strings.Fields(strings.ReplaceAll(frame(t, snap, view, z, Options{}).Text(), "│", "")), " ")
			for _, want := range []string{"source nvml fails: the driver does not answer", "of different versions: a reboot loads the same"} {
				if (view == "gpus" || strings.HasPrefix(want, "source")) && !strings.Contains(text, want) {
					t.Errorf("%s, %s at %s does not say %q:\n%s", name, view, z, want, frame(t, snap, view, z, Options{}).Text())
				}
			}
		}
	}
}

// WHERE counts servers, as SERVING does: over all regions it is the same.
func TestWhereCountsWhatServingCounts(t *testing.T) {
	t.Parallel()
	for _, scenario := range []string{"normal", "ready-lies", "dead-server", "bad-version"} {
		s := at(t, scenario, 40*time.Second)
		var m matrix
		m.prepare(s)
		for i := range s.Models {
			good, all := 0, 0
			for _, c := range m.cells[i*len(m.regions):][:len(m.regions)] {
				good, all = good+c.good, all+c.all
			}
			if one := &s.Models[i]; good != one.Serving || all != one.Servers {
				t.Errorf("%s: %s is served by %d/%d, WHERE says %d/%d", scenario, one.Name, one.Serving, one.Servers, good, all)
			}
		}
	}
}

// What tritop itself asks of a server is counted and said.
func TestOwnLoadIsSaid(t *testing.T) {
	t.Parallel()
	s := at(t, "normal", 90*time.Second)
	for z, want := range map[size]string{{80, 24}: "our own load: index 4, metrics 30, poll 60, probe 72 a minute, busy 1.4 %", {200, 60}: "eu1-gpu-01       index 4, metrics 31, poll 61, probe 119 a minute, busy 2.2 %"} {
		if text := frame(t, s, "sources", z, Options{}).Text(); !strings.Contains(text, want) {
			t.Errorf("%s does not say %q:\n%s", z, want, text)
		}
	}
	if text := frame(t, at(t, "normal", 5*time.Second), "sources", size{80, 24}, Options{}).Text(); !strings.Contains(text, ": not known yet") {
		t.Errorf("after 5 s:\n%s", text)
	}
}
