package journal

import (
	"encoding/json"
	"fmt"
	"time"

	"tritop/model"
)

// The payloads of the kinds that are known here. What is read back may have been
// written by anybody: its names are cleaned like those of the network.

// with gives the record a payload.
func (r Record) with(payload any) (Record, error) {
	text, err := json.Marshal(payload)
	if err != nil {
		return r, fmt.Errorf("keep a record of kind %s: %w", r.Kind, err)
	}
	r.Data = text
	return r, nil
}

// event is the payload of an event. Its words are kept, not their numbers.
type event struct {
	Fleet   string `json:"fleet"`
	Seq     uint64 `json:"seq"`
	Kind    string `json:"kind"`
	Server  string `json:"server,omitempty"`
	Model   string `json:"model,omitempty"`
	Version string `json:"version,omitempty"`
	GPU     string `json:"gpu,omitempty"`
	From    string `json:"from,omitempty"`
	To      string `json:"to,omitempty"`
	Detail  string `json:"detail,omitempty"`
	Verdict string `json:"verdict"`
}

// EventRecord is the record of an event of a fleet.
func EventRecord(fleet string, e model.Event) (Record, error) {
	return Record{Kind: KindEvent, At: e.At}.with(event{fleet, e.Seq, e.Kind.String(), e.Server, e.Model, e.Version, e.GPU, e.From, e.To, e.Detail, e.Verdict.String()})
}

// Event reads the event of a record, and of which fleet it is.
func (r Record) Event() (fleet string, e model.Event, ok bool) {
	var p event
	if r.Kind != KindEvent || json.Unmarshal(r.Data, &p) != nil || p.Seq == 0 {
		return "", e, false
	}
	kind, known := model.EventKindOf(p.Kind)
	verdict, judged := model.VerdictOf(p.Verdict)
	if !known || !judged {
		return "", e, false
	}
	name := model.CleanName
	return p.Fleet, model.Event{Seq: p.Seq, At: r.At, Kind: kind, Server: name(p.Server), Model: name(p.Model), Version: name(p.Version), GPU: name(p.GPU),
		From: model.CleanText(p.From), To: model.CleanText(p.To), Detail: model.CleanText(p.Detail), Verdict: verdict}, true
}

// GapRecord says that events of a fleet from one number to another were not kept.
func GapRecord(fleet string, from, to uint64) (Record, error) {
	return Record{Kind: KindGap}.with(struct {
		Fleet string `json:"fleet"`
		From  uint64 `json:"from"`
		To    uint64 `json:"to"`
	}{fleet, from, to})
}

// Silence is what a person said about an alert: that it is known, or that it is
// to be silent for a while.
type Silence struct {
	Alert  string // the key of the alert
	Reason string
	At     time.Time
	Until  time.Time // zero: until the alert is over
	Actor  Actor
}

type reason struct {
	Reason string `json:"reason"`
}

// AckRecord is the record of an acknowledgement, SnoozeRecord that of a snooze.
func AckRecord(s Silence) (Record, error) { return s.record(KindAck) }

// SnoozeRecord is the record of a snooze.
func SnoozeRecord(s Silence) (Record, error) { return s.record(KindSnooze) }

func (s Silence) record(kind Kind) (Record, error) {
	return Record{At: s.At, Kind: kind, Key: s.Alert, Until: s.Until, Actor: s.Actor}.with(reason{s.Reason})
}

// Silence reads an acknowledgement or a snooze.
func (r Record) Silence() (s Silence, ok bool) {
	var p reason
	if r.Kind != KindAck && r.Kind != KindSnooze || json.Unmarshal(r.Data, &p) != nil {
		return s, false
	}
	return Silence{r.Key, model.CleanText(p.Reason), r.At, r.Until, r.Actor}, true
}

// AlertRecord is the record of an alert's state; the payload is its owner's and
// becomes JSON.
func AlertRecord(key string, at time.Time, state any) (Record, error) {
	return Record{At: at, Kind: KindAlert, Key: key}.with(state)
}

// Forget ends what a kind and key hold.
func Forget(kind Kind, key string) Record { return Record{Kind: kind, Key: key} }
