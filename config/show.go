package config

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"regexp"

	"go.yaml.in/yaml/v3"

	"tritop/collectors/probe"
	"tritop/jsonschema"
)

// initText is the file that `config init` prints: the shape, with comments.
//
//go:embed init.yaml
var initText string

// InitText is a commented configuration to start from. It is valid as it is.
func InitText() string { return initText }

// shown is the effective configuration as it is printed. Secrets are named by
// where they are, never by their value.
type shown struct {
	Schema     string           `yaml:"-" json:"schema"`
	Version    int              `yaml:"version" json:"version"`
	File       string           `yaml:"-" json:"file,omitempty"`
	Fleet      string           `yaml:"fleet" json:"fleet"`
	Servers    []shownServer    `yaml:"servers" json:"servers"`
	From       []shownFrom      `yaml:"servers_from,omitempty" json:"servers_from,omitempty"`
	Probes     []shownProbe     `yaml:"probes" json:"probes"`
	Objectives []shownObjective `yaml:"objectives" json:"objectives"`
	Later      []string         `yaml:"-" json:"not_used_yet,omitempty"`
	// Sections are those of Later but objectives, and sources and notify, as they stand in the file.
	Sections map[string]any `yaml:",inline" json:"sections,omitempty"`
}

type shownServer struct {
	Name    string            `yaml:"name" json:"name"`
	Host    string            `yaml:"host" json:"host"`
	GRPC    int               `yaml:"grpc" json:"grpc"`
	HTTP    int               `yaml:"http" json:"http"`
	Metrics int               `yaml:"metrics" json:"metrics"`
	Region  string            `yaml:"region,omitempty" json:"region,omitempty"`
	Zone    string            `yaml:"zone,omitempty" json:"zone,omitempty"`
	TLS     *TLS              `yaml:"tls,omitempty" json:"tls,omitempty"`
	Headers map[string]Secret `yaml:"headers,omitempty" json:"headers,omitempty"`
}

type shownFrom struct {
	File string `yaml:"file,omitempty" json:"file,omitempty"`
	DNS  string `yaml:"dns,omitempty" json:"dns,omitempty"`
}

type shownProbe struct {
	Model   string        `yaml:"model" json:"model"`
	Version string        `yaml:"version" json:"version"`
	Every   string        `yaml:"every,omitempty" json:"-"`
	Timeout string        `yaml:"timeout,omitempty" json:"-"`
	EveryS  float64       `yaml:"-" json:"every_s,omitempty"`
	LimitS  float64       `yaml:"-" json:"timeout_s,omitempty"`
	Inputs  []shownTensor `yaml:"inputs" json:"inputs"`
	Expect  []shownTensor `yaml:"expect,omitempty" json:"expect,omitempty"`
}

type shownTensor struct {
	Name      string  `yaml:"name" json:"name"`
	Datatype  string  `yaml:"datatype,omitempty" json:"datatype,omitempty"`
	Shape     []int64 `yaml:"shape,omitempty,flow" json:"shape,omitempty"`
	Data      []any   `yaml:"data,flow" json:"data"`
	Tolerance float64 `yaml:"tolerance,omitempty" json:"tolerance,omitempty"`
}

// ShowSchemaName names the document that Show prints as JSON.
const ShowSchemaName = "tritop/config/v1"

// ShowSchema is the JSON Schema of that document.
func ShowSchema() (jsonschema.Schema, error) {
	s := jsonschema.Of(shown{})
	for path, more := range map[string]jsonschema.Schema{
		"schema":   {"const": ShowSchemaName},
		"version":  {"const": 1},
		"sections": {"description": "The sections of not_used_yet, sources and notify, as they stand in the file."},
	} {
		if err := s.Note(path, more); err != nil {
			return nil, fmt.Errorf("describe %s: %w", ShowSchemaName, err)
		}
	}
	return s.Document(ShowSchemaName, "The effective configuration, with defaults filled in and without secrets."), nil
}

// Show prints the effective configuration as "yaml" or "json".
func (c Config) Show(format string) (string, error) {
	s := shown{Schema: ShowSchemaName, Version: 1, File: c.File, Sections: c.sections, Fleet: c.Fleet, Servers: []shownServer{}, Probes: []shownProbe{}, Objectives: []shownObjective{}, Later: c.Later}
	for _, srv := range c.Servers {
		s.Servers = append(s.Servers, shownServer{srv.Spec.Name, srv.Spec.Host, srv.Spec.GRPC, srv.Spec.HTTP, srv.Spec.Metric, srv.Spec.Region, srv.Spec.Zone, srv.TLS, srv.Headers})
	}
	for _, f := range c.From {
		s.From = append(s.From, shownFrom{f.File, f.DNS})
	}
	for _, p := range c.Probes {
		s.Probes = append(s.Probes, showProbe(p))
	}
	for _, o := range c.Objectives {
		s.Objectives = append(s.Objectives, showObjective(o))
	}
	var text []byte
	var err error
	switch format {
	case "json":
		text, err = json.MarshalIndent(s, "", "  ")
		text = append(text, '\n')
	case "yaml", "":
		text, err = yaml.Marshal(s)
	default:
		return "", fmt.Errorf("format %q: want yaml or json", format)
	}
	if err != nil {
		return "", fmt.Errorf("print the configuration: %w", err)
	}
	return string(text), nil
}

func showProbe(p probe.Spec) shownProbe {
	out := shownProbe{Model: p.Model, Version: p.Version, EveryS: p.Every.Seconds(), LimitS: p.Timeout.Seconds(), Inputs: []shownTensor{}}
	if p.Every > 0 {
		out.Every = p.Every.String()
	}
	if p.Timeout > 0 {
		out.Timeout = p.Timeout.String()
	}
	for _, t := range p.Inputs {
		out.Inputs = append(out.Inputs, shownTensor(t))
	}
	for _, t := range p.Expect {
		out.Expect = append(out.Expect, shownTensor(t))
	}
	return out
}

// password is the part of a URL that nobody but its server should see.
var password = regexp.MustCompile(`(://[^/@:]*):[^/@]*@`)

// printable makes a decoded value fit for YAML and JSON alike: keys are texts,
// and a password in a URL is left out.
func printable(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = printable(v[k])
		}
	case map[any]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[fmt.Sprint(k)] = printable(item)
		}
		return out
	case []any:
		for i := range v {
			v[i] = printable(v[i])
		}
	case string:
		return password.ReplaceAllString(v, "$1:***@")
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Sprint(v)
		}
	}
	return v
}
