package health

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Formula is an expression over named figures: + - * / ( ) min max mean, numbers
// and names.
type Formula struct {
	text  string
	root  node
	names []string
}

// FormulaError says where and why a text is no formula.
type FormulaError struct {
	Column int // of the rune, from 1
	Why    string
}

// Error gives one line for people.
func (e *FormulaError) Error() string {
	return fmt.Sprintf("column %d of the formula: %s", e.Column, e.Why)
}

// The limits of a formula.
const (
	formulaLength = 1000 // bytes
	formulaDepth  = 50
)

// node is one operation: a number, a name, or an operator on others.
type node struct {
	op    string // "number", "name", "+", "-", "*", "/", "negate", "min", "max", "mean"
	value float64
	name  string
	args  []node
}

// ParseFormula reads a formula. An error is a *FormulaError.
func ParseFormula(text string) (Formula, error) {
	p := &parser{text: text}
	if len(text) > formulaLength {
		return Formula{}, p.wrong(0, "longer than %d bytes", formulaLength)
	}
	p.next()
	root, err := p.sum()
	if err == nil && p.token != "" {
		err = p.wrong(p.at, "%q is too much: an operator (+ - * /) is missing before it", p.token)
	}
	if err != nil {
		return Formula{}, err
	}
	slices.Sort(p.names)
	return Formula{text: text, root: root, names: slices.Compact(p.names)}, nil
}

// String is the formula as it was written.
func (f Formula) String() string { return f.text }

// Names are those of the figures that it needs, sorted.
func (f Formula) Names() []string { return slices.Clone(f.names) }

// Value works it out. An error says which figure is missing, or that the result is
// no number: nothing was counted yet, say, and it divides by 0.
func (f Formula) Value(figures map[string]float64) (float64, error) {
	for _, n := range f.names {
		if v, ok := figures[n]; !ok || math.IsNaN(v) {
			return 0, fmt.Errorf("%s has no value", n)
		}
	}
	v := f.root.value64(figures)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		var used []string
		for _, n := range f.names {
			used = append(used, n+" = "+number(figures[n]))
		}
		return 0, fmt.Errorf("the result is no number, with %s", strings.Join(used, ", "))
	}
	return v, nil
}

func (n node) value64(figures map[string]float64) float64 {
	args := make([]float64, len(n.args))
	for i, a := range n.args {
		args[i] = a.value64(figures)
	}
	switch n.op {
	case "number":
		return n.value
	case "name":
		return figures[n.name]
	case "negate":
		return -args[0]
	case "min":
		return slices.Min(args)
	case "max":
		return slices.Max(args)
	case "-":
		return args[0] - args[1]
	case "*":
		return args[0] * args[1]
	case "/":
		return args[0] / args[1]
	}
	sum := 0.0
	for _, a := range args {
		sum += a
	}
	if n.op == "mean" {
		sum /= float64(len(args))
	}
	return sum
}

// parser goes through a text token by token.
type parser struct {
	text  string
	pos   int    // behind the token, in bytes
	at    int    // where the token begins
	token string // "" at the end
	depth int
	names []string
}

func (p *parser) wrong(at int, format string, args ...any) error {
	return &FormulaError{utf8.RuneCountInString(p.text[:at]) + 1, fmt.Sprintf(format, args...)}
}

// next reads a token: a number, a name, or one rune.
func (p *parser) next() {
	rest := strings.TrimLeftFunc(p.text[p.pos:], unicode.IsSpace)
	p.at = len(p.text) - len(rest)
	n := 0
	switch {
	case rest == "":
	case isDigit(rest[0]) || rest[0] == '.':
		n = numberLength(rest)
	default:
		for n < len(rest) && isName(rest[n]) {
			n++
		}
		if n == 0 {
			_, n = utf8.DecodeRuneInString(rest)
		}
	}
	p.token, p.pos = rest[:n], p.at+n
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isName(c byte) bool {
	return c == '_' || isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// IsFormulaName says whether a name may stand in a formula: letters, digits and _,
// no digit first, and none of the functions.
func IsFormulaName(s string) bool {
	return s != "" && !isDigit(s[0]) && !slices.Contains(functions, s) && !strings.ContainsFunc(s, func(r rune) bool { return r > 127 || !isName(byte(r)) }) //nolint:gosec // below 128
}

// functions are names with a meaning.
var functions = []string{"max", "mean", "min"}

// numberLength is how many bytes of a text are its first number: 12, 0.5, 1e-3.
func numberLength(s string) int {
	n := len(s) - len(strings.TrimLeft(s, "0123456789."))
	rest := strings.TrimLeft(s[n:], "eE")
	if len(s[n:])-len(rest) != 1 {
		return n
	}
	digits := strings.TrimPrefix(strings.TrimPrefix(rest, "+"), "-")
	if behind := strings.TrimLeft(digits, "0123456789"); len(behind) < len(digits) && len(rest)-len(digits) <= 1 {
		return len(s) - len(behind)
	}
	return n
}

// sum reads products with + and - between them.
func (p *parser) sum() (node, error) { return p.chain(p.product, "+", "-") }

// product reads factors with * and / between them.
func (p *parser) product() (node, error) { return p.chain(p.factor, "*", "/") }

func (p *parser) chain(operand func() (node, error), ops ...string) (node, error) {
	left, err := operand()
	for length := 0; err == nil && slices.Contains(ops, p.token); length++ {
		op := p.token
		p.next()
		var right node
		if right, err = operand(); err == nil {
			left = node{op: op, args: []node{left, right}}
		}
	}
	return left, err
}

// factor reads a number, a name, a call, a bracket, or the negative of one.
func (p *parser) factor() (node, error) {
	if p.depth++; p.depth > formulaDepth {
		return node{}, p.wrong(p.at, "nested more than %d deep", formulaDepth)
	}
	defer func() { p.depth-- }()
	token, at := p.token, p.at
	if token == "" {
		return node{}, p.wrong(at, "it ends where a number, a name or a bracket is wanted")
	}
	p.next()
	switch {
	case token == "-":
		arg, err := p.factor()
		return node{op: "negate", args: []node{arg}}, err
	case token == "(":
		inner, err := p.sum()
		if err != nil {
			return inner, err
		}
		return inner, p.close(at)
	case isDigit(token[0]) || token[0] == '.':
		v, err := strconv.ParseFloat(token, 64)
		if err != nil || math.IsInf(v, 0) {
			return node{}, p.wrong(at, "%q is no number", token)
		}
		return node{op: "number", value: v}, nil
	case slices.Contains(functions, token):
		return p.call(token, at)
	case isName(token[0]):
		p.names = append(p.names, token)
		return node{op: "name", name: token}, nil
	}
	return node{}, p.wrong(at, "found %q, want a number, a name, a bracket, min(…), max(…) or mean(…)", token)
}

// call reads the arguments of a function.
func (p *parser) call(name string, at int) (node, error) {
	n := node{op: name}
	if p.token != "(" {
		return n, p.wrong(at, "%s is a function: %s(a, b)", name, name)
	}
	open := p.at
	for p.token == "(" || p.token == "," {
		p.next()
		arg, err := p.sum()
		if err != nil {
			return n, err
		}
		n.args = append(n.args, arg)
	}
	return n, p.close(open)
}

// close wants the bracket that ends what began at a place.
func (p *parser) close(open int) error {
	if p.token != ")" {
		if p.token == "" {
			return p.wrong(open, "this bracket is not closed")
		}
		return p.wrong(p.at, "found %q, want ) or an operator", p.token)
	}
	p.next()
	return nil
}
