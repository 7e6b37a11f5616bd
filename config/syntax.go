package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

var lineInError = regexp.MustCompile(`line (\d+)(?:: )?`)

// syntax turns an error of the YAML library about a text into a problem with the
// place where the text is wrong. The library names the block around it, or none.
func syntax(file string, text []byte, err error) Problem {
	b := broken{text: text, lex: lex(text)}
	b.line, b.said = saidBy(err)
	f, what := b.find(), "not YAML: "
	if strings.EqualFold(filepath.Ext(file), ".json") {
		if j := b.json(); j.text != "" {
			f, what = j, "not JSON: "
		}
	}
	p := Problem{File: file, Text: what + f.text}
	p.Line, p.Column = lineColumn(text, f.at)
	return p
}

// saidBy takes an error of the library apart: the line that it names (0: none),
// and its words.
func saidBy(err error) (line int, words string) {
	words = strings.TrimPrefix(strings.TrimPrefix(err.Error(), "yaml: "), "unmarshal errors:\n  ")
	if m := lineInError.FindStringSubmatch(words); m != nil {
		line, _ = strconv.Atoi(m[1]) // digits
		words = strings.Replace(words, m[0], "", 1)
	}
	return line, words
}

// broken is a text that the library refused.
type broken struct {
	text []byte
	lex  *lexer
	line int    // that the library named; 0: none
	said string // its words
}

// find says what is wrong and where, as well as that can be known.
func (b *broken) find() finding {
	for words, look := range map[string]func() finding{
		"control characters are not allowed": b.control, "UTF-8": b.control, "UTF-16": b.control,
		"found unexpected end of stream": b.lex.unclosed, "found unknown escape character": b.first, "did not find expected hexdecimal number": b.escapeNumber,
		"did not find expected ',' or": b.brackets, "did not find expected key": b.key, "did not find expected '-' indicator": b.indentation,
		"could not find expected ':'": b.noColon, "mapping values are not allowed": b.secondColon,
		"found character that cannot start any token": b.start, "found a tab character": b.tab,
		"did not find expected <document start>": b.brackets, "unknown anchor": b.anchor, "block sequence entries are not allowed": b.dash,
	} {
		if !strings.Contains(b.said, words) {
			continue
		}
		if f := look(); f.text != "" {
			return f
		}
	}
	return finding{b.begin(max(b.line, 1)), b.said}
}

// begin gives where the text of a line begins, behind its indentation.
func (b *broken) begin(line int) spot {
	at := b.lineAt(line)
	return spot(at + len(b.lineText(line)) - len(bytes.TrimLeft(b.lineText(line), " \t")))
}

// lineAt gives the offset of a line; that of the end where there are fewer.
func (b *broken) lineAt(line int) int {
	at := 0
	for ; line > 1; line-- {
		n := bytes.IndexByte(b.text[at:], '\n')
		if n < 0 {
			return len(b.text)
		}
		at += n + 1
	}
	return at
}

func (b *broken) lineText(line int) []byte {
	text, _, _ := bytes.Cut(b.text[b.lineAt(line):], []byte("\n"))
	return text
}

// first is the first thing that the lexer minds.
func (b *broken) first() finding { return b.lex.found }

// brackets says which bracket is not closed, or where a comma is missing.
func (b *broken) brackets() finding {
	if b.lex.found.text != "" {
		return b.lex.found
	}
	return b.lex.unclosed()
}

// key is asked where a key was wanted.
func (b *broken) key() finding {
	if f := b.brackets(); f.text != "" {
		return f
	}
	return b.indentation()
}

