package config

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"tritop/themes"
)

// Problem is one thing that is wrong with a file.
type Problem struct {
	File         string
	Line, Column int
	Text         string // what was found and what is allowed
}

// Error gives "file:line:column: text".
func (p Problem) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
}

// Problems are all that is wrong, in the order of the file.
type Problems []Problem

// Error gives one problem a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// walker checks nodes against the schema and collects what is wrong.
type walker struct {
	file     string
	problems Problems
	nodes    int
	depth    int
}

// nodeLimit and depthLimit bound a file that expands its aliases without end.
const (
	nodeLimit  = 200_000
	depthLimit = 50
)

func (w *walker) wrong(n *yaml.Node, format string, args ...any) {
	if len(w.problems) < 200 {
		w.problems = append(w.problems, Problem{File: w.file, Line: max(n.Line, 1), Column: max(n.Column, 1), Text: fmt.Sprintf(format, args...)})
	}
}

// sorted gives the problems in the order of the file.
func (w *walker) sorted() Problems {
	slices.SortStableFunc(w.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return w.problems
}

// check compares a node with its field; at is the path for people.
func (w *walker) check(n *yaml.Node, f *field, at string) {
	if !w.enter(n) {
		return
	}
	defer func() { w.depth-- }()
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch f.kind {
	case object:
		w.checkObject(n, f, at)
	case dict:
		w.checkDict(n, f, at)
	case list:
		w.checkList(n, f, at)
	case integers:
		w.checkIntegers(n, at)
	case anyKind, text, name, whole, number, boolean, duration, target, colour:
		w.checkScalar(n, f, at)
	}
}

// enter counts a value, and says whether the file keeps within its limits.
func (w *walker) enter(n *yaml.Node) bool {
	if w.nodes++; w.nodes > nodeLimit {
		if w.nodes == nodeLimit+1 {
			w.wrong(n, "more than %d values: the file is too large, or its aliases repeat without end", nodeLimit)
		}
		return false
	}
	if w.depth >= depthLimit {
		w.wrong(n, "nested more than %d deep", depthLimit)
		return false
	}
	w.depth++
	return true
}

// leftOut says that a key has no value: all its lines are commented out, say.
func leftOut(n *yaml.Node, f *field) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null" && !f.required
}

func (w *walker) checkList(n *yaml.Node, f *field, at string) {
	if leftOut(n, f) {
		return
	}
	if n.Kind != yaml.SequenceNode {
		w.wrong(n, "%s: want a list, found %s", at, describe(n))
		return
	}
	for i, item := range n.Content {
		w.check(item, f.item, fmt.Sprintf("%s[%d]", at, i))
	}
}

func (w *walker) checkObject(n *yaml.Node, f *field, at string) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		n = &yaml.Node{Kind: yaml.MappingNode, Line: n.Line, Column: n.Column}
	}
	if n.Kind != yaml.MappingNode {
		found := describe(n)
		if f.secret && n.Kind == yaml.ScalarNode {
			found = "a value (not repeated here): a secret never stands in the file itself"
		}
		w.wrong(n, "%s: want a mapping with the keys %s, found %s", at, keysOf(f), found)
		return
	}
	seen := make(map[string]int)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if line, twice := seen[k.Value]; twice {
			w.wrong(k, "%s: the key %q stands twice, first in line %d", at, k.Value, line)
			continue
		}
		seen[k.Value] = k.Line
		sub := f.keys[k.Value]
		if sub == nil {
			w.wrong(k, "%s: unknown key %q%s; allowed: %s", at, k.Value, Nearest(k.Value, mapKeys(f.keys)), keysOf(f))
			continue
		}
		w.check(v, sub, path(at, k.Value))
	}
	for _, key := range mapKeys(f.keys) {
		if _, ok := seen[key]; f.keys[key].required && !ok {
			w.wrong(n, "%s: the key %q is missing", at, key)
		}
	}
}

func (w *walker) checkDict(n *yaml.Node, f *field, at string) {
	if leftOut(n, f) {
		return
	}
	if n.Kind != yaml.MappingNode {
		w.wrong(n, "%s: want a mapping, found %s", at, describe(n))
		return
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i]; seen[k.Value] {
			w.wrong(k, "%s: the key %q stands twice", at, k.Value)
		}
		seen[n.Content[i].Value] = true
		w.check(n.Content[i+1], f.item, path(at, n.Content[i].Value))
	}
}

