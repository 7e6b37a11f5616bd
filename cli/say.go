package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tritop/engine"
	"tritop/journal"
	"tritop/model"
)

// backend is what a live screen needs of a session: to see, and to say something.
type backend struct {
	*engine.Engine
	keeper *keeper       // nil: nothing is kept, as of a simulated fleet
	actor  journal.Actor // who says it then
}

// Say says something about an alert. When it returns without an error that is kept,
// and the next snapshot shows it.
func (b backend) Say(ctx context.Context, what model.Say) error {
	what.Reason = model.CleanText(what.Reason)
	if b.keeper != nil {
		return b.keeper.say(ctx, what)
	}
	if err := sayable(what, b.Latest()); err != nil {
		return unsaid(what, err)
	}
	select {
	case b.Inbox() <- model.AlertSaid{By: actorWords(b.actor), At: time.Now(), Say: what}:
		return nil
	case <-ctx.Done():
		return unsaid(what, ctx.Err())
	}
}

// say has the keeper keep it first.
func (k *keeper) say(ctx context.Context, what model.Say) error {
	s := saying{what, make(chan error, 1)}
	select {
	case k.alerts.says <- s:
	case <-k.alerts.ended:
		return unsaid(what, errors.New("tritop ends"))
	case <-ctx.Done():
		return unsaid(what, ctx.Err())
	}
	select {
	case err := <-s.done:
		return unsaid(what, err)
	case <-k.alerts.ended:
		return unsaid(what, errors.New("tritop ended: it is not known whether it was kept"))
	case <-ctx.Done():
		return unsaid(what, fmt.Errorf("it is not known whether it was kept: %w", ctx.Err()))
	}
}

// unsaid is why something could not be said; nil where it could.
func unsaid(what model.Say, err error) error {
	if err == nil {
		return nil
	}
	doing := "acknowledge"
	switch {
	case what.TakeBack:
		doing = "take back what was said about"
	case what.For > 0:
		doing = "snooze"
	}
	a := model.Alert{Labels: what.Alert}
	return fmt.Errorf("%s the alert %s: %w", doing, a.Name(), err)
}
