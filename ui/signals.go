package ui

import (
	"tritop/model"
	"tritop/ui/columns"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// Signals are the figures of a back-end that no pane knows by meaning: waiting
// requests, use of the KV cache, time to first token. They are shown as they are
// told: family, label, value and their recent past.

// signalsOf chooses the signals of one server: those of a model version, or,
// without one, those of the whole server.
type signalsOf struct{ server, model, version string }

func (o *signalsOf) has(sig *model.Signal) bool {
	return sig.Model == o.model && sig.Version == o.version
}

// Widths of a column of signals with and without their recent past.
const (
	signalWidth = 58
	signalLeast = 39
)

// drawSignals lists the signals in as many columns as there is room for, and
// gives the rows used: none where there are no signals.
func (sc *screen) drawSignals(a grid.Area, s *model.Snapshot, of signalsOf) int {
	srv := s.Server(of.server)
	if srv == nil || a.H < 3 {
		return 0
	}
	all := srv.Signals
	rows := signalRows(all, &of)
	if rows == 0 {
		return 0
	}
	columns := max(1, a.W/signalWidth)
	if columns == 1 {
		columns = max(1, a.W/signalLeast)
	}
	h := min((rows+columns-1)/columns, a.H-1)
	drawRule(a, 0, "the back-end's own figures", false)
	cells := signalCells{a: a.Sub(0, 1, a.W, h), columns: columns, rows: rows}
	family := ""
	for j := range all {
		sig := &all[j]
		if !of.has(sig) {
			continue
		}
		if sig.Label != "" && sig.Family != family {
			cells.next().Put(sig.Family, draw.Muted)
		}
		family = sig.Family
		sc.drawSignal(cells.next(), s, sig)
	}
	return h + 1
}

// signalRows counts the rows that signals take: one each, and one for each
// family whose series have labels.
func signalRows(all []model.Signal, of *signalsOf) (n int) {
	family := ""
	for i := range all {
		sig := &all[i]
		if !of.has(sig) {
			continue
		}
		n++
		if sig.Label != "" && sig.Family != family {
			n++
		}
		family = sig.Family
	}
	return n
}

// signalCells gives the places for rows, column after column.
type signalCells struct {
	a                 grid.Area
	columns, rows, at int
	line              draw.Line
}

// next is the line of the next row; one that does not fit is outside of the area,
// and the last that fits says how many there are of them.
func (c *signalCells) next() *draw.Line {
	room := c.columns * c.a.H
	i := c.at
	c.at++
	w := c.a.W / c.columns
	if hidden := c.rows - room; hidden > 0 && i == room-1 {
		l := &draw.Line{A: c.a.Sub((c.columns-1)*w, c.a.H-1, w, 1), X: 3}
		l.Rune(c.a.Glyphs().Ellipsis, draw.Faint).Gap(1).Int(hidden+1, draw.Muted).Put(" more: :signals", draw.Muted)
		i = room
	}
	if i >= room || c.rows > room && i == room-1 {
		c.line = draw.Line{A: c.a.Sub(0, 0, 0, 0)}
		return &c.line
	}
	c.line = draw.Line{A: c.a.Sub(i/c.a.H*w, i%c.a.H, w-1, 1), X: 3}
	return &c.line
}

// drawSignal draws one: its label, its value, what kind of value that is, and
// its recent past.
func (sc *screen) drawSignal(l *draw.Line, s *model.Snapshot, sig *model.Signal) {
	const name, value, kind = 26, 7, 11
	if l.A.W < signalLeast-1 {
		return
	}
	words := sig.Family
	if sig.Label != "" {
		words = columns.LabelValue(sig.Label)
		l.Gap(2)
	}
	l.A.Put(l.X, 0, name+2-l.X, words, draw.Plain)
	x := name + 3
	draw.PutFigure(l.A.Sub(x, 0, value, 1), sig.Value, 1, -1, draw.Strong)
	x += value + 1
	if sig.Kind != model.SignalGauge {
		l.A.Put(x, 0, kind, sig.Kind.String(), draw.Muted)
	}
	x += kind
	if least := 5; l.A.W-x > least {
		draw.Spark(l.A.Sub(x, 0, l.A.W-x-1, 1), sc.drawing(s), &sig.History, 0, draw.Data)
	}
}
