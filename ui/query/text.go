package query

import (
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// pattern is a text to look for, case folded.
type pattern struct {
	how   manner
	runes []rune
}

// manner is how a pattern is looked for.
type manner uint8

const (
	noText    manner = iota // there is no pattern
	exactly                 // the whole text
	glob                    // the whole text, * stands for anything
	contained               // anywhere
	fuzzy                   // anywhere, or its letters at the beginnings of words
)

// star is * in a glob; no text holds it.
const star = rune(-1)

// in says whether the pattern is found in a text.
func (p *pattern) in(s string) bool {
	switch p.how {
	case exactly:
		rest, ok := cutPrefix(s, p.runes)
		return ok && rest == ""
	case glob:
		return matchGlob(s, p.runes)
	case fuzzy:
		return contains(s, p.runes) || abbreviates(s, p.runes, true)
	case contained, noText:
	}
	return contains(s, p.runes)
}

// fold gives the rune that stands for all cases of one.
func fold(r rune) rune {
	switch {
	case r >= 'A' && r <= 'Z':
		return r + ('a' - 'A')
	case r < utf8.RuneSelf:
		return r
	}
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	if least >= 'A' && least <= 'Z' {
		least += 'a' - 'A'
	}
	return least
}

// next takes the first rune off a text that is not empty.
func next(s string) (r rune, rest string) {
	if c := s[0]; c < utf8.RuneSelf {
		return rune(c), s[1:]
	}
	r, n := utf8.DecodeRuneInString(s)
	return r, s[n:]
}

// cutPrefix takes folded runes off the beginning of a text.
func cutPrefix(s string, p []rune) (rest string, ok bool) {
	for _, want := range p {
		if s == "" {
			return "", false
		}
		var r rune
		if r, s = next(s); fold(r) != want {
			return "", false
		}
	}
	return s, true
}

func contains(s string, p []rune) bool {
	if len(p) == 0 {
		return true
	}
	for s != "" {
		// Nearly every rune is none that the pattern begins with.
		c := rune(s[0])
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		rest := s[1:]
		if c >= utf8.RuneSelf {
			c, rest = next(s)
			c = fold(c)
		}
		if c == p[0] {
			if _, ok := cutPrefix(rest, p[1:]); ok {
				return true
			}
		}
		s = rest
	}
	return false
}

// matchGlob compares the whole text with a glob: after a mismatch the last star
// takes one rune more.
func matchGlob(s string, p []rune) bool {
	var tail []rune // of the pattern behind the last star
	var from string // of the text that the star has not taken
	starred := false
	for {
		switch {
		case len(p) > 0 && p[0] == star:
			p = p[1:]
			tail, from, starred = p, s, true
			continue
		case len(p) == 0 && s == "":
			return true
		case len(p) > 0 && s != "":
			if r, rest := next(s); fold(r) == p[0] {
				s, p = rest, p[1:]
				continue
			}
		}
		if !starred || from == "" {
			return false
		}
		_, from = next(from)
		s, p = from, tail
	}
}

// kind is what a rune is where words are told apart.
type kind uint8

const (
	between kind = iota // no part of a word
	lower
	upper
	digit
)

func kindOf(r rune) kind {
	switch {
	case r >= 'a' && r <= 'z':
		return lower
	case r >= '0' && r <= '9':
		return digit
	case r >= 'A' && r <= 'Z':
		return upper
	case r < utf8.RuneSelf:
		return between
	case unicode.IsUpper(r):
		return upper
	case unicode.IsLetter(r) || unicode.IsMark(r):
		return lower
	case unicode.IsDigit(r):
		return digit
	}
	return between
}

// words finds where words begin, rune by rune: after what is no letter and no
// digit, where letters become digits or the other way round, at a capital behind
// a small letter, and behind leading zeros: eu1-gpu-03 begins at e, 1, g, 0 and 3.
// What stands between words begins too, so that it can be typed.
type words struct {
	last  kind
	zeros bool // the digits so far are zeros
}

func (w *words) begins(r rune) bool {
	k, last := kindOf(r), w.last
	w.last = k
	begin := k == between || last == between || (k == digit) != (last == digit) || k == upper && last == lower
	switch {
	case k != digit:
		w.zeros = false
	case last != digit:
		w.zeros = r == '0'
	case w.zeros:
		begin, w.zeros = true, r == '0'
	}
	return begin
}

// longest is the longest pattern that can abbreviate: its places are bits.
const longest = 63

// abbreviates says whether the runes occur in order, each either right behind
// the one before or at the beginning of a word. within: all in one name, blanks
// part names.
func abbreviates(s string, p []rune, within bool) bool {
	if len(p) == 0 || len(p) > longest {
		return false
	}
	const none = uint64(1) // nothing was found yet
	found := uint64(1) << len(p)
	var w words
	// Bit k: the first k runes were found; in last the k-th of them at the last rune.
	last, ever := uint64(0), none
	for s != "" {
		var r rune
		r, s = next(s)
		from := last
		if w.begins(r) {
			from |= ever
		}
		if within && r == ' ' {
			last, ever = 0, none
			continue
		}
		last = 0
		for r = fold(r); from != 0; from &= from - 1 {
			if k := bits.TrailingZeros64(from); p[k] == r {
				last |= 2 << k
			}
		}
		if last&found != 0 {
			return true
		}
		ever |= last
	}
	return false
}
