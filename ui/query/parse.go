package query

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tritop/internal/nearest"
)

// Limit is the longest text, in runes, that is parsed.
const Limit = 1000

// shortest is the least number of runes of a word that may be an abbreviation.
const shortest = 3

// Parse reads a text that asks for some of the fields. The error is an *Error.
// The fields are not kept.
func Parse(text string, fields []Field) (Query, error) {
	if err := readable(text); err != nil {
		return Query{}, err
	}
	p := parser{in: []rune(text), fields: fields}
	var q Query
	p.blanks()
	begin := p.at
	if p.peek(0) == '!' && isBlank(p.peek(1)) {
		q.not = true
		p.at++
	}
	if err := p.all(&q); err != nil {
		return Query{}, err
	}
	q.terms = p.terms
	if !q.Empty() {
		q.text = string(p.in[begin:p.last])
	}
	return q, nil
}

// readable refuses what is too long, and what no row can hold.
func readable(text string) error {
	at := 0
	for i, r := range text {
		switch _, n := utf8.DecodeRuneInString(text[i:]); {
		case at == Limit:
			return &Error{at, fmt.Sprintf("the text is longer than %d characters", Limit), "fewer words"}
		case r == utf8.RuneError && n == 1:
			return &Error{at, "a byte that is no character", "UTF-8 is read"}
		case !unicode.IsPrint(r) && !unicode.IsSpace(r):
			return &Error{at, fmt.Sprintf("a character that cannot be shown (%U)", r), "the names on the screen hold � in its place"}
		}
		at++
	}
	return nil
}

// parser reads terms one after another.
type parser struct {
	in     []rune
	at     int
	fields []Field
	terms  []term
	last   int // where the last term ends
}

// end is what peek gives behind the text.
const end = rune(0)

func (p *parser) peek(n int) rune {
	if p.at+n >= len(p.in) {
		return end
	}
	return p.in[p.at+n]
}

func isBlank(r rune) bool { return r != end && unicode.IsSpace(r) }

// stops says that a word or value ends before a rune.
func stops(r rune) bool { return r == end || r == '|' || unicode.IsSpace(r) }

func (p *parser) blanks() {
	for isBlank(p.peek(0)) {
		p.at++
	}
}

func wrong(at int, hint, format string, args ...any) error {
	return &Error{at, fmt.Sprintf(format, args...), hint}
}

// all reads terms to the end of the text.
func (p *parser) all(q *Query) error {
	const either = "a|b passes what a or b passes"
	joined := false // a | waits for its right side
	for {
		p.blanks()
		switch c := p.peek(0); {
		case c == end && joined:
			return wrong(p.at, either, "a word is missing after |")
		case c == end && len(p.terms) == 0 && q.not:
			return wrong(p.at, "! and a blank invert all that follows", "a word is missing after !")
		case c == end:
			return nil
		case c != '|':
			if err := p.term(joined); err != nil {
				return err
			}
			joined, p.last = false, p.at
		case joined || len(p.terms) == 0:
			return wrong(p.at, either, "a word is missing before |")
		default:
			joined = true
			p.at++
		}
	}
}

// term reads a word or comparison.
func (p *parser) term(joined bool) error {
	t := term{field: name, joined: joined}
	for p.peek(0) == '!' {
		t.not = !t.not
		p.at++
	}
	begin := p.at
	if stops(p.peek(0)) {
		return wrong(p.at, "!word passes the rows without it; ! and a blank invert all only at the beginning", "a word is missing after !")
	}
	if p.peek(0) == '"' {
		words, err := p.quoted()
		t.values = []operand{{text: pattern{contained, words}}}
		p.terms = append(p.terms, t)
		return err
	}
	for !stops(p.peek(0)) {
		if op := p.operator(); op.sign != "" {
			return p.comparison(t, begin, op)
		}
		p.at++
	}
	t.values = []operand{{text: word(p.in[begin:p.at])}}
	p.terms = append(p.terms, t)
	return nil
}

// word is the pattern of a plain word: from three letters and digits on, one
// letter at least among them, it may be an abbreviation.
func word(in []rune) pattern {
	signs, letters := 0, false
	for _, r := range in {
		switch kindOf(r) {
		case lower, upper:
			letters = true
			signs++
		case digit:
			signs++
		case between:
		}
	}
	out := pattern{contained, folded(in)}
	if letters && signs >= shortest {
		out.how = fuzzy
	}
	return out
}

func folded(in []rune) []rune {
	out := make([]rune, len(in))
	for i, r := range in {
		out[i] = fold(r)
	}
	return out
}

// quoted reads what stands in quotes; at the end of the text they are closed.
func (p *parser) quoted() ([]rune, error) {
	p.at++
	begin := p.at
	for p.at < len(p.in) && p.in[p.at] != '"' {
		p.at++
	}
	out := folded(p.in[begin:p.at])
	if p.at < len(p.in) {
		p.at++
	}
	if !stops(p.peek(0)) {
		return nil, wrong(p.at, "quotes stand around a whole word or value", "a blank is missing after the quotes")
	}
	return out, nil
}

// sign is an operator as it is written.
type sign struct {
	sign string
	op   operator
	not  bool
}

