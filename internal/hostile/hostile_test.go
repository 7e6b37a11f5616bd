package hostile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode"

	"go.uber.org/goleak"

	"tritop/collectors"
	"tritop/headless"
	"tritop/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// evil would clear a screen, ring, set a title and turn the text around.
const evil = "\x1b[2J\x07\x1b]0;t\x07\u202eevil\u009b31m"

// Names, reasons and versions of a server reach JSON and table as text and as
// nothing more; wide and combining characters stay what they are.
func TestEscapesOfAServerReachNoReader(t *testing.T) {
	t.Parallel()
	s := &server{names: []string{evil, "日本語模型", "a\u0301\u0302b", "new\nline", strings.Repeat("長", 200)}}
	at, stop := s.listen(t, "127.0.0.1:0")
	defer stop()
	text := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "# TYPE nv_inference_pending_request_count gauge\nnv_inference_pending_request_count{model=\""+evil+"\",version=\"1\"} 4\n")
	}))
	defer text.Close()
	e, end := watch(t, collectors.DefaultCadence(), target("a", at, text.Listener.Addr().(*net.TCPAddr).Port))
	defer end()
	snap := until(t, e, "all of it was read", func(s *model.Snapshot) bool {
		return len(s.Servers[0].Replicas) == 10 && s.Totals.Undescribed == 0 && s.Servers[0].TritonVersion != "" && len(s.Servers[0].Gauges) == 1
	})
	var doc, table bytes.Buffer
	if err := headless.JSON(&doc, snap, true); err != nil {
		t.Fatal(err)
	}
	if err := headless.Table(&table, snap); err != nil {
		t.Fatal(err)
	}
	var read any
	if err := json.Unmarshal(doc.Bytes(), &read); err != nil {
		t.Errorf("the document is no JSON: %v", err)
	}
	for name, out := range map[string]string{"JSON": fmt.Sprintf("%q", read) + doc.String(), "table": table.String()} {
		for _, r := range out {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Errorf("%s: %U came through", name, r)
			}
		}
		if strings.Contains(out, `\x1b`) || strings.Contains(out, `\u001b`) {
			t.Errorf("%s: an escape came through in other words", name)
		}
	}
	for _, want := range []string{"日本語模型", "a\u0301\u0302b", "evil"} {
		if !strings.Contains(doc.String(), want) {
			t.Errorf("the document does not name %q", want)
		}
	}
}

// The deadlines that tritop ships with carry 5,000 models, with the engine
// behind them: no poll fails and no fact is dropped.
func TestFiveThousandModelsWithinTheUsualDeadlines(t *testing.T) {
	t.Parallel()
	s := &server{}
	for i := range 5000 {
		s.names = append(s.names, fmt.Sprintf("model_%04d_%s", i, strings.Repeat("x", 100)))
	}
	at, stop := s.listen(t, "127.0.0.1:0")
	defer stop()
	e, end := watch(t, collectors.DefaultCadence(), target("a", at, 0))
	defer end()
	snap := until(t, e, "every model and some configurations", func(s *model.Snapshot) bool {
		return len(s.Servers[0].Replicas) == 10_000 && s.Totals.Undescribed > 0 && s.Totals.Undescribed < 4900
	})
	for _, src := range snap.Sources {
		if src.Dropped != 0 || src.Kind == "poll" && src.Failures != 0 {
			t.Errorf("%s: %d facts dropped, %d failures: %s", src.Name, src.Dropped, src.Failures, src.LastErr)
		}
	}
	if got := snap.Totals.Requests.Value; got != 35_000 {
		t.Errorf("%.0f requests, want 7 of each model", got)
	}
}

// Servers that hang, refuse and come and go, at a hundred times the usual
// cadence: goroutines and memory stay what they are. (An hour of the same in
// simulated time: engine.) Not parallel: it counts those of the process.
func TestFaultsLeaveNothingBehind(t *testing.T) { //nolint:paralleltest // see above
	cadence := collectors.Cadence{Poll: 10 * time.Millisecond, PollDeadline: 30 * time.Millisecond, Metrics: 20 * time.Millisecond, MetricsDeadline: 15 * time.Millisecond,
		Index: 150 * time.Millisecond, IndexUnready: 20 * time.Millisecond, SlowCall: 20 * time.Millisecond, Connect: 20 * time.Millisecond, Probe: 50 * time.Millisecond, ProbeAgain: time.Millisecond}
	hung, flapping := &server{names: []string{"m"}}, &server{names: []string{"m"}}
	hungAt, stopHung := hung.listen(t, "127.0.0.1:0")
	defer stopHung()
	hung.hung.Store(true)
	flapAt, stopFlapping := flapping.listen(t, "127.0.0.1:0")
	goneAt, stopGone := (&server{}).listen(t, "127.0.0.1:0")
	stopGone()
	e, end := watch(t, cadence, target("hung", hungAt, 0), target("refused", goneAt, 1), target("flapping", flapAt, 0))
	flap := func(times int) (goroutines int, heap uint64) {
		for range times {
			time.Sleep(40 * time.Millisecond)
			stopFlapping()
			time.Sleep(40 * time.Millisecond)
			_, stopFlapping = flapping.listen(t, flapAt)
		}
		until(t, e, "it is back", func(s *model.Snapshot) bool { return s.Servers[2].State == model.ServerReady })
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return runtime.NumGoroutine(), m.HeapAlloc
	}
	few, small := flap(15)
	many, large := flap(30)
	snap := e.Latest()
	end()
	stopFlapping()
	if many > few+20 || large > small+8<<20 {
		t.Errorf("%d goroutines became %d, %d KB became %d KB", few, many, small>>10, large>>10)
	}
	if s := snap.Servers; s[0].State != model.ServerHung || s[1].State == model.ServerReady {
		t.Errorf("hung is %s, refused is %s", s[0].State, s[1].State)
	}
}
