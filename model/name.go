package model

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// NameLimit is the longest name, in runes, that is shown; longer ones end in "…".
const NameLimit = 128

// CleanName makes a name from outside fit to be shown: printable runes only,
// control, format and invalid ones become "�", bounded length. A server called
// "\x1b[2J" must not draw on an operator's screen.
func CleanName(s string) string { return clean(s, NameLimit, false) }

// CleanText does the same for a longer text of several lines, such as Triton's
// reasons; line feeds stay, tabs become blanks.
func CleanText(s string) string { return clean(s, 4096, true) }

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
