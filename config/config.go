// Package config reads tritop's configuration file, and nobody else reads YAML.
//
// It promises that a wrong file gives all its problems at once, each with line,
// column, what was found, what is allowed and the nearest known name, and that
// nothing of a wrong file is used. The whole shape is parsed and checked from
// the first version on; sections whose function comes later are announced as
// not used yet. Only cli imports this package.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"tritop/collectors/probe"
	"tritop/model"
)

// Config is what a file says, with defaults filled in.
type Config struct {
	File    string // "" where there is none
	Fleet   string
	Servers []Server
	From    []From // lists of servers that are kept elsewhere
	Probes  []probe.Spec
	Sources []Source // of kind metrics-url
	// Objectives are those of the file; Agreed says that it has the section, be it
	// empty: where it has not, those that are built in hold.
	Objectives []model.Objective
	Agreed     bool
	Checks     Checks
	Notify     []Notify // who is told of alerts
	// Runbooks say by model where it is written what to do.
	Runbooks map[string]string
	Later    []string // sections that are set and not used yet, or not in whole

	sections map[string]any // the values of Later, and of sections that are shown as they stand
	fixed    map[string]any // the values of what a running session does not take over
}

// Server is one Triton and how it is reached.
type Server struct {
	Spec    model.ServerSpec
	TLS     *TLS
	Headers map[string]Secret
	Assumed string // ports that nobody named, in words; "" where all were
}

// TLS are PEM files.
type TLS struct {
	CA         string `yaml:"ca,omitempty" json:"ca,omitempty"`
	Cert       string `yaml:"cert,omitempty" json:"cert,omitempty"`
	Key        string `yaml:"key,omitempty" json:"key,omitempty"`
	ServerName string `yaml:"server_name,omitempty" json:"server_name,omitempty"`
}

// Secret names where a secret is; its value is never in the configuration.
type Secret struct {
	Env  string `yaml:"env,omitempty" json:"env,omitempty"`
	File string `yaml:"file,omitempty" json:"file,omitempty"`
}

// Value reads the secret.
func (s Secret) Value(getenv func(string) string) (string, error) {
	if s.Env != "" {
		v := getenv(s.Env)
		if v == "" {
			return "", fmt.Errorf("the environment variable %s is empty", s.Env)
		}
		return v, nil
	}
	b, _, err := Read(s.File)
	if err != nil {
		return "", fmt.Errorf("read the secret: %w", err)
	}
	v := strings.TrimSpace(string(b))
	if v == "" {
		return "", fmt.Errorf("the file %s is empty", s.File)
	}
	return v, nil
}

// The ports of a Triton that is started without flags.
const (
	DefaultGRPC    = 8001
	DefaultHTTP    = 8000
	DefaultMetrics = 8002
)

// DefaultFleet is the name of a fleet that has none.
const DefaultFleet = "fleet"

// raw mirrors the parts of the file that are used today.
type raw struct {
	Fleet    string          `yaml:"fleet"`
	Servers  []rawServer     `yaml:"servers"`
	From     []rawFrom       `yaml:"servers_from"`
	Probes   []rawProbe      `yaml:"probes"`
	Sources  []rawSource     `yaml:"sources"`
	Agreed   *[]rawObjective `yaml:"objectives"`
	Notify   []rawNotify     `yaml:"notify"`
	Checks   rawChecks       `yaml:"checks"`
	Models   []rawModel      `yaml:"models"`
	Business []rawFigure     `yaml:"business"`
}

type rawServer struct {
	Name    string            `yaml:"name"`
	Host    string            `yaml:"host"`
	GRPC    *int              `yaml:"grpc"`
	HTTP    *int              `yaml:"http"`
	Metrics *int              `yaml:"metrics"`
	Region  string            `yaml:"region"`
	Zone    string            `yaml:"zone"`
	TLS     *TLS              `yaml:"tls"`
	Headers map[string]Secret `yaml:"headers"`
}

type rawFrom struct {
	File string `yaml:"file"`
	DNS  string `yaml:"dns"`
}

type rawProbe struct {
	Model   string        `yaml:"model"`
	Version string        `yaml:"version"`
	Every   time.Duration `yaml:"every"`
	Timeout time.Duration `yaml:"timeout"`
	Inputs  []rawTensor   `yaml:"inputs"`
	Expect  []rawTensor   `yaml:"expect"`
}

