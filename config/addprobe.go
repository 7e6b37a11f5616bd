package config

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"tritop/collectors/probe"
)

// ProbeText gives a probe as a `probes:` section of its own, each tensor in one
// line, with comments above it. An error means that a file cannot hold it.
func ProbeText(p probe.Spec, comments []string) (string, error) {
	entry, err := probeEntry(p, comments, 2)
	if err != nil {
		return "", err
	}
	text := "probes:\n" + entry
	if _, err := Parse("probe", []byte("version: 1\n"+text)); err != nil {
		return "", fmt.Errorf("the probe cannot stand in a configuration: %w", err)
	}
	return text, nil
}

// probeEntry is the item of the list, indented.
func probeEntry(p probe.Spec, comments []string, indent int) (string, error) {
	n, err := probeNode(p)
	if err != nil {
		return "", err
	}
	text, err := encoded(&yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{n}})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, c := range comments {
		fmt.Fprintf(&b, "%*s# %s\n", indent, "", c)
	}
	for line := range strings.Lines(string(text)) {
		fmt.Fprintf(&b, "%*s%s", indent, "", line)
	}
	return b.String(), nil
}

func encoded(n *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(n), enc.Close()); err != nil {
		return nil, fmt.Errorf("write YAML: %w", err)
	}
	return b.Bytes(), nil
}

// probeNode is the mapping of a probe; what is not set is left out.
func probeNode(p probe.Spec) (*yaml.Node, error) {
	var n yaml.Node
	if err := n.Encode(showProbe(p)); err != nil {
		return nil, fmt.Errorf("write the probe of %s: %w", p.Model, err)
	}
	for i := len(n.Content) - 2; i >= 0; i -= 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		if key == "version" && value.Value == "" {
			n.Content = slices.Delete(n.Content, i, i+2)
		}
		for _, tensor := range items(value) {
			tensor.Style = yaml.FlowStyle
		}
	}
	return &n, nil
}

// ExistsError says that a file has a probe of that model and version already.
type ExistsError struct {
	Model, Version string
	Line           int
}

// Error names the line.
func (e *ExistsError) Error() string {
	if e.Version == "" {
		return fmt.Sprintf("a probe of model %q stands in line %d already", e.Model, e.Line)
	}
	return fmt.Sprintf("a probe of model %q version %s stands in line %d already", e.Model, e.Version, e.Line)
}

// AddProbe gives the text of a configuration with a probe more. Every line that
// is there stays as it is, comments and all; where the form of the section does
// not allow that, the file is written anew from its nodes, with its comments. The
// error is Problems where the file is wrong, or an *ExistsError.
func AddProbe(file string, text []byte, p probe.Spec, comments []string) ([]byte, error) {
	before, err := Parse(file, text)
	if err != nil {
		return nil, err
	}
	doc, problems := document(file, text, startHere)
	if problems != nil {
		return nil, problems
	}
	for _, item := range items(get(doc, "probes")) {
		if valueOr(get(item, "model"), "") == p.Model && valueOr(get(item, "version"), "") == p.Version {
			return nil, &ExistsError{p.Model, p.Version, item.Line}
		}
	}
	if after, err := inserted(doc, string(text), p, comments); err == nil && onlyAdded(file, before, after, p) {
		return after, nil
	}
	after, said, err := rewritten(text, p, comments)
	if err == nil && onlyAdded(file, before, after, p) && !slices.ContainsFunc(said, func(c string) bool { return !bytes.Contains(after, []byte(c)) }) {
		return after, nil
	}
	return nil, errors.New("the probe does not fit into the file as it is written: add it by hand")
}

// onlyAdded says whether a text holds what another one did, and the probe.
func onlyAdded(file string, before Config, text []byte, p probe.Spec) bool {
	after, err := Parse(file, text)
	alone, err2 := ProbeText(p, nil)
	if err != nil || err2 != nil || len(after.Probes) != len(before.Probes)+1 {
		return false
	}
	want, err := Parse(file, []byte("version: 1\n"+alone))
	if err != nil {
		return false
	}
	before.Probes = append(slices.Clone(before.Probes), want.Probes...)
	return reflect.DeepEqual(before, after)
}

var errForm = errors.New("the form of the file")

