package cli

import (
	"context"
	"errors"

	"tritop/engine"
	"tritop/model"
	"tritop/ui"
)

// watched is an engine that a screen watches and that takes no word of alerts.
type watched struct{ *engine.Engine }

// Say says why it is not kept.
func (watched) Say(context.Context, model.Say) error {
	return errors.New("this tritop only observes: nothing keeps what is said of alerts")
}

// bellOf is what the terminal is told of alerts.
func (a *app) bellOf() *ui.Bell {
	if !a.bell {
		return nil
	}
	return &ui.Bell{OSC: 9}
}
