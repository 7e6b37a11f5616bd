package config

import (
	"strings"
	"unicode"

	"tritop/jsonschema"
	"tritop/themes"
)

// JSONSchema describes the configuration file, for editors and for checks
// without tritop. It is made from the table that Load checks by. What no single
// value shows (names twice, an endpoint of a server that is not there) only
// `config validate` finds.
func JSONSchema() jsonschema.Schema {
	return schemaOf(root()).Document("tritop configuration", "The configuration file of tritop. Names that stand twice and references to nothing are found by `tritop config validate` only.")
}

// ThemeJSONSchema describes a theme file in the same way.
func ThemeJSONSchema() jsonschema.Schema {
	return schemaOf(themeSchema()).Document("tritop theme", "A theme file of tritop: colours for roles and grounds, on top of a base (docs/themes.md).")
}

// The texts of the file that have a form. A pattern says no more than can be
// said without looking ahead: what is too large is found by Load.
const (
	durationForm = `^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))*$`
	unitForm     = `^\s*\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\s*(%|/s|KiB|MiB|GiB|TiB)\s*$`
	ratioForm    = `^\s*\+?(0*\.[0-9]+|0+\.?|0*1(\.0*)?|[0-9]+(\.[0-9]*)?[eE]-[0-9]+)\s*$`
	someDigit    = `[1-9]` // a duration is longer than nothing
	oneLine      = `^[^\x00-\x1f\x7f-\x9f]*$`
	severalLines = `^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$`
	notBlank     = `\S`
)

// scalar are the types that YAML's plain values may have in JSON: a version that
// is written 2 is the text "2" to tritop.
var scalar = []string{"string", "number", "boolean"}

func schemaOf(f *field) jsonschema.Schema {
	switch f.kind {
	case object:
		return objectSchema(f)
	case list:
		return orNothing(f, jsonschema.Schema{"type": "array", "items": schemaOf(f.item)})
	case dict:
		return orNothing(f, jsonschema.Schema{"type": "object", "additionalProperties": schemaOf(f.item)})
	case integers:
		return jsonschema.Schema{"type": "array", "items": jsonschema.Schema{"type": "integer", "minimum": 1}}
	case anyKind, text, name, whole, number, boolean, duration, target, colour:
	}
	return scalarSchema(f)
}

// orNothing allows a list or mapping whose lines are all commented out.
func orNothing(f *field, s jsonschema.Schema) jsonschema.Schema {
	if f.required {
		return s
	}
	return jsonschema.Nullable(s)
}

func objectSchema(f *field) jsonschema.Schema {
	keys, required := make(map[string]jsonschema.Schema), []string{}
	for _, key := range mapKeys(f.keys) {
		keys[key] = schemaOf(f.keys[key])
		if f.keys[key].later {
			keys[key]["description"] = "Parsed and checked, and not used yet."
		}
		if f.keys[key].required {
			required = append(required, key)
		}
	}
	s := jsonschema.Schema{"type": "object", "properties": keys, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
		return s
	}
	return jsonschema.Nullable(s)
}

func scalarSchema(f *field) jsonschema.Schema {
	switch f.kind {
	case text:
		if len(f.allowed) > 0 {
			return jsonschema.Schema{"enum": f.allowed}
		}
		return jsonschema.Schema{"type": append([]string{"null"}, scalar...), "pattern": severalLines}
	case name:
		return jsonschema.Schema{"type": scalar, "allOf": []jsonschema.Schema{{"pattern": oneLine}, {"pattern": notBlank}}}
	case whole:
		return limited(f, jsonschema.Schema{"type": "integer"})
	case number:
		return limited(f, jsonschema.Schema{"type": "number"})
	case boolean:
		return jsonschema.Schema{"type": "boolean"}
	case duration:
		return durationSchema()
	case target:
		return targetSchema()
	case colour:
		return colourSchema()
	case anyKind, integers, object, list, dict:
	}
	return jsonschema.Schema{}
}

func limited(f *field, s jsonschema.Schema) jsonschema.Schema {
	if f.min != f.max || f.min != 0 {
		s["minimum"], s["maximum"] = f.min, f.max
	}
	return s
}

func durationSchema() jsonschema.Schema {
	return jsonschema.Schema{"type": "string", "allOf": []jsonschema.Schema{{"pattern": durationForm}, {"pattern": someDigit}}, "examples": []string{"100ms", "5s", "1h"}}
}

// targetSchema is a figure with its unit, or a ratio as a bare number.
func targetSchema() jsonschema.Schema {
	return jsonschema.Schema{
		"anyOf": []jsonschema.Schema{
			{"type": "number", "minimum": 0, "maximum": 1},
			{"type": "string", "pattern": unitForm},
			{"type": "string", "pattern": ratioForm},
			durationSchema(),
		},
		"examples": []any{"100ms", "0.1%", 0.001, "100/s", "2GiB"},
	}
}

// colourSchema is a colour by its value, its name in any case, or its number.
func colourSchema() jsonschema.Schema {
	names := make([]string, 0, len(themes.ColourNames()))
	for _, n := range themes.ColourNames() {
		names = append(names, anyCase(n))
	}
	return jsonschema.Schema{
		"anyOf": []jsonschema.Schema{
			{"type": "integer", "minimum": 0, "maximum": 255},
			{"type": "string", "pattern": `^#([0-9A-Fa-f]{3}){1,2}$`},
			{"type": "string", "pattern": `^0*([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])$`},
			{"type": "string", "pattern": "^(" + strings.Join(names, "|") + ")$"},
		},
		"examples": []any{"#ff7373", "bright-red", 196, "none"},
	}
}

// anyCase makes a pattern of a word that does not mind capitals.
func anyCase(word string) string {
	var b strings.Builder
	for _, r := range word {
		if up := unicode.ToUpper(r); up != r {
			b.WriteString("[" + string(up) + string(r) + "]")
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
