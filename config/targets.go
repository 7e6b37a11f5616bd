package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"tritop/model"
)

// From names a list of servers that is kept elsewhere: a file, or a DNS name
// with SRV records.
type From struct {
	File string // as the configuration names it; "": DNS
	Path string // where it is: a relative one begins at the configuration's folder
	DNS  string
}

// Name is what people call the list.
func (f From) Name() string {
	if f.File != "" {
		return model.CleanName(f.File)
	}
	return "dns " + model.CleanName(f.DNS)
}

// targetsFile is the shape of Prometheus' file_sd. Labels that tritop does not
// know are others' business.
func targetsFile() *field {
	return listOf(obj(map[string]*field{"targets": must(listOf(plain(name))), "labels": dictOf(plain(text))}))
}

// ParseTargets reads a list of servers in the form of Prometheus' file_sd, JSON
// or YAML. An empty one is no error. The error is Problems.
func ParseTargets(file string, text []byte) ([]Server, error) {
	if len(text) > sizeLimit {
		return nil, Problems{{file, 1, 1, fmt.Sprintf("the file is larger than %d MiB", sizeLimit>>20)}}
	}
	doc, problem := onlyDocument(file, text)
	if problem != nil {
		return nil, Problems{*problem}
	}
	w := &walker{file: file}
	if doc == nil {
		return nil, nil
	}
	w.check(doc, targetsFile(), "the file")
	if len(w.problems) > 0 || w.nodes > nodeLimit {
		return nil, w.sorted()
	}
	servers := w.targets(doc)
	if len(w.problems) > 0 {
		return nil, w.sorted()
	}
	return servers, nil
}

// onlyDocument gives the one document of a list; nil where the file holds none.
func onlyDocument(file string, text []byte) (*yaml.Node, *Problem) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, noList(file, text, err)
	}
	if err := dec.Decode(&more); err != nil && strings.Contains(err.Error(), "<document start>") {
		return nil, noList(file, text, err)
	} else if !errors.Is(err, io.EOF) {
		return nil, &Problem{file, max(more.Line, 1), 1, "the file holds more than one document"}
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	return doc.Content[0], nil
}

// noList says what is wrong with a list that cannot be read at all.
func noList(file string, text []byte, err error) *Problem {
	p := syntax(file, text, err)
	_, why, _ := strings.Cut(p.Text, ": ")
	p.Text = "neither JSON nor YAML: " + why
	return &p
}

func (w *walker) targets(doc *yaml.Node) []Server {
	var out []Server
	names, claims := make(map[string]int), make(Claims)
	for _, group := range items(doc) {
		labels := get(group, "labels")
		list := items(get(group, "targets"))
		if n := get(labels, "name"); n != nil && len(list) > 1 {
			w.wrong(n, "one name for %d targets: give each a group of its own", len(list))
			continue
		}
		for _, t := range list {
			s, ok := w.target(t, labels)
			if !ok {
				continue
			}
			if line, twice := names[s.Spec.Name]; twice {
				w.wrong(t, "a second server is named %q, first in line %d", s.Spec.Name, line)
				continue
			}
			names[s.Spec.Name] = t.Line
			if clash := claims.Take(s); clash != nil {
				w.wrong(t, "%s", clash.With(s.Spec.Name))
				continue
			}
			out = append(out, s)
		}
	}
	return out
}

// target reads one target: host[:grpc[/http/metrics]], and what its labels say.
func (w *walker) target(n, labels *yaml.Node) (Server, bool) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if strings.Contains(n.Value, "=") {
		w.wrong(n, "target %q: want host:port; the name is a label", n.Value)
		return Server{}, false
	}
	s, err := ParseServer(n.Value)
	if err != nil {
		w.wrong(n, "%s", strings.Replace(err.Error(), "server ", "target ", 1))
		return Server{}, false
	}
	before := len(w.problems)
	if name := valueOr(get(labels, "name"), ""); name != "" {
		s.Spec.Name = model.CleanName(name)
	}
	s.Spec.Region, s.Spec.Zone = model.CleanName(valueOr(get(labels, "region"), "")), model.CleanName(valueOr(get(labels, "zone"), ""))
	w.portLabel(get(labels, "http"), "http", &s.Spec.HTTP)
	w.portLabel(get(labels, "metrics"), "metrics", &s.Spec.Metric)
	return s, len(w.problems) == before
}

func (w *walker) portLabel(n *yaml.Node, label string, port *int) {
	if n == nil || n.Value == "" {
		return
	}
	v, err := strconv.ParseUint(n.Value, 10, 16)
	if err != nil {
		w.wrong(n, "the label %s: want a port from 0 to 65535, found %s", label, describe(n))
		return
	}
	*port = int(v)
}

// checkFrom wants one of file and dns, and none twice.
func (w *walker) checkFrom(list *yaml.Node) {
	seen := make(map[string]int)
	for i, item := range items(list) {
		if item.Kind == yaml.AliasNode {
			item = item.Alias
		}
		at := fmt.Sprintf("servers_from[%d]", i)
		file, dns := get(item, "file"), get(item, "dns")
		if item.Kind == yaml.MappingNode && (file == nil) == (dns == nil) {
			w.wrong(item, "%s: want either {file: PATH} or {dns: NAME}", at)
			continue
		}
		w.unique(seen, file, at+": the file")
		w.unique(seen, dns, at+": the DNS name")
	}
}
