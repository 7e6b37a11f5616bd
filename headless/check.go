// Package headless gives snapshots without a screen: the JSON of `check` and
// `snapshot`, and plain tables. It formats; it judges nothing.
//
// The JSON is a contract (schema tritop/check/v1): a figure that is not known is
// null, with the reason in a key of the same name with _reason behind it, and
// never 0. Sections whose function comes later are empty lists.
package headless

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"tritop/model"
)

// Schema names the document.
const Schema = "tritop/check/v1"

type document struct {
	Schema     string   `json:"schema"`
	At         string   `json:"at"`
	Fleet      string   `json:"fleet"`
	Verdict    string   `json:"verdict"`
	Reason     string   `json:"reason"`
	Servers    []server `json:"servers"`
	GPUs       []any    `json:"gpus"`
	Objectives []any    `json:"objectives"`
	Checks     []any    `json:"checks"`
	Services   []any    `json:"services"`
	Alerts     []any    `json:"alerts"`
	Totals     totals   `json:"totals"`
	Events     []event  `json:"events"`
	Sources    []source `json:"sources"`
	Notices    []string `json:"notices"`
}

type server struct {
	Name     string  `json:"name"`
	State    string  `json:"state"`
	Word     string  `json:"word"`
	Reason   string  `json:"reason"`
	Evidence string  `json:"evidence"`
	Since    *string `json:"since"`
	Live     *bool   `json:"live"`
	Ready    *bool   `json:"ready"`
	Unproven bool    `json:"unproven"`
	Version  *string `json:"triton_version"`
	AgeMs    *int64  `json:"age_ms"`
	Region   string  `json:"region"`
	Zone     string  `json:"zone"`
	Address  string  `json:"address"`
	Models   []row   `json:"models"`
}

// row is one model version on one server. Its parts are flat in the JSON.
type row struct {
	Name     string  `json:"name"`
	Version  string  `json:"version"`
	State    string  `json:"state"`
	Verdict  string  `json:"verdict"`
	Reason   string  `json:"reason"`
	Evidence string  `json:"evidence"`
	Since    *string `json:"since"`
	counts
	users
	Pending       *float64  `json:"pending"`
	PendingReason string    `json:"pending_reason,omitempty"`
	Ensemble      []string  `json:"ensemble_steps,omitempty"`
	Latency       []latency `json:"latency"`
}

// counts are Triton's own counters since the epoch.
type counts struct {
	Epoch          *string           `json:"epoch"`
	EpochReason    string            `json:"epoch_reason,omitempty"`
	Requests       *float64          `json:"requests_total"`
	RequestsReason string            `json:"requests_total_reason,omitempty"`
	Failures       *float64          `json:"failures_total"`
	FailuresReason string            `json:"failures_total_reason,omitempty"`
	Probes         uint64            `json:"probes_total"`
	Batches        map[string]uint64 `json:"batch_sizes"`
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

type latency struct {
	Source  string   `json:"source"`
	N       uint64   `json:"n"`
	Window  float64  `json:"window_s"`
	Mean    *float64 `json:"mean_ms,omitempty"`
	P50     *float64 `json:"p50_ms,omitempty"`
	P90     *float64 `json:"p90_ms,omitempty"`
	P95     *float64 `json:"p95_ms,omitempty"`
	P99     *float64 `json:"p99_ms,omitempty"`
	Max     *float64 `json:"max_ms,omitempty"`
	Missing string   `json:"reason,omitempty"`
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
}

type event struct {
	Seq     uint64 `json:"seq"`
	At      string `json:"at"`
	Kind    string `json:"kind"`
	Object  string `json:"object"`
	Server  string `json:"server,omitempty"`
	Model   string `json:"model,omitempty"`
	Version string `json:"version,omitempty"`
	From    string `json:"from,omitempty"`
	To      string `json:"to,omitempty"`
	Words   string `json:"words"`
	Detail  string `json:"detail,omitempty"`
}

type source struct {
	Name       string  `json:"name"`
	Kind       string  `json:"kind"`
	Server     string  `json:"server"`
	LastOK     *string `json:"last_ok"`
	LastError  string  `json:"last_error"`
	Failures   int     `json:"failures"`
	Dropped    uint64  `json:"dropped"`
	AgeSeconds *int64  `json:"age_s"`
}

// JSON writes the state as one document; pretty is for people.
func JSON(w io.Writer, s *model.Snapshot, pretty bool) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if pretty {
		enc.SetIndent("", "  ")
	}
	if err := enc.Encode(documentOf(s)); err != nil {
		return fmt.Errorf("write the state as JSON: %w", err)
	}
	return nil
}

