package collectors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"tritop/collectors/checks"
	"tritop/collectors/probe"
	"tritop/health"
	"tritop/internal/sleep"
	"tritop/model"
	"tritop/triton"
	"tritop/triton/pb"
)

// Quality says how golden sets are run: each on every READY version of its model,
// every so often, each case twice.
type Quality struct {
	Sets     []probe.Golden
	Every    time.Duration
	Timeout  time.Duration // of a whole set
	Critical bool
	Limits   health.Limits
}

// judge runs the golden sets of one server.
type judge struct {
	Quality
	target Target
	client *triton.Client
	reg    *registry
	n      int // inferences so far
}

// Name tells collectors apart.
func (j *judge) Name() string { return "quality " + j.target.Spec.Name }

// unknownYet is how soon is looked again where no version of a model is known yet.
const unknownYet = 500 * time.Millisecond

// Collect judges until ctx ends, one set after the other.
func (j *judge) Collect(ctx context.Context, out chan<- model.Fact) error {
	box := &outbox{out: out, source: j.Name(), wait: j.Timeout}
	for wait := rand.N(unknownYet); sleep.For(ctx, wait); {
		began, some := time.Now(), false
		for i := range j.Sets {
			for _, v := range j.reg.versions(probe.Spec{Model: j.Sets[i].Model}) {
				if j.reg.form(v) == nil { // a poll or two later
					continue
				}
				some = true
				f := j.judge(ctx, box, &j.Sets[i], v)
				if ctx.Err() == nil { // else what it found is of a half run
					box.send(ctx, f)
				}
			}
		}
		if wait = unknownYet; some {
			wait = max(0, checks.Jitter(j.Every)-time.Since(began))
		}
	}
	return nil
}

// judge runs one set on one version.
func (j *judge) judge(parent context.Context, box *outbox, set *probe.Golden, v version) model.Checked {
	ctx, cancel := context.WithTimeout(parent, j.Timeout)
	defer cancel()
	began := time.Now()
	name, number, server := model.CleanName(v.model), model.CleanName(v.version), j.target.Spec.Name
	f := model.Checked{Every: j.Every, Timeout: j.Timeout, Version: number, Check: model.Check{Name: health.CheckQuality, Layer: model.Business,
		Target: name + " v" + number + " on " + server, Server: server, Model: name, Critical: j.Critical}}
	marks, err := j.run(ctx, box, set, v)
	f.At = time.Now()
	f.TookMs = model.Of(float64(f.At.Sub(began)) / 1e6)
	switch {
	case ctx.Err() != nil:
		f.Status, f.Message = model.CheckUnhealthy, fmt.Sprintf("no answer within %s, after %d of %d cases", j.Timeout, marks.cases, len(set.Cases))
	case err != nil:
		f.Message = model.CleanText(err.Error())
	default:
		f.Status, f.Message, f.Details = marks.judged(j.Limits)
	}
	return f
}

// marks are what a golden set has shown.
type marks struct {
	cases         int
	right, wanted int // expected outputs
	same          int // cases that gave the same twice
	first         string
}

// judged gives the score: the mean of accuracy and consistency.
func (m marks) judged(limits health.Limits) (model.CheckStatus, string, []model.Detail) {
	accuracy, consistency := float64(m.right)/float64(m.wanted), float64(m.same)/float64(m.cases)
	score := (accuracy + consistency) / 2
	text := func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
	details := []model.Detail{{Name: "score", Value: text(score)}, {Name: "accuracy", Value: text(accuracy)}, {Name: "consistency", Value: text(consistency)},
		{Name: "cases", Value: strconv.Itoa(m.cases)}, {Name: "outputs", Value: strconv.Itoa(m.wanted)}}
	message := fmt.Sprintf("%d of %d outputs right, %d of %d cases the same twice", m.right, m.wanted, m.same, m.cases)
	if m.first != "" {
		message += "; first " + m.first
		details = append(details, model.Detail{Name: "first_wrong", Value: m.first})
	}
	return limits.Above(score), message, details
}

// errNotReached says that nothing can be said of a model's quality now.
var errNotReached = errors.New("the server gives no answer")

// run asks all cases. An error says why nothing is known.
func (j *judge) run(ctx context.Context, box *outbox, set *probe.Golden, v version) (m marks, err error) {
	if up, _ := j.reg.look(); !up {
		return m, errNotReached
	}
	for i, c := range set.Cases {
		if err := c.Fits(j.reg.form(v)); err != nil {
			return m, fmt.Errorf("the golden set does not fit the model: case %d: %w", i+1, err)
		}
	}
	for i, c := range set.Cases {
		first, err := j.ask(ctx, box, c, v)
		if unreached(err) || ctx.Err() != nil {
			return m, errNotReached
		}
		second, again := j.ask(ctx, box, c, v)
		if unreached(again) || ctx.Err() != nil {
			return m, errNotReached
		}
		m.mark(i, c, v, [2]*pb.ModelInferResponse{first, second}, cmp.Or(err, again))
	}
	return m, nil
}

// mark counts one case; err is that of an inference that failed.
func (m *marks) mark(i int, c probe.Spec, v version, answers [2]*pb.ModelInferResponse, err error) {
	m.cases++
	m.wanted += len(c.Expect)
	if answers[0] != nil {
		right, wrong := c.Right(v.version, answers[0])
		m.right += right
		err = cmp.Or(err, wrong)
	}
	if answers[0] != nil && answers[1] != nil && probe.Same(answers[0], answers[1]) {
		m.same++
	}
	if err != nil && m.first == "" {
		m.first = model.CleanText(fmt.Sprintf("wrong in case %d: %s", i+1, triton.DetailOf(err)))
	}
}

// ask sends one inference and tells the engine that it was ours.
func (j *judge) ask(ctx context.Context, box *outbox, c probe.Spec, v version) (*pb.ModelInferResponse, error) {
	j.n++
	req, err := c.Request(v.version, fmt.Sprintf("tritop-probe-golden-%d", j.n))
	if err != nil {
		return nil, fmt.Errorf("the case cannot be sent: %w", err)
	}
	began := time.Now()
	resp, err := j.client.Infer(ctx, req)
	f := model.Asked{Model: model.CleanName(v.model), Version: model.CleanName(v.version), Counted: model.Yes}
	f.Server, f.Took = j.target.Spec.Name, time.Since(began)
	f.Outcome, f.Detail = outcome(err)
	if err != nil {
		f.Counted, resp = counted(err, j.reg.platform(v)), nil
	}
	f.At = time.Now()
	box.send(ctx, f)
	return resp, err
}

// unreached says whether an inference never came to the model.
func unreached(err error) bool {
	if err == nil {
		return false
	}
	switch o, _ := outcome(err); o {
	case model.Refused, model.Unanswered, model.Lost, model.Exiting, model.Foreign, model.TLSFailed, model.Restricted:
		return true
	case model.OutcomeUnknown, model.Answered, model.TimedOut, model.Malformed, model.WrongAnswer, model.Failed, model.Busy:
	}
	return busy(err)
}