func (w *walker) checkIntegers(n *yaml.Node, at string) {
	if n.Kind != yaml.SequenceNode {
		w.wrong(n, "%s: want a list of whole numbers, found %s", at, describe(n))
		return
	}
	for _, item := range n.Content {
		if v, err := strconv.ParseInt(item.Value, 10, 64); err != nil || v < 1 || item.ShortTag() != "!!int" {
			w.wrong(item, "%s: want positive whole numbers, found %s", at, describe(item))
		}
	}
}

func (w *walker) checkScalar(n *yaml.Node, f *field, at string) {
	if f.kind == anyKind {
		return
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" && f.kind != text {
		w.wrong(n, "%s: want %s, found %s%s", at, want(f), describe(n), meant(n, f))
		return
	}
	switch {
	case !isOf(n, f):
		w.wrong(n, "%s: want %s, found %s%s", at, want(f), describe(n), meant(n, f))
	case len(f.allowed) > 0 && !slices.Contains(f.allowed, n.Value):
		w.wrong(n, "%s: found %q%s; allowed: %s", at, n.Value, Nearest(n.Value, f.allowed), strings.Join(f.allowed, ", "))
	}
}

// meant says what somebody had in mind who wrote a colour that is none.
func meant(n *yaml.Node, f *field) string {
	switch {
	case f.kind != colour || n.Kind != yaml.ScalarNode:
		return ""
	case n.Tag == "!!null":
		return ": # begins a comment, so put the colour in quotes"
	}
	return Nearest(n.Value, themes.ColourNames())
}

// isOf says whether a scalar is of a field's kind and within its limits.
func isOf(n *yaml.Node, f *field) bool {
	switch f.kind {
	case name:
		return strings.TrimSpace(n.Value) != "" && !strings.ContainsFunc(n.Value, unprintable)
	case text:
		return !strings.ContainsFunc(n.Value, func(r rune) bool { return r != '\n' && r != '\t' && unprintable(r) })
	case whole, number:
		return isNumber(n, f)
	case boolean:
		return n.Tag == "!!bool"
	case duration:
		d, err := time.ParseDuration(n.Value)
		return err == nil && d > 0
	case target:
		_, err := ParseQuantity(n.Value)
		return err == nil
	case colour:
		_, ok := themes.ParseColour(n.Value)
		return ok
	case anyKind, integers, object, list, dict:
	}
	return true
}

// isNumber wants a number that YAML takes for one too: "8001" is a text.
func isNumber(n *yaml.Node, f *field) bool {
	tag := n.ShortTag()
	if tag != "!!int" && (tag != "!!float" || f.kind == whole) {
		return false
	}
	v, err := strconv.ParseFloat(n.Value, 64)
	if f.kind == whole {
		_, err = strconv.ParseInt(n.Value, 10, 64)
	}
	return err == nil && !math.IsNaN(v) && inLimits(v, f)
}

func inLimits(v float64, f *field) bool {
	return f.min == f.max && f.min == 0 || v >= f.min && v <= f.max
}

// kindWords say what a value of a kind is.
var kindWords = map[kind]string{
	text:     "a text of printable characters",
	name:     "a text of printable characters that is not empty",
	whole:    "a whole number",
	number:   "a number",
	boolean:  "true or false",
	duration: "a duration such as 100ms, 5s or 1h",
	target:   "a duration (100ms), ratio (0.1% or 0.001), rate (100/s) or size (2GiB)",
	colour:   `a colour ("#rgb", "#rrggbb", a name such as red or bright-red, a number from 0 to 255, none)`,
}

func want(f *field) string {
	switch {
	case f.min != f.max:
		return fmt.Sprintf("%s from %g to %g", kindWords[f.kind], f.min, f.max)
	case f.kind == whole && f.min != 0:
		return fmt.Sprintf("%g", f.min)
	}
	return kindWords[f.kind]
}

func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.DocumentNode, yaml.AliasNode, yaml.ScalarNode:
	}
	if n.Tag == "!!null" {
		return "nothing"
	}
	v := n.Value
	if r := []rune(v[:min(len(v), 300)]); len(r) > 60 {
		v = string(r[:60]) + "…"
	}
	if n.ShortTag() == "!!str" && n.Style != 0 { // "8001" is a text, 8001 a number
		return "the text " + strconv.Quote(v)
	}
	return strconv.Quote(v)
}

func path(at, key string) string {
	if at == "the file" {
		return key
	}
	return at + "." + key
}

func mapKeys(m map[string]*field) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func keysOf(f *field) string { return strings.Join(mapKeys(f.keys), ", ") }