type rawTensor struct {
	Name      string  `yaml:"name"`
	Datatype  string  `yaml:"datatype"`
	Shape     []int64 `yaml:"shape"`
	Data      []any   `yaml:"data"`
	Tolerance float64 `yaml:"tolerance"`
}

// sizeLimit bounds a configuration file.
const sizeLimit = 4 << 20

// Load reads a file. The error is Problems, or says why it could not be read.
func Load(file string) (Config, error) {
	text, _, err := Read(file)
	if err != nil {
		return Config{}, err
	}
	return Parse(file, text)
}

// startHere says what to do about an empty configuration.
const startHere = "`tritop config init` prints one to start from"

// Parse reads the text of a file. The error is Problems.
func Parse(file string, text []byte) (Config, error) {
	w := &walker{file: file}
	doc, problems := document(file, text, startHere)
	if problems != nil {
		return Config{}, problems
	}
	schema := root()
	w.check(doc, schema, "the file")
	golden := w.crossCheck(doc)
	if len(w.problems) > 0 {
		return Config{}, w.sorted()
	}
	var r raw
	if err := doc.Decode(&r); err != nil {
		line, why := saidBy(err)
		return Config{}, Problems{{file, max(line, 1), 1, why}}
	}
	c := r.build()
	c.File, c.Checks = file, r.checks(golden)
	for _, f := range r.From {
		c.From = append(c.From, From{File: f.File, DNS: f.DNS})
		if f.File != "" {
			c.From[len(c.From)-1].Path = beside(file, f.File)
		}
	}
	c.fixed = fixedSections(doc, schema)
	c.Later, c.sections = laterSections(doc, schema)
	return c, nil
}

// document gives the one document of a file; start says what to do about an
// empty one.
func document(file string, text []byte, start string) (*yaml.Node, Problems) {
	if len(text) > sizeLimit {
		return nil, Problems{{file, 1, 1, fmt.Sprintf("the file is larger than %d MiB", sizeLimit>>20)}}
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, Problems{{file, 1, 1, "the file is empty: " + start}}
	case err != nil:
		return nil, Problems{syntax(file, text, err)}
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		line := more.Line
		if err != nil {
			p := syntax(file, text, err)
			if strings.Contains(err.Error(), "<document start>") {
				return nil, Problems{p}
			}
			line = p.Line
		}
		return nil, Problems{{file, max(line, 1), 1, "the file holds more than one document: want one, without a second ---"}}
	}
	if len(doc.Content) == 0 {
		return nil, Problems{{file, 1, 1, "the file is empty: " + start}}
	}
	return doc.Content[0], nil
}

func (r raw) build() Config {
	c := Config{Fleet: r.Fleet}
	if c.Fleet == "" {
		c.Fleet = DefaultFleet
	}
	for _, s := range r.Servers {
		c.Servers = append(c.Servers, Server{TLS: s.TLS, Headers: s.Headers, Assumed: s.assumed(), Spec: model.ServerSpec{Name: model.CleanName(s.Name), Host: bare(s.Host),
			GRPC: orDefault(s.GRPC, DefaultGRPC), HTTP: orDefault(s.HTTP, DefaultHTTP), Metric: orDefault(s.Metrics, DefaultMetrics),
			Region: model.CleanName(s.Region), Zone: model.CleanName(s.Zone)}})
	}
	for _, p := range r.Probes {
		c.Probes = append(c.Probes, p.spec())
	}
	c.Sources, c.Notify, c.Runbooks = sourcesOf(r.Sources), notifyOf(r.Notify), runbooksOf(r.Models)
	if c.Agreed = r.Agreed != nil; c.Agreed {
		for _, o := range *r.Agreed {
			c.Objectives = append(c.Objectives, o.objectives()...)
		}
	}
	return c
}

