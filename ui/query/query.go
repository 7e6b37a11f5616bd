// Package query is the filter of every table: what is typed after / becomes a
// Query, and a Query says which rows pass. docs/filter.md is the language for
// people; this package also ranks the candidates of completion.
//
// It promises that a text of any kind is either a Query or an *Error that says
// where and why, in time that the text's length bounds; that a row whose value is
// not known passes no comparison, inverted or not; and that matching and ranking
// allocate nothing. It knows no table: a table implements Row.
package query

import "math"

// Field is a column that can be asked for.
type Field struct {
	Name    string // lower case, without blanks: "err", "region"
	Numeric bool   // its values are numbers
	Unit    Unit   // of its numbers: which suffixes they can be asked for with
}

// Value is what a row has in a column.
type Value struct {
	Text    string
	Number  float64 // in the column's Unit, as the screen shows it: 2.5 where it shows 2.5 %
	Known   bool    // false: no data
	Numeric bool    // Number holds
}

// Row is a row of a table.
type Row interface {
	// Field gives the value of the column at that place of the fields that Parse got.
	Field(i int) Value
	// Name is what plain words look in; several names may be joined by a blank.
	Name() string
}

// Query says which rows pass. The zero Query lets every row through. It is not
// changed once it was parsed, and may be used by many at once.
type Query struct {
	text  string
	not   bool // the whole is inverted
	terms []term
}

// term is a word or a comparison. Terms that are joined to the one before are
// its alternatives; groups of alternatives must all hold.
type term struct {
	field  int // place of the column; name: the row's name
	op     operator
	not    bool
	joined bool
	values []operand // one of them suffices
}

// name stands for the row's name where a column's place is wanted.
const name = -1

// operator is how a value is compared.
type operator uint8

const (
	equal operator = iota
	like
	less
	lessEqual
	greater
	greaterEqual
)

// operand is what a value is compared with.
type operand struct {
	missing bool    // asks for rows without data
	number  float64 // of a numeric column
	slack   float64 // half of the last digit that was typed
	text    pattern // of a name or text column
}

// truth is three-valued: what a comparison says of a row without data is not
// known, and neither is its inverse.
type truth int8

const (
	no      truth = -1
	unknown truth = 0
	yes     truth = 1
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// Empty says that every row passes.
func (q *Query) Empty() bool { return len(q.terms) == 0 }

// Text is what was parsed, without the blanks around it.
func (q *Query) Text() string { return q.text }

// Match says whether a row passes.
func (q *Query) Match(r Row) bool {
	all, group := yes, yes
	for i := range q.terms {
		t := &q.terms[i]
		switch {
		case !t.joined:
			if all = min(all, group); all == no {
				return q.not
			}
			group = t.holds(r)
		case group != yes:
			group = max(group, t.holds(r))
		}
	}
	all = min(all, group)
	if q.not {
		all = -all
	}
	return all == yes
}

func (t *term) holds(r Row) truth {
	out := no
	if t.field == name {
		out = truthOf(t.values[0].text.in(r.Name()))
	} else {
		v := r.Field(t.field)
		for i := range t.values {
			out = max(out, t.values[i].compare(t.op, &v))
		}
	}
	if t.not {
		return -out
	}
	return out
}

// compare compares a value with an operand.
func (o *operand) compare(op operator, v *Value) truth {
	switch {
	case o.missing:
		return truthOf(!v.Known)
	case !v.Known:
		return unknown
	case o.text.how != noText:
		return truthOf(o.text.in(v.Text))
	case !v.Numeric || math.IsNaN(v.Number):
		return unknown
	}
	return truthOf(o.holds(op, v.Number))
}

// holds compares numbers. A number equals what it is when it is rounded to the
// digits that were typed: the screen shows rounded ones.
func (o *operand) holds(op operator, v float64) bool {
	switch op {
	case less:
		return v < o.number
	case lessEqual:
		return v <= o.number
	case greater:
		return v > o.number
	case greaterEqual:
		return v >= o.number
	case equal, like:
	}
	return v == o.number || v >= o.number-o.slack && v < o.number+o.slack
}