func documentOf(s *model.Snapshot) document {
	d := document{Schema: Schema, At: stamp(s.Now), Fleet: s.Fleet, Verdict: s.Verdict.String(), Reason: s.Why, Servers: []server{},
		GPUs: []any{}, Objectives: []any{}, Checks: []any{}, Services: []any{}, Alerts: []any{}, Events: []event{}, Sources: []source{}, Notices: append([]string{}, s.Notices...)}
	for i := range s.Servers {
		d.Servers = append(d.Servers, serverOf(&s.Servers[i], s.Now))
	}
	d.Totals = totals{Servers: s.Totals.Servers, Models: s.Totals.Models}
	d.Totals.RPS, d.Totals.RPSReason = figure(s.Totals.Rate)
	d.Totals.Requests, d.Totals.RequestsReason = figure(s.Totals.Requests)
	d.Totals.Failures, d.Totals.FailuresReason = figure(s.Totals.Failures)
	for _, e := range s.Events {
		d.Events = append(d.Events, event{e.Seq, stamp(e.At), e.Kind.String(), e.Object(), e.Server, e.Model, e.Version, e.From, e.To, e.Words(), e.Detail})
	}
	for _, src := range s.Sources {
		d.Sources = append(d.Sources, sourceOf(src, s.Now))
	}
	return d
}

func serverOf(s *model.Server, now time.Time) server {
	out := server{Name: s.Name, State: s.Finding.Verdict.String(), Word: s.State.String(), Reason: s.Finding.Reason, Evidence: s.Finding.Evidence,
		Since: when(s.Finding.Since), Live: tri(s.Live), Ready: tri(s.Ready), Unproven: s.Unproven, Region: s.Region, Zone: s.Zone,
		Address: s.Host + ":" + strconv.Itoa(s.GRPC), Models: []row{}}
	if s.Unproven {
		out.Reason = "ready by its own word, no probe"
	}
	if s.TritonVersion != "" {
		out.Version = &s.TritonVersion
	}
	if !s.LastAnswer.IsZero() {
		age := max(0, now.Sub(s.LastAnswer).Milliseconds())
		out.AgeMs = &age
	}
	for i := range s.Replicas {
		out.Models = append(out.Models, rowOf(&s.Replicas[i]))
	}
	return out
}

func rowOf(r *model.Replica) row {
	out := row{Name: r.Model, Version: r.Version, State: r.State.String(), Verdict: r.Finding.Verdict.String(), Reason: r.Finding.Reason, Evidence: r.Finding.Evidence,
		Since: when(r.Finding.Since), counts: counts{Epoch: when(r.Totals.Epoch), Probes: r.Totals.Probes, Batches: map[string]uint64{}}, Ensemble: r.Steps, Latency: []latency{}}
	if r.Trouble == model.ServerUnreached { // what the index said before is not known now
		out.State = model.ReplicaUnknown.String()
	}
	if out.Reason == "" {
		out.Reason = r.Reason
	}
	if out.Epoch == nil {
		out.EpochReason = model.BeforeUs.String()
	}
	for _, b := range r.Batches {
		out.Batches[strconv.FormatUint(b.Size, 10)] = b.Executions
	}
	out.Requests, out.RequestsReason = figure(r.Totals.Requests)
	out.Failures, out.FailuresReason = figure(r.Totals.Failures)
	out.RPS, out.RPSReason = figure(r.Window.Rate)
	out.Errors, out.ErrorsReason = figure(r.Window.ErrorRatio)
	out.Queue, out.QueueReason = figure(r.Window.QueueMs)
	out.Compute, out.ComputeReason = figure(r.Window.ComputeMs)
	out.Pending, out.PendingReason = figure(r.Pending)
	out.Latency = latencies(r)
	return out
}

// latencies names the source of each figure. Triton's counters give a mean and
// no percentile; a percentile that the probes' count cannot carry is left out.
func latencies(r *model.Replica) []latency {
	out := []latency{}
	if p := r.Probe; p.N > 0 {
		l := latency{Source: "probe", N: uint64(p.N), Window: 60}
		l.Mean, _ = figure(p.MeanMs)
		l.P50, _ = figure(p.P50)
		l.P90, _ = figure(p.P90)
		l.P95, _ = figure(p.P95)
		l.P99, _ = figure(p.P99)
		l.Max, _ = figure(p.MaxMs)
		if !p.P99.Known() {
			l.Missing = "percentiles that are left out need more probes (p90 10, p95 20, p99 100)"
		}
		out = append(out, l)
	}
	if r.Window.MeanMs.Known() {
		l := latency{Source: "mean", N: r.Window.Requests, Window: r.Window.Seconds}
		l.Mean, _ = figure(r.Window.MeanMs)
		out = append(out, l)
	}
	return out
}

func sourceOf(s model.Source, now time.Time) source {
	out := source{Name: s.Name, Kind: s.Kind, Server: s.Server, LastOK: when(s.LastOK), LastError: s.LastErr, Failures: s.Failures, Dropped: s.Dropped}
	if !s.LastOK.IsZero() {
		age := int64(max(0, now.Sub(s.LastOK).Seconds()))
		out.AgeSeconds = &age
	}
	return out
}

func figure(f model.Figure) (value *float64, reason string) {
	if !f.Known() {
		return nil, f.Why.String()
	}
	return &f.Value, ""
}

func tri(t model.Tri) *bool {
	if t == model.Undecided {
		return nil
	}
	b := t == model.Yes
	return &b
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func when(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := stamp(t)
	return &s
}
