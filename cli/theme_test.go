package cli

import "testing"

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
		a := app{look: look{theme: c.flag}, io: IO{Getenv: func(k string) string { return c.env[k] }}}
		if got := a.uiOptions().Theme.Name; got != c.want {
			t.Errorf("%v --theme %q: %s, want %s", c.env, c.flag, got, c.want)
		}
	}
}
