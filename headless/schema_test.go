package headless

import (
	"testing"

	"tritop/jsonschema/jsonschematest"
)

// Every scenario's document is what the published schema says, and holds no key
// that it does not describe.
func TestDocumentsFitTheSchema(t *testing.T) {
	t.Parallel()
	schema, err := CheckSchema()
	if err != nil {
		t.Fatal(err)
	}
	fits := jsonschematest.Strict(t, schema)
	for name, s := range snapshots(t) {
		if err := fits([]byte(printed(t, s))); err != nil {
			t.Errorf("%s: %.2000v", name, err)
		}
	}
}
