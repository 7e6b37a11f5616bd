package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"tritop/collectors/probe"
)

func drafted(model, version string) probe.Spec {
	return probe.Spec{Model: model, Version: version,
		Inputs: []probe.Tensor{{Name: "IN: #1", Datatype: "BYTES", Shape: []int64{1, 2}, Data: []any{"a\nb", "true"}}, {Name: "X", Datatype: "FP32", Shape: []int64{2}, Data: []any{1.0, 0.5}}},
		Expect: []probe.Tensor{{Name: "OUT", Data: []any{0.1, -3e20}, Tolerance: 0.001}, {Name: "FORM", Datatype: "FP32", Shape: []int64{1, 2}}}}
}

const wantedProbe = `probes:
  # why
  - model: m
    version: "2"
    inputs:
      - {name: 'IN: #1', datatype: BYTES, shape: [1, 2], data: ["a\nb", "true"]}
      - {name: X, datatype: FP32, shape: [2], data: [1, 0.5]}
    expect:
      - {name: OUT, data: [0.1, -3e+20], tolerance: 0.001}
      - {name: FORM, datatype: FP32, shape: [1, 2], data: []}
`

func TestProbeText(t *testing.T) {
	t.Parallel()
	got, err := ProbeText(drafted("m", "2"), []string{"why"})
	if err != nil || got != wantedProbe {
		t.Errorf("%v\n%s", err, got)
	}
	if got, err := ProbeText(drafted("m", ""), nil); err != nil || strings.Contains(got, "version") {
		t.Errorf("every version: %v\n%s", err, got)
	}
	hostile := drafted("m", "")
	hostile.Inputs[0].Name = "\x1b[2J"
	if _, err := ProbeText(hostile, nil); err == nil || !strings.Contains(err.Error(), "cannot stand in a configuration") || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("a name that a file cannot hold: %v", err)
	}
}

// Whatever the file looks like, it holds afterwards what it did, comments too,
// and the probe.
func TestAddProbe(t *testing.T) {
	t.Parallel()
	other := "model: n, inputs: [{name: I, datatype: FP32, shape: [1], data: [1]}]"
	for name, c := range map[string]struct {
		text    string
		rewrite bool // lines may change
	}{
		"what config init prints": {text: InitText()},
		"no section":              {text: "# head\nversion: 1 # one\n\nfleet: x\n# tail"},
		"an empty section":        {text: "version: 1\nprobes:   # none yet\n#  - model: later\nfleet: x\n"},
		"an empty list":           {text: "version: 1\n\nprobes: [ ] # none yet\nfleet: x\n"},
		"nothing":                 {text: "version: 1\nprobes: ~\n"},
		"a list":                  {text: "version: 1\nprobes:\n  # the first\n  - {" + other + "}   # said\n\n# about the fleet\nfleet: x\n"},
		"a list at the end":       {text: "version: 1\nprobes:\n- {" + other + "}\n# end\n\n"},
		"deep":                    {text: "version: 1\nprobes:\n      - model: n\n        inputs:\n          - name: I\n            datatype: FP32\n            shape: [1]\n            data: [\n  1 ]\nfleet: x\n"},
		"CRLF":                    {text: "version: 1\r\nprobes: []\r\nfleet: x # y\r\n"},
		"CRLF without a section":  {text: "version: 1\r\nfleet: x # y\r\n"},
		"a list in one line":      {text: "version: 1 # one\nprobes: [{" + other + "}] # two\nfleet: x # three\n", rewrite: true},
		"an alias":                {text: "version: 1 # one\nprobes: &p [{" + other + "}]\nfleet: x # three\n", rewrite: true},
		"all in one line":         {text: "{version: 1, fleet: x} # one\n", rewrite: true},
		"the key in quotes":       {text: "version: 1\n\"probes\": []  # two\nfleet: x\n"},
		"a text like a comment":   {text: "version: 1\nprobes:\n  - model: n\n    inputs:\n      - {name: I, datatype: BYTES, shape: [1], data: [\"a\n\n# no comment\"]}\nfleet: x\n", rewrite: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, err := Parse("f", []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			got, err := AddProbe("f", []byte(c.text), drafted("m", "2"), []string{"why"})
			if err != nil {
				t.Fatal(err)
			}
			after, err := Parse("f", got)
			if err != nil {
				t.Fatalf("%v\n%s", err, got)
			}
			n := len(before.Probes)
			want := drafted("m", "2")
			if len(after.Probes) != n+1 || after.Probes[n].Model != "m" || !reflect.DeepEqual(after.Probes[n].Inputs[0], want.Inputs[0]) || after.Fleet != before.Fleet {
				t.Errorf("%+v\n%s", after.Probes, got)
			}
			has(t, c.text, string(got), c.rewrite)
			if _, err := AddProbe("f", got, drafted("m", "2"), nil); !errors.As(err, new(*ExistsError)) {
				t.Errorf("the same probe again: %v", err)
			}
			if _, err := AddProbe("f", got, drafted("m", ""), nil); err != nil {
				t.Errorf("a probe of another version: %v", err)
			}
		})
	}
}

