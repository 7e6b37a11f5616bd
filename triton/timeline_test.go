package triton

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc/codes"

	"tritop/triton/pb"
)

// row is one line of a timeline: what a probe saw from then on.
type row struct {
	at           int
	probe, value string
}

func timeline(t *testing.T, name string) (rows []row) {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(string(read(t, "timeline/"+name)))).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for i, l := range lines[1:] {
		at, err := strconv.Atoi(l[0])
		if err != nil || i > 0 && at < rows[i-1].at {
			t.Fatalf("%s: line %d: %q: %v", name, i+2, l[0], err)
		}
		rows = append(rows, row{at, l[1], l[2]})
	}
	return rows
}

var (
	statusText = regexp.MustCompile(`^([A-Z_]+): (.*)$`)
	indexEntry = regexp.MustCompile(`([0-9]+|-):([A-Z_]+)(\([^)]*\))?`)
)

// seenKinds are what the texts of the timelines mean, as the timelines themselves
// show: what came before and after them.
var seenKinds = map[string]Kind{
	"Server exiting": Exiting, "Server not ready": NotReady, "failed to connect to all addresses": Refused,
	"Request for unknown model: 'm' has no available versions":                 NotFound,
	"Request for unknown model: 'f_crash' has no available versions":           NotFound,
	"Request for unknown model: 'image_embed' has no available versions":       NotFound,
	"Request for unknown model: 'image_embed' version 1 is not at ready state": NotReady,
	"Stub process 'f_crash_0_0' is not healthy.":                               Internal,
}

// Every moment of a timeline reads as what it was.
func TestTimelineGoldens(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("testdata/goldens/timeline/*.csv")
	if len(files) < 12 {
		t.Fatalf("%d timelines", len(files))
	}
	numbers := map[string]codes.Code{"UNAVAILABLE": codes.Unavailable, "NOT_FOUND": codes.NotFound, "INTERNAL": codes.Internal}
	for _, f := range files {
		for _, r := range timeline(t, filepath.Base(f)) {
			m := statusText.FindStringSubmatch(r.value)
			switch {
			case r.probe == "action":
			case m != nil && seenKinds[m[2]] == Refused: // no answer of a server: the client's library says so, in each language by its own words
			case m != nil:
				if got, _ := classifySent(numbers[m[1]], m[2]); got != seenKinds[m[2]] || got == Other {
					t.Errorf("%s %d ms %s: %v, want %v", filepath.Base(f), r.at, r.value, got, seenKinds[m[2]])
				}
			case r.probe == "index":
				states(t, r)
			case !readable(r.value):
				t.Errorf("%s: %s saw %q, which nobody reads", filepath.Base(f), r.probe, r.value)
			}
		}
	}
}

// readable says whether a value is one of the answers that are no errors.
func readable(v string) bool {
	return slices.Contains([]string{"true", "false", "200", "400", "connection refused", "connection reset"}, v) ||
		strings.HasPrefix(v, "ok v") || strings.HasPrefix(v, "200 with")
}

// states wants each entry of an index in words that the index goldens know too.
func states(t *testing.T, r row) {
	t.Helper()
	entries := indexEntry.FindAllStringSubmatch(r.value, -1)
	for _, e := range entries {
		if !slices.Contains([]string{"NEVER_LOADED", "LOADING", "READY", "UNLOADING", "UNAVAILABLE"}, e[2]) || e[3] != "" && e[2] != "UNAVAILABLE" {
			t.Errorf("%q: state %s", r.value, e[2])
		}
	}
	if len(entries) == 0 {
		t.Errorf("%q holds no entry", r.value)
	}
}

