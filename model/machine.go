package model

import "time"

// Machines are what the servers and tritop run on.
type Machines struct {
	GPUs  []GPU  // by host, then index, then UUID
	Hosts []Host // by name
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
	Throttled   string // why the clock is held down; empty: it is not, or not known
}

// GPUHistory are the series that charts show of a GPU.
type GPUHistory struct {
	Util  Series // 0..1
	Mem   Series // used share, 0..1
	Power Series // W
	Temp  Series // °C
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
	Disks   []Disk
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
