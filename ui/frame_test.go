package ui

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"tritop/engine"
	"tritop/model"
	"tritop/sim"
	"tritop/themes"
	"tritop/ui/grid"
)

var update = flag.Bool("update", false, "write the golden frames anew")

// at plays a scenario in virtual time and gives the snapshot at its end.
func at(tb testing.TB, scenario string, length time.Duration) *model.Snapshot {
	tb.Helper()
	w, err := sim.New(sim.Options{Scenario: scenario, Seed: 1})
	if err != nil {
		tb.Fatal(err)
	}
	d := sim.NewDirect(w, time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC))
	st := engine.NewState(engine.Config{Fleet: "demo", Servers: d.Specs(), Probed: d.Probed()})
	d.Until(length, st.Apply)
	return st.Snapshot()
}

// empty is the moment before anything was heard.
func empty(testing.TB) *model.Snapshot {
	st := engine.NewState(engine.Config{Fleet: "prod-eu", Servers: []model.ServerSpec{{Name: "triton-a", Host: "10.0.0.1", GRPC: 8001}, {Name: "triton-b", Host: "10.0.0.2", GRPC: 8001}}})
	st.Apply(model.Ticked{Now: time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)})
	return st.Snapshot()
}

type size struct{ w, h int }

func (s size) String() string { return strconv.Itoa(s.w) + "x" + strconv.Itoa(s.h) }

var sizes = []size{{40, 10}, {80, 24}, {120, 40}, {200, 60}}

// states are the snapshots that golden frames of the overview are drawn of: each
// scenario in which something fails, a healthy fleet, and one that nothing is
// known of.
var states = map[string]func(testing.TB) *model.Snapshot{
	"normal":      after("normal", 25*time.Second),
	"ready-lies":  after("ready-lies", 25*time.Second),
	"dead-server": after("dead-server", 25*time.Second),
	"hung-server": after("hung-server", 25*time.Second),
	"stalled":     after("stalled", 25*time.Second),
	"bad-version": after("bad-version", 2*time.Minute),
	"blackout":    after("blackout", 25*time.Second),
	"flapping":    after("flapping", 28*time.Second),
	"region-loss": after("region-loss", 25*time.Second),
	"empty":       empty,
}

// after plays a scenario for so long.
func after(scenario string, length time.Duration) func(testing.TB) *model.Snapshot {
	return func(tb testing.TB) *model.Snapshot { tb.Helper(); return at(tb, scenario, length) }
}

// Every state at every size, as text; one state in every theme, with colour.
func TestGoldenFrames(t *testing.T) {
	t.Parallel()
	for name, st := range states {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := st(t)
			for _, z := range sizes {
				golden(t, name+"-overview-"+z.String()+".txt", frame(t, s, "overview", z, Options{}).Text())
			}
			golden(t, name+"-overview-80x24-ascii.txt", frame(t, s, "overview", size{80, 24}, Options{ASCII: true}).Text())
		})
	}
	s := states["ready-lies"](t)
	for _, name := range themes.Names() {
		theme, _ := themes.ByName(name)
		golden(t, "ready-lies-overview-80x24-"+name+".ansi", frame(t, s, "overview", size{80, 24}, Options{Theme: theme}).ANSI())
	}
}

