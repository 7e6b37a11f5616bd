package model

import "time"

// Snapshot is the whole truth at one moment. It and everything that it reaches
// is never written again after it was published; a front end may keep it.
type Snapshot struct {
	Seq     uint64
	Now     time.Time // the moment that it speaks of; frames are drawn against it
	Started time.Time // when the engine took its first fact
	Fleet   string
	Judged
	Servers []Server // in the order of the configuration
	Models  []Model  // by name
	Machines
	Events  []Event  // oldest first, the last 500
	Sources []Source // by name
	Totals  Totals
	Notices []Notice // what is not about the servers: configuration that is not used yet, or cannot be used
	History History  // of the whole fleet
	Kept
}

// Kept is what has to outlive tritop, beside the events.
type Kept struct {
	Buckets  []Bucket // by model: the newest finished one, then the one in work
	Recalled int      // how many facts of that kind the buckets rest on
}

// Judged is what is held of the fleet: what is well, what is not, and why.
type Judged struct {
	Verdict Verdict
	Why     string // the worst finding in one line; empty when healthy
	// Problems are what is not well, worst first, one line per cause: a fault
	// that strikes many model versions of one server, or one version on many
	// servers, stands once.
	Problems   []Problem
	Objectives []ObjectiveState // by model, then in the order of the configuration
	Checks     []Check          // by layer, then name and target
	Alerts     []Alert          // firing ones first, then pending, then resolved of the last hour; each newest first
}

// Server finds a server by name; nil where there is none.
func (s *Snapshot) Server(name string) *Server {
	for i := range s.Servers {
		if s.Servers[i].Name == name {
			return &s.Servers[i]
		}
	}
	return nil
}

// Model finds a model by name; nil where there is none.
func (s *Snapshot) Model(name string) *Model {
	for i := range s.Models {
		if s.Models[i].Name == name {
			return &s.Models[i]
		}
	}
	return nil
}

// ServerSpec is what the configuration says of a server.
type ServerSpec struct {
	Name               string
	Host               string
	GRPC, HTTP, Metric int // ports; 0: not to be asked
	Region, Zone       string
}

// Finding is a judgement with what it rests on.
type Finding struct {
	Verdict  Verdict
	Since    time.Time // since when it is so; zero: not known
	Reason   string    // why, in words, with names; empty when there is nothing to say
	Evidence string    // what was seen: the call, its answer, when
}

// Server is one Triton server as tritop sees it.
type Server struct {
	ServerSpec
	State         ServerState
	Finding       Finding
	Live, Ready   Tri
	TritonVersion string
	LastAnswer    time.Time // of a management poll; zero: never
	Restarted     time.Time // the last restart that tritop saw; zero: none
	Unproven      bool      // ready by its own word: no probe and no traffic proves it
	Replicas      []Replica // by model, then version as a number
	Gauges        []Gauge   // the newest of the metrics text
	Told
	Window  Window    // users' requests on this server, ensemble steps left out
	Latency []Latency // of the probes of all its models together
	History History
}

// Told is what a metrics text tells beside what tritop knows by name.
type Told struct {
	Signals     []Signal // families that no pane knows by name, by model, family, label
	SignalsLeft int      // how many more there are than the SignalLimit that is kept
}

// Replica is one model version on one server.
type Replica struct {
	Server, Model, Version string
	State                  ReplicaState
	Reason                 string // Triton's words for the state
	Trouble                Trouble
	Finding                Finding
	Setup
	StepOf  []string // ensembles on this server that call it
	Totals  Counts
	Batches []BatchCount // cumulative executions by batch size
	Pending Figure       // requests that wait in the queue, from the metrics text
	Window  Window
	Measured
	History History
}

// Measured is how long requests took, by those who measured single ones. What the
// counters say is in the Window. The lists tell of sources that have something to
// tell now; of a source that is in neither nothing is known.
type Measured struct {
	Probe   Probe
	Latency []Latency // of whole requests and first responses: of probes by window, then of Triton's summary and histogram
	Phases  []Latency // of the other phases, by Triton's summaries
}

// Setup is what the model's configuration says.
type Setup struct {
	Platform  string
	MaxBatch  int
	Instances int
	Steps     []string // not empty: an ensemble of these models
}

// Counts are Triton's own counters since Epoch, users, probes and warm-ups
// alike; what Triton does not count is not in them.
type Counts struct {
	Requests, Failures Figure
	Probes             uint64    // tritop's own among them
	Epoch              time.Time // the last restart or reset that tritop saw; zero: counting began before tritop looked
	Life
}

