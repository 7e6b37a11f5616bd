package headless

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tritop/model"
)

func alerting() *model.Snapshot {
	now := time.Date(2026, 11, 24, 14, 0, 0, 0, time.UTC)
	labels := []model.Label{{Name: "alertname", Value: "TritonServerDown"}, {Name: "server", Value: "triton-a"}, {Name: "severity", Value: "critical"}}
	return &model.Snapshot{Now: now, Fleet: "prod", Judged: model.Judged{Alerts: []model.Alert{
		{Labels: labels, State: model.AlertFiring, Severity: model.Critical, Page: true, Summary: "triton-a: hung", Since: now.Add(-time.Hour), Fired: now.Add(-59 * time.Minute),
			NoData: "no data", Said: model.Said{By: "op1 at pts/3", At: now, Reason: "on it", Until: now.Add(time.Hour)}, Silence: "op2: planned", Flaps: 2,
			Delivery: []model.Delivery{{To: "am", Last: now}, {To: "ops", Tries: 3, Err: "connection refused"}}},
		{Labels: labels, Severity: model.Warning, Summary: "still waits", Since: now},
	}}, Events: []model.Event{
		{Seq: 1, At: now, Kind: model.EventAlert, Server: "triton-a", To: "alert fires: TritonServerDown (critical)", Detail: "triton-a: hung"},
		{Seq: 2, At: now, Kind: model.EventAlert, Server: "triton-b", To: "alert fires: TritonServerDown (critical)", Detail: "triton-b: hung"},
		{Seq: 3, At: now, Kind: model.EventAlert, To: "alerts are not delivered to ops", Detail: "connection refused"},
	}}
}

func TestAlertsAsJSON(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := JSON(&b, alerting(), false); err != nil {
		t.Fatal(err)
	}
	var d struct{ Alerts []json.RawMessage }
	if err := json.Unmarshal([]byte(b.String()), &d); err != nil {
		t.Fatal(err)
	}
	want := `{"name":"TritonServerDown","state":"firing","severity":"critical","page":true,"labels":{"alertname":"TritonServerDown","server":"triton-a","severity":"critical"},"summary":"triton-a: hung","runbook":"",` +
		`"since":"2026-11-24T13:00:00.000Z","fired":"2026-11-24T13:01:00.000Z","resolved":null,"resolved_reason":"it is not resolved","flaps":2,"no_data":"no data",` +
		`"said":{"by":"op1 at pts/3","at":"2026-11-24T14:00:00.000Z","reason":"on it","until":"2026-11-24T15:00:00.000Z"},"silence":"op2: planned",` +
		`"delivery":[{"to":"am","last":"2026-11-24T14:00:00.000Z","failed_tries":0,"error":""},{"to":"ops","last":null,"last_reason":"it took nothing yet","failed_tries":3,"error":"connection refused"}]}`
	if len(d.Alerts) != 2 || string(d.Alerts[0]) != want {
		t.Errorf("%s\nwant\n%s", d.Alerts, want)
	}
}

// Only what fires is in the table; each alert is a sentence that names its own.
func TestAlertsForPeople(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := Table(&b, alerting()); err != nil {
		t.Fatal(err)
	}
	want := "ALERTS\ncritical   TritonServerDown: triton-a: hung, fires for 59m00s; not known now (no\n           data); snoozed until 15:00:00Z by op1 at pts/3: on it; silenced by\n           op2: planned\n"
	if !strings.Contains(b.String(), want) || strings.Contains(b.String(), "still waits") {
		t.Errorf("%s\nwant\n%s", b.String(), want)
	}
	b.Reset()
	if _, err := Changes(&b, alerting(), 0); err != nil {
		t.Fatal(err)
	}
	want = "14:00:00Z Alert fires: TritonServerDown (critical): triton-a: hung.\n14:00:00Z Alert fires: TritonServerDown (critical): triton-b: hung.\n14:00:00Z Alerts are not delivered to ops: connection refused.\n"
	if b.String() != want {
		t.Errorf("%s\nwant\n%s", b.String(), want)
	}
}
