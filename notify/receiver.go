package notify

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"tritop/model"
)

// Kind says how a receiver is told.
type Kind string

// The kinds of receivers.
const (
	Alertmanager Kind = "alertmanager"
	Webhook      Kind = "webhook"
	Command      Kind = "command"
)

// Receiver is who is told of alerts.
type Receiver struct {
	Name       string
	Kind       Kind
	URLs       []string         // of an Alertmanager or webhook; each is told
	Command    []string         // of a command: the program and its arguments
	Severities []model.Severity // empty: all
	Headers    map[string]string
}

// Timing says when receivers are told.
type Timing struct {
	// Of an Alertmanager, which groups and repeats itself.
	Every time.Duration // a firing alert is posted again after this
	Ahead time.Duration // and would end by itself after this
	Late  time.Duration // a resolved one is posted for so long
	// Of webhooks and commands, whose alerts are grouped here.
	Wait     time.Duration // for more alerts of a new group
	Interval time.Duration // between two messages of a group in which something changed
	Repeat   time.Duration // of a group in which nothing changes
	// Of all.
	Timeout   time.Duration // of one call
	Back      time.Duration // the first pause after a failure; it doubles
	BackMost  time.Duration
	Forgotten time.Duration // what was resolved so long ago is not delivered any more
	Silences  time.Duration // between two looks at an Alertmanager's silences
}

// DefaultTiming is Alertmanager's and Prometheus' own, and tritop's where they have none.
func DefaultTiming() Timing {
	return Timing{Every: time.Minute, Ahead: 4 * time.Minute, Late: 5 * time.Minute, Wait: 30 * time.Second, Interval: 5 * time.Minute, Repeat: 4 * time.Hour,
		Timeout: 10 * time.Second, Back: time.Second, BackMost: 5 * time.Minute, Forgotten: 24 * time.Hour, Silences: 20 * time.Second}
}

// target is one address of a receiver.
type target struct {
	Receiver
	to      string // what it is called: the receiver's name, with the host where there are several
	url     string
	busy    bool      // a call is under way
	tries   int       // in vain since the last success
	next    time.Time // not before this
	looked  time.Time // at its silences
	reading bool      // it is asked for them
}

func targets(receivers []Receiver) (out []*target) {
	for _, r := range receivers {
		if r.Kind == Command {
			out = append(out, &target{Receiver: r, to: r.Name})
			continue
		}
		for _, u := range r.URLs {
			t := &target{Receiver: r, to: r.Name, url: u}
			if len(r.URLs) > 1 {
				t.to = fmt.Sprintf("%s (%s)", r.Name, host(u))
			}
			out = append(out, t)
		}
	}
	return out
}

// host is all of an address that is fit to be shown: users, passwords and paths may
// be secrets.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "its address"
	}
	return model.CleanName(u.Host)
}

// wants says whether the receiver is told of alerts of a severity.
func (t *target) wants(s model.Severity) bool {
	return len(t.Severities) == 0 || slices.Contains(t.Severities, s)
}

// failed makes the next call wait, longer each time.
func (t *target) failed(now time.Time, timing Timing) {
	pause := timing.Back << min(t.tries, 16)
	t.tries++
	t.next = now.Add(min(pause, timing.BackMost))
}
