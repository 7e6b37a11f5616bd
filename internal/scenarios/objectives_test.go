package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tritop/model"
	"tritop/sla"
)

// verdicts are the objectives of a snapshot by verdict: "model name".
func verdicts(s *model.Snapshot) map[model.ObjectiveVerdict][]string {
	out := make(map[model.ObjectiveVerdict][]string)
	for i := range s.Objectives {
		o := &s.Objectives[i]
		out[o.Verdict] = append(out[o.Verdict], o.Model+" "+o.Name)
	}
	return out
}

// told are the events about objectives and the fleet's verdict, without figures.
func told(s *model.Snapshot, kinds ...model.EventKind) (out []string) {
	for _, e := range s.Events {
		if !slices.Contains(kinds, e.Kind) {
			continue
		}
		what := e.To
		if e.Kind == model.EventObjective {
			what = e.Model + " " + strings.Fields(e.To)[0]
			if e.Verdict == model.Healthy {
				what += " again"
			}
		}
		out = append(out, what)
	}
	return out
}

// The material's load misses all that its authors agreed on, for every model that
// users call.
func TestMaterialFailsOnAllFive(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		s := play{"material", seed, 2 * time.Minute, sla.Profile(sla.ProfileMaterial)}.run(t, nil)
		failed := make(map[string]int)
		for _, o := range verdicts(s)[model.ObjectiveFail] {
			name, _, _ := strings.Cut(o, " ")
			failed[name]++
		}
		for _, name := range []string{"fraud_scorer", "image_embed", "ranker", "text_classifier", "whisper_small"} { // an ensemble's steps share its time
			if failed[name] != 5 {
				t.Errorf("seed %d: %s misses %d objectives", seed, name, failed[name])
			}
		}
		if s.Verdict != model.Unhealthy {
			t.Errorf("%v", s.Verdict)
		}
	}
}

// The verdicts come in the right order: what is slow or fails at a few is told
// after the change that caused it, and of the right models only.
func TestObjectivesFailInTheRightOrder(t *testing.T) {
	t.Parallel()
	for scenario, want := range map[string]struct{ objectives, fleet string }{
		"slow-model":  {"fraud_scorer latency_p95, fraud_scorer latency_p99", "UNHEALTHY"},
		"bad-version": {"text_classifier availability, text_classifier error_rate", "DEGRADED, UNHEALTHY"},
		"dead-server": {"", "UNHEALTHY, HEALTHY"},
		"normal":      {"", ""},
	} {
		s := run(t, scenario, 1, 2*time.Minute, nil)
		objectives, fleet := told(s, model.EventObjective), told(s, model.EventVerdict)
		slices.Sort(objectives)
		if got := strings.Join(objectives, ", "); got != want.objectives {
			t.Errorf("%s: %s", scenario, got)
		}
		if got := strings.Join(fleet, ", "); got != want.fleet {
			t.Errorf("%s: the fleet became %s", scenario, got)
		}
	}
}

// A model is never drawn well while its objective fails, and one line says it all.
func TestASlowModelIsOneProblem(t *testing.T) {
	t.Parallel()
	s := run(t, "slow-model", 1, 30*time.Second, nil)
	m := modelOf(t, s, "fraud_scorer")
	if m.Finding.Verdict != model.Unhealthy || !strings.Contains(m.Finding.Reason, "p99") || m.Finding.Since.Sub(start) > 10*time.Second {
		t.Errorf("%+v", m.Finding)
	}
	if len(s.Problems) != 1 {
		t.Fatalf("%+v", s.Problems)
	}
	p := s.Problems[0]
	if p.Object != "fraud_scorer" || !strings.HasSuffix(p.Reason, " > 100 ms · 2 of 4 objectives fail") || !strings.Contains(p.Evidence, "source triton-summary, the worst server: ") {
		t.Errorf("%+v", p)
	}
	if !strings.HasPrefix(s.Why, "fraud_scorer: p99 ") {
		t.Error(s.Why)
	}
}

