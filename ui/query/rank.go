package query

import (
	"slices"
	"unicode/utf8"
)

// The tiers of a match, best first.
const (
	tierExact     = iota
	tierPrefix    // the candidate begins with the pattern
	tierWord      // a word in it does
	tierContained // it stands somewhere in it
	tierShort     // its letters are at the beginnings of words, as in a filter
	tierScattered // its letters are there in order
)

// A sort key holds the tier, what tells within a tier, and the place, in 30 bits.
const (
	placeBits  = 18
	detailBits = 9
	detailMost = 1<<detailBits - 1
)

// longestRanked is the longest pattern, in runes, that can match.
const longestRanked = 128

// Rank gives the places of the candidates that match a pattern, best first: the
// whole, prefixes, beginnings of words, contained ones, abbreviations, and at
// last those with the letters in order. Within a tier shorter candidates and
// smaller gaps come first, then the order that was given. The case does not
// count. An empty pattern gives all in their order. The places are written over
// out, which is grown where it is too small; candidates behind the first 262,144
// are left out.
func Rank(pattern string, candidates []string, out []int) []int {
	out = out[:0]
	var buf [longestRanked]rune
	p := buf[:0]
	for _, r := range pattern {
		if len(p) == longestRanked {
			return out
		}
		p = append(p, fold(r))
	}
	for i := range candidates[:min(len(candidates), 1<<placeBits)] {
		switch order, ok := rank(candidates[i], p); {
		case len(p) == 0:
			out = append(out, i)
		case ok:
			out = append(out, order<<placeBits|i)
		}
	}
	slices.Sort(out)
	for i := range out {
		out[i] &= 1<<placeBits - 1
	}
	return out
}

// rank gives a number that is smaller the better a candidate matches.
func rank(s string, p []rune) (order int, ok bool) {
	at := func(tier, detail int) (int, bool) { return tier<<detailBits | min(detail, detailMost), true }
	if rest, ok := cutPrefix(s, p); ok {
		if rest == "" {
			return at(tierExact, 0)
		}
		return at(tierPrefix, len(s))
	}
	inside := false
	var w words
	for rest := s; rest != ""; {
		r, after := next(rest)
		begins := w.begins(r)
		if _, ok := cutPrefix(rest, p); ok {
			if begins {
				return at(tierWord, len(s))
			}
			inside = true
		}
		rest = after
	}
	switch gap, ok := scatter(s, p); {
	case inside:
		return at(tierContained, len(s))
	case !ok:
		return 0, false
	case abbreviates(s, p, false):
		return at(tierShort, len(s))
	default:
		return at(tierScattered, min(gap, 31)<<4|min(len(s)/4, 15))
	}
}

// scatter says whether the runes occur in order, and how many others stand among
// them: the first end that can be found, and the last beginning before it.
func scatter(s string, p []rune) (gap int, ok bool) {
	i, end := 0, 0
	for end < len(s) && i < len(p) {
		r, n := utf8.DecodeRuneInString(s[end:])
		end += n
		if fold(r) == p[i] {
			i++
		}
	}
	if i < len(p) {
		return 0, false
	}
	others := -len(p)
	for s = s[:end]; i > 0; others++ {
		r, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
		if fold(r) == p[i-1] {
			i--
		}
	}
	return others, true
}
