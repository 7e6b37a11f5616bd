package ui

import (
	"strings"

	"tritop/model"
	"tritop/ui/columns"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// drawGPUs is the table of GPUs, the hosts, and the charts of the selected GPU.
func (sc *screen) drawGPUs(a grid.Area, s *model.Snapshot) {
	hosts := 0
	if len(s.Hosts) > 0 {
		hosts = min(len(s.Hosts)+1, max(2, a.H/4))
	}
	table, charts := sc.splitCharts(a.Sub(0, 0, a.W, a.H-hosts))
	sc.paneAt(0, table, s)
	if charts.H > 0 && len(s.GPUs) > 0 {
		sc.drawCharts(charts, s, sc.selectedCharted(s))
	}
	if hosts > 0 {
		drawRule(a, a.H-hosts, "hosts", false)
		sc.drawHosts(a.Sub(0, a.H-hosts+1, a.W, hosts-1), s)
	}
}

// drawHosts lists the machines: CPU, memory and disks.
func (sc *screen) drawHosts(a grid.Area, s *model.Snapshot) {
	for y := range min(a.H, len(s.Hosts)) {
		h := &s.Hosts[y]
		l := &draw.Line{A: a, Y: y, X: 3}
		l.Put(h.Name, draw.Plain)
		l.X = max(l.X+2, 24)
		draw.Share(l.Put("CPU ", draw.Muted), h.CPU)
		l.X = max(l.X+2, 36)
		draw.Used(l.Put("memory ", draw.Muted), h.MemUsed, h.MemAll)
		for i := range h.Disks {
			if l.X+30 > a.W {
				break
			}
			l.Gap(3).Put(h.Disks[i].Mount, draw.Muted).Gap(1)
			draw.Used(l, h.Disks[i].Used, h.Disks[i].All)
		}
		if l.X+10 < a.W {
			l.X = a.W - 9
			l.Put(h.Source, draw.Muted)
		}
	}
}

// drawGPU is the detail of one GPU.
func (sc *screen) drawGPU(a grid.Area, s *model.Snapshot) {
	g := gpuOf(s, sc.top().name)
	if g == nil {
		gone(a, "this GPU is not known any more; esc goes back")
		return
	}
	y := sc.drawFinding(a, s, finding{g.UUID, columns.GPUWord(g), &g.Finding})
	f := draw.Facts{Line: draw.Line{A: a, X: 2, Y: y}, A: a}
	f.Pair("host", g.Host, draw.Plain)
	f.Pair("name", g.Name, draw.Plain)
	if g.Index >= 0 {
		f.Label("index", 3).Int(g.Index, draw.Plain)
	}
	if len(g.Servers) > 0 {
		f.Pair("used by", strings.Join(g.Servers, ", "), draw.Plain)
	}
	draw.Share(f.Label("utilisation", 8), g.Util)
	draw.Used(f.Label("memory", 24), g.MemUsed, g.MemTotal)
	draw.Figure(f.Label("power", 16), g.PowerW, " W", draw.Plain)
	draw.Figure(f.Label("limit", 8), g.PowerLimitW, " W", draw.Muted)
	draw.Figure(f.Label("temperature", 8), g.TempC, " °C", draw.Plain)
	draw.Figure(f.Label("SM clock", 10), g.ClockMHz, " MHz", draw.Plain)
	draw.Figure(f.Label("uncorrected ECC errors", 4), g.ECCErrors, "", draw.Plain)
	f.Pair("throttled", g.Throttled, draw.Warning)
	f.Pair("source", g.Source, draw.Muted)
	y = min(f.Y+2, a.H)
	sc.drawStacked(a.Sub(0, y, a.W, a.H-y), s, charted{server: g.Host, gpu: &g.History})
}
