package metrics

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// splitSample cuts a line behind its series: name and labels.
func (s *Scanner) splitSample(line []byte) (raw, rest []byte, err error) {
	if !validName(line[:1], true) {
		return nil, nil, s.fail("invalid metric name: %s", excerpt(line))
	}
	i := 0
	for i < len(line) && line[i] != '{' && line[i] != ' ' && line[i] != '\t' {
		i++
	}
	nameEnd := i
	for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		i++
	}
	if i < len(line) && line[i] == '{' {
		end := closingBrace(line[i:])
		if end < 0 {
			return nil, nil, s.fail("labels without a closing brace: %s", excerpt(line))
		}
		nameEnd = i + end + 1
	}
	return line[:nameEnd], line[nameEnd:], nil
}

// closingBrace finds the brace that ends the labels, -1 where there is none.
func closingBrace(b []byte) int {
	quoted := false
	for i := 0; i < len(b); i++ {
		switch {
		case quoted && b[i] == '\\':
			i++
		case b[i] == '"':
			quoted = !quoted
		case !quoted && b[i] == '}':
			return i
		}
	}
	return -1
}

// readValue reads the value and, if there is one, a timestamp, which is checked and dropped.
func (s *Scanner) readValue(rest []byte) (float64, error) {
	word, rest := nextField(rest)
	if len(word) == 0 {
		return 0, s.fail("a series without a value")
	}
	v, ok := quickNumber(word)
	if !ok {
		var err error
		if bytes.ContainsAny(word, "pP_") {
			return 0, s.fail("not a number: %s", excerpt(word))
		}
		if v, err = strconv.ParseFloat(string(word), 64); err != nil && !math.IsInf(v, 0) {
			return 0, s.fail("not a number: %s", excerpt(word))
		} else if err != nil {
			return 0, s.fail("a number out of range: %s", excerpt(word))
		}
	}
	stamp, rest := nextField(rest)
	if len(stamp) > 0 {
		if _, err := strconv.ParseInt(string(stamp), 10, 64); err != nil {
			return 0, s.fail("not a timestamp: %s", excerpt(stamp))
		}
	}
	if more, _ := nextField(rest); len(more) > 0 {
		return 0, s.fail("something after the value: %s", excerpt(more))
	}
	return v, nil
}

// nextField cuts the next word at blanks and tabs.
func nextField(b []byte) (word, rest []byte) {
	i := 0
	for i < len(b) && (b[i] == ' ' || b[i] == '\t') {
		i++
	}
	j := i
	for j < len(b) && b[j] != ' ' && b[j] != '\t' {
		j++
	}
	return b[i:j], b[j:]
}

// quickValue reads " VALUE\n" where the value is a plain decimal; ok is false
// for everything else, which then goes the slow and complete way.
func quickValue(b []byte) (v float64, rest []byte, ok bool) {
	var mantissa uint64
	i, digits, point := 1, 0, -1
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c >= '0' && c <= '9':
			mantissa = mantissa*10 + uint64(c-'0')
			digits++
		case c == '.' && point < 0:
			point = digits
		case c == '\n':
			if digits == 0 || digits > 15 || point == 0 || point == digits {
				return 0, nil, false
			}
			return scale(mantissa, digits, point), b[i+1:], true
		default:
			return 0, nil, false
		}
		if digits > 15 {
			return 0, nil, false
		}
	}
	return 0, nil, false
}

// quickNumber reads a plain decimal of at most 15 digits.
func quickNumber(b []byte) (v float64, ok bool) {
	if len(b) == 0 || len(b) > 16 {
		return 0, false
	}
	var mantissa uint64
	digits, point := 0, -1
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			mantissa = mantissa*10 + uint64(c-'0')
			digits++
		case c == '.' && point < 0:
			point = digits
		default:
			return 0, false
		}
	}
	if digits == 0 || digits > 15 || point == 0 || point == digits {
		return 0, false
	}
	return scale(mantissa, digits, point), true
}

// scale is exact: mantissa < 2^53 and a power of ten below 10^22 are both
// floats, and one division rounds once.
func scale(mantissa uint64, digits, point int) float64 {
	if point < 0 {
		return float64(mantissa)
	}
	return float64(mantissa) / powers[digits-point]
}

var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// learn parses a series that was not seen before.
func (s *Scanner) learn(raw []byte) (*Series, error) {
	if len(s.series) >= s.limits.Series {
		s.forget() // those of earlier texts; what this text may hold is limited by readLine
	}
	k := &Series{raw: string(raw)}
	name, labels, braced := strings.Cut(k.raw, "{")
	k.Name = strings.TrimRight(name, " \t")
	if !validName([]byte(k.Name), true) {
		return nil, s.fail("invalid metric name: %s", excerpt([]byte(k.Name)))
	}
	k.Family = s.familyOf(k.Name)
	k.Type = s.typeOf(k.Family)
	if braced {
		var err error
		if k.Labels, err = s.readLabels(strings.TrimSuffix(labels, "}")); err != nil {
			return nil, err
		}
	}
	s.series[k.raw] = k
	return k, nil
}

// readLabels reads what stands between the braces.
func (s *Scanner) readLabels(text string) ([]Label, error) {
	var out []Label
	for {
		text = strings.TrimLeft(text, " \t")
		if text == "" {
			return out, nil
		}
		name, rest, ok := strings.Cut(text, "=")
		name = strings.TrimRight(name, " \t")
		if !ok || !validName([]byte(name), false) {
			return nil, s.fail("invalid label name: %s", excerpt([]byte(name)))
		}
		if name == "__name__" {
			return nil, s.fail("label __name__ is reserved for the name of the metric")
		}
		value, rest, err := s.readQuoted(strings.TrimLeft(rest, " \t"), name)
		if err != nil {
			return nil, err
		}
		for _, l := range out {
			if l.Name == name {
				return nil, s.fail("label %s twice", excerpt([]byte(name)))
			}
		}
		if len(out) == s.limits.Labels {
			return nil, s.fail("more than %d labels", s.limits.Labels)
		}
		out = append(out, Label{name, value})
		rest = strings.TrimLeft(rest, " \t")
		if rest != "" && rest[0] != ',' {
			return nil, s.fail("want a comma or the end of the labels: %s", excerpt([]byte(rest)))
		}
		text = strings.TrimPrefix(rest, ",")
	}
}

func (s *Scanner) readQuoted(text, label string) (value, rest string, err error) {
	if text == "" || text[0] != '"' {
		return "", "", s.fail("label %s: want a quoted value", label)
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			if !utf8.ValidString(b.String()) {
				return "", "", s.fail("label %s: not UTF-8", label)
			}
			return b.String(), text[i+1:], nil
		case '\\':
			i++
			if i == len(text) {
				break
			}
			switch text[i] {
			case 'n':
				b.WriteByte('\n')
			case '\\', '"':
				b.WriteByte(text[i])
			default:
				return "", "", s.fail("label %s: unknown escape \\%c", label, text[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", "", s.fail("label %s: the value is cut off", label)
}

// validName checks a metric name (with colons) or a label name (without).
func validName(b []byte, colon bool) bool {
	for i, c := range b {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || colon && c == ':'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return len(b) > 0
}

// excerpt shows the beginning of something hostile, quoted.
func excerpt(b []byte) string {
	if len(b) > 40 {
		return fmt.Sprintf("%q…", b[:40])
	}
	return fmt.Sprintf("%q", b)
}