// signs are the operators, longer ones before those that begin them.
var signs = [...]sign{
	{"!=", equal, true}, {"!~", like, true}, {"==", equal, false}, {"=~", like, false}, {"<=", lessEqual, false}, {">=", greaterEqual, false},
	{"=", equal, false}, {"~", like, false}, {"<", less, false}, {">", greater, false},
}

// operator gives the operator that stands here, if one does.
func (p *parser) operator() sign {
	for _, s := range signs {
		if p.peek(0) == rune(s.sign[0]) && (len(s.sign) == 1 || p.peek(1) == rune(s.sign[1])) {
			return s
		}
	}
	return sign{}
}

// comparison reads the rest of a comparison: the operator stands here, the
// column's name between begin and it.
func (p *parser) comparison(t term, begin int, s sign) error {
	if begin == p.at {
		return wrong(begin, "without blanks: "+p.example(s.sign), "a column is missing before %s", s.sign)
	}
	i, err := p.column(begin)
	if err != nil {
		return err
	}
	f := &p.fields[i]
	textual := s.op == equal || s.op == like
	switch {
	case f.Numeric && s.op == like:
		return wrong(p.at, "numbers compare with = != < <= > >=", "the column %s has numbers, which ~ does not look in", f.Name)
	case !f.Numeric && !textual:
		return wrong(p.at, "words compare with = != ~", "the column %s has words, which %s does not compare", f.Name, s.sign)
	}
	t.field, t.op, t.not = i, s.op, t.not != s.not
	p.at += len(s.sign)
	for {
		o, err := p.operand(f, s)
		if err != nil {
			return err
		}
		t.values = append(t.values, o)
		if !p.another() {
			break
		}
		p.at++
	}
	p.terms = append(p.terms, t)
	return nil
}

// another says that a | here parts two values of one comparison: no blank is
// beside it, and what follows is no comparison itself.
func (p *parser) another() bool {
	if p.peek(0) != '|' || stops(p.peek(1)) || p.peek(1) == '!' {
		return false
	}
	back := p.at
	defer func() { p.at = back }()
	p.at++
	if p.peek(0) == '"' {
		return true
	}
	for ; !stops(p.peek(0)); p.at++ {
		if p.operator().sign != "" {
			return false
		}
	}
	return true
}

// operand reads one value of a comparison.
func (p *parser) operand(f *Field, s sign) (operand, error) {
	begin := p.at
	if p.peek(0) == '"' && !f.Numeric {
		text, err := p.quoted()
		how := exactly
		if s.op == like {
			how = contained
		}
		return operand{text: pattern{how, text}}, err
	}
	for !stops(p.peek(0)) {
		p.at++
	}
	in := p.in[begin:p.at]
	switch mark := string(in); {
	case mark == "":
		return operand{}, wrong(begin, "without blanks: "+sample(f, s.sign), "a value is missing after %s", s.sign)
	case s.op == equal && (mark == "?" || mark == "-"):
		return operand{missing: true}, nil
	case f.Numeric:
		o, why := readNumber(mark, f.Unit)
		if why != "" {
			return operand{}, wrong(begin, fmt.Sprintf("numbers of this column: %s; %s=? finds the rows without data", f.Unit.examples(), f.Name), "%q %s", short(in), why)
		}
		return o, nil
	case s.op == like:
		return operand{text: word(in)}, nil
	}
	return operand{text: globOf(in)}, nil
}

// globOf is the pattern of a whole value, in which * stands for anything.
func globOf(in []rune) pattern {
	out := pattern{exactly, folded(in)}
	for i, r := range out.runes {
		if r == '*' {
			out.how, out.runes[i] = glob, star
		}
	}
	return out
}

// column finds the column whose name, or the beginning of whose name, stands
// between begin and here.
func (p *parser) column(begin int) (int, error) {
	found := strings.ToLower(string(p.in[begin:p.at]))
	var names []string
	var begun []int
	for i := range p.fields {
		n := p.fields[i].Name
		if n == found {
			return i, nil
		}
		if strings.HasPrefix(n, found) {
			begun = append(begun, i)
		}
		names = append(names, n)
	}
	switch len(begun) {
	case 1:
		return begun[0], nil
	case 0:
		hint := "columns: " + strings.Join(names, " ")
		if near := nearest.Word(found, names); near != "" {
			hint = "did you mean " + near
		}
		return 0, wrong(begin, hint+"; in quotes it is looked for as it stands", "no column is named %q", short(p.in[begin:p.at]))
	}
	names = names[:0]
	for _, i := range begun {
		names = append(names, p.fields[i].Name)
	}
	slices.Sort(names)
	return 0, wrong(begin, "type more of its name", "%q begins more than one column: %s", short(p.in[begin:p.at]), strings.Join(names, " "))
}

// short is a piece of the text for an error.
func short(in []rune) string {
	if len(in) > 40 {
		return string(in[:39]) + "…"
	}
	return string(in)
}

// example is a comparison that the operator can be in.
func (p *parser) example(op string) string {
	for i := range p.fields {
		if f := &p.fields[i]; f.Numeric == strings.ContainsAny(op, "<>") {
			return sample(f, op)
		}
	}
	return "column" + op + "value"
}

func sample(f *Field, op string) string {
	if f.Numeric {
		return f.Name + op + "1"
	}
	return f.Name + op + "text"
}
