package collectors

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"time"

	"tritop/model"
	"tritop/triton"
	"tritop/triton/pb"
)

// poller asks one server all management questions, one call at a time.
type poller struct {
	target  Target
	client  *triton.Client
	cadence Cadence
	reg     *registry

	connections uint64 // of the last answered round
	identified  uint64 // the connection whose server was asked who it is
	ready       model.Tri
	wantIndex   bool // something changed that the index may explain
	indexAt     time.Time
	indexTook   time.Duration
	statsFails  int // rounds in a row without statistics although the server answers
	roster
	pause
	greeting
}

// roster are the model versions of the server.
type roster struct {
	known    map[version]bool       // READY, by the last statistics (or the index); shared with the probes
	counts   map[version]cumulative // of the last statistics
	describe []version              // whose configuration is still to be read
}

// pause is the rest of the slow calls after one of them timed out.
type pause struct {
	rest      time.Duration // the last one
	restUntil time.Time
}

// greeting is what the port speaks instead of gRPC.
type greeting struct {
	diagnosis   *triton.Fault
	diagnosedAt time.Time // zero: it greets
}

// version names a model version as the server does (not cleaned).
type version struct{ model, version string }

// Name tells collectors apart.
func (p *poller) Name() string { return "poll " + p.target.Spec.Name }