// has says whether every comment, and every line where none may change, is there.
func has(t *testing.T, before, after string, rewrite bool) {
	t.Helper()
	for line := range strings.Lines(before) {
		line = strings.TrimRight(line, "\r\n")
		want := line
		switch _, comment, commented := strings.Cut(line, "#"); {
		case rewrite && commented:
			want = "#" + comment
		case rewrite:
			continue
		case strings.HasPrefix(line, "probes:"), strings.HasPrefix(line, `"probes":`):
			want, _, _ = strings.Cut(line, " ")
		}
		if !strings.Contains(after, want) {
			t.Errorf("%q is lost:\n%s", want, after)
		}
	}
	if !strings.Contains(after, "# why") {
		t.Errorf("our comment is not there:\n%s", after)
	}
	if strings.Contains(before, "\r\n") && strings.Count(after, "\n") != strings.Count(after, "\r\n") {
		t.Errorf("the line ends are mixed: %q", after)
	}
}

func TestAddProbeToAWrongFile(t *testing.T) {
	t.Parallel()
	if _, err := AddProbe("f", []byte("version: 1\nflet: x\n"), drafted("m", ""), nil); !errors.As(err, new(Problems)) {
		t.Errorf("%v", err)
	}
	_, err := AddProbe("f", []byte("version: 1\nprobes:\n  - {model: m, inputs: []}\n"), drafted("m", ""), nil)
	if err == nil || err.Error() != `a probe of model "m" stands in line 3 already` {
		t.Errorf("%v", err)
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, link := filepath.Join(dir, "tritop.yaml"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(file, []byte("old"), 0o640), os.Chmod(file, 0o640), os.Symlink(file, link)); err != nil {
		t.Fatal(err)
	}
	if err := Replace(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	info, err2 := os.Lstat(link)
	rights, err3 := os.Stat(file)
	left, err4 := os.ReadDir(dir)
	if err := errors.Join(err, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	if string(got) != "new" || info.Mode()&os.ModeSymlink == 0 || rights.Mode().Perm() != 0o640 || len(left) != 2 {
		t.Errorf("%q, link %v, rights %v, %d files", got, info.Mode(), rights.Mode(), len(left))
	}
	if err := Replace(filepath.Join(dir, "no", "file"), nil); err == nil {
		t.Error("a file in no directory is written")
	}
}

// Whoever writes: owner, group, rights, links and second names stay.
func TestReplaceKeepsTheOwner(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(file string) error
		chown   func(string, int, int) error
		inPlace bool
	}{
		"another's file": {prepare: func(file string) error {
			if os.Geteuid() != 0 {
				return nil // it is ours then
			}
			return os.Chown(file, 12345, 54321)
		}, chown: os.Chown},
		"the owner cannot be given": {prepare: func(string) error { return nil }, chown: func(string, int, int) error { return syscall.EPERM }, inPlace: true},
		"a second name":             {prepare: func(file string) error { return os.Link(file, file+".2") }, chown: os.Chown, inPlace: true},
	} {
		dir := t.TempDir()
		file, link := filepath.Join(dir, "f"), filepath.Join(dir, "link")
		if err := errors.Join(os.WriteFile(file, []byte("a long old text"), 0o600), os.Chmod(file, 0o640), os.Symlink("f", link), c.prepare(file)); err != nil {
			t.Fatal(err)
		}
		before := identityOf(t, file)
		if err := replace(link, []byte("new"), c.chown); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		after := identityOf(t, file)
		if same := after.inode == before.inode; same != c.inPlace {
			t.Errorf("%s: in place %v", name, same)
		}
		if after.inode = before.inode; after != before {
			t.Errorf("%s: was %+v, is %+v", name, before, after)
		}
		text, err := os.ReadFile(file)
		to, linkErr := os.Readlink(link)
		left, globErr := filepath.Glob(filepath.Join(dir, ".f.*"))
		if err = errors.Join(err, linkErr, globErr); err != nil || string(text) != "new" || to != "f" || len(left) > 0 {
			t.Errorf("%s: %v, text %q, link to %q, left %v", name, err, text, to, left)
		}
	}
	if err := Replace(os.DevNull, nil); err == nil {
		t.Error("a device was replaced")
	}
}

// identity is what a file is, but for its text.
type identity struct {
	uid, gid     uint32
	mode         os.FileMode
	names, inode uint64
}

func identityOf(t *testing.T, file string) identity {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatalf("%T", info.Sys())
	}
	return identity{s.Uid, s.Gid, info.Mode(), uint64(s.Nlink), s.Ino} //nolint:unconvert // it has another size on other systems
}