// Every view at two sizes, of a fleet with GPUs of which one server lies about
// being ready.
func TestGoldenViews(t *testing.T) {
	t.Parallel()
	llm := at(t, "llm", 90*time.Second)
	for _, z := range []size{{80, 24}, {120, 40}} { // a back-end with figures of its own
		golden(t, "llm-version-"+z.String()+".txt", frame(t, llm, "version:assistant@1", z, Options{}).Text())
	}
	lost := at(t, "gpu-lost", 30*time.Second)
	golden(t, "gpu-lost-wall-120x40.txt", frame(t, lost, "wall", size{120, 40}, Options{}).Text())
	golden(t, "gpu-lost-gpus-80x24.txt", frame(t, lost, "gpus", size{80, 24}, Options{}).Text())
	s := withMachines(states["ready-lies"](t))
	gpu := s.GPUs[0].UUID
	for view, name := range map[string]string{
		"overview": "", "models": "", "servers": "", "versions": "", "gpus": "", "regions": "", "events": "", "sources": "", "charts": "", "help": "",
		"model:search_pipeline": "model", "server:us1-gpu-02": "server", "version:text_classifier@1": "version", "gpu:" + gpu: "gpu",
	} {
		if name == "" {
			name = view
		}
		for _, z := range []size{{80, 24}, {200, 60}} {
			golden(t, "view-"+name+"-"+z.String()+".txt", frame(t, s, view, z, Options{}).Text())
		}
		golden(t, "view-"+name+"-80x24-ascii.txt", frame(t, s, view, size{80, 24}, Options{ASCII: true}).Text())
	}
}

func frame(tb testing.TB, s *model.Snapshot, name string, z size, opt Options) *grid.Grid {
	tb.Helper()
	g, err := Frame(s, name, z.w, z.h, opt)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("no golden frame: %v (make golden writes it)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at both, then make golden\n--- want\n%s\n--- got\n%s", name, want, got)
	}
}

// At 80x24, monochrome and in ASCII, the first screen of each failing scenario
// names what is broken, since when, and the latest change.
func TestFirstScreenTellsWhatIsBroken(t *testing.T) {
	t.Parallel()
	mono, _ := themes.ByName("mono")
	for name, want := range map[string][]string{
		"dead-server": {"X eu1-gpu-02  not listening", "eu1-gpu-02  ready > not listening"},
		"hung-server": {"X us1-gpu-01  hung", "us1-gpu-01  ready > hung"},
		"ready-lies":  {"X us1-gpu-02  says ready, cannot infer", "us1-gpu-02 8 model versions  says ready, cannot infer"},
		"stalled":     {"X fraud_scorer v7 on ap1-gpu-01", "stalled: requests wait, none is completed", "fraud_scorer v7  stalled"},
		"bad-version": {"! text_classifier v3", "users' requests fail", "changed just before: 14:00:0", "text_classifier v3 appeared LOADING"},
		"blackout":    {"? 6 servers  no data", "stale > no data"},
		"region-loss": {"X region us1  not listening", "2 servers  ready > not listening"},
		"flapping":    {"X eu1-gpu-02  not listening", "eu1-gpu-02  ready > not listening"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := frame(t, states[name](t), "overview", size{80, 24}, Options{Theme: mono, ASCII: true}).Text()
			if !regexp.MustCompile(`(?m)^[X!?] .* >?([0-9]+m)?[0-9]+s `).MatchString(text) {
				t.Errorf("no band says since when:\n%s", text)
			}
			for _, w := range want {
				if !strings.Contains(text, w) {
					t.Errorf("%q is not on the first screen:\n%s", w, text)
				}
			}
		})
	}
}

