package config

import (
	"errors"
	"strings"
	"testing"
)

// What is no YAML or JSON is told with its place, in words for people.
func TestSyntax(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"version: 1\nservers: [{name: a, host: h}\nprobes: []\nfleet: x\n":                                   "2:10: not YAML: the [ is not closed",
		"version: 1\nservers:\n  - {name: a, host: h\n  - {name: b, host: i}\nfleet: x\n":                    "3:5: not YAML: the { is not closed",
		"version: 1\nservers:\n  - {name: a host: h}\n  - {name: b, host: i}\nfleet: x\n":                    "3:14: not YAML: a comma is missing before this",
		"servers:\n  - {name: \"a\" host: h}\n":                                                              "2:16: not YAML: a comma is missing before this",
		"servers: [{name: a} {name: b}]\n":                                                                   "1:21: not YAML: a comma is missing before this",
		"version: 1\nservers:\n  - {name: a, host: h]\nfleet: x\n":                                           "3:5: not YAML: the { is not closed: line 3, column 22 has ] instead",
		"version: 1\nservers:\n\t- name: a\n\t  host: h\nfleet: x\n":                                         "3:1: not YAML: a tab indents this line: YAML wants spaces",
		"version: 1\nservers:\n  - name: a\n\thost: h\nfleet: x\n":                                           "4:1: not YAML: a tab indents this line",
		"version: 1\nservers:\n  - name: a\n  \t  host: h\nfleet: x\n":                                       "4:3: not YAML: a tab indents this line",
		"version: 1\nfleet prod\nservers:\n  - name: a\n":                                                    `2:1: not YAML: a colon is missing: want KEY: VALUE, perhaps "fleet: …"`,
		"version: 1\nservers:\n  - name: a\n    host h\n    grpc: 1\nfleet: x\n":                             `4:5: not YAML: a colon is missing: want KEY: VALUE, perhaps "host: …"`,
		"version: 1\nfleet: \"a\\qb\"\nservers:\n":                                                           `2:10: not YAML: \q is no escape: a backslash is written \\ in double quotes`,
		"version: 1\nfleet: \"a\\xgg\"\n":                                                                    `2:10: not YAML: \x wants 2 hexadecimal digits`,
		"version: 1\nfleet: \"abc\nservers:\n  - name: a\n":                                                  `2:8: not YAML: the text that begins with this " has no closing quote`,
		"version: 1\nfleet: \"abc\nservers:\n  - name: \"a\"\n":                                              `2:8: not YAML: the text that begins with this " ends in line 4 only`,
		"version: 1\nfleet: 'it's'\nservers: []\n":                                                           "2:12: not YAML: the value has ended before this",
		"version: 1\nservers:\n  - *gone\nfleet: x\n":                                                        "3:5: not YAML: *gone refers to nothing: no &gone stands above it",
		"version: 1\nfleet: a: b\nservers:\n":                                                                "2:9: not YAML: a second colon in one line",
		"version: 1\nservers:\n  - name: a\n   host: h\nfleet: x\n":                                          "4:4: not YAML: this line goes on with nothing above it",
		"version: 1\nservers:\n  - name: a\n  host: h\n\n# x\nfleet: x\n":                                    "4:3: not YAML: this line goes on with nothing above it",
		"version: 1\nservers:\n  - name: a\n      host: h\nfleet: x\n":                                       "4:7: not YAML: this line is indented more than the one above it lets it",
		"a:\n    b: 1\n  c: 2\nd: 3\n":                                                                       "3:3: not YAML: this line goes on with nothing above it",
		"version: 1\nfleet: ä\x01b\nservers: []\n":                                                           "2:9: not YAML: the control character 0x01 is not allowed",
		"version: 1\nfleet: a\xffb\nservers: []\n":                                                           "2:9: not YAML: the byte 0xff is no text in UTF-8",
		"version: 1\nfleet: @x\nservers: []\n":                                                               "2:8: not YAML: a value cannot begin with @",
		"version: 1\nfleet: x\n}\nservers: []\n":                                                             "3:1: not YAML: this } closes nothing",
		"version: 1\nservers: - a\nfleet: x\n":                                                               "2:10: not YAML: a list begins on a line of its own",
		"version: 1\r\nservers: [a\r\nfleet: x\r\n":                                                          "2:10: not YAML: the [ is not closed",
		"# ] \"\nversion: 1\nnote: |\n  [ \"\n  {\nfleet: a [b\nx: &a [1,\n  2]\nservers: [\"b]\", 'c''{'\n": "9:10: not YAML: the [ is not closed",
		"version: 1\nservers: [{name: a, host: h\nfleet: x\n":                                                "2:11: not YAML: the { is not closed",
		"{version: 1}\n]\n":            "2:1: not YAML: this ] closes nothing",
		"version: 1\nfleet: |x\n  a\n": "2:1: not YAML: did not find expected comment or line break",
	} {
		_, err := Parse("f", []byte(text))
		var ps Problems
		if !errors.As(err, &ps) || len(ps) != 1 || !strings.HasPrefix(err.Error(), "f:"+want) {
			t.Errorf("%q\n gives %v\n want  %s", text, err, want)
		}
	}
}

// A list in a file that is called so is told of as JSON.
func TestSyntaxOfJSON(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[\n {\"targets\": [\"h:1\", \"labels\": {}}\n]": "2:14: neither JSON nor YAML: the [ is not closed: line 2, column 34 has } instead",
		"[\n {\"targets\": [\"h:1\"],\n":                 "1:1: neither JSON nor YAML: the [ is not closed",
		"[\n {\"targets\": [\"h:1\" \"i:1\"]}\n]":        "2:21: neither JSON nor YAML: a comma is missing before this",
		"[\n {\"targets\": [\"h:1\"], \"labels\": }{\n]": "2:33: neither JSON nor YAML: want a value here",
		"[\n {\"targets\": [\"h\\q:1\"]}\n]":             `2:17: neither JSON nor YAML: \q is no escape`,
		"[\n {\"targets: [\"h:1\"]}\n]":                  "2:15: neither JSON nor YAML: ",
		"[{\"targets\": [\"h:1\"]}]]":                    "1:23: neither JSON nor YAML: this ] closes nothing",
		"[{\"targets\": [\"h:1\n":                        "1:15: neither JSON nor YAML: the text that begins with this \" has no closing quote",
	} {
		_, err := ParseTargets("t.json", []byte(text))
		var ps Problems
		if !errors.As(err, &ps) || len(ps) != 1 || !strings.HasPrefix(err.Error(), "t.json:"+want) {
			t.Errorf("%q\n gives %v\n want  %s", text, err, want)
		}
	}
}

// Whatever the text is, there is a place in it and no end without one.
func FuzzSyntax(f *testing.F) {
	for _, s := range []string{"", "a: [", "{\"a\": \"\\", "- |\n x", "'", "*", "&", "\t", ":", "a: *b", "\xff", "[}", "%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, file := range []string{"t", "t.json"} {
			p := syntax(file, []byte(text), errors.New("yaml: line 9: "+text))
			if p.Line < 1 || p.Column < 1 || p.Line > strings.Count(text, "\n")+1 {
				t.Errorf("%q: %+v", text, p)
			}
		}
	})
}
