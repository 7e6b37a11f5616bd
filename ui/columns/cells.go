// Package columns says what each table has: title, width, help, cell, and what
// a row is sorted and filtered by. A help line says what the figure is, its unit
// and its source.
package columns

import (
	"time"

	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// figure completes a column of a figure times factor; negative decimals shorten
// it, as 4.8k.
func figure[R any](c draw.Column[R], factor float64, decimals int, of func(*R) model.Figure) draw.Column[R] {
	c.Right, c.Numeric = true, true
	c.Cell = func(a grid.Area, r *R, d *draw.Drawing) { draw.PutFigure(a, of(r), factor, decimals, d.Style) }
	c.Value = func(r *R, _ *draw.Drawing) draw.Value { return draw.Amount(of(r), factor) }
	return c
}

// share completes a column of users' requests that failed, in percent.
func share[R any](c draw.Column[R], of func(*R) model.Figure) draw.Column[R] {
	c = figure(c, 100, 2, of)
	c.Cell = func(a grid.Area, r *R, d *draw.Drawing) {
		draw.PutFigure(a, of(r), 100, 2, errorStyle(of(r), d.Style))
	}
	return c
}

// words completes a column of names and the like.
func words[R any](c draw.Column[R], style grid.Style, of func(*R) string) draw.Column[R] {
	c.Cell = func(a grid.Area, r *R, _ *draw.Drawing) { a.Put(0, 0, a.W, of(r), style) }
	c.Value = func(r *R, _ *draw.Drawing) draw.Value { return draw.Words(of(r)) }
	return c
}

// named completes the column of a row's own name, bright where it is not well.
func named[R any](c draw.Column[R], of func(*R) (string, model.Verdict)) draw.Column[R] {
	c.Letter = 'N'
	c.Cell = func(a grid.Area, r *R, _ *draw.Drawing) {
		name, v := of(r)
		a.Put(0, 0, a.W, name, nameStyle(v))
	}
	c.Value = func(r *R, _ *draw.Drawing) draw.Value {
		name, _ := of(r)
		return draw.Words(name)
	}
	return c
}

// since completes the column of how long a finding has been so.
func since[R any](of func(*R) time.Time) draw.Column[R] {
	return draw.Column[R]{Title: "SINCE", Width: 6, Right: true, Numeric: true, Seconds: true, Letter: 'T', Help: "how long it has been so; with a sign for \"at least\" where it was so when tritop began to look",
		Cell:  func(a grid.Area, r *R, d *draw.Drawing) { draw.PutSince(a, d, of(r)) },
		Value: func(r *R, d *draw.Drawing) draw.Value { return draw.Seconds(of(r), d.Now) }}
}

// tri completes a column of a yes, a no or neither.
func tri[R any](c draw.Column[R], of func(*R, *draw.Drawing) model.Tri) draw.Column[R] {
	c.Cell = func(a grid.Area, r *R, d *draw.Drawing) {
		g, st := draw.TriGlyph(a.Glyphs(), of(r, d))
		a.Set(1, 0, g, st)
	}
	c.Value = func(r *R, d *draw.Drawing) draw.Value {
		t := of(r, d)
		return draw.Value{Text: t.String(), Known: t != model.Undecided}
	}
	return c
}

// trend completes a column of the recent past of a series; that of a row that is
// well does not shout.
func trend[R any](c draw.Column[R], of func(*R) *model.Series) draw.Column[R] {
	c.Cell = func(a grid.Area, r *R, d *draw.Drawing) {
		style := draw.Data
		if d.Style == draw.Muted {
			style = draw.Faint
		}
		draw.Spark(a, d, of(r), 0, style)
	}
	return c
}

func nameStyle(v model.Verdict) grid.Style {
	if v == model.Healthy {
		return draw.Plain
	}
	return draw.Strong
}

func errorStyle(f model.Figure, usual grid.Style) grid.Style {
	switch {
	case f.Known() && f.Value >= 0.05:
		return draw.Failing
	case f.Known() && f.Value >= 0.01:
		return draw.Warning
	}
	return usual
}

// drawOf draws "5/6", bright where it is not all, and "?/6" where n is not known
// (negative).
func drawOf(a grid.Area, n, of int, usual grid.Style) {
	if n < 0 {
		l := &draw.Line{A: a, X: max(0, a.W-2-draw.Digits(of))}
		l.Rune(a.Glyphs().Unknown, draw.Unsure).Put("/", draw.Muted).Int(of, draw.Muted)
		return
	}
	if n < of {
		usual = draw.Warning
	}
	width := draw.Digits(n) + 1 + draw.Digits(of)
	l := &draw.Line{A: a, X: max(0, a.W-width)}
	l.Int(n, usual).Put("/", draw.Muted).Int(of, draw.Muted)
}

// ofValue is the value of a column that drawOf draws.
func ofValue(n int) draw.Value {
	return draw.Value{Number: float64(n), Known: n >= 0, Numeric: true}
}

// waits completes a column of the mean wait in the queue. It is bright where
// requests wait longer than they are computed: more comes than is done.
func waits[R any](c draw.Column[R], of func(*R) *model.Window) draw.Column[R] {
	c = figure(c, 1, 1, func(r *R) model.Figure { return of(r).QueueMs })
	c.Cell = func(a grid.Area, r *R, d *draw.Drawing) {
		w, style, decimals := of(r), d.Style, 1
		if w.Crowded() {
			style = draw.Strong
		}
		if w.QueueMs.Value >= 9999.5 {
			decimals = -1
		}
		draw.PutFigure(a, w.QueueMs, 1, decimals, style)
	}
	return c
}
