package headless

import (
	"bytes"
	"encoding/json"
	"testing"

	"tritop/model"
)

func TestSignalsInTheDocument(t *testing.T) {
	t.Parallel()
	s := &model.Snapshot{Now: start, Servers: []model.Server{{ServerSpec: model.ServerSpec{Name: "a"},
		Replicas: []model.Replica{{Server: "a", Model: "llama", Version: "1"}, {Server: "a", Model: "other", Version: "1"}},
		Told: model.Told{Signals: []model.Signal{
			{Family: "nv_pinned_memory_pool_used_bytes", Value: model.Of(0)},
			{Family: "vllm:time_to_first_token_seconds", Model: "llama", Version: "1", Kind: model.SignalMean, Value: model.Missing(model.NoDemand)},
			{Family: "vllm:generation_tokens_total", Model: "llama", Version: "1", Kind: model.SignalRate, Value: model.Of(950)},
			{Family: "w", Label: `request_type="waiting"`, Model: "gone", Version: "3", Value: model.Of(4)}},
			SignalsLeft: 2}}}}
	var doc struct {
		Servers []struct {
			Signals json.RawMessage
			Left    int `json:"signals_left"`
			Models  []struct{ Signals json.RawMessage }
		}
	}
	if err := json.Unmarshal([]byte(printed(t, s)), &doc); err != nil {
		t.Fatal(err)
	}
	srv := doc.Servers[0]
	for what, c := range map[string]struct {
		got  json.RawMessage
		want string
	}{
		"server": {srv.Signals, `[{"family":"nv_pinned_memory_pool_used_bytes","label":"","kind":"gauge","unit":"bytes","value":0},{"family":"w","label":"request_type=\"waiting\"","model":"gone","version":"3","kind":"gauge","value":4}]`},
		"llama":  {srv.Models[0].Signals, `[{"family":"vllm:time_to_first_token_seconds","label":"","kind":"mean","unit":"s","value":null,"value_reason":"no demand"},{"family":"vllm:generation_tokens_total","label":"","kind":"rate","unit":"tokens/s","value":950}]`},
		"other":  {srv.Models[1].Signals, ""},
	} {
		var b bytes.Buffer
		if len(c.got) > 0 {
			if err := json.Compact(&b, c.got); err != nil {
				t.Fatal(err)
			}
		}
		if b.String() != c.want {
			t.Errorf("%s: %s", what, b.String())
		}
	}
	if srv.Left != 2 {
		t.Errorf("signals_left is %d", srv.Left)
	}
}