// assumed says which ports the file does not name.
func (s rawServer) assumed() string {
	var out []string
	for _, p := range []struct {
		name  string
		given *int
		usual int
	}{{"gRPC", s.GRPC, DefaultGRPC}, {"HTTP", s.HTTP, DefaultHTTP}, {"metrics", s.Metrics, DefaultMetrics}} {
		if p.given == nil {
			out = append(out, fmt.Sprintf("%s %d", p.name, p.usual))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return strings.Join(out, ", ") + ", Triton's defaults"
}

func orDefault(p *int, d int) int {
	if p == nil {
		return d
	}
	return *p
}

func (p rawProbe) spec() probe.Spec {
	s := probe.Spec{Model: p.Model, Version: p.Version, Every: p.Every, Timeout: p.Timeout}
	for _, t := range p.Inputs {
		s.Inputs = append(s.Inputs, t.tensor())
	}
	for _, t := range p.Expect {
		s.Expect = append(s.Expect, t.tensor())
	}
	return s
}

func (t rawTensor) tensor() probe.Tensor {
	return probe.Tensor{Name: t.Name, Datatype: t.Datatype, Shape: t.Shape, Data: flat(t.Data), Tolerance: t.Tolerance}
}

// flat gives the elements of nested lists in row-major order.
func flat(in []any) []any {
	var out []any
	for _, v := range in {
		if nested, ok := v.([]any); ok {
			out = append(out, flat(nested)...)
			continue
		}
		out = append(out, v)
	}
	return out
}

// used are sections that have effect and are nevertheless shown as they stand, or
// used in part only: each says what of it is not used yet, "" where all is.
var used = map[string]func(*yaml.Node) string{"sources": allUsed, "notify": allUsed, "objectives": objectivesLater, "models": modelsLater, "checks": allUsed, "business": allUsed}

// allUsed is of a section that show prints as it stands, and of which all is used.
func allUsed(*yaml.Node) string { return "" }

// laterSections gives the sections that are set and whose function comes later,
// with their values; those of used too.
func laterSections(doc *yaml.Node, schema *field) (names []string, values map[string]any) {
	values = make(map[string]any)
	for i := 0; i+1 < len(doc.Content); i += 2 {
		key, value := doc.Content[i].Value, doc.Content[i+1]
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		f := schema.keys[key]
		if f == nil || !f.later && used[key] == nil || len(value.Content) == 0 {
			continue
		}
		what := key
		if f := used[key]; f != nil {
			what = f(value)
		}
		var v any
		if err := value.Decode(&v); err == nil && key != "objectives" { // the schema has spoken; what it lets through decodes. Objectives are shown as they are used
			values[key] = printable(v)
		}
		if what != "" {
			names = append(names, what)
		}
	}
	return names, values
}

// live are the sections that a running session takes over.
var live = []string{"version", "fleet", "servers", "servers_from", "probes", "sources", "objectives"}

// fixedSections gives the values of the sections that have effect and are not
// live.
func fixedSections(doc *yaml.Node, schema *field) map[string]any {
	values := make(map[string]any)
	for i := 0; i+1 < len(doc.Content); i += 2 {
		key := doc.Content[i].Value
		if f := schema.keys[key]; f == nil || f.later && key != "models" || slices.Contains(live, key) {
			continue
		}
		var v any
		if err := doc.Content[i+1].Decode(&v); err == nil { // as above
			values[key] = v
		}
	}
	return values
}

// Restart names the sections that differ from those of another configuration
// and that a running session does not take over.
func (c Config) Restart(running Config) []string {
	var out []string
	all := maps.Clone(c.fixed)
	maps.Copy(all, running.fixed)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if !reflect.DeepEqual(c.fixed[key], running.fixed[key]) {
			out = append(out, key)
		}
	}
	return out
}

// Find gives the file to use: the named one, $TRITOP_CONFIG, ./tritop.yaml, or
// config.yaml in the XDG directory; "" where there is none. A named one that
// does not exist is found too: reading it then says so.
func Find(named string, getenv func(string) string) string {
	if named != "" {
		return named
	}
	if env := getenv("TRITOP_CONFIG"); env != "" {
		return env
	}
	home := getenv("XDG_CONFIG_HOME")
	if home == "" && getenv("HOME") != "" {
		home = filepath.Join(getenv("HOME"), ".config")
	}
	candidates := []string{"tritop.yaml"}
	if home != "" {
		candidates = append(candidates, filepath.Join(home, "tritop", "config.yaml"))
	}
	for _, c := range candidates {
		if _, err := os.Stat(c); err == nil {
			return c
		}
	}
	return ""
}
