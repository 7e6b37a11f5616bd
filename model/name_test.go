package model

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestCleanName(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"plain":           {"text_classifier", "text_classifier"},
		"escape sequence": {"a\x1b[2Jb", "a�[2Jb~2234036c"},
		"line feed":       {"a\nb", "a�b~28e4c710"},
		"right-to-left":   {"a\u202eb", "a�b~f22a56d6"},
		"invalid UTF-8":   {"a\xffb", "a�b~1c91eb11"},
		"wide":            {"模型", "模型"},
		"too long":        {strings.Repeat("x", 200), strings.Repeat("x", 118) + "…~b3e4b6e5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := CleanName(c.in); got != c.want {
				t.Fatalf("CleanName(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
	if got := CleanText("a\n\tb\x07"); got != "a\n b�" {
		t.Fatalf("CleanText: %q", got)
	}
}

// Triton may serve two models whose names differ only behind the limit, or in
// what cannot be shown: taken for one, their counters were differenced with each other.
func TestNamesThatLookAlikeStayTwo(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{strings.Repeat("x", 140) + "A", strings.Repeat("x", 140) + "B"}, {"a\x01", "a\x02"}, {"a\xff", "a�"}} {
		if a, b := CleanName(pair[0]), CleanName(pair[1]); a == b {
			t.Errorf("%q and %q are both %q", pair[0], pair[1], a)
		}
	}
}

func FuzzCleanName(f *testing.F) {
	f.Add("\x1b]0;title\x07")
	f.Add("模\u0301型")
	f.Fuzz(func(t *testing.T, s string) {
		got := CleanName(s)
		if utf8.RuneCountInString(got) > NameLimit {
			t.Fatalf("%d runes", utf8.RuneCountInString(got))
		}
		for _, r := range got {
			if !unicode.IsPrint(r) {
				t.Fatalf("%q lets %U through", s, r)
			}
		}
		if CleanName(got) != got {
			t.Fatalf("cleaning %q twice gives %q", got, CleanName(got))
		}
	})
}

func TestWordsAreComplete(t *testing.T) {
	t.Parallel()
	for s := ServerNoData; s <= ServerUnreadable; s++ {
		if s.String() == "" {
			t.Errorf("server state %d has no word", s)
		}
	}
	for o := OutcomeUnknown; o <= Busy; o++ {
		if o.String() == "" {
			t.Errorf("outcome %d has no word", o)
		}
	}
	for k := EventServerState; k <= EventIdentified; k++ {
		if k.String() == "" {
			t.Errorf("event kind %d has no word", k)
		}
	}
	for _, c := range []struct {
		v    Verdict
		code int
	}{{Healthy, 0}, {Degraded, 1}, {Unhealthy, 2}, {Unknown, 3}} {
		if c.v.ExitCode() != c.code {
			t.Errorf("%v exits with %d", c.v, c.v.ExitCode())
		}
	}
	if Worse(Unknown, Healthy) != Healthy || Worse(Unhealthy, Degraded) != Unhealthy {
		t.Error("Worse is wrong")
	}
}
