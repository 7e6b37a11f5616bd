package columns

import (
	"time"

	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// Checks are the columns of the health board.
var Checks = []draw.Column[model.Check]{
	named(draw.Column[model.Check]{Title: "CHECK", Width: 16, Least: 16, Most: 24, Help: "one of the seven built-in health checks, or one of the configuration"},
		func(c *model.Check) (string, model.Verdict) { return c.Name, quiet(c) }),
	words(draw.Column[model.Check]{Title: "TARGET", Width: 14, Least: 13, Most: 36, Letter: 'H', Help: "what was checked: a server, a model version on it, a GPU, a host"},
		draw.Plain, func(c *model.Check) string { return c.Target }),
	{Title: "STATUS", Width: 9, Most: 14, Letter: 'S', Help: "healthy, degraded, unhealthy, unknown; n/a: about something that tritop cannot see, it takes no part in the verdict",
		Cell: func(a grid.Area, c *model.Check, _ *draw.Drawing) {
			a.Put(0, 0, a.W, CheckWord(c), CheckStyle(c))
		},
		Value: func(c *model.Check, _ *draw.Drawing) draw.Value { return draw.Words(CheckWord(c)) }},
	{Title: "CRIT", Width: 4, Drop: 3, Called: "critical", Help: "whether an unhealthy one makes the fleet UNHEALTHY; else it makes it DEGRADED",
		Cell: func(a grid.Area, c *model.Check, d *draw.Drawing) {
			if c.Critical {
				a.Put(0, 0, a.W, "yes", d.Style)
				return
			}
			a.Put(0, 0, a.W, "no", draw.Faint)
		},
		Value: func(c *model.Check, _ *draw.Drawing) draw.Value {
			if c.Critical {
				return draw.Words("yes")
			}
			return draw.Words("no")
		}},
	words(draw.Column[model.Check]{Title: "MESSAGE", Width: 36, Least: 20, Most: 100, Letter: 'G', Help: "what was found, with the figures that decided; of one that is n/a why it is"},
		draw.Muted, func(c *model.Check) string { return c.Message }),
	words(draw.Column[model.Check]{Title: "ALERT", Width: 12, Drop: 4, Help: "why it raises an alert: three failures in a row, or a fifth of the last 20 runs"},
		draw.Warning, func(c *model.Check) string { return c.Failing }),
	figure(draw.Column[model.Check]{Title: "TOOK ms", Width: 8, Drop: 2, Letter: 'M', Help: "how long its last run took, in ms"},
		1, -1, func(c *model.Check) model.Figure { return c.TookMs }),
	{Title: "LAST", Width: 5, Right: true, Numeric: true, Seconds: true, Drop: 1, Letter: 'A', Help: "since its last run",
		Cell:  func(a grid.Area, c *model.Check, d *draw.Drawing) { draw.PutAge(a, c.At, d.Now, d.Style) },
		Value: func(c *model.Check, d *draw.Drawing) draw.Value { return draw.Seconds(c.At, d.Now) }},
	since(func(c *model.Check) time.Time { return c.Since }),
}

// quiet is the verdict that a check's name is drawn by: one that cannot be seen
// does not shout.
func quiet(c *model.Check) model.Verdict {
	if c.Status == model.CheckNotApplicable {
		return model.Healthy
	}
	return c.Verdict()
}

// CheckWord is a status in words.
func CheckWord(c *model.Check) string {
	if c.Status == model.CheckNotApplicable {
		return "n/a"
	}
	return c.Status.String()
}

// CheckStyle is how a status is drawn.
func CheckStyle(c *model.Check) grid.Style {
	if c.Status == model.CheckNotApplicable {
		return draw.Faint
	}
	return draw.VerdictStyle(c.Verdict())
}

// CheckSign stands before a check.
func CheckSign(a grid.Area, c *model.Check) (rune, grid.Style) {
	if c.Status == model.CheckNotApplicable {
		return a.Glyphs().Dash, draw.Faint
	}
	return draw.VerdictGlyph(a.Glyphs(), c.Verdict()), CheckStyle(c)
}
