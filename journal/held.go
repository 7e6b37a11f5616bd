package journal

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Current is the state that records with a key leave behind: the newest of each
// kind and key. The zero value is empty and ready. It belongs to one goroutine.
type Current struct {
	by map[kindKey]Record
}

type kindKey struct {
	kind Kind
	key  string
}

// Add takes a record over. One without a key says nothing of any state; one
// without data ends what its kind and key hold.
func (c *Current) Add(r Record) {
	if r.Key == "" {
		return
	}
	if c.by == nil {
		c.by = make(map[kindKey]Record)
	}
	k := kindKey{r.Kind, r.Key}
	switch old, known := c.by[k]; {
	case known && old.Seq > r.Seq:
	case len(r.Data) == 0:
		delete(c.by, k)
	default:
		c.by[k] = r
	}
}

// Of gives what holds of a kind at a moment, by key.
func (c *Current) Of(kind Kind, now time.Time) []Record {
	var out []Record
	for k, r := range c.by {
		if k.kind == kind && r.holds(now) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b Record) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

// holds says whether state is not over yet.
func (r *Record) holds(now time.Time) bool { return r.Until.IsZero() || now.Before(r.Until) }

// held is all state at a record: what a state file is made of.
type held struct {
	current Current
	ledger  Ledger
	newer   [][]byte // lines that a newer tritop wrote, as they are
	at      time.Time
}

// add takes a record over.
func (h *held) add(r Record) {
	h.seen(r.At)
	if r.Kind == KindBudget {
		h.ledger.Add(r)
		return
	}
	h.current.Add(r)
}

// seen moves the time of the state on.
func (h *held) seen(at time.Time) {
	if at.After(h.at) {
		h.at = at
	}
}

// addNewer keeps a line that cannot be read.
func (h *held) addNewer(line []byte) { h.newer = append(h.newer, slices.Clone(line)) }

// write gives the state as the text of a file that begins with its head.
func (h *held) write(upto uint64, by Actor) ([]byte, error) {
	h.ledger.age(h.at)
	records := h.ledger.records(upto, by)
	rest := slices.Collect(maps.Values(h.current.by))
	slices.SortFunc(rest, func(a, b Record) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, r := range rest {
		if r.holds(h.at) {
			records = append(records, r)
		}
	}
	head, err := Record{Seq: upto, At: h.at, Kind: kindState, Actor: by}.with(stateHead{len(records) + len(h.newer)})
	if err != nil {
		return nil, err
	}
	var text []byte
	for _, r := range append([]Record{head}, records...) {
		if text, err = r.appendLine(text); err != nil {
			return nil, err
		}
	}
	for _, l := range h.newer {
		text = append(append(text, l...), '\n')
	}
	return text, nil
}
