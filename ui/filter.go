package ui

import (
	"unicode"
	"unicode/utf8"

	"tritop/model"
	"tritop/ui/draw"
)

// filter is which rows of a view are shown.
type filter struct {
	text string
}

// pass takes the rows out that the filter does not let through.
func (p *pane) pass(d *draw.Drawing, f *filter) {
	if f.text == "" {
		return
	}
	kept := p.rows[:0]
	for _, k := range p.rows {
		if f.lets(p.table, d, k) {
			kept = append(kept, k)
		}
	}
	p.rows = kept
}

// lets says whether the filter lets a row of a table through.
func (f *filter) lets(t *table, d *draw.Drawing, k int) bool {
	return f.text == "" || matches(f.text, t.name(d.Snap, k))
}

// matches says whether a name passes the filter: every word must be in it, in
// any case.
func matches(rest, name string) bool {
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

// setFilter narrows the rows of the view to a text. One that is wrong is not
// used: the last good one stays, and why it is wrong is said.
func (sc *screen) setFilter(_ *model.Snapshot, text string) (wrong string) {
	sc.top().filter.text = text
	return ""
}