// Collect polls until ctx ends.
func (p *poller) Collect(ctx context.Context, out chan<- model.Fact) error {
	box := &outbox{out: out, source: p.Name(), wait: p.cadence.Poll}
	tick := time.NewTicker(p.cadence.Poll)
	defer tick.Stop()
	for {
		p.round(ctx, box)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// round is one poll and what follows from it.
func (p *poller) round(ctx context.Context, box *outbox) {
	f, raw := p.poll(ctx)
	if ctx.Err() != nil {
		return
	}
	p.reg.answering(f.Outcome == model.Answered)
	box.send(ctx, f)
	if f.Outcome != model.Answered {
		p.ready, p.wantIndex = model.Undecided, true
		return
	}
	if p.connections != f.Connections { // it may be another process, with other configurations
		p.known, p.describe, p.wantIndex = nil, nil, true
	}
	p.connections, p.diagnosedAt = f.Connections, time.Time{}
	p.notice(f, raw)
	p.aside(ctx, box)
}

// poll asks for readiness and all statistics under one deadline. A connection
// that broke is tried again once: the server may have been started anew.
func (p *poller) poll(ctx context.Context) (model.Polled, *pb.ModelStatisticsResponse) {
	f, raw, err := p.ask(ctx)
	if triton.KindOf(err) == triton.Lost {
		if f.Outcome = p.whatListens(ctx); f.Outcome == model.TimedOut {
			f, raw, err = p.ask(ctx)
		} else {
			err = nil
			f.Detail = "the connection broke, and a new one is " + f.Outcome.String()
		}
	}
	if err != nil {
		f.Outcome, f.Detail = outcome(err)
		p.refine(ctx, &f, err)
	}
	if f.Outcome != model.Answered { // half a poll says nothing: what was ready may be gone
		f.Live, f.Ready, f.Counters = model.Undecided, model.Undecided, nil
	}
	f.At = time.Now()
	return f, raw
}

func (p *poller) ask(parent context.Context) (f model.Polled, raw *pb.ModelStatisticsResponse, err error) {
	ctx, cancel := context.WithTimeout(parent, p.cadence.PollDeadline)
	defer cancel()
	began := time.Now()
	f = model.Polled{Answer: model.Answer{Server: p.target.Spec.Name, Outcome: model.Answered}}
	ready, err := p.client.Ready(ctx)
	f.ReadyTook = time.Since(began)
	if err == nil {
		f.Ready, f.Live = model.TriOf(ready), model.Yes
		raw, err = p.statistics(ctx, &f)
	}
	if err == nil && !ready {
		live, liveErr := p.client.Live(ctx)
		if liveErr == nil {
			f.Live = model.TriOf(live)
		}
	}
	f.Took, f.Connections = time.Since(began), p.client.Connections()
	return f, raw, err
}

// statistics reads the counters. A server that refuses that call for good (with
// model namespacing Triton always fails it) still answers the rest.
func (p *poller) statistics(ctx context.Context, f *model.Polled) (*pb.ModelStatisticsResponse, error) {
	raw, err := p.client.Statistics(ctx)
	switch triton.KindOf(err) {
	case triton.Invalid, triton.NotFound, triton.Unsupported, triton.Internal, triton.TooLarge, triton.Restricted:
		if p.statsFails++; p.noStats() { // a model that is just unloaded fails the call once or twice
			f.StatsDetail = "statistics cannot be read: " + model.CleanText(triton.DetailOf(err))
		}
		return nil, nil
	case triton.Other, triton.Refused, triton.Unreachable, triton.TimedOut, triton.Lost, triton.NotTriton, triton.TLSFailed,
		triton.Exiting, triton.NotReady, triton.Cancelled:
	}
	if err != nil {
		return nil, err
	}
	f.Counters, p.statsFails = countersOf(raw), 0
	return raw, nil
}

// noStats says that the statistics call fails for good.
func (p *poller) noStats() bool { return p.statsFails >= 3 }

// callOf says what was being done when a call failed.
func callOf(err error) string {
	var f *triton.Fault
	if errors.As(err, &f) {
		return f.Op
	}
	return "ask the server"
}

// refine asks with a bare connect whether the port still accepts: a time-out of
// a call is "hung" where it does, and says nothing where it does not.
func (p *poller) refine(ctx context.Context, f *model.Polled, err error) {
	switch f.Outcome {
	case model.TimedOut, model.Unanswered, model.Lost:
	case model.OutcomeUnknown, model.Answered, model.Refused, model.Foreign, model.TLSFailed, model.Restricted, model.Exiting,
		model.Malformed, model.WrongAnswer, model.Failed, model.Busy:
		return
	}
	switch o := p.whatListens(ctx); {
	case o == model.TimedOut && f.Outcome == model.Lost: // accepts, and drops us each time
		f.Detail = "a new connection is accepted, but " + f.Detail
		p.diagnose(ctx, f, err)
	case o == model.TimedOut:
		f.Outcome, f.Detail = o, "no answer within "+p.cadence.PollDeadline.String()+" to the call to "+callOf(err)+", though a new connection is accepted"
	case o == model.Unanswered:
		if f.Outcome != model.Unanswered {
			f.Detail = "no answer to the connection attempt"
		}
		f.Outcome = o
	default:
		f.Outcome = o
		f.Detail = "connection " + o.String()
	}
}

// diagnose asks a port that never greets what else it speaks. That is asked
// seldom, and holds for as long as the port does not greet; where it was not
// learned (a busy server may not answer in time) it is asked again soon.
func (p *poller) diagnose(parent context.Context, f *model.Polled, err error) {
	var fault *triton.Fault
	known := p.diagnosis != nil && p.diagnosis.Kind != triton.Lost && !p.diagnosedAt.IsZero() // and no answer since
	if !errors.As(err, &fault) || !fault.Ungreeted && !known || p.target.GRPC.TLS != nil {
		return // it broke before a greeting could come only now and then: that alone says nothing
	}
	again := p.cadence.Index
	if p.diagnosis != nil && p.diagnosis.Kind == triton.Lost {
		again = min(again, 3*p.cadence.Poll)
	}
	if p.diagnosedAt.IsZero() || time.Since(p.diagnosedAt) >= again {
		ctx, cancel := context.WithTimeout(parent, 2*p.cadence.Connect)
		defer cancel()
		kind, detail := triton.Diagnose(ctx, p.target.GRPC.Address)
		p.diagnosis = &triton.Fault{Kind: kind, Detail: detail}
		p.diagnosedAt = time.Now()
	}
	if p.diagnosis.Kind != triton.Lost {
		f.Outcome, f.Detail = outcome(p.diagnosis)
	}
}

// whatListens gives TimedOut where a connect is accepted (so whatever hangs is
// behind it), Refused or Unanswered.
func (p *poller) whatListens(parent context.Context) model.Outcome {
	ctx, cancel := context.WithTimeout(parent, p.cadence.Connect)
	defer cancel()
	err := triton.Connect(ctx, p.target.GRPC.Address)
	switch triton.KindOf(err) {
	case triton.Refused:
		return model.Refused
	case triton.Lost:
		return model.Lost
	case triton.Other, triton.Unreachable, triton.TimedOut, triton.NotTriton, triton.TLSFailed, triton.Restricted, triton.Exiting,
		triton.NotReady, triton.NotFound, triton.Invalid, triton.Unsupported, triton.TooLarge, triton.Internal, triton.Cancelled:
	}
	if err != nil {
		return model.Unanswered
	}
	return model.TimedOut
}

// notice compares a round with the one before: what asks for a new index, what
// is to be described, which versions the probes may use.
func (p *poller) notice(f model.Polled, raw *pb.ModelStatisticsResponse) {
	if f.Ready != p.ready {
		p.ready, p.wantIndex = f.Ready, true
	}
	if raw == nil {
		p.wantIndex = p.wantIndex || p.statsFails == 3 // from now on the index names the versions
		return
	}
	now := make([]version, 0, len(raw.GetModelStats()))
	counts := make(map[version]cumulative, len(raw.GetModelStats()))
	for _, m := range raw.GetModelStats() {
		v := version{m.GetName(), m.GetVersion()}
		now = append(now, v)
		counts[v] = cumulativeOf(m)
		if p.known[v] && counts[v].anew(p.counts[v]) {
			p.again(v)
		}
	}
	p.counts = counts
	p.wantIndex = p.adopt(now) || p.wantIndex
	for _, v := range p.reg.takeReloads() {
		if p.known[v] {
			p.again(v)
		}
	}
}

// adopt takes over the versions that are READY now and says whether they are
// others than before.
func (p *poller) adopt(ready []version) (changed bool) {
	now := make(map[version]bool, len(ready))
	for _, v := range ready {
		if !p.known[v] && !now[v] {
			p.describe = append(p.describe, v)
			changed = true
		}
		now[v] = true
	}
	changed = changed || len(now) != len(p.known)
	p.known = now
	p.reg.set(now)
	return changed
}

func (p *poller) answer(began time.Time, err error) model.Answer {
	a := model.Answer{Server: p.target.Spec.Name, At: time.Now()}
	a.Took = a.At.Sub(began)
	a.Outcome, a.Detail = outcome(err)
	return a
}

// countersOf translates Triton's statistics.
func countersOf(r *pb.ModelStatisticsResponse) []model.Counters {
	out := make([]model.Counters, 0, len(r.GetModelStats()))
	for _, m := range r.GetModelStats() {
		s := m.GetInferenceStats()
		c := model.Counters{Model: model.CleanName(m.GetName()), Version: model.CleanName(m.GetVersion()),
			Success: sum(s.GetSuccess()), Fail: sum(s.GetFail()), Queue: sum(s.GetQueue()),
			Input: sum(s.GetComputeInput()), Infer: sum(s.GetComputeInfer()), Output: sum(s.GetComputeOutput()),
			CacheHit: sum(s.GetCacheHit()), CacheMiss: sum(s.GetCacheMiss()),
			Inferences: m.GetInferenceCount(), Executions: m.GetExecutionCount()}
		if ms := m.GetLastInference(); ms > 0 {
			c.LastInference = time.UnixMilli(int64(ms))
		}
		for _, b := range m.GetBatchStats() {
			c.Batches = append(c.Batches, model.BatchCount{Size: b.GetBatchSize(), Executions: b.GetComputeInfer().GetCount(),
				Ns: b.GetComputeInput().GetNs() + b.GetComputeInfer().GetNs() + b.GetComputeOutput().GetNs()})
		}
		out = append(out, c)
	}
	return out
}

func sum(d *pb.StatisticDuration) model.Sum { return model.Sum{Count: d.GetCount(), Ns: d.GetNs()} }

// address joins a host and a port.
func address(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }

// phase spreads the collectors of a fleet over an interval.
func phase(interval time.Duration) time.Duration { return rand.N(interval) }
