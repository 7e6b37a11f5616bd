package headless

import (
	"fmt"

	"tritop/jsonschema"
	"tritop/model"
)

// CheckSchema is the JSON Schema of tritop/check/v1: what `check`, `snapshot -o
// json` and each line of `watch -o jsonl` print. It is made from the types that
// are printed; an error means that what is said here of a key fits no type.
func CheckSchema() (jsonschema.Schema, error) {
	s := jsonschema.Of(document{})
	for _, notes := range []map[string]jsonschema.Schema{checkSectionNotes(checkNotes()), objectiveNotes(), alertNotes()} {
		for path, more := range notes {
			if err := s.Note(path, more); err != nil {
				return nil, fmt.Errorf("describe %s: %w", Schema, err)
			}
		}
	}
	return s.Document(Schema, "The state of a fleet. What is not known is null, with the reason in a key of the same name and _reason behind it, and never 0. Times are RFC 3339 in UTC."), nil
}

// checkNotes says of the document what its types do not.
func checkNotes() map[string]jsonschema.Schema {
	verdicts := jsonschema.Schema{"enum": words(model.Unknown, model.Healthy, model.Degraded, model.Unhealthy)}
	time, about := jsonschema.Schema{"format": "date-time"}, func(text string) jsonschema.Schema { return jsonschema.Schema{"description": text} }
	return map[string]jsonschema.Schema{
		"schema":                         {"const": Schema},
		"at":                             time,
		"verdict":                        verdicts,
		"servers.state":                  verdicts,
		"servers.word":                   about("What people search for: not listening, hung, stale, …; all are in docs/states.md."),
		"servers.since":                  time,
		"servers.live":                   about("false when refused, null when hung or never asked."),
		"servers.unproven":               about("Ready by its own word: no probe and no traffic shows that it can infer."),
		"servers.models.state":           {"enum": words(model.ReplicaUnknown, model.ReplicaReady, model.ReplicaLoading, model.ReplicaUnloading, model.ReplicaUnavailable)},
		"servers.models.verdict":         verdicts,
		"servers.models.since":           time,
		"servers.models.epoch":           about("Since when the counters count."),
		"servers.models.requests_total":  about("Triton's own counter since the epoch: users, probes and warm-ups, successes and failures."),
		"servers.models.failures_total":  about("A lower bound: Triton does not count all failures (docs/counting.md)."),
		"servers.models.probes_total":    about("tritop's own requests among requests_total."),
		"servers.models.batch_sizes":     about("Executions by batch size."),
		"servers.models.samples_total":   about("Triton's own counter of inferences since the epoch: a request of batch 8 is eight."),
		"servers.models.samples_per_s":   about("Samples per second of the last 60 s, own probes among them."),
		"servers.models.batch_size":      about("Sizes of executed batches since the epoch: exact, every size is counted."),
		"servers.models.users":           about("Users' requests by status since tritop looks, own probes taken out: what objectives are made of. Never goes back."),
		"servers.models.rps":             about("Users' requests per second, without probes, of the last 60 s."),
		"servers.models.error_ratio":     about("Users' failures among their requests, 0 to 1."),
		"servers.models.queue_ms_mean":   about("Mean of the last 60 s, milliseconds."),
		"servers.models.compute_ms_mean": about("Mean of the last 60 s, milliseconds."),
		"servers.models.latency":         {"items": latencySchema(), "description": "Of whole requests; by source and window (docs/latency.md)."},
		"servers.models.latency_phases":  {"items": jsonschema.Of(percentiles{}), "description": "Of the parts of a request, where Triton's summaries are on."},
		"servers.models.latency_hint":    about("Set where nobody gives percentiles: what to switch on."),
		"servers.latency":                {"items": jsonschema.Of(percentiles{}), "description": "Of the probes of all its models in one histogram."},
		"models.latency":                 {"items": latencySchema(), "description": "Of all its servers in one histogram; summaries cannot be added up and are missing."},
		"models.verdict":                 verdicts,
		"totals.latency":                 {"items": jsonschema.Of(percentiles{}), "description": "Of all probes in one histogram."},
		"totals":                         about("Sums of the rows without steps of ensembles."),
	}
}

// latencySchema: a mean has no percentiles, a histogram has shares.
func latencySchema() jsonschema.Schema {
	return jsonschema.Schema{"anyOf": []jsonschema.Schema{jsonschema.Of(percentiles{}), jsonschema.Of(shares{}), jsonschema.Of(measured{})}}
}

// words gives what is printed for values.
func words[T fmt.Stringer](values ...T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.String()
	}
	return out
}
