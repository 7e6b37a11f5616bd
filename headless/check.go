// Package headless gives snapshots without a screen: the JSON of `check` and
// `snapshot`, and plain tables. It formats; it judges nothing.
//
// The JSON is a contract (schema tritop/check/v1): what is not known is null,
// with the reason in a key of the same name and _reason behind it, and never 0.
// Sections whose function comes later are empty lists.
package headless

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"tritop/model"
)

// Schema names the document.
const Schema = "tritop/check/v1"

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
		machines: machinesOf(s), Objectives: objectivesOf(s), Checks: checksOf(s.Checks), Services: []any{}, Alerts: alertsOf(s), Events: []event{}, Sources: []source{}, Notices: notices(s)}
	for i := range s.Servers {
		d.Servers = append(d.Servers, serverOf(&s.Servers[i], s.Now))
	}
	d.Models = fleetModels(s.Models)
	d.Totals = totals{Servers: s.Totals.Servers, Models: s.Totals.Models, Latency: latencies(s.Totals.Latency)}
	d.Totals.RPS, d.Totals.RPSReason = s.Totals.Rate.Told()
	d.Totals.Requests, d.Totals.RequestsReason = s.Totals.Requests.Told()
	d.Totals.Failures, d.Totals.FailuresReason = s.Totals.Failures.Told()
	d.Totals.Undescribed = s.Totals.Undescribed
	for _, e := range s.Events {
		d.Events = append(d.Events, event{e.Seq, stamp(e.At), e.Kind.String(), e.Object(), e.Server, e.Model, e.Version, e.GPU, e.From, e.To, e.Words(), e.Detail, e.Before})
	}
	for _, src := range s.Sources {
		d.Sources = append(d.Sources, sourceOf(src, s.Now))
	}
	return d
}

func serverOf(s *model.Server, now time.Time) server {
	out := server{Name: s.Name, finding: findingOf(s.Finding), Word: s.State.String(), Unproven: s.Unproven, Models: []row{}, Latency: latencies(s.Latency),
		place: place{Region: s.Region, Zone: s.Zone, Address: net.JoinHostPort(s.Host, strconv.Itoa(s.GRPC))}}
	out.State = s.Finding.Verdict.String()
	out.Reason = reason(s)
	out.Live, out.LiveReason = tri(s.Live, orWord(s, "not asked yet"))
	out.Ready, out.ReadyReason = tri(s.Ready, orWord(s, "not asked yet"))
	out.Version, out.VersionReason = known(s.TritonVersion, orWord(s, "the server has not told it"))
	if s.LastAnswer.IsZero() {
		out.AgeReason = "never answered"
	} else {
		age := max(0, now.Sub(s.LastAnswer).Milliseconds())
		out.AgeMs = &age
	}
	for i := range s.Replicas {
		r := rowOf(&s.Replicas[i])
		if len(s.Signals) > 0 {
			r.Signals = signalsOf(s.Signals, s.Replicas[i].Model, s.Replicas[i].Version)
		}
		out.Models = append(out.Models, r)
	}
	out.Signals, out.SignalsLeft = otherSignals(s), s.SignalsLeft
	return out
}

// reason is why a server is as it is.
func reason(s *model.Server) string {
	if s.Unproven {
		return "ready by its own word, no probe"
	}
	return s.Finding.Reason
}

// orWord names a server's state as the reason of what is not known, unless it
// is well; then only the usual reason can be.
func orWord(s *model.Server, usual string) string {
	if s.State == model.ServerReady {
		return usual
	}
	return s.State.String()
}

func findingOf(f model.Finding) finding {
	out := finding{Reason: f.Reason, Evidence: f.Evidence}
	out.Since, out.SinceReason = when(f.Since, "no data")
	return out
}

func rowOf(r *model.Replica) row {
	out := row{Name: r.Model, Version: r.Version, State: r.State.String(), Verdict: r.Finding.Verdict.String(), finding: findingOf(r.Finding),
		setup: setupOf(&r.Setup), counts: countsOf(r), work: workOf(r), Ensemble: r.Steps, times: timesOf(r)}
	if r.Trouble == model.ServerUnreached { // what the index said before is not known now
		out.State = model.ReplicaUnknown.String()
	}
	if out.Reason == "" {
		out.Reason = r.Reason
	}
	out.RPS, out.RPSReason = r.Window.Rate.Told()
	out.Errors, out.ErrorsReason = r.Window.ErrorRatio.Told()
	out.Queue, out.QueueReason = r.Window.QueueMs.Told()
	out.Compute, out.ComputeReason = r.Window.ComputeMs.Told()
	out.Pending, out.PendingReason = r.Pending.Told()
	return out
}

func countsOf(r *model.Replica) counts {
	out := counts{Probes: r.Totals.Probes}
	out.Epoch, out.EpochReason = when(r.Totals.Epoch, model.BeforeUs.String())
	out.Requests, out.RequestsReason = r.Totals.Requests.Told()
	out.Failures, out.FailuresReason = r.Totals.Failures.Told()
	if out.Requests == nil {
		out.BatchesReason = out.RequestsReason
		return out
	}
	out.Batches = make(map[string]uint64)
	for _, b := range r.Batches {
		out.Batches[strconv.FormatUint(b.Size, 10)] = b.Executions
	}
	return out
}

func sourceOf(s model.Source, now time.Time) source {
	out := source{Name: s.Name, Kind: s.Kind, Server: s.Server, LastError: s.LastErr, Failures: s.Failures, Dropped: s.Dropped}
	out.LastOK, out.LastOKReason = when(s.LastOK, "never answered")
	if s.LastOK.IsZero() {
		out.AgeReason = "never answered"
	} else {
		age := int64(max(0, now.Sub(s.LastOK).Seconds()))
		out.AgeSeconds = &age
	}
	return out
}

func tri(t model.Tri, otherwise string) (value *bool, reason string) {
	if t == model.Undecided {
		return nil, otherwise
	}
	b := t == model.Yes
	return &b, ""
}

func known(s, otherwise string) (value *string, reason string) {
	if s == "" {
		return nil, otherwise
	}
	return &s, ""
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func when(t time.Time, otherwise string) (value *string, reason string) {
	if t.IsZero() {
		return nil, otherwise
	}
	s := stamp(t)
	return &s, ""
}
