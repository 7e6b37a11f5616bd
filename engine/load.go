package engine

import (
	"time"

	"tritop/model"
)

// What tritop asks is load on the servers that it watches, and is counted like
// everything else: as it was, not as it was meant to be.

// The last minute is kept in blocks.
const (
	loadBlock  = 10 * time.Second
	loadBlocks = 6
)

// load is how often a source asked in the last minute, and how long it waited for
// the answers.
type load struct {
	first time.Time // it asked
	block int64     // the newest, in blocks since 1970
	n     [loadBlocks]int
	took  [loadBlocks]time.Duration
}

// turn makes room for the block of a moment. A clock that was set back begins anew.
func (l *load) turn(at time.Time) {
	now := at.UnixNano() / int64(loadBlock)
	if l.first.IsZero() || now <= l.block-loadBlocks {
		*l = load{first: at, block: now}
	}
	for ; l.block < now; l.block++ {
		if now-l.block > loadBlocks {
			l.block = now - loadBlocks
		}
		next := (l.block + 1) % loadBlocks
		l.n[next], l.took[next] = 0, 0
	}
}

// book counts an answer, or that none came.
func (l *load) book(a *model.Answer) {
	l.turn(a.At)
	at := l.block % loadBlocks
	l.n[at]++
	l.took[at] += a.Took
}

// figures are how often it asked a minute, and the share of the time in which it
// waited for an answer; not known before a block is full.
func (l *load) figures(now time.Time) model.OwnLoad {
	l.turn(now)
	kept := (loadBlocks-1)*loadBlock + now.Sub(now.Truncate(loadBlock))
	span := min(kept, now.Sub(l.first))
	if span < loadBlock {
		return model.OwnLoad{PerMinute: model.Missing(model.NotObserved), Waiting: model.Missing(model.NotObserved)}
	}
	n, took := 0, time.Duration(0)
	for i := range loadBlocks {
		n, took = n+l.n[i], took+l.took[i]
	}
	return model.OwnLoad{PerMinute: model.Of(float64(n) * float64(time.Minute) / float64(span)), Waiting: model.Of(float64(took) / float64(span))}
}