// Where nothing fails yet, the first screen still shows who waits: 80x24,
// monochrome, ASCII.
func TestFirstScreenTellsWhoWaits(t *testing.T) {
	t.Parallel()
	mono, _ := themes.ByName("mono")
	shot := func(scenario string) string {
		return frame(t, at(t, scenario, 40*time.Second), "overview", size{80, 24}, Options{Theme: mono, ASCII: true}).Text()
	}
	row := func(text, begins string) string {
		found := regexp.MustCompile("(?m)^.*" + begins + ".*$").FindString(text)
		if found == "" {
			t.Fatalf("no row %q:\n%s", begins, text)
		}
		return found
	}
	waits := func(text, name string) float64 { // in the table; problems and changes name it too
		for _, line := range regexp.MustCompile("(?m)^.*"+name+".*$").FindAllString(text, -1) {
			f := strings.Fields(line)
			if v, err := strconv.ParseFloat(f[len(f)-2], 64); err == nil {
				return v
			}
		}
		t.Fatalf("no wait of %s in the queue:\n%s", name, text)
		return 0
	}
	slow := shot("slow-model")
	if ill, well := waits(slow, " fraud_scorer "), waits(slow, " ranker "); ill < 50*well {
		t.Errorf("fraud_scorer waits %g ms, ranker %g ms:\n%s", ill, well, slow)
	}
	surge := shot("surge")
	if ill := waits(surge, " ranker "); ill < 50 {
		t.Errorf("ranker waits %g ms:\n%s", ill, surge)
	}
	for _, text := range []string{slow, surge} { // and that it grows
		if !regexp.MustCompile(`queue [0-9]+ ms +[_.]+[=-]?=?[+*#]+ `).MatchString(row(text, " now ")) {
			t.Errorf("the queue does not grow:\n%s", text)
		}
	}
	if !strings.Contains(row(surge, " now "), ".") || strings.Contains(row(shot("normal"), " queue "), "longest") {
		t.Errorf("the rate of requests does not grow:\n%s", surge)
	}
}

// Nothing that is not known is ever drawn as good.
func TestUnknownIsNeverDrawnAsGood(t *testing.T) {
	t.Parallel()
	good := themes.Unicode().Good
	for _, name := range []string{"blackout", "empty"} {
		s := states[name](t)
		for _, view := range []string{"overview", "wall", "regions", "models", "servers", "versions"} {
			for _, z := range sizes {
				g := frame(t, s, view, z, Options{})
				for i, line := range strings.Split(g.Text(), "\n") {
					if i > 0 && strings.ContainsRune(line, good) { // the header counts the well ones: 0
						t.Errorf("%s %s at %s, line %d: %s", name, view, z, i+1, line)
					}
				}
			}
		}
	}
}

// hostile renames everything of a snapshot to what a terminal must never see.
func hostile(t *rapid.T, s *model.Snapshot) *model.Snapshot {
	return hostileNames(s, func(label string) string { return model.CleanName(rapid.SampledFrom(evilNames).Draw(t, label)) })
}

var evilNames = []string{"\x1b[2J", "模型名前模型名前模型名前", "e\u0301\u0301\u0301x", "a\nb", "\u202egnp", "👩\u200d👩\u200d👧", "", "ﷺﷺﷺﷺﷺ", strings.Repeat("x", 300), "\xff\xfe\xfd", "plain"}

// hostileNames renames everything of a snapshot.
func hostileNames(s *model.Snapshot, name func(label string) string) *model.Snapshot {
	out := *s
	out.Fleet, out.Why = name("fleet"), name("why")
	out.Servers = append([]model.Server(nil), s.Servers...)
	for i := range out.Servers {
		srv := &out.Servers[i]
		srv.Name, srv.Region, srv.TritonVersion, srv.Finding.Reason, srv.Finding.Evidence = name("server"), name("region"), name("version"), name("reason"), name("evidence")
		srv.Replicas = append([]model.Replica(nil), srv.Replicas...)
		for j := range srv.Replicas {
			r := &srv.Replicas[j]
			r.Server, r.Model, r.Version, r.Finding.Reason = srv.Name, name("model"), name("v"), name("why")
		}
	}
	out.Models = append([]model.Model(nil), s.Models...)
	for i := range out.Models {
		out.Models[i].Name, out.Models[i].Versions = name("model"), []string{name("v"), name("v")}
	}
	out.Problems = append([]model.Problem(nil), s.Problems...)
	for i := range out.Problems {
		out.Problems[i].Object, out.Problems[i].Reason, out.Problems[i].Server, out.Problems[i].Model = name("object"), name("reason"), out.Servers[0].Name, ""
	}
	hostileVerdicts(&out, name)
	return &out
}

