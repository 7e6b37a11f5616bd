package model

import "time"

// Facts about alerts: what people said of them, and how far receivers were told.

type (
	// AlertSaid is what somebody said about an alert. It was kept before it became
	// a fact.
	AlertSaid struct {
		By string // user and terminal
		At time.Time
		Say
	}

	// AlertsTold is what came of telling one receiver.
	AlertsTold struct {
		At     time.Time
		To     string   // the receiver's name
		Alerts []string // the keys of the alerts that it was told of
		Err    string   // why it did not take them; empty: it did
	}

	// AlertsSilenced are all silences of one Alertmanager, as far as they are about
	// our alerts.
	AlertsSilenced struct {
		At   time.Time
		From string            // the receiver's name
		By   map[string]string // by the key of an alert: by whom, and why
	}
)

func (AlertSaid) isFact()      {}
func (AlertsTold) isFact()     {}
func (AlertsSilenced) isFact() {}
