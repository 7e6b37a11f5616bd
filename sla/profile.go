package sla

import (
	"slices"
	"time"

	"tritop/model"
)

// The presets by name. What `fast` presets is no objective.
const (
	ProfileDefault  = "default"
	ProfileMaterial = "material"
	ProfileNetflix  = "netflix"
)

// Profile gives the objectives of a preset; none for a name that presets none.
func Profile(name string) []model.Objective {
	each := func(o model.Objective, window time.Duration, severity model.Severity) model.Objective {
		o.Model, o.Window, o.Severity = model.EveryModel, window, severity
		return o
	}
	available := each(model.Objective{Name: "availability", Metric: model.MetricAvailability, Op: model.AtLeastOp, Target: 0.9999}, 300*time.Second, model.Critical)
	usual := []model.Objective{
		available,
		each(model.Objective{Name: "latency_p95", Metric: model.MetricP95, Op: model.AtMostOp, Target: 50}, 60*time.Second, model.Warning),
		each(model.Objective{Name: "latency_p99", Metric: model.MetricP99, Op: model.AtMostOp, Target: 100}, 60*time.Second, model.Critical),
		each(model.Objective{Name: "error_rate", Metric: model.MetricErrorRate, Op: model.AtMostOp, Target: 0.001}, 300*time.Second, model.Critical),
	}
	switch name {
	case ProfileDefault:
		return usual
	case ProfileMaterial:
		return append(usual, each(model.Objective{Name: "throughput", Metric: model.MetricThroughput, Op: model.AtLeastOp, Target: 100}, 60*time.Second, model.Warning))
	case ProfileNetflix:
		available.Period = 8766 * time.Hour // of the year 52.6 minutes may fail
		return []model.Objective{available, each(model.Objective{Name: "latency_p99", Metric: model.MetricP99, Op: model.Below, Target: 50}, 60*time.Second, model.Critical)}
	}
	return nil
}

// Join adds objectives to a list. One of a name and a model that is there already
// takes the place of the other.
func Join(list, more []model.Objective) []model.Objective {
	out := slices.Clone(list)
	for _, o := range more {
		same := func(x model.Objective) bool { return x.Name == o.Name && x.Model == o.Model }
		if i := slices.IndexFunc(out, same); i >= 0 {
			out[i] = o
			continue
		}
		out = append(out, o)
	}
	return out
}
