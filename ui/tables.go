package ui

import (
	"slices"
	"strings"

	"tritop/model"
	"tritop/ui/columns"
	"tritop/ui/draw"
	"tritop/ui/grid"
	"tritop/ui/query"
)

// rowKey names a row. Rows are kept by name: their places change when something
// breaks or recovers.
type rowKey struct {
	a, b, c, d, e string
	n             uint64
}

// table is one kind of rows, whatever their type: where they come from, how they
// are drawn, sorted and filtered, and what opens them.
type table struct {
	called
	heads    []draw.Head
	fields   []query.Field // of the columns that have values
	columns  []int         // the column of each field
	list     func(s *model.Snapshot, about string, out []int) []int
	fold     func(s *model.Snapshot, rows []int) []int // makes one row of several; nil: none
	key      func(s *model.Snapshot, k int) rowKey
	verdict  func(s *model.Snapshot, k int) model.Verdict
	opens    func(s *model.Snapshot, k int) view
	name     func(s *model.Snapshot, k int) string
	value    func(d *draw.Drawing, k, column int) draw.Value
	draw     func(d *draw.Drawing, a grid.Area, l *draw.Listing) draw.Span
	columnAt func(width, x int) int
	judged   *table // instead of this one where there are objectives; nil: this one
}

// called is what is said of a table.
type called struct {
	word    string // what the rows are, in the plural
	empty   string // said where there are none
	ordered string // the order that the list has by itself; empty: broken first
}

// rowsOf is a table with the type of its rows.
type rowsOf[R any] struct {
	word, empty string
	columns     []draw.Column[R]
	list        func(s *model.Snapshot, about string, out []int) []int
	fold        func(s *model.Snapshot, rows []int) []int // makes one row of several, where they are in their own order; nil: none
	at          func(s *model.Snapshot, k int) *R
	key         func(r *R) rowKey
	verdict     func(r *R, s *model.Snapshot) model.Verdict
	opens       func(r *R) view
	name        func(r *R) string // what the words of a filter look in
	ordered     string            // the order that the list has by itself; empty: broken first
	look        draw.Look
	judged      []draw.Column[R]                                              // instead of columns where there are objectives; nil: the same
	sign        func(a grid.Area, r *R, s *model.Snapshot) (rune, grid.Style) // before a row; nil: that of its verdict
}

// table takes the type away.
func (o rowsOf[R]) table() *table {
	t := &table{called: called{o.word, o.empty, o.ordered}, list: o.list, fold: o.fold}
	for i := range o.columns {
		h := draw.HeadOf(&o.columns[i])
		if t.heads = append(t.heads, h); h.Sorts {
			t.fields, t.columns = append(t.fields, h.Field), append(t.columns, i)
		}
	}
	t.key = func(s *model.Snapshot, k int) rowKey { return o.key(o.at(s, k)) }
	t.verdict = func(s *model.Snapshot, k int) model.Verdict { return o.verdict(o.at(s, k), s) }
	t.opens = func(s *model.Snapshot, k int) view { return o.opens(o.at(s, k)) }
	t.name = func(s *model.Snapshot, k int) string { return o.name(o.at(s, k)) }
	t.value = func(d *draw.Drawing, k, column int) draw.Value {
		if of := o.columns[column].Value; of != nil {
			return of(o.at(d.Snap, k), d)
		}
		return draw.Value{}
	}
	t.draw = func(d *draw.Drawing, a grid.Area, l *draw.Listing) draw.Span {
		l.Flat, l.Unjudged = o.look.Flat, o.look.Unjudged
		if o.sign != nil {
			l.Sign = func(k int) (rune, grid.Style) { return o.sign(a, o.at(d.Snap, k), d.Snap) }
		}
		return draw.Table(d, a, o.columns, l, func(k int) (*R, model.Verdict) {
			r := o.at(d.Snap, k)
			return r, o.verdict(r, d.Snap)
		})
	}
	t.columnAt = func(width, x int) int { return draw.ColumnAt(o.columns, width, x) }
	if o.judged != nil {
		j := o
		j.columns, j.judged = o.judged, nil
		t.judged = j.table()
	}
	return t
}

