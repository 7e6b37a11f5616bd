package model

import "time"

// LatenciesQueried is what a Prometheus server says of how long users' requests
// took, by model. Server is empty. What it does not name any more is not known.
type LatenciesQueried struct {
	Answer
	Origin
	Models []ModelBuckets
}

// ModelBuckets are the buckets of one histogram over all servers of a model: how
// many requests of the window took at most so long. Counts are what Prometheus'
// increase makes of samples, so they need not be whole.
type ModelBuckets struct {
	Model  string
	Window time.Duration // that ended at At of the fact
	Edges  []Edge        // ascending, without the last one
	Count  float64       // all of them
}

func (LatenciesQueried) isFact() {}

// Between are the edges of the bucket that a percentile lies in, in ms: how exact
// it is at most. It lies above Low; High is 0 where the bucket has no upper edge.
type Between struct{ Low, High float64 }
