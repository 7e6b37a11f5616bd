package config

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// spot is a place in a text: a byte offset.
type spot int

// finding is what a text holds that no YAML or JSON may hold.
type finding struct {
	at   spot
	text string // in words; empty: nothing was found
}

// lexer reads a text as YAML (or JSON, which is YAML too) only as far as it takes
// to say where brackets, quotes and commas are wrong. The library's own errors
// name the block around the place. It judges nothing: it is asked when the library
// has refused a text.
type lexer struct {
	text  []byte
	i     int
	open  []bracket
	found finding // the first
	quote spot    // the opening quote of a text that does not end; -1: none
}

// bracket is one that is open.
type bracket struct {
	at    spot
	kind  byte
	colon bool // since the last comma
	value bool // a whole value stands before: only a comma, a colon or the end may follow
}

// lex reads a whole text.
func lex(text []byte) *lexer {
	l := &lexer{text: text, quote: -1}
	for l.i < len(l.text) && l.found.text == "" {
		l.token()
	}
	return l
}

// note keeps the first thing that is wrong.
func (l *lexer) note(at int, format string, args ...any) {
	if l.found.text == "" {
		l.found = finding{spot(at), fmt.Sprintf(format, args...)}
	}
}

func (l *lexer) peek(ahead int) byte {
	if l.i+ahead >= len(l.text) {
		return '\n'
	}
	return l.text[l.i+ahead]
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// top is the innermost open bracket; nil outside of all.
func (l *lexer) top() *bracket {
	if len(l.open) == 0 {
		return nil
	}
	return &l.open[len(l.open)-1]
}

// token reads the next one.
func (l *lexer) token() {
	c, flow := l.peek(0), l.top() != nil
	switch {
	case blank(c):
		l.i++
	case c == '#' && (l.i == 0 || blank(l.text[l.i-1])):
		l.line()
	case c == ':' && (flow || blank(l.peek(1))):
		l.colon()
	case l.bracketed(c), !flow && l.indicated(c):
	default:
		l.begins()
		l.plain()
	}
}

// bracketed reads what stands for itself anywhere: brackets, commas between
// them, texts in quotes.
func (l *lexer) bracketed(c byte) bool {
	switch c {
	case '[', '{':
		l.begins()
		l.open = append(l.open, bracket{at: spot(l.i), kind: c})
		l.i++
	case ']', '}':
		l.closes(c)
	case '"', '\'':
		l.begins()
		from := l.i
		l.quoted(c)
		l.ended()
		l.wide(from)
	case ',':
		t := l.top()
		if t == nil {
			return false
		}
		t.colon, t.value = false, false
		l.i++
	default:
		return false
	}
	return true
}

// indicated reads what begins an item, a key or a block of text outside of all
// brackets.
func (l *lexer) indicated(c byte) bool {
	switch {
	case strings.IndexByte("-?", c) >= 0 && blank(l.peek(1)):
		l.i++
	case strings.IndexByte("|>", c) >= 0:
		l.block()
	default:
		return false
	}
	return true
}

// line goes to the end of the line.
func (l *lexer) line() {
	if n := bytes.IndexByte(l.text[l.i:], '\n'); n >= 0 {
		l.i += n
		return
	}
	l.i = len(l.text)
}

// begins says that a value begins here, which nothing may stand before.
func (l *lexer) begins() {
	switch t := l.top(); {
	case t == nil || !t.value:
	case t.kind == '{' && !t.colon:
		l.note(l.i, "a colon or a comma is missing before this")
	default:
		l.noComma(l.i)
	}
}

// noComma says that a comma is missing; before a key that is indented no more
// than the line of the bracket it is the closing one that is.
func (l *lexer) noComma(at int) {
	t, begin := l.top(), lineBegin(l.text, at)
	if len(bytes.TrimSpace(l.text[begin:at])) > 0 || strings.IndexByte("[{\"'", l.text[at]) >= 0 || at-begin > indent(l.text[lineBegin(l.text, int(t.at)):]) {
		l.note(at, "a comma is missing before this")
		return
	}
	l.note(int(t.at), "the %c is not closed", t.kind)
}

// lineBegin gives where the line of a place begins.
func lineBegin(text []byte, at int) int { return bytes.LastIndexByte(text[:at], '\n') + 1 }

// ended says that a value whose end is sure has ended.
func (l *lexer) ended() {
	if t := l.top(); t != nil {
		t.value = true
		return
	}
	for c := l.peek(0); c == ' ' || c == '\t'; c = l.peek(0) {
		l.i++
	}
	if c := l.peek(0); !blank(c) && strings.IndexByte(":#]}", c) < 0 && l.quote < 0 {
		l.note(l.i, "the value has ended before this: put all of it into one pair of quotes")
	}
}

// colon ends a key. In braces a second one without a comma between means that
// the comma is missing.
func (l *lexer) colon() {
	if t := l.top(); t != nil {
		if t.kind == '{' && t.colon {
			l.noComma(l.lastWord())
		}
		t.colon, t.value = true, false
	}
	l.i++
}

// lastWord gives where the word before the colon begins.
func (l *lexer) lastWord() int {
	end := len(bytes.TrimRight(l.text[:l.i], " \t"))
	return bytes.LastIndexAny(l.text[:end], " \t\n{,:") + 1
}

func (l *lexer) closes(c byte) {
	t := l.top()
	opens := map[byte]byte{']': '[', '}': '{'}[c]
	switch {
	case t == nil:
		l.note(l.i, "this %c closes nothing", c)
	case t.kind != opens:
		l.note(int(t.at), "the %c is not closed: %s has %c instead", t.kind, placeOf(l.text, spot(l.i)), c)
	default:
		l.open = l.open[:len(l.open)-1]
		l.i++
		l.ended()
	}
}

// escapes are the characters that may follow a backslash in double quotes.
const escapes = "0abt\tnvfre \"/\\N_LPxuU\n\r"

// quoted reads a text in quotes.
func (l *lexer) quoted(quote byte) {
	l.quote = spot(l.i)
	for l.i++; l.i < len(l.text); l.i++ {
		switch c := l.text[l.i]; {
		case c == quote && quote == '\'' && l.peek(1) == '\'' && l.i+1 < len(l.text):
			l.i++
		case c == quote:
			l.quote = -1
			l.i++
			return
		case c == '\\' && quote == '"':
			if !strings.ContainsRune(escapes, rune(l.peek(1))) {
				l.badEscape()
			}
			l.i++
		}
	}
}

// wide mends what was said of a text over several lines: what follows its end
// shows that it was to end in the first.
func (l *lexer) wide(from int) {
	if l.found.text != "" && int(l.found.at) == l.i && bytes.IndexByte(l.text[from:l.i], '\n') >= 0 {
		line, _ := lineColumn(l.text, spot(l.i))
		l.found = finding{spot(from), fmt.Sprintf("the text that begins with this %c ends in line %d only: is a quote missing before?", l.text[from], line)}
	}
}

func (l *lexer) badEscape() {
	r, _ := utf8.DecodeRune(l.text[l.i+1:])
	l.note(l.i, `\%c is no escape: a backslash is written \\ in double quotes, and as it is in single ones`, r)
}

// block skips the text behind | or >: all lines that are indented more.
func (l *lexer) block() {
	own := indent(l.text[lineBegin(l.text, l.i):])
	for l.line(); l.i < len(l.text); l.line() {
		l.i++
		rest := l.text[l.i:]
		next, _, _ := bytes.Cut(rest, []byte("\n"))
		if len(bytes.TrimSpace(next)) > 0 && indent(rest) <= own {
			return
		}
	}
}

func indent(text []byte) int { return len(text) - len(bytes.TrimLeft(text, " ")) }

// plain reads a value without quotes, as far as its line goes.
func (l *lexer) plain() {
	flow, prefix := l.top() != nil, strings.IndexByte("&*!", l.peek(0)) >= 0
	for l.i < len(l.text) {
		c := l.peek(0)
		switch {
		case c == '\n', prefix && blank(c), c == '#' && blank(l.text[l.i-1]):
			return
		case flow && strings.IndexByte(",[]{}", c) >= 0:
			return
		case c == ':' && (blank(l.peek(1)) || flow && strings.IndexByte(",[]{}", l.peek(1)) >= 0):
			return
		}
		l.i++
	}
}

// unclosed says which quote or bracket has no end.
func (l *lexer) unclosed() finding {
	switch {
	case l.quote >= 0:
		return finding{l.quote, fmt.Sprintf("the text that begins with this %c has no closing quote", l.text[l.quote])}
	case len(l.open) > 0:
		return finding{l.open[0].at, fmt.Sprintf("the %c is not closed", l.open[0].kind)}
	}
	return finding{}
}

// placeOf gives a place in words.
func placeOf(text []byte, at spot) string {
	line, column := lineColumn(text, at)
	return fmt.Sprintf("line %d, column %d", line, column)
}

// lineColumn gives the place of a byte, both from 1; columns count characters.
func lineColumn(text []byte, at spot) (line, column int) {
	before := text[:min(max(int(at), 0), len(text))]
	return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[lineBegin(before, len(before)):]) + 1
}
