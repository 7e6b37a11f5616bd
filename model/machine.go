package model

import (
	"strings"
	"time"
)

// Machines are what the servers and tritop run on.
type Machines struct {
	GPUs  []GPU  // by host, then index, then UUID
	Hosts []Host // by name
	// GPUNote says why the GPUs of tritop's own machine are not read from their
	// driver; empty: they are, or nobody tried (a simulated fleet).
	GPUNote string
}

// GPU finds a GPU by its UUID; nil where there is none.
func (m *Machines) GPU(uuid string) *GPU {
	for i := range m.GPUs {
		if m.GPUs[i].UUID == uuid {
			return &m.GPUs[i]
		}
	}
	return nil
}

// GPU is one accelerator, whatever tells of it: the driver on this machine
// (nvml), an exporter (dcgm) or a Triton server's own metrics (triton). What
// names the same UUID is the same GPU, and the best source speaks.
type GPU struct {
	UUID    string
	Name    string // the product's; empty where the source does not tell
	Index   int    // the driver's; -1: not known
	Host    string // the server that names it, else the machine or exporter
	Servers []string
	Source  string    // "nvml", "dcgm", "triton"
	At      time.Time // of the newest figures
	Finding Finding   // Unhealthy: it was seen and is gone
	GPUFigures
	History GPUHistory
}

// GPUFigures are what is known of a GPU now; what the source does not give is
// missing, never 0.
type GPUFigures struct {
	Util        Figure // 0..1
	MemUsed     Figure // bytes, of the whole GPU
	MemTotal    Figure // bytes
	PowerW      Figure
	PowerLimitW Figure
	TempC       Figure
	ClockMHz    Figure // of the SMs
	ECCErrors   Figure // uncorrected, since the driver was loaded
	XID         Figure // the last error that the driver reported; 0: none
	Throttled   string // why the clock is held down; empty: it is not, or not known
}

// NoGPUFigures are figures that are all missing for the same reason.
func NoGPUFigures(why Absence) GPUFigures {
	m := Missing(why)
	return GPUFigures{Util: m, MemUsed: m, MemTotal: m, PowerW: m, PowerLimitW: m, TempC: m, ClockMHz: m, ECCErrors: m, XID: m}
}

// Any says whether at least one figure is known.
func (f GPUFigures) Any() bool {
	return f.Util.Known() || f.MemUsed.Known() || f.MemTotal.Known() || f.PowerW.Known() || f.PowerLimitW.Known() || f.TempC.Known() ||
		f.ClockMHz.Known() || f.ECCErrors.Known()
}

// Mem is the used share of the memory, 0..1.
func (f GPUFigures) Mem() Figure { return Share(f.MemUsed, f.MemTotal) }

// throttles are the driver's reasons that hold a clock down against the wish of
// the work; an idle GPU and clocks that were set so are none.
var throttles = []struct {
	bit   uint64
	words string
}{
	{1 << 2, "power cap"},
	{1 << 4, "sync boost"},
	{1 << 5, "too hot (driver)"},
	{1 << 6, "too hot (hardware)"},
	{1 << 7, "power brake"},
}

// hwSlowdown is the sum of the hardware's reasons, set beside the one that it is.
const hwSlowdown = 1 << 3

// ThrottleWords says in words what the bits of the driver's "clocks event
// reasons" mean that hold a clock down; "" where none of them does.
func ThrottleWords(bits uint64) string {
	var out []string
	for _, t := range throttles {
		if bits&t.bit != 0 {
			out = append(out, t.words)
		}
	}
	if bits&hwSlowdown != 0 && bits&(1<<6|1<<7) == 0 {
		out = append(out, "hardware slowdown")
	}
	return strings.Join(out, ", ")
}

// ShortGPU cuts a UUID to what tells GPUs apart in a line: "GPU-951eeeeb".
func ShortGPU(uuid string) string {
	const most = 12
	if rs := []rune(uuid); len(rs) > most {
		return string(rs[:most])
	}
	return uuid
}

// GPUHistory are the series that charts show of a GPU.
type GPUHistory struct {
	Util  Series // 0..1
	Mem   Series // used share, 0..1
	Power Series // W
	Temp  Series // °C
}

// Shift moves all its series in time.
func (h GPUHistory) Shift(by time.Duration) GPUHistory {
	return GPUHistory{h.Util.Shift(by), h.Mem.Shift(by), h.Power.Shift(by), h.Temp.Shift(by)}
}

// Host is one machine: a server's by Triton's own metrics, or the one that
// tritop runs on.
type Host struct {
	Name    string
	Source  string // "triton", "local"
	At      time.Time
	CPU     Figure // 0..1 of all cores
	MemUsed Figure // bytes
	MemAll  Figure
	Disks   []Disk // of the machine that tritop runs on only
	CPUs    Series // history of CPU, 0..1
	Mems    Series // history of the used share of memory, 0..1
}

// Disk is one file system of a host.
type Disk struct {
	Mount     string
	Used, All Figure // bytes
}

// Signal is a figure of the metrics text that tritop does not know by meaning,
// or knows only as a back-end's own: waiting requests, use of the KV cache, time
// to first token.
type Signal struct {
	Family         string // the metric's name as Triton prints it
	Help           string // the text's own words; empty: none
	Server         string
	Label          string // what tells series of one family apart, `type="waiting"`
	Model, Version string // empty: of the whole server
	Kind           SignalKind
	Value          Figure // of a gauge its value, of a counter its rate per second over 60 s, of a histogram or summary its mean over 60 s
	History        Series
}

// SignalKind says what the value of a signal is.
type SignalKind int

// The kinds of signals.
const (
	SignalGauge SignalKind = iota
	SignalRate             // a counter, as a rate per second
	SignalMean             // a histogram or summary: the mean of what was observed. It is no percentile.
)

// String gives the word that screens show.
func (k SignalKind) String() string { return [...]string{"gauge", "per second", "mean"}[k] }
