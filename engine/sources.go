package engine

import (
	"slices"

	"tritop/model"
)

// sourcesChanged takes over which sources of their own the configuration names.
// One that leaves, or is at another address, takes along what it told: what it
// does not name any more is not lost.
func (s *State) sourcesChanged(now []model.SourceSpec) {
	was := s.cfg.Sources
	s.cfg.Sources = now
	find := func(in []model.SourceSpec, name string) (model.SourceSpec, bool) {
		i := slices.IndexFunc(in, func(o model.SourceSpec) bool { return o.Name == name })
		if i < 0 {
			return model.SourceSpec{}, false
		}
		return in[i], true
	}
	for _, old := range was {
		spec, stays := find(now, old.Name)
		switch {
		case !stays:
			s.forgetMachines(old.Name)
			s.sourceEvent(old.Name+" is not read any more", "it was "+old.Where)
		case spec.Where != old.Where:
			s.forgetMachines(old.Name)
			s.sourceEvent(old.Name+" has another address, and is read as a new source", "now "+spec.Where+", was "+old.Where)
		case spec.Every != old.Every:
			s.sourceEvent(old.Name+" is read every "+spec.Every.String()+" now", "it was every "+old.Every.String())
		}
	}
	for _, spec := range now {
		if _, known := find(was, spec.Name); !known {
			s.sourceEvent(spec.Name+" is read from now on", spec.Where)
		}
	}
}

func (s *State) sourceEvent(what, detail string) {
	s.event(model.Event{Kind: model.EventConfig, To: what, Detail: detail})
}

// forgetMachines drops all that a source told of GPUs, and the source.
func (s *State) forgetMachines(source string) {
	s.forgetSource(source)
	s.models.forget(source)
	if s.looks[source] != nil {
		s.forgetLook(source)
	}
	s.old = true
}
