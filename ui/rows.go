package ui

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tritop/model"
)

// matches says whether a name passes the filter: every word must be in it, in
// any case.
func (sc *screen) matches(name string) bool {
	rest := sc.filter
	for {
		for rest != "" && rest[0] == ' ' {
			rest = rest[1:]
		}
		if rest == "" {
			return true
		}
		end := 0
		for end < len(rest) && rest[end] != ' ' {
			end++
		}
		if !holdsFold(name, rest[:end]) {
			return false
		}
		rest = rest[end:]
	}
}

// holdsFold is strings.Contains without regard to case; it allocates nothing.
func holdsFold(s, word string) bool {
	for {
		if prefixFold(s, word) {
			return true
		}
		if s == "" {
			return false
		}
		_, n := utf8.DecodeRuneInString(s)
		s = s[n:]
	}
}

func prefixFold(s, word string) bool {
	for word != "" {
		r, n := utf8.DecodeRuneInString(s)
		w, m := utf8.DecodeRuneInString(word)
		if n == 0 || r != w && unicode.ToLower(r) != unicode.ToLower(w) {
			return false
		}
		s, word = s[n:], word[m:]
	}
	return true
}

// order fills the row lists of the overview, broken first.
func (sc *screen) order(s *model.Snapshot) {
	sc.models, sc.servers = sc.models[:0], sc.servers[:0]
	for i := range s.Models {
		if sc.matches(s.Models[i].Name) {
			sc.models = append(sc.models, i)
		}
	}
	for i := range s.Servers {
		if sc.matches(s.Servers[i].Name) {
			sc.servers = append(sc.servers, i)
		}
	}
	sortRows(sc.models, func(i int) model.Verdict { return s.Models[i].Finding.Verdict })
	sortRows(sc.servers, func(i int) model.Verdict { return s.Servers[i].Finding.Verdict })
	sc.orderChanges(s, nil)
	sc.follow(s)
}

// follow puts the cursor on what the worst problem is about, until the viewer
// moves it.
func (sc *screen) follow(s *model.Snapshot) {
	if sc.moved || len(s.Problems) == 0 {
		return
	}
	p := &s.Problems[0]
	if p.Model != "" {
		sc.pane, sc.cursor[modelsPane] = modelsPane, p.Model
		return
	}
	sc.pane, sc.cursor[serversPane] = serversPane, p.Server
}

// replicasOf fills sc.rows with the replicas of a model, broken first: a row is
// the server's place × 65536 + the replica's.
func (sc *screen) replicasOf(s *model.Snapshot, name string) {
	sc.rows, sc.rowColumns = sc.rows[:0], modelRows
	for i := range s.Servers {
		for j := range s.Servers[i].Replicas {
			if s.Servers[i].Replicas[j].Model == name {
				sc.rows = append(sc.rows, i<<16|j)
			}
		}
	}
	sortRows(sc.rows, func(k int) model.Verdict { return replicaAt(s, k).Finding.Verdict })
}

// versionsOn fills sc.rows with the replicas of the server at a place.
func (sc *screen) versionsOn(s *model.Snapshot, server int) {
	sc.rows, sc.rowColumns = sc.rows[:0], serverRows
	for j := range s.Servers[server].Replicas {
		sc.rows = append(sc.rows, server<<16|j)
	}
	sortRows(sc.rows, func(k int) model.Verdict { return replicaAt(s, k).Finding.Verdict })
}

func replicaAt(s *model.Snapshot, k int) *model.Replica { return &s.Servers[k>>16].Replicas[k&0xffff] }

// selected gives the place of the cursor in a list; a name that is gone falls
// back to the first row.
func (sc *screen) selected(p pane, s *model.Snapshot) int {
	if p == serversPane {
		for at, i := range sc.servers {
			if s.Servers[i].Name == sc.cursor[p] {
				return at
			}
		}
		return 0
	}
	for at, i := range sc.models {
		if s.Models[i].Name == sc.cursor[p] {
			return at
		}
	}
	return 0
}

