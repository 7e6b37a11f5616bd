package notify

import (
	"context"
	"net/http"
	"sync"
	"time"

	"tritop/model"
)

// Courier tells receivers. Its methods belong to one goroutine; what it starts ends
// with the context of Step, and Wait waits for it.
type Courier struct {
	*Outbox
	client  *http.Client
	results chan Result // workers send, the owner receives; as many slots as there are calls at once
	working sync.WaitGroup
}

// Result is what came of a call; it is for Took.
type Result struct {
	job      *Job // nil: it was about silences
	from     *target
	silences map[string]string
	err      error
}

// New makes a courier for receivers; one without any tells nobody, and keeps what
// there is to keep.
func New(receivers []Receiver, timing Timing) *Courier {
	c := &Courier{Outbox: newOutbox(receivers, timing), client: newClient(timing.Timeout)}
	c.results = make(chan Result, 2*len(c.targets)+1)
	return c
}

// Any says whether somebody is told of alerts at all.
func (c *Courier) Any() bool { return len(c.targets) > 0 }

// Step starts the calls that are due. free says that alerts may be told before they
// are kept, because nothing can be kept.
func (c *Courier) Step(ctx context.Context, now time.Time, free bool) {
	c.hush()
	for _, j := range c.due(now, free) {
		c.working.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, c.timing.Timeout)
			defer cancel()
			c.results <- Result{job: &j, from: j.target, err: c.send(ctx, j, now)}
		})
	}
	for _, t := range c.targets {
		if t.Kind != Alertmanager || t.reading || now.Sub(t.looked) < c.timing.Silences || len(c.items) == 0 {
			continue
		}
		t.reading, t.looked = true, now
		c.working.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, c.timing.Timeout)
			defer cancel()
			by, err := c.silences(ctx, t)
			c.results <- Result{from: t, silences: by, err: err}
		})
	}
}

// Results gives what came of calls; each is for Took.
func (c *Courier) Results() <-chan Result { return c.results }

// Took books what came of a call, and says it as a fact; nil: there is none. That
// an Alertmanager could not be asked for its silences changes none: telling it
// fails, too.
func (c *Courier) Took(r Result, now time.Time) model.Fact {
	if r.job == nil {
		r.from.reading = false
		if r.err != nil {
			return nil
		}
		return model.AlertsSilenced{At: now, From: r.from.to, By: r.silences}
	}
	c.done(*r.job, r.err, now)
	f := model.AlertsTold{At: now, To: r.from.to, Alerts: r.job.keys()}
	if r.err != nil {
		f.Err = model.CleanText(model.FirstLine(r.err.Error()))
	}
	return f
}

// Wait waits until nothing is under way.
func (c *Courier) Wait() { c.working.Wait() }

// Close gives connections back, after the context of Step is over.
func (c *Courier) Close() {
	c.working.Wait()
	c.client.CloseIdleConnections()
}

// send makes one call.
func (c *Courier) send(ctx context.Context, j Job, now time.Time) error {
	switch j.target.Kind {
	case Alertmanager:
		return c.post(ctx, j.target, join(j.target.url, "/api/v2/alerts"), posted(j, now, c.timing.Ahead))
	case Webhook:
		return c.post(ctx, j.target, j.target.url, notice(j))
	case Command:
	}
	return run(ctx, j.target.Command, notice(j))
}
