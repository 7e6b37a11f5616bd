// Package jsonschema makes JSON Schemas (draft 2020-12) of the documents that
// tritop prints, out of the Go types that they are printed from, so that the two
// cannot differ. It knows types only; what a word means is said by who prints it.
package jsonschema

import (
	"fmt"
	"reflect"
	"strings"
)

// Draft is the dialect of all schemas here.
const Draft = "https://json-schema.org/draft/2020-12/schema"

// Schema is a schema or a part of one, as encoding/json prints it.
type Schema map[string]any

// reasonKey is what stands behind the key of a value that may be null, for the
// key that says why it is.
const reasonKey = "_reason"

// Of gives the schema of what encoding/json makes of a value's type. Keys that
// are not known are allowed, as documents grow. A key that may be null and has a
// partner `…_reason` must have it when it is null. Types that have no place in a
// document of ours (functions, channels) allow anything.
func Of(v any) Schema { return ofType(reflect.TypeOf(v)) }

func ofType(t reflect.Type) Schema {
	switch t.Kind() {
	case reflect.Pointer:
		return Nullable(ofType(t.Elem()))
	case reflect.Struct:
		return ofStruct(t)
	case reflect.Slice, reflect.Array:
		return Schema{"type": "array", "items": ofType(t.Elem())}
	case reflect.Map:
		return Schema{"type": "object", "additionalProperties": ofType(t.Elem())}
	case reflect.String:
		return Schema{"type": "string"}
	case reflect.Bool:
		return Schema{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return Schema{"type": "number"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return Schema{"type": "integer"}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return Schema{"type": "integer", "minimum": 0}
	case reflect.Invalid, reflect.Uintptr, reflect.Complex64, reflect.Complex128, reflect.Chan, reflect.Func, reflect.Interface, reflect.UnsafePointer:
	}
	return Schema{}
}

// Nullable allows null besides.
func Nullable(s Schema) Schema {
	if one, ok := s["type"].(string); ok {
		s["type"] = []string{one, "null"}
	}
	return s
}

func ofStruct(t reflect.Type) Schema {
	keys, required := make(map[string]Schema), []string{}
	addFields(t, keys, &required)
	s := Schema{"type": "object", "properties": keys, "required": required}
	var reasons []Schema
	for _, key := range required {
		if _, explained := keys[key+reasonKey]; !explained {
			continue
		}
		Nullable(keys[key]) // a map that was not made is null, too
		reasons = append(reasons, Schema{"if": Schema{"properties": Schema{key: Schema{"type": "null"}}}, "then": Schema{"required": []string{key + reasonKey}}})
	}
	if len(reasons) > 0 {
		s["allOf"] = reasons
	}
	return s
}

// addFields adds the keys of a struct; those of one that is embedded are its own.
func addFields(t reflect.Type, keys map[string]Schema, required *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			addFields(f.Type, keys, required)
			continue
		case name == "-" || !f.IsExported():
			continue
		case name == "":
			name = f.Name
		}
		keys[name] = ofType(f.Type)
		if !strings.Contains(options, "omitempty") {
			*required = append(*required, name)
		}
	}
}

// At gives the part of a schema that a path of keys leads to, such as
// "servers.models.state"; lists and maps are passed through. An error means that
// the path leads nowhere.
func (s Schema) At(path string) (Schema, error) {
	for key := range strings.SplitSeq(path, ".") {
		keys, _ := s.inner()["properties"].(map[string]Schema)
		next, ok := keys[key]
		if !ok {
			return nil, fmt.Errorf("the schema has no key %q of %q", key, path)
		}
		s = next
	}
	return s, nil
}

// inner is what a list or a map holds.
func (s Schema) inner() Schema {
	for _, key := range []string{"items", "additionalProperties"} {
		if held, ok := s[key].(Schema); ok {
			return held.inner()
		}
	}
	return s
}

// Note adds keywords to the part that a path leads to.
func (s Schema) Note(path string, more Schema) error {
	part, err := s.At(path)
	if err != nil {
		return err
	}
	for k, v := range more {
		part[k] = v
	}
	return nil
}

// Document makes a whole document of a schema.
func (s Schema) Document(title, about string) Schema {
	s["$schema"], s["title"], s["description"] = Draft, title, about
	return s
}