// A cause that is known already has no second line for the objectives it breaks.
func TestObjectivesFoldIntoTheirCause(t *testing.T) {
	t.Parallel()
	s := run(t, "bad-version", 1, 25*time.Second, nil)
	if len(s.Problems) != 1 || s.Problems[0].Object != "text_classifier v3" || s.Problems[0].Verdict != model.Unhealthy ||
		!strings.Contains(s.Problems[0].Objectives, "availability 8") || !strings.Contains(s.Problems[0].Objectives, " · budget gone in ") || s.Problems[0].Change.Seq == 0 {
		t.Errorf("%+v", s.Problems)
	}
	s = run(t, "ready-lies", 1, 25*time.Second, nil)
	if len(s.Problems) != 1 || s.Problems[0].Object != "us1-gpu-02" || !strings.HasPrefix(s.Problems[0].Objectives, "6 models miss objectives: fraud_scorer, ") {
		t.Errorf("%+v", s.Problems)
	}
}

// Once nothing answers, nothing is known, and nothing passes.
func TestBlackoutNeverPasses(t *testing.T) {
	t.Parallel()
	s := run(t, "blackout", 1, 15*time.Minute, func(at time.Duration, s *model.Snapshot) {
		if v := verdicts(s); at > 10*time.Second && len(v[model.ObjectiveNoData]) != len(s.Objectives) {
			t.Fatalf("%s: %v", at, v)
		}
	})
	for i := range s.Objectives {
		o := &s.Objectives[i]
		if o.Reason != "no server of the model answers" || o.Value.Known() || o.Failing() != model.Unknown {
			t.Errorf("%+v", o)
		}
		if b := o.Budget; b != nil && b.SLO.Coverage.Value < 0.5 && b.SLO.Left.Known() {
			t.Errorf("%s %s: %+v", o.Model, o.Name, b.SLO)
		}
	}
	if len(s.Objectives) != 32 {
		t.Errorf("%d objectives", len(s.Objectives))
	}
}

// Phases: met, missed, met again when the windows have forgotten; and each change
// is told once.
func TestPhasesRecover(t *testing.T) {
	t.Parallel()
	s := run(t, "phases", 2, 7*time.Minute, nil)
	objectives := told(s, model.EventObjective)
	for _, o := range objectives {
		if n := len(slices.DeleteFunc(slices.Clone(objectives), func(x string) bool { return x != o })); n > 2 {
			t.Errorf("%s is told %d times", o, n)
		}
	}
	if got := fmt.Sprint(told(s, model.EventVerdict)); got != "[DEGRADED UNHEALTHY HEALTHY]" && got != "[UNHEALTHY HEALTHY]" && got != "[UNHEALTHY DEGRADED HEALTHY]" && got != "[DEGRADED UNHEALTHY DEGRADED HEALTHY]" {
		t.Error(got)
	}
	for i := range s.Objectives {
		o := &s.Objectives[i]
		if n := len(o.Violations); n > 2 || n > 0 && o.Violations[n-1].End.IsZero() {
			t.Errorf("%s %s: %+v", o.Model, o.Name, o.Violations)
		}
	}
}

// The accounts hold what the world knows of its users, but for what no poll has
// shown: the requests before the first poll and after the last.
func TestAccountsHoldTheTruth(t *testing.T) {
	t.Parallel()
	for _, p := range []play{
		{"material", 1, 5 * time.Minute, nil}, {"bad-version", 2, 3 * time.Minute, nil}, {"ready-lies", 3, 2 * time.Minute, nil},
		{"flapping", 4, 3*time.Minute + 11*time.Second, nil}, // the server is reached, and showed what it counted while it was not
	} {
		p.objectives = sla.Profile(sla.ProfileDefault)
		s, w := p.world(t, nil)
		for i := range s.Objectives {
			o := &s.Objectives[i]
			truth := w.Users(o.Model)
			if o.Name != "availability" || truth.Requests == 0 {
				continue
			}
			b := o.Budget.SLO
			perSecond := truth.Requests / uint64(p.length.Seconds())
			failing := truth.Failures/uint64(p.length.Seconds()) + 3
			if b.Valid > truth.Requests || b.Valid+2*perSecond < truth.Requests || b.Bad > truth.Failures || b.Bad+3*failing < truth.Failures {
				t.Errorf("%s, %s: %d requests, %d failed; in truth %+v", p.scenario, o.Model, b.Valid, b.Bad, truth)
			}
		}
	}
}
