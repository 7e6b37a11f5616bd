package headless

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"

	"tritop/model"
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

// A line says how many GPUs are lost, how long requests take and by how many
// measurements, and which of them wait; an event says nothing twice.
func TestLineSaysGPUsAndLatency(t *testing.T) {
	t.Parallel()
	for scenario, want := range map[string]string{
		"gpu-lost":   " 12 GPUs, 1 unhealthy, 11 healthy. ",
		"slow-model": " Requests of fraud_scorer wait ",
		"normal":     " probes of the last 60 seconds: p50 ",
	} {
		var b strings.Builder
		if err := Line(&b, at(t, scenario, 40*time.Second)); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); !strings.Contains(got, want) || heard(got) != "" || scenario == "normal" && strings.Contains(got, " wait ") {
			t.Errorf("%s: no %q in %q", scenario, want, got)
		}
	}
	var b strings.Builder
	if _, err := Changes(&b, at(t, "gpu-lost", 40*time.Second), 0); err != nil || !strings.Contains(b.String(), " GPU lost: the metrics text of ") {
		t.Errorf("%v %q", err, b.String())
	}
}

// A source that fails is said with why, in the line and in the table; that of a
// server which gives no answer is not: the server's own state is.
func TestFailingSourcesAreSaid(t *testing.T) {
	t.Parallel()
	said := func(s *model.Snapshot) (line, table string) {
		var l, b strings.Builder
		if err := errors.Join(Line(&l, s), Table(&b, s)); err != nil {
			t.Fatal(err)
		}
		return l.String(), b.String()
	}
	s := *at(t, "normal", 25*time.Second)
	s.Sources = append([]model.Source{{Name: "nvml", Kind: "nvml", Failures: 3, LastErr: "the driver does not answer", LastTry: s.Now, LastOK: s.Now.Add(-time.Minute)},
		{Name: "metrics eu1-gpu-01", Kind: "metrics", Server: "eu1-gpu-01", LastErr: "two lines cannot be read", LastTry: s.Now, LastOK: s.Now}}, s.Sources...)
	line, table := said(&s)
	if want := " Source nvml fails: the driver does not answer, last read 1m00s ago. 1 more source in trouble."; !strings.Contains(line, want) {
		t.Errorf("no %q in %q", want, line)
	}
	if want := "\nsource: nvml fails: the driver does not answer, last read 1m00s ago\nsource: metrics eu1-gpu-01 in part: two lines cannot be read\n"; !strings.Contains(table, want) {
		t.Errorf("no %q in\n%s", want, table)
	}
	for range 20 {
		s.Sources = append(s.Sources, s.Sources[0])
	}
	if _, table = said(&s); strings.Count(table, "source: ") != 11 || !strings.Contains(table, "source: 12 more do not work") {
		t.Errorf("many sources that fail:\n%s", table)
	}
	if line, table = said(at(t, "dead-server", 25*time.Second)); strings.Contains(line+table, "ource") {
		t.Errorf("a dead server's sources are told apart:\n%s%s", line, table)
	}
}
