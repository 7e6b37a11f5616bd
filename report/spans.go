package report

import (
	"strings"
	"time"

	"tritop/model"
)

// verdicts says how long the fleet had which verdict, and which it has at the end.
// In the gaps nothing is known.
func verdicts(f *Facts) ([]share, end) {
	var lasted [model.Unhealthy + 1]time.Duration
	now, since := end{model.Unknown.String(), "no verdict was recorded"}, f.From
	until := func(at time.Time) {
		if at = earlier(at, f.To); at.After(since) {
			unseen := overlap(f.Gaps, Span{since, at})
			v, _ := model.VerdictOf(now.Verdict)
			lasted[v] += at.Sub(since) - unseen
			lasted[model.Unknown] += unseen
			since = at
		}
	}
	gaps := f.Gaps
	for i := range f.Events {
		e := &f.Events[i]
		if e.At.After(f.To) {
			break
		}
		for ; len(gaps) > 0 && !gaps[0].To.After(e.At); gaps = gaps[1:] {
			until(gaps[0].To)
			now = end{model.Unknown.String(), "no verdict was recorded since tritop was started"}
		}
		switch {
		case e.Kind == model.EventVerdict:
			until(e.At)
			now = end{e.Verdict.String(), e.Detail}
		case e.Kind == model.EventIdentified && now.Verdict == model.Unknown.String():
			until(e.At)
			now = end{Verdict: began(f.Events[i:], gaps)}
		}
	}
	until(f.To)
	if n := len(f.Gaps); n > 0 && !f.Gaps[n-1].To.Before(f.To) {
		now = end{model.Unknown.String(), "nobody observes"}
	}
	return shares(lasted[:], f.To.Sub(f.From)), now
}

func shares(lasted []time.Duration, whole time.Duration) []share {
	out := []share{}
	for v, d := range lasted {
		if d > 0 && whole > 0 {
			out = append(out, share{model.Verdict(v).String(), d.Seconds(), d.Seconds() / whole.Seconds()})
		}
	}
	return out
}

// began is the verdict of a fleet of which a server was just heard for the first
// time: what the next event says that it was. Only a good one is not told at a
// start, so without such an event it is that.
func began(events []model.Event, gaps []Span) string {
	for i := range events {
		if len(gaps) > 0 && !events[i].At.Before(gaps[0].From) {
			break
		}
		if events[i].Kind == model.EventVerdict {
			return events[i].From
		}
	}
	return model.Healthy.String()
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// overlap is how much of a span lies in gaps.
func overlap(gaps []Span, of Span) (sum time.Duration) {
	for _, g := range gaps {
		from := g.From
		if from.Before(of.From) {
			from = of.From
		}
		if to := earlier(g.To, of.To); to.After(from) {
			sum += to.Sub(from)
		}
	}
	return sum
}

// open is a trouble without an end yet.
type open struct {
	*trouble
	since time.Time
}

// troubles pairs the events that something is not well with those that it is well
// again. An event of another trouble of the same object ends the one before it.
func troubles(f *Facts) (violations, health []trouble) {
	type kept struct {
		of   model.EventKind
		what *trouble
	}
	var all []kept
	running := make(map[string]open)
	for i := range f.Events {
		e := &f.Events[i]
		if !lasts(e.Kind) || e.At.After(f.To) {
			continue
		}
		key := identity(e)
		if o, goes := running[key]; goes {
			o.ended(e.At)
			delete(running, key)
		}
		if e.Verdict <= model.Healthy || e.Kind == model.EventTrouble && e.To == "" {
			continue
		}
		t := &trouble{Object: e.Object(), Words: e.Words(), Detail: e.Detail, Verdict: e.Verdict.String(), From: stamp(e.At),
			ToWhy: "no end is recorded", LastWhy: "no end is recorded"}
		running[key] = open{t, e.At}
		all = append(all, kept{e.Kind, t})
	}
	violations, health = []trouble{}, []trouble{}
	for _, k := range all {
		switch {
		case k.what.To != nil && *k.what.To < stamp(f.From): // it was over before the span
		case k.of == model.EventObjective:
			violations = append(violations, *k.what)
		default:
			health = append(health, *k.what)
		}
	}
	return violations, health
}

func (o open) ended(at time.Time) {
	to, lasted := stamp(at), max(0, at.Sub(o.since).Seconds())
	o.To, o.ToWhy, o.Lasted, o.LastWhy = &to, "", &lasted, ""
}

// lasts says whether events of a kind begin or end something.
func lasts(k model.EventKind) bool {
	switch k {
	case model.EventServerState, model.EventTrouble, model.EventObjective, model.EventCheck, model.EventGPU:
		return true
	case model.EventNone, model.EventRestarted, model.EventReplicaState, model.EventAppeared, model.EventVanished, model.EventCounterReset, model.EventVerdict,
		model.EventSource, model.EventConfig, model.EventIdentified, model.EventAlert:
	}
	return false
}

// identity is what an event is about. The words of objectives and checks begin with
// their names.
func identity(e *model.Event) string {
	key := e.Kind.String() + "\x00" + e.Object()
	if e.Kind == model.EventObjective || e.Kind == model.EventCheck {
		name, _, _ := strings.Cut(e.To, " ")
		key += "\x00" + name
	}
	return key
}
