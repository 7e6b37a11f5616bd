package cli

import (
	"tritop/config"
	"tritop/ui"
)

// bellOf is what the terminal is told of alerts: by --bell, or as the configuration
// says; nil: nothing.
func (a *app) bellOf(all []config.Notify) *ui.Bell {
	for _, n := range all {
		if n.Kind == config.NotifyBell {
			return &ui.Bell{OSC: n.OSC, Severities: n.Severities}
		}
	}
	if a.bell {
		return &ui.Bell{OSC: 9}
	}
	return nil
}
