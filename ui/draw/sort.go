package draw

import (
	"cmp"
	"slices"

	"tritop/model"
)

// Rank orders what is broken first, then what is not known, then the rest.
func Rank(v model.Verdict) int {
	switch v {
	case model.Unhealthy:
		return 0
	case model.Degraded:
		return 1
	case model.Unknown:
		return 2
	case model.Healthy:
	}
	return 3
}

// Sortable is a row with what it is sorted by.
type Sortable struct {
	Row  int
	Rank int // by verdict; see Rank
	By   Value
}

// Sort orders rows: what has no value in the column comes last either way, and
// what is equal stays in triage order. It allocates nothing.
func Sort(rows []Sortable, o Order) {
	slices.SortStableFunc(rows, func(a, b Sortable) int {
		if o.Column >= 0 {
			if c := compare(&a.By, &b.By, o.Down); c != 0 {
				return c
			}
		}
		return a.Rank - b.Rank
	})
}

func compare(a, b *Value, down bool) int {
	if a.Known != b.Known {
		if a.Known {
			return -1
		}
		return 1
	}
	c := cmp.Compare(a.Number, b.Number)
	if !a.Numeric {
		c = cmp.Compare(a.Text, b.Text)
	}
	if down {
		return -c
	}
	return c
}
