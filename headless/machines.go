package headless

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"tritop/model"
)

// machines are what the servers and tritop run on.
type machines struct {
	GPUs    []gpu  `json:"gpus"`
	GPUNote string `json:"gpus_note,omitempty"` // why the driver of tritop's own machine is not read
	Hosts   []host `json:"hosts"`
}

func machinesOf(s *model.Snapshot) machines {
	out := machines{GPUs: []gpu{}, GPUNote: s.GPUNote, Hosts: []host{}}
	for i := range s.GPUs {
		out.GPUs = append(out.GPUs, gpuOf(&s.GPUs[i], s.Now))
	}
	for i := range s.Hosts {
		out.Hosts = append(out.Hosts, hostOf(&s.Hosts[i], s.Now))
	}
	return out
}

// gpu is one accelerator, by the best source that tells of it.
type gpu struct {
	Server  string   `json:"server"` // the first that names it; "": none does
	Servers []string `json:"servers"`
	Host    string   `json:"host"`
	UUID    string   `json:"uuid"`
	Name    *string  `json:"name"`
	NameR   string   `json:"name_reason,omitempty"`
	Index   *int     `json:"index"`
	IndexR  string   `json:"index_reason,omitempty"`
	State   string   `json:"state"`
	Source  string   `json:"source"`
	finding
	age
	load
	limits
}

// age is how old the newest figures are.
type age struct {
	Age    *int64 `json:"age_ms"`
	Reason string `json:"age_ms_reason,omitempty"`
}

// load is what a GPU does.
type load struct {
	Util     *float64 `json:"util_ratio"`
	UtilR    string   `json:"util_ratio_reason,omitempty"`
	MemUsed  *float64 `json:"memory_used_bytes"`
	MemUsedR string   `json:"memory_used_bytes_reason,omitempty"`
	MemAll   *float64 `json:"memory_total_bytes"`
	MemAllR  string   `json:"memory_total_bytes_reason,omitempty"`
	Power    *float64 `json:"power_w"`
	PowerR   string   `json:"power_w_reason,omitempty"`
	Temp     *float64 `json:"temperature_c"`
	TempR    string   `json:"temperature_c_reason,omitempty"`
}

// limits are what holds it down, and what is broken.
type limits struct {
	PowerLimit  *float64 `json:"power_limit_w"`
	PowerLimitR string   `json:"power_limit_w_reason,omitempty"`
	Clock       *float64 `json:"sm_clock_mhz"`
	ClockR      string   `json:"sm_clock_mhz_reason,omitempty"`
	ECC         *float64 `json:"ecc_errors_uncorrected"`
	ECCR        string   `json:"ecc_errors_uncorrected_reason,omitempty"`
	Throttled   string   `json:"throttled"`
}

// host is one machine.
type host struct {
	Name   string `json:"name"`
	Source string `json:"source"`
	age
	CPU      *float64 `json:"cpu_ratio"`
	CPUR     string   `json:"cpu_ratio_reason,omitempty"`
	MemUsed  *float64 `json:"memory_used_bytes"`
	MemUsedR string   `json:"memory_used_bytes_reason,omitempty"`
	MemAll   *float64 `json:"memory_total_bytes"`
	MemAllR  string   `json:"memory_total_bytes_reason,omitempty"`
	Disks    []disk   `json:"disks"`
}

type disk struct {
	Mount string   `json:"mount"`
	Used  *float64 `json:"used_bytes"`
	UsedR string   `json:"used_bytes_reason,omitempty"`
	All   *float64 `json:"total_bytes"`
	AllR  string   `json:"total_bytes_reason,omitempty"`
}

func gpuOf(g *model.GPU, now time.Time) gpu {
	out := gpu{Servers: append([]string{}, g.Servers...), Host: g.Host, UUID: g.UUID, State: g.Finding.Verdict.String(), Source: g.Source,
		finding: findingOf(g.Finding), age: ageOf(g.At, now)}
	if len(g.Servers) > 0 {
		out.Server = g.Servers[0]
	}
	out.Name, out.NameR = known(g.Name, model.NoSource.String())
	out.IndexR = model.NoSource.String()
	if g.Index >= 0 {
		out.Index, out.IndexR = &g.Index, ""
	}
	out.Util, out.UtilR = g.Util.Told()
	out.MemUsed, out.MemUsedR = g.MemUsed.Told()
	out.MemAll, out.MemAllR = g.MemTotal.Told()
	out.Power, out.PowerR = g.PowerW.Told()
	out.Temp, out.TempR = g.TempC.Told()
	out.PowerLimit, out.PowerLimitR = g.PowerLimitW.Told()
	out.Clock, out.ClockR = g.ClockMHz.Told()
	out.ECC, out.ECCR = g.ECCErrors.Told()
	out.Throttled = g.Throttled
	return out
}

func ageOf(at, now time.Time) age {
	if at.IsZero() {
		return age{Reason: model.NotObserved.String()}
	}
	ms := max(0, now.Sub(at).Milliseconds())
	return age{Age: &ms}
}

func hostOf(h *model.Host, now time.Time) host {
	out := host{Name: h.Name, Source: h.Source, age: ageOf(h.At, now), Disks: []disk{}}
	out.CPU, out.CPUR = h.CPU.Told()
	out.MemUsed, out.MemUsedR = h.MemUsed.Told()
	out.MemAll, out.MemAllR = h.MemAll.Told()
	for _, d := range h.Disks {
		one := disk{Mount: d.Mount}
		one.Used, one.UsedR = d.Used.Told()
		one.All, one.AllR = d.All.Told()
		out.Disks = append(out.Disks, one)
	}
	return out
}

// gpuLines writes one line per GPU, those that are not well first with why.
func gpuLines(b *strings.Builder, s *model.Snapshot) {
	if len(s.GPUs) == 0 {
		return
	}
	width := len("HOST")
	for i := range s.GPUs {
		width = max(width, utf8.RuneCountInString(s.GPUs[i].Host))
	}
	fmt.Fprintf(b, "\n%-12s %-*s UTIL %%  MEMORY GiB  POWER W TEMP C SOURCE VERDICT\n", "GPU", width, "HOST")
	for _, well := range []bool{false, true} {
		for i := range s.GPUs {
			if g := &s.GPUs[i]; (g.Finding.Verdict == model.Healthy) == well {
				gpuLine(b, g, width, s.Now)
			}
		}
	}
}

func gpuLine(b *strings.Builder, g *model.GPU, width int, now time.Time) {
	memory := "-"
	if g.MemUsed.Known() && g.MemTotal.Known() {
		memory = fmt.Sprintf("%.1f/%.0f", g.MemUsed.Value/(1<<30), g.MemTotal.Value/(1<<30))
	}
	util := g.Util
	util.Value *= 100
	fmt.Fprintf(b, "%-12s %-*s %6s %11s %8s %6s %-6s %s\n", model.ShortGPU(g.UUID), width, g.Host, whole(util), memory, whole(g.PowerW), whole(g.TempC), g.Source, g.Finding.Verdict)
	if g.Finding.Verdict != model.Healthy {
		text := g.Finding.Reason
		if !g.Finding.Since.IsZero() {
			text += ", for " + Age(now.Sub(g.Finding.Since))
		}
		wrapped(b, "  ", text, 4)
	}
}

// whole prints a figure without decimals; "-" where it is not known.
func whole(f model.Figure) string {
	if !f.Known() {
		return "-"
	}
	return fmt.Sprintf("%.0f", f.Value)
}
