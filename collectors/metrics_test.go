package collectors

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"tritop/model"
	"tritop/triton/metrics"
	"tritop/triton/pb"
)

// goldens are recordings of a live Triton 2.51 (see the README there).
const goldens = "../triton/testdata/goldens"

func tallied(t *testing.T, text string) *tally {
	t.Helper()
	scanner := metrics.NewScanner(metrics.DefaultLimits())
	book := newTally(scanner.Help)
	if err := scanner.Scan([]byte(text), book.visit); err != nil {
		t.Fatal(err)
	}
	return book
}

func golden(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(goldens, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func byVersion(cs []model.Counters) map[version]model.Counters {
	out := map[version]model.Counters{}
	for _, c := range cs {
		out[version{c.Model, c.Version}] = c
	}
	return out
}

// Statistics and metrics text of one moment tell the same, where Triton counts
// the same in both.
func TestTheTextTellsWhatTheStatisticsTell(t *testing.T) {
	t.Parallel()
	for _, moment := range []string{"idle", "counts", "features", "summaries", "after_unload", "after_unload_load"} {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			var resp pb.ModelStatisticsResponse
			if err := proto.Unmarshal([]byte(golden(t, "stats/"+moment+".binpb")), &resp); err != nil {
				t.Fatal(err)
			}
			stats := byVersion(countersOf(&resp))
			text := byVersion(tallied(t, golden(t, "metrics/"+moment+".txt")).list())
			for k, s := range stats {
				m, ok := text[k]
				if k.model == "pipeline" { // an ensemble in directory 3 is counted under version 1
					m, ok = text[version{"pipeline", "1"}]
				}
				if !ok {
					t.Errorf("%v is in the statistics only", k)
					continue
				}
				compareCounts(t, k, s, m, moment == "after_unload_load")
			}
			for k := range text {
				if _, ok := stats[k]; !ok && k.model != "pipeline" {
					t.Errorf("%v is in the text only", k)
				}
			}
		})
	}
}

func compareCounts(t *testing.T, k version, s, m model.Counters, failuresGoOn bool) {
	t.Helper()
	for what, pair := range map[string][2]uint64{
		"successes": {s.Success.Count, m.Success.Count}, "inferences": {s.Inferences, m.Inferences}, "executions": {s.Executions, m.Executions},
		"cache hits": {s.CacheHit.Count, m.CacheHit.Count}, "cache misses": {s.CacheMiss.Count, m.CacheMiss.Count}, "computed": {s.Infer.Count, m.Infer.Count},
		"queued": {s.Queue.Count, m.Queue.Count},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%v: %s: %d in the statistics, %d in the text", k, what, pair[0], pair[1])
		}
	}
	if m.Fail.Count != s.Fail.Count && !failuresGoOn {
		t.Errorf("%v: failures: %d in the statistics, %d in the text", k, s.Fail.Count, m.Fail.Count)
	}
	for what, pair := range map[string][2]model.Sum{"request": {s.Success, m.Success}, "infer": {s.Infer, m.Infer}, "output": {s.Output, m.Output}} {
		if off := int64(pair[0].Ns) - int64(pair[1].Ns); off < 0 || off > 1000*int64(pair[0].Count) { // each request loses up to a µs
			t.Errorf("%v: %s time: %d ns in the statistics, %d in the text", k, what, pair[0].Ns, pair[1].Ns)
		}
	}
}

// Triton never removes the failure counters of a version that is gone.
func TestAVersionThatIsGoneIsNotListed(t *testing.T) {
	t.Parallel()
	if cs := tallied(t, golden(t, "metrics/no_models.txt")).list(); len(cs) != 0 {
		t.Errorf("all models are unloaded, and %d are listed: %+v", len(cs), cs)
	}
}

func TestPendingOfALiveServer(t *testing.T) {
	t.Parallel()
	for _, g := range tallied(t, golden(t, "metrics/under_load.txt")).gauges {
		if g.Name == model.GaugePending && g.Value == 5 {
			return
		}
	}
	t.Error("five requests wait, and no gauge tells")
}

func TestSeriesOfGPUsAreSummed(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("# TYPE nv_inference_request_success counter\n")
	for i, labels := range []string{"", `gpu_uuid="A",`, `gpu_uuid="B",`} {
		fmt.Fprintf(&b, "nv_inference_request_success{%smodel=\"m\",version=\"1\"} %d\n", labels, 10*i)
	}
	b.WriteString("# TYPE nv_inference_request_failure counter\n")
	for i, reason := range []string{"REJECTED", "CANCELED", "BACKEND", "OTHER"} {
		fmt.Fprintf(&b, "nv_inference_request_failure{model=\"m\",reason=\"%s\",version=\"1\"} %d\n", reason, i+1)
	}
	b.WriteString("# TYPE nv_inference_queue_duration_us counter\nnv_inference_queue_duration_us{gpu_uuid=\"A\",model=\"m\",version=\"1\"} 7\n")
	b.WriteString("# TYPE nv_gpu_utilization gauge\nnv_gpu_utilization{gpu_uuid=\"A\"} 0.5\n# TYPE my_gauge gauge\nmy_gauge Nan\n")
	b.WriteString("# TYPE nv_inference_count counter\n")
	for i, absurd := range []string{"1e300", "-4", "+Inf", "Nan"} {
		fmt.Fprintf(&b, "nv_inference_count{gpu_uuid=\"%d\",model=\"m\",version=\"1\"} %s\n", i, absurd)
	}
	book := tallied(t, b.String())
	cs := book.list()
	if len(cs) != 1 || cs[0].Success.Count != 30 || cs[0].Fail.Count != 10 || cs[0].Queue.Ns != 7000 || cs[0].Inferences != 0 {
		t.Errorf("%+v", cs)
	}
	if len(book.gauges) != 2 || book.gauges[0].Label != "gpu_uuid=A" || book.gauges[0].Model != "" {
		t.Errorf("%+v", book.gauges)
	}
}

