package ui

import (
	"time"

	"tritop/model"
	"tritop/themes"
)

// A problem that begins while somebody looks stands out for three seconds: it is
// called NEW, and its ground changes twice a second. Those of the first picture,
// and what was so when tritop began to look, are not new.

// standsOut is for how long.
const standsOut = 3 * time.Second

// newcomers are the problems of the last picture, and when each was first seen.
type newcomers struct {
	snap  *model.Snapshot
	since map[string]time.Time // zero: it is not new
}

// notice takes over the problems of a snapshot. One that ended may come back, and
// is new then.
func (n *newcomers) notice(s *model.Snapshot) {
	if n.snap == s {
		return
	}
	first := n.snap == nil
	if n.snap = s; len(s.Problems) == 0 && len(n.since) == 0 {
		return
	}
	now := make(map[string]time.Time, len(s.Problems))
	for i := range s.Problems {
		p := &s.Problems[i]
		at, known := n.since[problemKey(p)]
		if !known && !first && p.Since.Sub(s.Started) >= standsOut {
			at = s.Now
		}
		now[problemKey(p)] = at
	}
	n.since = now
}

// problemKey tells problems apart. The same object may come back with another.
func problemKey(p *model.Problem) string { return p.Object + "\x00" + p.Verdict.String() }

// is says whether a problem is new.
func (n *newcomers) is(s *model.Snapshot, p *model.Problem) bool {
	at := n.since[problemKey(p)]
	return !at.IsZero() && s.Now.Sub(at) < standsOut
}

// groundOf is what a problem stands on now.
func (sc *screen) groundOf(s *model.Snapshot, p *model.Problem) themes.Ground {
	if sc.news.is(s, p) && s.Now.Nanosecond() < int(time.Second)/2 {
		return themes.Selected
	}
	return bandGround(p.Verdict)
}
