package alerts

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tritop/model"
)

var start = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// desk is a book with a clock.
type desk struct {
	t *testing.T
	*Book
	now     time.Time
	changes []string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	return &desk{t: t, Book: New("prod", nil, nil, start), now: start}
}

// pass lets so much time go by, a look a second.
func (d *desk) pass(seconds int, v View) *desk {
	for range seconds {
		d.now = d.now.Add(time.Second)
		v.Now = d.now
		for _, c := range d.Follow(v) {
			d.changes = append(d.changes, fmt.Sprintf("%s %s", [...]string{Fired: "fires", Resolved: "resolved"}[c.What], c.Alert.Name()))
		}
	}
	return d
}

// is fails the test unless the list is of these, each "name severity state".
func (d *desk) is(want ...string) *desk {
	d.t.Helper()
	var got []string
	for _, a := range d.List() {
		got = append(got, fmt.Sprintf("%s %s %s", a.Name(), a.Severity, a.State))
	}
	if !slices.Equal(got, want) {
		d.t.Errorf("after %s the alerts are %q, want %q", d.now.Sub(start), got, want)
	}
	return d
}

func (d *desk) only() model.Alert {
	d.t.Helper()
	if len(d.List()) != 1 {
		d.t.Fatalf("%d alerts: %+v", len(d.List()), d.List())
	}
	return d.List()[0]
}

// restart goes on with what a list that was kept as JSON says.
func (d *desk) restart() {
	d.t.Helper()
	text, err := json.Marshal(d.List())
	if err != nil {
		d.t.Fatal(err)
	}
	var kept []model.Alert
	if err := json.Unmarshal(text, &kept); err != nil {
		d.t.Fatal(err)
	}
	said := make(map[string]model.Said)
	for i := range kept {
		if s := kept[i].Said; !s.At.IsZero() {
			said[kept[i].Key()] = s
		}
	}
	d.Book = New("prod", kept, said, d.now)
}

func server(state model.ServerState, verdict model.Verdict, reason string) View {
	return View{Servers: []Server{{Name: "triton-a", State: state, Finding: model.Finding{Verdict: verdict, Reason: reason}, Asked: true}}}
}

var (
	well = server(model.ServerReady, model.Healthy, "")
	down = server(model.ServerNotListening, model.Unhealthy, "not listening: down")
	dark = server(model.ServerNoData, model.Unknown, "no data: connect: timeout")
)

func TestLifeOfAnAlert(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.pass(5, well).is()
	d.pass(15, down).is("TritonServerDown critical pending")
	d.pass(1, down).is("TritonServerDown critical firing")
	a := d.only()
	want := `alertname="TritonServerDown",fleet="prod",server="triton-a",severity="critical"`
	if a.Key() != want || !a.Page || a.Summary != "triton-a: not listening: down" || !a.Since.Equal(start.Add(6*time.Second)) || a.Fired.Sub(a.Since) != soon {
		t.Errorf("%+v", a)
	}
	d.pass(60, well).is("TritonServerDown critical firing") // kept
	d.pass(1, well).is("TritonServerDown critical resolved")
	d.pass(16, down).is("TritonServerDown critical firing")
	if a := d.only(); a.Flaps != 1 || !a.Resolved.IsZero() {
		t.Errorf("fired again: %+v", a)
	}
	d.pass(61, well).is("TritonServerDown critical resolved")
	d.pass(5, down).is("TritonServerDown critical pending")
	resolved := d.only().LastResolved
	d.pass(1, well).is("TritonServerDown critical resolved") // it was not long enough
	if a := d.only(); !a.Resolved.Equal(resolved) || a.Flaps != 1 {
		t.Errorf("as before: %+v", a)
	}
	d.pass(3600, well).is()
	if got := strings.Join(d.changes, ", "); got != "fires TritonServerDown, resolved TritonServerDown, fires TritonServerDown, resolved TritonServerDown" {
		t.Error(got)
	}
}

// What comes back within the time that an alert is kept is one alert.
func TestAConditionThatFlickersIsOneAlert(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.pass(20, down)
	for range 20 {
		d.pass(30, well).pass(2, down)
	}
	d.is("TritonServerDown critical firing")
	if len(d.changes) != 1 || d.only().Flaps != 0 {
		t.Errorf("%q, %d flaps", d.changes, d.only().Flaps)
	}
}