// Whatever the snapshot, the size and the keys: every frame is exactly w×h
// cells, and no control character comes through.
func TestEveryFrameFits(t *testing.T) {
	t.Parallel()
	snaps := []*model.Snapshot{empty(t), withMachines(at(t, "ready-lies", 25*time.Second)), at(t, "blackout", 25*time.Second), at(t, "bad-version", 25*time.Second), at(t, "normal", 25*time.Second), judged(t)}
	keys := []string{"enter", "esc", "tab", "shift+tab", "down", "up", "pgdown", "pgup", "home", "end", "o", "e", "?", "j", "k", "g", "G", "1", "2", "3", "4", "5", "6", "7", "8", "9", "z", "+", "-", "h", "l", "x", "X", "R", "N", "s", ":", "/", "i", "0", "v", "b", "p", "a", "t", "o"}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(snaps).Draw(t, "snapshot")
		if rapid.Bool().Draw(t, "hostile names") {
			s = hostile(t, s)
		}
		sc := newScreen(Options{ASCII: rapid.Bool().Draw(t, "ascii")})
		if v, _ := parseView(rapid.SampledFrom(ViewNames()).Draw(t, "view")); v.kind != overview {
			v.name = objectOf(v, s)
			sc.stack = append(sc.stack, openView(v))
		}
		if rapid.IntRange(0, 3).Draw(t, "stale") == 0 {
			sc.stale = 42 * time.Second
		}
		g := grid.New(0, 0, sc.opt.Theme, sc.glyphs())
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			w, h := rapid.IntRange(0, 210).Draw(t, "w"), rapid.IntRange(0, 62).Draw(t, "h")
			g.Resize(w, h)
			sc.draw(g, s)
			exact(t, g, size{w, h})
			press(sc, s, rapid.SampledFrom(keys).Draw(t, "key"))
			if rapid.IntRange(0, 5).Draw(t, "filter") == 0 {
				_ = sc.setFilter(rapid.SampledFrom([]string{"", "a", "gpu eu1", "模", "zzz", "!a", "rps>1", "state=ready"}).Draw(t, "text"))
			}
			if rapid.IntRange(0, 5).Draw(t, "other") == 0 { // rows may vanish under the cursor
				s = rapid.SampledFrom(snaps).Draw(t, "next")
			}
		}
	})
}

// objectOf names something that a view can be of.
func objectOf(v view, s *model.Snapshot) string {
	switch {
	case v.kind == objectiveView && len(s.Objectives) > 0:
		return joinNames(s.Objectives[0].Model, s.Objectives[0].Name)
	case v.kind == checkView && len(s.Checks) > 0:
		return joinNames(s.Checks[0].Name, s.Checks[0].Target)
	case (v.kind == modelView || v.kind == latencyView) && len(s.Models) > 0:
		return s.Models[0].Name
	case v.kind == serverView:
		return s.Servers[0].Name
	case v.kind == gpuView && len(s.GPUs) > 0:
		return s.GPUs[0].UUID
	case v.kind == versionView && len(s.Models) > 0:
		return versionName(s.Models[0].Name, "2")
	}
	return ""
}

func press(sc *screen, s *model.Snapshot, key string) {
	if sc.prompt.kind != noPrompt {
		sc.cancel()
	}
	sc.press(s, key)
}

func exact(t *rapid.T, g *grid.Grid, z size) {
	if z.h == 0 || z.w == 0 {
		return
	}
	lines := strings.Split(strings.TrimSuffix(g.Text(), "\n"), "\n")
	if len(lines) != z.h {
		t.Fatalf("%d lines at %s", len(lines), z)
	}
	for _, line := range lines {
		if grid.Width(line) != z.w {
			t.Fatalf("%d columns at %s: %q", grid.Width(line), z, line)
		}
		if i := strings.IndexFunc(line, func(r rune) bool {
			return unicode.IsControl(r) || r == 0x202e || r == 0x200d || g.Glyphs.ASCII && r > '~'
		}); i >= 0 {
			t.Fatalf("%q came through at %s", line[i:], z)
		}
	}
}