func TestWhatIsKeptOfATextIsBounded(t *testing.T) {
	t.Parallel()
	book := newTally(func(string) string { return "" })
	for i := range 3 * versionLimit {
		m := []metrics.Label{{Name: "model", Value: fmt.Sprint("m", i)}, {Name: "version", Value: "1"}}
		book.visit(&metrics.Series{Name: "g", Family: "g", Type: metrics.GaugeType, Labels: m}, 1)
		book.visit(&metrics.Series{Name: successSeries, Family: successSeries, Type: metrics.Counter, Labels: m}, 1)
	}
	if len(book.gauges) != gaugeLimit || len(book.list()) != versionLimit {
		t.Errorf("%d gauges and %d versions are kept", len(book.gauges), len(book.list()))
	}
	if got := book.cut(); got != "60000 gauges, only the first 20000 are kept; only the first 20000 model versions are kept; 60000 series of families unknown to tritop, only the first 64 are kept" {
		t.Errorf("what was left out is told as %q", got)
	}
}

// A text of 10 MB in which every series is another one each time: read, cut, and
// the cut is said; what the collector keeps does not grow.
func TestTenMegabytesOfNewSeries(t *testing.T) {
	t.Parallel()
	// Made beforehand: under the race detector that takes longer than to read them.
	texts := make([]string, 4)
	for n := range texts {
		var b strings.Builder
		b.WriteString("# TYPE g gauge\n")
		for i := 0; b.Len() < 10<<20; i++ {
			b.WriteString("g{model=\"m" + strconv.Itoa(n) + "_" + strconv.Itoa(i) + "\",version=\"1\",x=\"\x1b[2J日本\"} " + strconv.Itoa(i) + "\n")
		}
		texts[n] = b.String()
	}
	var asked atomic.Int64
	target := newFake("m").start(t, "a", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, texts[int(asked.Add(1))%len(texts)])
	})
	fl := fleet([]Target{target})
	fl.Cadence.MetricsDeadline = 10 * time.Second // a busy machine may take long; the default's is not what is tested
	facts, _ := observe(t, fl)
	for range 3 {
		s := await(t, facts, "the text", func(model.Scraped) bool { return true })
		if s.Outcome != model.Answered || len(s.Gauges) != gaugeLimit || !strings.Contains(s.Detail, "gauges, only the first 20000 are kept") {
			t.Fatalf("%s %q with %d gauges", s.Outcome, s.Detail, len(s.Gauges))
		}
	}
	await(t, facts, "polls go on", answeredBy("a"))
}

// A metrics port of 0 is not asked: no answer, no figures, and no failure.
func TestPortsThatAreNotAsked(t *testing.T) {
	t.Parallel()
	target := newFake("m").start(t, "a", func(http.ResponseWriter, *http.Request) { t.Error("the metrics port was asked") })
	target.Spec.Metric = 0
	facts, stop := observe(t, fleet([]Target{target}))
	s := await(t, facts, "the HTTP port", func(s model.Scraped) bool { return s.HTTPPort == model.Answered })
	if s.Outcome != model.OutcomeUnknown || s.Gauges != nil || s.Detail != "" {
		t.Errorf("%+v", s)
	}
	stop()
	target.Spec.HTTP = 0
	facts, _ = observe(t, fleet([]Target{target}))
	for range 3 {
		await(t, facts, "polls", answeredBy("a"))
	}
	for len(facts) > 0 {
		if f, is := (<-facts).(model.Scraped); is {
			t.Errorf("neither port is to be asked: %+v", f)
		}
	}
}

func TestTheHTTPPortRefuses(t *testing.T) {
	t.Parallel()
	f := newFake("m")
	gone := f.start(t, "gone", nil)
	f.stop()
	target := newFake("m").start(t, "a", nil)
	target.Spec.HTTP = gone.Spec.GRPC
	facts, _ := observe(t, fleet([]Target{target}))
	await(t, facts, "the HTTP port refuses", func(s model.Scraped) bool { return s.HTTPPort == model.Refused })
}

// A Triton that waits for its open HTTP connections before it ends accepts new
// ones and hangs up on them at once: seen on 2.51, which a bare connect misses.
func TestTheHTTPPortHangsUp(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	var stopping atomic.Bool
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if stopping.Load() {
				_ = c.Close()
			}
		}
	}()
	target := newFake("m").start(t, "a", nil)
	target.Spec.HTTP = l.Addr().(*net.TCPAddr).Port
	facts, _ := observe(t, fleet([]Target{target}))
	await(t, facts, "the HTTP port accepts", func(s model.Scraped) bool { return s.HTTPPort == model.Answered })
	stopping.Store(true)
	await(t, facts, "the HTTP port hangs up", func(s model.Scraped) bool { return s.HTTPPort == model.Lost })
	for range 5 {
		await(t, facts, "it still does", func(s model.Scraped) bool {
			if s.HTTPPort != model.Lost {
				t.Errorf("the HTTP port is %s", s.HTTPPort)
			}
			return true
		})
	}
}
