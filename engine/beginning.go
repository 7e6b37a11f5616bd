package engine

import (
	"fmt"

	"tritop/health"
	"tritop/model"
)

// In the first moments servers are asked one after the other. What is known of
// the first of them does not speak for those that were not asked yet, and that
// they were not is no fault of theirs.

// verdict judges the fleet. As long as all that were asked are well and others
// were not asked yet, nothing is known of the whole.
func (s *State) verdict(servers []model.Server) (verdict model.Verdict, why string) {
	judged := s.judged(servers)
	verdict, why = health.Fleet(judged)
	asked := s.asked(judged)
	if n := len(judged) - len(asked); n > 0 {
		if known, _ := health.Fleet(asked); known == model.Healthy {
			return model.Unknown, fmt.Sprintf("no data yet: %d of %d servers were not asked yet", n, len(servers))
		}
	}
	return verdict, why
}

// asked leaves out servers of which the first poll is still on its way, soon
// after tritop began to look. Where nobody was asked yet, nothing is left out.
func (s *State) asked(servers []model.Server) []model.Server {
	if s.now.Sub(s.started) >= s.cfg.Rules.Stale {
		return servers
	}
	var out []model.Server
	for i := range servers {
		if srv := s.byName[servers[i].Name]; srv == nil || !srv.ev.LastPoll.IsZero() {
			out = append(out, servers[i])
		}
	}
	if len(out) == 0 {
		return servers
	}
	return out
}
