package notify

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"tritop/model"
)

// What is kept comes back as it was, with who took the last firing.
func TestKeptComesBack(t *testing.T) {
	t.Parallel()
	x := alert("TritonServerDown", "triton-a", model.Critical)
	x.State, x.Since, x.Fired, x.Runbook = model.AlertFiring, start, start.Add(time.Minute), "https://wiki.example"
	x.Lifecycle = model.Lifecycle{Ended: start.Add(2 * time.Minute), Fires: []time.Time{start, start.Add(time.Minute)}}
	x.Flaps = 1
	over := x
	over.State, over.Fired, over.Resolved = model.AlertResolved, start, start.Add(30*time.Second)
	k := Kept{Alert: x, Episodes: []Episode{{Alert: over, Told: map[string]Told{"am": {ToldOver, start}, "ops": {ToldFiring, start}}}, {Alert: x, Told: map[string]Told{"ops": {ToldFiring, start.Add(time.Hour)}}}}}
	text, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	var got Kept
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want := k
	want.Alert.Delivery = []model.Delivery{{To: "ops", Last: start.Add(time.Hour)}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
	if !strings.Contains(string(text), `"told":{"am":{"what":"resolved","at":"2026-11-24T12:00:00Z"},"ops":{"what":"firing","at":"2026-11-24T12:00:00Z"}}`) {
		t.Errorf("%s", text)
	}
}

// What anybody may have written is no alert, and draws nothing.
func TestKeptByOthers(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{}`, `[]`, `{"labels":{"alertname":"x","severity":"loud"},"state":"firing"}`, `{"labels":{"alertname":"x","severity":"info"},"state":"odd"}`,
		`{"labels":{"severity":"info"},"state":"firing"}`, `{"labels":{"alertname":"\u001b[2J","severity":"info"},"state":"firing"}`} {
		var k Kept
		if err := json.Unmarshal([]byte(text), &k); err == nil {
			t.Errorf("%s is taken as %+v", text, k)
		}
	}
	var k Kept
	text := `{"labels":{"alertname":"x","severity":"info"},"state":"firing","summary":"\u001b[2J","firings":[{"summary":"\u0007","told":{"\u001b":{"what":"firing"},"b":{"what":"odd"}}}]}`
	if err := json.Unmarshal([]byte(text), &k); err != nil || strings.ContainsAny(k.Alert.Summary+k.Episodes[0].Alert.Summary, "\x1b\a") || len(k.Episodes[0].Told) != 1 {
		t.Errorf("%v, %+v", err, k)
	}
}
