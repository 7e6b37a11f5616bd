package engine

import (
	"tritop/counters"
	"tritop/model"
)

// life follows users' requests of one model version for as long as the server is
// observed: it survives that the version is unloaded and loaded again.
type life struct {
	log   *counters.Log // that was read last; another one began at 0
	base  model.Users   // before it began
	users model.Users
}

// look takes over what a log has counted. What it takes back is owed: the sums
// stay where they are until it has grown over them.
func (l *life) look(log *counters.Log) model.Users {
	if log == nil {
		return l.users
	}
	if l.log != log {
		l.log, l.base = log, l.users
	}
	t := log.Total()
	if l.users.Since.IsZero() {
		l.users.Since = t.Began
	}
	l.users.Successes = max(l.users.Successes, l.base.Successes+t.Successes)
	l.users.Failures = max(l.users.Failures, l.base.Failures+t.Failures)
	return l.users
}

// lives are those of a server, those of versions that are gone among them.
type lives map[counters.Key]*life

// spareLives is how many of versions that are gone are kept besides as many as are
// there.
const spareLives = 256

func (srv *server) life(k counters.Key) *life {
	if l := srv.lives[k]; l != nil {
		return l
	}
	if srv.lives == nil {
		srv.lives = make(lives)
	}
	for old := range srv.lives {
		if len(srv.lives) < 2*len(srv.replicas)+spareLives {
			break
		}
		if srv.replicas[old] == nil {
			delete(srv.lives, old)
		}
	}
	l := &life{}
	srv.lives[k] = l
	return l
}

// lifeOf gives the cumulative figures of a model version; c are Triton's.
func (srv *server) lifeOf(r *replica, c *model.Counters) model.Life {
	return model.Life{
		Work: model.Work{Inferences: c.Inferences, Executions: c.Executions, Request: c.Success, Queue: c.Queue,
			Input: c.Input, Infer: c.Infer, Output: c.Output, CacheHit: c.CacheHit, CacheMiss: c.CacheMiss},
		Users:  srv.life(r.key).look(srv.book.Log(r.key)),
		Probes: model.ProbeLife{Runs: r.probe.runs, Failures: r.probe.failures, Took: r.probe.all},
	}
}
