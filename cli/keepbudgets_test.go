package cli

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"tritop/journal"
	"tritop/model"
)

// budgetKept sums what is kept of a model.
func budgetKept(t *testing.T, dir, fleet, name string) (requests, failures uint64) {
	t.Helper()
	var l journal.Ledger
	if _, err := journal.Replay(journal.Disk{}, dir, l.Add); err != nil {
		t.Fatal(err)
	}
	for _, b := range l.Buckets(budgetKey(fleet, name)) {
		requests, failures = requests+b.Total, failures+b.Total-b.Good
	}
	return requests, failures
}

// budget gives what a document says of the budget of a model.
func (s state) budget(name string) (requests, failures uint64) {
	for _, o := range s.Objectives {
		if o.Model == name && o.Budget != nil {
			return o.Budget.SLO.Requests, o.Budget.SLO.Failures
		}
	}
	return 0, 0
}

// Budgets survive the end of tritop, and its death: what was kept is what the next
// one goes on from, to the request.
func TestBudgetsSurviveARestart(t *testing.T) {
	t.Parallel()
	const of = "fleet: prod\nobjectives: [{name: ok, model: fraud_scorer, metric: error_rate, op: \"<\", target: 1%}]\nservers:\n"
	live := file(t, "version: 1\n"+of+served(t, "material"))
	silent := file(t, "version: 1\n"+of+"  - {name: a, host: 127.0.0.1, grpc: 1}\n")
	dir, killed := filepath.Join(t.TempDir(), "state"), filepath.Join(t.TempDir(), "state")
	goesOn := func(dir string, least uint64) {
		t.Helper()
		requests, failures := budgetKept(t, dir, "prod", "fraud_scorer")
		if requests < least || failures == 0 {
			t.Fatalf("%d requests are kept, %d of them failed", requests, failures)
		}
		w := watch(t, "--config", silent, "--state-dir", dir)
		s := w.until("what was kept", func(s state) bool { n, _ := s.budget("fraud_scorer"); return n > 0 })
		if n, bad := s.budget("fraud_scorer"); n != requests || bad != failures || s.Objectives[0].Verdict != "NO_DATA" || s.Objectives[0].Reason != "no server lists this model" {
			t.Errorf("%d and %d, kept were %d and %d: %+v", n, bad, requests, failures, s.Objectives)
		}
		w.end()
		if n, bad := budgetKept(t, dir, "prod", "fraud_scorer"); n != requests || bad != failures {
			t.Errorf("kept are now %d and %d, before %d and %d", n, bad, requests, failures)
		}
	}
	w := watch(t, "--config", live, "--state-dir", dir)
	w.until("requests and failures", func(s state) bool { n, bad := s.budget("fraud_scorer"); return n > 200 && bad > 1 })
	until(t, func() bool { _, bad := budgetKept(t, dir, "prod", "fraud_scorer"); return bad > 0 })
	if err := os.CopyFS(killed, os.DirFS(dir)); err != nil { // as a kill leaves it
		t.Fatal(err)
	}
	s := w.until("more requests", func(s state) bool { n, _ := s.budget("fraud_scorer"); return n > 400 })
	w.end()
	n, _ := s.budget("fraud_scorer")
	goesOn(dir, n)
	goesOn(killed, 1)
	// Another fleet has other budgets.
	w = watch(t, "fraud=127.0.0.1:1", "--state-dir", dir, "--config", file(t, "version: 1\nobjectives: [{name: ok, model: fraud_scorer, metric: error_rate, op: \"<\", target: 1%}]\n"))
	if n, _ := w.until("a verdict", func(s state) bool { return len(s.Objectives) > 0 }).budget("fraud_scorer"); n != 0 {
		t.Errorf("%d requests of another fleet", n)
	}
	w.end()
}

// Finished buckets are written once, the one in work when more has failed, at
// most every 30 s, and at the end.
func TestWhichBucketsAreWritten(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	bucket := func(minutes int, valid, bad uint64) model.Bucket {
		return model.Bucket{Model: "m", Start: start.Add(time.Duration(minutes) * time.Minute), Step: model.BucketStep, Valid: valid, Bad: bad, Seconds: 1}
	}
	k := &keeper{}
	for i, c := range []struct {
		buckets []model.Bucket
		all     bool
		want    []model.Bucket
	}{
		{[]model.Bucket{bucket(0, 10, 0)}, false, nil},
		{[]model.Bucket{bucket(0, 20, 1)}, false, []model.Bucket{bucket(0, 20, 1)}},
		{[]model.Bucket{bucket(0, 30, 5)}, false, nil}, // just written
		{[]model.Bucket{bucket(0, 40, 6), bucket(5, 3, 0)}, false, []model.Bucket{bucket(0, 40, 6)}},
		{[]model.Bucket{bucket(0, 40, 6), bucket(5, 9, 0)}, false, nil},
		{[]model.Bucket{bucket(0, 40, 6), bucket(5, 9, 0)}, true, []model.Bucket{bucket(5, 9, 0)}},
		{[]model.Bucket{bucket(0, 40, 6), bucket(5, 9, 0)}, true, nil},
	} {
		k.late = nil
		k.collect(c.buckets, c.all)
		if len(k.late) != len(c.want) {
			t.Errorf("step %d: %+v", i, k.late)
		}
		for _, b := range c.want {
			if k.late[bucketID{"m", b.Start}] != b {
				t.Errorf("step %d: %+v, want %+v", i, k.late, b)
			}
		}
	}
	k.late = map[bucketID]model.Bucket{{"m", start}: bucket(0, 50, 0)}
	k.putBack(map[bucketID]model.Bucket{{"m", start}: bucket(0, 1, 0), {"m", start.Add(model.BucketStep)}: bucket(5, 2, 0)})
	if k.late[bucketID{"m", start}].Valid != 50 || k.late[bucketID{"m", start.Add(model.BucketStep)}].Valid != 2 {
		t.Errorf("%+v", k.late)
	}
}