// control finds what is no text at all.
func (b *broken) control() finding {
	for i := 0; i < len(b.text); {
		r, n := utf8.DecodeRune(b.text[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			return finding{spot(i), fmt.Sprintf("the byte 0x%02x is no text in UTF-8", b.text[i])}
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0x7f, r >= 0x80 && r < 0xa0 && r != 0x85:
			return finding{spot(i), fmt.Sprintf("the control character 0x%02x is not allowed: in double quotes it is written \\x%02x", r, r)}
		}
		i += n
	}
	return finding{}
}

// escapeNumber finds \x, \u and \U without their digits.
func (b *broken) escapeNumber() finding {
	m := regexp.MustCompile(`\\(x([^"]{0,2})|u([^"]{0,4})|U([^"]{0,8}))`)
	for _, at := range m.FindAllIndex(b.text, -1) {
		digits := string(b.text[at[0]+2 : at[1]])
		want := map[byte]int{'x': 2, 'u': 4, 'U': 8}[b.text[at[0]+1]]
		if _, err := strconv.ParseUint(digits, 16, 64); err != nil || len(digits) < want {
			return finding{spot(at[0]), fmt.Sprintf(`\%c wants %d hexadecimal digits: a backslash is written \\ in double quotes`, b.text[at[0]+1], want)}
		}
	}
	return finding{}
}

// failedLine gives the last line that the library had to read to know that the
// text is wrong: it looks ahead to the end of a line, no further than that. It
// skips what is empty or a comment.
func (b *broken) failedLine() int {
	r := &counted{text: b.text}
	_ = yaml.NewDecoder(r).Decode(new(yaml.Node)) // the error is known
	line, _ := lineColumn(b.text, spot(max(r.n-1, 0)))
	for range 1000 {
		if line == 1 || len(bytes.TrimSpace(b.lineText(line))) > 0 && b.text[b.begin(line)] != '#' {
			break
		}
		line--
	}
	return line
}

// counted gives a text byte by byte, so that it is known how much was read.
type counted struct {
	text []byte
	n    int
}

// Read gives one byte.
func (c *counted) Read(p []byte) (int, error) {
	if c.n == len(c.text) || len(p) == 0 {
		return 0, io.EOF
	}
	p[0] = c.text[c.n]
	c.n++
	return 1, nil
}

// indentation is asked where the next key or item stands at no place that goes
// on with what is above.
func (b *broken) indentation() finding {
	return finding{b.begin(b.failedLine()), "this line goes on with nothing above it: indent it as the lines that it belongs to"}
}

// noColon: the library names the line of the key.
func (b *broken) noColon() finding {
	if f := b.brackets(); f.text != "" {
		return f
	}
	at := b.begin(b.line)
	word := strings.TrimPrefix(string(b.lineText(b.line)[int(at)-b.lineAt(b.line):]), "- ")
	word, _, _ = strings.Cut(strings.TrimSpace(word), " ")
	return finding{at, fmt.Sprintf("a colon is missing: want KEY: VALUE, perhaps %q", word+": …")}
}

// secondColon finds the colon that makes no sense in its line.
func (b *broken) secondColon() finding {
	line := b.failedLine()
	text := b.lineText(line)
	if i := bytes.Index(text, []byte(": ")); i >= 0 {
		if j := bytes.Index(text[i+2:], []byte(":")); j >= 0 && !bytes.ContainsAny(text[:i+2+j], `"'`) {
			return finding{spot(b.lineAt(line) + i + 2 + j), "a second colon in one line: put the value into quotes, or the second key on a line of its own"}
		}
	}
	return finding{b.begin(line), "this line is indented more than the one above it lets it: give both the same indentation"}
}

// tab finds the tab that indents.
func (b *broken) tab() finding {
	for line := max(b.line, 1); line <= b.line+2; line++ {
		text := b.lineText(line)
		if i := bytes.IndexByte(text[:int(b.begin(line))-b.lineAt(line)], '\t'); i >= 0 {
			return finding{spot(b.lineAt(line) + i), "a tab indents this line: YAML wants spaces"}
		}
	}
	return finding{}
}

// start finds the character that begins a value and may not.
func (b *broken) start() finding {
	if f := b.tab(); f.text != "" {
		return f
	}
	m := regexp.MustCompile("(?:^|[ \\[{,])([@`%])").FindSubmatchIndex(b.lineText(b.line))
	if m == nil {
		return finding{}
	}
	at := b.lineAt(b.line) + m[2]
	return finding{spot(at), fmt.Sprintf("a value cannot begin with %c: put it into quotes", b.text[at])}
}

// anchor finds the name that nothing above has.
func (b *broken) anchor() finding {
	_, rest, _ := strings.Cut(b.said, "'")
	name, _, _ := strings.Cut(rest, "'")
	at := bytes.LastIndex(b.text[:min(b.lineAt(b.failedLine()+1), len(b.text))], []byte("*"+name))
	if name == "" || at < 0 {
		return finding{}
	}
	return finding{spot(at), fmt.Sprintf("*%s refers to nothing: no &%s stands above it", name, name)}
}

// dash finds the list that begins behind a key.
func (b *broken) dash() finding {
	at := bytes.Index(b.lineText(b.line), []byte(": - "))
	if at < 0 {
		return finding{}
	}
	return finding{spot(b.lineAt(b.line) + at + 2), "a list begins on a line of its own: put the - below its key"}
}

// json says what is wrong with a text as JSON; nothing where it is some.
func (b *broken) json() finding {
	var wrong *json.SyntaxError
	var anything any
	if err := json.Unmarshal(b.text, &anything); !errors.As(err, &wrong) {
		return finding{}
	}
	if f := b.lex.found; f.text != "" && int(f.at) < int(wrong.Offset) {
		return f
	}
	if f := b.lex.unclosed(); f.text != "" && (b.lex.quote >= 0 || strings.Contains(wrong.Error(), "unexpected end")) {
		return f
	}
	at := spot(wrong.Offset - 1)
	for words, plain := range map[string]string{
		"after array element": "want a comma or ] here", "after object key:value pair": "want a comma or } here", "after object key": "want a colon here",
		"looking for beginning of object key string": "want a key in double quotes here", "looking for beginning of value": "want a value here: a text stands in double quotes, and behind the last one no comma",
		"in string escape code": "no escape: a backslash is written \\\\", "hexadecimal character escape": `want four hexadecimal digits after \u`,
		"in string literal": "a line break or a control character inside a text: is the closing quote missing before it?", "after top-level value": "the list has ended before this",
	} {
		if strings.HasSuffix(wrong.Error(), words) {
			return finding{at, plain}
		}
	}
	return finding{at, wrong.Error()}
}