// Window is about users' requests of the last 60 s (or as long as was
// watched: Seconds), own probes subtracted. Means are means, from counters.
type Window struct {
	Seconds    float64
	Requests   uint64
	Failures   uint64
	Rate       Figure // requests per second, successes and failures
	Samples    Figure // inferences per second (a request of batch 8 is eight), probes among them
	ErrorRatio Figure // 0..1, a lower bound: Triton does not count every failure
	MeanMs     Figure // mean request time of successes
	QueueMs    Figure // mean wait in the queue per request
	ComputeMs  Figure // mean compute (input, infer, output) per request
}

// Crowded says whether requests wait longer in the queue than they are computed:
// more of them come than are done. It is no judgement: nobody has set a goal.
func (w *Window) Crowded() bool {
	return w.QueueMs.Known() && w.ComputeMs.Known() && w.QueueMs.Value > w.ComputeMs.Value
}

// Probe is what deep inference says of a replica.
type Probe struct {
	Configured bool
	Runs       uint64    // since the start
	LastAt     time.Time // zero: none yet
	LastOK     time.Time // zero: never
	Last       Outcome
	Detail     string // of the last failure
	FailedRow  int    // consecutive failures
	TookMs     Figure // the last one
	// Over the last 60 s, as in Latency; a percentile that the count does not carry is absent (TooFew).
	N                                 int
	MeanMs, P50, P90, P95, P99, MaxMs Figure
}

// Model is one model over the whole fleet.
type Model struct {
	Name     string
	Versions []string // READY ones, ascending
	Finding  Finding
	Trouble  Trouble
	Servers  int // that list it
	Serving  int // that serve it without trouble
	Window   Window
	Latency  []Latency // of the probes of all servers together, by window; then of Triton's histograms, added up
	Heat     Heat      // of the probes of all servers together
	History  History
	IsStep   bool // a step of an ensemble somewhere
}

// History is the last hour of what the charts show.
type History struct {
	Rate    Series // users' requests per second
	Errors  Series // share of users' requests that failed, 0..1
	Queue   Series // mean ms in the queue
	Compute Series // mean ms of compute
	Probe   Series // ms of deep probes
}

// NewHistory makes an empty history; histories that begin together have different
// turns (NewSeries).
func NewHistory(turn int) History {
	return History{NewSeries(turn), NewSeries(turn + 6), NewSeries(turn + 12), NewSeries(turn + 18), NewSeries(turn + 24)}
}

// Shift moves all its series in time.
func (h History) Shift(by time.Duration) History {
	return History{h.Rate.Shift(by), h.Errors.Shift(by), h.Queue.Shift(by), h.Compute.Shift(by), h.Probe.Shift(by)}
}

// Totals sum the rows of the fleet; what an ensemble made its steps do is not counted again.
type Totals struct {
	Servers, Models    int
	Rate               Figure
	Requests, Failures Figure
	Undescribed        int       // READY versions whose configuration is not known yet: of an ensemble among them the steps count twice
	Latency            []Latency // of the probes of the whole fleet together, by window
}

// Source is the health of one of tritop's own collectors.
type Source struct {
	Name     string // "poll triton-primary"
	Kind     string // poll, metrics, index, probe
	Server   string
	Interval time.Duration
	LastOK   time.Time // zero: never
	LastTry  time.Time
	LastErr  string // empty: the last try was answered in full; beside 0 failures: what was left out of the answer
	Failures int    // consecutive
	Dropped  uint64 // facts dropped because the engine did not keep up
	TookMs   Figure // of the last answer
	Load     OwnLoad
}

// OwnLoad is what a source of tritop's own costs whom it asks.
type OwnLoad struct {
	PerMinute Figure // how often it asked, over the last minute
	Waiting   Figure // share of that time in which it waited for an answer; more than 1 where several were asked at once
}

// Works says whether the collector reads its figures: its last try was answered
// (by a probe's server with an error, too), and that is not long ago.
func (s *Source) Works(now time.Time) bool {
	return s.Failures == 0 && !s.LastOK.IsZero() && (s.Interval == 0 || now.Sub(s.LastOK) <= 3*s.Interval)
}

// Problem is one cause of trouble.
type Problem struct {
	Finding
	Object                 string   // what is broken: "eu1-gpu-03", "bert v2", "6 servers"
	Server, Model, Version string   // where to look first
	Servers                int      // how many servers it strikes
	Versions               int      // how many model versions, where it strikes several of one server
	Regions                []string // of the servers that it strikes, in the order of the configuration; without those that have none
	Objectives             string   // which objectives of the models it breaks, in words; empty: none, or the Reason says it all
	Trend                  Trend    // of the share of users' requests that fail there
	Change                 Event    // what changed just before; Seq 0: nothing that tritop saw
}
