package engine

import (
	"math"
	"slices"
	"time"

	"tritop/counters"
	"tritop/model"
)

// Signals are the families of the metrics text that nobody here knows by name.
// Nothing is judged by them.

// signals are those of one server.
type signals struct {
	all  []*signal // in the order of their samples
	left int       // of the newest text: not kept
	view []model.Signal
	at   viewedAt
}

// viewedAt says of what the view was made.
type viewedAt struct {
	second, text time.Time
	reached      bool
}

// signal is one series of such a family.
type signal struct {
	sample  model.FamilySample // the newest
	seen    time.Time          // the newest text that had it
	meter   counters.Meter     // of what is cumulative
	history model.Series
}

// read takes over the families of a metrics text. A series that went is kept for
// a minute, since a model that is loaded anew brings it back.
func (g *signals) read(f model.Scraped) {
	for i := range f.Families {
		g.take(f.At, f.Families[i])
	}
	gone := func(s *signal) bool { return f.At.Sub(s.seen) >= counters.WindowLength }
	g.all = slices.DeleteFunc(g.all, gone)
	if len(g.all) > model.SignalLimit { // those that went make room
		g.all = slices.DeleteFunc(g.all, func(s *signal) bool { return !s.seen.Equal(f.At) })
	}
	over := max(0, len(g.all)-model.SignalLimit)
	clear(g.all[len(g.all)-over:])
	g.all = g.all[:len(g.all)-over]
	g.left = f.FamiliesLeft + over
}

func (g *signals) take(at time.Time, sample model.FamilySample) {
	i, there := slices.BinarySearchFunc(g.all, &sample, func(s *signal, to *model.FamilySample) int { return s.sample.Compare(to) })
	if !there {
		g.all = slices.Insert(g.all, i, &signal{})
	}
	s := g.all[i]
	if there && s.sample.Kind != sample.Kind { // another thing under the same name
		*s = signal{}
	}
	s.sample, s.seen = sample, at
	if sample.Kind != model.SignalGauge {
		s.meter.Add(at, sample.Value, sample.Count)
	}
}

// figure is what a signal says now.
func (srv *server) figure(s *signal, now time.Time) model.Figure {
	switch {
	case !reached(srv):
		return model.Missing(model.OutOfReach)
	case !s.seen.Equal(srv.gaugeAt): // the text is too old, or this series is not in it
		return model.Missing(model.NotObserved)
	}
	switch s.sample.Kind {
	case model.SignalRate:
		return s.meter.Rate(now)
	case model.SignalMean:
		return s.meter.Mean(now)
	case model.SignalGauge:
	}
	if math.IsNaN(s.sample.Value) || math.IsInf(s.sample.Value, 0) {
		return model.Missing(model.NotObserved)
	}
	return model.Of(s.sample.Value)
}

// bookSignals appends one point to the history of every signal; where nothing is
// known it is a gap.
func (s *State) bookSignals(at time.Time) {
	for _, srv := range s.servers {
		for _, g := range srv.signals.all {
			g.history = g.history.Append(at, value(srv.figure(g, s.now)))
		}
	}
}

// shiftSignals moves the histories of the signals in time.
func (s *State) shiftSignals(by time.Duration) {
	for _, srv := range s.servers {
		for _, g := range srv.signals.all {
			g.history = g.history.Shift(by)
		}
	}
}

// viewSignals gives the signals of a server; they change with a text, a second,
// and when the server comes into reach or goes.
func (s *State) viewSignals(srv *server) []model.Signal {
	g := &srv.signals
	at := viewedAt{s.second, srv.gaugeAt, reached(srv)}
	if g.at == at && len(g.view) == len(g.all) {
		return g.view
	}
	g.at, g.view = at, nil
	for _, x := range g.all {
		g.view = append(g.view, model.Signal{Server: srv.spec.Name, Family: x.sample.Family, Help: x.sample.Help, Label: x.sample.Label, Model: x.sample.Model, Version: x.sample.Version,
			Kind: x.sample.Kind, Value: srv.figure(x, s.now), History: x.history})
	}
	return g.view
}
