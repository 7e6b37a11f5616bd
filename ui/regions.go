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
		m.addModels(s, srv, at)
	}
}

// addModels counts a server for each model that it lists, as the column SERVING
// does: it serves a model with one version that is READY and without trouble. The
// verdict is that of the worst version.
func (m *matrix) addModels(s *model.Snapshot, srv *model.Server, at int) {
	for j := 0; j < len(srv.Replicas); {
		name, one := srv.Replicas[j].Model, servedBy{}
		for ; j < len(srv.Replicas) && srv.Replicas[j].Model == name; j++ {
			r := &srv.Replicas[j]
			one.add(whereVerdict(srv, r), r.State == model.ReplicaReady && r.Trouble == model.NoTrouble)
		}
		row := sort.Search(len(s.Models), func(k int) bool { return s.Models[k].Name >= name })
		if row < len(s.Models) && s.Models[row].Name == name {
			m.cells[row*len(m.regions)+at].add(one.worst, one.good > 0)
		}
	}
}

// whereVerdict is the verdict of a replica; one whose server is known to fail fails
// with it.
func whereVerdict(srv *model.Server, r *model.Replica) model.Verdict {
	if r.Trouble == model.ServerUnreached {
		return srv.Finding.Verdict
	}
	return r.Finding.Verdict
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
	p := sc.top().panes[0]
	l := &listed{rows: p.rows, cursor: p.at}
	sc.drawMatrix(table, s, l)
	p.drawn = drawn{x: table.X, y: table.Y, w: table.W, h: table.H, foreign: true, span: l.span}
	sc.drawChartsOf(charts, s, sc.selectedCharted(s))
}

// Widths of the matrix.
const (
	matrixName       = 24
	matrixRegion     = 7
	matrixRegionMost = 14
)

// listed are the models of a matrix.
type listed struct {
	rows   []int // places in the snapshot
	cursor int   // the place in rows that stays in sight; negative: no cursor
	airy   bool  // a blank row between them where there is room
	span   draw.Span
}

// drawMatrix draws models against the regions, and says in l which of them.
func (sc *screen) drawMatrix(a grid.Area, s *model.Snapshot, l *listed) {
	sc.matrix.prepare(s)
	m := &sc.matrix
	name := min(matrixName, a.W*2/5)
	pitch := max(matrixRegion, min(matrixRegionMost, (a.W-name-4)/max(1, len(m.regions))))
	shown := min(len(m.regions), max(1, (a.W-name-4)/pitch))
	at := cellsAt{name + 4, pitch}
	for i := range shown {
		region := m.regions[i]
		if region == "" {
			region = "no region"
		}
		a.Put(at.x(i), 0, pitch-1, region, draw.Muted)
	}
	if more := len(m.regions) - shown; more > 0 {
		r := &draw.Line{A: a, X: a.W - 8}
		r.Put("+", draw.Warning).Int(more, draw.Warning).Put(" more", draw.Warning)
	}
	room := max(0, a.H-2) // the heading and the foot
	if len(l.rows) > room {
		room = max(0, room-1) // how many are not shown
	}
	rows, step := a.Sub(0, 1, a.W, room), 1
	if l.airy && 2*len(l.rows) <= rows.H {
		step = 2
	}
	from := max(0, l.cursor-rows.H+1)
	l.span = draw.Span{From: from, N: max(0, min((rows.H+step-1)/step, len(l.rows)-from))}
	for i := range l.span.N {
		k, y := l.rows[from+i], i*step
		drawMatrixRow(rows.Sub(0, y, rows.W, 1), &s.Models[k], standing(&s.Models[k], s), m.cells[k*len(m.regions):][:shown], at)
		if from+i == l.cursor {
			rows.Set(0, y, a.Glyphs().Cursor, draw.Brand)
			rows.Ground(y, themes.Selected)
		}
	}
	foot := min(a.H-1, 2+l.span.N*step)
	if hidden := len(l.rows) - l.span.N; hidden > 0 {
		foot = a.H - 1
		r := &draw.Line{A: a, Y: a.H - 2, X: 3}
		r.Rune(a.Glyphs().Ellipsis, draw.Faint).Gap(1).Int(hidden, draw.Muted).Put(" more models", draw.Muted)
	}
	sc.drawMatrixFoot(a.Sub(0, foot, a.W, 1), m.servers[:shown], at)
}

// cellsAt is where the cells of a matrix stand.
type cellsAt struct{ first, pitch int }

func (c cellsAt) x(i int) int { return c.first + i*c.pitch }

func drawMatrixRow(a grid.Area, m *model.Model, v model.Verdict, cells []servedBy, at cellsAt) {
	a.Set(1, 0, draw.VerdictGlyph(a.Glyphs(), v), draw.VerdictStyle(v))
	style := draw.Muted
	if v != model.Healthy {
		style = draw.Strong
	}
	a.Put(3, 0, at.first-4, m.Name, style)
	for i := range cells {
		drawServed(a.Sub(at.x(i), 0, at.pitch-1, 1), &cells[i])
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
func (sc *screen) drawMatrixFoot(a grid.Area, servers []servedBy, at cellsAt) {
	a.Put(3, 0, at.first-4, "servers well", draw.Muted)
	for i := range servers {
		c := &servers[i]
		style := draw.Muted
		if c.good < c.all {
			style = draw.VerdictStyle(c.worst)
		}
		l := &draw.Line{A: a, X: at.x(i) + 1}
		l.Int(c.good, style).Put("/", draw.Muted).Int(c.all, draw.Muted)
	}
}
