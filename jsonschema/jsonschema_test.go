package jsonschema_test

import (
	"encoding/json"
	"strings"
	"testing"

	"tritop/jsonschema"
	"tritop/jsonschema/jsonschematest"
)

type inner struct {
	Count uint64   `json:"count"`
	Rate  *float64 `json:"rate"`
	Why   string   `json:"rate_reason,omitempty"`
}

type outer struct {
	Name   string         `json:"name"`
	Hidden int            `json:"-"`
	Extra  []string       `json:"extra,omitempty"`
	Sizes  map[string]int `json:"sizes"`
	Sizes_ string         `json:"sizes_reason,omitempty"` //nolint:revive // the key is what matters
	Any    []any          `json:"any"`
	Rows   []struct {
		inner
		On *bool `json:"on"`
	} `json:"rows"`
}

func TestWhatGoPrintsFits(t *testing.T) {
	t.Parallel()
	fits, rate := jsonschematest.Strict(t, jsonschema.Of(outer{})), 0.5
	for name, v := range map[string]outer{
		"empty": {Sizes: map[string]int{}, Any: []any{}, Rows: []struct {
			inner
			On *bool `json:"on"`
		}{}},
		"filled": {Name: "x", Extra: []string{"y"}, Sizes_: "unknown", Any: []any{1, "z"}, Rows: []struct {
			inner
			On *bool `json:"on"`
		}{{inner: inner{Rate: &rate}}, {inner: inner{Why: "no data"}}}},
	} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := fits(text); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}

func TestWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	const row = `{"count": 1, "rate": 1, "on": null}`
	right := `{"name": "x", "sizes": {"a": 1}, "any": [], "rows": [` + row + `]}`
	fits, loose := jsonschematest.Strict(t, jsonschema.Of(outer{})), jsonschematest.Validator(t, jsonschema.Of(outer{}))
	if err := fits([]byte(right)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"a key is missing":      {`"name": "x", `, ""},
		"null without a reason": {`"rate": 1`, `"rate": null`},
		"a map that is null":    {`{"a": 1}`, `null`},
		"a list that is null":   {`[` + row + `]`, `null`},
		"a negative count":      {`"count": 1`, `"count": -1`},
		"a text for a number":   {`"rate": 1`, `"rate": "1"`},
		"no JSON":               {`{`, ``},
	} {
		if text := strings.Replace(right, change[0], change[1], 1); fits([]byte(text)) == nil || loose([]byte(text)) == nil {
			t.Errorf("%s fits: %s", name, text)
		}
	}
	more := strings.Replace(right, `"count"`, `"new": 1, "count"`, 1)
	if fits([]byte(more)) == nil {
		t.Error("a key that is not described fits strictly")
	}
	if err := loose([]byte(more)); err != nil {
		t.Errorf("documents cannot grow: %v", err)
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	s := jsonschema.Of(outer{})
	if err := s.Note("rows.count", jsonschema.Schema{"maximum": 3}); err != nil {
		t.Fatal(err)
	}
	if err := s.Note("rows.cuont", nil); err == nil || !strings.Contains(err.Error(), `no key "cuont" of "rows.cuont"`) {
		t.Errorf("%v", err)
	}
	if jsonschematest.Validator(t, s.Document("t", "a"))([]byte(`{"name": "", "sizes": {}, "any": [], "rows": [{"count": 4, "rate": 1, "on": true}]}`)) == nil {
		t.Error("the note has no effect")
	}
}
