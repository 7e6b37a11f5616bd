package engine

import (
	"math"
	"sort"
	"time"

	"tritop/counters"
	"tritop/model"
)

// probeLog keeps the probes of the last minute of one replica.
type probeLog struct {
	runs   uint64
	lastOK time.Time
	last   model.Probed
	failed string // detail of the last failure
	row    int    // consecutive failures, of whatever kind
	recent []probeTime
}

type probeTime struct {
	at time.Time
	ms float64
}

func (p *probeLog) add(f model.Probed) {
	p.runs++
	p.last = f
	if f.Outcome == model.Busy { // neither good nor bad
		return
	}
	if f.Outcome != model.Answered {
		p.row++
		p.failed = f.Detail
		return
	}
	p.row, p.lastOK = 0, f.At
	p.recent = append(p.recent, probeTime{f.At, float64(f.Took) / 1e6})
	old := 0
	for old < len(p.recent) && f.At.Sub(p.recent[old].at) >= counters.WindowLength {
		old++
	}
	if old > 64 {
		p.recent = append(p.recent[:0], p.recent[old:]...)
	}
}

// newest gives the time of the last good probe in (since, until].
func (p *probeLog) newest(since, until time.Time) (ms float64, ok bool) {
	for i := len(p.recent) - 1; i >= 0; i-- {
		if at := p.recent[i].at; at.After(since) && !at.After(until) {
			return p.recent[i].ms, true
		}
	}
	return 0, false
}

// view sums up the last minute. A percentile needs n_min = ceil(1/(1-q))
// values; below that it is absent, never guessed.
func (p *probeLog) view(now time.Time, configured bool) model.Probe {
	v := model.Probe{Configured: configured, Runs: p.runs, LastAt: p.last.At, LastOK: p.lastOK, Last: p.last.Outcome, Detail: p.failed, FailedRow: p.row}
	none := model.Missing(model.TooFew)
	if p.runs == 0 {
		none = model.Missing(model.NotObserved)
	}
	if !configured && p.runs == 0 {
		none = model.Missing(model.NoSource)
	}
	v.TookMs, v.MeanMs, v.P50, v.P90, v.P95, v.P99, v.MaxMs = none, none, none, none, none, none, none
	if p.runs > 0 {
		v.TookMs = model.Of(float64(p.last.Took) / 1e6)
	}
	var ms []float64
	sum := 0.0
	for _, t := range p.recent {
		if now.Sub(t.at) < counters.WindowLength {
			ms = append(ms, t.ms)
			sum += t.ms
		}
	}
	v.N = len(ms)
	if v.N == 0 {
		return v
	}
	sort.Float64s(ms)
	v.MeanMs, v.MaxMs = model.Of(sum/float64(v.N)), model.Of(ms[v.N-1])
	v.P50, v.P90, v.P95, v.P99 = quantile(ms, 0.5, 2), quantile(ms, 0.9, 10), quantile(ms, 0.95, 20), quantile(ms, 0.99, 100)
	return v
}

// quantile is the smallest value that at least q of the sorted values do not exceed.
func quantile(sorted []float64, q float64, need int) model.Figure {
	if len(sorted) < need {
		return model.Missing(model.TooFew)
	}
	return model.Of(sorted[int(math.Ceil(q*float64(len(sorted))))-1])
}
