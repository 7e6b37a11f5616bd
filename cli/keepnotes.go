package cli

import (
	"context"
	"errors"
	"slices"
	"time"

	"tritop/journal"
	"tritop/model"
)

// What is to be said of the state directory, in words.

// tell sends the notices to the engine when they are other ones.
func (k *keeper) tell(ctx context.Context, inbox chan<- model.Fact) {
	now := time.Now()
	notices := k.notices(now)
	if slices.EqualFunc(notices, k.told, func(a, b model.Notice) bool { return a.Text == b.Text && a.Topic == b.Topic }) {
		return
	}
	select {
	case inbox <- model.Noted{At: now, Notices: notices}:
		k.told = notices
	case <-ctx.Done():
	}
}

// notices are what holds now: why nothing is kept, and what was repaired.
func (k *keeper) notices(now time.Time) (out []model.Notice) {
	if n, bad := k.trouble(now); bad {
		n.Topic, n.Text = k.topic(), model.CleanText(n.Text)
		out = append(out, n)
	}
	if k.found != "" {
		out = append(out, model.Notice{Text: model.CleanText("the journal of " + k.opt.Dir + " was repaired: " + k.found)})
	}
	return out
}

func (k *keeper) topic() string {
	if k.opt.Dir == "" {
		return "the state directory"
	}
	return model.CleanText(k.opt.Dir)
}

// trouble says why events are not kept, if so.
func (k *keeper) trouble(now time.Time) (n model.Notice, bad bool) {
	var held *journal.HeldError
	broken := func(text string, since time.Time) (model.Notice, bool) {
		return model.Notice{Text: text, Since: since, Verdict: model.Degraded}, true
	}
	var status journal.Status
	if k.journal != nil {
		status = k.journal.Status()
	}
	switch {
	case k.opt.Dir == "":
		return broken("what happens is not kept: "+k.err.Error(), k.start)
	case errors.As(k.err, &held):
		return model.Notice{Text: held.Error() + ": this tritop only observes, and keeps nothing" + k.alerts.observes(), Since: k.start}, true
	case k.err != nil:
		return broken("what happens is not kept: "+k.err.Error(), k.start)
	case status.Err != nil:
		return broken("what happens is not kept: "+status.Err.Error(), status.Since)
	case k.busy != nil && now.Sub(k.since) > keepSlow, k.journal == nil && k.busy != nil && now.Sub(k.start) >= keepStart:
		return broken("what happens is not kept: "+k.opt.Dir+" does not answer", k.since)
	case status.Trim != nil:
		return broken("old records stay: "+status.Trim.Error(), time.Time{}) // nobody noted since when
	}
	return n, false
}