// The tables of the screen.
var (
	modelTable = rowsOf[model.Model]{
		word: "models", empty: "no model is known yet", columns: columns.Models, judged: columns.ModelsJudged,
		list: func(s *model.Snapshot, _ string, out []int) []int { return count(len(s.Models), out) },
		at:   func(s *model.Snapshot, k int) *model.Model { return &s.Models[k] },
		key:  func(m *model.Model) rowKey { return rowKey{a: m.Name} }, name: func(m *model.Model) string { return m.Name },
		verdict: standing,
		opens:   func(m *model.Model) view { return view{modelView, m.Name} },
	}.table()

	serverTable = rowsOf[model.Server]{
		word: "servers", empty: "no server is configured", columns: columns.Servers,
		list: func(s *model.Snapshot, _ string, out []int) []int { return count(len(s.Servers), out) },
		at:   func(s *model.Snapshot, k int) *model.Server { return &s.Servers[k] },
		key:  func(m *model.Server) rowKey { return rowKey{a: m.Name} }, name: func(m *model.Server) string { return m.Name },
		verdict: func(m *model.Server, _ *model.Snapshot) model.Verdict { return m.Finding.Verdict },
		opens:   func(m *model.Server) view { return view{serverView, m.Name} },
	}.table()

	onServerTable = replicaTable(columns.OnServer, onServer, func(r *model.Replica) string { return r.Model })
	ofModelTable  = replicaTable(columns.OfModel, ofModel, func(r *model.Replica) string { return r.Server })
	versionTable  = replicaTable(columns.Versions, ofVersion, func(r *model.Replica) string { return r.Model + " " + r.Server })

	gpuTable = rowsOf[model.GPU]{
		word: "GPUs", empty: "no server, exporter or driver that answers tells of a GPU", columns: columns.GPUs, list: gpusOf,
		at:  func(s *model.Snapshot, k int) *model.GPU { return &s.GPUs[k] },
		key: func(g *model.GPU) rowKey { return rowKey{a: g.UUID} }, name: func(g *model.GPU) string { return g.Host + " " + g.UUID },
		verdict: func(g *model.GPU, _ *model.Snapshot) model.Verdict { return g.Finding.Verdict },
		opens:   func(g *model.GPU) view { return view{gpuView, g.UUID} },
	}.table()

	signalTable = rowsOf[model.Signal]{
		word: "signals", empty: "no metrics text has a family beyond those that tritop knows", columns: columns.Signals, list: signals, at: signalAt, ordered: "by server", look: draw.Look{Unjudged: true},
		key: func(g *model.Signal) rowKey {
			return rowKey{g.Server, g.Family, g.Label, g.Model, g.Version, 0}
		},
		name: func(g *model.Signal) string { return g.Family + " " + g.Label + " " + g.Model + " " + g.Server },
		verdict: func(g *model.Signal, _ *model.Snapshot) model.Verdict {
			if !g.Value.Known() {
				return model.Unknown
			}
			return model.Healthy
		},
		opens: func(g *model.Signal) view {
			if g.Model == "" {
				return view{serverView, g.Server}
			}
			return view{versionView, versionName(g.Model, g.Version)}
		},
	}.table()

	sourceTable = rowsOf[model.Source]{
		word: "sources", empty: "nothing is observed yet", columns: columns.Sources,
		list: func(s *model.Snapshot, _ string, out []int) []int { return count(len(s.Sources), out) },
		at:   func(s *model.Snapshot, k int) *model.Source { return &s.Sources[k] },
		key:  func(m *model.Source) rowKey { return rowKey{a: m.Name} }, name: func(m *model.Source) string { return m.Name },
		verdict: func(m *model.Source, s *model.Snapshot) model.Verdict { return columns.SourceVerdict(m, s.Now) },
		opens:   func(m *model.Source) view { return view{serverView, m.Server} },
	}.table()

	eventTable = rowsOf[model.Event]{
		word: "events", empty: "nothing has changed since tritop began to look", columns: eventColumns(), list: newestFirst, fold: foldEvents, ordered: "newest first", look: draw.Look{Flat: true},
		at:  eventAt,
		key: func(e *model.Event) rowKey { return rowKey{n: e.Seq} }, name: func(e *model.Event) string { return e.Object() + " " + e.Words() },
		verdict: func(e *model.Event, _ *model.Snapshot) model.Verdict { return e.Verdict },
		opens:   opensEvent,
	}.table()
)

