package headless

import (
	"strings"
	"testing"
	"time"
	"unicode"
)

func TestLineIsOneLineThatNamesTheWorst(t *testing.T) {
	t.Parallel()
	for scenario, want := range map[string]string{
		"normal":      "14:00:25Z HEALTHY. 6 servers, all healthy. 8 models, all healthy. ",
		"dead-server": "14:00:25Z UNHEALTHY. eu1-gpu-02, for 19 seconds: not listening: down, or still loading its models. 6 servers, 1 unhealthy, 5 healthy. 8 models, all degraded. ",
		"blackout":    "14:00:25Z UNKNOWN. 6 servers, for 2",
	} {
		var b strings.Builder
		if err := Line(&b, at(t, scenario, 25*time.Second)); err != nil {
			t.Fatal(err)
		}
		if heard(b.String()) != "" {
			t.Errorf("%s: a screen reader stumbles over %q in %q", scenario, heard(b.String()), b.String())
		}
		if got := b.String(); !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 1 || !strings.HasSuffix(got, "\n") {
			t.Errorf("%s:\n got %q\nwant %q…", scenario, got, want)
		}
	}
	var b strings.Builder
	if err := Line(&b, empty()); err != nil || !strings.Contains(b.String(), "2 servers, all unknown. No models. The rate of requests is not known.\n") {
		t.Errorf("%v %q", err, b.String())
	}
}

// heard gives what does not belong into a line that is read out: characters that
// are no text, blanks that only align.
func heard(s string) string {
	if strings.Contains(s, "  ") {
		return "two blanks"
	}
	for _, r := range s {
		if r > unicode.MaxASCII || r < ' ' && r != '\n' {
			return string(r)
		}
	}
	return ""
}

// What changed is a sentence; what happened to many at once is one sentence.
func TestChangesAreSentences(t *testing.T) {
	t.Parallel()
	for scenario, want := range map[string]string{
		"normal":      "",
		"dead-server": "Z eu1-gpu-02 was ready, now not listening: down, or still loading its models.\n",
		"blackout":    "Z 6 servers were ready, now stale: no answer to the connection attempt.\n",
		"bad-version": "Z text_classifier v3 on eu1-gpu-01 and eu1-gpu-02 was LOADING, now READY.\n",
		"ready-lies":  "Z 8 model versions on us1-gpu-02 have trouble: says ready, cannot infer.\n",
	} {
		s := at(t, scenario, 25*time.Second)
		var b strings.Builder
		last, err := Changes(&b, s, 0)
		if err != nil || last != s.Events[len(s.Events)-1].Seq {
			t.Fatalf("%d %v", last, err)
		}
		text := b.String()
		if !strings.Contains(text, want) || want == "" && text != "" || heard(text) != "" {
			t.Errorf("%s: no %q, or %q:\n%s", scenario, want, heard(text), text)
		}
		var again strings.Builder
		if _, err := Changes(&again, s, last); err != nil || again.Len() > 0 {
			t.Errorf("told again: %s", again.String())
		}
	}
}
