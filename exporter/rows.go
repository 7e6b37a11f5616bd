package exporter

import (
	"strconv"
	"time"

	"tritop/model"
)

// row is one model version on one server with its labels.
type row struct {
	*model.Replica
	labels string
}

// rows gives all model versions of the fleet.
func rows(s *model.Snapshot) (out []row) {
	for i := range s.Servers {
		for j := range s.Servers[i].Replicas {
			r := &s.Servers[i].Replicas[j]
			out = append(out, row{r, labels("server", r.Server, "model", r.Model, "version", r.Version)})
		}
	}
	return out
}

// versions writes what is known of each model version.
func (t *text) versions(s *model.Snapshot) {
	all := rows(s)
	each := func(name string, of kind, help string, write func(r row)) {
		t.family(name, of, help)
		for _, r := range all {
			write(r)
		}
	}
	each("tritop_model_info", gauge, "1, with the model's platform (its backend, where Triton names no platform) in the labels.", func(r row) {
		if r.Platform != "" {
			t.part("", r.labels, labels("platform", r.Platform, "ensemble", strconv.FormatBool(len(r.Steps) > 0), "step", strconv.FormatBool(len(r.StepOf) > 0)), 1)
		}
	})
	described := func(r row) bool { return r.Platform != "" }
	each("tritop_model_instances", gauge, "Instances of the model on the server, by its configuration.", func(r row) {
		if described(r) {
			t.sample(r.labels, float64(r.Instances))
		}
	})
	each("tritop_model_max_batch_size", gauge, "The largest batch, by the model's configuration; 0: batches are not made.", func(r row) {
		if described(r) {
			t.sample(r.labels, float64(r.MaxBatch))
		}
	})
	each("tritop_model_version_ready", gauge, "Whether Triton says READY of the version; absent while the server does not answer.", func(r row) {
		if r.State != model.ReplicaUnknown && r.Trouble != model.ServerUnreached {
			t.sample(r.labels, truth(r.State == model.ReplicaReady))
		}
	})
	each("tritop_model_version_verdict", gauge, "0 healthy, 1 degraded, 2 unhealthy, 3 unknown.", func(r row) { t.sample(r.labels, float64(r.Finding.Verdict.ExitCode())) })
	each("tritop_pending_requests", gauge, "Requests that wait in the queue.", func(r row) { t.figure(r.labels, r.Pending, 1) })
	t.requests(each)
	t.batches(each)
	t.probes(each)
	t.latencies(all)
}

// family writes one family of all model versions.
type family func(name string, of kind, help string, write func(r row))

// requests writes how many there were, and how long they took altogether.
func (t *text) requests(each family) {
	each("tritop_requests_total", counter, "Triton's own count of requests, users, probes and warm-ups alike, successes and failures.", func(r row) { t.figure(r.labels, r.Totals.Requests, 1) })
	each("tritop_request_failures_total", counter, "Triton's own count of failures: a lower bound (docs/counting.md).", func(r row) { t.figure(r.labels, r.Totals.Failures, 1) })
	each("tritop_probe_requests_total", counter, "tritop's own requests among tritop_requests_total.", func(r row) {
		if r.Totals.Requests.Known() {
			t.count(r.labels, r.Totals.Probes)
		}
	})
	each("tritop_user_requests_total", counter, "Users' requests by status since tritop looks, own probes taken out: what objectives and budgets are made of.", func(r row) {
		if u := r.Totals.Users; !u.Since.IsZero() {
			t.part("", r.labels, `status="success"`, float64(u.Successes))
			t.part("", r.labels, `status="failure"`, float64(u.Failures))
		}
	})
	counted := func(name string, of kind, help string, write func(r row, w *model.Work)) {
		each(name, of, help, func(r row) {
			if r.Totals.Requests.Known() {
				write(r, &r.Totals.Work)
			}
		})
	}
	counted("tritop_request_duration_seconds", summary, "Time of Triton's successes, from arrival to the response; sums and counts only.", func(r row, w *model.Work) { t.sum(r.labels, w.Request) })
	counted("tritop_queue_duration_seconds", summary, "Time that they waited in the queue.", func(r row, w *model.Work) { t.sum(r.labels, w.Queue) })
	counted("tritop_compute_duration_seconds", summary, "Time that they computed, by phase: copying inputs, inference, copying outputs.", func(r row, w *model.Work) {
		t.sum(r.labels+`,phase="input"`, w.Input)
		t.sum(r.labels+`,phase="infer"`, w.Infer)
		t.sum(r.labels+`,phase="output"`, w.Output)
	})
	counted("tritop_cache_lookup_duration_seconds", summary, "Time of look-ups in the response cache, by result: their count is that of hits and misses.", func(r row, w *model.Work) {
		if w.CacheHit.Count+w.CacheMiss.Count > 0 {
			t.sum(r.labels+`,result="hit"`, w.CacheHit)
			t.sum(r.labels+`,result="miss"`, w.CacheMiss)
		}
	})
	counted("tritop_inferences_total", counter, "Samples: a request of batch 8 is eight.", func(r row, w *model.Work) { t.count(r.labels, w.Inferences) })
	counted("tritop_executions_total", counter, "Executions by the backend; fewer than requests where they are batched.", func(r row, w *model.Work) { t.count(r.labels, w.Executions) })
}

