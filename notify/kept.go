package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tritop/model"
)

// What is kept of an alert, as JSON: words, not numbers, for people and jq. What is
// read back may have been written by anybody.

// keptAlert is Kept as it is written.
type keptAlert struct {
	Labels       map[string]string `json:"labels"`
	State        string            `json:"state"`
	Page         bool              `json:"page,omitempty"`
	Summary      string            `json:"summary"`
	Runbook      string            `json:"runbook,omitempty"`
	Since        time.Time         `json:"since"`
	Fired        time.Time         `json:"fired,omitzero"`
	Resolved     time.Time         `json:"resolved,omitzero"`
	Ended        time.Time         `json:"ended,omitzero"`
	Fires        []time.Time       `json:"fires,omitempty"`
	LastFired    time.Time         `json:"last_fired,omitzero"`
	LastResolved time.Time         `json:"last_resolved,omitzero"`
	Firings      []keptFiring      `json:"firings,omitempty"`
}

// keptFiring is an Episode as it is written.
type keptFiring struct {
	Fired    time.Time           `json:"fired"`
	Resolved time.Time           `json:"resolved,omitzero"`
	Summary  string              `json:"summary"`
	Told     map[string]keptTold `json:"told,omitempty"`
}

type keptTold struct {
	What string    `json:"what"`
	At   time.Time `json:"at,omitzero"`
}

// MarshalJSON writes what is kept.
func (k Kept) MarshalJSON() ([]byte, error) {
	a := &k.Alert
	out := keptAlert{Labels: labelMap(a.Labels), State: a.State.String(), Page: a.Page, Summary: a.Summary, Runbook: a.Runbook, Since: a.Since, Fired: a.Fired, Resolved: a.Resolved,
		Ended: a.Ended, Fires: a.Fires, LastFired: a.LastFired, LastResolved: a.LastResolved}
	for _, e := range k.Episodes {
		f := keptFiring{Fired: e.Alert.Fired, Resolved: e.Alert.Resolved, Summary: e.Alert.Summary, Told: make(map[string]keptTold)}
		for to, t := range e.Told {
			f.Told[to] = keptTold{stageWords[t.Stage], t.At}
		}
		out.Firings = append(out.Firings, f)
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("keep the alert %s: %w", a.Name(), err)
	}
	return text, nil
}

// errForeign says that what was read is no alert of ours.
var errForeign = errors.New("it is no alert that tritop keeps")

// UnmarshalJSON reads it back.
func (k *Kept) UnmarshalJSON(text []byte) error {
	var in keptAlert
	if err := json.Unmarshal(text, &in); err != nil {
		return fmt.Errorf("read an alert: %w", err)
	}
	severity, known := model.ParseSeverity(in.Labels["severity"])
	state, meant := stateOf(in.State)
	if !known || !meant || in.Labels["alertname"] == "" {
		return errForeign
	}
	for name, value := range in.Labels {
		if model.CleanText(name+value) != name+value {
			return errForeign
		}
	}
	k.Alert = model.Alert{Labels: sortedLabels(in.Labels), State: state, Severity: severity, Page: in.Page, Summary: model.CleanText(in.Summary), Runbook: model.CleanText(in.Runbook),
		Since: in.Since, Fired: in.Fired, Resolved: in.Resolved, Flaps: max(0, len(in.Fires)-1),
		Lifecycle: model.Lifecycle{Ended: in.Ended, Fires: in.Fires, LastFired: in.LastFired, LastResolved: in.LastResolved}}
	k.Episodes = nil
	for _, f := range in.Firings {
		e := Episode{Alert: k.Alert, Told: make(map[string]Told)}
		e.Alert.State, e.Alert.Fired, e.Alert.Resolved, e.Alert.Summary = model.AlertFiring, f.Fired, f.Resolved, model.CleanText(f.Summary)
		if e.over() {
			e.Alert.State = model.AlertResolved
		}
		for to, t := range f.Told {
			if stage := slices.Index(stageWords[:], t.What); stage > 0 {
				e.Told[model.CleanName(to)] = Told{Stage(stage), t.At}
			}
		}
		k.Episodes = append(k.Episodes, e)
	}
	k.delivered()
	return nil
}

// delivered says of the alert who took its last firing.
func (k *Kept) delivered() {
	if len(k.Episodes) == 0 {
		return
	}
	told := k.Episodes[len(k.Episodes)-1].Told
	for _, to := range slices.Sorted(maps.Keys(told)) {
		if at := told[to].At; !at.IsZero() {
			k.Alert.Delivery = append(k.Alert.Delivery, model.Delivery{To: to, Last: at})
		}
	}
}

func stateOf(word string) (model.AlertState, bool) {
	for s := model.AlertPending; s <= model.AlertResolved; s++ {
		if s.String() == word {
			return s, true
		}
	}
	return 0, false
}
