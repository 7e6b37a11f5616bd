package engine

import (
	"time"

	"tritop/counters"
	"tritop/model"
)

// minute is the last minute of a model version. Judgements, rows, models and
// totals all need it, so it is summed up once for each answer, and once a second
// where none comes.
type minute struct {
	sums counters.Sums
	last time.Time // the newest answer in it
	at   time.Time // zero: not summed up
}

// sumUp brings the window of a model version up to date.
func (s *State) sumUp(srv *server, r *replica) {
	if m := &r.minute; !m.at.IsZero() && m.last.Equal(srv.book.Last()) && s.now.Sub(m.at) < time.Second {
		return
	}
	before := r.minute.sums
	r.minute = minute{srv.book.Log(r.key).Over(s.now, counters.WindowLength), srv.book.Last(), s.now}
	r.ev.Window = r.minute.sums.Window()
	srv.dirty = srv.dirty || r.minute.sums != before
}

// whole is what a server adds to the totals of the fleet.
type whole struct {
	minute             counters.Sums
	requests, failures float64
	known              bool // of requests and failures
	undescribed        int  // READY versions of which it is not known yet whether they are ensembles
}

// whole sums up a server: users' requests of the last minute, and its own counters.
func (srv *server) whole() whole {
	w := whole{minute: srv.users(func(r *replica) *counters.Sums { return &r.minute.sums })}
	w.requests, w.failures, w.known = srv.totals()
	for _, r := range srv.order {
		if r.state == model.ReplicaReady && r.about.At.IsZero() {
			w.undescribed++
		}
	}
	return w
}

// users sums users' requests of a server, without what ensembles made steps do.
func (srv *server) users(of func(*replica) *counters.Sums) counters.Sums {
	var all counters.Sums
	if !reached(srv) {
		return all
	}
	for _, r := range srv.order { // sums of fractions depend on the order in their last digit
		row := of(r)
		if callers := srv.calls[r.key]; len(callers) > 0 {
			left := *row
			for e, times := range callers {
				if ensemble := srv.replicas[e]; ensemble != nil {
					left = left.WithoutSteps(*of(ensemble), times)
				}
			}
			row = &left
		}
		all.Beside(row)
	}
	return all
}
