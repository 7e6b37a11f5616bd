// Package jsonschematest validates documents against our JSON Schemas with a
// library that knows nothing of how they were made. Tests only import it.
package jsonschematest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	schemalib "github.com/santhosh-tekuri/jsonschema/v6"

	"tritop/jsonschema"
)

// Validator compiles a schema and gives what checks a document's text against it.
func Validator(tb testing.TB, s jsonschema.Schema) func(document []byte) error {
	tb.Helper()
	return compile(tb, plain(tb, s))
}

// Strict is Validator that knows every key: one that the schema does not
// describe is an error, although a published schema leaves room to grow.
func Strict(tb testing.TB, s jsonschema.Schema) func(document []byte) error {
	tb.Helper()
	return compile(tb, closed(plain(tb, s)))
}

// plain gives the schema as another program reads it.
func plain(tb testing.TB, s jsonschema.Schema) any {
	tb.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		tb.Fatal(err)
	}
	doc, err := schemalib.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		tb.Fatal(err)
	}
	return doc
}

// closed allows no keys but those that are described.
func closed(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			if key != "if" && key != "then" { // these repeat a part of what stands beside them
				v[key] = closed(inner)
			}
		}
		if _, has := v["properties"]; has && v["type"] != nil {
			v["additionalProperties"] = false
		}
	case []any:
		for i := range v {
			v[i] = closed(v[i])
		}
	}
	return v
}

func compile(tb testing.TB, schema any) func([]byte) error {
	tb.Helper()
	c := schemalib.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", schema); err != nil {
		tb.Fatal(err)
	}
	compiled, err := c.Compile("schema.json")
	if err != nil {
		tb.Fatal(err)
	}
	return func(document []byte) error {
		doc, err := schemalib.UnmarshalJSON(bytes.NewReader(document))
		if err != nil {
			return fmt.Errorf("the document is no JSON: %w", err)
		}
		if err := compiled.Validate(doc); err != nil {
			return fmt.Errorf("the document does not fit: %w", err)
		}
		return nil
	}
}
