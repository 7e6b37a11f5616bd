package config

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"

	"tritop/jsonschema/jsonschematest"
)

// asJSON is what an editor makes of a YAML file.
func asJSON(t *testing.T, text []byte) []byte {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestTheSchemaAcceptsWhatConfigInitPrints(t *testing.T) {
	t.Parallel()
	if err := jsonschematest.Validator(t, JSONSchema())(asJSON(t, []byte(InitText()))); err != nil {
		t.Error(err)
	}
}

// example is a right value of a field, with every key that it may have.
func example(f *field) any {
	switch f.kind {
	case object:
		out := make(map[string]any)
		for key, sub := range f.keys {
			out[key] = example(sub)
		}
		return out
	case dict:
		return map[string]any{"a": example(f.item)}
	case list:
		return []any{example(f.item)}
	case integers:
		return []any{1, 4}
	case text:
		return append(slices.Clone(f.allowed), "some text")[0]
	case whole, number:
		return max(f.min, 1)
	case boolean:
		return true
	case duration, target, colour:
		return map[kind]string{duration: "1h30m", target: "0.1%", colour: "red"}[f.kind]
	case name, anyKind:
	}
	return "a name"
}

// variants gives a value with one thing in it replaced or left out, in every
// place and by everything in with.
func variants(v any, with []any, yield func(any)) {
	for _, w := range with {
		yield(w)
	}
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			variants(inner, with, func(changed any) {
				out := maps.Clone(v)
				out[key] = changed
				yield(out)
			})
			out := maps.Clone(v)
			delete(out, key)
			yield(out)
			out = maps.Clone(v)
			out[key+"_"] = inner
			yield(out)
		}
	case []any:
		for i, inner := range v {
			variants(inner, with, func(changed any) {
				out := slices.Clone(v)
				out[i] = changed
				yield(out)
			})
		}
	}
}

// The schemas and Load agree about the form of a file, in every place and in both
// directions: one is made from the other's table.
func TestTheSchemasSayWhatLoadSays(t *testing.T) {
	t.Parallel()
	c := comparison{fits: jsonschematest.Validator(t, JSONSchema()), schema: root()}
	for key, f := range root().keys { // one section at a time, so that files stay small
		variants(map[string]any{"version": 1, key: example(f)}, samples(), func(v any) { c.compare(t, v) })
	}
	c.finish(t, 4000)
	c = comparison{fits: jsonschematest.Validator(t, ThemeJSONSchema()), schema: themeSchema()}
	variants(example(themeSchema()), samples(), func(v any) { c.compare(t, v) })
	c.finish(t, 300)
}

// samples are right in some places and wrong in others.
func samples() []any {
	return []any{nil, "", " ", "word", "on\x07e", "two\nlines", "100ms", "0s", "-5s", ".5m", "0.5%", "5/s", "2GiB", "nan", "8001", "Red", "#fff", "#ff", "0255", "256",
		0, 1, -1, 5, 300, 70000, 0.5, -0.5, true, []any{}, []any{"x"}, []any{0}, []any{1.5}, map[string]any{}, map[string]any{"x": "y"}}
}

type comparison struct {
	fits       func([]byte) error
	schema     *field
	n, refused int
}

func (c *comparison) compare(t *testing.T, v any) {
	t.Helper()
	text, err := yaml.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	doc, problems := document("f", text, startHere)
	w := &walker{file: "f", problems: problems}
	if doc != nil {
		w.check(doc, c.schema, "the file")
	}
	invalid := c.fits(asJSON(t, text))
	c.n++
	if len(w.problems) > 0 {
		c.refused++
	}
	if (invalid != nil) != (len(w.problems) > 0) {
		t.Errorf("Load: %v\nthe schema: %v\n%s", w.problems, invalid, text)
	}
}

func (c *comparison) finish(t *testing.T, least int) {
	t.Helper()
	if c.n < least || c.refused < c.n/2 || c.refused == c.n {
		t.Errorf("%d variants, %d refused: the test has lost its grip", c.n, c.refused)
	}
}
