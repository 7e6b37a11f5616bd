// Package nearest finds the known word that a mistyped one was meant to be. It
// imports nothing of tritop, so that errors of every layer can say it.
package nearest

import "strings"

// Word gives the known word that is closest to what was found, "" where none is
// close. Close is one slip in a short word and two in a long one; letters in the
// wrong order are one slip. Words of two letters and less are never meant: dashes
// before them, as flags have, are not counted.
func Word(found string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if k == "" || k == found {
			continue
		}
		slips := 2
		if n := len(strings.TrimLeft(k, "-")); n < 3 {
			continue
		} else if n <= 4 {
			slips = 1
		}
		if d := distance(found, k); d <= slips && d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is the number of slips between two words: a letter too many, too
// few, another one, or two swapped. Long words are cut.
func distance(a, b string) int {
	const most = 64
	x, y := []rune(strings.ToLower(a[:min(len(a), most)])), []rune(strings.ToLower(b[:min(len(b), most)]))
	var before []int // the row before the last one
	last := make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		row := make([]int, len(y)+1)
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(y)]
}
