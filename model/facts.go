package model

import "time"

// Fact is something that was observed, in the past tense. Facts are the only
// input of the engine; time is one of them.
//
//sumtype:decl
type Fact interface{ isFact() }

// Answer is what every observation of a server has in common.
type Answer struct {
	Server  string        // the configured name of the server
	At      time.Time     // when the call ended
	Took    time.Duration // how long it took
	Outcome Outcome
	Detail  string // the fault in words for people; empty when answered
}

// Origin says where a sample of machines comes from.
type Origin struct {
	Source string        // the name of the collector, as in the list of sources
	Kind   string        // "nvml", "dcgm", "local"
	Every  time.Duration // how often it reports; after three of them it is not believed any more
}

type (
	// Ticked says that time has passed. Rules that wait (stale, no data) look at it.
	Ticked struct{ Now time.Time }

	// Polled is the management poll: readiness and all statistics, one call in
	// flight per server (defaults: every 1 s, deadline 800 ms).
	Polled struct {
		Answer
		Live, Ready Tri
		ReadyTook   time.Duration // of Took, until it said whether it is ready; 0: not measured alone
		// Connections counts the transport connections made to this server so
		// far; a change says that the connection was made anew.
		Connections uint64
		// Counters is nil when statistics were not read this time. StatsDetail is
		// set when this server can never answer that call, and says why.
		Counters    []Counters
		StatsDetail string
	}

	// Scraped is the metrics text (defaults: every 2 s) and, with it, what a
	// bare TCP connect to the HTTP port said.
	Scraped struct {
		Answer
		Gauges   []Gauge
		Counters []Counters // from nv_inference_*; used where the statistics call cannot answer
		HTTPPort Outcome    // Answered: accepts connections; Refused, Lost: does not; OutcomeUnknown: not asked
		// Families are what no rule and no pane knows by name, in the order of
		// Compare; FamiliesLeft series more were not kept.
		Families     []FamilySample
		FamiliesLeft int
		// Latencies are Triton's summaries and its histogram of first responses.
		Latencies []LatencySample
	}

	// Indexed is the repository index.
	Indexed struct {
		Answer
		Entries []IndexEntry
	}

	// Identified is the server's metadata, read once per connection.
	Identified struct {
		Answer
		TritonVersion string
		Extensions    []string
	}

	// Described is one model's effective configuration, read when a version appears.
	Described struct {
		Answer
		Model, Version string
		Platform       string
		MaxBatch       int
		Instances      int      // sum of the instance groups' counts
		Steps          []string // composing models of an ensemble, one entry per step
		StepVersions   []string // the version that each step is pinned to; "" (or none): the highest that is READY
		Decoupled      bool
	}

	// Probed is one deep inference of one pinned version.
	Probed struct {
		Answer
		Model, Version string
		// Counted says whether Triton counts this probe: as a success (Yes), as
		// a failure (No), or not at all or unknown (Undecided).
		Counted Tri
		Timeout time.Duration // the deadline that it ran under
	}

	// GPUsSampled is one look of a source at all the GPUs that it can see: the
	// driver of tritop's own machine (every 1 s), or an exporter (every 5 s where
	// the configuration says nothing). A GPU that it saw before and does not name
	// any more is gone. Server is empty.
	GPUsSampled struct {
		Answer
		Origin
		Absent bool // there is nothing to read here, which is no fault; Detail says why
		GPUs   []GPUSample
	}

	// HostSampled is what the machine that tritop runs on says of itself (every
	// 2 s). Server is empty.
	HostSampled struct {
		Answer
		Origin
		Host Host // without history
	}

	// FleetChanged says who belongs to the fleet from now on: its configuration
	// or a list of its servers was read again. It comes after the last fact about
	// a server that leaves and before the first about one that joins.
	FleetChanged struct {
		At      time.Time
		Fleet   string
		Servers []ServerSpec // all of them, in the order of the configuration
		Probing
		Objectives []Objective  // all of them, in the order of the configuration
		Sources    []SourceSpec // of their own, beside the servers: all of them
		Notices    []Notice     // all that hold now
		Told       string       // what was read again, for an event of its own; empty: none
	}

	// Recalled says what was kept of requests before this run. What was counted in
	// it comes on top; of a run that was only beside another one, it is replaced.
	Recalled struct {
		At      time.Time
		Buckets []Bucket // by model, oldest first
		Beside  bool
	}

	// Noted says what holds of tritop's own state directory from now on.
	Noted struct {
		At      time.Time
		Notices []Notice // all of them; none: all is well
	}

	// SourceFailed says that a collector itself failed (not the server that it
	// asked), and when it is tried again.
	SourceFailed struct {
		Source  string
		At      time.Time
		Detail  string
		Attempt int
		Retry   time.Time
	}

	// SourceDropped says that facts were dropped because the engine did not keep up.
	SourceDropped struct {
		Source string
		At     time.Time
		Count  int
	}
)

