//go:build e2e

package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// sameness gathers where two JSON values differ in what a program could notice:
// keys, types and texts. What was measured may differ.
type sameness struct{ differences []string }

// newer are keys of the version that the simulated servers play (2.66), which
// the real one (2.51) does not have yet.
var newer = map[string]bool{"max_inflight_requests": true}

func (s *sameness) differ(path, format string, args ...any) {
	s.differences = append(s.differences, path+": "+fmt.Sprintf(format, args...))
}

// figure says whether a value is a number, or one as protobuf's JSON writes large ones.
func figure(v any) bool {
	switch v := v.(type) {
	case float64:
		return true
	case string:
		return v != "" && strings.Trim(v, "0123456789") == ""
	}
	return false
}

func (s *sameness) compare(path string, want, got any) {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			s.objects(path, w, g)
			return
		}
		s.differ(path, "%v, the real one gives an object", got)
	case []any:
		if g, ok := got.([]any); ok {
			s.lists(path, w, g)
			return
		}
		s.differ(path, "%v, the real one gives a list", got)
	default:
		measured := strings.Contains(path, "_stats") || strings.HasSuffix(path, "last_inference") || strings.HasSuffix(path, "_count")
		switch {
		case measured && figure(want) && figure(got) && fmt.Sprintf("%T", want) == fmt.Sprintf("%T", got):
		case want != got:
			s.differ(path, "%v (%T), the real one gives %v (%T)", got, got, want, want)
		}
	}
}

func (s *sameness) objects(path string, want, got map[string]any) {
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if g, ok := got[k]; ok {
			s.compare(path+"."+k, want[k], g)
		} else {
			s.differ(path, "no %s, the real one gives %v", k, want[k])
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if newer[k] || strings.HasSuffix(path, ".inference_stats.fail") { // protobuf leaves a 0 out; simulated users fail now and then
			continue
		}
		if _, ok := want[k]; !ok {
			s.differ(path, "%s (%v), the real one has no such key", k, got[k])
		}
	}
}

// lists compares entry by entry; what has a name is compared with its namesake,
// as the simulated server has more models, and of batch sizes the first speaks
// for all, as others were sent.
func (s *sameness) lists(path string, want, got []any) {
	if strings.HasSuffix(path, ".batch_stats") && len(want) > 0 && len(got) > 0 {
		want, got = want[:1], got[:1]
	}
	if len(want) > 0 && named(want[0]) != "" {
		theirs := make(map[string]any)
		for _, g := range got {
			theirs[named(g)] = g
		}
		for _, w := range want {
			s.compare(path+"["+named(w)+"]", w, theirs[named(w)])
		}
		return
	}
	if len(want) != len(got) {
		s.differ(path, "%d entries, the real one gives %d", len(got), len(want))
	}
	for i := range min(len(want), len(got)) {
		s.compare(fmt.Sprintf("%s[%d]", path, i), want[i], got[i])
	}
}

func named(v any) string {
	o, ok := v.(map[string]any)
	if !ok || o["name"] == nil {
		return ""
	}
	return fmt.Sprint(o["name"], " ", o["version"])
}
