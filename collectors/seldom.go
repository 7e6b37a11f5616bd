package collectors

import (
	"context"
	"strconv"
	"time"

	"tritop/model"
	"tritop/triton/pb"
)

// What is asked seldom. Triton serves all management calls on one thread, one
// after another, and goes on with one that we gave up: a slow call makes the
// next polls late, and a slow call that is repeated at once hangs the server's
// management for good. So a round has time for one slow call at most, and after
// a time-out the slow calls rest, longer each time.

// restLimit is the longest rest of the slow calls.
const restLimit = 2 * time.Minute

// indexShare bounds the share of Triton's time that the index may take: after
// one that took a second, none for four seconds.
const indexShare = 4

// describeLimit is how many configurations one round may read, so that a server
// with thousands of models still answers others.
const describeLimit = 128

// aside asks in the rest of a round who the server is, what its repository
// holds and how its model versions are configured, as far as that is due.
func (p *poller) aside(ctx context.Context, box *outbox) {
	end := time.Now().Add(p.cadence.Poll / 4)
	goes := func() bool {
		now := time.Now()
		return ctx.Err() == nil && now.Before(end) && !now.Before(p.restUntil)
	}
	if p.identified != p.connections && goes() {
		p.identify(ctx, box)
	}
	if p.indexDue() && goes() {
		p.index(ctx, box)
	}
	for n := 0; n < describeLimit && len(p.describe) > 0 && goes(); n++ {
		p.describeNext(ctx, box)
	}
}

// tired books how a slow call ended and says whether it is to be asked again.
func (p *poller) tired(o model.Outcome) (again bool) {
	switch o {
	case model.TimedOut:
		p.rest = min(max(2*p.rest, p.cadence.IndexUnready), restLimit)
		p.restUntil = time.Now().Add(p.rest)
		return true
	case model.Answered:
		p.rest = 0
		return false
	case model.Refused, model.Unanswered, model.Lost, model.Exiting:
		return true
	case model.OutcomeUnknown, model.Foreign, model.TLSFailed, model.Restricted, model.Malformed, model.WrongAnswer, model.Failed, model.Busy:
	}
	return false
}

// indexDue says whether the repository index is to be read now.
func (p *poller) indexDue() bool {
	due := p.cadence.Index
	switch {
	case p.wantIndex:
		due = 0
	case p.ready == model.No:
		due = p.cadence.IndexUnready
	}
	return time.Since(p.indexAt) >= max(due, indexShare*p.indexTook)
}

func (p *poller) index(parent context.Context, box *outbox) {
	ctx, cancel := context.WithTimeout(parent, p.cadence.SlowCall)
	defer cancel()
	began := time.Now()
	resp, err := p.client.Index(ctx)
	f := model.Indexed{Answer: p.answer(began, err)}
	for _, m := range resp.GetModels() {
		f.Entries = append(f.Entries, model.IndexEntry{Model: model.CleanName(m.GetName()), Version: model.CleanName(m.GetVersion()),
			State: model.ParseReplicaState(m.GetState()), Reason: model.CleanText(m.GetReason())})
	}
	p.wantIndex = p.tired(f.Outcome)
	p.indexAt, p.indexTook = f.At, f.Took
	if err == nil && p.noStats() {
		p.adopt(readyVersions(resp))
	}
	box.send(parent, f)
}

func readyVersions(resp *pb.RepositoryIndexResponse) []version {
	var out []version
	for _, m := range resp.GetModels() {
		if m.GetState() == model.ReplicaReady.String() {
			out = append(out, version{m.GetName(), m.GetVersion()})
		}
	}
	return out
}

func (p *poller) identify(parent context.Context, box *outbox) {
	ctx, cancel := context.WithTimeout(parent, p.cadence.SlowCall)
	defer cancel()
	began := time.Now()
	resp, err := p.client.ServerMetadata(ctx)
	f := model.Identified{Answer: p.answer(began, err), TritonVersion: model.CleanName(resp.GetVersion())}
	for _, e := range resp.GetExtensions() {
		f.Extensions = append(f.Extensions, model.CleanName(e))
	}
	if !p.tired(f.Outcome) {
		p.identified = p.connections
	}
	box.send(parent, f)
}

// describeNext reads one configuration of those that are still to be read.
func (p *poller) describeNext(parent context.Context, box *outbox) {
	v := p.describe[0]
	p.describe = p.describe[1:]
	if !p.known[v] {
		return // it went before its turn came
	}
	ctx, cancel := context.WithTimeout(parent, p.cadence.SlowCall)
	defer cancel()
	began := time.Now()
	c, err := p.client.ModelConfig(ctx, v.model, v.version)
	f := model.Described{Answer: p.answer(began, err), Model: model.CleanName(v.model), Version: model.CleanName(v.version)}
	if err == nil {
		describeInto(&f, c)
		p.reg.describe(v, f.Platform, c)
	}
	if p.tired(f.Outcome) {
		p.describe = append(p.describe, v)
	}
	box.send(parent, f)
}

func describeInto(f *model.Described, c *pb.ModelConfig) {
	f.Platform, f.MaxBatch = model.CleanName(c.GetPlatform()), int(c.GetMaxBatchSize())
	if f.Platform == "" {
		f.Platform = model.CleanName(c.GetBackend())
	}
	for _, g := range c.GetInstanceGroup() {
		f.Instances += int(g.GetCount()) * max(1, len(g.GetGpus()))
	}
	for _, s := range c.GetEnsembleScheduling().GetStep() {
		pinned := ""
		if v := s.GetModelVersion(); v >= 0 {
			pinned = strconv.FormatInt(v, 10)
		}
		f.Steps, f.StepVersions = append(f.Steps, model.CleanName(s.GetModelName())), append(f.StepVersions, pinned)
	}
	f.Decoupled = c.GetModelTransactionPolicy().GetDecoupled()
}
