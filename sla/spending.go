package sla

import (
	"cmp"
	"slices"
)

// episode is a stretch of time with failures.
type episode struct {
	begin, end int64 // ms, of the first and the last failure
	bad        uint64
	versions   []versionShare
}

// versionShare is what one version did of an episode.
type versionShare struct {
	version string
	bad     uint64
}

// What spent a budget: failures that follow on one another within pauseAfter
// are one episode. Of many the smallest are forgotten, not the newest.
const (
	pauseAfter   = 5 * 60_000
	episodesKept = 24
	versionsKept = 8
)

// spending are the episodes of an account, oldest first.
type spending struct{ episodes []episode }

func (s *spending) book(at int64, what tally, version string) {
	if what.bad == 0 {
		return
	}
	n := len(s.episodes)
	if n == 0 || at-s.episodes[n-1].end > pauseAfter {
		s.makeRoom()
		s.episodes = append(s.episodes, episode{begin: at})
		n = len(s.episodes)
	}
	e := &s.episodes[n-1]
	e.begin, e.end, e.bad = min(e.begin, at), max(e.end, at), e.bad+what.bad
	e.count(version, what.bad)
}

func (e *episode) count(version string, bad uint64) {
	for i := range e.versions {
		if e.versions[i].version == version {
			e.versions[i].bad += bad
			return
		}
	}
	if len(e.versions) < versionsKept {
		e.versions = append(e.versions, versionShare{version, bad})
	}
}

// makeRoom forgets the smallest episode but the newest, where there are many.
func (s *spending) makeRoom() {
	if len(s.episodes) < episodesKept {
		return
	}
	least := 0
	for i := range s.episodes[:len(s.episodes)-1] {
		if s.episodes[i].bad < s.episodes[least].bad {
			least = i
		}
	}
	s.episodes = slices.Delete(s.episodes, least, least+1)
}

// worst gives the episodes that end after a time, those with the most failures first.
func (s *spending) worst(since int64, most int) []episode {
	var out []episode
	for _, e := range s.episodes {
		if e.end > since {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b episode) int { return cmp.Compare(b.bad, a.bad) })
	return out[:min(most, len(out))]
}

// version is the one that failed most.
func (e *episode) version() string {
	worst := versionShare{}
	for _, v := range e.versions {
		if v.bad > worst.bad {
			worst = v
		}
	}
	return worst.version
}
