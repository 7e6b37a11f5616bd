package ui

import (
	"sort"

	"tritop/model"
	"tritop/themes"
	"tritop/ui/draw"
	"tritop/ui/grid"
)

// matrix says where each model is well: a cell per model and region. It is
// worked out once per snapshot.
type matrix struct {
	snap    *model.Snapshot
	regions []string // in the order of the configuration
	servers []servedBy
	cells   []servedBy // model × region
}

// servedBy is how many of what stands in a region is well.
type servedBy struct {
	good, all int
	worst     model.Verdict
}

func (c *servedBy) add(v model.Verdict, good bool) {
	if c.all == 0 || draw.Rank(v) < draw.Rank(c.worst) {
		c.worst = v
	}
	c.all++
	if good {
		c.good++
	}
}

// prepare counts.
func (m *matrix) prepare(s *model.Snapshot) {
	if m.snap == s {
		return
	}
	m.snap, m.regions, m.servers, m.cells = s, m.regions[:0], m.servers[:0], m.cells[:0]
	for i := range s.Servers {
		m.region(s.Servers[i].Region)
	}
	for range len(s.Models) * len(m.regions) {
		m.cells = append(m.cells, servedBy{})
	}
	for range m.regions {
		m.servers = append(m.servers, servedBy{})
	}
	for i := range s.Servers {
		srv := &s.Servers[i]
		at := m.region(srv.Region)
		m.servers[at].add(srv.Finding.Verdict, srv.Finding.Verdict == model.Healthy)
		for j := range srv.Replicas {
			r := &srv.Replicas[j]
			row := sort.Search(len(s.Models), func(k int) bool { return s.Models[k].Name >= r.Model })
			if row < len(s.Models) && s.Models[row].Name == r.Model {
				m.cells[row*len(m.regions)+at].add(r.Finding.Verdict, r.State == model.ReplicaReady && r.Trouble == model.NoTrouble)
			}
		}
	}
}

// region is the place of a region; a new one is added.
func (m *matrix) region(name string) int {
	for i, r := range m.regions {
		if r == name {
			return i
		}
	}
	m.regions = append(m.regions, name)
	return len(m.regions) - 1
}

// drawRegions is the matrix of models and regions, over the charts of the
// selected model.
func (sc *screen) drawRegions(a grid.Area, s *model.Snapshot) {
	table, charts := sc.splitCharts(a)
	sc.drawMatrix(table, s, sc.top().panes[0], true)
	if charts.H > 0 {
		sc.drawCharts(charts, s, sc.selectedCharted(s))
	}
}

// Widths of the matrix.
const (
	matrixName   = 24
	matrixRegion = 9
)

// drawMatrix draws the rows of a pane of models against the regions; active: the
// cursor is in it.
func (sc *screen) drawMatrix(a grid.Area, s *model.Snapshot, p *pane, active bool) {
	sc.matrix.prepare(s)
	m := &sc.matrix
	name := min(matrixName, a.W/3)
	shown := min(len(m.regions), max(1, (a.W-name-4)/matrixRegion))
	for i := range shown {
		region := m.regions[i]
		if region == "" {
			region = "no region"
		}
		a.Put(name+4+i*matrixRegion, 0, matrixRegion-1, region, draw.Muted)
	}
	if more := len(m.regions) - shown; more > 0 {
		l := &draw.Line{A: a, X: a.W - 8}
		l.Put("+", draw.Warning).Int(more, draw.Warning).Put(" more", draw.Warning)
	}
	rows := a.Sub(0, 1, a.W, max(0, a.H-3))
	from := max(0, p.at-rows.H+1)
	if !active {
		from = 0
	}
	p.drawn = drawn{x: a.X, y: a.Y, w: a.W, h: a.H, span: draw.Span{From: from, N: min(rows.H, len(p.rows)-from)}}
	for y := range p.span.N {
		k := p.rows[from+y]
		sc.drawMatrixRow(rows.Sub(0, y, rows.W, 1), &s.Models[k], m.cells[k*len(m.regions):][:shown], name)
		if active && from+y == p.at {
			rows.Set(0, y, a.Glyphs().Cursor, draw.Brand)
			rows.Ground(y, themes.Selected)
		}
	}
	if hidden := len(p.rows) - p.span.N; hidden > 0 {
		l := &draw.Line{A: a, Y: a.H - 2, X: 3}
		l.Rune(a.Glyphs().Ellipsis, draw.Faint).Gap(1).Int(hidden, draw.Muted).Put(" more models", draw.Muted)
	}
	sc.drawMatrixFoot(a, m.servers[:shown], name)
}

func (sc *screen) drawMatrixRow(a grid.Area, m *model.Model, cells []servedBy, name int) {
	v := m.Finding.Verdict
	a.Set(1, 0, draw.VerdictGlyph(a.Glyphs(), v), draw.VerdictStyle(v))
	style := draw.Muted
	if v != model.Healthy {
		style = draw.Strong
	}
	a.Put(3, 0, name, m.Name, style)
	for i := range cells {
		drawServed(a.Sub(name+4+i*matrixRegion, 0, matrixRegion-1, 1), &cells[i])
	}
}

// drawServed draws a cell: the sign, and how many of how many where not all of
// it is well.
func drawServed(a grid.Area, c *servedBy) {
	if c.all == 0 {
		a.Set(1, 0, a.Glyphs().Dash, draw.Faint)
		return
	}
	style := draw.VerdictStyle(c.worst)
	a.Set(1, 0, draw.VerdictGlyph(a.Glyphs(), c.worst), style)
	if c.good < c.all {
		l := &draw.Line{A: a, X: 3}
		l.Int(c.good, style).Put("/", draw.Muted).Int(c.all, draw.Muted)
	}
}

// drawMatrixFoot counts the servers of each region.
func (sc *screen) drawMatrixFoot(a grid.Area, servers []servedBy, name int) {
	a.Put(3, a.H-1, name, "servers well", draw.Muted)
	for i := range servers {
		c := &servers[i]
		style := draw.Muted
		if c.good < c.all {
			style = draw.VerdictStyle(c.worst)
		}
		l := &draw.Line{A: a, Y: a.H - 1, X: name + 4 + i*matrixRegion + 1}
		l.Int(c.good, style).Put("/", draw.Muted).Int(c.all, draw.Muted)
	}
}