// batchEdges are the buckets of batch sizes.
var batchEdges = [...]uint64{1, 2, 4, 8, 16, 32, 64, 128, 256}

// batches writes executions by their size.
func (t *text) batches(each family) {
	known := func(r row) bool { return r.Totals.Requests.Known() && len(r.Batches) > 0 }
	each("tritop_batch_size", histogram, "Sizes of executed batches.", func(r row) {
		if !known(r) {
			return
		}
		var samples, all uint64
		for _, b := range r.Batches {
			samples, all = samples+b.Size*b.Executions, all+b.Executions
		}
		for _, edge := range batchEdges {
			var n uint64
			for _, b := range r.Batches {
				if b.Size <= edge {
					n += b.Executions
				}
			}
			t.part("_bucket", r.labels, `le="`+strconv.FormatUint(edge, 10)+`"`, float64(n))
		}
		t.part("_bucket", r.labels, `le="+Inf"`, float64(all))
		t.part("_sum", r.labels, "", float64(samples))
		t.part("_count", r.labels, "", float64(all))
	})
	bySize := func(write func(labels string, b model.BatchCount)) func(r row) {
		return func(r row) {
			if !known(r) {
				return
			}
			for _, b := range r.Batches {
				write(r.labels+`,batch_size="`+strconv.FormatUint(b.Size, 10)+`"`, b)
			}
		}
	}
	each("tritop_batch_executions_total", counter, "Executions by batch size.", bySize(func(l string, b model.BatchCount) { t.count(l, b.Executions) }))
	each("tritop_batch_compute_seconds_total", counter, "Time that they computed, by batch size.", bySize(func(l string, b model.BatchCount) { t.sample(l, float64(b.Ns)/1e9) }))
}

// probes writes what tritop's own deep inferences say.
func (t *text) probes(each family) {
	each("tritop_probes_total", counter, "Deep inferences that tritop tried.", func(r row) {
		if r.Probe.Configured {
			t.count(r.labels, r.Totals.Life.Probes.Runs)
		}
	})
	each("tritop_probe_failures_total", counter, "Those of them that were not answered, or not with the expected output.", func(r row) {
		if r.Probe.Configured {
			t.count(r.labels, r.Totals.Life.Probes.Failures)
		}
	})
	each("tritop_probe_success", gauge, "Whether the last one succeeded; absent before the first.", func(r row) {
		if !r.Probe.LastAt.IsZero() {
			t.sample(r.labels, truth(r.Probe.Last == model.Answered))
		}
	})
	each("tritop_probe_duration_seconds", histogram, "Time of those that succeeded.", func(r row) { t.durations(r.labels, r.Totals.Life.Probes.Took) })
}

// latencies writes the percentiles of the last minute, by who measured them.
func (t *text) latencies(all []row) {
	t.family("tritop_latency_quantile_seconds", gauge, "Percentiles of whole requests over the last 60 s, by who measured them; never averaged (docs/latency.md).")
	for _, r := range all {
		for i := range r.Latency {
			t.quantiles(r.labels, &r.Latency[i])
		}
	}
	t.family("tritop_latency_samples", gauge, "How many times these percentiles stand on.")
	for _, r := range all {
		for i := range r.Latency {
			if l := &r.Latency[i]; ofMinute(l) {
				t.part("", r.labels, measuredBy(l), float64(l.N))
			}
		}
	}
}

// modelLatencies writes those of a model over all servers, in one histogram.
func (t *text) modelLatencies(s *model.Snapshot) {
	t.family("tritop_model_latency_quantile_seconds", gauge, "Percentiles of a model over all its servers, from one merged histogram, last 60 s.")
	for i := range s.Models {
		for j := range s.Models[i].Latency {
			t.quantiles(labels("model", s.Models[i].Name), &s.Models[i].Latency[j])
		}
	}
}

func ofMinute(l *model.Latency) bool {
	return l.Window == time.Minute && l.Phase == model.WholeRequest && l.Source != model.FromHistogram && l.Source != model.FromMean
}

func measuredBy(l *model.Latency) string {
	if l.Part == "" {
		return labels("source", l.Source.String())
	}
	return labels("source", l.Source.String(), "gpu", l.Part)
}

func (t *text) quantiles(row string, l *model.Latency) {
	if !ofMinute(l) {
		return
	}
	by := measuredBy(l)
	for i, f := range l.Each() {
		if f.Known() {
			t.part("", row, by+`,q="`+[...]string{"0.5", "0.9", "0.95", "0.99", "0.999"}[i]+`"`, f.Value/1e3)
		}
	}
}