// nothingYet is a section that is there and empty, in one line.
var nothingYet = regexp.MustCompile(`^(\s*["']?probes["']?\s*:)\s*(\[\s*\]|~|null)?(\s+#.*?)?\r?\n?$`)

// inserted puts the probe between the lines of the text.
func inserted(doc *yaml.Node, text string, p probe.Spec, comments []string) ([]byte, error) {
	if doc.Kind != yaml.MappingNode || doc.Style&yaml.FlowStyle != 0 {
		return nil, errForm
	}
	newline := "\n"
	if strings.Contains(text, "\r\n") {
		newline = "\r\n"
	}
	if !strings.HasSuffix(text, "\n") {
		text += newline
	}
	lines := slices.Collect(strings.Lines(text))
	at, indent, head := len(lines), 2, newline+"probes:"+newline
	if i := keyAt(doc, "probes"); i >= 0 {
		key, list := doc.Content[i], doc.Content[i+1]
		head = ""
		switch m := nothingYet.FindStringSubmatch(lines[key.Line-1]); {
		case m != nil && len(list.Content) == 0:
			lines[key.Line-1] = m[1] + m[3] + newline
			at, indent = key.Line, key.Column+1
		case list.Kind == yaml.SequenceNode && list.Style&yaml.FlowStyle == 0 && len(list.Content) > 0:
			at, indent = sectionEnd(doc, i, lines), list.Column-1
		default:
			return nil, errForm
		}
	}
	entry, err := probeEntry(p, comments, indent)
	if err != nil {
		return nil, err
	}
	entry = head + strings.ReplaceAll(entry, "\n", newline)
	return []byte(strings.Join(lines[:at], "") + entry + strings.Join(lines[at:], "")), nil
}

func keyAt(doc *yaml.Node, key string) int {
	for i := 0; i+1 < len(doc.Content); i += 2 {
		if doc.Content[i].Value == key {
			return i
		}
	}
	return -1
}

// sectionEnd is the number of lines up to the last one of a section that is no
// comment: those that follow may be about what comes next.
func sectionEnd(doc *yaml.Node, key int, lines []string) int {
	end := len(lines)
	if key+2 < len(doc.Content) {
		end = doc.Content[key+2].Line - 1
	}
	for end > 0 {
		line := strings.TrimSpace(lines[end-1])
		if line != "" && !strings.HasPrefix(line, "#") {
			break
		}
		end--
	}
	return end
}

// rewritten prints the nodes of a file anew, with the probe among them, and gives
// the comments that the file had.
func rewritten(text []byte, p probe.Spec, comments []string) (after []byte, said []string, err error) {
	var whole yaml.Node
	if err := yaml.Unmarshal(text, &whole); err != nil {
		return nil, nil, fmt.Errorf("read YAML: %w", err)
	}
	said = commentsOf(&whole, nil, 0)
	n, err := probeNode(p)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range comments {
		n.HeadComment += "# " + c + "\n"
	}
	doc := whole.Content[0]
	i := keyAt(doc, "probes")
	if i < 0 {
		doc.Content = append(doc.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: "probes"}, &yaml.Node{})
		i = len(doc.Content) - 2
	}
	list := doc.Content[i+1]
	if list.Kind != yaml.SequenceNode {
		list = &yaml.Node{Kind: yaml.SequenceNode}
		doc.Content[i+1] = list
	}
	spread(list, doc.Content[i])
	spread(doc, doc.Content[0])
	list.Content = append(list.Content, n)
	after, err = encoded(&whole)
	return after, said, err
}

// spread gives a list or mapping lines of its own; a comment behind it goes above
// another node.
func spread(n, above *yaml.Node) {
	if n.Style&yaml.FlowStyle == 0 {
		return
	}
	n.Style &^= yaml.FlowStyle
	above.HeadComment = strings.TrimLeft(above.HeadComment+"\n"+n.LineComment, "\n")
	n.LineComment = ""
}

// commentsOf gives every comment line of a tree.
func commentsOf(n *yaml.Node, out []string, depth int) []string {
	for _, c := range []string{n.HeadComment, n.LineComment, n.FootComment} {
		for line := range strings.Lines(c) {
			if line = strings.TrimSpace(line); line != "" {
				out = append(out, line)
			}
		}
	}
	if depth < depthLimit {
		for _, inner := range n.Content {
			out = commentsOf(inner, out, depth+1)
		}
	}
	return out
}
