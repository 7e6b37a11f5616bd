package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestTheThemeFollowsTheTerminal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env  map[string]string
		flag string
		want string
	}{
		{nil, "", "dark"},
		{map[string]string{"COLORFGBG": "15;0"}, "", "dark"},
		{map[string]string{"COLORFGBG": "0;15"}, "", "light"},
		{map[string]string{"COLORFGBG": "0;default;7"}, "", "light"},
		{map[string]string{"COLORFGBG": "0;15", "NO_COLOR": "1"}, "", "mono"},
		{map[string]string{"COLORFGBG": "0;15"}, "contrast", "contrast"},
		{map[string]string{"COLORFGBG": "nonsense"}, "", "dark"},
	} {
		a := app{look: look{theme: themeFlag{name: c.flag}}, io: IO{Getenv: func(k string) string { return c.env[k] }}}
		if err := a.validate(); err != nil {
			t.Fatal(err)
		}
		if got := a.uiOptions().Theme.Name; got != c.want {
			t.Errorf("%v --theme %q: %s, want %s", c.env, c.flag, got, c.want)
		}
	}
}

func TestAThemeFromAFile(t *testing.T) {
	t.Parallel()
	f := file(t, "base: light\nfailing: bright-magenta\nmuted: \"#fafafa\"\nalarm: 52\n")
	o := tritop(t, "snapshot", "--demo", "dead-server", "--after", "8s", "--theme", f, "-o", "svg", "--size", "100x30")
	o.says(t, 0, "warning: theme "+f+": muted on ", " has a contrast of 1.", "out:#ff00ff", "out:#5f0000", "out:#fafafa", "out:fill=\"#ffffff\"")
	if strings.Contains(o.out, "#1000") {
		t.Error("a colour without a value is in the picture")
	}
	bright := file(t, "text: bright-red\nbar: blue\n")
	tritop(t, "snapshot", "--demo", "normal", "--after", "1s", "--theme", bright, "-o", "ansi").says(t, 0, "out:;38;2;255;0;0", "out:;48;2;0;0;238")
	pale := file(t, "paper: \"#c6c6c6\"\nbar: \"#c6c6c6\"\n")
	tritop(t, "snapshot", "--demo", "normal", "--after", "1s", "--theme", pale).says(t, 0, ": text on paper has", ": 7 more roles that can hardly be read")
}

func TestThemeFilesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		theme string
		code  int
		wants []string
	}{
		"a name":         {"drak", exitUsage, []string{`no theme is named "drak" (did you mean "dark"?)`, "or a file of colours"}},
		"missing":        {filepath.Join(t.TempDir(), "no.yaml"), exitConfig, []string{"tritop: read the theme ", "no.yaml: the file does not exist", "hint: themes: dark"}},
		"a directory":    {t.TempDir(), exitConfig, []string{"is a directory"}},
		"empty":          {file(t, "# nothing\n"), exitConfig, []string{`the file is empty: want lines such as failing: "#ff7373"`}},
		"a wrong colour": {file(t, "base: dark\nwarning: gren\nfien: red\n"), exitConfig, []string{"tritop: read the theme: 2 problems", ":2:10: warning: want a colour", `did you mean "green"?`, ":3:1: ", `unknown key "fien" (did you mean "fine"?)`, "hint: themes: dark"}},
		"escapes inside": {file(t, "\"\\e[2J\": \"\\e[31m\"\n"), exitConfig, []string{`\x1b[2J`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, args := range [][]string{{"check", "h"}, {"snapshot", "--demo", "normal"}, {"demo"}, {}} {
				o := tritop(t, append(args, "--theme", c.theme)...)
				o.says(t, c.code, c.wants...)
				if strings.Contains(o.err, "\x1b") {
					t.Error("an escape sequence reaches the terminal")
				}
			}
		})
	}
}

// A shell completes the names, and files where none of them begins so.
func TestCompletionOfThemes(t *testing.T) {
	t.Parallel()
	tritop(t, "__complete", "check", "--theme", "c").says(t, 0, "out:colourblind\nmono\n:0\n")
}
