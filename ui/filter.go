package ui

import (
	"errors"
	"fmt"

	"tritop/model"
	"tritop/ui/draw"
	"tritop/ui/query"
)

// filter is which rows of a view are shown. It is parsed for each table apart:
// they have different columns. One that asks for a column that a table does not
// have lets all of that table through.
type filter struct {
	text string
	by   map[*table]*query.Query
}

// queryOf is the filter as a table understands it.
func (f *filter) queryOf(t *table) *query.Query {
	if q := f.by[t]; q != nil {
		return q
	}
	q, err := query.Parse(f.text, t.fields)
	if err != nil {
		q = query.Query{}
	}
	if f.by == nil {
		f.by = make(map[*table]*query.Query)
	}
	f.by[t] = &q
	return &q
}

// pass takes the rows out that the filter does not let through.
func (p *pane) pass(d *draw.Drawing, f *filter) {
	if f.text == "" {
		return
	}
	q := f.queryOf(p.table)
	kept := p.rows[:0]
	r := asked{t: p.table, d: d}
	for _, k := range p.rows {
		if r.k = k; q.Match(&r) {
			kept = append(kept, k)
		}
	}
	p.rows = kept
}

// lets says whether the filter lets a row of a table through.
func (f *filter) lets(t *table, d *draw.Drawing, k int) bool {
	return f.text == "" || f.queryOf(t).Match(&asked{t, d, k})
}

// asked is a row as a filter asks it.
type asked struct {
	t *table
	d *draw.Drawing
	k int
}

// Field is the value of a column.
func (r *asked) Field(i int) query.Value { return r.t.value(r.d, r.k, r.t.columns[i]) }

// Name is what plain words look in.
func (r *asked) Name() string { return r.t.name(r.d.Snap, r.k) }

// setFilter narrows the rows of the view to a text. One that is wrong is not
// used: the last good one stays, and the error says where it is wrong.
func (sc *screen) setFilter(text string) error {
	o := sc.top()
	t := eventTable
	if p := o.leading(); p != nil {
		t = p.table
	}
	if _, err := query.Parse(text, t.fields); err != nil {
		return fmt.Errorf("not used: %w", err)
	}
	o.filter = filter{text: text}
	return nil
}

// filterWords say what is wrong with a filter and what to write.
func filterWords(err error) string {
	var wrong *query.Error
	if !errors.As(err, &wrong) {
		return ""
	}
	if wrong.Hint == "" {
		return model.CleanText(wrong.Error())
	}
	return model.CleanText(wrong.Error() + " · " + wrong.Hint)
}
