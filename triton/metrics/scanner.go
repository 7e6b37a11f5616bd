// Package metrics reads Triton's metrics: it fetches the text under limits and
// scans it without allocating once the series are known.
//
// Triton's text is the classic Prometheus format without timestamps. The order
// of series inside a family changes between scrapes, so a series that is not
// where it was in the last scrape is looked up by its bytes; only one that was
// never seen is parsed. A Scanner belongs to one server and one goroutine.
package metrics

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Type is the type of a metric family.
type Type int

// The types; Untyped where the text names none.
const (
	Untyped Type = iota
	Counter
	GaugeType
	Histogram
	Summary
)

// String gives the word of the text format.
func (t Type) String() string {
	return [...]string{"untyped", "counter", "gauge", "histogram", "summary"}[t]
}

// Label is one label of a series.
type Label struct{ Name, Value string }

// Series is one line's identity: everything but its value.
type Series struct {
	Name   string // as on the line, with _sum, _count or _bucket
	Family string // the name of the last TYPE line that it belongs to, else Name
	Type   Type
	Labels []Label // in the order of the text; Triton sorts them

	raw  string // the bytes of the line up to the value
	seen uint64 // the scan that saw it last
}

// Label gives the value of a label, "" where there is none.
func (s *Series) Label(name string) string {
	for i := range s.Labels {
		if s.Labels[i].Name == name {
			return s.Labels[i].Value
		}
	}
	return ""
}

// Limits keep a hostile text from growing the memory of the process.
type Limits struct {
	Line   int // bytes of one line
	Series int // different series in one text
	Labels int // labels of one series
}

// DefaultLimits are far above what a Triton with thousands of models prints.
func DefaultLimits() Limits { return Limits{Line: 16 << 10, Series: 500_000, Labels: 64} }

// Scanner remembers the series of the last scan.
type Scanner struct {
	limits  Limits
	series  map[string]*Series
	order   []*Series         // as in the last scan
	names   map[string]string // of families, each once
	helps   map[string]string // family → its HELP text
	named   int               // bytes in names and helps
	scan    uint64
	line    int
	famName string
	famType Type
}

// NewScanner makes a scanner.
func NewScanner(l Limits) *Scanner {
	return &Scanner{limits: l, series: make(map[string]*Series), names: make(map[string]string), helps: make(map[string]string)}
}

// Help gives the HELP text of a family in the last text that had one; "" where
// none had. It is Triton's or a back-end's, as it stands there, and may be cut.
func (s *Scanner) Help(family string) string { return s.helps[family] }

// SyntaxError says where and why a text could not be read.
type SyntaxError struct {
	Line int
	Why  string
}

// Error gives one line for people.
func (e *SyntaxError) Error() string {
	return "metrics text, line " + strconv.Itoa(e.Line) + ": " + e.Why
}

func (s *Scanner) fail(format string, args ...any) error {
	return &SyntaxError{Line: s.line, Why: fmt.Sprintf(format, args...)}
}

// Scan calls visit with every sample of the text, in its order. The series may
// be kept; it is not changed later. On an error some samples were visited: the
// caller drops them. The scanner then forgets all series, so that a hostile
// text leaves nothing behind.
func (s *Scanner) Scan(text []byte, visit func(*Series, float64)) error {
	err := s.read(text, visit)
	if err != nil {
		clear(s.series)
		clear(s.names)
		clear(s.helps)
		s.order, s.named = nil, 0
	}
	return err
}

func (s *Scanner) read(text []byte, visit func(*Series, float64)) error {
	s.scan++
	s.line, s.famName, s.famType = 0, "", Untyped
	n := 0 // samples so far
	for len(text) > 0 {
		s.line++
		if n < len(s.order) {
			// The quick way: the same series at the same place as last time.
			if known := s.order[n]; known.seen != s.scan && s.sameFamily(known) && hasSeries(text, known.raw) {
				v, rest, ok := quickValue(text[len(known.raw):])
				if ok {
					known.seen = s.scan
					visit(known, v)
					n++
					text = rest
					continue
				}
			}
		}
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			return s.fail("the text is cut off: %s", excerpt(text))
		}
		if end > s.limits.Line {
			return s.fail("%d bytes in one line, limit %d", end, s.limits.Line)
		}
		line := text[:end]
		text = text[end+1:]
		sampled, err := s.readLine(line, n, visit)
		if err != nil {
			return err
		}
		if sampled {
			n++
		}
	}
	clear(s.order[n:])
	s.order = s.order[:n]
	if len(s.series) > 2*n+64 {
		s.forget()
	}
	return nil
}

