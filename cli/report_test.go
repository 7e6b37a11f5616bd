package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tritop/journal"
	"tritop/model"
)

func TestReportOfWhatWasKept(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	w := watch(t, nobody, "--state-dir", dir)
	w.until("an event", func(s state) bool { return down(s) && s.told("fleet UNKNOWN → UNHEALTHY") })
	kept(t, dir, 2)
	o := tritop(t, "report", "--state-dir", dir, "-o", "json") // beside the one that writes
	o.says(t, 0)
	var d struct {
		Schema, Verdict, Origin string
		Health                  []struct{ Object, Words string }
		Events                  []struct{ Object, Words string }
		Notes                   []string
	}
	if err := json.Unmarshal([]byte(o.out), &d); err != nil {
		t.Fatal(err)
	}
	if d.Schema != "tritop/report/v1" || d.Verdict != "UNHEALTHY" || !strings.Contains(d.Origin, dir) || len(d.Health) != 1 || d.Health[0].Object != "dead" || len(d.Events) < 2 ||
		len(d.Notes) != 1 || !strings.Contains(d.Notes[0], "the records begin at") {
		t.Errorf("%s", o.out)
	}
	w.end()
}

func TestReportInEachFormatAndOfOneFleet(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := watch(t, nobody, "--state-dir", dir)
	w.until("an event", down)
	w.end()
	tritop(t, "report", "--state-dir", dir).says(t, 0, "out:# tritop report", "out:| dead | no data → not listening | UNHEALTHY |")
	tritop(t, "report", "--state-dir", dir, "-o", "html").says(t, 0, "out:<td>no data → not listening</td><td class=\"UNHEALTHY\">UNHEALTHY</td>", "out:</html>")
	other := watch(t, "other=127.0.0.1:1", "--state-dir", dir)
	other.until("an event", func(s state) bool { return s.told("other ") })
	other.end()
	if o := tritop(t, "report", "--state-dir", dir); !strings.Contains(o.out, "events of other fleets are kept here and left out") || !strings.Contains(o.out, "fleet of other") || strings.Contains(o.out, "| dead |") {
		t.Errorf("of two fleets:\n%s", o.out)
	}
}

// Counts come from the ledger of budgets, and times without records are not good.
func TestReportOfCountsAndSilence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	opt := journal.DefaultOptions(dir)
	began := time.Now().Add(-50 * time.Minute)
	opt.Now = func() time.Time { return began }
	j, _, err := journal.Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	must := func(r journal.Record, err error) journal.Record {
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	seen := must(journal.EventRecord("f", model.Event{Seq: 1, At: began, Kind: model.EventIdentified, Server: "a", To: "2.66.0"}))
	counts := must(journal.BudgetRecord("bert", journal.Bucket{Start: began.Add(5 * time.Minute).Truncate(journal.BucketStep), Step: journal.BucketStep, Good: 990, Total: 1000, Seconds: 300}))
	counts.At = began.Add(10 * time.Minute)
	if err := j.Append(t.Context(), seen, counts); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	o := tritop(t, "report", "--state-dir", dir)
	o.says(t, 0, "out:| bert | 1000 | 10 | 99 % | 5m0s |", "out:At the end: UNKNOWN, nobody observes.", "out:nobody seems to observe since then", "out:| HEALTHY | 10m0s |", "out:| UNKNOWN | 50m0s |")
}

func TestReportSaysWhyThereIsNone(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	file := filepath.Join(empty, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for args, words := range map[string]string{
		"--state-dir " + empty:           "nothing is kept there yet",
		"--state-dir " + empty + "/gone": "the directory does not exist",
		"--state-dir " + file:            "it is not a directory",
		"--since 0s":                     "0s is not between 1s and",
		"--since 10000h":                 "is not between 1s and",
		"--since 2h --demo normal":       "--since and the simulated fleet exclude each other",
		"-o pdf":                         `no format is named "pdf"`,
		"--demo nrmal":                   `no scenario is named "nrmal"`,
		"here":                           "takes no argument",
		"":                               "neither --state-dir nor XDG_STATE_HOME nor HOME says where",
	} {
		tritop(t, append([]string{"report"}, strings.Fields(args)...)...).says(t, exitUsage, words)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "journal"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "journal", "0000000000000001.jsonl"), []byte("no record\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tritop(t, "report", "--state-dir", dir).says(t, exitUsage, "nothing is kept there yet")
}

func TestReportOfADemo(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes 25 s")
	}
	tritop(t, "report", "--demo", "dead-server", "-o", "html").says(t, 0, "out:watched for 25s", "out:not listening", "out:<svg ", "out:fleet: requests of users")
}
