package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tritop/themes"
)

func TestTheThemeOfTheDocumentation(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/themes.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	example, _, _ := strings.Cut(rest, "```\n")
	th, err := ParseTheme("docs/mine.yaml", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	if weak := th.Weak(); th.Name != "mine" || th.Paper != 0x101418 || th.Look(themes.Change, themes.Alarm) != (themes.Look{FG: 0xcc77ee, BG: 0x3d1f23}) || weak != nil {
		t.Errorf("%+v, hard to read: %v", th, weak)
	}
	for key := range themeSchema().keys {
		if !strings.Contains(example, key+":") {
			t.Errorf("docs/themes.md does not show %s", key)
		}
	}
}

// What a file does not name is as in its base.
func TestAThemeInheritsFromItsBase(t *testing.T) {
	t.Parallel()
	for text, base := range map[string]string{"failing: 196\n": "dark", "base: light\nfailing: &f 196\nbrand: *f\n": "light", "base: mono\n": "mono", "{}\n": "dark"} {
		th, err := ParseTheme("f", []byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		want, _ := themes.ByName(base)
		for r := range themes.RoleCount {
			for g := range themes.GroundCount {
				got, expect := th.Look(r, g), want.Look(r, g)
				if strings.Contains(text, r.String()+":") {
					expect.FG = 0xff0000
				}
				if got != expect {
					t.Errorf("%q: %s on %s is %+v, want %+v", text, r, g, got, expect)
				}
			}
		}
	}
}

func TestAllProblemsOfATheme(t *testing.T) {
	t.Parallel()
	text := "base: lite\nfailling: red\nfailing: #ff0000\nwarning: gren\nalarm: 256\ndata: [1]\nfine: \"#12\"\nfine: red\nkey: ff0000\n"
	_, err := ParseTheme("f", []byte(text))
	var ps Problems
	if !errors.As(err, &ps) || len(ps) != 9 {
		t.Fatalf("%v", err)
	}
	for i, want := range []string{`f:1:7: base: found "lite"; allowed: dark`, `f:2:1: the file: unknown key "failling" (did you mean "failing"?)`, `f:3:9: failing: want a colour ("#rgb", "#rrggbb"`,
		`f:4:10: warning: want a colour`, `f:5:8: alarm: want`, `f:6:7: data: want a colour`, `f:7:7: fine: want`, `f:8:1: the file: the key "fine" stands twice, first in line 7`, `f:9:6: key: want`} {
		if !strings.HasPrefix(ps[i].Error(), want) {
			t.Errorf("%v, want %s", ps[i], want)
		}
	}
	for i, want := range map[int]string{2: "found nothing: # begins a comment, so put the colour in quotes", 3: `found "gren" (did you mean "green"?)`, 4: `found "256"`, 5: "found a list", 6: `found the text "#12"`} {
		if !strings.HasSuffix(ps[i].Error(), want) {
			t.Errorf("%v, want %s", ps[i], want)
		}
	}
	for text, want := range map[string]string{"": "the file is empty: want lines such as failing:", "- red\n": "want a mapping with the keys alarm, bar", "a: b: c\n": "not YAML", "text: red\n---\ntext: red\n": "more than one document",
		strings.Repeat("x", sizeLimit+1): "larger than 4 MiB"} {
		if _, err := ParseTheme("f", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %s", text, err, want)
		}
	}
	if _, err := LoadTheme(filepath.Join(t.TempDir(), "no")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// FuzzTheme: whatever the file, either it is a theme, or every problem has its place.
func FuzzTheme(f *testing.F) {
	for _, s := range []string{"base: light\nfailing: \"#b3261e\"\nalarm: 224\n", "text: &a none\nkey: *a\n", "paper: #fff\n", "a: &a [*a]\n", "base: !!str dark\ntext: !!int 7\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		th, err := ParseTheme("f", text)
		if err == nil {
			th.Weak()
			if p := th.Pictured().Paper; p < 0 || p > 0xffffff {
				t.Fatalf("the paper is %x", p)
			}
			return
		}
		var ps Problems
		if !errors.As(err, &ps) || len(ps) == 0 {
			t.Fatalf("an error without a place: %v", err)
		}
		for _, p := range ps {
			if p.Line < 1 || p.Column < 1 || p.Text == "" {
				t.Fatalf("no place: %#v", p)
			}
		}
	})
}
