package model

import "time"

// Life are cumulative figures of one model version on one server, for programs
// that work out rates themselves.
type Life struct {
	Work   Work
	Users  Users
	Probes ProbeLife
}

// Work is what Triton counts beside requests, since the same Epoch.
type Work struct {
	Inferences, Executions uint64 // samples, and executions of batches
	Request, Queue         Sum    // of successes
	Input, Infer, Output   Sum    // of executions
	CacheHit, CacheMiss    Sum
}

// Users are users' requests since Since, which is when tritop first looked: own
// probes are not among them. They go on over restarts and reloads of Triton, and
// never back: what turned out to be a probe of ours after it was told is taken out
// of what comes next.
type Users struct {
	Successes, Failures uint64
	Since               time.Time // zero: nothing was counted yet
}

// ProbeLife are tritop's own probes since the model version appeared.
type ProbeLife struct {
	Runs, Failures uint64     // Failures: not answered, or not with the expected output
	Took           *Durations // of those that succeeded; nil: none has yet
}

// DurationEdges are the upper edges of the buckets of Durations; above them is one more.
func DurationEdges() [13]time.Duration {
	const ms = time.Millisecond
	return [...]time.Duration{1 * ms, 2500 * time.Microsecond, 5 * ms, 10 * ms, 25 * ms, 50 * ms, 100 * ms, 250 * ms, 500 * ms, time.Second, 2500 * ms, 5 * time.Second, 10 * time.Second}
}

// Durations are times counted in buckets. A published one is never written again.
type Durations struct {
	Counts [14]uint64 // by the first edge that is not exceeded; the last: all are
	Sum    time.Duration
}

// With gives the durations with one more; nil is empty.
func (d *Durations) With(took time.Duration) *Durations {
	var next Durations
	if d != nil {
		next = *d
	}
	i := 0
	edges := DurationEdges()
	for i < len(edges) && took > edges[i] {
		i++
	}
	next.Counts[i]++
	next.Sum += took
	return &next
}
