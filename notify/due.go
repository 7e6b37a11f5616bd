package notify

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"tritop/alerts"
	"tritop/model"
)

// Message is what a receiver is to be told of one firing of an alert.
type Message struct {
	Alert model.Alert
	key   string
	of    *Episode
	stage Stage // what it knows when it took the message
}

// Job is one call to a receiver.
type Job struct {
	target   *target
	group    string // the alertname that the messages have in common; empty: they are not grouped
	messages []Message
}

// batch is how many alerts go into one call at most.
const batch = 256

// due gives the calls that are to be made now; free says whether an alert may be
// told before it is kept, because nothing can be kept.
func (o *Outbox) due(now time.Time, free bool) (jobs []Job) {
	for _, t := range o.targets {
		if t.busy || now.Before(t.next) {
			continue
		}
		var job Job
		if t.Kind == Alertmanager {
			job = o.posts(t, now, free)
		} else {
			job = o.grouped(t, now, free)
		}
		if len(job.messages) > 0 {
			t.busy = true
			jobs = append(jobs, job)
		}
	}
	return jobs
}

// each gives the firings that a receiver may be told of, in the order of their keys
// and times.
func (o *Outbox) each(t *target, free bool, give func(it *item, e *Episode, told Told)) {
	for _, key := range slices.Sorted(maps.Keys(o.items)) {
		it := o.items[key]
		if it.version != it.kept && !free {
			continue
		}
		for _, e := range it.episodes {
			if t.wants(e.Alert.Severity) {
				give(it, e, e.Told[t.to])
			}
		}
	}
}

func message(it *item, e *Episode) Message {
	m := Message{Alert: e.Alert, key: it.key, of: e, stage: ToldFiring}
	if e.over() {
		m.stage = ToldOver
	}
	return m
}

// posts is what an Alertmanager is due: all that changed, and what it would forget.
func (o *Outbox) posts(t *target, now time.Time, free bool) Job {
	j := Job{target: t}
	o.each(t, free, func(it *item, e *Episode, told Told) {
		m := message(it, e)
		again := now.Sub(told.At) >= o.timing.Every && (!e.over() || now.Sub(e.Alert.Resolved) < o.timing.Late)
		if (told.Stage != m.stage || again) && len(j.messages) < batch {
			j.messages = append(j.messages, m)
		}
	})
	return j
}

// group are the alerts of one name, to one receiver.
type group struct {
	name    string
	news    time.Time // since when something waits to be told; zero: nothing does
	last    time.Time // when the receiver took a message of it last
	firing  bool      // it knows of one that fires, and people want to hear of it again
	message []Message
}

// grouped is the next message of a group that a webhook or command is due.
func (o *Outbox) grouped(t *target, now time.Time, free bool) Job {
	groups := make(map[string]*group)
	o.each(t, free, func(it *item, e *Episode, told Told) {
		g := groups[e.Alert.Name()]
		if g == nil {
			g = &group{name: e.Alert.Name()}
			groups[g.name] = g
		}
		g.add(it, e, told)
	})
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		if g := groups[name]; g.due(now, o.timing) {
			return Job{t, name, g.message[:min(len(g.message), batch)]}
		}
	}
	return Job{target: t}
}

// add puts a firing into its group.
func (g *group) add(it *item, e *Episode, told Told) {
	if told.At.After(g.last) {
		g.last = told.At
	}
	m := message(it, e)
	switch {
	case told.Stage == ToldOver || told.Stage == Untold && e.quiet: // nothing to say, or not to be said
		return
	case told.Stage == ToldFiring && m.stage == ToldFiring:
		g.firing = g.firing || !e.quiet
	default:
		since := e.Alert.Fired
		if m.stage == ToldOver {
			since = e.Alert.Resolved
		}
		if g.news.IsZero() || since.Before(g.news) {
			g.news = since
		}
	}
	g.message = append(g.message, m)
}

func (g *group) due(now time.Time, timing Timing) bool {
	switch {
	case !g.news.IsZero() && g.last.IsZero():
		return now.Sub(g.news) >= timing.Wait
	case !g.news.IsZero():
		return now.Sub(g.last) >= timing.Interval
	}
	return g.firing && now.Sub(g.last) >= timing.Repeat
}

// done books what came of a call. What nobody is to be told of counts as told.
func (o *Outbox) done(j Job, err error, now time.Time) {
	t := j.target
	t.busy = false
	if err != nil {
		t.failed(now, o.timing)
		return
	}
	t.tries, t.next = 0, time.Time{}
	for _, m := range j.messages {
		before := m.of.Told[t.to]
		m.of.Told[t.to] = Told{max(before.Stage, m.stage), now}
		if it := o.items[m.key]; it != nil && (before.Stage != m.stage || t.Kind != Alertmanager) {
			it.version++
		}
	}
}

// hush marks what ended while people were not to be told of it, and were not.
func (o *Outbox) hush() {
	for _, it := range o.items {
		for _, e := range it.episodes {
			if !e.over() || !e.quiet {
				continue
			}
			for _, t := range o.targets {
				if t.Kind != Alertmanager && e.Told[t.to].Stage == Untold {
					e.Told[t.to] = Told{Stage: ToldOver}
					it.version++
				}
			}
		}
	}
}

// muting says whose alerts are muted: those of servers that are down, and what is
// not known while most servers are silent.
func muting(list []model.Alert) (down map[string]bool, blind bool) {
	down = make(map[string]bool)
	for i := range list {
		a := &list[i]
		if a.State != model.AlertFiring {
			continue
		}
		if a.Name() == alerts.Blind {
			blind = true
		}
		if isDown(a) {
			down[a.Label("server")] = true
		}
	}
	return down, blind
}

func isDown(a *model.Alert) bool {
	return slices.Contains([]string{alerts.ServerDown, alerts.ServerNoData, alerts.ServerCannotInfer}, a.Name())
}

// muted says whether a worse alert tells the same.
func (o *Outbox) muted(a *model.Alert) bool {
	server := a.Label("server")
	return server != "" && o.down[server] && !isDown(a) || o.blind && a.Name() == alerts.ServerNoData
}

// keys are the alerts of a job, each once.
func (j Job) keys() (out []string) {
	for _, m := range j.messages {
		out = append(out, m.key)
	}
	slices.SortFunc(out, cmp.Compare)
	return slices.Compact(out)
}
