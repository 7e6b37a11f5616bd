package model

import (
	"cmp"
	"strings"
)

// Signals are what a metrics text tells beside what tritop knows by name. A
// collector takes samples of them, the engine makes Signals of these.

// SignalLimit is how many signals are kept of one server, the first by Compare:
// a back-end may register any number of them.
const SignalLimit = 64

// FamilySample is one series of a metric family that tritop does not know by
// name, as one metrics text has it.
type FamilySample struct {
	Family         string
	Help           string // the text's own words; empty: none
	Label          string // all labels but model and version: `request_type="waiting"`
	Model, Version string // empty: of the whole server
	Kind           SignalKind
	// Value of a gauge is its value, of a counter what it has counted; of a
	// histogram or summary it is the sum of the Count values that were observed.
	Value, Count float64
}

// Compare orders samples by model, family, label, then version; 0: the same series.
func (f *FamilySample) Compare(o *FamilySample) int {
	return cmp.Or(cmp.Compare(f.Model, o.Model), cmp.Compare(f.Family, o.Family), cmp.Compare(f.Label, o.Label), cmp.Compare(f.Version, o.Version))
}

// units are the last words of a metric's name that say what it is measured in.
var units = [...]struct{ suffix, unit string }{
	{"_seconds", "s"}, {"_secs", "s"}, {"_ms", "ms"}, {"_milliseconds", "ms"}, {"_us", "µs"}, {"_microseconds", "µs"}, {"_ns", "ns"},
	{"_bytes", "bytes"}, {"_tokens", "tokens"}, {"_percent", "%"},
}

// Unit says in what the value is measured, as far as the name of the family
// tells: "s", "ms", "bytes", of a rate "tokens/s"; "" where it does not.
func (s *Signal) Unit() string {
	name, unit := strings.TrimSuffix(s.Family, "_total"), ""
	for _, u := range units {
		if strings.HasSuffix(name, u.suffix) {
			unit = u.unit
			break
		}
	}
	if s.Kind == SignalRate {
		unit += "/s"
	}
	return unit
}
