package model

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// NameLimit is the longest name, in runes, that is shown; longer ones are cut with "…".
const NameLimit = 128

// CleanName makes a name from outside fit to be shown: printable runes only,
// control, format and invalid ones become "�", bounded length. A server called
// "\x1b[2J" must not draw on an operator's screen. A name that was changed ends
// in a mark of the whole, so that two that look alike stay two.
func CleanName(s string) string {
	if clean(s, NameLimit, false) == s {
		return s
	}
	h := uint32(2166136261) // FNV-1a: this layer imports values only
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return fmt.Sprintf("%s~%08x", clean(s, NameLimit-nameMark, false), h)
}

// nameMark is the length of "…~" and of a hash behind a name.
const nameMark = 10

// CleanText does the same for a longer text of several lines, such as Triton's
// reasons; line feeds stay, tabs become blanks.
func CleanText(s string) string { return clean(s, 4096, true) }

// FirstLine is a text up to its first line feed.
func FirstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func clean(s string, limit int, lines bool) string {
	if len(s) <= limit && isPlain(s) {
		return s
	}
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n == limit {
			b.WriteRune('…')
			break
		}
		n++
		switch {
		case r == '\n' && lines:
			b.WriteByte('\n')
		case r == '\t' && lines:
			b.WriteByte(' ')
		case r == utf8.RuneError || !unicode.IsPrint(r):
			b.WriteRune('�')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