// selectedServer is the server under the cursor, nil where there is none.
func (sc *screen) selectedServer(s *model.Snapshot) *model.Server {
	if len(sc.servers) == 0 {
		return nil
	}
	return &s.Servers[sc.servers[sc.selected(serversPane, s)]]
}

// selectedModel is the model under the cursor, nil where there is none.
func (sc *screen) selectedModel(s *model.Snapshot) *model.Model {
	if len(sc.models) == 0 {
		return nil
	}
	return &s.Models[sc.models[sc.selected(modelsPane, s)]]
}

// replicaKey names a replica; its place changes when it breaks or recovers.
type replicaKey struct{ server, model, version string }

func keyOf(r *model.Replica) replicaKey { return replicaKey{r.Server, r.Model, r.Version} }

// selectedRow gives the place of the cursor of a detail view in sc.rows.
func (sc *screen) selectedRow(s *model.Snapshot) int {
	for at, k := range sc.rows {
		if keyOf(replicaAt(s, k)) == sc.rowCursor {
			return at
		}
	}
	return 0
}

// filterRows takes the rows out that the filter does not let through.
func (sc *screen) filterRows(s *model.Snapshot, name func(*model.Replica) string) {
	if sc.filter == "" {
		return
	}
	kept := sc.rows[:0]
	for _, k := range sc.rows {
		if sc.matches(name(replicaAt(s, k))) {
			kept = append(kept, k)
		}
	}
	sc.rows = kept
}

func serverOf(s *model.Snapshot, name string) int {
	for i := range s.Servers {
		if s.Servers[i].Name == name {
			return i
		}
	}
	return -1
}

func modelOf(s *model.Snapshot, name string) *model.Model {
	for i := range s.Models {
		if s.Models[i].Name == name {
			return &s.Models[i]
		}
	}
	return nil
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
func (sc *screen) orderChanges(s *model.Snapshot, about func(*model.Event) bool) {
	sc.changes = sc.changes[:0]
	for i := len(s.Events) - 1; i >= 0; i-- {
		e := &s.Events[i]
		if about != nil && !about(e) || !sc.passes(e) {
			continue
		}
		if !sc.gather(s, i) {
			sc.changes = append(sc.changes, changeLine{at: i, first: i, count: 1})
		}
	}
}

// orderEvents fills sc.changes with every event, newest first.
func (sc *screen) orderEvents(s *model.Snapshot) {
	sc.changes = sc.changes[:0]
	for i := len(s.Events) - 1; i >= 0; i-- {
		if sc.passes(&s.Events[i]) {
			sc.changes = append(sc.changes, changeLine{at: i, first: i, count: 1})
		}
	}
}

// passes says whether the filter lets an event through.
func (sc *screen) passes(e *model.Event) bool {
	return sc.filter == "" || sc.matches(e.Server) && e.Server != "" || sc.matches(e.Model) && e.Model != ""
}

// gather adds an event to a line that it belongs to.
func (sc *screen) gather(s *model.Snapshot, i int) bool {
	e := &s.Events[i]
	const lookBack = 6
	for k := len(sc.changes) - 1; k >= max(0, len(sc.changes)-lookBack); k-- {
		line := &sc.changes[k]
		first := &s.Events[line.at]
		if first.At.Sub(e.At) > together {
			return false
		}
		by := gathers(first, e)
		if by == alone || line.by != alone && line.by != by {
			continue
		}
		line.by, line.first = by, i
		line.count++
		return true
	}
	return false
}

// gathers says what two events have in common, if they tell the same.
func gathers(a, b *model.Event) gathering {
	if a.Kind != b.Kind || a.From != b.From || withoutFigure(a.To) != withoutFigure(b.To) {
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

// withoutFigure takes the leading figure off "21.2 % of users' requests fail".
func withoutFigure(words string) string { return strings.TrimLeft(words, "0123456789. %") }