func (Checked) isFact()       {}
func (Asked) isFact()         {}
func (FleetChanged) isFact()  {}
func (Recalled) isFact()      {}
func (Noted) isFact()         {}
func (Ticked) isFact()        {}
func (Polled) isFact()        {}
func (Scraped) isFact()       {}
func (Indexed) isFact()       {}
func (Identified) isFact()    {}
func (Described) isFact()     {}
func (Probed) isFact()        {}
func (GPUsSampled) isFact()   {}
func (HostSampled) isFact()   {}
func (SourceFailed) isFact()  {}
func (SourceDropped) isFact() {}

// Probing says which models have a deep probe configured, and how long the
// longest pause between two probes of one is.
type Probing struct {
	Probed map[string]bool
	Every  time.Duration
}

// Notice is an announcement that is not about the servers: what is not used yet,
// or a file that cannot be used and what holds in its place.
type Notice struct {
	Topic   string // the file or name that it is about; empty: an announcement that nothing ends
	Text    string
	Since   time.Time // since when it is so; zero: from the start
	Verdict Verdict   // Degraded: somebody has to mend it; Unknown: for information
}

// SourceSpec is a source of its own that the configuration names: an exporter.
type SourceSpec struct {
	Name  string // as its facts name it
	Where string // its address, without secrets
	Every time.Duration
}

// Sum is a cumulative count with the nanoseconds that belong to it.
type Sum struct{ Count, Ns uint64 }

// BatchCount is the cumulative number of executions of one batch size and the
// nanoseconds that they computed (input, infer and output together).
type BatchCount struct{ Size, Executions, Ns uint64 }

// Counters are Triton's cumulative figures of one model version on one server.
// Their zero point is the load of the model object (statistics API) or of the
// series (metrics text); they can restart at 0 at any time.
type Counters struct {
	Model, Version         string
	Success, Fail          Sum
	Queue                  Sum
	Input, Infer, Output   Sum
	CacheHit, CacheMiss    Sum
	Inferences, Executions uint64
	LastInference          time.Time // zero: never
	Batches                []BatchCount
}

// Gauge is one value of the metrics text that is not a counter of inference.
// Model and Version are empty for a figure of the whole host; Label is what
// else tells series apart (gpu_uuid, say).
type Gauge struct {
	Name, Model, Version, Label string
	Value                       float64
}

// The gauges that rules and panes know by name.
const (
	GaugePending   = "nv_inference_pending_request_count"
	GaugeCPU       = "nv_cpu_utilization"
	GaugeMemUsed   = "nv_cpu_memory_used_bytes"
	GaugeMemTotal  = "nv_cpu_memory_total_bytes"
	GaugeGPUUtil   = "nv_gpu_utilization"
	GaugeGPUMem    = "nv_gpu_memory_used_bytes"
	GaugeGPUMemAll = "nv_gpu_memory_total_bytes"
	GaugeGPUPower  = "nv_gpu_power_usage" // W
	GaugeGPULimit  = "nv_gpu_power_limit" // W
)

// GPUSample is what one source says of one GPU.
type GPUSample struct {
	UUID  string
	Name  string // the product's; empty where the source does not tell
	Host  string // the machine that it is in
	Index int    // the driver's; -1: not known
	Lost  string // not empty: the source knows the GPU and cannot reach it any more; its own words
	GPUFigures
}

// IndexEntry is one line of the repository index. A model that was never
// loaded has neither version nor state.
type IndexEntry struct {
	Model, Version string
	State          ReplicaState
	Reason         string // Triton's own words, cleaned; may be long and of several lines
}
