package headless

import "tritop/model"

// setup is what the model's configuration says: labels of all figures of a row.
type setup struct {
	Platform  *string `json:"platform"` // or its backend, where Triton names no platform
	PlatformR string  `json:"platform_reason,omitempty"`
	Instances *int    `json:"instances"`
	InstanceR string  `json:"instances_reason,omitempty"`
	MaxBatch  *int    `json:"max_batch_size"`
	MaxBatchR string  `json:"max_batch_size_reason,omitempty"`
}

func setupOf(s *model.Setup) setup {
	const why = "its configuration was not read yet"
	if s.Platform == "" {
		return setup{PlatformR: why, InstanceR: why, MaxBatchR: why}
	}
	return setup{Platform: &s.Platform, Instances: &s.Instances, MaxBatch: &s.MaxBatch}
}

// work is what a row did, in samples, batches and look-ups of its cache.
type work struct {
	Samples  *float64 `json:"samples_total"` // a request of batch 8 is eight
	SamplesR string   `json:"samples_total_reason,omitempty"`
	PerS     *float64 `json:"samples_per_s"` // of the last 60 s, own probes among them
	PerSR    string   `json:"samples_per_s_reason,omitempty"`
	Batch    *batches `json:"batch_size"` // executions since the epoch
	BatchR   string   `json:"batch_size_reason,omitempty"`
	Cache    *cache   `json:"cache"`
	CacheR   string   `json:"cache_reason,omitempty"`
	Users    *served  `json:"users"` // what objectives are made of
	UsersR   string   `json:"users_reason,omitempty"`
}

// batches is the distribution of batch sizes. It is exact: every size is counted.
type batches struct {
	Count uint64  `json:"count"`
	Sum   uint64  `json:"sum"` // samples
	Mean  float64 `json:"mean"`
	P50   uint64  `json:"p50"`
	P90   uint64  `json:"p90"`
	P95   uint64  `json:"p95"`
	P99   uint64  `json:"p99"`
	Max   uint64  `json:"max"`
}

// cache are look-ups in Triton's response cache since the epoch.
type cache struct {
	Hits   uint64  `json:"hits_total"`
	Misses uint64  `json:"misses_total"`
	Ratio  float64 `json:"hit_ratio"`
}

// served are users' requests by status since tritop looks, own probes taken out.
type served struct {
	Successes uint64 `json:"successes_total"`
	Failures  uint64 `json:"failures_total"`
	Since     string `json:"since"`
}

func workOf(r *model.Replica) work {
	w := work{BatchR: "no batch was executed", CacheR: "the cache was not asked"}
	w.PerS, w.PerSR = r.Window.Samples.Told()
	if u := r.Totals.Users; u.Since.IsZero() {
		w.UsersR = model.NotObserved.String()
	} else {
		w.Users = &served{u.Successes, u.Failures, stamp(u.Since)}
	}
	if !r.Totals.Requests.Known() {
		w.SamplesR = r.Totals.Requests.Why.String()
		w.BatchR, w.CacheR = w.SamplesR, w.SamplesR
		return w
	}
	samples := float64(r.Totals.Work.Inferences)
	w.Samples = &samples
	if b := batchesOf(r.Batches); b.Count > 0 {
		w.Batch, w.BatchR = &b, ""
	}
	if hit, miss := r.Totals.Work.CacheHit.Count, r.Totals.Work.CacheMiss.Count; hit+miss > 0 {
		w.Cache, w.CacheR = &cache{hit, miss, float64(hit) / float64(hit+miss)}, ""
	}
	return w
}

// batchesOf sums up executions by size, which come in ascending order.
func batchesOf(all []model.BatchCount) (b batches) {
	for _, x := range all {
		b.Count, b.Sum = b.Count+x.Executions, b.Sum+x.Size*x.Executions
	}
	if b.Count == 0 {
		return b
	}
	b.Mean = float64(b.Sum) / float64(b.Count)
	for _, q := range []struct {
		share uint64 // hundredths
		to    *uint64
	}{{50, &b.P50}, {90, &b.P90}, {95, &b.P95}, {99, &b.P99}, {100, &b.Max}} {
		rank, below := (b.Count*q.share+99)/100, uint64(0)
		for _, x := range all {
			if below += x.Executions; below >= rank && x.Executions > 0 {
				*q.to = x.Size
				break
			}
		}
	}
	return b
}

// edges are those of the bucket that a percentile lies in, ms; the upper one is
// null where there is none.
type edges [2]*float64

// boundsOf says how exact percentiles of buckets are.
func boundsOf(l *model.Latency) map[string]edges {
	if l.Bounds == nil {
		return nil
	}
	out := make(map[string]edges)
	for i, name := range [...]string{"p50_ms", "p90_ms", "p95_ms", "p99_ms", "p999_ms"} {
		b := l.Bounds[i]
		e := edges{&b.Low, &b.High}
		if b.High == 0 {
			e[1] = nil
		}
		out[name] = e
	}
	return out
}
