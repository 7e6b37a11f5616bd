package metrics

import (
	"fmt"
	"strings"
	"testing"
)

func TestHelp(t *testing.T) {
	t.Parallel()
	s := NewScanner(DefaultLimits())
	scan := func(text string) {
		t.Helper()
		if err := s.Scan([]byte(text), func(*Series, float64) {}); err != nil {
			t.Fatal(err)
		}
	}
	scan("# HELP a  Number of things \n# TYPE a gauge\na 1\n# HELP b\n# TYPE b gauge\nb 1\n# TYPE c gauge\nc 1\n")
	for family, want := range map[string]string{"a": "Number of things", "b": "", "c": ""} {
		if got := s.Help(family); got != want {
			t.Errorf("%s: %q, want %q", family, got, want)
		}
	}
	scan("# HELP a another text\na 1\n")
	if got := s.Help("a"); got != "another text" {
		t.Errorf("after it changed: %q", got)
	}
	scan("# HELP a " + strings.Repeat("x", 2*helpLimit) + "\na 1\n")
	if got := len(s.Help("a")); got != helpLimit {
		t.Errorf("%d bytes of it are kept", got)
	}
}

// Somebody who makes up helps makes the scanner forget the old ones.
func TestHelpsAreBounded(t *testing.T) {
	t.Parallel()
	s := NewScanner(DefaultLimits())
	for i := range 20_000 {
		text := fmt.Sprintf("# HELP f%d %s\n# TYPE f%d gauge\nf%d 1\n", i, strings.Repeat("x", 200), i, i)
		if err := s.Scan([]byte(text), func(*Series, float64) {}); err != nil {
			t.Fatal(err)
		}
	}
	kept := 0
	for _, h := range s.helps {
		kept += len(h)
	}
	if kept > 1<<20 || s.Help("f19999") == "" {
		t.Errorf("%d bytes of helps are kept, the last one: %q", kept, s.Help("f19999"))
	}
}
