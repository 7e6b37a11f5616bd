package cli

import (
	"context"
	"errors"

	"tritop/engine"
	"tritop/model"
)

// watched is an engine that a screen watches and that takes no word of alerts.
type watched struct{ *engine.Engine }

// Say says why it is not kept.
func (watched) Say(context.Context, model.Say) error {
	return errors.New("this tritop only observes: nothing keeps what is said of alerts")
}
