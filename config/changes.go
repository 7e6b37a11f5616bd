package config

import (
	"maps"
	"reflect"
	"slices"
)

// Changes names the sections that differ from those of another configuration;
// none where both say the same.
func (c Config) Changes(from Config) []string {
	out := []string{}
	for _, s := range []struct {
		name string
		same bool
	}{
		{"fleet", c.Fleet == from.Fleet}, {"servers", reflect.DeepEqual(c.Servers, from.Servers)}, {"servers_from", reflect.DeepEqual(c.From, from.From)},
		{"probes", reflect.DeepEqual(c.Probes, from.Probes)}, {"sources", reflect.DeepEqual(c.sections["sources"], from.sections["sources"])},
	} {
		if !s.same {
			out = append(out, s.name)
		}
	}
	all := make(map[string]any)
	maps.Copy(all, c.sections)
	maps.Copy(all, from.sections)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if key != "sources" && !reflect.DeepEqual(c.sections[key], from.sections[key]) {
			out = append(out, key)
		}
	}
	return out
}
