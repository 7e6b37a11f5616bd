package exporter

import (
	"runtime"

	"tritop/model"
)

// appendTo writes a snapshot behind what is there.
func appendTo(out []byte, s *model.Snapshot, version string) []byte {
	t := &text{out: out}
	t.family("tritop_build_info", gauge, "1, with the version of tritop in the labels.")
	t.sample(labels("version", version, "goversion", runtime.Version()), 1)
	t.family("tritop_verdict", gauge, "The verdict on the fleet, as check exits with it: 0 healthy, 1 degraded, 2 unhealthy, 3 unknown.")
	t.sample(labels("fleet", s.Fleet), float64(s.Verdict.ExitCode()))
	t.family("tritop_problems", gauge, "Causes of trouble that are seen now.")
	t.count("", uint64(len(s.Problems)))
	t.servers(s)
	t.family("tritop_model_verdict", gauge, "The verdict on a model over all its servers: 0 healthy, 1 degraded, 2 unhealthy, 3 unknown.")
	for i := range s.Models {
		t.sample(labels("model", s.Models[i].Name), float64(s.Models[i].Finding.Verdict.ExitCode()))
	}
	t.versions(s)
	t.modelLatencies(s)
	t.judged(s)
	t.machines(s)
	t.sources(s)
	return t.out
}

// sources writes how tritop's own collectors are doing.
func (t *text) sources(s *model.Snapshot) {
	each := func(name string, of kind, help string, write func(src *model.Source, labels string)) {
		t.family(name, of, help)
		for i := range s.Sources {
			write(&s.Sources[i], labels("source", s.Sources[i].Name))
		}
	}
	each("tritop_collector_age_seconds", gauge, "Time since the collector was last answered; absent where it never was.", func(src *model.Source, l string) {
		if !src.LastOK.IsZero() {
			t.sample(l, age(s.Now, src.LastOK))
		}
	})
	each("tritop_collector_up", gauge, "Whether the collector reads its figures.", func(src *model.Source, l string) {
		if !src.LastTry.IsZero() {
			t.sample(l, truth(src.Works(s.Now)))
		}
	})
	each("tritop_collector_failures", gauge, "Tries in vain since it was last answered.", func(src *model.Source, l string) { t.sample(l, float64(src.Failures)) })
	each("tritop_collector_dropped_facts_total", counter, "Observations that were dropped because tritop did not keep up.", func(src *model.Source, l string) { t.count(l, src.Dropped) })
}