// replicaTable is a table of model versions: a row is the server's place × 65536
// + the replica's.
func replicaTable(cols []draw.Column[model.Replica], list func(*model.Snapshot, string, []int) []int, name func(*model.Replica) string) *table {
	return rowsOf[model.Replica]{
		word: "model versions", empty: "nothing is known of it now", columns: cols, list: list, at: replicaAt, name: name,
		key:     func(r *model.Replica) rowKey { return rowKey{a: r.Server, b: r.Model, c: r.Version} },
		verdict: func(r *model.Replica, _ *model.Snapshot) model.Verdict { return r.Finding.Verdict },
		opens:   func(r *model.Replica) view { return view{versionView, versionName(r.Model, r.Version)} },
	}.table()
}

func replicaAt(s *model.Snapshot, k int) *model.Replica { return &s.Servers[k>>16].Replicas[k&0xffff] }

// versionName names a model version in views: "bert@3".
func versionName(name, version string) string { return name + "@" + version }

// cutVersion takes the name of a model version apart.
func cutVersion(name string) (modelName, version string) {
	i := strings.LastIndexByte(name, '@')
	if i < 0 {
		return name, ""
	}
	return name[:i], name[i+1:]
}

func count(n int, out []int) []int {
	for i := range n {
		out = append(out, i)
	}
	return out
}

func newestFirst(s *model.Snapshot, about string, out []int) []int {
	for i := len(s.Events) - 1; i >= 0; i-- {
		out = append(out, i)
	}
	return out
}

// signals lists the signals of all servers: a row is the server's place × 65536
// + the signal's.
func signals(s *model.Snapshot, _ string, out []int) []int {
	for i := range s.Servers {
		for j := range s.Servers[i].Signals {
			out = append(out, i<<16|j)
		}
	}
	return out
}

func signalAt(s *model.Snapshot, k int) *model.Signal { return &s.Servers[k>>16].Signals[k&0xffff] }

func onServer(s *model.Snapshot, about string, out []int) []int {
	for i := range s.Servers {
		if s.Servers[i].Name != about {
			continue
		}
		for j := range s.Servers[i].Replicas {
			out = append(out, i<<16|j)
		}
	}
	return out
}

func replicas(s *model.Snapshot, out []int, which func(*model.Replica) bool) []int {
	for i := range s.Servers {
		for j := range s.Servers[i].Replicas {
			if which(&s.Servers[i].Replicas[j]) {
				out = append(out, i<<16|j)
			}
		}
	}
	return out
}

func ofModel(s *model.Snapshot, about string, out []int) []int {
	return replicas(s, out, func(r *model.Replica) bool { return r.Model == about })
}

// ofVersion lists one version of a model on all servers, or all that there are.
func ofVersion(s *model.Snapshot, about string, out []int) []int {
	name, version := cutVersion(about)
	return replicas(s, out, func(r *model.Replica) bool { return about == "" || r.Model == name && r.Version == version })
}

// gpusOf lists the GPUs of a server, or all.
func gpusOf(s *model.Snapshot, about string, out []int) []int {
	for i := range s.GPUs {
		if about == "" || s.GPUs[i].Host == about || slices.Contains(s.GPUs[i].Servers, about) {
			out = append(out, i)
		}
	}
	return out
}

func opensEvent(e *model.Event) view {
	switch {
	case e.Model != "" && e.Server == "":
		return view{modelView, e.Model}
	case e.Model != "" && e.Version != "":
		return view{versionView, versionName(e.Model, e.Version)}
	case e.Server != "":
		return view{serverView, e.Server}
	}
	return view{overview, ""}
}
