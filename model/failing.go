package model

// Failing gives the sources whose last try failed, and those whose answer was not
// read to its end. Those of a server that does not answer at all are left out:
// the state of the server says it, and they would only repeat it.
func (s *Snapshot) Failing() (out []*Source) {
	for i := range s.Sources {
		src := &s.Sources[i]
		if src.Failures == 0 && src.LastErr == "" {
			continue
		}
		if srv := s.Server(src.Server); srv != nil && srv.Live != Yes {
			continue
		}
		out = append(out, src)
	}
	return out
}

// Fault says in words what is wrong with a source: that it fails and why, or what
// was left out of its last answer.
func (s *Source) Fault() string {
	switch {
	case s.Failures > 0 && s.LastErr != "":
		return "fails: " + s.LastErr
	case s.Failures > 0:
		return "fails"
	case s.LastErr != "":
		return "in part: " + s.LastErr
	}
	return ""
}
