package headless

// document is tritop/check/v1. Its parts that are embedded are flat in the JSON.
type document struct {
	Schema  string   `json:"schema"`
	At      string   `json:"at"`
	Fleet   string   `json:"fleet"`
	Verdict string   `json:"verdict"`
	Reason  string   `json:"reason"`
	Servers []server `json:"servers"`
	machines
	Objectives []objective `json:"objectives"`
	Checks     []check     `json:"checks"`
	Services   []any       `json:"services"`
	Alerts     []alert     `json:"alerts"`
	wholes
	Events  []event  `json:"events"`
	Sources []source `json:"sources"`
	Notices []string `json:"notices"`
}

// finding is a judgement's reason: why, on the strength of what, since when.
type finding struct {
	Reason      string  `json:"reason"`
	Evidence    string  `json:"evidence"`
	Since       *string `json:"since"`
	SinceReason string  `json:"since_reason,omitempty"`
}

type server struct {
	Name  string `json:"name"`
	State string `json:"state"`
	Word  string `json:"word"` // one of the words that people search for
	finding
	answers
	Unproven bool `json:"unproven"`
	place
	Models      []row    `json:"models"`
	Latency     []any    `json:"latency"`                // of the probes of all its models together
	Signals     []signal `json:"signals,omitempty"`      // of the whole server
	SignalsLeft int      `json:"signals_left,omitempty"` // how many of the server's metrics text were not kept
}

// answers are what the server says of itself.
type answers struct {
	Live          *bool   `json:"live"`
	LiveReason    string  `json:"live_reason,omitempty"`
	Ready         *bool   `json:"ready"`
	ReadyReason   string  `json:"ready_reason,omitempty"`
	Version       *string `json:"triton_version"`
	VersionReason string  `json:"triton_version_reason,omitempty"`
	AgeMs         *int64  `json:"age_ms"`
	AgeReason     string  `json:"age_ms_reason,omitempty"`
}

type place struct {
	Region  string `json:"region"`
	Zone    string `json:"zone"`
	Address string `json:"address"`
}

// row is one model version on one server.
type row struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	State   string `json:"state"`
	Verdict string `json:"verdict"`
	finding
	setup
	counts
	work
	users
	Pending       *float64 `json:"pending"`
	PendingReason string   `json:"pending_reason,omitempty"`
	Ensemble      []string `json:"ensemble_steps,omitempty"`
	times
	Signals []signal `json:"signals,omitempty"`
}

// counts are Triton's own counters since the epoch.
type counts struct {
	Epoch          *string           `json:"epoch"`
	EpochReason    string            `json:"epoch_reason,omitempty"`
	Requests       *float64          `json:"requests_total"`
	RequestsReason string            `json:"requests_total_reason,omitempty"`
	Failures       *float64          `json:"failures_total"`
	FailuresReason string            `json:"failures_total_reason,omitempty"`
	Probes         uint64            `json:"probes_total"` // tritop's own: always known
	Batches        map[string]uint64 `json:"batch_sizes"`
	BatchesReason  string            `json:"batch_sizes_reason,omitempty"`
}

// users are about users' requests of the last minute.
type users struct {
	RPS           *float64 `json:"rps"`
	RPSReason     string   `json:"rps_reason,omitempty"`
	Errors        *float64 `json:"error_ratio"`
	ErrorsReason  string   `json:"error_ratio_reason,omitempty"`
	Queue         *float64 `json:"queue_ms_mean"`
	QueueReason   string   `json:"queue_ms_mean_reason,omitempty"`
	Compute       *float64 `json:"compute_ms_mean"`
	ComputeReason string   `json:"compute_ms_mean_reason,omitempty"`
}

type totals struct {
	Servers        int      `json:"servers"`
	Models         int      `json:"models"`
	RPS            *float64 `json:"rps"`
	RPSReason      string   `json:"rps_reason,omitempty"`
	Requests       *float64 `json:"requests_total"`
	RequestsReason string   `json:"requests_total_reason,omitempty"`
	Failures       *float64 `json:"failures_total"`
	FailuresReason string   `json:"failures_total_reason,omitempty"`
	Undescribed    int      `json:"undescribed_versions,omitempty"` // not 0: steps of ensembles may be counted twice
	Latency        []any    `json:"latency"`                        // of the probes of the whole fleet together
}

type event struct {
	Seq     uint64 `json:"seq"`
	At      string `json:"at"`
	Kind    string `json:"kind"`
	Object  string `json:"object"`
	Server  string `json:"server,omitempty"`
	Model   string `json:"model,omitempty"`
	Version string `json:"version,omitempty"`
	GPU     string `json:"gpu,omitempty"`
	From    string `json:"from,omitempty"`
	To      string `json:"to,omitempty"`
	Words   string `json:"words"`
	Detail  string `json:"detail,omitempty"`
	Before  bool   `json:"before,omitempty"` // from before tritop was started
}

type source struct {
	Name         string  `json:"name"`
	Kind         string  `json:"kind"`
	Server       string  `json:"server"`
	LastOK       *string `json:"last_ok"`
	LastOKReason string  `json:"last_ok_reason,omitempty"`
	LastError    string  `json:"last_error"`
	Failures     int     `json:"failures"`
	Dropped      uint64  `json:"dropped"`
	AgeSeconds   *int64  `json:"age_s"`
	AgeReason    string  `json:"age_s_reason,omitempty"`
}
