package engine

import (
	"fmt"
	"slices"
	"time"

	"tritop/health"
	"tritop/model"
)

// isolation is whether we may be the ones who are cut off.
type isolation struct {
	since    time.Time // zero: we are not
	timedOut int       // servers, of the last round
}

// topicIsolated names the notice.
const topicIsolated = "this observer"

// watchIsolation looks at the last round of polls: where most servers give no answer
// at all, the fault may be ours. A refusal or an error is an answer.
func (s *State) watchIsolation() {
	asked, timedOut := 0, 0
	for _, srv := range s.servers {
		if srv.ev.LastPoll.IsZero() {
			continue
		}
		asked++
		if srv.ev.Outcome == model.TimedOut || srv.ev.Outcome == model.Unanswered {
			timedOut++
		}
	}
	now, was := &s.fleet.isolated, !s.fleet.isolated.since.IsZero()
	now.timedOut = timedOut
	switch is := health.Isolated(asked, timedOut); {
	case is && !was:
		now.since = s.now
		s.event(model.Event{Kind: model.EventSource, To: isolatedWords(timedOut, asked), Verdict: model.Degraded})
	case !is && was:
		now.since = time.Time{}
		s.event(model.Event{Kind: model.EventSource, To: "most servers answer again", Verdict: model.Healthy})
	}
}

func isolatedWords(timedOut, of int) string {
	return fmt.Sprintf("%d of %d servers time out: we may be the ones who are cut off", timedOut, of)
}

// notices are all that hold now.
func (s *State) notices() []model.Notice {
	all := s.cfg.notices()
	if at := s.fleet.isolated.since; !at.IsZero() {
		n := model.Notice{Topic: topicIsolated, Text: isolatedWords(s.fleet.isolated.timedOut, len(s.servers)), Since: at, Verdict: model.Degraded}
		all = slices.Insert(slices.Clone(all), 0, n)
	}
	return all
}