// A shutdown begins with these three, in the same poll, before anything else
// ends: it is what "stopping" rests on.
func TestTimelineOfShutdown(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sigterm_idle.csv", "sigterm_grpc_in_flight.csv", "sigterm_http_in_flight.csv", "sigterm_http_keepalive.csv"} {
		rows := timeline(t, name)
		term := slices.IndexFunc(rows, func(r row) bool { return r.value == "SIGTERM" })
		gone := slices.IndexFunc(rows, func(r row) bool { return r.value == "UNAVAILABLE: failed to connect to all addresses" })
		exiting := slices.IndexFunc(rows, func(r row) bool { return r.value == "UNAVAILABLE: Server exiting" })
		if term < 0 || exiting < term || gone < exiting || rows[exiting].probe != "server_live" {
			t.Errorf("%s: told to stop in row %d, exiting from row %d, gone from row %d", name, term, exiting, gone)
		}
	}
}

// The defaults of both settings, as HTTP bodies, have the shape of the messages.
func TestSettingGoldens(t *testing.T) {
	t.Parallel()
	var log map[string]any
	var trace map[string]any
	if err := json.Unmarshal(read(t, "logging.json"), &log); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(read(t, "trace_setting.json"), &trace); err != nil {
		t.Fatal(err)
	}
	logged := &pb.LogSettingsResponse{Settings: map[string]*pb.LogSettingsResponse_SettingValue{}}
	for k, v := range log {
		value := &pb.LogSettingsResponse_SettingValue{}
		switch v := v.(type) {
		case bool:
			value.ParameterChoice = &pb.LogSettingsResponse_SettingValue_BoolParam{BoolParam: v}
		case float64:
			value.ParameterChoice = &pb.LogSettingsResponse_SettingValue_Uint32Param{Uint32Param: uint32(v)}
		case string:
			value.ParameterChoice = &pb.LogSettingsResponse_SettingValue_StringParam{StringParam: v}
		default:
			t.Errorf("%s: %T has no place in the message", k, v)
		}
		logged.Settings[k] = value
	}
	if !logged.GetSettings()["log_error"].GetBoolParam() || logged.GetSettings()["log_verbose_level"].GetUint32Param() != 0 || asString(log["log_format"]) != "default" {
		t.Errorf("logging: %v", logged)
	}
	if levels, _ := trace["trace_level"].([]any); len(levels) != 1 || levels[0] != "OFF" || asString(trace["trace_rate"]) != "1000" || asString(trace["trace_mode"]) != "triton" {
		t.Errorf("trace: %v", trace)
	}
}

// used are the goldens that the tests of this run have read.
var used sync.Map

// unread is asked by TestMain when every test ran: a golden that no test reads
// holds nobody to anything. The metrics texts belong to package metrics.
func unread() (out []string) {
	_ = filepath.WalkDir("testdata/goldens", func(path string, d os.DirEntry, err error) error {
		rel, _ := filepath.Rel("testdata/goldens", path)
		if _, ok := used.Load(filepath.ToSlash(rel)); err == nil && !d.IsDir() && !ok && !strings.HasPrefix(filepath.ToSlash(rel), "metrics/") {
			out = append(out, rel)
		}
		return nil
	})
	return out
}

// everyGolden runs the tests and then asks whether they read all goldens.
type everyGolden struct{ m *testing.M }

// Run is what goleak calls.
func (e everyGolden) Run() int {
	code := e.m.Run()
	if !wholeRun() || code != 0 {
		return code
	}
	if left := unread(); len(left) > 0 {
		_, _ = os.Stderr.WriteString("no test reads the goldens " + strings.Join(left, ", ") + "\n")
		return 1
	}
	return code
}

// wholeRun says whether no test was left out.
func wholeRun() bool {
	for _, a := range os.Args[1:] {
		for _, partial := range []string{"-test.run", "-test.skip", "-test.short", "-test.fuzz", "-test.list", "-test.bench"} {
			if strings.HasPrefix(a, partial) && !strings.HasPrefix(a, "-test.fuzzcachedir") && !strings.HasPrefix(a, "-test.benchtime") {
				return false
			}
		}
	}
	return true
}
