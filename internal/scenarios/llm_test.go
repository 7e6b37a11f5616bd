package scenarios

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"tritop/collectors"
	"tritop/engine"
	"tritop/model"
	"tritop/sim"
	"tritop/triton"
)

// signal finds one of a server's signals.
func signal(t *testing.T, s *model.Server, family, label string) model.Signal {
	t.Helper()
	for _, x := range s.Signals {
		if x.Family == family && strings.Contains(x.Label, label) {
			return x
		}
	}
	t.Fatalf("%s has no %s %s among %d signals", s.Name, family, label, len(s.Signals))
	return model.Signal{}
}

func TestLanguageModelsTellOfTheirTrouble(t *testing.T) {
	t.Parallel()
	s := servers(t, "llm", 1, 3*time.Minute, func(at time.Duration, s *model.Snapshot) { allHealthy(t, at, s) })
	for _, c := range []struct {
		family, label, unit  string
		before, after, least float64 // at 5 s, at 3 min, and how many times as much that is at least
	}{
		{"nv_trt_llm_request_metrics", "waiting", "", 0, 20, 0},
		{"nv_trt_llm_kv_cache_block_metrics", "fraction", "", 0.35, 0.97, 2.5},
		{"vllm:time_to_first_token_seconds", "", "s", 0.1, 8.2, 40},
		{"vllm:time_per_output_token_seconds", "", "s", 0.017, 0.025, 1.3},
		{"vllm:prompt_tokens_total", "", "tokens/s", 1750, 7000, 3},
	} {
		x := signal(t, &s.Servers[0], c.family, c.label)
		within := func(v, of, low, high float64) bool { return v >= low*of && v <= high*of }
		first, ok := x.History.At(start.Add(5 * time.Second))
		if last := x.Value.Value; !ok || !within(first, c.before, 0.3, 3) || !within(last, c.after, 0.6, 1.5) || last < c.least*first || x.Unit() != c.unit {
			t.Errorf("%s %s: %v (%v), then %v %s, want about %v and %v", c.family, c.label, first, ok, x.Value, x.Unit(), c.before, c.after)
		}
	}
	if n := len(s.Servers[5].Signals); n != 0 {
		t.Errorf("a server without language models has %d signals", n)
	}
	m := modelOf(t, s, "assistant")
	if m.Window.MeanMs.Value < 5000 || m.Window.QueueMs.Value > 1 {
		t.Errorf("%v ms, of these %v in Triton's queue", m.Window.MeanMs, m.Window.QueueMs)
	}
}

// The production collectors read from the served face what the direct one gives.
func TestBothFacesHaveTheSameSignals(t *testing.T) {
	t.Parallel()
	w, err := sim.New(sim.Options{Scenario: "llm", Seed: 1, Servers: 3})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served, err := sim.Serve(ctx, w, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { cancel(); served.Wait() }()
	got, want := shape(collected(t, served.Specs(), 30)), shape(servers(t, "llm", 1, 10*time.Second, nil))
	if got != want || want == "" {
		t.Errorf("read from the text:\n%s\ndirectly:\n%s", got, want)
	}
}

// collected observes servers until so many texts were read.
func collected(t *testing.T, specs []model.ServerSpec, texts int) *model.Snapshot {
	t.Helper()
	fleet := collectors.Fleet{Cadence: collectors.DefaultCadence(), Backoff: collectors.DefaultBackoff()}
	fleet.Cadence.Metrics = 200 * time.Millisecond
	for _, s := range specs {
		fleet.Targets = append(fleet.Targets, collectors.Target{Spec: s, GRPC: triton.Options{Address: fmt.Sprintf("%s:%d", s.Host, s.GRPC)}})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	facts := make(chan model.Fact, 64)
	go func() {
		defer close(facts)
		if err := fleet.Run(ctx, facts); err != nil {
			t.Error(err)
		}
	}()
	st := engine.NewState(engine.Config{Servers: specs})
	read := 0
	for f := range facts {
		if read < texts {
			st.Apply(f)
		}
		if s, is := f.(model.Scraped); is && s.Outcome == model.Answered {
			if read++; read == texts {
				cancel()
			}
		}
	}
	if read < texts {
		t.Fatalf("%d texts in 20 s", read)
	}
	return st.Snapshot()
}

// shape is everything of the signals of the first server but their values.
func shape(s *model.Snapshot) string {
	var b strings.Builder
	for _, x := range s.Servers[0].Signals {
		fmt.Fprintln(&b, x.Model, x.Version, x.Family, x.Label, x.Kind, x.Unit(), x.Help, x.Value.Known())
	}
	return b.String()
}
