package collectors

import (
	"io"
	"net/http"
	"testing"

	"tritop/collectors/collectorstest"
	"tritop/model"
	"tritop/triton"
)

// evil is a name that would draw on a screen.
const evil = "\x1b[2J\x07evil\u202e"

const evilText = "# TYPE nv_inference_request_success counter\nnv_inference_request_success{model=\"\x1b[2J\",version=\"1\"} 5\n" +
	"# TYPE g gauge\ng{model=\"\x1b[2J\",version=\"1\",x=\"\u202e\"} 5\n"

// The servers that a collector may meet: one that answers (with names that
// would draw on a screen), one that accepts and is silent, and none at all.
func servers() map[string]func(t *testing.T) Target {
	text := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, evilText) }
	return map[string]func(t *testing.T) Target{
		"answers": func(t *testing.T) Target { return newFake(evil).start(t, "a", text) },
		"hangs": func(t *testing.T) Target {
			f := newFake(evil)
			f.set(func() { f.hang[""], f.hang[evil] = true, true })
			return f.start(t, "a", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		},
		"gone": func(t *testing.T) Target {
			f := newFake(evil)
			target := f.start(t, "a", nil)
			f.stop()
			target.Spec.HTTP, target.Spec.Metric = target.Spec.GRPC, target.Spec.GRPC
			return target
		},
	}
}

func TestEveryCollectorKeepsTheContract(t *testing.T) {
	t.Parallel()
	client := func(t *testing.T, target Target) *triton.Client {
		c, err := triton.Dial(target.GRPC)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	kinds := map[string]func(t *testing.T, target Target) collectorstest.Collector{
		"poll": func(t *testing.T, target Target) collectorstest.Collector {
			return &poller{target: target, client: client(t, target), cadence: quick(), reg: &registry{}}
		},
		"metrics": func(_ *testing.T, target Target) collectorstest.Collector {
			return newScraper(target, quick(), &registry{})
		},
		"probe": func(t *testing.T, target Target) collectorstest.Collector {
			reg := &registry{}
			reg.set(map[version]bool{{evil, "1"}: true})
			reg.answering(true)
			return &prober{target: target, client: client(t, target), cadence: quick(), reg: reg, specs: probesOf(evil)}
		},
	}
	for kind, make := range kinds {
		for state, server := range servers() {
			t.Run(kind+" of a server that "+state, func(t *testing.T) {
				t.Parallel()
				collectorstest.Run(t, func(t *testing.T) collectorstest.Collector { return make(t, server(t)) })
			})
		}
	}
}

func TestSourcesAreToldApart(t *testing.T) {
	t.Parallel()
	fl := fleet(nil, spec("m"))
	seen := map[string]bool{}
	for _, name := range []string{"a", "b"} {
		g := &group{target: Target{Spec: model.ServerSpec{Name: name, Metric: 1}}}
		for _, c := range append(g.watchers(fl), g.prober(fl)) {
			if seen[c.Name()] {
				t.Errorf("two collectors are called %s", c.Name())
			}
			seen[c.Name()] = true
		}
	}
	if len(seen) != 6 {
		t.Errorf("%d collectors, want 3 per server", len(seen))
	}
}
