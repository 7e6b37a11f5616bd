package model

import (
	"strconv"
	"strings"
	"time"
)

// AlertState says where an alert is in its life.
type AlertState int

// The states of an alert.
const (
	AlertPending  AlertState = iota // its condition holds, not yet as long as it has to
	AlertFiring                     // people are told
	AlertResolved                   // its condition has ended
)

var alertWords = [...]string{"pending", "firing", "resolved"}

// String gives the word that scripts see.
func (s AlertState) String() string { return alertWords[s] }

// Alert is something that people are told of until it is over. Its labels are its
// identity: two alerts never have the same.
type Alert struct {
	Labels   []Label // by name; alertname and severity are among them
	State    AlertState
	Severity Severity
	Page     bool      // somebody has to be woken
	Summary  string    // for people, with the figures that decided
	Runbook  string    // where it is written what to do; empty: nowhere
	Since    time.Time // since when its condition holds
	Fired    time.Time // zero: it has not yet
	Resolved time.Time // zero: it is not
	Flaps    int       // how often it fired again within the hour
	NoData   string    // why nothing is known of its condition now; the state is held. Empty: it is known
	Said     Said
	Silence  string // of an Alertmanager: by whom and why; empty: none
	Delivery []Delivery
	Lifecycle
}

// Lifecycle is what the state of an alert goes on from, beside its times: with it an
// alert that is read back lives on as if nothing had happened.
type Lifecycle struct {
	Ended                   time.Time   // since when its condition is over, while it is kept firing; zero: it holds
	Fires                   []time.Time // when it fired within the last hour, oldest first
	LastFired, LastResolved time.Time   // of the time before, while it is pending again; zero: there was none within the hour
}

// Label is a name with a value.
type Label struct{ Name, Value string }

// AlertKey is the identity of an alert as a text, as Prometheus writes it: its
// labels, which are sorted by name.
func AlertKey(labels []Label) string {
	var b strings.Builder
	for i, l := range labels {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(l.Name)
		b.WriteByte('=')
		b.WriteString(strconv.Quote(l.Value))
	}
	return b.String()
}

// Key is the identity of the alert as a text.
func (a *Alert) Key() string { return AlertKey(a.Labels) }

// Label gives the value of a label; empty where the alert has none of that name.
func (a *Alert) Label(name string) string {
	for _, l := range a.Labels {
		if l.Name == name {
			return l.Value
		}
	}
	return ""
}

// Name is what the alert is called.
func (a *Alert) Name() string { return a.Label("alertname") }

// Said is what somebody said about an alert; the zero value: nothing.
type Said struct {
	By     string // user and terminal
	At     time.Time
	Reason string
	Until  time.Time // zero: acknowledged until it is resolved; else snoozed until then
}

// Quiet says whether nobody is to be told of the alert at a moment: it is known to
// somebody, or snoozed.
func (s Said) Quiet(now time.Time) bool {
	return !s.At.IsZero() && (s.Until.IsZero() || now.Before(s.Until))
}

// Delivery is how far one receiver was told.
type Delivery struct {
	To    string    // the receiver's name in the configuration
	Last  time.Time // when it last took the alert; zero: never
	Tries int       // in vain since then
	Err   string    // of the last try; empty: it was taken
}

// Say is the wish of somebody to say something about an alert.
type Say struct {
	Alert    []Label       // its identity
	Reason   string        // never empty, but to take back
	For      time.Duration // snoozed for so long; 0: acknowledged until it is resolved
	TakeBack bool          // what was said holds no more
}
