package engine

import (
	"slices"
	"strings"
	"time"

	"tritop/latency"
	"tritop/model"
	"tritop/sla"
)

// queried is what Prometheus servers say of models' latencies.
type queried struct {
	sources []queriedSource // by name
}

type queriedSource struct {
	name    string
	at      time.Time
	every   time.Duration
	byModel map[string][]model.Latency // shortest window first
}

// latenciesQueried books an answer. A source that fails is told as one; what it said
// before holds for three of its intervals.
func (s *State) latenciesQueried(f model.LatenciesQueried) {
	s.advance(f.At)
	src := s.source(f.Source, f.Kind, "")
	src.Interval = f.Every
	s.answered(src, f.Source, f.Answer, true)
	if f.Outcome != model.Answered {
		return
	}
	q := queriedSource{f.Source, f.At, f.Every, make(map[string][]model.Latency)}
	for _, b := range f.Models {
		if l := latency.OfBuckets(b); l.N > 0 {
			q.byModel[b.Model] = append(q.byModel[b.Model], l)
		}
	}
	for _, ls := range q.byModel {
		slices.SortStableFunc(ls, func(a, b model.Latency) int { return int(a.Window - b.Window) })
	}
	all := &s.models.queried
	i, there := slices.BinarySearchFunc(all.sources, f.Source, func(q queriedSource, name string) int { return strings.Compare(q.name, name) })
	if there {
		all.sources[i] = q
		return
	}
	all.sources = slices.Insert(all.sources, i, q)
}

// forget drops all that a source told.
func (q *queried) forget(source string) {
	q.sources = slices.DeleteFunc(q.sources, func(q queriedSource) bool { return q.name == source })
}

// of gives what is known of a model now, by the first source that knows it.
func (q *queried) of(name string, now time.Time) []model.Latency {
	for i := range q.sources {
		if src := &q.sources[i]; now.Sub(src.at) <= 3*src.every && len(src.byModel[name]) > 0 {
			return src.byModel[name]
		}
	}
	return nil
}

// queriedPercentile reads a percentile of a Prometheus server: of the shortest
// window that is as long as the objective's and carries it, else of none.
func (s *State) queriedPercentile(o *model.Objective) figureOf {
	all := s.models.of(o.Model, s.now)
	for i := range all {
		if v := percentileOf(&all[i], o.Metric); all[i].Window >= o.Window && v.Known() {
			return figureOf{Reading: sla.Reading{Value: v, N: all[i].N, Over: all[i].Window, Source: all[i].Source.String()}}
		}
	}
	return figureOf{}
}
