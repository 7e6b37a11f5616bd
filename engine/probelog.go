package engine

import (
	"time"

	"tritop/health"
	"tritop/latency"
	"tritop/model"
)

// probeLog keeps what the probes of one replica told.
type probeLog struct {
	runs     uint64
	failures uint64           // those of them that were not answered as they should be
	all      *model.Durations // of good ones, from the start; nil: none yet
	lastOK   time.Time
	took     time.Duration // of that one
	last     model.Probed
	failed   string        // detail of the last failure
	row      int           // consecutive failures, of whatever kind
	times    *latency.Log  // of good ones; nil: none yet
	recent   health.Recent // the last good ones
}

func (p *probeLog) add(f model.Probed) {
	p.runs++
	p.last = f
	if f.Outcome == model.Busy { // neither good nor bad
		return
	}
	if f.Outcome != model.Answered {
		p.row, p.failures = p.row+1, p.failures+1
		p.failed = f.Detail
		return
	}
	p.row, p.lastOK, p.took = 0, f.At, f.Took
	p.all = p.all.With(f.Took)
	p.recent.Add(f.Took)
	record(&p.times, f)
}

// record keeps how long a probe took in a log, which it makes where there is none.
func record(to **latency.Log, f model.Probed) {
	if *to == nil {
		*to = latency.NewLog(model.FromProbe, f.At)
	}
	(*to).Record(f.At, f.Took)
}

// windowsOf gives the windows of a log; nil where there is none.
func windowsOf(l *latency.Log, now time.Time) []model.Latency {
	if l == nil {
		return nil
	}
	return l.View(now)
}

// newest gives the time of the last good probe in (since, until].
func (p *probeLog) newest(since, until time.Time) (ms float64, ok bool) {
	if p.lastOK.After(since) && !p.lastOK.After(until) {
		return float64(p.took) / 1e6, true
	}
	return 0, false
}

// view sums up the last minute; windows are all that there are of the log.
func (p *probeLog) view(now time.Time, configured bool) (v model.Probe, windows []model.Latency) {
	v = model.Probe{Configured: configured, Runs: p.runs, LastAt: p.last.At, LastOK: p.lastOK, Last: p.last.Outcome, Detail: p.failed, FailedRow: p.row}
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
	windows = windowsOf(p.times, now)
	if len(windows) == 0 {
		return v, nil
	}
	if m := p.times.Minute(); m.N > 0 {
		v.N = int(m.N) //nolint:gosec // probes of a minute
		v.MeanMs, v.MaxMs, v.P50, v.P90, v.P95, v.P99 = m.Mean, m.Max, m.P50, m.P90, m.P95, m.P99
	}
	return v, windows
}
