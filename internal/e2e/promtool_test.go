//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tritop/sla"
)

// stretch is a time in which a model has 15,000 requests a minute, so many of which fail.
type stretch struct{ minutes, failures int }

// days is a history of five days: three are good, then a slow burn, a fast one, and
// a day in which all is over.
var days = []stretch{{4320, 0}, {960, 8}, {120, 30}, {1440, 0}}

const perMinute = 15_000

// flip is a moment at which tritop's condition begins or ends to hold.
type flip struct {
	condition string
	minute    int
	firing    bool
}

// flips plays the history to tritop's own account of a model.
func flips() (out []flip) {
	start := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	account, o, minute := sla.NewAccount(), &sla.Profile(sla.ProfileDefault)[0], 0
	was := make(map[string]bool)
	account.Look(start, 1)
	for _, s := range days {
		for range s.minutes {
			from := start.Add(time.Duration(minute) * time.Minute)
			minute++
			to := from.Add(time.Minute)
			account.Look(to, 1)
			account.Book(sla.Increment{From: from, To: to, Valid: perMinute, Bad: int64(s.failures)})
			for _, b := range account.Burns(o) {
				name := strings.ReplaceAll(b.Name, " ", "-")
				if b.Firing != was[name] && name != "page-5m" { // the fast page has no rule of Prometheus
					was[name] = b.Firing
					out = append(out, flip{name, minute, b.Firing})
				}
			}
		}
	}
	return out
}

// The rules that are shipped say the same of the same counts, each within one
// evaluation (a minute) of tritop, for all tiers and over days.
func TestTheRulesAgreeOverDays(t *testing.T) {
	t.Parallel()
	promtool := installed(t, filepath.Join("monitoring", "promtool"))
	all := flips()
	if len(all) != 8 {
		t.Fatalf("%d changes of four conditions, want each to fire once and to resolve: %+v", len(all), all)
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "rules.yml"), shippedRules(t))
	writeFile(t, filepath.Join(dir, "test.yml"), ruleTest(all))
	out, err := exec.CommandContext(t.Context(), promtool, "test", "rules", filepath.Join(dir, "test.yml")).CombinedOutput()
	t.Logf("%+v\n%s", all, out)
	if err != nil {
		t.Errorf("promtool: %v", err)
	}
}

func shippedRules(t *testing.T) string { return shipped(t, "tritop-rules.yml") }

// shipped gives a file that goes with the exporter.
func shipped(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "grafana", name))
	must(t, err)
	return string(text)
}

// ruleTest writes the history and what is expected of it for promtool: before a
// change the old state, one evaluation after it the new one.
func ruleTest(all []flip) string {
	var b strings.Builder
	minutes, total, failed := 0, [2]string{}, uint64(0)
	count := uint64(0)
	for _, s := range days {
		total[0] += fmt.Sprintf(" %d+%dx%d", count, perMinute-s.failures, s.minutes-1)
		total[1] += fmt.Sprintf(" %d+%dx%d", failed, s.failures, s.minutes-1)
		count += uint64((perMinute - s.failures) * s.minutes)
		failed += uint64(s.failures * s.minutes)
		minutes += s.minutes
	}
	fmt.Fprintf(&b, "rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n- interval: 1m\n  input_series:\n")
	series := func(name, values string) { fmt.Fprintf(&b, "  - {series: '%s', values: '%s'}\n", name, values) }
	series(`tritop_user_requests_total{server="a",model="m",version="1",status="success"}`, strings.TrimSpace(total[0]))
	series(`tritop_user_requests_total{server="a",model="m",version="1",status="failure"}`, strings.TrimSpace(total[1]))
	series(`tritop_objective_target{objective="availability",model="m"}`, fmt.Sprintf("0.9999+0x%d", minutes))
	b.WriteString("  promql_expr_test:\n")
	for _, f := range all {
		for after, minute := range []int{f.minute - 2, f.minute + 1} { // one evaluation earlier is as good as one later
			value := 0
			if (after == 1) == f.firing {
				value = 1
			}
			fmt.Fprintf(&b, "  - expr: 'count(ALERTS{alertname=\"TritopErrorBudgetBurn\",alertstate=\"firing\",condition=\"%s\"}) or vector(0)'\n    eval_time: %dm\n    exp_samples: [{labels: '{}', value: %d}]\n", f.condition, minute, value)
		}
	}
	return b.String()
}
