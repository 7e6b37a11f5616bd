package ui

import (
	"slices"
	"time"

	"tritop/model"
	"tritop/ui/columns"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// drawChanges lists what changed, newest first.
func (sc *screen) drawChanges(a grid.Area, s *model.Snapshot) {
	if len(sc.changes) == 0 {
		drawEmpty(a, sc.top().filter.text, "nothing has changed since tritop began to look")
		return
	}
	for y := range min(a.H, len(sc.changes)) {
		sc.drawChange(a, y, s, sc.changes[y])
	}
}

// drawChange draws one line: when, what, what happened.
func (sc *screen) drawChange(a grid.Area, y int, s *model.Snapshot, c changeLine) {
	e := &s.Events[c.at]
	l := &draw.Line{A: a, Y: y, X: 1}
	l.Clock(s.Events[c.first].At, sc.zone, draw.Muted).Gap(2)
	drawWho(l, e, c.count, c.by)
	columns.EventWords(l.Gap(2), e, c.count > 1)
	if detail := columns.EventDetail(e); detail != "" && c.count == 1 && l.X+12 < a.W {
		l.Gap(2).Put(detail, draw.Muted)
	}
}

// drawWho names what one event, or several of one cause, are about.
func drawWho(l *draw.Line, e *model.Event, count int, by gathering) {
	switch by {
	case alone:
		l.Put(e.Object(), draw.Plain)
	case oneServer:
		l.Put(e.Server, draw.Plain).Gap(1).Int(count, draw.Plain).Put(" model versions", draw.Plain)
	case severalServers:
		l.Int(count, draw.Plain).Put(" servers", draw.Plain)
	case oneVersion:
		l.Int(count, draw.Plain).Put(" servers ", draw.Plain).Put(e.Model, draw.Plain).Put(" v", draw.Plain).Put(e.Version, draw.Plain)
	}
}

// changeLine is one line of what changed: an event, or several of one cause
// that came together.
type changeLine struct {
	at    int // place of the newest event in the snapshot
	first int // place of the oldest
	count int
	by    gathering
}

// gathering says what the events of a line have in common.
type gathering int

const (
	alone          gathering = iota
	oneServer                // one server, several model versions
	oneVersion               // one model version, several servers
	severalServers           // the same of several servers
)

// together is how far apart events of one line may be.
const together = 4 * time.Second

// orderChanges fills sc.changes for a pane, newest first. One cause often strikes
// many model versions at once: such events stand in one line with their count.
func (sc *screen) orderChanges(s *model.Snapshot, about *charted) {
	sc.changes = sc.changes[:0]
	for i := len(s.Events) - 1; i >= 0; i-- {
		e := &s.Events[i]
		if e.Kind == model.EventAlert { // its cause has a line of its own; all events have a view
			continue
		}
		if about != nil && !about.concerns(e) || !sc.top().filter.lets(eventTable, sc.drawing(s), i) {
			continue
		}
		sc.changes = gather(s, sc.changes, i)
	}
	// A line shows when its first event was: what came together is in that order.
	slices.SortStableFunc(sc.changes, func(a, b changeLine) int { return b.first - a.first })
}

// gather adds an event to the line that it belongs to, else a line of its own.
func gather(s *model.Snapshot, lines []changeLine, i int) []changeLine {
	e := &s.Events[i]
	const lookBack = 6
	for k := len(lines) - 1; k >= max(0, len(lines)-lookBack); k-- {
		line := &lines[k]
		first := &s.Events[line.at]
		if first.At.Sub(e.At) > together {
			break
		}
		by := gathers(first, e)
		if by == alone || line.by != alone && line.by != by {
			continue
		}
		line.by, line.first = by, i
		line.count++
		return lines
	}
	return append(lines, changeLine{at: i, first: i, count: 1})
}

// gathers says what two events have in common, if they tell the same.
func gathers(a, b *model.Event) gathering {
	if a.Kind != b.Kind || a.From != b.From || columns.WithoutFigure(a.To) != columns.WithoutFigure(b.To) {
		return alone
	}
	sameServer, sameVersion := a.Server == b.Server, a.Model == b.Model && a.Version == b.Version
	switch {
	case a.Kind == model.EventIdentified && a.From == "", a.Kind == model.EventServerState && !sameServer:
		return severalServers
	case a.Model == "" || b.Model == "" || a.Verdict != b.Verdict || sameServer == sameVersion:
		return alone
	case sameServer:
		return oneServer
	}
	return oneVersion
}