func TestNoDataHoldsAndRaisesItsOwn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.pass(20, down).pass(30, dark).is("TritonServerDown critical firing", "TritonServerNoData critical pending")
	d.pass(5000, dark).is("TritonServerNoData critical firing", "TritonServerDown critical firing")
	for _, a := range d.List() {
		if want := map[string]string{ServerDown: "no data: connect: timeout", ServerNoData: ""}[a.Name()]; a.NoData != want {
			t.Errorf("%s has no data: %q", a.Name(), a.NoData)
		}
	}
	d.pass(61, well).is("TritonServerDown critical resolved", "TritonServerNoData critical resolved")
	// A pending one does not fire on what nobody knows.
	d.pass(4000, well).pass(10, down).pass(25, dark).is("TritonServerNoData critical pending", "TritonServerDown critical pending")
}

func TestAServerThatLeavesEndsItsAlerts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.pass(20, down).pass(1, View{}).is("TritonServerDown critical resolved")
	if a := d.only(); !strings.HasSuffix(a.Summary, "(the server left the configuration)") {
		t.Error(a.Summary)
	}
}

func fleet(of int, silent int) (v View) {
	for i := range of {
		s := Server{Name: fmt.Sprint("s", i), State: model.ServerReady, Finding: model.Finding{Verdict: model.Healthy}, Asked: true}
		if i < silent {
			s.State, s.Finding = model.ServerNoData, model.Finding{Reason: "no data"}
		}
		v.Servers = append(v.Servers, s)
	}
	return v
}

// Where most servers are silent at once it is tritop that sees nothing: one alert.
func TestOwnBlindness(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.pass(100, fleet(5, 3)).is("TritopBlind critical firing")
	if s := d.only().Summary; !strings.HasPrefix(s, "3 of 5 servers give no answer at once") {
		t.Error(s)
	}
	newDesk(t).pass(31, fleet(5, 2)).is("TritonServerNoData critical firing", "TritonServerNoData critical firing")
	newDesk(t).pass(31, fleet(2, 2)).is("TritonServerNoData critical firing", "TritonServerNoData critical firing")
}

func TestSourcesAndNotices(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	v := well
	v.Sources = []model.Source{{Name: "metrics triton-a", Kind: "metrics", Server: "triton-a", Failures: 3, LastErr: "refused"}, {Name: "poll triton-a", Kind: "poll", Server: "triton-a", Failures: 9}}
	v.Notices = []model.Notice{{Topic: "/state", Text: "what happens is not kept: the disk is full", Verdict: model.Degraded}, {Text: "for information"}}
	d.pass(61, v).is("TritopNotice warning firing", "TritopSourceFailing warning firing")
	v.Notices, v.Sources = nil, []model.Source{{Name: "metrics triton-a", Kind: "metrics", Server: "triton-a"}}
	d.pass(61, v).is("TritopSourceFailing warning resolved", "TritopNotice warning resolved")
	// That a server which is down gives no text is its own alert's business.
	d = newDesk(t)
	v = down
	v.Sources = []model.Source{{Name: "metrics triton-a", Kind: "metrics", Server: "triton-a", Failures: 99}}
	d.pass(100, v).is("TritonServerDown critical firing")
}

func TestSaying(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.pass(20, down)
	say := func(s model.Say) bool {
		s.Alert = d.only().Labels
		_, ok := d.Say(model.AlertSaid{By: "op1 at pts/3", At: d.now, Say: s})
		return ok
	}
	if !say(model.Say{Reason: "on it"}) || !d.only().Said.Quiet(d.now.Add(100*time.Hour)) || d.only().Said.By != "op1 at pts/3" {
		t.Errorf("%+v", d.only().Said)
	}
	d.restart()
	if d.only().Said.Reason != "on it" {
		t.Errorf("after a restart: %+v", d.only().Said)
	}
	d.pass(61, well).pass(20, down)
	if a := d.only(); a.State != model.AlertFiring || !a.Said.At.IsZero() {
		t.Errorf("an acknowledgement outlives the alert: %+v", a)
	}
	say(model.Say{Reason: "work on the rack", For: 3 * time.Minute})
	d.pass(61, well).pass(20, down)
	if a := d.only(); a.State != model.AlertFiring || !a.Said.Quiet(d.now) {
		t.Errorf("a snooze ends with the alert: %+v", a)
	}
	d.pass(120, down)
	if a := d.only(); !a.Said.At.IsZero() {
		t.Errorf("a snooze that is over: %+v", a.Said)
	}
	if _, ok := d.Say(model.AlertSaid{Say: model.Say{Alert: []model.Label{{Name: "alertname", Value: "other"}}}}); ok {
		t.Error("something was said of an alert that is not there")
	}
}

func TestTakingBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t).pass(20, down)
	f := model.AlertSaid{At: d.now, Say: model.Say{Alert: d.only().Labels, TakeBack: true}}
	if _, ok := d.Say(f); ok {
		t.Error("nothing was taken back")
	}
	d.Say(model.AlertSaid{At: d.now, Say: model.Say{Alert: f.Alert, Reason: "x"}})
	if _, ok := d.Say(f); !ok || !d.only().Said.At.IsZero() {
		t.Error("it was not taken back")
	}
}

func check(status model.CheckStatus, failing string) View {
	return View{Checks: []model.Check{{Name: "memory_usage", Target: "GPU-1", Critical: true, Status: status, Failing: failing, Message: "91 % used"}}}
}

// A snooze is of one severity: what gets worse is another alert.
func TestWorseBreaksASnooze(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.pass(1, check(model.CheckDegraded, "3 in a row")).is("TritonCheckFailing warning firing")
	d.Say(model.AlertSaid{At: d.now, Say: model.Say{Alert: d.only().Labels, Reason: "known", For: time.Hour}})
	d.pass(1, check(model.CheckUnhealthy, "3 in a row")).is("TritonCheckFailing critical firing", "TritonCheckFailing warning firing")
	for _, a := range d.List() {
		if quiet := a.Said.Quiet(d.now); quiet != (a.Severity == model.Warning) {
			t.Errorf("%s: quiet %v", a.Severity, quiet)
		}
	}
	if s := d.List()[0].Summary; s != "memory_usage of GPU-1 failed 3 in a row: 91 % used" {
		t.Error(s)
	}
	d.pass(60, check(model.CheckUnhealthy, "3 in a row")).is("TritonCheckFailing critical firing", "TritonCheckFailing warning resolved")
}

func TestChecksWithoutData(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.pass(100, check(model.CheckUnknown, "")).is() // it never had any
	d.pass(1, check(model.CheckHealthy, "")).pass(60, check(model.CheckUnknown, "")).is("TritonCheckNoData warning pending")
	d.pass(1, check(model.CheckUnknown, "")).is("TritonCheckNoData warning firing")
	d.pass(1, check(model.CheckHealthy, "")).is("TritonCheckNoData warning resolved")
	d = newDesk(t)
	d.pass(2, check(model.CheckUnhealthy, "3 in a row")).pass(100, check(model.CheckNotApplicable, "")).is("TritonCheckFailing critical firing")
	// One that is not judged any more at all is held for an hour.
	d.pass(3599, View{}).is("TritonCheckFailing critical firing")
	if d.only().NoData == "" {
		t.Error("it is not said that nothing is known")
	}
	d.pass(1, View{}).is("TritonCheckFailing critical resolved")
}

// A fleet that is well costs no memory: 20,000 objectives that are met.
func TestWhatIsWellAllocatesNothing(t *testing.T) { // not parallel: it counts
	v := View{Now: start}
	for i := range 20000 {
		v.Objectives = append(v.Objectives, model.ObjectiveState{Objective: model.Objective{Name: "latency_p99", Model: fmt.Sprint("m", i)}, Verdict: model.ObjectivePass})
	}
	b := New("prod", nil, nil, start)
	b.Follow(v)
	if n := testing.AllocsPerRun(5, func() { b.Follow(v) }); n > 20 {
		t.Errorf("%v allocations for 20,000 objectives that are met", n)
	}
}

// BenchmarkFollow: 200 servers, 20 models with 5 objectives each, one look.
func BenchmarkFollow(b *testing.B) {
	v := fleet(200, 0)
	for i := range 100 {
		v.Objectives = append(v.Objectives, objective(model.ObjectivePass, 20, 1000).Objectives[0])
		v.Objectives[i].Model = fmt.Sprint("m", i/5)
		v.Objectives[i].Name = fmt.Sprint("o", i%5)
	}
	book := New("prod", nil, nil, start)
	for i := range b.N {
		v.Now = start.Add(time.Duration(i) * time.Second)
		book.Follow(v)
	}
}