func (s *Scanner) sameFamily(k *Series) bool {
	f := s.familyOf(k.Name)
	return k.Family == f && k.Type == s.typeOf(f)
}

// typeOf gives the type of a family; one that no TYPE line announced has none.
func (s *Scanner) typeOf(family string) Type {
	if family == s.famName {
		return s.famType
	}
	return Untyped
}

// hasSeries says whether text begins with the series and then a blank.
func hasSeries(text []byte, raw string) bool {
	return len(text) > len(raw) && text[len(raw)] == ' ' && string(text[:len(raw)]) == raw
}

// forget drops the series that the last scan did not see.
func (s *Scanner) forget() {
	for raw, k := range s.series {
		if k.seen != s.scan {
			delete(s.series, raw)
		}
	}
}

// readLine reads one whole line; sampled says that it was a sample.
func (s *Scanner) readLine(line []byte, n int, visit func(*Series, float64)) (sampled bool, err error) {
	line = bytes.Trim(line, " \t\r")
	if len(line) == 0 {
		return false, nil
	}
	if line[0] == '#' {
		return false, s.readComment(line[1:])
	}
	raw, rest, err := s.splitSample(line)
	if err != nil {
		return false, err
	}
	v, err := s.readValue(rest)
	if err != nil {
		return false, err
	}
	if n >= s.limits.Series {
		return false, s.fail("more than %d series", s.limits.Series)
	}
	known := s.series[string(raw)]
	if known != nil && known.seen == s.scan {
		return false, s.fail("the series %s stands there twice", excerpt(raw)) // it would be counted twice
	}
	if known == nil || !s.sameFamily(known) {
		if known, err = s.learn(raw); err != nil {
			return false, err
		}
	}
	known.seen = s.scan
	if n < len(s.order) {
		s.order[n] = known
	} else {
		s.order = append(s.order, known)
	}
	visit(known, v)
	return true, nil
}

// readComment reads what follows a '#': TYPE lines matter, all others do not.
func (s *Scanner) readComment(rest []byte) error {
	word, rest := nextField(rest)
	switch string(word) {
	case "HELP":
		name, help := nextField(rest)
		if len(name) == 0 {
			return nil
		}
		if string(name) != s.famName {
			if !validName(name, true) {
				return s.fail("HELP of an invalid name: %s", excerpt(name))
			}
			s.famName, s.famType = s.intern(name), Untyped
		}
		s.explain(help)
	case "TYPE":
		name, rest := nextField(rest)
		kind, _ := nextField(rest)
		if len(name) == 0 || len(kind) == 0 && validName(name, true) {
			return nil // says nothing
		}
		if !validName(name, true) {
			return s.fail("TYPE of an invalid name: %s", excerpt(name))
		}
		t, ok := parseType(string(kind))
		if !ok {
			return s.fail("unknown type %s of %s", excerpt(kind), excerpt(name))
		}
		if string(name) != s.famName {
			s.famName = s.intern(name)
		}
		s.famType = t
	}
	return nil
}

func parseType(s string) (Type, bool) {
	for t := Untyped; t <= Summary; t++ {
		if strings.EqualFold(s, t.String()) {
			return t, true
		}
	}
	return Untyped, false
}

// intern gives the one string of a family's name.
func (s *Scanner) intern(name []byte) string {
	known, ok := s.names[string(name)]
	if !ok {
		s.room(len(name))
		known = string(name)
		s.names[known] = known
	}
	return known
}

// room makes room for names and helps of n bytes.
func (s *Scanner) room(n int) {
	if s.named += n; s.named > 1<<20 { // more than any Triton has: somebody makes them up
		clear(s.names)
		clear(s.helps)
		s.named = n
	}
}

// helpLimit is how much of a HELP text is kept, in bytes.
const helpLimit = 256

// explain keeps the HELP text of the family that is being read.
func (s *Scanner) explain(help []byte) {
	help = bytes.TrimLeft(help, " \t")
	help = help[:min(len(help), helpLimit)]
	if len(help) == 0 || s.helps[s.famName] == string(help) {
		return
	}
	s.room(len(help))
	s.helps[s.famName] = string(help)
}

// familyOf says which family a name belongs to after the last TYPE line.
func (s *Scanner) familyOf(name string) string {
	if len(name) < len(s.famName) || name[:len(s.famName)] != s.famName {
		return name
	}
	suffix := name[len(s.famName):]
	switch {
	case suffix == "",
		(s.famType == Histogram || s.famType == Summary) && (suffix == "_sum" || suffix == "_count"),
		s.famType == Histogram && suffix == "_bucket":
		return s.famName
	}
	return name
}
